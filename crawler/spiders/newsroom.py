"""One spider for every source: asks for what the intake names, hands it what came."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.python.failure import Failure as TwistedFailure

from archive.errors import ArchiveError
from archive.items import CapturedPage
from archive.warc import Exchange
from crawler.errors import CrawlerError
from crawler.intake import Follow, Purpose
from crawler.middlewares.capture import PAGE
from crawler.run import REFUSED, CrawlRun, Plan

#: Lists before articles, so that a run that is cut short knows what it has missed.
_PRIORITY = {Purpose.LANDING: 30, Purpose.LISTING: 20, Purpose.PART: 10, Purpose.ARTICLE: 0}


class NewsroomSpider(scrapy.Spider):
    """Follows the links of one source; neither extracts nor decides."""

    name = "newsroom"

    def __init__(self, run: CrawlRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.run = run
        #: Whether the run is to end: nothing more is sent.
        self.is_stopping = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsroomSpider:
        """Make the spider for an opened run, or from `-a` arguments.

        Arguments: source, section, since, limit, delay, mirror, data; as in `cas-archive crawl`.
        """
        run = kwargs.pop("run", None) or _opened(kwargs)
        crawler.settings.update(run.plan.scrapy_settings(), priority="spider")
        spider = cls(run)
        spider._set_crawler(crawler)
        crawler.signals.connect(spider._ended, signals.spider_closed)
        crawler.signals.connect(spider._broke, signals.spider_error)
        return spider

    def _ended(self, reason: str) -> None:
        self.run.close(reason)
        self.logger.info("run %s: %s", self.run.ending, self.run.intake.tally)

    def _broke(self, failure: TwistedFailure, response: Response) -> None:
        self.run.broke(response.url, failure.value)

    async def start(self) -> AsyncIterator[Request]:
        """Ask for the landing pages and the known sections."""
        for request in self._requests(self.run.intake.start()):
            yield request

    def keep(self, exchange: Exchange) -> CapturedPage:
        """Capture one exchange."""
        try:
            return self.run.keep(exchange)
        except ArchiveError as error:
            self._keep_no_more(error)
            raise IgnoreRequest(str(error)) from error

    def keep_failure(self, url: str, sent_at: datetime, reason: str) -> None:
        """Record an exchange that got no answer."""
        try:
            self.run.keep_failure(url, sent_at, reason)
        except ArchiveError as error:
            self._keep_no_more(error)

    def leave_alone(self, reason: str) -> None:
        """End the run, because the site has refused often enough."""
        self.run.refusal = reason
        self._close(REFUSED)

    def stop(self) -> None:
        """End the run after what is in flight, because its operator wants it to."""
        self._close("shutdown")

    async def parse(self, response: Response) -> AsyncIterator[Request]:
        """Hand one captured page to the intake and ask for what it names."""
        try:
            follows = self.run.intake.take(response.meta[PAGE])
        except ArchiveError as error:
            self._keep_no_more(error)
            raise CloseSpider("storage") from error
        for request in self._requests(follows):
            yield request

    async def refused(self, failure: TwistedFailure) -> AsyncIterator[Request]:
        """Note an address that gave no response at all."""
        if self.is_stopping:
            return
        request: Request = failure.request  # type: ignore[attr-defined]
        for following in self._requests(self.run.intake.failed(request.url, _reason(failure))):
            yield following
        if self.run.is_cut_off:
            raise CloseSpider("unreachable")

    def _requests(self, follows: Iterable[Follow]) -> Iterator[Request]:
        for follow in follows:
            yield Request(
                follow.url,
                callback=self.parse,
                errback=self.refused,
                priority=_PRIORITY[follow.purpose],
                dont_filter=True,
                meta={"dont_redirect": True, "handle_httpstatus_all": True},
            )

    def _keep_no_more(self, error: ArchiveError) -> None:
        """End the crawl because nothing can be kept any more."""
        self.run.trouble = self.run.trouble or error
        self._close("storage")

    def _close(self, reason: str) -> None:
        """Close the spider soon: what waits in the downloader's queues is let through and refused there."""
        engine = self.crawler.engine
        if engine is None or self.is_stopping:
            return
        self.is_stopping = True
        for slot in engine.downloader.slots.values():
            slot.delay = slot.jitter = 0.0
            if slot.latercall:
                slot.latercall.cancel()
                slot.latercall = None
            engine.downloader._process_queue(slot)
        deferred_from_coro(engine.close_spider_async(reason=reason))


def _reason(failure: TwistedFailure) -> str:
    return (str(failure.value).rstrip(".") or type(failure.value).__name__)[:300]


def _opened(arguments: dict[str, Any]) -> CrawlRun:
    """Open a run for `scrapy crawl`; what is wrong with it is one line, as everywhere."""
    try:
        return CrawlRun(Plan.from_arguments(**arguments))
    except TypeError:
        names = ", ".join(inspect.signature(Plan.from_arguments).parameters)
        sys.stderr.write(f"newsroom: unknown argument among {', '.join(arguments)}; there are: {names}\n")
    except (ArchiveError, CrawlerError) as error:
        sys.stderr.write(f"newsroom: {error}\n")
    raise SystemExit(2)
