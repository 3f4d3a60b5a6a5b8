"""A fictional source, and builders of what arrives from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from archive.items import ArticleItem, Block, BlockKind, Capture, ListEntry, ListItem
from archive.urls import SiteUrls

HOST = "https://news.example.org"
#: The day on which sample captures begin.
START = datetime(2026, 1, 1, 8, tzinfo=UTC)

FRONT = "/front/"
SCIENCE = "/science/"
OLD = "/old/"


@dataclass(frozen=True)
class SampleSection:
    id: str
    label: str


@dataclass(frozen=True)
class SampleSource:
    id: str
    name: str
    language: str
    urls: SiteUrls

    def section_of(self, folder: str) -> SampleSection | None:
        return {
            SCIENCE: SampleSection("sci", "Science News"),
            FRONT: SampleSection("front", "Headlines"),
        }.get(folder)


SOURCE = SampleSource(
    "sample",
    "A newsroom that does not exist",
    "en",
    SiteUrls(
        host="news.example.org",
        aliases=("news.example.net",),
        article=re.compile(
            r"^(?P<folder>/(?:[^/]+/)*?)\d{6}/t(?P<date>\d{8})_(?P<docid>\d{4,})(?:_(?P<part>\d+))?\.html$"
        ),
        listing=re.compile(r"^(?P<folder>/(?:[\w-]+/)*)(?:index(?:_(?P<page>\d+))?\.html)?$"),
        asset=re.compile(r"/[WP]0\d{20}\.\w+$"),
        preferred_folders=(re.compile(SCIENCE), re.compile(FRONT)),
    ),
)


def url(docid: int | str = 80493, folder: str = SCIENCE) -> str:
    return f"{HOST}{folder}202001/t20200102_{docid}.html"


def moment(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def capture(name: str, hours: float = 0) -> Capture:
    """A capture of its own for every name and time."""
    key = f"{name}@{hours}"
    return Capture(
        warc="sample-20260101080000-00000.warc.gz",
        offset=sum(key.encode()) * 100,
        length=100,
        record_id=f"urn:uuid:{key}",
        digest=f"sha256:{key}",
        captured_at=moment(hours),
    )


def paragraphs(*texts: str) -> tuple[Block, ...]:
    return tuple(Block(kind=BlockKind.PARAGRAPH, text=text) for text in texts)


def item(address: str | None = None, *texts: str, hours: float = 0, **fields: Any) -> ArticleItem:
    """An article read from `address`, `hours` after the start."""
    address = address or url()
    return ArticleItem(
        **{
            "url": address,
            "title": "A title",
            "blocks": paragraphs(*texts) if texts else paragraphs("A text about satellites."),
            "captures": (capture(address, hours),),
            "published": date(2020, 1, 2),
            "template": "A",
            "extractor": "1",
            **fields,
        }
    )


def listing(*entries: ListEntry, folder: str = SCIENCE, page: int = 0, hours: float = 0) -> ListItem:
    address = f"{HOST}{folder}" + (f"index_{page}.html" if page else "")
    return ListItem(url=address, capture=capture(address, hours), entries=entries)


def entry(address: str | None = None, **fields: Any) -> ListEntry:
    return ListEntry(**{"url": address or url(), "title": "A title", **fields})
