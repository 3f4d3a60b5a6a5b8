"""Containers that the CMS itself writes around a text: which of a page's hold the article."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date

from lxml import etree

from crawler.pages.document import Document
from crawler.pages.head import find_head
from crawler.pages.lines import OPEN, TEXT, Line
from crawler.pages.text import normalize

#: Classes and ids that the CMS itself writes around a text.
_CONTAINER_CLASSES = frozenset(
    ("trs_editor", "trs_editor_view", "trs_preappend", "custom_unionstyle", "trs_ueditor")
)
_CONTAINER_IDS = frozenset(("zoom", "ucap-content"))


def find_containers(document: Document, latest: date) -> tuple[tuple[int, int], ...]:
    """Return the outermost containers of the text, in order, as half-open ranges of events.

    `latest`: a date after it is no publication date.
    """
    return _main(document, _containers(document), latest)


def _containers(document: Document) -> list[tuple[int, int]]:
    """Return the outermost containers of the CMS that hold text, in order."""
    found: list[tuple[int, int]] = []
    _, elements, _, ends, named = document.walk
    end = -1
    for index in named:
        element = elements[index]
        if index < end or not _is_container(element):
            continue
        if _has_content(document, index, ends[index]):
            found.append((index, ends[index] + 1))
        end = ends[index]
    return found


def _is_container(element: etree._Element) -> bool:
    if (element.get("id") or "").lower() in _CONTAINER_IDS:
        return True
    names = element.get("class")
    return names is not None and not _CONTAINER_CLASSES.isdisjoint(names.lower().split())


def _has_content(document: Document, start: int, end: int) -> bool:
    kinds, elements, texts, _, _ = document.walk
    return any(
        elements[at].tag == "img" if kinds[at] == OPEN else kinds[at] == TEXT and normalize(texts[at])
        for at in range(start, end)
    )


def _main(document: Document, found: list[tuple[int, int]], latest: date) -> tuple[tuple[int, int], ...]:
    """Leave out containers that wrap a banner or a box.

    Such a one has a tiny share of the text, and only a picture, mostly links, or a place above the title.
    """
    if len(found) < 2:
        return tuple(found)
    inner = {extent: document.lines_in(*extent) for extent in found}
    sizes = {extent: sum(len(line.text) for line in lines) for extent, lines in inner.items()}
    largest = max(found, key=sizes.__getitem__)
    small = {extent for extent in found if sizes[extent] * 20 < sizes[largest]}
    above = {extent for extent in small if extent < largest}
    title_at = _title_event(document, largest[0], latest) if above else 0
    return tuple(
        extent
        for extent in found
        if extent not in small
        or (
            sizes[extent]
            and not _mostly_links(inner[extent])
            and not (extent in above and extent[0] < title_at)
        )
    )


def _mostly_links(lines: Sequence[Line]) -> bool:
    linked = sum(len(text) for line in lines for text, anchor in line.runs if anchor is not None)
    return linked * 2 >= sum(len(line.text) for line in lines)


def _title_event(document: Document, end: int, latest: date) -> int:
    """Return the event where the title begins that stands above an event; that event without a title."""
    limit = bisect_left([line.first for line in document.lines], end)
    title_at = find_head(document, limit, latest).title_at
    return document.lines[title_at[0]].first if title_at else end
