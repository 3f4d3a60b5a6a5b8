"""What a crawl adds to Scrapy: every exchange is captured, and Crawl-delay is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from archive.warc import Exchange

if TYPE_CHECKING:
    from crawler.spiders.newsroom import NewsroomSpider

#: Key in `request.meta`: when the request was handed to the download handler.
_SENT_AT = "sent_at"
#: Key in `request.meta`: the CapturedPage of the response.
PAGE = "captured_page"


class CaptureMiddleware:
    """Writes every exchange to the WARC before anything else sees it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CaptureMiddleware:
        """Make the middleware as Scrapy wants it made."""
        return cls(crawler)

    @property
    def _spider(self) -> NewsroomSpider:
        return self._crawler.spider  # type: ignore[return-value]

    async def process_request(self, request: Request) -> None:
        """Note when the request leaves."""
        request.meta[_SENT_AT] = datetime.now(UTC)

    async def process_response(self, request: Request, response: Response) -> Response:
        """Keep the exchange as it came, and hand its capture on."""
        request.meta[PAGE] = self._spider.keep(
            Exchange(
                url=request.url,
                method=request.method,
                request_headers=_pairs(request.headers),
                sent_at=request.meta[_SENT_AT],
                status=response.status,
                response_headers=_pairs(response.headers),
                body=response.body,
                ip=str(response.ip_address) if response.ip_address else None,
                protocol=response.protocol,
            )
        )
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Keep a record of an exchange that got no answer."""
        if _SENT_AT in request.meta:
            self._spider.keep_failure(request.url, request.meta[_SENT_AT], _describe(exception))


def _pairs(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in headers.items()
        for value in values
    )


def _describe(exception: BaseException) -> str:
    return f"{type(exception).__name__}: {exception}".strip().removesuffix(":")


class CrawlDelay:
    """Keeps the Crawl-delay of robots.txt where it asks for more than the run does."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self.robots_parsed, signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlDelay:
        """Make the extension as Scrapy wants it made."""
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Slow the host of `request` down to what its robots.txt asks for."""
        asked = robotparser.crawl_delay(self._crawler.settings["ROBOTSTXT_USER_AGENT"])
        host = urlparse_cached(request).hostname
        engine = self._crawler.engine
        if not asked or host is None or engine is None:
            return
        downloader = engine.downloader
        delay = max(asked, self._crawler.settings.getfloat("DOWNLOAD_DELAY"))
        # For slots made later on: an idle slot is dropped and made again.
        downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
        if slot := downloader.slots.get(host):
            slot.delay, slot.concurrency = delay, 1
