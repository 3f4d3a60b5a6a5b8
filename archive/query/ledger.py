"""One run in full, and the addresses that are failed now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from archive.clock import Clock, system
from archive.db import Database
from archive.frontier import State
from archive.models import CaptureRow, FrontierRow, WalkRow
from archive.query.asked import Asked
from archive.query.manners import manners
from archive.runs import RUNNING, Failed, Run, get

#: Pages that are shown as the slowest, and as the largest.
SHOWN_PAGES = 5
#: Addresses that are shown of each reason.
SHOWN_ADDRESSES = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a run could not fetch or read some addresses."""

    reason: str
    count: int
    #: The first of them.
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a run captured."""

    url: str
    status: int | None
    #: From sending the request to the end of the response; None: not measured.
    seconds: float | None
    #: Bytes of the body as received.
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingWalk:
    """What became of a pass over the listings of one section that a run began or went on with."""

    #: Folder of the section.
    section: str
    #: Runs that began it and that went on with it last.
    begun_by: int
    last_run: int
    #: List pages read, those of them read again, and pages of the section as far as known.
    pages: int
    rereads: int
    total: int
    #: Entries seen, those that earlier walks had proven, and those that no listing had named before.
    entries: int
    known: int
    new: int
    #: Publication dates of the entries; None: none prints one.
    oldest: date | None
    newest: date | None
    #: When it arrived, and how: `archive.walks.Proof`; None: it has not.
    ended: datetime | None
    proof: str | None
    #: Why its next page could not be read; None: nothing is in the way.
    trouble: str | None
    #: Whether it has not arrived and nothing is going on with it.
    is_open_gap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One run in full."""

    run: Run
    #: From start to end; None: it is running.
    seconds: float | None
    #: The most frequent first.
    reasons: tuple[Reason, ...]
    #: HTTP status, or `none` for no response -> requests.
    statuses: Mapping[str, int]
    slowest: tuple[Page, ...]
    largest: tuple[Page, ...]
    walks: tuple[ListingWalk, ...]
    #: What it asked, host by host.
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAddress:
    """An address whose last requests brought nothing."""

    source: str
    url: str
    #: `archive.frontier.Kind`.
    kind: str
    #: Requests in a row that brought nothing, run by run.
    attempts: int
    reason: str
    last_check: datetime | None
    #: It is not asked for again before.
    not_before: datetime | None


def account(database: Database, run: int, *, clock: Clock = system) -> Account:
    """Return one run in full. Raises NotFoundError."""
    found = get(database, run, clock=clock)
    asked = manners(database, run=run)
    with database.read() as connection:
        return Account(
            run=found,
            seconds=found.took.total_seconds() if found.took else None,
            reasons=_reasons(found.failures),
            statuses=asked.statuses,
            slowest=_largest(connection, run, CaptureRow.seconds),
            largest=_largest(connection, run, CaptureRow.size),
            walks=_walks(connection, run, is_running=found.outcome == RUNNING),
            asked=asked.hosts,
        )


def walks_of(database: Database, run: int) -> tuple[ListingWalk, ...]:
    """Return the passes over listings of a run that is under way, by section."""
    with database.read() as connection:
        return _walks(connection, run, is_running=True)


def failed_addresses(database: Database, source: str | None = None) -> tuple[FailedAddress, ...]:
    """Return the addresses that are failed now, those that are due first at the front."""
    statement = select(FrontierRow.__table__).where(FrontierRow.state == State.FAILED.value)
    if source is not None:
        statement = statement.where(FrontierRow.source == source)
    with database.read() as connection:
        rows = connection.execute(statement.order_by(FrontierRow.next_check, FrontierRow.pk)).all()
    return tuple(
        FailedAddress(
            source=row.source,
            url=row.url,
            kind=row.kind,
            attempts=row.attempts,
            reason=row.reason or "",
            last_check=row.last_check,
            not_before=row.next_check,
        )
        for row in rows
    )


def _reasons(failures: Iterable[Failed]) -> tuple[Reason, ...]:
    urls: dict[str, list[str]] = {}
    for failure in failures:
        urls.setdefault(failure.reason, []).append(failure.url)
    reasons = (Reason(reason, len(all_), tuple(all_[:SHOWN_ADDRESSES])) for reason, all_ in urls.items())
    return tuple(sorted(reasons, key=lambda one: (-one.count, one.reason)))


def _largest(connection: Connection, run: int, column: InstrumentedAttribute[Any]) -> tuple[Page, ...]:
    columns = (CaptureRow.url, CaptureRow.status, CaptureRow.seconds, CaptureRow.size)
    chosen = select(*columns).where(CaptureRow.run_pk == run, column.is_not(None))
    rows = connection.execute(chosen.order_by(column.desc(), CaptureRow.pk).limit(SHOWN_PAGES))
    return tuple(Page(*row) for row in rows)


def _walks(connection: Connection, run: int, *, is_running: bool) -> tuple[ListingWalk, ...]:
    theirs = or_(WalkRow.run_pk == run, WalkRow.last_run_pk == run)
    rows = connection.execute(select(WalkRow.__table__).where(theirs).order_by(WalkRow.folder, WalkRow.pk))
    return tuple(
        ListingWalk(
            section=row.folder,
            begun_by=row.run_pk,
            last_run=row.last_run_pk,
            pages=row.pages,
            rereads=row.rereads,
            total=row.total,
            entries=row.entries,
            known=row.known,
            new=row.new,
            oldest=row.oldest,
            newest=row.newest,
            ended=row.ended,
            proof=row.proof,
            trouble=row.trouble,
            is_open_gap=row.ended is None and not (is_running and row.last_run_pk == run),
        )
        for row in rows
    )
