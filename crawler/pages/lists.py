"""Lists in a text, item by item; those that lay out a page are none.

Reads them from the walk: an item is what stands between two edges.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from crawler.pages.lines import BLOCKS, OPEN, TEXT, Walk
from crawler.pages.text import normalize

LISTS = frozenset(("ul", "ol", "dl"))
_ITEMS = frozenset(("li", "dt", "dd"))
_EDGES = LISTS | _ITEMS
#: A list that holds one of these lays out the page.
_LAYOUT = frozenset(("table", "img", "h1", "h2", "h3"))


def layout_in(walk: Walk, start: int, end: int) -> list[int]:
    """Return where something opens that no item of a list holds, in order."""
    kinds, elements, _, _, _ = walk
    return [at for at in range(start, end) if kinds[at] == OPEN and elements[at].tag in _LAYOUT]


def read_items(walk: Walk, start: int, end: int, layout: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """Return the items of the list that opens and closes there, those of a list in an item after it.

    () when it lays out the page: `layout` tells where such a thing opens.
    """
    items = list(_own_items(walk, start, end))
    if not items or any(_holds(layout, first, last) for first, last in items):
        return ()
    texts = "".join(pieces(walk, start, end, "\n")).split("\n")
    return tuple((text,) for text in map(normalize, texts) if text)


def pieces(walk: Walk, start: int, end: int, edge: str) -> Iterator[str]:
    """Yield the pieces of text in a range; `edge` stands where an item or a list begins or ends."""
    kinds, elements, texts, _, _ = walk
    for at in range(start, end):
        if kinds[at] == TEXT:
            yield texts[at].replace("\n", " ")
        elif (tag := elements[at].tag) in _EDGES:
            yield edge
        elif tag in BLOCKS or tag == "br":
            yield " "


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
