"""What came back: kept, settled in the frontier, and turned into what is due next.

What is kept of a page is committed first, then its lease is settled, in one transaction with what follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from http import HTTPStatus

from archive import warc
from archive.errors import WarcError
from archive.frontier import Found, Frontier, Kind, Lease, State
from archive.items import CapturedPage
from archive.store import ABSENT, Outcome
from archive.urls import Address
from crawler import recheck
from crawler.intake import BEFORE_SINCE, Intake, Taken
from crawler.ledgers import Ledgers
from crawler.listings import SETTLED, Arrival, Listings, Validators, validators
from crawler.sources import Scope
from crawler.verdict import Judgement, Verdict, judge

#: Why addresses that redirect to each other, or to themselves, bring nothing.
CIRCLE = "redirects in a circle"
#: Answers that may be others a little later, besides errors of the server.
_REFUSALS = (HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.PRECONDITION_FAILED,
             HTTPStatus.TOO_MANY_REQUESTS)  # fmt: skip


class Arrivals:
    """Takes what comes back to one run."""

    def __init__(self, ledgers: Ledgers, intake: Intake, scope: Scope, run: int, listings: Listings) -> None:
        self._ledgers = ledgers
        self._intake = intake
        self._tally = intake.tally
        self._source = intake.source
        self._scope = scope
        self._run = run
        self._warcs = ledgers.database.warcs
        self._take = {
            Kind.LANDING: listings.landing,
            Kind.LISTING: listings.listing,
            Kind.ARTICLE: self._article,
            Kind.PART: self._part,
        }

    def take(self, lease: Lease, page: CapturedPage) -> Arrival:
        """Keep what an answer says and settle the lease, unless it is a failure or leads elsewhere."""
        address = self._source.urls.address(lease.url)
        judged = judge(page, address, lease.kind, self._scope)
        if judged.verdict is Verdict.ELSEWHERE:
            # The site answers under another scheme or alias host: ask exactly there.
            self._tally.skipped["redirect"] += 1
            return Arrival(elsewhere=judged.location)
        if judged.verdict is Verdict.FAILED:
            return Arrival(failure=judged.reason, again=_is_passing(page))
        if judged.verdict is Verdict.UNCHANGED and not (lease.etag or lease.last_modified):
            return Arrival(failure="HTTP 304, though the whole page was asked for")
        if judged.verdict is Verdict.UNCHANGED and lease.kind is not Kind.ARTICLE:
            return self._read_back(lease, page, address, judged)
        return self._take[lease.kind](lease, page, address, judged)

    def _read_back(self, lease: Lease, page: CapturedPage, address: Address, judged: Judgement) -> Arrival:
        """Take a page that the site says has not changed: it is read from its capture."""
        try:
            kept = warc.read(self._warcs, lease.capture) if lease.capture else None
        except WarcError:
            kept = None
        if kept is None:
            # Without its bytes an unchanged page says nothing: ask for the whole page the next time.
            with self._ledgers.writing() as (frontier, _):
                frontier.forget(lease)
            return SETTLED
        given = tuple((n, v) for n in ("ETag", "Last-Modified") if (v := page.header(n)))
        others = tuple(pair for pair in kept.headers if pair[0].lower() not in ("etag", "last-modified"))
        return self._take[lease.kind](lease, replace(kept, headers=(*others, *given)), address, judged)

    # Articles

    def _article(self, lease: Lease, page: CapturedPage, address: Address, judged: Judgement) -> Arrival:
        if judged.verdict is Verdict.UNCHANGED:
            self._intake.confirmed(lease.url, page.fetched_at)
            with self._ledgers.writing() as (frontier, _):
                _settle(frontier, lease, changed=False)
            return SETTLED
        if judged.verdict is Verdict.MOVED:
            return self._moved(lease, page, judged.location)
        if judged.verdict is Verdict.MISSING:
            self._intake.missing(lease.url, "dead-link", page.fetched_at)
            return self._gone(lease, "dead-link")
        total = self._intake.part_count(page)
        self._tally.articles += 1
        if total == 1:
            return self._taken(lease, page, self._intake.article([page]), validators(page))
        parts = [self._source.urls.part_url(lease.url, number) for number in range(1, total)]
        with self._ledgers.writing() as (frontier, _):
            frontier.name(
                Found(url=url, kind=Kind.PART, folder=lease.folder, found_on=lease.url) for url in parts
            )
            frontier.due(parts)
            # No validators: parts are read together, so that all of them are asked for again.
            frontier.done(lease, capture=page.capture, asked_at=page.url, etag=None, last_modified=None)
        return SETTLED

    def _part(self, lease: Lease, page: CapturedPage, address: Address, judged: Judgement) -> Arrival:
        """Take a later part. The last one is settled after its article: a kill in between loses nothing."""
        is_there = judged.verdict is Verdict.PAGE
        arrival = self._assemble(address.article_url, lease, page if is_there else None)
        if arrival.failure:
            return arrival
        with self._ledgers.writing() as (frontier, _):
            if is_there:
                frontier.done(lease, capture=page.capture, asked_at=page.url)
            else:
                self._tally.skipped["missing-part"] += 1
                frontier.gone(lease, "missing-part", next_check=None)
        return arrival

    def _assemble(self, url: str, last: Lease, arrived: CapturedPage | None) -> Arrival:
        """Read an article if only its part `last` was missing; one that the site does not have is a hole."""
        with self._ledgers.reading() as frontier:
            first, known = frontier.get(url), {part.url: part for part in frontier.parts(url)}
        if first is None:
            return SETTLED
        try:
            return self._read_parts(first, known, last, arrived)
        except WarcError:
            # What was captured of it is damaged or lost: the whole article is asked for again.
            with self._ledgers.writing() as (frontier, _):
                frontier.forget(first)
            return SETTLED

    def _read_parts(
        self, first: Lease, known: Mapping[str, Lease], last: Lease, arrived: CapturedPage | None
    ) -> Arrival:
        if first.capture is None:
            return SETTLED
        url = first.url
        page = warc.read(self._warcs, first.capture)
        count = self._intake.part_count(page)
        parts = [known[u] for n in range(1, count) if (u := self._source.urls.part_url(url, n)) in known]
        others = [part for part in parts if part.pk != last.pk]
        if any(part.next_check is not None or part.state is State.KNOWN for part in others):
            return SETTLED
        pages = [page]
        for part in parts:
            if part.pk == last.pk:
                pages += [arrived] if arrived else []
            elif part.state is State.DONE and part.capture:
                pages.append(warc.read(self._warcs, part.capture))
        holes = 1 + len(parts) - len(pages)
        return self._taken(first, page, self._intake.article(pages, holes=holes), Validators())

    def _taken(self, lease: Lease, page: CapturedPage, taken: Taken, facts: Validators) -> Arrival:
        """Settle the lease of an article that was read."""
        if taken.outcome is not None:
            self._tally.back += lease.first_missed is not None and lease.capture is not None
            with self._ledgers.reading() as frontier:
                origins = frontier.origins(lease.url) if lease.state is not State.DONE else []
            for origin, at in origins:
                self._intake.leads(origin, lease.url, at)
            published = taken.published or lease.published
            with self._ledgers.writing() as (frontier, _):
                changed = taken.outcome is Outcome.CHANGED
                _settle(frontier, lease, page, changed=changed, published=published, **facts)
            return SETTLED
        if taken.reason == BEFORE_SINCE:
            with self._ledgers.writing() as (frontier, _):
                # Never kept: due to whoever goes further back.
                frontier.unread(lease, published=taken.published)
            return Arrival(gives_back=True)
        if taken.reason in ABSENT:
            return self._gone(lease, taken.reason)
        if taken.reason.startswith("blocked"):
            return Arrival(failure=taken.reason, again=True)
        with self._ledgers.writing() as (frontier, _):
            length = _interval(lease, frontier.now, changed=False, published=lease.published)
            due = frontier.now + recheck.spread(length, lease.pk)
            frontier.answered(lease, taken.reason, next_check=due, interval=int(length.total_seconds()))
        return Arrival(gives_back=True)

    def _gone(self, lease: Lease, reason: str) -> Arrival:
        was_there = lease.capture is not None and lease.first_missed is None
        self._tally.gone += was_there
        self._tally.dead += lease.state is State.KNOWN
        with self._ledgers.writing() as (frontier, _):
            length = _interval(lease, frontier.now, changed=was_there, published=None)
            due = frontier.now + recheck.spread(length, lease.pk)
            frontier.gone(lease, reason, next_check=due, interval=int(length.total_seconds()))
        return Arrival(gives_back=True)

    def _moved(self, lease: Lease, page: CapturedPage, target: str) -> Arrival:
        """Follow an article to where it is now; its old address stays one of its addresses."""
        self._tally.skipped["redirect"] += 1
        with self._ledgers.writing() as (frontier, _):
            trail = frontier.trail(target)
            if lease.url in trail:
                # None of them leads anywhere: all are asked for again, the circle may be a passing mistake.
                for url in trail[: trail.index(lease.url)]:
                    if known := frontier.get(url):
                        frontier.failed(known, CIRCLE, not_before=frontier.now)
                return Arrival(failure=CIRCLE)
            found = Found(url=target, kind=Kind.ARTICLE, folder=lease.folder, found_on=lease.url)
            frontier.name([found], self._run)
            due = frontier.now + recheck.spread(recheck.LONGEST, lease.pk)
            frontier.answered(lease, "redirect", next_check=due, moved_to=target)
            known = frontier.get(trail[-1])
        if known and known.state is State.DONE and known.capture:
            self._intake.leads(lease.url, known.url, page.fetched_at)
        return Arrival(gives_back=True)


def _is_passing(page: CapturedPage) -> bool:
    """Whether a failure may be over when the same is asked again."""
    is_broken = bool(page.defect) or not page.body
    return page.status in _REFUSALS or page.status >= HTTPStatus.INTERNAL_SERVER_ERROR or is_broken


def _interval(lease: Lease, now: datetime, *, changed: bool, published: date | None) -> timedelta:
    before = None if lease.interval is None else timedelta(seconds=lease.interval)
    elapsed = now - lease.last_check if lease.last_check else timedelta(0)
    return recheck.interval(before, elapsed, published, now, changed=changed)


def _settle(
    frontier: Frontier,
    lease: Lease,
    page: CapturedPage | None = None,
    *,
    changed: bool,
    published: date | None = None,
    **facts: str | None,
) -> None:
    """Settle the lease of an article that is there. page: None: it is as it was."""
    length = _interval(lease, frontier.now, changed=changed, published=published or lease.published)
    frontier.done(
        lease,
        capture=page.capture if page else None,
        asked_at=page.url if page else None,
        next_check=frontier.now + recheck.spread(length, lease.pk),
        interval=int(length.total_seconds()),
        **facts,
    )
