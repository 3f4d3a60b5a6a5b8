"""The words of an entry in a list: its title and date, however the list glues them together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from lxml import etree

from crawler.pages import dates
from crawler.pages.lines import Line
from crawler.pages.text import letters, normalize

#: A date glued to a title: `[Jul 27, 2017]`, `(2017-07-27)`, or bare at the end or start.
_GLUED = re.compile(r"\s*[\[(（【]\s*(?P<inner>[^\[\]()（）【】]{6,40})\s*[\])）】]\s*$")
_CUT = ("...", "…", "..")
_SENTENCE_END = (".", "!", "?", "。", "！", "？", "...", "…", '"', "”")


def anchor_text(anchor: etree._Element) -> str:
    """Return the words of an anchor."""
    return normalize("".join(map(str, anchor.itertext())))


def inner_date(anchor: etree._Element) -> date | None:
    """Return a date that stands in an element of its own inside an anchor."""
    if len(anchor) == 0:
        return None
    days = (dates.find(piece) for piece in map(normalize, map(str, anchor.itertext())) if is_date(piece))
    return next((found.day for found in days if found), None)


def bare_words(anchor: etree._Element) -> str:
    """Return the words of an anchor without the element that holds its date."""
    return normalize(
        " ".join(text for piece in anchor.itertext() if not is_date(text := normalize(str(piece))))
    )


def is_date(text: str) -> bool:
    """Whether a text is a date and nothing else."""
    found = dates.find(text)
    return found is not None and len(text) - len(found.raw) <= 4


def without_date(text: str) -> tuple[str, date | None]:
    """Split a date off the end or start of an entry's words."""
    match = _GLUED.search(text)
    if match and (found := dates.find(match["inner"])):
        return text[: match.start()].strip(), found.day
    found = dates.find(text)
    if found and found.start == 0 and found.end < len(text) and found.raw[:4].isdigit():
        return text[found.end :].strip(" :：|"), found.day
    return text, None


def date_beside(line: Line, anchors: Sequence[etree._Element]) -> date | None:
    """Return the date that stands on the line of an anchor, beside its words or glued to them."""
    if inner := next(filter(None, map(inner_date, anchors)), None):
        return inner
    own = normalize("".join(text for text, anchor in line.runs if anchor in anchors))
    _, glued = without_date(own)
    if glued:
        return glued
    seen = False
    after: list[str] = []
    before: list[str] = []
    for text, anchor in line.runs:
        if anchor in anchors:
            seen = True
        elif seen and anchor is not None:
            break
        else:
            (after if seen else before).append(text)
    for text in (normalize("".join(after)), normalize("".join(before))):
        found = dates.find(text)
        if found and len(text) - len(found.raw) <= 24:
            return found.day
    return None


def is_cut_of(title: str, full: str) -> bool:
    """Whether a printed title is the beginning of a full one."""
    if not title:
        return True
    for cut in _CUT:
        if title.endswith(cut):
            return letters(full).startswith(letters(title.removesuffix(cut)))
    return False


def is_keywords(text: str, *, before_title: bool = False) -> bool:
    """Whether a line is the keyword line above an entry: `a;b;c`, also `a;`, seldom a single word."""
    if len(text) > 250 or text.endswith(_SENTENCE_END) or dates.find(text):
        return False
    if ";" in text or "；" in text:
        return True
    return before_title and text.islower() and len(text.split()) <= 5
