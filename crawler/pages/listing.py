"""Page objects of listings: entries, pager, and what else of the site a list page leads to.

An entry is an anchor that leads to an article; what it says is what stands around the anchor.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from lxml import etree

from archive.errors import BadUrlError
from archive.items import CapturedPage, ListEntry, ListItem, Pager
from archive.urls import Address, SiteUrls, UrlKind
from crawler.errors import ExtractionError, Reason
from crawler.pages import boilerplate, dates
from crawler.pages.boilerplate import MORE
from crawler.pages.document import Document
from crawler.pages.entries import (
    anchor_text,
    bare_words,
    date_beside,
    inner_date,
    is_cut_of,
    is_date,
    is_keywords,
    without_date,
)
from crawler.pages.head import is_article_head
from crawler.pages.lines import BLOCKS, Line
from crawler.pages.pager import find_pagers
from crawler.pages.refusals import refuse
from crawler.pages.text import normalize, strip_shown_tags

_SPLIT_KEYWORDS = re.compile(r"[;；]")
#: An entry says no more than this; the rest of a page that has one entry is not the entry's.
_MAX_LINES = 12


@dataclass(slots=True)
class _Found:
    """An entry as it is gathered."""

    address: Address
    anchors: list[etree._Element]
    #: Index of the line of its first anchor.
    at: int
    #: What surrounds it: the largest element that holds no other entry.
    around: etree._Element
    lines: list[int] = field(default_factory=list)


class ListPage:
    """A list or landing page."""

    def __init__(self, document: Document, site: SiteUrls) -> None:
        self.document = document
        self.site = site

    def to_item(self) -> ListItem:
        """Return the item; raises ExtractionError when the page is no list."""
        document = self.document
        own = self._address(document.url)
        is_article = own is not None and own.kind is UrlKind.ARTICLE
        entries = self.entries()
        refuse(document, dated=bool(entries))
        if is_article or is_article_head(document):
            raise ExtractionError(document.url, Reason.NOT_A_LISTING, "an article")
        pager, breadcrumb = self.pager(), self.breadcrumb()
        if not entries and pager is None and not breadcrumb and not self.listings():
            raise ExtractionError(
                document.url, Reason.NOT_A_LISTING, "neither entries nor a pager nor a breadcrumb"
            )
        return ListItem(
            url=own.url if own else document.url,
            capture=document.page.capture,
            entries=entries,
            pager=pager,
            breadcrumb=breadcrumb,
            listings=self.listings(),
            strays=self.strays(),
        )

    def is_list(self) -> bool:
        """Whether the page is a list beyond doubt: a pager, or dates beside its entries."""
        entries = self.entries()
        dated = sum(1 for entry in entries if entry.published)
        return len(entries) >= 3 and (self.pager() is not None or dated >= 3)

    def _address(self, href: str | None) -> Address | None:
        if not href or href.strip()[:1] in ("", "#"):
            return None
        try:
            return self.site.address(href, self.document.base)
        except (BadUrlError, ValueError):
            return None

    @cached_property
    def _anchors(self) -> list[tuple[etree._Element, Address, int]]:
        """Anchors that lead to an address, each with the index of the line that carries it."""
        at: dict[etree._Element, int] = {}
        for index, line in enumerate(self.document.lines):
            for _, anchor in line.runs:
                if anchor is not None:
                    at.setdefault(anchor, index)
        found = []
        for anchor, index in at.items():
            address = self._address(anchor.get("href"))
            if address is not None:
                found.append((anchor, address, index))
        return found

    @cached_property
    def _found(self) -> list[_Found]:
        articles = [(a, address, i) for a, address, i in self._anchors if address.kind is UrlKind.ARTICLE]
        counts = _count_above(articles)
        found: dict[str, _Found] = {}
        for anchor, address, index in articles:
            if address.article_url in found:
                found[address.article_url].anchors.append(anchor)
            else:
                around = _around(anchor, counts)
                found[address.article_url] = _Found(address, [anchor], index, around)
        entries = list(found.values())
        self._share_lines(entries)
        return self._main(entries)

    def _share_lines(self, entries: Sequence[_Found]) -> None:
        """Give every entry the lines that stand around it, or below it up to the next."""
        lines = self.document.lines
        starts = {entry.at for entry in entries}
        for entry in entries:
            extent = self.document.extent(entry.around)
            inside = [
                i
                for i in range(max(0, entry.at - 6), min(len(lines), entry.at + _MAX_LINES))
                if extent and lines[i].first >= extent[0] and lines[i].last < extent[1]
            ]
            if len(inside) > 1 and entry.around.tag in BLOCKS:
                entry.lines = inside
                continue
            entry.lines = [entry.at]
            for index in range(entry.at + 1, min(len(lines), entry.at + 6)):
                line = lines[index]
                if index in starts or line.linked or line.heading or boilerplate.is_footer(line.text):
                    break
                if index + 1 in starts and is_keywords(line.text):
                    break
                entry.lines.append(index)
            before = entry.at - 1
            if before >= 0 and before not in starts and is_keywords(lines[before].text):
                entry.lines.insert(0, before)

    def _main(self, entries: list[_Found]) -> list[_Found]:
        """Leave side boxes out of a list: on a page with a pager, undated groups beside a dated one."""
        if self.pager() is None:
            return entries
        dated = {id(_group(entry)) for entry in entries if self._date(entry)}
        if not dated:
            return entries
        return [entry for entry in entries if id(_group(entry)) in dated]

    def entries(self) -> tuple[ListEntry, ...]:
        """Entries in page order."""
        return tuple(filter(None, map(self._entry, self._found)))

    def _entry(self, found: _Found) -> ListEntry | None:
        title = self._title(found)
        if not title:
            return None
        keywords, abstract = self._around_title(found)
        return ListEntry(
            url=found.address.article_url,
            title=title,
            published=self._date(found),
            keywords=keywords,
            abstract=abstract,
        )

    def _title(self, found: _Found) -> str:
        """Return the words of the entry's anchor: the full ones where the list prints a cut."""
        shown = [anchor_text(anchor) for anchor in found.anchors]
        titles = [
            text for text in (without_date(text)[0] for text in shown) if text and not MORE.fullmatch(text)
        ]
        title = titles[0] if titles else ""
        bare = [bare_words(anchor) for anchor in found.anchors if inner_date(anchor)]
        title = next(filter(None, bare), title)
        attribute = next((normalize(a.get("title") or "") for a in found.anchors if a.get("title")), "")
        if attribute and is_cut_of(title, attribute):
            return strip_shown_tags(without_date(attribute)[0])
        return strip_shown_tags(title)

    def _date(self, found: _Found) -> date | None:
        lines = self.document.lines
        order = sorted(found.lines, key=lambda index: (index != found.at, index))
        for index in order:
            text = lines[index].text
            if index == found.at:
                day = date_beside(lines[index], found.anchors)
            else:
                whole = dates.find(text)
                day = whole.day if whole and len(text) - len(whole.raw) <= 20 else None
            if day:
                return day
        return None

    def _around_title(self, found: _Found) -> tuple[tuple[str, ...], str | None]:
        lines = self.document.lines
        keywords: tuple[str, ...] = ()
        abstract: list[str] = []
        for index in found.lines:
            text = lines[index].text
            if index == found.at or _is_link_of(lines[index], found) or is_date(text) or MORE.fullmatch(text):
                continue
            if index < found.at:
                if not lines[index].heading and is_keywords(text, before_title=index == found.at - 1):
                    keywords = tuple(filter(None, map(normalize, _SPLIT_KEYWORDS.split(text))))
            else:
                abstract.append(text)
        text = strip_shown_tags(" ".join(abstract))
        return keywords, text or None

    @cached_property
    def _pager(self) -> Pager | None:
        stem = self.document.url.rpartition("/")[2].partition(".")[0]
        for pager in find_pagers(self.document.scripts):
            # A pager named like an article belongs to an article.
            if not re.fullmatch(r"t(?:\d{8}_)?\d{4,12}", pager.stem) or pager.stem == stem:
                return pager
        return self._rendered_pager()

    def _rendered_pager(self) -> Pager | None:
        """Read a pager that was saved as links."""
        own = self._address(self.document.url)
        pages = [
            a
            for _, a, _ in self._anchors
            if a.kind is UrlKind.LISTING and own and a.folder == own.folder and a.page
        ]
        if not pages:
            return None
        last = max(pages, key=lambda address: address.page)
        return Pager(
            total=last.page + 1, current=own.page if own else 0, extension=last.url.rpartition(".")[2]
        )

    def pager(self) -> Pager | None:
        """What the pager says."""
        return self._pager

    def breadcrumb(self) -> tuple[str, ...]:
        """Steps of the breadcrumb, `Home` first."""
        for line in self.document.lines:
            if steps := boilerplate.read_breadcrumb(line.text):
                return steps
        return ()

    def listings(self) -> tuple[str, ...]:
        """First pages of the folders that this page links to, by a list or by an article in them."""
        found: dict[str, None] = {}
        for _, address, _ in self._anchors:
            if address.kind in (UrlKind.LISTING, UrlKind.ARTICLE):
                found.setdefault(
                    self.site.list_page(f"{self.site.scheme}://{self.site.host}{address.folder}", 0)
                )
        return tuple(found)

    def strays(self) -> tuple[tuple[str, str], ...]:
        """Entries of the list that lead to no article of the site, with what they lead to."""
        groups = {id(_group(entry)) for entry in self._found}
        lines = self.document.lines
        found: dict[str, str] = {}
        for anchor, address, index in self._anchors:
            if address.kind is UrlKind.ARTICLE:
                continue
            dated = date_beside(lines[index], [anchor]) is not None
            if (dated or id(_group_of(anchor)) in groups) and not MORE.fullmatch(anchor_text(anchor)):
                found.setdefault(address.url, str(address.kind))
        return tuple(found.items())


def read_listing(page: CapturedPage, site: SiteUrls) -> ListItem:
    """Read a list or landing page.

    Raises ExtractionError when the page is an article, a soft 404, a challenge, or no list at all.
    """
    return ListPage(Document(page), site).to_item()


def _count_above(articles: Sequence[tuple[etree._Element, Address, int]]) -> dict[etree._Element, set[str]]:
    """Return, for every element above an entry, which articles it leads to (two are enough to know)."""
    above: dict[etree._Element, set[str]] = {}
    for anchor, address, _ in articles:
        element: etree._Element | None = anchor
        while element is not None:
            urls = above.setdefault(element, set())
            if len(urls) >= 2:
                # So has everything above it.
                break
            urls.add(address.article_url)
            element = element.getparent()
    return above


def _around(anchor: etree._Element, counts: dict[etree._Element, set[str]]) -> etree._Element:
    """Return the largest element around an anchor that leads to no other article."""
    element = anchor
    parent = element.getparent()
    while (
        parent is not None
        and len(counts[parent]) == 1
        and element.tag not in ("li", "dd", "dt")
        and parent.tag not in ("body", "html")
    ):
        element, parent = parent, parent.getparent()
    return element


def _group(entry: _Found) -> etree._Element | None:
    return entry.around.getparent()


def _group_of(anchor: etree._Element) -> etree._Element | None:
    """Return what an anchor's list item stands in."""
    element: etree._Element | None = anchor
    while element is not None and element.tag not in ("li", "tr", "dd", "dt"):
        element = element.getparent()
    return None if element is None else element.getparent()


def _is_link_of(line: Line, found: _Found) -> bool:
    return line.linked and any(anchor in found.anchors for _, anchor in line.runs)
