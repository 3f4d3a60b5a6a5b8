"""Landing pages and listings that came back: entries are named, walks go on, sections are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypedDict

from archive.frontier import Found, Frontier, Kind, Lease
from archive.items import CapturedPage, ListEntry, ListItem
from archive.urls import Address
from archive.walks import Proof, Walk, Walks
from crawler import walk
from crawler.errors import ExtractionError, Reason
from crawler.intake import BEFORE_SINCE, SKIP_WORDS, Intake
from crawler.ledgers import Ledgers
from crawler.sources import Scope
from crawler.verdict import Judgement, Verdict

#: How long a landing page, and a section that is not there, is left alone.
_SETTLED = timedelta(days=7)
#: Folders that no section describes, read in one run; more of them look like a trap.
MAX_UNKNOWN_FOLDERS = 200
_IS_PAGE = (Verdict.PAGE, Verdict.UNCHANGED)
#: Deepest folder that is taken for a section when no section describes it.
MAX_FOLDER_DEPTH = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an answer left to do."""

    #: The lease was no article: its place within a limit is free again.
    gives_back: bool = False
    #: Where to ask instead; empty: nowhere.
    elsewhere: str = ""
    #: Why the request brought nothing; empty: it brought something.
    failure: str = ""
    #: The same request may bring something now.
    again: bool = False


class Validators(TypedDict, total=False):
    """What a server can tell an unchanged page by."""

    etag: str | None
    last_modified: str | None


#: Nothing is left to do.
SETTLED = Arrival()


def validators(page: CapturedPage) -> Validators:
    """Return what a later request can ask with whether a page is as it was."""
    return {"etag": page.header("ETag"), "last_modified": page.header("Last-Modified")}


class Listings:
    """Takes landing pages and listings of one run."""

    def __init__(  # noqa: PLR0913 - what a crawl needs to know
        self,
        ledgers: Ledgers,
        intake: Intake,
        scope: Scope,
        run: int,
        *,
        since: date | None,
        found: Callable[[Frontier, Walks, str], None],
    ) -> None:
        self._ledgers = ledgers
        self._intake = intake
        self._tally = intake.tally
        self._source = intake.source
        self._scope = scope
        self._run = run
        self._since = since
        #: Called with the folder of a section that a page leads to for the first time.
        self._found = found
        self._traps: set[str] = set()

    def landing(self, lease: Lease, page: CapturedPage, address: Address, judged: Judgement) -> Arrival:
        """Take a landing page: it leads to sections."""
        if judged.verdict not in _IS_PAGE:
            return self._no_list(lease, judged)
        try:
            item = self._intake.read_listing(page)
        except ExtractionError as error:
            return self._unreadable(lease, error)
        self._tally.landings += 1
        with self._ledgers.writing() as (frontier, walks):
            self._sections(item, frontier, walks)
            frontier.done(
                lease,
                capture=page.capture,
                asked_at=page.url,
                next_check=frontier.now + _SETTLED,
                **validators(page),
            )
        return SETTLED

    def listing(self, lease: Lease, page: CapturedPage, address: Address, judged: Judgement) -> Arrival:
        """Take a list page: its entries are named, and the walk of its section goes on."""
        if judged.verdict not in _IS_PAGE:
            return self._no_list(lease, judged) if address.page == 0 else self._beyond(lease, address, "")
        try:
            item = self._intake.read_listing(page)
        except ExtractionError as error:
            if error.reason is Reason.BLOCKED or address.page == 0:
                return self._unreadable(lease, error)
            return self._beyond(lease, address, SKIP_WORDS.get(error.reason, error.reason))
        news = self._intake.keep_listing(item, address.folder)
        with self._ledgers.writing() as (frontier, walks):
            named = self._name(news, address, frontier)
            seen = self._list_page(item, address, judged, frontier, walks)
            for reading in walks.reading(address.folder, address.url):
                self._advance(reading, seen, named, frontier, walks)
            self._sections(item, frontier, walks)
            facts = validators(page) if address.page == 0 else Validators()
            frontier.done(lease, capture=page.capture, asked_at=page.url, **facts)
        return SETTLED

    def _name(
        self, news: Sequence[ListEntry], address: Address, frontier: Frontier
    ) -> list[tuple[int, date | None]]:
        """Name the entries of a list page; return their keys in the frontier, with the dates it prints."""
        found = [
            Found(
                url=entry.url,
                kind=Kind.ARTICLE,
                folder=address.folder,
                found_on=address.url,
                published=entry.published,
            )
            for entry in news
        ]
        dates = {entry.url: entry.published for entry in news}
        named = frontier.name(found, self._run)
        first = [dates[one.url] for one in named if one.is_first]
        self._tally.entries += len(first)
        if self._since:
            self._tally.skipped[BEFORE_SINCE] += sum(1 for day in first if day and day < self._since)
        return [(one.pk, dates[one.url]) for one in named]

    def _list_page(
        self, item: ListItem, address: Address, judged: Judgement, frontier: Frontier, walks: Walks
    ) -> walk.ListPage:
        """Return what a list page says as far as walking goes, its entries left out."""
        urls, pager = self._source.urls, item.pager
        stem = pager.stem if pager else "index"
        extension = pager.extension if pager else self._source.list_extension
        before = frontier.get(urls.beside(address.url, -1)) if address.page else None
        last = walks.proven(address.folder)
        return walk.ListPage(
            number=address.page,
            entries=(),
            total=pager.total if pager else 1,
            at=frontier.now,
            url=address.url,
            top_url=urls.list_page(address.url, 0),
            previous_url=urls.beside(address.url, -1),
            next_url=urls.list_page(address.url, address.page + 1, stem, extension),
            is_empty=not item.entries and not item.strays,
            is_repeated=bool(before and before.capture and before.capture.digest == item.capture.digest),
            had_entries=last is not None and last.entries > 0,
            unchanged=judged.verdict is Verdict.UNCHANGED,
        )

    def _advance(
        self,
        reading: Walk,
        page: walk.ListPage,
        named: Sequence[tuple[int, date | None]],
        frontier: Frontier,
        walks: Walks,
    ) -> None:
        """Note the entries of a list page, and let a walk go where it leads."""
        sights = walks.sights(reading, [pk for pk, _ in named])
        entries = [walk.Entry(sights[pk], published) for pk, published in named]
        after = walk.read(replace(reading, last_run_pk=self._run), replace(page, entries=entries))
        walks.saw(reading, sights)
        others = [o for o in walks.unfinished(reading.folder) if walk.joins(reading, entries, o)]
        if others:
            walks.join(reading, into=others[0])
            after = replace(after, proof=Proof.JOINED, ended=frontier.now, next_url=None)
        self._go_on(after, frontier, walks)

    def _go_on(self, after: Walk, frontier: Frontier, walks: Walks) -> None:
        walks.keep(after)
        if after.next_url and after.trouble is None:
            frontier.name([Found(url=after.next_url, kind=Kind.LISTING, folder=after.folder)])
            frontier.due([after.next_url])

    def _beyond(self, lease: Lease, address: Address, reason: str) -> Arrival:
        """Take that a later list page is none: the list has ended, or its pager promises too much."""
        urls = self._source.urls
        with self._ledgers.writing() as (frontier, walks):
            for reading in walks.reading(address.folder, address.url):
                after = walk.missing(
                    replace(reading, last_run_pk=self._run),
                    address.page,
                    at=frontier.now,
                    url=address.url,
                    top_url=urls.list_page(address.url, 0),
                    next_url=urls.beside(address.url, 1),
                )
                self._go_on(after, frontier, walks)
                self._tally.skipped[reason or "missing-list-page"] += after.hole_url == address.url
            frontier.gone(lease, reason or "missing", next_check=None)
        return SETTLED

    def _no_list(self, lease: Lease, judged: Judgement) -> Arrival:
        """Take that a landing page or a section is not there, or is elsewhere."""
        is_moved = judged.verdict is Verdict.MOVED
        self._tally.skipped["redirect" if is_moved else "missing-section"] += 1
        with self._ledgers.writing() as (frontier, walks):
            for reading in walks.reading(lease.folder, lease.url):
                walks.keep(_without_section(reading, frontier.now))
            if is_moved and judged.target and lease.kind is Kind.LISTING:
                self._section(judged.target, frontier, walks)
            reason = "redirect" if is_moved else "missing-section"
            frontier.gone(lease, reason, next_check=frontier.now + _SETTLED)
        return SETTLED

    def _unreadable(self, lease: Lease, error: ExtractionError) -> Arrival:
        if error.reason is Reason.BLOCKED:
            return Arrival(failure=f"blocked: {error.detail}", again=True)
        reason = SKIP_WORDS.get(error.reason, error.reason)
        self._tally.skipped[reason] += 1
        with self._ledgers.writing() as (frontier, walks):
            for reading in walks.reading(lease.folder, lease.url):
                walks.keep(replace(reading, trouble=f"{reason}: {error.detail}"[:300]))
            frontier.answered(lease, reason, next_check=frontier.now + _SETTLED)
        return SETTLED

    def _sections(self, item: ListItem, frontier: Frontier, walks: Walks) -> None:
        """Follow the folders that a page links to, if they are sections and in scope."""
        for url in item.listings:
            address = self._source.urls.address(url)
            if address.page == 0 and self._scope.covers(address.folder):
                self._section(address, frontier, walks)

    def _section(self, address: Address, frontier: Frontier, walks: Walks) -> None:
        folder = address.folder
        if folder in self._source.landings or frontier.get(address.url) is not None:
            return
        if self._source.section_of(folder) is not None or self._accept(folder):
            self._found(frontier, walks, folder)

    def _accept(self, folder: str) -> bool:
        """Whether a folder that no section describes may be read as one."""
        if not folder.startswith(self._source.roots) or folder in self._source.roots:
            return False
        segments = folder.strip("/").split("/")
        is_deep = len(segments) > MAX_FOLDER_DEPTH or len(set(segments)) < len(segments)
        if is_deep or len(self._tally.found_folders) >= MAX_UNKNOWN_FOLDERS:
            if folder not in self._traps and len(self._traps) < MAX_UNKNOWN_FOLDERS:
                self._traps.add(folder)
                self._tally.skipped["trap"] += 1
            return False
        self._tally.found_folders.append(folder)
        return True


def _without_section(reading: Walk, now: datetime) -> Walk:
    """Return a walk whose section is not there; one that has read pages of it waits for it to come back."""
    if reading.pages:
        return replace(reading, trouble="the section was there, and is missing")
    return replace(reading, proof=Proof.ABSENT, ended=now, next_url=None)
