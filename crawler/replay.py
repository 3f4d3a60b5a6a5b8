"""Stored pages of articles walk the same path as in a crawl: parts are put together, refusals are judged.

Pages come in the order in which they were captured.
"""

from __future__ import annotations

from archive.errors import BadUrlError
from archive.frontier import Kind
from archive.items import CapturedPage
from archive.urls import Address
from crawler.intake import Failure, Intake
from crawler.sources import Scope
from crawler.verdict import Verdict, judge, kind_of


class Replay:
    """Puts captured pages of articles together and hands them to an intake."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._scope = Scope(intake.source)
        #: Address of an article -> its parts so far; None: not yet there.
        self._parts: dict[str, dict[int, CapturedPage | None]] = {}
        self._holes: dict[str, int] = {}

    def take(self, page: CapturedPage) -> None:
        """Take one captured page."""
        try:
            address = self._intake.source.urls.address(page.url)
        except BadUrlError:
            return
        kind = kind_of(address, self._intake.source.landings)
        if kind not in (Kind.ARTICLE, Kind.PART):
            return
        judged = judge(page, address, kind, self._scope)
        if judged.verdict is Verdict.PAGE:
            self._page(page, address)
        elif judged.verdict is Verdict.MISSING:
            self._missing(page, address)
        elif judged.verdict is Verdict.FAILED:
            self._failed(page.url, judged.reason, address)

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
            if taken.outcome is None and taken.reason.startswith("blocked"):
                self._intake.tally.failures.append(Failure(url, taken.reason))
