"""Runs a crawl in this process, from start to report."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

from crawler.run import CrawlRun
from crawler.spiders.newsroom import NewsroomSpider

#: Loggers that repeat, with a stack, what the run reports as failures in its own words.
_REPEATING = ("scrapy.downloadermiddlewares.robotstxt", "scrapy.downloadermiddlewares.retry")


def execute(run: CrawlRun, progress: AbstractContextManager[object]) -> None:
    """Crawl until nothing is left to ask for, or until the run is stopped.

    run: opened; it is closed when this returns. progress: entered while the crawl works.
    Raises what made it impossible to keep anything (StorageError, WarcError).
    """
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("LOG_LEVEL", run.plan.config.log_level, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    for name in _REPEATING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    crawler = process.create_crawler(NewsroomSpider)
    try:
        with progress:
            process.crawl(crawler, run=run)
            process.start()
    finally:
        run.close("failed")
    if isinstance(crawler.spider, NewsroomSpider) and crawler.spider.error:
        raise crawler.spider.error
