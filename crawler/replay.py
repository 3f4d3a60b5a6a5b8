"""Stored pages walk the same path as in a crawl: parts are put together, refusals and redirects are judged.

Pages come in the order in which they were captured.
"""

from __future__ import annotations

from datetime import datetime

from archive.errors import BadUrlError
from archive.frontier import Kind
from archive.items import CapturedPage
from archive.urls import Address
from crawler.errors import ExtractionError
from crawler.intake import Failure, Intake
from crawler.sources import Scope
from crawler.verdict import Verdict, judge, kind_of


class Replay:
    """Hands captured pages to an intake, each article's parts together."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._source = intake.source
        self._scope = Scope(intake.source)
        #: Address of an article -> its parts so far; None: not yet there.
        self._parts: dict[str, dict[int, CapturedPage | None]] = {}
        self._holes: dict[str, int] = {}
        #: Address -> the one that it led to, and when.
        self._moved: dict[str, tuple[str, datetime]] = {}
        self._saved: set[str] = set()

    def take(self, page: CapturedPage) -> None:
        """Take one captured page."""
        try:
            address = self._source.urls.address(page.url)
        except BadUrlError:
            return
        kind = kind_of(address, self._source.landings)
        if kind is None:
            return
        judged = judge(page, address, kind, self._scope)
        if kind is Kind.LISTING and judged.verdict is Verdict.PAGE:
            self._listing(page, address)
        if kind not in (Kind.ARTICLE, Kind.PART):
            return
        if judged.verdict is Verdict.PAGE:
            self._page(page, address)
        elif judged.verdict is Verdict.MOVED:
            self._moved[address.url] = (judged.location, page.fetched_at)
            self._lead(judged.location)
        elif judged.verdict is Verdict.MISSING:
            self._missing(page, address)
        elif judged.verdict is Verdict.UNCHANGED:
            self._intake.confirmed(address.article_url, page.fetched_at)
        elif judged.verdict is Verdict.FAILED:
            self._failed(page.url, judged.reason, address)

    def _listing(self, page: CapturedPage, address: Address) -> None:
        try:
            item = self._intake.read_listing(page)
        except ExtractionError:
            # A list that has ended, or turned into something else, says nothing of articles.
            return
        self._intake.keep_listing(item, address.folder)

    def _page(self, page: CapturedPage, address: Address) -> None:
        url = address.article_url
        if address.part == 0:
            self._holes[url] = 0
            total = self._intake.part_count(page)
            self._parts[url] = {0: page, **dict.fromkeys(range(1, total))}
        elif url in self._parts:
            self._parts[url][address.part] = page
        self._finish(url)

    def _missing(self, page: CapturedPage, address: Address) -> None:
        url = address.article_url
        if address.part == 0:
            self._intake.missing(url, "dead-link", page.fetched_at)
        elif self._parts.get(url, {}).pop(address.part, page) is None:
            self._holes[url] += 1
            self._finish(url)

    def _failed(self, url: str, reason: str, address: Address) -> None:
        """Note that a page is not whole: an article with a hole in it is none."""
        self._intake.tally.failures.append(Failure(url, reason))
        if address.part:
            self._parts.pop(address.article_url, None)

    def _finish(self, url: str) -> None:
        parts = self._parts.get(url, {})
        captured = [page for _, page in sorted(parts.items()) if page is not None]
        if captured and len(captured) == len(parts):
            del self._parts[url]
            taken = self._intake.article(captured, holes=self._holes.pop(url, 0))
            if taken.outcome is not None:
                self._saved.add(url)
                self._lead(url)
            elif taken.reason.startswith("blocked"):
                self._intake.tally.failures.append(Failure(url, taken.reason))

    def _lead(self, target: str) -> None:
        """Keep the addresses that lead to an article, over others too, once the article is kept."""
        if target not in self._saved:
            return
        for origin, at in [(old, at) for old, (new, at) in self._moved.items() if new == target]:
            del self._moved[origin]
            self._intake.leads(origin, target, at)
            self._saved.add(origin)
            self._lead(origin)
