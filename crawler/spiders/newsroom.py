"""One spider for every source: asks for what the agenda leases, hands it what came."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, cast

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
from crawler.asking import FORBIDDEN, Agenda, Ask
from crawler.download import PrivateAddressError
from crawler.ending import REFUSED
from crawler.errors import CrawlerError, TooLargeError
from crawler.middlewares.capture import PAGE
from crawler.plan import Plan
from crawler.run import NOTE_INTERVAL, CrawlRun
from crawler.unanswered import reason

#: Key in `request.meta`: the Ask that a request answers.
ASK = "ask"


class NewsroomSpider(scrapy.Spider):
    """Sends what the agenda of one run asks for; neither extracts nor decides."""

    name = "newsroom"

    def __init__(self, run: CrawlRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.run = run
        #: Whether the run is to end: nothing more is sent.
        self.is_stopping = False
        self._notes: asyncio.Task[None] | None = None

    @property
    def agenda(self) -> Agenda:
        """What the run asks for."""
        return self.run.agenda

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsroomSpider:
        """Make the spider for an opened run, or from `-a` arguments.

        Arguments: source, mode, all, section, since, limit, budget_pages, budget_bytes, delay, mirror, data;
        as in `cas-archive crawl`.
        """
        run = kwargs.pop("run", None) or _opened(kwargs)
        crawler.settings.update(run.plan.scrapy_settings(), priority="spider")
        spider = cls(run)
        spider._set_crawler(crawler)
        crawler.signals.connect(spider._ended, signals.spider_closed)
        crawler.signals.connect(spider._broke, signals.spider_error)
        return spider

    def _ended(self, reason: str) -> None:
        if self._notes:
            self._notes.cancel()
        self.run.close(reason)
        self.logger.info("run %s: %s", self.run.ending, self.run.agenda.tally)

    def _broke(self, failure: TwistedFailure, response: Response) -> None:
        self.run.broke(response.url, failure.value)

    async def start(self) -> AsyncIterator[Request]:
        """Yield nothing: the scheduler asks the agenda."""
        self._notes = asyncio.ensure_future(self._note())
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    async def _note(self) -> None:
        """Say that the run is alive, soon and then now and again, also while it waits."""
        pause = 1.0
        while not self.is_stopping:
            await asyncio.sleep(pause)
            pause = min(pause * 2, NOTE_INTERVAL)
            try:
                self.run.note()
            except ArchiveError as error:
                self.keep_no_more(error)

    def request(self, ask: Ask) -> Request:
        """Return the request for an address; conditional when its page is kept."""
        given = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified}
        return Request(
            ask.url,
            headers={name: value for name, value in given.items() if value},
            callback=self.parse,
            errback=self.refused,
            dont_filter=True,
            meta={ASK: ask, "dont_redirect": True, "handle_httpstatus_all": True},
        )

    def keep(self, exchange: Exchange) -> CapturedPage:
        """Capture one exchange."""
        try:
            return self.run.keep(exchange)
        except ArchiveError as error:
            self.keep_no_more(error)
            raise IgnoreRequest(str(error)) from error

    def keep_failure(self, url: str, sent_at: datetime, reason: str) -> None:
        """Record an exchange that got no answer."""
        try:
            self.run.keep_failure(url, sent_at, reason)
        except ArchiveError as error:
            self.keep_no_more(error)

    def leave_alone(self, reason: str) -> None:
        """End the run, because the site has refused often enough."""
        self.run.refusal = reason
        self._close(REFUSED)

    def stop(self) -> None:
        """End the run after what is in flight, because its operator wants it to."""
        self._close("shutdown")

    async def parse(self, response: Response) -> None:
        """Hand one captured page to the agenda."""
        try:
            self.agenda.take(response.meta[ASK], response.meta[PAGE])
        except ArchiveError as error:
            self.keep_no_more(error)
            raise CloseSpider("storage") from error

    async def refused(self, failure: TwistedFailure) -> None:
        """Note a request that got no response at all."""
        if self.is_stopping:
            # Its lease is given back with all others when the run ends.
            return
        why, request = _reason(failure), failure.request  # type: ignore[attr-defined]
        is_final = isinstance(failure.value, (IgnoreRequest, PrivateAddressError, TooLargeError))
        try:
            self.agenda.failed(request.meta[ASK], why, again=not is_final and FORBIDDEN not in why)
        except ArchiveError as error:
            self.keep_no_more(error)
            raise CloseSpider("storage") from error
        if self.run.is_cut_off:
            raise CloseSpider("unreachable")

    def keep_no_more(self, error: ArchiveError) -> None:
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
    return reason(cast("BaseException", failure.value))[:300]


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
