"""A crawl without Scrapy and without a network: a run's agenda asks, a dictionary of pages answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from archive.config import Config
from archive.db import open_database
from archive.warc import Exchange
from crawler import sources
from crawler.asking import Ask
from crawler.plan import Plan
from crawler.run import CrawlRun

BEGIN = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)
#: A body, or status, headers and body.
Answer = str | tuple[int, Mapping[str, str], str]


class Site:
    """Answers by address; every other address is a 404. Remembers what was asked, in order."""

    def __init__(self, pages: Mapping[str, Answer]) -> None:
        self.pages = dict(pages)
        self.asked: list[str] = []
        #: Requests that came with validators.
        self.conditional: list[str] = []

    def answer(self, ask: Ask) -> tuple[int, Mapping[str, str], str]:
        """Return status, headers and body; 304 when the entity tag is still the page's."""
        self.asked.append(ask.url)
        if ask.etag:
            self.conditional.append(ask.url)
        found = self.pages.get(ask.url, (404, {}, "not here"))
        status, headers, body = (200, {}, found) if isinstance(found, str) else found
        tag = headers.get("ETag")
        return (304, headers, "") if tag and tag == ask.etag else (status, headers, body)


def plan(data: Path, section: str | None = "cas-media", *, now: datetime = BEGIN, **bounds: Any) -> Plan:
    """Return the plan of a run that starts at `now`."""
    scope = sources.Scope(sources.load("cas-english"), section)
    return Plan(scope=scope, config=Config(data=data, now=now), mirror="http://127.0.0.1:9", **bounds)


def answer(run: CrawlRun, site: Site, ask: Ask) -> None:
    """Let a site answer one request of a run."""
    status, headers, body = site.answer(ask)
    exchange = Exchange(
        url=ask.url,
        sent_at=run.clock(),
        status=status,
        response_headers=tuple(headers.items()),
        body=body.encode(),
    )
    run.agenda.take(ask, run.keep(exchange))


def crawl(run: CrawlRun, site: Site, most: int = 200) -> CrawlRun:
    """Let a site answer a run until nothing is left to ask for, and end it."""
    while ask := run.agenda.next():
        assert len(site.asked) < most, f"the crawl does not end: {site.asked[-5:]}"
        answer(run, site, ask)
    run.close("finished")
    return run


def kill(run: CrawlRun, data: Path) -> None:
    """Leave a run as a SIGKILL of its process would: nothing is ended, nothing given back."""
    with open_database(data) as database, database.write() as connection:
        # No process has this number: it is the largest that Linux gives, and one more.
        connection.execute(text("UPDATE runs SET pid = 4194305 WHERE pk = :pk"), {"pk": run.id})
    run._opened.close()
