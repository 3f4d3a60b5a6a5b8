"""The frontier: every address that a crawl knows, what became of it, and when it is due again.

    with database.write() as connection:
        frontier = Frontier(connection, "cas-english", now)
        named = frontier.name([Found(…)], run=7)
        for lease in frontier.lease(want, count=8): …

A request is leased before it is sent. It is settled, in the same transaction as what follows from it, only
after its capture and its result are kept; so a process may die at any moment, and what it held is due again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from archive.items import Capture
from archive.models import Base

#: How long a lease holds when nobody renews it.
LEASE = timedelta(minutes=10)
#: Statements name this many rows at once at most.
_BATCH = 500

_FRONTIER = Base.metadata.tables["frontier"]
_SIGHTINGS = Base.metadata.tables["sightings"]
_CAPTURES = Base.metadata.tables["captures"]
_C = _FRONTIER.c


class Kind(StrEnum):
    """What an address is, in the order in which a crawl asks."""

    LANDING = "landing"
    LISTING = "listing"
    PART = "part"
    ARTICLE = "article"
    ASSET = "asset"


class State(StrEnum):
    """What became of an address. Whether it is due or leased is a matter of time."""

    #: Never asked for.
    KNOWN = "known"
    #: The last request brought what it was sent for.
    DONE = "done"
    #: The last request brought nothing; it is tried again.
    FAILED = "failed"
    #: The site says that nothing is there (any more).
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An address that was found, and where."""

    url: str
    kind: Kind
    #: Folder of the section that names it, or that it lists; empty: a landing page.
    folder: str = ""
    #: Page that names it; None: the source's own file does.
    found_on: str | None = None
    #: Date that the listing prints.
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """What the frontier knew of an address when it was named."""

    pk: int
    url: str
    state: State
    #: It had never been named before.
    is_new: bool
    #: Named for the first time in this run.
    is_first: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """An address that one run alone may ask for now."""

    pk: int
    #: Canonical address.
    url: str
    kind: Kind
    folder: str
    state: State
    #: Page that named it first; of a part: its article.
    found_on: str | None
    #: Where exactly to ask.
    location: str
    etag: str | None
    last_modified: str | None
    #: The newest capture that gave the page; None: there is none.
    capture: Capture | None
    #: Requests in a row that brought nothing.
    attempts: int
    published: date | None
    #: Seconds between checks so far; None: it was never checked.
    interval: int | None
    #: First time it was missing since; None: it is not gone.
    first_missed: datetime | None
    #: Last answer of any kind; None: never.
    last_check: datetime | None
    #: When it is due; None: it is settled until something asks for it.
    next_check: datetime | None
    #: Canonical address of the article that it leads to.
    moved_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What a run asks for when it is due, the most important first."""

    kinds: tuple[tuple[Kind, tuple[State, ...]], ...]
    #: The run, and when it started: what failed since then is not tried again in it.
    run: int
    started: datetime
    #: Folders of the sections that it is about; None: every one.
    folders: frozenset[str] | None = None
    #: Publication date before which articles are not asked for.
    since: date | None = None

    def only(self, *kinds: Kind) -> Want:
        """Return the part of it that is about some kinds."""
        kept = tuple((kind, states) for kind, states in self.kinds if kind in kinds)
        return replace(self, kinds=kept)


class Frontier:
    """The frontier of one source, in one transaction at one moment."""

    def __init__(self, connection: Connection, source: str, now: datetime) -> None:
        self._connection = connection
        self._source = source
        #: The moment at which everything is done.
        self.now = now
        self._mine = _C.source == source

    # What is known

    def name(self, found: Iterable[Found], run: int | None = None) -> list[Named]:
        """Note addresses, each due at once when it is new. run: the one whose listing names them."""
        wanted = {one.url: one for one in found}
        known = {row.url: row for row in self._rows(list(wanted))}
        new = [self._row(one, run) for url, one in wanted.items() if url not in known]
        if new:
            self._connection.execute(insert(_FRONTIER), new)
        seen = [row.pk for row in known.values() if run is not None and row.named_run != run]
        self._set(seen, named_run=run)
        for url, row in known.items():
            if row.published is None and wanted[url].published is not None:
                self._set([row.pk], published=wanted[url].published)
        made = {row.url: row.pk for row in self._rows([row["url"] for row in new])}
        return [
            Named(known[url].pk, url, State(known[url].state), False, known[url].named_run != run)
            if url in known
            else Named(made[url], url, State.KNOWN, True, True)
            for url in wanted
        ]

    def _row(self, one: Found, run: int | None) -> dict[str, Any]:
        return {
            "source": self._source,
            "url": one.url,
            "kind": one.kind.value,
            "state": State.KNOWN.value,
            "folder": one.folder,
            "found_on": one.found_on,
            "found_at": self.now,
            "named_run": run,
            "published": one.published,
            "attempts": 0,
            "next_check": self.now,
        }

    def _rows(self, urls: Sequence[str]) -> list[Any]:
        columns = (_C.pk, _C.url, _C.state, _C.named_run, _C.published)
        return [
            row
            for start in range(0, len(urls), _BATCH)
            for row in self._connection.execute(
                select(*columns).where(self._mine, _C.url.in_(urls[start : start + _BATCH]))
            )
        ]

    def folders(self) -> list[str]:
        """Return the folders of the sections whose listings are known."""
        statement = select(_C.folder).where(self._mine, _C.kind == Kind.LISTING.value).distinct()
        return sorted(self._connection.scalars(statement))

    def get(self, url: str) -> Lease | None:
        """Return what is known of an address, as if it were leased."""
        row = self._connection.execute(_LEASED.where(self._mine, _C.url == url)).first()
        return _lease(row) if row else None

    def parts(self, article_url: str) -> list[Lease]:
        """Return what is known of the later parts of an article."""
        rows = self._connection.execute(
            _LEASED.where(self._mine, _C.kind == Kind.PART.value, _C.found_on == article_url)
        )
        return [_lease(row) for row in rows]

    def origins(self, url: str) -> list[tuple[str, datetime]]:
        """Return the addresses that lead to an article, over others too, and when they last did."""
        found: dict[str, datetime] = {}
        targets = [url]
        while targets:
            statement = select(_C.url, _C.last_check).where(self._mine, _C.moved_to.in_(targets))
            rows = self._connection.execute(statement.order_by(_C.pk)).all()
            targets = [row.url for row in rows if row.url not in found]
            found |= {row.url: row.last_check for row in rows}
        return list(found.items())

    def trail(self, url: str) -> list[str]:
        """Return the addresses that one leads to, itself first, as far as they are known."""
        found = [url]
        while (known := self.get(found[-1])) and known.moved_to and known.moved_to not in found:
            found.append(known.moved_to)
        return found

    # What is asked for

    def due(self, urls: Sequence[str]) -> None:
        """Let some known addresses be due at once."""
        for start in range(0, len(urls), _BATCH):
            chosen = _C.url.in_(urls[start : start + _BATCH])
            self._connection.execute(update(_FRONTIER).where(self._mine, chosen).values(next_check=self.now))

    def not_due(self, urls: Sequence[str]) -> None:
        """Let some addresses wait until something asks for them."""
        self._connection.execute(
            update(_FRONTIER).where(self._mine, _C.url.in_(urls)).values(next_check=None)
        )

    def due_all(self, kind: Kind, states: Sequence[State], *, since: datetime | None = None) -> int:
        """Let every address of a kind in those states be due at once; return how many there are.

        since: leave out what was asked for since then.
        """
        chosen = [self._mine, _C.kind == kind.value, _C.state.in_([state.value for state in states])]
        if since is not None:
            chosen.append(or_(_C.last_check.is_(None), _C.last_check < since))
        return self._connection.execute(update(_FRONTIER).where(*chosen).values(next_check=self.now)).rowcount

    def retry(self, urls: Sequence[str] | None = None) -> int:
        """Let failed addresses be due at once, all or some; return how many."""
        failed = (self._mine, _C.state == State.FAILED.value)
        again = update(_FRONTIER).values(next_check=self.now)
        if urls is None:
            return self._connection.execute(again.where(*failed)).rowcount
        return sum(
            self._connection.execute(again.where(*failed, _C.url.in_(urls[start : start + _BATCH]))).rowcount
            for start in range(0, len(urls), _BATCH)
        )

    def lease(self, want: Want, count: int) -> list[Lease]:
        """Lease up to `count` addresses that are due to a run, the most important first."""
        found: list[Lease] = []
        for kind, states in want.kinds:
            for state in states:
                if len(found) < count:
                    statement = _LEASED.where(*self._due(want, kind, state))
                    ordered = statement.order_by(_C.next_check, _C.pk).limit(count - len(found))
                    found += [_lease(row) for row in self._connection.execute(ordered)]
        self._set([one.pk for one in found], run_pk=want.run, leased_until=self.now + LEASE)
        return found

    def waiting(self, want: Want, most: int = 10**9) -> int:
        """Return how many addresses are due, counted up to `most`."""
        total = 0
        for kind, states in want.kinds:
            for state in states:
                rows = select(_C.pk).where(*self._due(want, kind, state)).limit(most - total)
                total += self._connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
        return total

    def _due(self, want: Want, kind: Kind, state: State) -> list[ColumnElement[bool]]:
        chosen = [
            self._mine,
            _C.kind == kind.value,
            _C.state == state.value,
            _C.next_check <= self.now,
            or_(_C.leased_until.is_(None), _C.leased_until < self.now),
        ]
        if state is State.FAILED:
            # What failed in this run is left to the next one, whatever made it due again since.
            chosen.append(_C.last_check < want.started)
        if kind in (Kind.ARTICLE, Kind.PART) and want.since is not None:
            chosen.append(or_(_C.published.is_(None), _C.published >= want.since))
        if want.folders is not None and kind is Kind.LISTING:
            chosen.append(_C.folder.in_(sorted(want.folders)))
        if want.folders is not None and kind is Kind.ARTICLE:
            # An article is named by several sections. Where others lead is named by none.
            first = _C.folder.in_(sorted(want.folders))
            named = and_(_SIGHTINGS.c.frontier_pk == _C.pk, _SIGHTINGS.c.folder.in_(sorted(want.folders)))
            chosen.append(or_(_C.named_run == want.run, first, exists().where(named)))
        return chosen

    # What became of it

    def renew(self, run: int) -> None:
        """Let the leases of a run hold on: it is alive."""
        self._connection.execute(
            update(_FRONTIER)
            .where(_C.run_pk == run, _C.leased_until.is_not(None))
            .values(leased_until=self.now + LEASE)
        )

    def release(self) -> int:
        """Let go of every lease of the source, which no other run works on; return how many there were."""
        return self._connection.execute(
            update(_FRONTIER).where(self._mine, _C.leased_until.is_not(None)).values(leased_until=None)
        ).rowcount

    def done(
        self,
        lease: Lease,
        *,
        capture: Capture | None = None,
        next_check: datetime | None = None,
        asked_at: str | None = None,
        **facts: Any,
    ) -> None:
        """Settle a lease whose page is there. capture: None: the page is as it was.

        asked_at: the spelling of the address at which it was. facts: `etag`, `last_modified`, `interval` …,
        where they are new.
        """
        facts |= {"last_seen": self.now, "first_missed": None, "moved_to": None}
        if asked_at is not None:
            facts["location"] = asked_at if asked_at != lease.url else None
        if capture:
            kept = select(_CAPTURES.c.pk).where(_CAPTURES.c.record_id == capture.record_id)
            facts["capture_pk"] = kept.scalar_subquery()
        self._settle(lease, State.DONE, next_check, attempts=0, reason=None, **facts)

    def answered(self, lease: Lease, reason: str, *, next_check: datetime | None, **facts: Any) -> None:
        """Settle a lease that was answered with something else than its page."""
        self._settle(lease, State.DONE, next_check, attempts=0, reason=reason, **facts)

    def gone(self, lease: Lease, reason: str, *, next_check: datetime | None, **facts: Any) -> None:
        """Settle a lease of an address at which the site says that nothing is."""
        missed = lease.first_missed or self.now
        facts |= {"first_missed": missed, "etag": None, "last_modified": None}
        self._settle(lease, State.GONE, next_check, attempts=0, reason=reason, **facts)

    def failed(self, lease: Lease, reason: str, *, not_before: datetime) -> None:
        """Settle a lease whose request brought nothing, as often as a run tries."""
        attempts = lease.attempts + 1
        self._settle(
            lease,
            State.FAILED,
            not_before,
            attempts=attempts,
            reason=reason[:300],
            moved_to=None,
            # Where it was found last may be what fails: the next time it is asked for at its own address.
            location=None,
        )

    def forget(self, lease: Lease) -> None:
        """Let an address be as if it had never been asked for: what was captured of it cannot be read."""
        nothing = {"capture_pk": None, "etag": None, "last_modified": None, "leased_until": None}
        self._set([lease.pk], state=State.KNOWN.value, next_check=self.now, **nothing)

    def unread(self, lease: Lease, *, published: date | None) -> None:
        """Settle a lease whose page was read and not kept: it is older than the run goes back.

        published: the date that the page prints; None: as known.
        """
        facts = {"published": published or lease.published, "attempts": 0, "reason": None}
        self._settle(lease, State.KNOWN, self.now, **facts)

    def _settle(self, lease: Lease, state: State, next_check: datetime | None, **facts: Any) -> None:
        settled = {"state": state.value, "leased_until": None, "last_check": self.now}
        self._set([lease.pk], **settled, next_check=next_check, **facts)

    def _set(self, pks: Sequence[int], **values: Any) -> None:
        for start in range(0, len(pks), _BATCH):
            chosen = _C.pk.in_(pks[start : start + _BATCH])
            self._connection.execute(update(_FRONTIER).where(chosen).values(**values))


#: What a lease is made of.
_LEASED = select(
    _FRONTIER,
    *(
        column.label(f"capture_{column.name}")
        for column in _CAPTURES.c
        if column.name in ("warc", "offset", "length", "record_id", "digest", "captured_at")
    ),
).outerjoin(_CAPTURES, _CAPTURES.c.pk == _C.capture_pk)


def _lease(row: Any) -> Lease:
    return Lease(
        pk=row.pk,
        url=row.url,
        kind=Kind(row.kind),
        folder=row.folder,
        state=State(row.state),
        found_on=row.found_on,
        location=row.location or row.url,
        etag=row.etag,
        last_modified=row.last_modified,
        capture=_capture(row) if row.capture_record_id else None,
        attempts=row.attempts,
        published=row.published,
        interval=row.interval,
        first_missed=row.first_missed,
        last_check=row.last_check,
        next_check=row.next_check,
        moved_to=row.moved_to,
    )


def _capture(row: Any) -> Capture:
    return Capture(
        warc=row.capture_warc,
        offset=row.capture_offset,
        length=row.capture_length,
        record_id=row.capture_record_id,
        digest=row.capture_digest,
        captured_at=row.capture_captured_at,
    )
