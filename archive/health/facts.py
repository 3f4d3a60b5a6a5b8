"""Gathering how a source is collected and what its sections bring: facts for judging, nothing decided."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, case, func, select

from archive import runs as ledger
from archive.db import Database
from archive.health.operation import PROBE, Answers, Disk, FailedPages, OpenWalk, OperationFacts, RunFacts
from archive.health.sections import SectionFacts
from archive.models import Base

#: Runs of the ledger that are looked at.
MAX_RUNS = 500
#: How far back the listings' dates are looked at.
YEARS = timedelta(days=5 * 365)
#: Attempts after which an address counts as failed.
ATTEMPTS = 3
#: Time over which growth is measured, and the least that tells anything.
GROWTH, MIN_GROWTH = timedelta(days=7), timedelta(days=2)

_TABLES = Base.metadata.tables
_ADDRESSES = _TABLES["addresses"].c
_ARTICLES = _TABLES["articles"].c
_CAPTURES = _TABLES["captures"].c
_ENTRIES = _TABLES["entries"].c
_FRONTIER = _TABLES["frontier"].c
_WALKS = _TABLES["walks"].c


def run_facts(database: Database, now: datetime) -> tuple[RunFacts, ...]:
    """Return the newest runs of all sources, newest first."""
    return tuple(
        RunFacts(
            id=run.id,
            source=run.source,
            mode=run.mode,
            started=run.started,
            outcome=run.outcome,
            noted=now if run.outcome == ledger.RUNNING else run.noted,
        )
        for run in ledger.runs(database, MAX_RUNS, clock=lambda: now)
    )


def section_facts(connection: Connection, source: str, now: datetime) -> tuple[SectionFacts, ...]:
    """Return the sections of a source and how many articles their listings name of each day."""
    day = func.coalesce(_ENTRIES.published, _ARTICLES.published)
    statement = (
        select(_ENTRIES.folder, day, func.count())
        .select_from(_TABLES["entries"])
        .join(_TABLES["articles"], _ARTICLES.pk == _ENTRIES.article_pk)
        .where(_ARTICLES.source == source, day >= (now - YEARS).date())
        .group_by(_ENTRIES.folder, day)
        .order_by(_ENTRIES.folder)
    )
    sections: dict[str, dict[date, int]] = {}
    for folder, published, count in connection.execute(statement):
        sections.setdefault(folder, {})[published] = count
    return tuple(SectionFacts(source, folder, days) for folder, days in sections.items())


def operation_facts(connection: Connection, source: str, runs: Sequence[RunFacts]) -> OperationFacts:
    """Return how a source is collected. runs: all of them, newest first."""
    own = tuple(run for run in runs if run.source == source)
    return OperationFacts(
        source=source,
        runs=own,
        answers=_answers(connection, own),
        walks=_walks(connection, source, own),
        failed=_failed(connection, source),
    )


def _answers(connection: Connection, runs: Sequence[RunFacts]) -> Answers | None:
    for run in runs:
        if run.mode == PROBE:
            continue
        statement = (
            select(_CAPTURES.status, func.count(), func.min(_CAPTURES.pk))
            .where(_CAPTURES.run_pk == run.id)
            .group_by(_CAPTURES.status)
            .order_by(func.count().desc())
        )
        if rows := connection.execute(statement).all():
            firsts = select(_CAPTURES.pk, _CAPTURES.url).where(_CAPTURES.pk.in_([row[2] for row in rows]))
            urls = {row.pk: row.url for row in connection.execute(firsts)}
            counts = {status: count for status, count, _ in rows}
            return Answers(run.id, counts, {status: urls[first] for status, _, first in rows})
    return None


def _walks(connection: Connection, source: str, runs: Sequence[RunFacts]) -> tuple[OpenWalk, ...]:
    """Return the walks that have not arrived and that no run is going on with."""
    working = [run.id for run in runs if run.outcome == ledger.RUNNING]
    statement = (
        select(_WALKS.folder, _WALKS.began, _WALKS.last_read, _WALKS.full, _WALKS.trouble, _WALKS.next_url)
        .where(_WALKS.source == source, _WALKS.ended.is_(None), _WALKS.last_run_pk.not_in(working))
        .order_by(_WALKS.pk)
    )
    return tuple(OpenWalk(*row) for row in connection.execute(statement))


def _failed(connection: Connection, source: str) -> FailedPages:
    statement = (
        select(_FRONTIER.reason, _FRONTIER.url)
        .where(_FRONTIER.source == source, _FRONTIER.state == "failed", _FRONTIER.attempts >= ATTEMPTS)
        .order_by(_FRONTIER.pk)
    )
    rows = connection.execute(statement).all()
    reasons = dict.fromkeys(row.reason for row in rows if row.reason)
    return FailedPages(len(rows), tuple(reasons)[:5], rows[0].url if rows else None)


def disk_facts(database: Database, connection: Connection, now: datetime) -> Disk:
    """Return the space that is left, and how fast the archive grows."""
    week = case((_CAPTURES.captured_at >= now - GROWTH, _CAPTURES.length), else_=0)
    whole, taken, oldest = connection.execute(
        select(func.sum(_CAPTURES.length), func.sum(week), func.min(_CAPTURES.captured_at))
    ).one()
    growth = None
    if oldest is not None and now - oldest >= MIN_GROWTH:
        # The database grows with the captures: the past tells what it takes beside each of their bytes.
        beside = database.file.stat().st_size / whole if whole else 0.0
        growth = taken * (1 + beside) / (min(GROWTH, now - oldest) / timedelta(days=1))
    return Disk(shutil.disk_usage(database.folder).free, growth)
