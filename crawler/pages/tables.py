"""Tables of data in a text: BeautifulSoup cleans the fragment that holds their cells.

Tells them from tables that lay out a page, and where in them text stands that no cell holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from bs4 import BeautifulSoup
from bs4.element import Tag

from crawler.pages.lines import BLOCKS, OPEN, TEXT, Walk
from crawler.pages.lists import Rows
from crawler.pages.text import normalize

_CELLS = ("td", "th")
#: A cell that holds this much is a column of the page, not a cell of a table.
_LAYOUT_CELL = 600


class Table(NamedTuple):
    """A table of data."""

    rows: Rows
    #: Ranges of events between its cells: its caption, and text that stands in no cell.
    between: list[tuple[int, int]]


def read_tables(walk: Walk, start: int, end: int) -> dict[int, Table]:
    """Return every table of data that opens and closes in a range, by where it opens."""
    cells = {opened: list(_cells(walk, opened, close)) for opened, close in _innermost(walk, start, end)}
    if not cells:
        return {}
    fragment = "".join([piece for opened in cells for piece in _fragment(walk, opened, cells[opened])])
    found: dict[int, Table] = {}
    for table in BeautifulSoup(fragment, "lxml").find_all("table"):
        opened = int(str(table["id"]))
        if rows := _rows(table):
            found[opened] = Table(rows, _between(walk, opened, cells[opened]))
    return found


def _innermost(walk: Walk, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the extents of tables that hold no other and have cells side by side or one above the other."""
    opened = -1
    cells = 0
    for at in range(start, end):
        tag, other = walk.elements[at].tag, walk.ends[at]
        if tag == "table" and other > at:
            opened, cells = at, 0
        elif tag == "table" and other == opened:
            if cells > 1:
                yield opened, at
            opened = -1
        elif tag in _CELLS and other > at:
            cells += 1


def _cells(walk: Walk, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the extents of the cells of a table; what a cell holds belongs to it, cells too."""
    at = start + 1
    while at < end:
        if walk.kinds[at] == OPEN and walk.elements[at].tag in _CELLS:
            yield at, walk.ends[at]
            at = walk.ends[at]
        at += 1


def _between(walk: Walk, start: int, cells: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges before, between and after the cells of a table in which something is shown."""
    edges = [start + 1, *(edge for first, last in cells for edge in (first, last + 1)), walk.ends[start]]
    ranges = zip(edges[::2], edges[1::2], strict=True)
    return [extent for extent in ranges if _shows(walk, *extent)]


def _shows(walk: Walk, start: int, end: int) -> bool:
    return any(walk.kinds[at] == TEXT or walk.elements[at].tag == "img" for at in range(start, end))


def _fragment(walk: Walk, start: int, cells: list[tuple[int, int]]) -> Iterator[str]:
    """Yield a table as HTML that holds its rows and cells, and of those only the text."""
    kinds, elements, texts, _, _ = walk
    yield f'<table id="{start}"><tr>'
    before = start
    for first, last in cells:
        if any(elements[edge].tag == "tr" for edge in range(before + 1, first)):
            yield "</tr><tr>"
        yield "<td>"
        for at in range(first + 1, last):
            if kinds[at] == TEXT:
                yield escape(texts[at], quote=False)
            elif (tag := elements[at].tag) in BLOCKS or tag == "br":
                yield " "
        yield "</td>"
        before = last
    yield "</tr></table>"


def _tags(element: Tag) -> Iterator[Tag]:
    for child in element.children:
        if isinstance(child, Tag):
            yield child


def _rows(table: Tag) -> Rows:
    """Return the cells of a table that holds data; () when it only lays out the page."""
    rows: list[tuple[str, ...]] = []
    for row in _tags(table):
        texts = tuple(normalize(cell.get_text()) for cell in _tags(row))
        if any(len(text) > _LAYOUT_CELL for text in texts):
            return ()
        if any(texts):
            rows.append(texts)
    if not rows or max(sum(1 for text in row if text) for row in rows) < 2:
        return ()
    return tuple(rows)
