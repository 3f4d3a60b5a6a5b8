"""Institutes of the academy that a text names, from the bundled list of names.

Knows names in English only, and nothing of people.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import NamedTuple

_WORD = re.compile(r"\w")
_AMPERSAND = re.compile(r"\s?&\s?")
# A pattern that begins with a letter leaps from one to the next: a word boundary is looked for after it.
_ACADEMY = re.compile(r"CAS(?<=\bCAS)\b|Chinese Academy of Sciences")
#: What may follow a name without making it another: `Institute of Physics of the Chinese Academy …`.
_LONGER = re.compile(
    r"\s(?:of|for)\s(?!(?:the\s)?(?:Chinese Academy|CAS\b))(?:the\s)?[A-Z]"
    r"|\sand\s(?!the\s)(?!(?:[A-Z][\w-]*\s){0,3}(?:Universit|Institut|Academy|Center|Laborator|College|School"
    r"|Hospital|Observator))[A-Z]"
)
#: A capital word right before makes it another name: `Max Planck Institute of …`.
_PRECEDED = re.compile(r"(?P<word>[A-Z][\w’'-]*)\s$")
_OPENING = frozenset("The At In From By And But With For Of Both When As Prof Dr CAS".split())  # noqa: SIM905


class Mention(NamedTuple):
    """An institute by its canonical name, and the words that named it."""

    name: str
    raw: str


@dataclass(frozen=True, slots=True)
class _Names:
    first: re.Pattern[str]
    #: First word → (spelling, canonical name), longest spelling first.
    by_first: dict[str, list[tuple[str, str]]]


@cache
def _names() -> _Names:
    file = resources.files("crawler.pages") / "data" / "institutes.csv"
    by_first: dict[str, list[tuple[str, str]]] = {}
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        for spelling in filter(None, (row["name"], *row["aliases"].split(";"))):
            by_first.setdefault(spelling.split(" ", 1)[0], []).append((spelling, row["name"]))
    for spellings in by_first.values():
        spellings.sort(key=lambda pair: -len(pair[0]))
    return _Names(re.compile(rf"(?:{'|'.join(sorted(map(re.escape, by_first)))})\b"), by_first)


def find_institutes(text: str) -> Iterator[Mention]:
    """Yield the institutes that a text names, in order, with repetitions.

    A name that others use too (`Institute of Physics`) counts only in a text that names this academy.
    """
    if "&" in text:
        text = _AMPERSAND.sub(" and ", text)
    if "Centre" in text:
        text = text.replace("Centre", "Center")
    names = _names()
    is_academy = _ACADEMY.search(text) is not None
    end = 0
    for match in names.first.finditer(text):
        start = match.start()
        if start < end or (start and _WORD.match(text, start - 1)):
            continue
        for spelling, name in names.by_first[match[0]]:
            if text.startswith(spelling, start) and _is_whole(text, start, start + len(spelling)):
                if is_academy or not spelling.startswith(("Institute of", "Institutes of", "Center for")):
                    yield Mention(name, spelling)
                end = start + len(spelling)
                break


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a name stands in the text as it is, not as a part of a longer one."""
    if text[end : end + 1].isalnum() or _LONGER.match(text, end):
        return False
    before = _PRECEDED.search(text[max(0, start - 40) : start])
    return before is None or before["word"] in _OPENING
