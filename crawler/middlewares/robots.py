"""robots.txt is obeyed, for every request, and so is its Crawl-delay."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from http import HTTPStatus
from typing import Protocol, cast

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached

from crawler.unanswered import reason

#: Seconds of Crawl-delay with which a crawl still makes sense; a site that asks for more is left alone.
LONGEST_DELAY = 120.0
#: A timer may fire, and a packet arrive, a little early.
_SLACK = 1.02


class Pacer(Protocol):
    """Whom the delay in force is told: the spider and its run."""

    @property
    def run(self) -> Paced:
        """The run under way."""

    def leave_alone(self, reason: str) -> None:
        """End the run, because the site wants to be left alone."""


class Paced(Protocol):
    """A run, as far as its pace goes."""

    def slow_down(self, host: str, seconds: float) -> None:
        """Take notice of the delay that a host's robots.txt asks for."""


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt also for requests that wait for it, and when it cannot be read.

    Scrapy 2.19 hands the parsed file to the first of several waiting requests only and lets the others
    pass (each awaits the same Deferred, and the first takes its result away). It also takes a robots.txt
    that answers with a server error, or not at all, for leave to crawl; RFC 9309, section 2.3.1.4, does not.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._unreadable: dict[str, str] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return what the host's robots.txt says; raise IgnoreRequest when it cannot be read."""
        host = urlparse_cached(request).netloc
        async with self._locks[host]:
            parser = await super().robot_parser(request)
        if reason := self._unreadable.get(host):
            raise IgnoreRequest(f"its robots.txt cannot be read: {reason}")
        return parser

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._unreadable[netloc] = f"HTTP {response.status}"
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unreadable[netloc] = reason(exc)
        super()._robots_error(exc, netloc)


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
        spider = cast("Pacer", self._crawler.spider)
        asked = robotparser.crawl_delay(self._crawler.settings["ROBOTSTXT_USER_AGENT"])
        host = urlparse_cached(request).hostname
        engine = self._crawler.engine
        if not asked or host is None or engine is None:
            return
        if asked > LONGEST_DELAY:
            spider.leave_alone(f"its robots.txt asks for {asked:.0f} s between requests")
            return
        downloader, settings = engine.downloader, self._crawler.settings
        spider.run.slow_down(host, max(asked, settings.getfloat("DOWNLOAD_DELAY")))
        # Scrapy's jitter goes both ways: what robots.txt asks for is the shortest distance, not the middle.
        stretched = _SLACK * asked / (1 - settings.getfloat("DOWNLOAD_DELAY_JITTER"))
        delay = max(stretched, settings.getfloat("DOWNLOAD_DELAY"))
        # For slots made later on: an idle slot is dropped and made again.
        downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
        if slot := downloader.slots.get(host):
            slot.delay, slot.concurrency = delay, 1
