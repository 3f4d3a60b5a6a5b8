"""The main text as blocks: BeautifulSoup cleans the body fragment that was found.

Gives drafts, in reading order; what of them is no text of the article is decided in `boilerplate`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from archive.items import Block, BlockKind, Link
from crawler.pages.text import normalize

_BLOCKS = frozenset(
    "blockquote body caption dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr html li ol p pre"  # noqa: SIM905
    " table td th tr ul".split()
)
#: What makes a place of its own even without attributes.
_PLACING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figcaption", "caption"))
_TABLE = frozenset(("table",))
_ITEMS = frozenset(("li", "dt", "dd"))
#: A list that holds one of these lays out the page.
_NO_ITEM = frozenset(("table", "img", "h1", "h2", "h3"))
_LISTS = frozenset(("ul", "ol", "dl"))
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
#: Two ideographic or no-break spaces at the start of a line are how these pages begin a paragraph.
_INDENT = re.compile("[ \t]*(?:\u3000{2}|\u00a0{4}|(?:\u00a0 ){2}|\u2003{2})")
_BREAKS = re.compile("\n")
#: A cell that holds this much is a column of the page, not a cell of a table.
_LAYOUT_CELL = 600


@dataclass(slots=True)
class Draft:
    """A block that may still turn out to be no text: a caption, a contact, a closing tag."""

    kind: BlockKind
    text: str
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()
    links: list[Link] = field(default_factory=list)
    #: Source addresses of the images that stand in it.
    images: list[str] = field(default_factory=list)
    centered: bool = False
    #: It is marked up as a caption.
    caption: bool = False
    #: It stands in the attachment list of the CMS.
    appendix: bool = False
    #: How many of its characters are links.
    link_chars: int = 0

    @property
    def block(self) -> Block:
        """The block that goes into the item."""
        return Block(kind=self.kind, text=self.text, level=self.level, rows=self.rows)


def read_blocks(fragment: str) -> list[Draft]:
    """Return the blocks of a fragment in reading order, images without text included."""
    return read_fragments([fragment])[0]


def read_fragments(fragments: Sequence[str]) -> list[list[Draft]]:
    """Return the blocks of several fragments of one page, each apart: they are cleaned in one go."""
    shown = [fragment for fragment in fragments if fragment.strip()]
    if not shown:
        return [[] for _ in fragments]
    soup = BeautifulSoup("".join([f"<div>{fragment}</div>" for fragment in shown]), "lxml")
    # Of the document that the parser makes around them: `html`, then `body`.
    cleaned = iter([tag for html in _tags(soup) for body in _tags(html) for tag in _tags(body)])
    return [_read(next(cleaned)) if fragment.strip() else [] for fragment in fragments]


def _tags(element: Tag) -> Iterator[Tag]:
    for child in element.children:
        if isinstance(child, Tag):
            yield child


def _holds(element: Tag, names: frozenset[str]) -> bool:
    """Whether an element holds one of some elements, however deep."""
    return any(isinstance(node, Tag) and node.name in names for node in element.descendants)


def _read(element: Tag) -> list[Draft]:
    reader = _Reader()
    reader.children(element, _PLAIN)
    reader.flush(_PLAIN)
    return reader.drafts


@dataclass(frozen=True, slots=True)
class _Place:
    """What the elements around a piece of text make of it."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    centered: bool = False
    caption: bool = False
    appendix: bool = False


_PLAIN = _Place()


class _Reader:
    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self._text: list[str] = []
        self._links: list[Link] = []
        self._images: list[str] = []
        self._link_chars = 0

    def children(self, element: Tag, place: _Place) -> None:
        for child in element.children:
            if isinstance(child, Tag):
                self.element(child, place)
            elif type(child) is NavigableString:
                self._text.append(_BREAKS.sub(" ", child))

    def element(self, element: Tag, place: _Place) -> None:
        name = element.name
        if name == "br":
            self._text.append("\n")
        elif name == "img":
            self._images.append(str(element.get("src") or ""))
        elif name == "a":
            self._anchor(element, place)
        elif name in _BLOCKS:
            self.flush(place)
            self._block(element, place)
        else:
            self.children(element, place)

    def _anchor(self, element: Tag, place: _Place) -> None:
        mark = len(self._text)
        self.children(element, place)
        text = normalize("".join(self._text[mark:]))
        href = str(element.get("href") or "")
        self._link_chars += len(text)
        if href and (text or element.get("appendix")):
            self._links.append(Link(url=href, text=text))

    def _block(self, element: Tag, place: _Place) -> None:
        name = element.name
        inner = _place(element, place)
        if name in ("ul", "ol", "dl"):
            self._list(element, inner)
        elif name == "table" and (rows := _data_rows(element)):
            self._table(element, rows, inner)
        else:
            self.children(element, inner)
            self.flush(inner)

    def _list(self, element: Tag, place: _Place) -> None:
        items = [item for item in element.children if isinstance(item, Tag) and item.name in _ITEMS]
        if not items or any(_holds(item, _NO_ITEM) for item in items):
            self.children(element, place)
            self.flush(place)
            return
        rows = tuple((text,) for text in _rows(element))
        self._composite(element, BlockKind.LIST, rows, place, level=int(element.name == "ol"))

    def _table(self, element: Tag, rows: tuple[tuple[str, ...], ...], place: _Place) -> None:
        self._composite(element, BlockKind.TABLE, rows, place)

    def _composite(
        self, element: Tag, kind: BlockKind, rows: tuple[tuple[str, ...], ...], place: _Place, level: int = 0
    ) -> None:
        anchors = [(str(a.get("href") or ""), _flat(a)) for a in element.find_all("a")]
        self.drafts.append(
            Draft(
                kind=kind,
                text="\n".join("\t".join(row) for row in rows),
                level=level,
                rows=rows,
                links=[Link(url=href, text=text) for href, text in anchors if href and text],
                images=[str(image.get("src") or "") for image in element.find_all("img")],
                appendix=place.appendix,
                link_chars=sum(len(text) for _, text in anchors),
            )
        )

    def flush(self, place: _Place) -> None:
        """End the block that has been gathered."""
        text = "".join(self._text)
        if not self._images and (not text or text.isspace()) and not self._links:
            self._text.clear()
            return
        paragraphs = list(_paragraphs(text))
        links, images, link_chars = self._links, self._images, self._link_chars
        self._text, self._links, self._images, self._link_chars = [], [], [], 0
        if not paragraphs and not images:
            return
        carried = _carriers(paragraphs, links)
        for index, text in enumerate(paragraphs or [""]):
            own = [link for link, carrier in zip(links, carried, strict=True) if carrier == index]
            chars = sum(len(link.text) for link in own) if len(paragraphs) > 1 else link_chars
            self.drafts.append(
                Draft(
                    kind=place.kind,
                    text=text,
                    level=place.level,
                    links=own,
                    images=images if index == 0 else [],
                    centered=place.centered,
                    caption=place.caption,
                    appendix=place.appendix,
                    link_chars=chars,
                )
            )


def _carriers(paragraphs: list[str], links: list[Link]) -> list[int]:
    """Return for each link, in order, the index of the paragraph that carries its words."""
    index = 0
    carriers = []
    for link in links:
        found = next((i for i in range(index, len(paragraphs)) if link.text in paragraphs[i]), index)
        carriers.append(found)
        index = found
    return carriers


def _place(element: Tag, place: _Place) -> _Place:
    name = element.name
    if name not in _PLACING and not element.attrs:
        return place
    kind, level = place.kind, place.level
    if name in _HEADINGS:
        kind, level = BlockKind.HEADING, _HEADINGS[name]
    elif name == "blockquote":
        kind, level = BlockKind.QUOTE, 0
    return _Place(
        kind=kind,
        level=level,
        centered=place.centered or element.get("align") == "center",
        caption=place.caption or name in ("figcaption", "caption"),
        appendix=place.appendix or element.get("id") == "appendix",
    )


def _paragraphs(text: str) -> Iterator[str]:
    """Split what stands between two block boundaries: one break is a line, an empty line a paragraph."""
    lines: list[str] = []
    for raw in text.split("\n"):
        line = normalize(raw)
        if lines and (not line or _INDENT.match(raw)):
            yield "\n".join(lines)
            lines = []
        if line:
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _flat(element: Tag) -> str:
    pieces: list[str] = []
    for node in element.descendants:
        if type(node) is NavigableString:
            pieces.append(str(node))
        elif isinstance(node, Tag) and (node.name in _BLOCKS or node.name == "br"):
            pieces.append(" ")
    return normalize("".join(pieces))


def _rows(element: Tag) -> list[str]:
    """Return the items of a list; those of a list within an item follow it."""
    pieces: list[str] = []
    _gather_items(element, pieces)
    return list(filter(None, map(normalize, "".join(pieces).split("\n"))))


def _gather_items(element: Tag, pieces: list[str]) -> None:
    for node in element.children:
        if type(node) is NavigableString:
            pieces.append(_BREAKS.sub(" ", node))
        elif isinstance(node, Tag):
            name = node.name
            edge = (
                "\n" if name in _ITEMS or name in _LISTS else " " if name in _BLOCKS or name == "br" else ""
            )
            pieces.append(edge)
            _gather_items(node, pieces)
            pieces.append(edge)


def _data_rows(table: Tag) -> tuple[tuple[str, ...], ...]:
    """Return the cells of a table that holds data; () when it only lays out the page."""
    if _holds(table, _TABLE):
        return ()
    rows: list[tuple[str, ...]] = []
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"])
        texts = tuple(_flat(cell) for cell in cells)
        if any(len(text) > _LAYOUT_CELL for text in texts):
            return ()
        if any(texts):
            rows.append(texts)
    if not rows or max(sum(1 for text in row if text) for row in rows) < 2:
        return ()
    return tuple(rows)
