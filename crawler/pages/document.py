"""A captured page, parsed once: its tree, its meta tags, its scripts, and the lines a reader sees.

Everything that finds something on a page looks here; nothing here knows a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import NamedTuple
from urllib.parse import urljoin

from lxml import etree

from archive.errors import BadUrlError
from archive.items import CapturedPage
from archive.urls import normalize as normalize_url
from crawler.pages.encoding import decode
from crawler.pages.text import normalize

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer"
    " form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody td tfoot"
    " th thead tr ul".split()
)
#: What a reader with a working browser never sees: code, and what stands in for players and scripts.
_UNSEEN = frozenset(
    "script style head title template noscript iframe object embed applet video audio canvas svg math select"
    " option button textarea datalist noframes noembed xml".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
#: A stray end tag in the middle of a page must not end it.
_END_TAGS = re.compile(r"</(?:html|body)\s{0,9}>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,30})([^<>]*)>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_MAX_DEPTH = 400
_HIDDEN_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden)", re.IGNORECASE
)
_CENTERED = re.compile(r"text-align\s{0,5}:\s{0,5}center", re.IGNORECASE)
#: The order of the events of a walk over the visible tree.
_TEXT, _OPEN, _CLOSE = 0, 1, 2


class Event(NamedTuple):
    """A step of the walk: text, or an element that opens (`at`: where it closes) or closes (`at`: where it opened)."""

    kind: int
    element: etree._Element
    text: str
    at: int


@dataclass(slots=True)
class Line:
    """A line as a reader sees it: between two block boundaries or line breaks."""

    text: str
    #: Index of the first and last event of its text.
    first: int
    last: int
    #: The block element that holds it.
    block: etree._Element
    #: Pieces of text, each with the anchor that carries it.
    runs: list[tuple[str, etree._Element | None]] = field(default_factory=list)

    @property
    def heading(self) -> int:
        """Level of the heading it is, 0 when it is none."""
        return _HEADINGS.get(str(self.block.tag), 0)

    @property
    def linked(self) -> bool:
        """Whether nearly all of it is link text."""
        carried = sum(len(text) for text, anchor in self.runs if anchor is not None)
        return carried * 10 >= len(self.text) * 8 and carried > 0


class Document:
    """The parsed page."""

    def __init__(self, page: CapturedPage) -> None:
        self.page = page
        self.url = page.url
        decoded = decode(page)
        self.encoding, self.encoding_rule = decoded.encoding, decoded.rule
        self.source = decoded.text
        self.root = _parse(self.source)

    @cached_property
    def events(self) -> list[Event]:
        """Text and elements that a reader sees, in document order."""
        return _walk(self.root)

    @cached_property
    def lines(self) -> list[Line]:
        """The page as lines, in document order."""
        return list(_lines(self.events))

    @cached_property
    def metas(self) -> dict[str, str]:
        """Content of the first non-empty meta tag of each name, names in lower case."""
        found: dict[str, str] = {}
        for element in self.root.iter("meta"):
            name = element.get("name") or element.get("property") or ""
            content = normalize(element.get("content") or "")
            if name and content:
                found.setdefault(name.strip().lower(), content)
        return found

    @cached_property
    def title(self) -> str:
        """Text of the title element."""
        element = next(self.root.iter("title"), None)
        return "" if element is None else normalize("".join(str(text) for text in element.itertext()))

    @cached_property
    def scripts(self) -> list[str]:
        """Inline scripts, in order."""
        return [element.text for element in self.root.iter("script") if element.text]

    @cached_property
    def base(self) -> str:
        """What relative links are relative to."""
        element = next(self.root.iter("base"), None)
        href = "" if element is None else (element.get("href") or "")
        try:
            return urljoin(self.url, href.strip())
        except ValueError:
            return self.url

    @cached_property
    def opening(self) -> dict[etree._Element, int]:
        """Where each visible element opens."""
        return {event.element: index for index, event in enumerate(self.events) if event.kind == _OPEN}

    def extent(self, element: etree._Element) -> tuple[int, int] | None:
        """Return the events of an element as a half-open range; None when it is not visible."""
        start = self.opening.get(element)
        return None if start is None else (start, self.events[start].at + 1)

    def absolute(self, href: str | None) -> str | None:
        """Return a link of the page as an absolute address, or None when it leads to no page."""
        if not href or href.strip()[:1] in ("", "#"):
            return None
        try:
            return normalize_url(urljoin(self.base, href.strip()))
        except (BadUrlError, ValueError):
            return None

    def lines_in(self, start: int, end: int) -> list[Line]:
        """Return the lines whose text lies in a range of events."""
        return [line for line in self.lines if line.first >= start and line.last < end]

    def fragment(self, start: int, end: int) -> str:
        """Return a range of events as HTML that holds only what text needs."""
        return "".join(_serialize(self.events, start, end))


def _parse(source: str) -> etree._Element:
    text = _END_TAGS.sub("", source.replace("\x00", ""))
    root, complete = _parse_once(text)
    if not complete:
        root, _ = _parse_once("".join(_flatten(text)))
    return root if root is not None else etree.Element("html")


def _parse_once(text: str) -> tuple[etree._Element | None, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None, True
    stopped = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return root, not stopped


def _flatten(text: str) -> Iterator[str]:
    """Leave out tags below a depth that no page needs and the parser refuses."""
    depth = position = 0
    for match in _TAG.finditer(text):
        yield text[position : match.start()]
        position = match.end()
        closing, name = match[1], match[2].lower()
        if name in _VOID or match[3].endswith("/"):
            yield match[0]
        elif closing:
            if depth <= _MAX_DEPTH:
                yield match[0]
            depth = max(0, depth - 1)
        else:
            depth += 1
            if depth <= _MAX_DEPTH:
                yield match[0]
    yield text[position:]


def _is_hidden(element: etree._Element) -> bool:
    if element.tag in _UNSEEN or "hidden" in element.attrib:
        return True
    style = element.get("style")
    return style is not None and bool(_HIDDEN_STYLE.search(style[:4000]))


def _walk(root: etree._Element) -> list[Event]:
    """Walk the visible tree without recursion."""
    events: list[Event] = []
    opened: list[int] = []
    add = events.append
    walk = etree.iterwalk(root, events=("start", "end"))
    unseen: etree._Element | None = None
    for action, element in walk:
        if action == "start":
            if unseen is not None:
                continue
            if _is_hidden(element):
                unseen = element
                continue
            opened.append(len(events))
            add(Event(_OPEN, element, "", 0))
            if element.text:
                add(Event(_TEXT, element, element.text, 0))
            continue
        if unseen is None:
            start = opened.pop()
            events[start] = Event(_OPEN, element, "", len(events))
            add(Event(_CLOSE, element, "", start))
        elif unseen is element:
            unseen = None
        if unseen is None and element.tail:
            parent = element.getparent()
            add(Event(_TEXT, element if parent is None else parent, element.tail, 0))
    return events


def _lines(events: list[Event]) -> Iterator[Line]:
    blocks: list[etree._Element] = []
    anchors: list[etree._Element] = []
    runs: list[tuple[str, etree._Element | None]] = []
    first = last = 0
    for index, (kind, element, text, _) in enumerate(events):
        if kind == _TEXT:
            if not runs:
                first = index
            last = index
            runs.append((text, anchors[-1] if anchors else None))
            continue
        tag = element.tag
        if tag == "a":
            if kind == _OPEN:
                anchors.append(element)
            elif anchors:
                anchors.pop()
        elif tag in BLOCKS or tag == "br":
            if runs and (line := _line(runs, first, last, blocks)):
                yield line
            runs = []
            if tag != "br":
                if kind == _OPEN:
                    blocks.append(element)
                else:
                    blocks.pop()
    if runs and (line := _line(runs, first, last, blocks)):
        yield line


def _line(
    runs: list[tuple[str, etree._Element | None]], first: int, last: int, blocks: list[etree._Element]
) -> Line | None:
    text = normalize("".join(run for run, _ in runs))
    if not text or not blocks:
        return None
    return Line(text, first, last, blocks[-1], runs)


def _serialize(events: list[Event], start: int, end: int) -> Iterator[str]:
    depth = 0
    written: set[int] = set()
    for index in range(start, end):
        kind, element, text, at = events[index]
        if kind == _TEXT:
            yield escape(text, quote=False)
        elif kind == _OPEN:
            tag = _start_tag(element)
            if at >= end:
                # It reaches beyond the range: only its boundary counts.
                yield "<hr>" if element.tag in BLOCKS else ""
            elif tag and depth < 120:
                depth += 1
                written.add(index)
                yield tag
            elif element.tag in BLOCKS:
                yield "<hr>"
        elif at in written:
            depth -= 1
            yield _end_tag(element)
        elif element.tag in BLOCKS:
            yield "<hr>"


_KEPT = frozenset(
    "a blockquote br caption dd dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr img li ol p pre table td th tr ul".split()
)


def _start_tag(element: etree._Element) -> str:
    """Return the tag that stands for an element in a fragment; empty for what text does not need."""
    tag = str(element.tag)
    if tag == "a":
        appendix = ' appendix="true"' if (element.get("appendix") or "").lower() == "true" else ""
        return f'<a href="{escape(element.get("href") or "")}"{appendix}>'
    if tag == "img":
        return f'<img src="{escape(element.get("src") or "")}" alt="{escape(element.get("alt") or "")}">'
    if tag in BLOCKS:
        name = tag if tag in _KEPT else "div"
        mark = ' id="appendix"' if (element.get("id") or "").lower() == "appendix" else ""
        centered = ' align="center"' if _is_centered(element) else ""
        return f"<{name}{mark}{centered}>"
    if tag == "span" and (element.get("id") or "").lower() == "appendix":
        return '<div id="appendix">'
    return "<br>" if tag == "br" else ""


def _end_tag(element: etree._Element) -> str:
    tag = str(element.tag)
    if tag in _VOID:
        return ""
    if tag in _KEPT:
        return f"</{tag}>"
    return "</div>"


def _is_centered(element: etree._Element) -> bool:
    if element.tag == "center" or (element.get("align") or "").lower() == "center":
        return True
    style = element.get("style")
    return style is not None and bool(_CENTERED.search(style[:4000]))
