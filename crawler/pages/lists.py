"""Lists in a text, item by item; those that lay out a page are none.

Reads them from the walk: an item is what stands between two edges.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lxml import etree

from crawler.pages.lines import BLOCKS, OPEN, TEXT, Walk
from crawler.pages.text import normalize

#: Cells, row by row; an item of a list is a row of one.
Rows = tuple[tuple[str, ...], ...]

LISTS = frozenset(("ul", "ol", "dl"))
_ITEMS = frozenset(("li", "dt", "dd"))
_EDGES = LISTS | _ITEMS
#: Anchors within anchors are a broken page; the words of deeper ones are not read over and over.
MAX_NESTED = 8
#: A list that holds one of these lays out the page.
_LAYOUT = frozenset(("table", "img", "h1", "h2", "h3"))


class Gathered(NamedTuple):
    """What a list or a table holds, in order."""

    #: Pieces of text; a line ends where an item or a list begins or ends.
    pieces: list[str]
    #: Address and words of each anchor.
    anchors: list[tuple[str, str]]
    images: list[etree._Element]

    @property
    def items(self) -> Rows:
        """Texts of the items of a list, those of a list in an item after it."""
        lines = map(normalize, "".join(self.pieces).split("\n"))
        return tuple((text,) for text in lines if text)


def layout_in(walk: Walk, start: int, end: int) -> list[int]:
    """Return where something opens that no item of a list holds, in order."""
    kinds, elements, _, _, _ = walk
    return [at for at in range(start, end) if kinds[at] == OPEN and elements[at].tag in _LAYOUT]


def is_list(walk: Walk, start: int, end: int, layout: Sequence[int]) -> bool:
    """Whether the list that opens and closes there has items, and none that lays out the page.

    `layout` tells where something opens that does.
    """
    items = list(_own_items(walk, start, end))
    return bool(items) and not any(_holds(layout, first, last) for first, last in items)


def gather(walk: Walk, start: int, end: int) -> Gathered:
    """Return what a list or a table holds, read once."""
    kinds, elements, texts, ends, _ = walk
    pieces: list[str] = []
    found = Gathered(pieces, [], [])
    #: How much text there was before each anchor that is open, and which anchor it is.
    marks: list[tuple[int, int]] = []
    for at in range(start, end):
        if kinds[at] == TEXT:
            pieces.append(texts[at].replace("\n", " "))
            continue
        element = elements[at]
        tag = element.tag
        if tag in _EDGES:
            pieces.append("\n")
        elif tag == "a":
            if kinds[at] == OPEN:
                marks.append((len(pieces), len(found.anchors)))
                if len(marks) <= MAX_NESTED:
                    found.anchors.append((element.get("href") or "", ""))
            else:
                mark, number = marks.pop()
                if len(marks) < MAX_NESTED:
                    words = normalize("".join(pieces[mark:]))
                    found.anchors[number] = (found.anchors[number][0], words)
        elif tag in BLOCKS or tag == "br":
            pieces.append(" ")
        elif tag == "img" and ends[at] > at:
            found.images.append(element)
    return found


def _own_items(walk: Walk, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the extents of the items of a list, without those of lists in them."""
    kinds, elements, _, ends, _ = walk
    at = start + 1
    while at < end:
        if kinds[at] == OPEN and (tag := elements[at].tag) in BLOCKS:
            if tag in _ITEMS:
                yield at, ends[at]
            at = ends[at]
        at += 1


def _holds(places: Sequence[int], start: int, end: int) -> bool:
    following = bisect_left(places, start)
    return following < len(places) and places[following] < end
