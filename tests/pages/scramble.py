"""A page whose class and id names mean nothing any more: for showing that no rule relies on them."""

from __future__ import annotations

import random
import re

#: Names that the CMS itself writes.
CMS = re.compile(
    r"TRS_\w+|trs_\w+|Custom_UnionStyle|CurrChnlCls|zoom|Zoom|UCAP-CONTENT|appendix|view", re.ASCII
)
_TAG = re.compile(
    r"<([a-zA-Z][\w:-]*)((?:\s+[^\s=<>\"'/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?)+)\s*(/?)>"
)
_ATTRIBUTE = re.compile(r"([^\s=<>\"'/]+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?")


def scramble(html: str, seed: int = 0) -> str:
    """Return a page with every class and id renamed that is not the CMS's, and attributes in another order.

    Script and style stay as they are, and so do tags whose attributes are broken.
    """
    chance = random.Random(seed)  # noqa: S311
    names: dict[str, str] = {}
    parts = re.split(
        r"(<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->)", html, flags=re.DOTALL | re.IGNORECASE
    )
    return "".join(
        part if index % 2 else _TAG.sub(lambda match: _tag(match, chance, names), part)
        for index, part in enumerate(parts)
    )


def _tag(match: re.Match[str], chance: random.Random, names: dict[str, str]) -> str:
    attributes = [
        (name, _renamed(value, chance, names) if name.lower() in ("class", "id") and value else value)
        for name, value in _ATTRIBUTE.findall(match[2])
    ]
    chance.shuffle(attributes)
    written = "".join(f" {name}={value}" if value else f" {name}" for name, value in attributes)
    return f"<{match[1]}{written}{' /' if match[3] else ''}>"


def _renamed(value: str, chance: random.Random, names: dict[str, str]) -> str:
    words = value.strip("\"'").split()
    new = [
        word if CMS.fullmatch(word) else names.setdefault(word, f"n{chance.getrandbits(40):x}")
        for word in words
    ]
    return f'"{" ".join(new)}"'
