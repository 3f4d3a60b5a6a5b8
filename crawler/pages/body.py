"""The main text as blocks, read from the walk over the visible tree.

Gives drafts, in reading order; what of them is no text of the article is decided in `boilerplate`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from archive.items import Block, BlockKind, Link
from crawler.pages.lines import BLOCKS, OPEN, PLAIN, TEXT, Walk
from crawler.pages.lists import LISTS, MAX_NESTED, gather, is_list, layout_in
from crawler.pages.tables import Table, read_tables
from crawler.pages.text import normalize

_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_PLACING = frozenset((*_HEADINGS, "blockquote", "figcaption", "caption", *PLAIN))
_CENTERED = re.compile(r"text-align\s{0,5}:\s{0,5}center", re.IGNORECASE)
#: After so many links whose words no paragraph holds, the paragraphs are not searched any more.
_MAX_MISSED = 50
#: Pictures no wider or higher than this show nothing.
_SPACER = 3
#: Two ideographic or no-break spaces at the start of a line are how these pages begin a paragraph.
_INDENT = re.compile("[ \t]*(?:\u3000{2}|\u00a0{4}|(?:\u00a0 ){2}|\u2003{2})")


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


def read_blocks(
    walk: Walk, start: int, end: int, *, lists_with: Callable[[str], bool] | None = None
) -> list[Draft]:
    """Return the blocks of a range of events in reading order, images without text included.

    An element that reaches beyond the range leaves its boundary, and nothing else. `lists_with`: of lists,
    only those that it takes by the addresses of their links, one a line.
    """
    return _Reader(walk, start, end, lists_with).read()


@dataclass(frozen=True, slots=True)
class _Place:
    """What the elements around a piece of text make of it."""

    kind: BlockKind = BlockKind.PARAGRAPH
    level: int = 0
    centered: bool = False
    caption: bool = False
    appendix: bool = False
    #: A line of the source is a line to the reader.
    lined: bool = False


class _Reader:
    def __init__(self, walk: Walk, start: int, end: int, lists_with: Callable[[str], bool] | None) -> None:
        self.drafts: list[Draft] = []
        self._walk = walk
        self._start, self._end = start, end
        self._lists_with = lists_with
        self._places = [_Place()]
        #: How much text there was before each anchor that is open; None for one nested too deep.
        self._marks: list[int | None] = []
        self._text: list[str] = []
        self._links: list[Link] = []
        self._images: list[str] = []
        self._link_chars = 0

    def read(self) -> list[Draft]:
        kinds, elements, texts, ends, _ = self._walk
        at, end = self._start, self._end
        while at < end:
            kind = kinds[at]
            if kind == TEXT:
                lined = self._places[-1].lined
                self._text.append(texts[at] if lined else texts[at].replace("\n", " "))
            elif kind == OPEN:
                at = self._open(elements[at], at, ends[at])
            else:
                self._close(elements[at], within=ends[at] >= self._start)
            at += 1
        self._flush()
        return self.drafts

    def _open(self, element: etree._Element, at: int, close: int) -> int:
        """Open an element; return the last event that was read."""
        tag = element.tag
        if tag == "br":
            self._text.append("\n")
        elif tag == "img":
            if not _is_spacer(element):
                self._images.append(element.get("src") or "")
        elif tag == "a":
            if close < self._end:
                self._marks.append(len(self._text) if len(self._marks) < MAX_NESTED else None)
        elif tag in BLOCKS or (tag == "span" and _is_appendix(element)):
            self._flush()
            if close < self._end:
                place = _place(element, self._places[-1])
                if tag in LISTS and not place.appendix and self._is_passed(at, close):
                    return close
                if draft := self._composite(element, at, close, place):
                    self.drafts.append(draft)
                    return close
                self._places.append(place)
        return at

    def _close(self, element: etree._Element, *, within: bool) -> None:
        """Close an element; `within`: it opened in the range, too."""
        tag = element.tag
        if tag == "a":
            if within and (mark := self._marks.pop()) is not None:
                self._anchor(element, mark)
        elif tag in BLOCKS or (tag == "span" and _is_appendix(element)):
            self._flush()
            if within:
                self._places.pop()

    def _anchor(self, element: etree._Element, mark: int) -> None:
        text = normalize("".join(self._text[mark:]))
        href = element.get("href") or ""
        self._link_chars += len(text)
        if href and (text or (element.get("appendix") or "").lower() == "true"):
            self._links.append(Link(url=href, text=text))

    def _is_passed(self, at: int, close: int) -> bool:
        """Whether the list that opens there is one that nobody asks for."""
        if self._lists_with is None or not is_list(self._walk, at, close, self._layout):
            return False
        anchors = [element for element in self._walk.elements[at:close] if element.tag == "a"]
        return not self._lists_with("\n".join([anchor.get("href") or "" for anchor in anchors]))

    def _composite(self, element: etree._Element, at: int, close: int, place: _Place) -> Draft | None:
        """Return a list, or a table of data, as one block; None for anything else."""
        table = self._tables.get(at) if element.tag == "table" else None
        if table:
            self._add_between(table, place)
        elif element.tag not in LISTS or not is_list(self._walk, at, close, self._layout):
            return None
        held = gather(self._walk, at, close)
        rows = table.rows if table else held.items
        if not rows:
            return None
        return Draft(
            kind=BlockKind.TABLE if table else BlockKind.LIST,
            text="\n".join("\t".join(row) for row in rows),
            level=int(element.tag == "ol"),
            rows=rows,
            links=[Link(url=href, text=text) for href, text in held.anchors if href and text],
            images=[image.get("src") or "" for image in held.images if not _is_spacer(image)],
            appendix=place.appendix,
            link_chars=sum(len(text) for _, text in held.anchors),
        )

    def _add_between(self, table: Table, place: _Place) -> None:
        """Add what a table shows outside its cells: its caption is a line above it, as a reader sees it."""
        for start, end in table.between:
            for draft in read_blocks(self._walk, start, end):
                draft.caption, draft.appendix = False, place.appendix
                self.drafts.append(draft)

    @cached_property
    def _tables(self) -> dict[int, Table]:
        """Tables of data, by where they open: cleaned in one go."""
        return read_tables(self._walk, self._start, self._end)

    @cached_property
    def _layout(self) -> list[int]:
        """Where something opens that no item of a list holds."""
        return layout_in(self._walk, self._start, self._end)

    def _flush(self) -> None:
        """End the block that has been gathered."""
        text = "".join(self._text)
        if not self._images and not self._links and (not text or text.isspace()):
            self._text.clear()
            return
        paragraphs = list(_paragraphs(text)) or [""]
        links, images, link_chars = self._links, self._images, self._link_chars
        self._text, self._links, self._images, self._link_chars = [], [], [], 0
        if len(paragraphs) == 1:
            if paragraphs[0] or images or self._places[-1].appendix:
                self._add(paragraphs[0], links, images, link_chars)
            return
        for index, (text, own) in enumerate(zip(paragraphs, _shared(links, paragraphs), strict=True)):
            self._add(text, own, [] if index else images, sum(len(link.text) for link in own))

    def _add(self, text: str, links: list[Link], images: list[str], link_chars: int) -> None:
        place = self._places[-1]
        self.drafts.append(
            Draft(
                kind=place.kind,
                text=text,
                level=place.level,
                links=links,
                images=images,
                centered=place.centered,
                caption=place.caption,
                appendix=place.appendix,
                link_chars=link_chars,
            )
        )


def _shared(links: list[Link], paragraphs: list[str]) -> list[list[Link]]:
    """Return the links of each paragraph: those whose words it carries, in order."""
    shared: list[list[Link]] = [[] for _ in paragraphs]
    index = missed = 0
    for link in links:
        # A link that reaches over an empty line stands in none of them.
        end = len(paragraphs) if missed < _MAX_MISSED else index
        found = next((i for i in range(index, end) if link.text in paragraphs[i]), None)
        missed += found is None
        index = index if found is None else found
        shared[index].append(link)
    return shared


def _place(element: etree._Element, place: _Place) -> _Place:
    tag = str(element.tag)
    centered, appendix = _is_centered(element), _is_appendix(element)
    if tag not in _PLACING and not centered and not appendix:
        return place
    kind, level = place.kind, place.level
    if tag in _HEADINGS:
        kind, level = BlockKind.HEADING, _HEADINGS[tag]
    elif tag == "blockquote":
        kind, level = BlockKind.QUOTE, 0
    return _Place(
        kind=kind,
        level=level,
        centered=place.centered or centered,
        caption=place.caption or tag in ("figcaption", "caption"),
        appendix=place.appendix or appendix,
        lined=place.lined or tag in PLAIN,
    )


def _is_appendix(element: etree._Element) -> bool:
    """Whether an element is the attachment list of the CMS."""
    mark = element.get("id")
    return mark is not None and mark.lower() == "appendix"


def _is_spacer(element: etree._Element) -> bool:
    """Whether an image only holds a place: a point of a few pixels."""
    sizes = (element.get("width") or "", element.get("height") or "")
    return any(size.isascii() and size.isdigit() and len(size) < 5 and int(size) <= _SPACER for size in sizes)


def _is_centered(element: etree._Element) -> bool:
    if element.tag == "center" or (element.get("align") or "").lower() == "center":
        return True
    style = element.get("style")
    return style is not None and bool(_CENTERED.search(style[:4000]))


def _paragraphs(text: str) -> Iterator[str]:
    """Split what stands between two block boundaries: one break is a line, an empty line a paragraph."""
    if "\n" not in text:
        if line := normalize(text):
            yield line
        return
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
