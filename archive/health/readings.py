"""Gathering what pages gave in some runs and before them: the facts that `archive.health.pages` judges."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select

from archive.health.chance import MIN_PAST
from archive.health.findings import Example, Kind
from archive.health.operation import PROBE, RunFacts
from archive.health.pages import ELSEWHERE, MAX_EXAMPLES, Asked, Look, PageFacts, Past, kind_of
from archive.items import Capture
from archive.models import Base

#: How far back runs are looked at, and how many of them at most.
RECENT, MAX_RUNS = timedelta(days=30), 12
#: Newest pages of a section that tell what is usual.
MAX_PAST = 200
#: A run over old pages: what is new in it is of another time, and no measure of what is printed today.
BACKFILL = "backfill"
#: For how long an alarm keeps what was before it as the measure; afterwards what it found counts as usual.
HOLD = timedelta(days=30)
# Parameters of one statement.
_BATCH = 500

_TABLES = Base.metadata.tables
_ADDRESSES = _TABLES["addresses"].c
_ALARMS = _TABLES["alarms"].c
_ARTICLES = _TABLES["articles"].c
_CAPTURES = _TABLES["captures"].c
_READINGS = _TABLES["readings"].c
_VERSIONS = _TABLES["versions"].c
#: As text: few lists differ, and each is parsed once.
_FOUND = cast(_READINGS.found, Text)
_FIRST_PARTS = and_(_READINGS.part == 0, _READINGS.found.is_not(None))


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
    asked: list[Asked] = []
    new: dict[str, datetime] = {}
    for window in windows:
        before = min(window.start, hold) if hold else window.start
        for group in _asked(connection, source, window, before):
            if group.before is not None:
                asked.append(group)
            elif window.run.mode != BACKFILL:
                asked.append(group)
                new.setdefault(group.section, before)
    past = {section: _past(connection, source, section, before) for section, before in new.items()}
    whole = Past()
    if any(part.pages < MIN_PAST or part.asked < MIN_PAST for part in past.values()):
        whole = _past(connection, source, None, max(new.values()))
    return PageFacts(source, tuple(window.run.id for window in windows), tuple(asked), past, whole)


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


def _asked(connection: Connection, source: str, window: _Window, before: datetime) -> Iterator[Asked]:
    """Return what a run asked for, in groups of the same result then and before a moment."""
    rows = [*_read(connection, window.run), *_missing(connection, source, window)]
    looks = _looks_before(connection, {row[0] for row in rows}, before)
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
            now=None if template is None else Look(template, _names(found)),
            before=None if earlier is None else Look(earlier[0], _names(earlier[1])),
            reason=reason,
            urls=tuple(url for url, _ in shown),
            examples=tuple(Example(url, captures[c]) for url, c in shown if c is not None),
        )


def _read(connection: Connection, run: RunFacts) -> Sequence[Any]:
    """Return address, folder, template, fields, no reason, URL and capture of each page that was read."""
    statement = (
        select(
            _VERSIONS.address_pk,
            _ADDRESSES.folder,
            _READINGS.template,
            _FOUND,
            cast(None, Text),
            _ADDRESSES.url,
            _READINGS.capture_pk,
        )
        .select_from(_TABLES["captures"])
        .join(_TABLES["readings"], _READINGS.capture_pk == _CAPTURES.pk)
        .join(_TABLES["versions"], _VERSIONS.pk == _READINGS.version_pk)
        .join(_TABLES["addresses"], _ADDRESSES.pk == _VERSIONS.address_pk)
        .where(_CAPTURES.run_pk == run.id, _FIRST_PARTS)
        .order_by(_READINGS.capture_pk)
    )
    return connection.execute(statement).all()


def _missing(connection: Connection, source: str, window: _Window) -> Sequence[Any]:
    """Return the same of each address that gave no article; without template, fields and capture."""
    nothing = cast(None, Text)
    statement = (
        select(
            _ADDRESSES.pk,
            _ADDRESSES.folder,
            nothing,
            nothing,
            _ADDRESSES.missing_reason,
            _ADDRESSES.url,
            nothing,
        )
        .where(
            _ADDRESSES.source == source,
            _ADDRESSES.missing_at.between(window.start, window.end),
        )
        .order_by(_ADDRESSES.pk)
    )
    rows = connection.execute(statement).all()
    captures = _captures_of(connection, window.run, [row.url for row in rows])
    return [(*row[:6], captures.get(row.url)) for row in rows]


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
    connection: Connection, addresses: set[int], before: datetime
) -> dict[int, tuple[str, str]]:
    """Return template and fields of the last reading of each address before a moment."""
    found: dict[int, tuple[str, str]] = {}
    for batch in _batches(sorted(addresses)):
        statement = (
            select(_VERSIONS.address_pk, _READINGS.template, _FOUND)
            .join(_TABLES["readings"], _READINGS.version_pk == _VERSIONS.pk)
            .where(_VERSIONS.address_pk.in_(batch), _READINGS.read_at < before, _FIRST_PARTS)
            .order_by(_READINGS.read_at, _READINGS.capture_pk)
        )
        # The last one of an address stays.
        found.update((row[0], (row[1], row[2])) for row in connection.execute(statement))
    return found


def _past(connection: Connection, source: str, section: str | None, before: datetime) -> Past:
    """Return what the newest pages of a section gave before a moment, by date of publication.

    section: None: the whole source.
    """
    newest = (
        select(_READINGS.template, _FOUND.label("found"))
        .select_from(_TABLES["addresses"])
        .join(_TABLES["articles"], _ARTICLES.pk == _ADDRESSES.article_pk)
        .join(_TABLES["versions"], _VERSIONS.address_pk == _ADDRESSES.pk)
        .join(_TABLES["readings"], _READINGS.version_pk == _VERSIONS.pk)
        .where(_here(source, section), _READINGS.read_at < before, _FIRST_PARTS)
        .order_by(_ARTICLES.published.desc().nulls_last(), _READINGS.read_at.desc(), _READINGS.capture_pk)
        .limit(MAX_PAST)
        .subquery()
    )
    looks = select(newest.c.template, newest.c.found, func.count()).group_by(
        newest.c.template, newest.c.found
    )
    answered = or_(_ADDRESSES.first_read < before, _ADDRESSES.missing_at < before)
    unread = and_(_ADDRESSES.first_read.is_(None), _ADDRESSES.missing_at < before)
    counted = select(_ADDRESSES.missing_reason, func.count()).where(_here(source, section))
    asked = connection.scalar(select(func.count()).where(_here(source, section), answered)) or 0
    missing: dict[Kind, int] = {}
    for reason, count in connection.execute(counted.where(unread).group_by(_ADDRESSES.missing_reason)):
        if reason not in ELSEWHERE:
            missing[kind_of(reason)] = missing.get(kind_of(reason), 0) + count
    rows = connection.execute(looks).all()
    return Past(tuple((Look(row[0], _names(row[1])), row[2]) for row in rows), asked, missing)


def _here(source: str, section: str | None) -> ColumnElement[bool]:
    here = _ADDRESSES.source == source
    return here if section is None else and_(here, _ADDRESSES.folder == section)


def _captures(connection: Connection, keys: Sequence[int]) -> Mapping[int, Capture]:
    """Return where captures lie, by key."""
    found: dict[int, Capture] = {}
    names = ("warc", "offset", "length", "record_id", "digest", "captured_at")
    for batch in _batches(keys):
        statement = select(_CAPTURES.pk, *(_CAPTURES[name] for name in names)).where(_CAPTURES.pk.in_(batch))
        for key, *values in connection.execute(statement):
            found[key] = Capture(**dict(zip(names, values, strict=True)))
    return found


def _batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


@cache
def _names(found: str) -> frozenset[str]:
    return frozenset(json.loads(found))
