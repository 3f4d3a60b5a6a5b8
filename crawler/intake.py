"""One captured page in; what was kept and what to follow out.

The same for a crawl and for a replay from WARC files. Knows nothing of Scrapy: the spider turns
what it returns into requests, a replay ignores it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Protocol
from urllib.parse import urljoin

from archive import warc
from archive.errors import BadUrlError, WarcError
from archive.items import ArticleItem, Capture, CapturedPage, ListEntry, ListItem
from archive.quality import Quality, assess
from archive.store import Furniture, Saved, SavedListing, Source
from archive.urls import Address, UrlKind
from crawler import pages
from crawler.errors import ExtractionError, Reason
from crawler.pages.furniture import FurnitureTable
from crawler.sources import Scope, SourceConfig

#: What Scrapy says of an address that robots.txt forbids: an outcome, not a failure.
FORBIDDEN = "Forbidden by robots.txt"
#: Redirects followed for one address before it counts as a loop.
MAX_HOPS = 5
#: Folders that no section describes, read in one run; more of them look like a trap.
MAX_UNKNOWN_FOLDERS = 200
#: Deepest folder that is taken for a section when no section describes it.
MAX_FOLDER_DEPTH = 5


class Purpose(StrEnum):
    """Why an address is asked for; the order is the order of importance."""

    LANDING = "landing"
    LISTING = "listing"
    ARTICLE = "article"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Follow:
    """An address to ask for next."""

    url: str
    purpose: Purpose


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
    listings: int = 0
    #: Distinct articles that the listings name.
    entries: int = 0
    #: Articles asked for and answered with a page.
    articles: int = 0
    #: Outcome of every saved article: new, changed, unchanged, duplicate-of.
    saved: Counter[str] = field(default_factory=Counter)
    #: Why something was left alone or gave no article: dead-link, soft-404, off-site …
    skipped: Counter[str] = field(default_factory=Counter)
    #: Folders read as sections although no section of the source describes them.
    found_folders: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    section: str = ""


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

    def save_redirect(self, url: str, target: str, source: Source, *, at: datetime) -> None:
        """Take notice that an address leads to the article at another one."""


@dataclass(slots=True)
class _Walk:
    """How far the listings of one folder have been read."""

    #: List pages that the pager claims, a hint only.
    claimed: int = 1
    seen: set[str] = field(default_factory=set)


class Intake:
    """Reads captured pages of one source into the archive and tells what to follow."""

    def __init__(  # noqa: PLR0913 - what bounds a run
        self,
        source: SourceConfig,
        store: Keeper,
        run: int | None,
        *,
        scope: Scope | None = None,
        since: date | None = None,
        limit: int | None = None,
    ) -> None:
        self.source = source
        self.tally = Tally()
        self._site = source.urls
        self._store = store
        kept = store.furniture(source)
        self._furniture = _table(kept) if kept else None
        self._run = run
        self._scope = scope or Scope(source)
        #: Publication date before which articles are not asked for.
        self._since = since
        #: Articles that may still be asked for; None: no bound.
        self._left = limit
        self._asked: set[str] = set()
        self._named: set[str] = set()
        self._walks: dict[str, _Walk] = {}
        self._waiting: deque[Follow] = deque()
        self._parts: dict[str, dict[int, CapturedPage | None]] = {}
        #: Parts of an article that its pager promises and that are not there.
        self._holes: Counter[str] = Counter()
        #: List pages that wait until an article turns out not to be one and gives its place back.
        self._held: deque[Follow] = deque()
        self._detours: Counter[str] = Counter()
        #: Address of an article -> addresses that were redirected to it, and when.
        self._origins: dict[str, dict[str, datetime]] = {}
        self._saved: set[str] = set()

    def start(self) -> list[Follow]:
        """Return the first addresses of a run: landing pages, then the sections that have one folder."""
        landings = [Follow(self.source.url_of(path), Purpose.LANDING) for path in self._scope.landings()]
        listings = [Follow(self.source.url_of(path), Purpose.LISTING) for path in self._scope.folders()]
        return list(self._once([*landings, *listings]))

    def take(self, page: CapturedPage) -> list[Follow]:
        """Read one captured page, keep what it holds, and return what to ask for next."""
        try:
            address = self._site.address(page.url)
        except BadUrlError:
            return []
        purpose = self._purpose(address)
        if purpose is None:
            return []
        self.tally.responses += 1
        follows = list(self._read(page, address, purpose))
        return [*follows, *self._release()]

    def failed(self, url: str, reason: str) -> list[Follow]:
        """Note that an address could not be fetched, and return what to ask for instead."""
        if FORBIDDEN in reason:
            self.tally.skipped["forbidden"] += 1
        else:
            self.tally.failures.append(Failure(url, reason))
        address = self._site.address(url)
        if address.part:
            # An article with a hole in it is not kept: the next run asks again.
            self._parts.pop(address.article_url, None)
        else:
            self._unask(address)
        return list(self._release())

    @property
    def waiting(self) -> int:
        """Articles that are known and held back by the limit."""
        return len(self._waiting)

    def _purpose(self, address: Address) -> Purpose | None:
        if address.kind is UrlKind.ARTICLE:
            return Purpose.PART if address.part else Purpose.ARTICLE
        if address.kind is UrlKind.LISTING:
            return Purpose.LANDING if address.folder in self.source.landings else Purpose.LISTING
        return None

    def _read(self, page: CapturedPage, address: Address, purpose: Purpose) -> Iterator[Follow]:
        if 300 <= page.status < 400 and (location := page.header("Location")):
            return self._redirect(page, address, purpose, location)
        if page.status in (404, 410):
            self._missing(page, address, purpose)
            return iter(())
        if page.status != 200 or page.defect:
            return iter(self.failed(page.url, page.defect or f"HTTP {page.status}"))
        if purpose is Purpose.LANDING:
            return self._landing(page)
        if purpose is Purpose.LISTING:
            return self._listing(page, address)
        return self._article(page, address)

    # Redirects and what is not there

    def _redirect(
        self, page: CapturedPage, address: Address, purpose: Purpose, location: str
    ) -> Iterator[Follow]:
        try:
            target = self._site.address(location, base=page.url)
        except BadUrlError:
            yield from self.failed(page.url, f"redirect to an unusable address: {location[:200]}")
            return
        self.tally.skipped["redirect"] += 1
        if target.url == address.url:
            # The site answers under another scheme or alias host: ask exactly there.
            self._detours[address.url] += 1
            if self._detours[address.url] > MAX_HOPS:
                yield from self.failed(page.url, "redirects in a circle")
            else:
                yield Follow(urljoin(page.url, location), purpose)
        elif purpose is Purpose.ARTICLE and self._is_article(target):
            yield from self._moved(page, address, target)
        elif self._is_listing(target, purpose):
            yield from self._once([Follow(target.url, purpose)])
        else:
            # A retired page that leads to the front page is how many sites say "gone".
            self._missing(page, address, purpose)

    def _is_article(self, target: Address) -> bool:
        return target.kind is UrlKind.ARTICLE and self.source.is_news(target)

    def _is_listing(self, target: Address, purpose: Purpose) -> bool:
        """Whether a landing page or listing that moved is still one, and no section that ended."""
        if target.kind is not UrlKind.LISTING or purpose not in (Purpose.LANDING, Purpose.LISTING):
            return False
        is_landing = target.folder in self.source.landings
        return (
            is_landing if purpose is Purpose.LANDING else not is_landing and self._scope.covers(target.folder)
        )

    def _moved(self, page: CapturedPage, address: Address, target: Address) -> Iterator[Follow]:
        """Follow an article to where it is now; its old address stays one of its addresses."""
        origins = self._origins.pop(address.url, {}) | {address.url: page.fetched_at}
        self._unask(address)
        if target.article_url in origins:
            self.tally.failures.append(Failure(page.url, "redirects in a circle"))
            return
        self._origins[target.article_url] = self._origins.get(target.article_url, {}) | origins
        if target.article_url in self._saved:
            self._keep_origins(target.article_url)
        yield from self._ask([Follow(target.article_url, Purpose.ARTICLE)])

    def _keep_origins(self, article_url: str) -> None:
        for origin, at in self._origins.pop(article_url, {}).items():
            self._store.save_redirect(origin, article_url, self.source, at=at)

    def _missing(self, page: CapturedPage, address: Address, purpose: Purpose) -> None:
        if purpose is Purpose.ARTICLE:
            self._gone(address.url, "dead-link", page)
        elif purpose is Purpose.PART:
            self.tally.skipped["missing-part"] += 1
            self._without(address)
        elif address.page == 0:
            self.tally.skipped["missing-section"] += 1

    # Landing pages and listings

    def _landing(self, page: CapturedPage) -> Iterator[Follow]:
        try:
            item = pages.read_listing(page, self._site)
        except ExtractionError as error:
            self._unreadable(error)
            return
        self.tally.landings += 1
        yield from self._sections(item)

    def _listing(self, page: CapturedPage, address: Address) -> Iterator[Follow]:
        walk = self._walks.setdefault(address.folder, _Walk())
        try:
            item = pages.read_listing(page, self._site)
        except ExtractionError as error:
            beyond_the_end = address.page >= walk.claimed and error.reason is not Reason.BLOCKED
            if not beyond_the_end:
                self._unreadable(error)
            return
        self.tally.section = address.folder
        fresh = [entry for entry in item.entries if entry.url not in walk.seen]
        if address.page and not fresh:
            # Some servers answer a page past the last one with the last one again.
            return
        self.tally.listings += 1
        news = tuple(entry for entry in item.entries if self._is_news(entry))
        self._store.save_listing(replace(item, entries=news), self.source, address.folder, run=self._run)
        walk.claimed = max(walk.claimed, item.pager.total if item.pager else 1)
        walk.seen.update(entry.url for entry in fresh)
        self._count_strays(item)
        yield from self._sections(item)
        yield from self._ask(Follow(entry.url, Purpose.ARTICLE) for entry in news if self._wanted(entry))
        if item.entries and not self._is_past(item.entries):
            self._held.extend(self._once([Follow(self._next_page(item, address), Purpose.LISTING)]))

    def _next_page(self, item: ListItem, address: Address) -> str:
        stem = item.pager.stem if item.pager else "index"
        extension = item.pager.extension if item.pager else self.source.list_extension
        return self._site.list_page(address.url, address.page + 1, stem, extension)

    def _sections(self, item: ListItem) -> Iterator[Follow]:
        """Follow the folders that a page links to, if they are sections and in scope."""
        for url in item.listings:
            address = self._site.address(url)
            if address.page or not self._scope.covers(address.folder):
                continue
            if address.folder in self.source.landings or url in self._asked:
                continue
            if self.source.section_of(address.folder) is None and not self._accept(address.folder):
                continue
            yield from self._once([Follow(address.url, Purpose.LISTING)])

    def _accept(self, folder: str) -> bool:
        """Whether a folder that no section describes may be read as one."""
        if not folder.startswith(self.source.roots) or folder in self.source.roots:
            return False
        segments = folder.strip("/").split("/")
        is_trap = len(segments) > MAX_FOLDER_DEPTH or len(set(segments)) < len(segments)
        if is_trap or len(self.tally.found_folders) >= MAX_UNKNOWN_FOLDERS:
            self.tally.skipped["trap"] += 1
            return False
        self.tally.found_folders.append(folder)
        return True

    def _count_strays(self, item: ListItem) -> None:
        for url, reason in item.strays:
            if url not in self._named:
                self._named.add(url)
                self.tally.skipped[reason] += 1

    def _is_news(self, entry: ListEntry) -> bool:
        if self.source.is_news(self._site.address(entry.url)):
            return True
        if entry.url not in self._named:
            self._named.add(entry.url)
            self.tally.skipped["not-news"] += 1
        return False

    def _wanted(self, entry: ListEntry) -> bool:
        if entry.url in self._named:
            return False
        self._named.add(entry.url)
        self.tally.entries += 1
        if self._since and entry.published and entry.published < self._since:
            self.tally.skipped["before-since"] += 1
            return False
        return True

    def _is_past(self, entries: tuple[ListEntry, ...]) -> bool:
        """Whether a whole list page is older than `since`: one pinned old entry is not enough."""
        dates = [entry.published for entry in entries if entry.published]
        return self._since is not None and bool(dates) and max(dates) < self._since

    # Articles

    def _article(self, page: CapturedPage, address: Address) -> Iterator[Follow]:
        if address.part == 0:
            self.tally.articles += 1
            total = pages.part_count(page)
            self._holes.pop(address.article_url, None)
            self._parts[address.article_url] = {0: page}
            for number in range(1, total):
                url = self._site.part_url(address.article_url, number)
                self._parts[address.article_url][number] = None
                yield Follow(url, Purpose.PART)
            if total == 1:
                self._finish(address.article_url)
        elif (parts := self._parts.get(address.article_url)) is not None:
            parts[address.part] = page
            if all(parts.values()):
                self._finish(address.article_url)

    def _without(self, address: Address) -> None:
        """Go on without an address that leads nowhere."""
        if address.part:
            parts = self._parts.get(address.article_url, {})
            if address.part in parts:
                self._holes[address.article_url] += 1
                del parts[address.part]
            if parts and all(parts.values()):
                self._finish(address.article_url)
        else:
            self._unask(address)

    def _finish(self, article_url: str) -> None:
        parts = self._parts.pop(article_url)
        captured = [page for _, page in sorted(parts.items()) if page is not None]
        try:
            item = self._read_article(captured)
        except ExtractionError as error:
            if error.reason is Reason.BLOCKED:
                self._unreadable(error)
            else:
                self._gone(article_url, _SKIP_WORDS.get(error.reason, error.reason), captured[0])
            return
        size = sum(len(page.body) for page in captured)
        self._save(item, assess(item, page_bytes=size, missing_parts=self._holes.pop(article_url, 0)))

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

    def _gone(self, article_url: str, reason: str, page: CapturedPage) -> None:
        """Note that an address was answered and gave no article."""
        self.tally.skipped[reason] += 1
        self._store.save_missing(article_url, self.source, at=page.fetched_at, reason=reason)
        self._unask(self._site.address(article_url))

    def _save(self, item: ArticleItem, quality: Quality) -> None:
        if self._since and item.published and item.published < self._since:
            self.tally.skipped["before-since"] += 1
            return
        saved = self._store.save(item, self.source, quality=quality, run=self._run, reread=self._reread)
        self.tally.saved[saved.outcome] += 1
        self._saved.add(item.url)
        self._keep_origins(item.url)

    def _unreadable(self, error: ExtractionError) -> None:
        if error.reason is Reason.BLOCKED:
            self.tally.failures.append(Failure(error.url, f"blocked: {error.detail}"))
        else:
            self.tally.skipped[_SKIP_WORDS.get(error.reason, error.reason)] += 1

    # What is asked for, once each and within the limit

    def _once(self, follows: list[Follow]) -> Iterator[Follow]:
        for follow in follows:
            if follow.url not in self._asked:
                self._asked.add(follow.url)
                yield follow

    def _ask(self, follows: Iterator[Follow] | list[Follow]) -> Iterator[Follow]:
        self._waiting.extend(self._once(list(follows)))
        return self._release()

    def _release(self) -> Iterator[Follow]:
        while self._waiting and self._left != 0:
            if self._left is not None:
                self._left -= 1
            yield self._waiting.popleft()
        if self._left != 0:
            yield from self._held
            self._held.clear()

    def _unask(self, address: Address) -> None:
        """Give back the place of an article that turned out not to be one."""
        if self._left is not None and address.kind is UrlKind.ARTICLE:
            self._left += 1


@lru_cache(maxsize=8)
def _table(kept: Furniture) -> FurnitureTable:
    return FurnitureTable.from_json(kept.content, number=kept.number)


#: What the statistics call a page that gave no article.
_SKIP_WORDS = {Reason.NO_BODY: "stub"}
