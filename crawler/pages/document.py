"""A captured page, parsed once: its tree, its meta tags, its scripts, and the lines a reader sees.

Everything that finds something on a page looks here; nothing here knows a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from urllib.parse import urljoin

from lxml import etree

from archive.errors import BadUrlError
from archive.items import CapturedPage
from archive.urls import normalize as normalize_url
from crawler.pages.encoding import decode
from crawler.pages.lines import OPEN, Line, Walk, read_lines, walk
from crawler.pages.mojibake import repair
from crawler.pages.text import normalize

#: A stray end tag in the middle of a page must not end it.
# Spelled out: a pattern that ignores case cannot leap from `</` to `</`. No other tag is spelled so.
_END_TAGS = re.compile(rb"</[hHbB][tToO][mMdD][lLyY]\s{0,9}>")
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,30})([^<>]*)>")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())  # noqa: SIM905
_MAX_DEPTH = 400


class Document:
    """The parsed page."""

    def __init__(self, page: CapturedPage) -> None:
        self.page = page
        self.url = page.url
        decoded = decode(page)
        self.encoding, self.encoding_rule = decoded.encoding, decoded.rule
        #: Damage to characters that was undone, as evidence.
        self.source, self.repairs = repair(decoded.text)
        # Bytes that are what they say need not be made of the characters again.
        intact = self.encoding_rule == "utf-8" and not self.repairs
        self.root = parse(page.body if intact else self.source)

    @cached_property
    def walk(self) -> Walk:
        """Text and elements that a reader sees, in document order."""
        return walk(self.root)

    @property
    def events(self) -> list[int]:
        """Kinds of the steps of the walk."""
        return self.walk.kinds

    @cached_property
    def lines(self) -> list[Line]:
        """The page as lines, in document order."""
        return list(read_lines(self.walk))

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
        if element is None:
            return ""
        return normalize("".join(map(str, element.itertext())) if len(element) else element.text or "")

    @cached_property
    def scripts(self) -> list[str]:
        """Inline scripts, in order."""
        return [element.text for element in self.root.iter("script") if element.text]

    @cached_property
    def data(self) -> list[str]:
        """What the page tells to machines: its JSON-LD."""
        kind = "application/ld+json"
        if "ld+json" not in self.source:
            return []
        return [e.text for e in self.root.iter("script") if e.text and (e.get("type") or "").lower() == kind]

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
        return {
            element: index for index, element in enumerate(self.walk.elements) if self.events[index] == OPEN
        }

    def extent(self, element: etree._Element) -> tuple[int, int] | None:
        """Return the events of an element as a half-open range; None when it is not visible."""
        start = self.opening.get(element)
        return None if start is None else (start, self.walk.ends[start] + 1)

    def extent_around(self, element: etree._Element, at: int) -> tuple[int, int]:
        """Return the events of an element that an event stands in, as a half-open range."""
        kinds, elements, _, ends, _ = self.walk
        while not (elements[at] is element and kinds[at] == OPEN):
            at -= 1
        return at, ends[at] + 1

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


def parse(source: str | bytes) -> etree._Element:
    """Return the tree of a page, characters or UTF-8, whatever is in it; no depth of nesting stops it."""
    data = source.encode("utf-8", "replace") if isinstance(source, str) else source
    if b"\x00" in data:
        data = data.replace(b"\x00", b"")
    data = _END_TAGS.sub(b"", data)
    root, complete = _parse_once(data)
    if not complete:
        root, _ = _parse_once("".join(_flatten(data.decode("utf-8"))).encode("utf-8"))
    return root if root is not None else etree.Element("html")


def _parse_once(data: bytes) -> tuple[etree._Element | None, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = etree.fromstring(data, parser)
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
