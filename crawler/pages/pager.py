"""Pagers that are written in JavaScript only: how many pages, and whose.

Reads the script as text and never runs it; a total is a hint, not a promise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archive.items import Pager

#: A pager that claims more is broken or hostile.
MAX_TOTAL = 9999
#: Comments and strings, so that a call inside either is not one. `<!--` opens a one-line comment in scripts.
_TOKENS = re.compile(
    r"""(?P<string>"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?)|//[^\n]*+|<!--[^\n]*+"""
    r"""|/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)""",
)
_STRING = r"""["']([^"'\n]{0,200})["']"""
#: `createPageHTML(9, 0, "index", "html")`, with an optional quoted container before and anything after.
_CALL = re.compile(
    rf"""(?<![\w$.])[A-Za-z_$][\w$.]{{0,60}}\s{{0,9}}\(\s{{0,9}}(?:{_STRING}\s{{0,9}},\s{{0,9}})?"""
    rf"""["']?(\d{{1,9}})["']?\s{{0,9}},\s{{0,9}}["']?(\d{{1,9}})["']?\s{{0,9}},\s{{0,9}}{_STRING}\s{{0,9}},\s{{0,9}}{_STRING}"""
)
_EXTENSION = re.compile(r"\.?(?:s?html?|jsp|aspx?|php)", re.IGNORECASE)
_VARIABLE = re.compile(
    r"""(?<![\w$.])_?(?:countPage|pageCount|nPageCount|totalPages?|pageTotal|page_count"""
    r"""|total_page)\s{0,9}=\s{0,9}["']?(\d{1,9})""",
    re.IGNORECASE,
)
_CURRENT = re.compile(
    r"(?<![\w$.])_?(?:currentPage|curPage|pageIndex|current_page)\s{0,9}=\s{0,9}(\d{1,9})", re.IGNORECASE
)
#: The name of an article's file, in the strings that an inline pager builds its links from.
_OWN_NAME = re.compile(r"""["'/](t(?:(?:19|20)\d{6}_)?\d{4,12})(?=["'_.\\])""")
_OWN_EXTENSION = re.compile(r"""["'.](s?html?)(?=["'\\])""")


def find_pagers(scripts: Sequence[str]) -> Iterator[Pager]:
    """Yield every pager of a page's scripts: calls first, then inline variables."""
    cleaned = [_without_comments(script) for script in scripts if "," in script or "=" in script]
    for script in cleaned:
        for match in _CALL.finditer(script):
            container, total, current, stem, extension = match.groups()
            if _EXTENSION.fullmatch(extension) and 0 < int(total) <= MAX_TOTAL:
                # With a container as first argument the pager counts from one.
                number = int(current) - (container is not None)
                yield Pager(
                    total=int(total), current=max(0, number), stem=stem, extension=extension.lstrip(".")
                )
    for script in cleaned:
        for match in _VARIABLE.finditer(script):
            if 0 < int(match[1]) <= MAX_TOTAL:
                yield _inline(script, int(match[1]))


def _inline(script: str, total: int) -> Pager:
    """Read a pager that is no call: its links are glued together from strings."""
    current, own = _CURRENT.search(script), _OWN_NAME.search(script)
    extension = _OWN_EXTENSION.search(script)
    return Pager(
        total=total,
        current=int(current[1]) if current else 0,
        stem=own[1] if own else "index",
        extension=extension[1] if extension else "shtml",
    )


def _without_comments(script: str) -> str:
    return _TOKENS.sub(lambda match: match["string"] or " ", script)
