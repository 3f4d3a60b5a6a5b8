"""Every exchange is written to the WARC before anything reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from archive.items import CapturedPage
from archive.warc import Exchange
from crawler.download import SECONDS, SENT_AT

#: Key in `request.meta`: the CapturedPage of the response.
PAGE = "captured_page"


class Keeper(Protocol):
    """What the spider offers to whoever has something to keep."""

    def keep(self, exchange: Exchange) -> CapturedPage:
        """Capture one exchange."""

    def keep_failure(self, url: str, sent_at: datetime, reason: str) -> None:
        """Record an exchange that got no answer."""


class CaptureMiddleware:
    """Writes every exchange to the WARC before anything else sees it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CaptureMiddleware:
        """Make the middleware as Scrapy wants it made."""
        return cls(crawler)

    @property
    def _spider(self) -> Keeper:
        return cast("Keeper", self._crawler.spider)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange as it came, and hand its capture on."""
        request.meta[PAGE] = self._spider.keep(
            Exchange(
                url=request.url,
                method=request.method,
                request_headers=_pairs(request.headers),
                sent_at=request.meta[SENT_AT],
                status=response.status,
                response_headers=_pairs(response.headers),
                body=response.body,
                ip=str(response.ip_address) if response.ip_address else None,
                protocol=response.protocol,
                seconds=request.meta[SECONDS],
            )
        )
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep a record of an exchange that got no answer."""
        if SENT_AT in request.meta:
            self._spider.keep_failure(request.url, request.meta[SENT_AT], _describe(exception))


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def _describe(exception: BaseException) -> str:
    return f"{type(exception).__name__}: {exception}".strip().removesuffix(":")
