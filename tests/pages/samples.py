"""Captured pages for tests, without a crawl."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.items import Capture, CapturedPage
from crawler.sources import load

SITE = load("cas-english").urls
ARTICLE = "https://english.cas.cn/newsroom/news/202409/t20240910_690000.shtml"
LISTING = "https://english.cas.cn/newsroom/news/"
FETCHED = datetime(2026, 11, 1, 4, 5, 6, tzinfo=UTC)


def captured(
    body: bytes | str, url: str = ARTICLE, status: int = 200, content_type: str | None = None
) -> CapturedPage:
    capture = Capture(
        warc="a.warc.gz", offset=0, length=10, record_id="urn:uuid:0", digest="sha256:0", captured_at=FETCHED
    )
    return CapturedPage(
        url=url,
        fetched_at=FETCHED,
        status=status,
        headers=(("Content-Type", content_type),) if content_type else (),
        body=body.encode() if isinstance(body, str) else body,
        capture=capture,
    )
