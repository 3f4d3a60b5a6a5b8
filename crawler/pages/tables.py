"""Tables of data in a text: BeautifulSoup cleans the fragment that holds them.

Tells them from tables that lay out a page.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bs4 import BeautifulSoup
from bs4.element import Tag

from crawler.pages.lines import BLOCKS, OPEN, TEXT, Walk
from crawler.pages.text import normalize

Rows = tuple[tuple[str, ...], ...]

_CELLS = ("td", "th")
_KEPT = frozenset(("tr", *_CELLS))
#: A cell that holds this much is a column of the page, not a cell of a table.
_LAYOUT_CELL = 600


def read_tables(walk: Walk, start: int, end: int) -> dict[int, Rows]:
    """Return the cells of every table of data that opens and closes in a range, by where it opens."""
    extents = list(_innermost(walk, start, end))
    if not extents:
        return {}
    fragment = "".join([piece for opened, close in extents for piece in _fragment(walk, opened, close)])
    tables = BeautifulSoup(fragment, "lxml").find_all("table")
    return {int(str(table["id"])): rows for table in tables if (rows := _rows(table))}


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


def _fragment(walk: Walk, start: int, end: int) -> Iterator[str]:
    """Yield a table as HTML that holds only what its cells need."""
    kinds, elements, texts, _, _ = walk
    yield f'<table id="{start}">'
    for at in range(start + 1, end):
        if kinds[at] == TEXT:
            yield escape(texts[at], quote=False)
        elif (tag := elements[at].tag) in _KEPT:
            yield f"<{tag}>" if kinds[at] == OPEN else f"</{tag}>"
        elif tag in BLOCKS or tag == "br":
            yield " "
    yield "</table>"


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
