"""Captured pages in, what is kept of them out: the same for a crawl and for a replay from WARC files.

Knows nothing of Scrapy, and nothing of what is asked for next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from archive import warc
from archive.errors import WarcError
from archive.items import ArticleItem, Capture, CapturedPage, ListEntry, ListItem
from archive.quality import Quality, assess
from archive.store import Furniture, Outcome, Saved, SavedListing, Source
from crawler import pages
from crawler.errors import ExtractionError, Reason
from crawler.pages.furniture import FurnitureTable
from crawler.sources import SourceConfig


@dataclass(frozen=True, slots=True)
class Failure:
    """An address that could not be fetched, and why."""

    url: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What a run has done so far."""

    #: Responses of any status.
    responses: int = 0
    landings: int = 0
    #: Answers to requests for list pages of which some must name articles; list pages that were read.
    lists: int = 0
    listings: int = 0
    #: Distinct articles that the listings name.
    entries: int = 0
    #: Articles asked for and answered with a page, or with the word that it is as it was.
    articles: int = 0
    #: Of them those that are as they were by the site's own word.
    not_modified: int = 0
    #: Articles that were there before and are missing now, and those that are there again.
    gone: int = 0
    back: int = 0
    #: Outcome of every saved article: new, changed, unchanged, duplicate-of.
    saved: Counter[str] = field(default_factory=Counter)
    #: Why something was left alone or gave no article: dead-link, soft-404, off-site …
    skipped: Counter[str] = field(default_factory=Counter)
    #: Folders read as sections although no section of the source describes them.
    found_folders: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    #: Articles asked for for the first time at which nothing is.
    dead: int = 0
    #: How many of the failures are articles.
    failed_articles: int = 0
    section: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the pages of an article: saved, or refused for a reason."""

    #: None: nothing was saved.
    outcome: Outcome | None = None
    #: Why nothing was saved; empty otherwise.
    reason: str = ""
    #: Date that the page prints.
    published: date | None = None


class Keeper(Protocol):
    """Takes what was read: `archive.store.Store`, or whoever only wants to see it."""

    def furniture(self, source: Source) -> Furniture | None:
        """Return the table of recurring blocks that pages are read with."""

    def save(
        self,
        item: ArticleItem,
        source: Source,
        *,
        quality: Quality | None = None,
        run: int | None = None,
        reread: Callable[[Path, Sequence[Capture]], ArticleItem | None] | None = None,
    ) -> Saved:
        """Take an article. reread: reads its earlier captures by the rules of today."""

    def save_listing(
        self, item: ListItem, source: Source, folder: str, *, run: int | None = None
    ) -> SavedListing:
        """Take what a list page says."""

    def save_missing(self, url: str, source: Source, *, at: datetime, reason: str) -> None:
        """Take notice that an address gave no article."""

    def save_confirmed(self, url: str, source: Source, *, at: datetime) -> None:
        """Take notice that an article is as it was."""

    def save_redirect(self, url: str, target: str, source: Source, *, at: datetime) -> None:
        """Take notice that an address leads to the article at another one."""


#: Published before the run goes back to: read, and left.
BEFORE_SINCE = "before-since"


class Intake:
    """Reads captured pages of one source into the archive."""

    def __init__(
        self, source: SourceConfig, store: Keeper, run: int | None, *, since: date | None = None
    ) -> None:
        self.source = source
        self.tally = Tally()
        self._site = source.urls
        self._store = store
        kept = store.furniture(source)
        self._furniture = _table(kept) if kept else None
        self._run = run
        #: Publication date before which articles are not kept.
        self._since = since
        self._named: set[str] = set()

    # Landing pages and listings

    def read_listing(self, page: CapturedPage) -> ListItem:
        """Return what a landing page or a listing says. Raises ExtractionError."""
        return pages.read_listing(page, self._site)

    def keep_listing(self, item: ListItem, folder: str) -> list[ListEntry]:
        """Keep what a list page says of articles of the newsroom, and return those entries."""
        news = [entry for entry in item.entries if self._is_news(entry)]
        self._store.save_listing(replace(item, entries=tuple(news)), self.source, folder, run=self._run)
        self.tally.listings += 1
        self.tally.section = folder
        for url, reason in item.strays:
            self._count_once(url, reason)
        return news

    def _is_news(self, entry: ListEntry) -> bool:
        is_news = self.source.is_news(self._site.address(entry.url))
        if not is_news:
            self._count_once(entry.url, "not-news")
        return is_news

    def _count_once(self, url: str, reason: str) -> None:
        if url not in self._named:
            self._named.add(url)
            self.tally.skipped[reason] += 1

    # Articles

    def part_count(self, page: CapturedPage) -> int:
        """Return in how many parts the article on a page is published."""
        return pages.part_count(page)

    def article(self, captured: Sequence[CapturedPage], *, holes: int = 0) -> Taken:
        """Read an article from its parts, first part first, and keep it.

        holes: parts that its pager promises and that are not there.
        """
        url = self._site.address(captured[0].url).article_url
        try:
            item = self._read_article(captured)
        except ExtractionError as error:
            return self._refuse(url, error, captured[0].fetched_at)
        if self._since and item.published and item.published < self._since:
            self.tally.skipped[BEFORE_SINCE] += 1
            return Taken(reason=BEFORE_SINCE, published=item.published)
        size = sum(len(page.body) for page in captured)
        quality = assess(item, page_bytes=size, missing_parts=holes)
        saved = self._store.save(item, self.source, quality=quality, run=self._run, reread=self._reread)
        self.tally.saved[saved.outcome] += 1
        return Taken(outcome=saved.outcome, published=item.published)

    def _refuse(self, url: str, error: ExtractionError, at: datetime) -> Taken:
        if error.reason is Reason.BLOCKED:
            # It says nothing about the article, only about us.
            return Taken(reason=f"blocked: {error.detail}")
        reason = SKIP_WORDS.get(error.reason, error.reason)
        self.missing(url, reason, at)
        return Taken(reason=reason)

    def missing(self, url: str, reason: str, at: datetime) -> None:
        """Keep that an address was answered and gave no article."""
        self.tally.skipped[reason] += 1
        self._store.save_missing(url, self.source, at=at, reason=reason)

    def confirmed(self, url: str, at: datetime) -> None:
        """Keep that the article at an address is as it was."""
        self._store.save_confirmed(url, self.source, at=at)
        self.tally.articles += 1
        self.tally.not_modified += 1
        self.tally.saved[Outcome.UNCHANGED] += 1

    def leads(self, url: str, target: str, at: datetime) -> None:
        """Keep that an address leads to the article at another one."""
        self._store.save_redirect(url, target, self.source, at=at)

    def _read_article(self, captured: Sequence[CapturedPage]) -> ArticleItem:
        item = pages.read_article(captured, self._site, self._furniture)
        section = self.source.section_of(self._site.address(item.url).folder)
        return replace(item, section=section.label) if item.section is None and section else item

    def _reread(self, folder: Path, captures: Sequence[Capture]) -> ArticleItem | None:
        """Read earlier captures of an article as today's are read; None when they cannot be."""
        try:
            return self._read_article([warc.read(folder, capture) for capture in captures])
        except (WarcError, ExtractionError):
            # Nothing to compare with: what is new then counts as the page's own.
            return None


@lru_cache(maxsize=8)
def _table(kept: Furniture) -> FurnitureTable:
    return FurnitureTable.from_json(kept.content, number=kept.number)


#: What the statistics call a page that gave no article.
SKIP_WORDS = {Reason.NO_BODY: "stub"}
