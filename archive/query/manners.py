"""What crawls asked of the site, by run and by host: from the captures, in the order of sending."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Connection, Select, select

from archive.db import Database
from archive.errors import BadInputError, NotFoundError
from archive.models import CaptureRow, RunRow
from archive.query.asked import JITTER, Asked, Meter, Sent
from archive.runs import EVERY_HOST

# Captures read from the database at once.
_BATCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedByRun:
    """What one run asked, host by host."""

    run: int
    source: str
    mode: str
    started: datetime
    hosts: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What was asked over a period. Of a run that began before it: only what was sent since."""

    requests: int
    #: Of the bodies, as received.
    bytes: int
    #: HTTP status, or `none` for no response -> requests.
    statuses: Mapping[str, int]
    #: Requests of robots.txt.
    robots: int
    #: When the first and the last request was sent; None: there was none.
    first: datetime | None
    last: datetime | None
    #: Over all runs, each distance between two requests measured, also from one run to the next.
    hosts: tuple[Asked, ...]
    #: The newest first.
    runs: tuple[AskedByRun, ...]


def manners(
    database: Database,
    *,
    since: date | None = None,
    run: int | None = None,
    source: str | None = None,
) -> Manners:
    """Return what was asked of the site by runs: all of them, or one, or those of one source.

    since: day in UTC. Memory grows with the runs, not with their requests.
    Raises NotFoundError for an unknown run, BadInputError for an unknown source.
    """
    with database.read() as connection:
        runs = _runs(connection, run, source)
        by_host = _Meters()
        by_run: defaultdict[int, _Meters] = defaultdict(_Meters)
        for number, host, sent in _sent(connection, runs, since, narrow=run is not None):
            by_host[host].add(sent)
            by_run[number][host].add(sent)
    hosts = _asked(by_host.values())
    return Manners(
        requests=sum(one.requests for one in hosts),
        bytes=sum(one.bytes for one in hosts),
        statuses=dict(sorted(sum((Counter(one.statuses) for one in hosts), Counter()).items())),
        robots=sum(one.robots for one in hosts),
        first=min((one.first for one in hosts), default=None),
        last=max((one.last for one in hosts), default=None),
        hosts=hosts,
        runs=tuple(
            AskedByRun(
                run=number,
                source=runs[number].source,
                mode=runs[number].mode,
                started=runs[number].started,
                hosts=_asked(by_run[number].values()),
            )
            for number in sorted(by_run, reverse=True)
        ),
    )


class _Meters(dict[str, Meter]):
    """A meter for every host."""

    def __missing__(self, host: str) -> Meter:
        self[host] = Meter(host)
        return self[host]


def _runs(connection: Connection, run: int | None, source: str | None) -> dict[int, Any]:
    """Return the runs by number."""
    statement = select(RunRow.pk, RunRow.source, RunRow.mode, RunRow.started, RunRow.config)
    rows = {row.pk: row for row in connection.execute(statement)}
    if run is not None:
        if run not in rows:
            raise NotFoundError(f"there is no run {run}; `cas-archive runs` lists them")
        rows = {run: rows[run]}
    if source is not None:
        sources = sorted({row.source for row in rows.values()})
        if source not in sources:
            raise BadInputError(
                f"no run of the source {source!r}; there are runs of: {', '.join(sources) or 'none'}"
            )
        rows = {pk: row for pk, row in rows.items() if row.source == source}
    return rows


def _sent(
    connection: Connection, runs: Mapping[int, Any], since: date | None, *, narrow: bool
) -> Iterator[tuple[int, str, Sent]]:
    """Yield run, host and request of every capture that a run made, in the order in which they were sent.

    narrow: there are so few runs that the statement can name them.
    """
    delays: dict[tuple[int, str], _Promise] = {}
    for row in connection.execute(_captures(runs if narrow else None, since)):
        if row.run_pk not in runs:
            continue
        address = urlsplit(row.url)
        host = address.hostname or ""
        if (row.run_pk, host) not in delays:
            delays[row.run_pk, host] = _promise(runs[row.run_pk].config, host)
        yield (
            row.run_pk,
            host,
            Sent(
                at=row.captured_at,
                status=row.status,
                seconds=row.seconds,
                size=row.size or 0,
                is_robots=address.path == "/robots.txt",
                delay=delays[row.run_pk, host].between,
                least=delays[row.run_pk, host].least,
            ),
        )


def _captures(runs: Iterable[int] | None, since: date | None) -> Select[Any]:
    columns = (CaptureRow.run_pk, CaptureRow.url, CaptureRow.captured_at, CaptureRow.status)
    statement: Any = select(*columns, CaptureRow.seconds, CaptureRow.size)
    if runs is None:
        statement = statement.where(CaptureRow.run_pk.is_not(None))
    else:
        statement = statement.where(CaptureRow.run_pk.in_(list(runs)))
    if since is not None:
        statement = statement.where(CaptureRow.captured_at >= datetime.combine(since, time(), UTC))
    ordered: Select[Any] = statement.order_by(CaptureRow.captured_at, CaptureRow.pk)
    return ordered.execution_options(yield_per=_BATCH)


class _Promise(NamedTuple):
    """Seconds between two requests to a host that a run promised; 0 when it promised nothing."""

    between: float
    #: The shortest distance that keeps the promise.
    least: float


def _promise(config: Mapping[str, Any], host: str) -> _Promise:
    own: float = config.get("delay") or 0.0
    by_robots: Mapping[str, float] = config.get("crawl_delay", {})
    asked = max(by_robots.get(host, 0.0), by_robots.get(EVERY_HOST, 0.0))
    # Our own delay is spread to both sides; what robots.txt asks for is a floor.
    return _Promise(max(own, asked), max(own * (1 - JITTER), asked))


def _asked(meters: Iterable[Meter]) -> tuple[Asked, ...]:
    """Return what the meters counted, the host that was asked most first."""
    return tuple(sorted((meter.asked() for meter in meters), key=lambda one: (-one.requests, one.host)))
