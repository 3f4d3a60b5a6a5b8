"""Runs a crawl in this process, from start to report."""

from __future__ import annotations

import logging
import signal
from typing import cast

from rich.console import Console
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from twisted.internet.base import ReactorBase

from crawler.display import shown
from crawler.log import ConsoleHandler
from crawler.run import CrawlRun
from crawler.spiders.newsroom import NewsroomSpider

#: Loggers that repeat, with a stack, what the run reports as failures in its own words.
_REPEATING = (
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.downloadermiddlewares.robotstxt",
)


def execute(run: CrawlRun, console: Console) -> None:
    """Crawl until nothing is left to ask for, or until the run is stopped.

    run: opened; it is closed when this returns. console: where its progress and what libraries log are shown.
    SIGINT and SIGTERM end it after the requests in flight, a second one at once.
    Raises what made it impossible to keep anything (StorageError, WarcError).
    """
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    _log_to(console, run.plan.config.log_level)
    crawler = process.create_crawler(NewsroomSpider)
    stopping = False

    def stop(number: int, frame: object) -> None:
        nonlocal stopping
        from twisted.internet import reactor  # noqa: PLC0415 - installed by the process above

        loop = cast("ReactorBase", reactor)
        if stopping or not isinstance(crawler.spider, NewsroomSpider):
            loop.callFromThread(loop.stop)
        else:
            loop.callFromThread(crawler.spider.stop)
        stopping = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with shown(run, console):
            try:
                process.crawl(crawler, run=run)
                process.start(install_signal_handlers=False)
            finally:
                run.close("shutdown" if stopping else "failed")
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if run.trouble:
        raise run.trouble


def _log_to(console: Console, level: str) -> None:
    """Let libraries log where the progress is shown, from a level on."""
    for name in _REPEATING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.root.setLevel(level)
    logging.root.addHandler(ConsoleHandler(console, level))
