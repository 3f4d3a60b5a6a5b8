"""Gathering what pages gave in some runs and before them: the facts that `archive.health.pages` judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, func, select

from archive.health.findings import Example, Kind
from archive.health.looks import MAX_EXAMPLES, Asked, Look, PageFacts
from archive.health.operation import PROBE, RunFacts
from archive.health.past import FIRST_PARTS, FOUND, names, past_of, together
from archive.items import Capture
from archive.models import Base

#: How far back runs are looked at, and how many of them at most.
RECENT, MAX_RUNS = timedelta(days=30), 12
#: A run over old pages: what is new in it is of another time, and no measure of what is printed today.
BACKFILL = "backfill"
#: For how long an alarm keeps what was before it as the measure; afterwards what it found counts as usual.
HOLD = timedelta(days=30)
# Parameters of one statement.
_BATCH = 900

_TABLES = Base.metadata.tables
_ADDRESSES = _TABLES["addresses"].c
_ALARMS = _TABLES["alarms"].c
_CAPTURES = _TABLES["captures"].c
_READINGS = _TABLES["readings"].c
_VERSIONS = _TABLES["versions"].c


@dataclass(frozen=True, slots=True)
class _Window:
    """A run and the times of its first and last capture: the clock by which pages are read."""

    run: RunFacts
    start: datetime
    end: datetime


def page_facts(
    connection: Connection, source: str, runs: Sequence[RunFacts], chosen: Sequence[RunFacts], now: datetime
) -> PageFacts:
    """Return what pages gave in some runs of a source, and before them.

    runs: all of the source, newest first; chosen: those to look at, newest first.
    """
    windows = [window for run in chosen if (window := _window(connection, run))]
    hold = _hold(connection, source, runs, now)
    missing = _missing(connection, source, windows, hold)
    asked: list[Asked] = []
    newest = None
    for window in windows:
        before = min(window.start, hold) if hold else window.start
        groups = list(_asked(connection, window, before, missing.get(window.run.id, ())))
        if window.run.mode == BACKFILL:
            groups = [group for group in groups if group.before is not None]
        if newest is None and any(group.before is None for group in groups):
            newest = before
        asked += groups
    past = {} if newest is None else past_of(connection, source, newest)
    runs_told = tuple(window.run.id for window in windows)
    return PageFacts(source, runs_told, tuple(asked), past, together(past.values()))


def recent(runs: Sequence[RunFacts], now: datetime) -> list[RunFacts]:
    """Return the runs that tell how pages are today, newest first."""
    return [run for run in runs if run.mode != PROBE and now - run.started <= RECENT][:MAX_RUNS]


def _window(connection: Connection, run: RunFacts) -> _Window | None:
    times = func.min(_CAPTURES.captured_at), func.max(_CAPTURES.captured_at)
    start, end = connection.execute(select(*times).where(_CAPTURES.run_pk == run.id)).one()
    return None if start is None else _Window(run, start, end)


def _hold(connection: Connection, source: str, runs: Sequence[RunFacts], now: datetime) -> datetime | None:
    """Return when the run began that raised the oldest alarm about pages that stands; None: none does.

    What was read since then is no measure of what is usual: an alarm must not clear itself.
    """
    kinds = (Kind.DRIFT, Kind.COVERAGE, Kind.EXTRACTION, Kind.VANISHED)
    raised = connection.scalar(
        select(func.min(_ALARMS.raised_at)).where(
            _ALARMS.source == source,
            _ALARMS.kind.in_([str(kind) for kind in kinds]),
            _ALARMS.cleared_at.is_(None),
            _ALARMS.raised_at > now - HOLD,
        )
    )
    if raised is None:
        return None
    windows = (_window(connection, run) for run in runs if run.started <= raised and run.mode != PROBE)
    return next((window.start for window in windows if window), None)


def _asked(
    connection: Connection, window: _Window, before: datetime, missing: Sequence[Any]
) -> Iterator[Asked]:
    """Return what a run asked for, in groups of the same result then and before a moment.

    missing: as `_missing` returns them for the run.
    """
    rows = [*_read(connection, window.run), *missing]
    looks = _looks_before(connection, window.run, [row[0] for row in missing], before)
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for address, folder, template, found, reason, url, capture in rows:
        key = (folder, template, found, reason, looks.get(address))
        shown = groups.setdefault(key, [0])
        shown[0] += 1
        if len(shown) <= MAX_EXAMPLES:
            shown.append((url, capture))
    captures = _captures(connection, [c for g in groups.values() for _, c in g[1:] if c is not None])
    for (folder, template, found, reason, earlier), (count, *shown) in groups.items():
        yield Asked(
            section=folder,
            run=window.run.id,
            count=count,
            now=None if template is None else Look(template, names(found)),
            before=None if earlier is None else Look(earlier[0], names(earlier[1])),
            reason=reason,
            urls=tuple(url for url, _ in shown),
            examples=tuple(Example(url, captures[c]) for url, c in shown if c is not None),
        )


def _read(connection: Connection, run: RunFacts) -> Sequence[Any]:
    """Return address, folder, template, fields, no reason, URL and capture of each page that was read."""
    statement = _of_run(
        run,
        _VERSIONS.address_pk,
        _ADDRESSES.folder,
        _READINGS.template,
        FOUND,
        cast(None, Text),
        _ADDRESSES.url,
        _READINGS.capture_pk,
    ).join(_TABLES["addresses"], _ADDRESSES.pk == _VERSIONS.address_pk)
    return connection.execute(statement.order_by(_READINGS.capture_pk)).all()


def _missing(
    connection: Connection, source: str, windows: Sequence[_Window], hold: datetime | None
) -> Mapping[int, Sequence[Any]]:
    """Return by run, in the columns of `_read`, the addresses that gave no article.

    What was missing already before the run, or before the alarm that stands, is no news.
    """
    if not windows:
        return {}
    statement = (
        select(
            _ADDRESSES.pk,
            _ADDRESSES.folder,
            _ADDRESSES.missing_reason,
            _ADDRESSES.url,
            _ADDRESSES.missing_at,
            _ADDRESSES.missing_since,
            _ADDRESSES.source,
        )
        .where(_ADDRESSES.missing_at >= min(window.start for window in windows))
        .order_by(_ADDRESSES.pk)
    )
    # The few that are missing are told apart here: the index on the source would be the long way round.
    rows = [row for row in connection.execute(statement) if row.source == source]
    found: dict[int, Sequence[Any]] = {}
    for window in windows:
        since = min(window.start, hold) if hold else window.start
        own = [r for r in rows if window.start <= r.missing_at <= window.end and r.missing_since >= since]
        captures = _captures_of(connection, window.run, [row.url for row in own])
        found[window.run.id] = [
            (row.pk, row.folder, None, None, row.missing_reason, row.url, captures.get(row.url))
            for row in own
        ]
    return found


def _captures_of(connection: Connection, run: RunFacts, urls: Sequence[str]) -> dict[str, int]:
    """Return the captures that a run made of some addresses."""
    found: dict[str, int] = {}
    for batch in _batches(urls):
        statement = select(_CAPTURES.url, _CAPTURES.pk).where(
            _CAPTURES.url.in_(batch), _CAPTURES.run_pk == run.id, _CAPTURES.status.is_not(None)
        )
        found.update((row.url, row.pk) for row in connection.execute(statement))
    return found


def _looks_before(
    connection: Connection, run: RunFacts, missing: Sequence[int], before: datetime
) -> dict[int, tuple[str, str]]:
    """Return template and fields of the last reading before a moment, by address.

    missing: addresses beside those that the run read.
    """
    read = _of_run(run, _VERSIONS.address_pk)
    earlier = (
        select(_VERSIONS.address_pk, _READINGS.template, FOUND)
        .join(_TABLES["readings"], _READINGS.version_pk == _VERSIONS.pk)
        .where(_READINGS.read_at < before, FIRST_PARTS)
        .order_by(_READINGS.read_at, _READINGS.capture_pk)
    )
    found: dict[int, tuple[str, str]] = {}
    chosen: Any
    for chosen in (read, *_batches(missing)):
        rows = connection.execute(earlier.where(_VERSIONS.address_pk.in_(chosen)))
        # The last one of an address stays.
        found.update((address, (template, fields)) for address, template, fields in rows)
    return found


def _of_run(run: RunFacts, *columns: Any) -> Select[Any]:
    """Select columns of the pages that a run read."""
    return (
        select(*columns)
        .select_from(_TABLES["captures"])
        .join(_TABLES["readings"], _READINGS.capture_pk == _CAPTURES.pk)
        .join(_TABLES["versions"], _VERSIONS.pk == _READINGS.version_pk)
        .where(_CAPTURES.run_pk == run.id, FIRST_PARTS)
    )


def _captures(connection: Connection, keys: Sequence[int]) -> Mapping[int, Capture]:
    """Return where captures lie, by key."""
    found: dict[int, Capture] = {}
    columns = ("warc", "offset", "length", "record_id", "digest", "captured_at")
    for batch in _batches(keys):
        statement = select(_CAPTURES.pk, *(_CAPTURES[name] for name in columns)).where(
            _CAPTURES.pk.in_(batch)
        )
        for key, *values in connection.execute(statement):
            found[key] = Capture(**dict(zip(columns, values, strict=True)))
    return found


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
