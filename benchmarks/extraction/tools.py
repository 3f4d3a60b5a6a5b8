"""What is measured: our two paths, and the libraries beside them.

A library that is not installed is left out. Libraries are handed characters; ours starts from bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from archive.items import ArticleItem, Capture, CapturedPage
from archive.urls import SiteUrls
from benchmarks.extraction.truth import Page
from crawler import sources
from crawler.errors import ExtractionError
from crawler.pages import EXTRACTOR, decode, read_article, read_listing
from crawler.pages.article import look
from crawler.pages.document import Document
from crawler.pages.templates.generic import GenericPage

#: Pages are read as if fetched then; dates after it would be refused.
_FETCHED = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a tool read: text, fields by name, and by which path."""

    text: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A way to read a page."""

    name: str
    version: str
    read: Callable[[Page], Reading]
    #: Whether it reads listings too.
    lists: bool = False


def tools() -> tuple[list[Tool], list[str]]:
    """Return the tools that can run here, and the names of libraries that are not installed."""
    ours = [
        Tool(name="ours", version=EXTRACTOR, read=_ours, lists=True),
        Tool(name="ours, generic path", version=EXTRACTOR, read=_ours_generic),
    ]
    absent = [library for library in _PEERS if find_spec(library) is None]
    peers = [
        Tool(name=name, version=metadata.version(distribution), read=read)
        for library, (distribution, readers) in _PEERS.items()
        if library not in absent
        for name, read in readers.items()
    ]
    return ours + peers, [_PEERS[library][0] for library in absent]


def captured(page: Page) -> list[CapturedPage]:
    """Return the parts of a page as if they had been captured."""
    stem, dot, extension = page.url.rpartition(".")
    urls = [page.url, *(f"{stem}_{part}{dot}{extension}" for part in range(1, len(page.bodies)))]
    return [_captured(url, body) for url, body in zip(urls, page.bodies, strict=True)]


@cache
def _captured(url: str, body: bytes) -> CapturedPage:
    digest = f"sha256:{sha256(body).hexdigest()}"
    capture = Capture(
        warc="", offset=0, length=0, record_id="urn:uuid:0", digest=digest, captured_at=_FETCHED
    )
    return CapturedPage(url=url, fetched_at=_FETCHED, status=200, headers=(), body=body, capture=capture)


@cache
def site_of(url: str) -> SiteUrls:
    """Return the URL grammar of an address's site: the newsroom's own, else what the CMS writes anywhere."""
    newsroom = sources.load("cas-english").urls
    host = urlsplit(url).hostname or ""
    if host in (newsroom.host, *newsroom.aliases):
        return newsroom
    document = r"t(?:(?P<date>\d{8})_)?(?P<docid>\d{4,})(?:_(?P<part>\d{1,3}))?\.s?html?$"
    return SiteUrls(
        host=host,
        scheme=urlsplit(url).scheme,
        article=re.compile(rf"^(?P<folder>/(?:[^/]+/)*?)(?:\d{{6}}/)?{document}"),
        listing=newsroom.listing,
        asset=newsroom.asset,
    )


def _ours(page: Page) -> Reading:
    try:
        if page.is_list:
            return _listing(page)
        return reading_of(read_article(captured(page), site_of(page.url)))
    except ExtractionError as error:
        return Reading(path=str(error.reason))


def _listing(page: Page) -> Reading:
    item = read_listing(captured(page)[0], site_of(page.url))
    entries = tuple((e.title, e.published and e.published.isoformat()) for e in item.entries)
    fields = {"entries": entries, "pages": item.pager and item.pager.total}
    return Reading(fields=fields, path="list")


def reading_of(item: ArticleItem) -> Reading:
    """Return what an item says, in the words of the truth."""
    fields = {
        "title": item.title,
        "date": item.published and item.published.isoformat(),
        "source_name": item.source_name,
        "section": item.section,
        "editor": item.editor,
        "captions": item.captions,
        "contacts": tuple((c.name, c.institute, c.email) for c in item.contacts),
        "dois": item.dois,
        "journals": item.journals,
    }
    return Reading(text="\n".join(block.text for block in item.blocks), fields=fields, path=item.template)


def _ours_generic(page: Page) -> Reading:
    """Read with the generic path whatever template claims the page; the fields that one page object gives."""
    address = site_of(page.url).address(page.url)
    objects = [GenericPage(look(Document(part)), address) for part in captured(page)]
    first = objects[0]
    published = first.published()
    text = "\n".join(draft.text for one in objects for draft in one.reading.drafts)
    fields = {
        "title": first.title(),
        "date": published and published.isoformat(),
        "source_name": first.source_name(),
        "section": first.section(),
        "editor": first.editor(),
        "captions": tuple(caption for one in objects for caption in one.reading.captions),
    }
    return Reading(text=text, fields=fields, path=first.name)


@cache
def _characters(body: bytes) -> str:
    return decode(_captured("https://example.org/", body)).text


def prepare(pages: Sequence[Page]) -> None:
    """Decode every page ahead of time, so that no library is timed with it."""
    for page in pages:
        for body in page.bodies:
            _characters(body)


def _trafilatura(*, precise: bool = False, metadata_too: bool = False) -> Callable[[Page], Reading]:
    def read(page: Page) -> Reading:
        from trafilatura import bare_extraction, extract  # noqa: PLC0415

        texts: list[str] = []
        fields: dict[str, Any] = {}
        for body in page.bodies:
            source = _characters(body)
            if not metadata_too:
                texts.append(extract(source, include_comments=False, favor_precision=precise) or "")
                continue
            found: Any = bare_extraction(source, url=page.url, include_comments=False, with_metadata=True)
            texts.append(found.text or "" if found else "")
            if found:
                fields = fields or {"title": found.title, "date": found.date}
        return Reading(text="\n".join(texts), fields=fields)

    return read


def _readability(page: Page) -> Reading:
    import lxml.html  # noqa: PLC0415
    from readability import Document as Readable  # noqa: PLC0415
    from readability.readability import Unparseable  # noqa: PLC0415

    texts, title = [], None
    for body in page.bodies:
        try:
            readable = Readable(_characters(body))
            summary: Any = lxml.html.fromstring(readable.summary(html_partial=True))
        except (Unparseable, lxml.etree.ParserError):
            continue
        title = title or readable.short_title()
        for block in summary.iter("p", "div", "h1", "h2", "h3", "h4", "li", "br", "tr", "blockquote", "pre"):
            block.tail = f"\n{block.tail or ''}"
            block.text = f"\n{block.text or ''}"
        texts.append(summary.text_content())
    return Reading(text="\n".join(texts), fields={"title": title})


def _newspaper(page: Page) -> Reading:
    from newspaper import Article  # noqa: PLC0415

    texts, title, day = [], None, None
    for body in page.bodies:
        article = Article(page.url, fetch_images=False)
        article.download(input_html=_characters(body))
        try:
            article.parse()
        except ImportError:
            return Reading(path="language not installed")
        texts.append(article.text)
        title = title or article.title
        day = day or (article.publish_date and article.publish_date.date().isoformat())
    return Reading(text="\n".join(texts), fields={"title": title, "date": day})


#: Library -> its distribution, and the ways to use it.
_PEERS: dict[str, tuple[str, dict[str, Callable[[Page], Reading]]]] = {
    "trafilatura": (
        "trafilatura",
        {
            "trafilatura": _trafilatura(),
            "trafilatura, precision": _trafilatura(precise=True),
            "trafilatura, with metadata": _trafilatura(metadata_too=True),
        },
    ),
    "readability": ("readability-lxml", {"readability-lxml": _readability}),
    "newspaper": ("newspaper4k", {"newspaper4k": _newspaper}),
}
