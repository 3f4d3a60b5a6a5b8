"""What a crawl asks for next: by purpose, importance and what is due, within its limits.

    agenda.begin()                 what this run is about becomes due
    ask = agenda.next()            leased to this run; None: nothing to ask for now
    agenda.take(ask, page)         kept, settled, and what follows from it is due
    agenda.failed(ask, reason, …)

Everything that must outlive the process stands in the archive: the frontier and the walks. Nothing here grows
with the number of addresses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from archive.clock import Clock
from archive.db import Database
from archive.frontier import Found, Frontier, Kind, Lease, State, Want
from archive.items import CapturedPage
from archive.walks import Walk, Walks
from crawler import walk as walk_rules
from crawler.arrivals import CIRCLE, Arrivals
from crawler.asking import FORBIDDEN, TRIES, Ask, Bounds, Mode
from crawler.intake import Failure, Intake
from crawler.ledgers import Ledgers
from crawler.listings import Listings
from crawler.recheck import after_failures

#: Redirects followed for one address before it counts as a loop.
MAX_HOPS = 5
#: How long an address that robots.txt forbids is left alone.
_FORBIDDEN_FOR = timedelta(days=1)
#: A walk that rested for longer begins a page earlier, and what is new at its top is looked for apart.
_RESTED = timedelta(hours=1)
_EVERY = (State.KNOWN, State.DONE, State.FAILED, State.GONE)
_NEVER = (State.KNOWN, State.FAILED)
_KNOWN = (State.DONE, State.GONE, State.FAILED)


class CrawlAgenda:
    """The agenda of one crawl of one source."""

    def __init__(  # noqa: PLR0913 - what a crawl needs to know
        self,
        database: Database,
        intake: Intake,
        bounds: Bounds,
        run: int,
        clock: Clock,
        *,
        at_once: int,
        continues: datetime | None,
    ) -> None:
        """Make the agenda of run `run`.

        at_once: addresses that may be asked for at once. continues: when the first of the runs that this one
        goes on with started; None: it begins anew.
        """
        self.tally = intake.tally
        self.purpose = bounds.mode.value
        self.saves = True
        self._source = intake.source
        self._bounds = bounds
        self._continues = continues
        self._run = run
        self._started = clock()
        #: Addresses leased at a time: no more than are asked for at once.
        self._at_once = at_once
        self._left = bounds.limit
        self._sent = 0
        self._received = 0
        self._ready: deque[Ask] = deque()
        #: Handed out, and neither taken nor failed yet.
        self._under_way = 0
        #: Whether the last look found nothing due; what arrives may change that.
        self._is_dry = False
        #: Folders of the sections that the run is about, as far as known.
        self._folders = set(bounds.scope.folders())
        self._ledgers = Ledgers(database, intake.source.id, clock)
        listings = Listings(self._ledgers, intake, bounds.scope, run, since=bounds.since, found=self._found)
        self._arrivals = Arrivals(self._ledgers, intake, bounds.scope, run, listings)

    # What this run is about

    def begin(self) -> None:
        """Let go of what a killed run held, and let what this run is about be due."""
        with self._ledgers.writing() as (frontier, walks):
            frontier.release()
            self._folders.update(filter(self._bounds.scope.covers, frontier.folders()))
            if self._bounds.mode is Mode.RECHECK:
                if self._bounds.all:
                    # Also when it goes on: the run before may have died before it came to this.
                    known = (State.DONE, State.GONE)
                    frontier.due_all(Kind.ARTICLE, known, since=self._continues)
                return
            landings = [self._source.url_of(folder) for folder in self._bounds.scope.landings()]
            frontier.name(Found(url=url, kind=Kind.LANDING) for url in landings)
            if self._bounds.mode is Mode.BACKFILL and not self._continues:
                frontier.due(landings)
            self._begin_walks(frontier, walks)

    def _begin_walks(self, frontier: Frontier, walks: Walks) -> None:
        """Go on with walks that have not arrived, and begin one of every other section."""
        full = self._bounds.mode is Mode.BACKFILL
        begun = walks.begun_since(self._continues, full=full) if self._continues else set()
        under_way = set()
        for walk in walks.unfinished():
            is_ours = self._bounds.scope.covers(walk.folder) and (full or not walk.full)
            if is_ours and self._resume(frontier, walks, walk):
                under_way.add(walk.folder)
        for folder in sorted(self._folders - begun - under_way):
            self._begin_walk(frontier, walks, folder)

    def _resume(self, frontier: Frontier, walks: Walks, walk: Walk) -> bool:
        """Go on with a walk that has not arrived; return whether it does what a new one would do."""
        full, since = self._bounds.mode is Mode.BACKFILL, self._bounds.since
        goes_as_far = walk_rules.goes_as_far(walk, since)
        adopted = full and goes_as_far and walk.proof is None
        rested = self._started - (walk.last_read or walk.began) > _RESTED
        top = self._source.url_of(walk.folder)
        url = walk.next_url or top
        if rested and url != walk.hole_url:
            # The list may have moved up since.
            frontier.not_due([url])
            url = self._source.urls.beside(url, -1)
        changed = replace(walk, last_run_pk=self._run, next_url=url, trouble=None, full=walk.full or adopted)
        walks.keep(changed)
        frontier.name([Found(url=url, kind=Kind.LISTING, folder=walk.folder)])
        frontier.due([url])
        if full:
            return changed.full and goes_as_far
        # What is new at the top since is looked for apart.
        return goes_as_far and (url == top or not rested)

    def _found(self, frontier: Frontier, walks: Walks, folder: str) -> None:
        """Begin a walk of a section that was found just now."""
        self._folders.add(folder)
        self._begin_walk(frontier, walks, folder)

    def _begin_walk(self, frontier: Frontier, walks: Walks, folder: str) -> None:
        """Begin a walk of a section at its top, unless the site said lately that there is none."""
        url = self._source.url_of(folder)
        known = frontier.get(url)
        is_new = self._bounds.mode is Mode.NEW
        is_absent = known is not None and known.state is State.GONE
        if known and is_absent and is_new and (known.next_check or self._started) > self._started:
            return
        last = walks.proven(folder)
        walks.begin(
            folder, run=self._run, now=self._started, url=url, full=not is_new, since=self._bounds.since,
            total=last.total if last else 1,
        )  # fmt: skip
        frontier.name([Found(url=url, kind=Kind.LISTING, folder=folder)])
        frontier.due([url])

    def _want(self) -> Want:
        scope = self._bounds.scope
        kinds: tuple[tuple[Kind, tuple[State, ...]], ...]
        if self._bounds.mode is Mode.RECHECK:
            kinds = ((Kind.PART, _EVERY), (Kind.ARTICLE, _KNOWN))
        else:
            kinds = (
                (Kind.LANDING, _EVERY),
                (Kind.LISTING, _EVERY),
                (Kind.PART, _EVERY),
                (Kind.ARTICLE, _NEVER),
            )
        return Want(
            kinds=kinds,
            run=self._run,
            started=self._started,
            folders=None if scope.section is None else frozenset(self._folders),
            since=self._bounds.since,
        )

    # What is asked for next

    def next(self) -> Ask | None:
        """Return the most important address that is due, leased to this run; None: there is none now.

        No more are handed out than may be asked for at once, also while answers wait to be taken: what is
        asked for and not settled is what a kill repeats.
        """
        if self._under_way >= self._at_once:
            return None
        if not self._ready and not self._is_dry and not self.is_spent:
            self._ready.extend(self._lease())
            self._is_dry = not self._ready
        if not self._ready or self.is_spent:
            return None
        ask = self._ready.popleft()
        self._sent += 1
        self._under_way += 1
        return ask

    def _lease(self) -> Iterator[Ask]:
        with self._ledgers.writing() as (frontier, _):
            want, count = self._within_limit(frontier, self._want())
            leases = frontier.lease(want, count)
        for lease in leases:
            if lease.kind is Kind.ARTICLE and self._left is not None:
                self._left -= 1
            yield Ask(lease.location, lease.kind, lease.etag, lease.last_modified, lease)

    def _within_limit(self, frontier: Frontier, want: Want) -> tuple[Want, int]:
        """Return what may still be asked for: no listing is read for articles that would have to wait."""
        if self._left is None:
            return want, self._at_once
        if self._left <= 0:
            return want.only(Kind.PART), self._at_once
        if frontier.waiting(want.only(Kind.ARTICLE), self._left) >= self._left:
            want = want.only(Kind.PART, Kind.ARTICLE)
        return want, min(self._at_once, self._left)

    @property
    def is_spent(self) -> bool:
        """Whether the budget of the run is used up."""
        pages, size = self._bounds.budget_pages, self._bounds.budget_bytes
        return (pages is not None and self._sent >= pages) or (size is not None and self._received >= size)

    def remaining(self) -> dict[Kind, int]:
        """Return how many addresses of each kind are due and were not asked for."""
        want = self._want()
        with self._ledgers.reading() as frontier:
            counts = {kind: frontier.waiting(want.only(kind)) for kind, _ in want.kinds}
        return {kind: count for kind, count in counts.items() if count}

    def end(self) -> None:
        """Give back what was leased and not asked for."""
        with self._ledgers.writing() as (frontier, _):
            frontier.release()

    def renew(self) -> None:
        """Let the leases hold on: the run is alive."""
        with self._ledgers.writing() as (frontier, _):
            frontier.renew(self._run)

    # What came back

    def take(self, ask: Ask, page: CapturedPage) -> None:
        """Take an answer: keep what it says, settle the lease, and let what follows be due."""
        lease = _leased(ask)
        self._under_way -= 1
        self._is_dry = False
        self._received += len(page.body)
        self.tally.responses += 1
        arrival = self._arrivals.take(lease, page)
        if lease.kind is Kind.LISTING and not self._continues and not arrival.failure:
            # A run that goes on with another one may find nothing left but the end of a list.
            self.tally.lists += 1
        if arrival.gives_back and lease.kind is Kind.ARTICLE and self._left is not None:
            self._left += 1
        if arrival.elsewhere and ask.hops < MAX_HOPS:
            self._ready.append(replace(ask, url=arrival.elsewhere, hops=ask.hops + 1, tries=1))
        elif arrival.elsewhere:
            self._failed(ask, CIRCLE, again=False)
        elif arrival.failure:
            self._failed(ask, arrival.failure, again=arrival.again)

    def failed(self, ask: Ask, reason: str, *, again: bool) -> None:
        """Note that a request brought nothing; try again, now or in a later run."""
        self._under_way -= 1
        self._is_dry = False
        self._failed(ask, reason, again=again)

    def _failed(self, ask: Ask, reason: str, *, again: bool) -> None:
        lease = _leased(ask)
        if again and ask.tries < TRIES:
            self._ready.append(replace(ask, tries=ask.tries + 1))
            return
        if FORBIDDEN in reason:
            self.tally.skipped["forbidden"] += 1
            wait = _FORBIDDEN_FOR
        else:
            self.tally.failures.append(Failure(ask.url, reason))
            self.tally.failed_articles += lease.kind is Kind.ARTICLE
            wait = after_failures(lease.attempts + 1)
        if lease.kind is Kind.ARTICLE and self._left is not None:
            self._left += 1
        with self._ledgers.writing() as (frontier, walks):
            frontier.failed(lease, reason, not_before=frontier.now + wait)
            for walk in walks.reading(lease.folder, lease.url):
                walks.keep(replace(walk, trouble=reason[:300]))


def _leased(ask: Ask) -> Lease:
    if ask.lease is None:
        raise ValueError(f"a crawl asks for nothing without a lease: {ask.url}")
    return ask.lease
