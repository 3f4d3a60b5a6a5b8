"""The ledger of runs: what was asked for, how it ended, what it brought, and what failed.

A run that was killed cannot say so. Whoever looks sees it from its process, which is gone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from archive.clock import Clock, system
from archive.db import Database
from archive.errors import NotFoundError, RunningError
from archive.models import FailureRow, RunRow, key_of

#: Outcomes that the ledger itself knows; the others are the crawler's words.
RUNNING = "running"
KILLED = "killed"
#: A run on another host that has not said for so long that it is alive counts as killed.
SILENCE = timedelta(minutes=10)
#: In the place of a host: whatever robots.txt said so.
EVERY_HOST = "*"


@dataclass(frozen=True, slots=True)
class Failed:
    """An address that a run could not fetch or read."""

    url: str
    reason: str
    #: For a person; may be empty.
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the ledger."""

    id: int
    source: str
    mode: str
    config: Mapping[str, Any]
    started: datetime
    #: Last time it said that it is alive.
    noted: datetime
    #: None: it is running. Of a killed run: its last sign of life.
    ended: datetime | None
    #: `running`, `killed`, or the word it was finished with.
    outcome: str
    counts: Mapping[str, int]
    failures: tuple[Failed, ...]

    @property
    def took(self) -> timedelta | None:
        """How long it lasted; None: it is running."""
        return self.ended - self.started if self.ended else None


def start(
    database: Database,
    *,
    source: str,
    mode: str,
    config: Mapping[str, Any],
    clock: Clock = system,
) -> int:
    """Begin a run of this process and return its number. Runs whose process is gone are marked as killed.

    Raises RunningError when another run of the source is under way.
    """
    now = clock()
    with database.write() as connection:
        for row in connection.execute(select(RunRow.__table__).where(RunRow.outcome.is_(None))).all():
            if not _is_alive(row, now):
                killed = {"outcome": KILLED, "ended": row.noted}
                connection.execute(update(RunRow).where(RunRow.pk == row.pk).values(killed))
            elif row.source == source:
                raise RunningError(
                    f"run {row.pk} of {source} has been under way since {row.started:%Y-%m-%d %H:%M} UTC "
                    f"(process {row.pid} on {row.host}); wait until it has ended, or stop it",
                    run=row.pk,
                )
        inserted = connection.execute(
            insert(RunRow).values(
                source=source,
                mode=mode,
                config=dict(config),
                started=now,
                noted=now,
                counts={},
                host=socket.gethostname(),
                pid=os.getpid(),
                process_start=_process_start(os.getpid()),
            )
        )
        return key_of(inserted.inserted_primary_key)


def unfinished_since(
    database: Database, run: int, outcomes: Sequence[str], *, same: Sequence[str] = ()
) -> datetime | None:
    """Return when the runs began that `run` goes on with; None when it begins anew.

    It goes on with the runs of its source and mode before it, as long as each ended with one of `outcomes`
    and had the same values for the keys `same` in its configuration.
    """
    with database.read() as connection:
        own = connection.execute(select(RunRow.__table__).where(RunRow.pk == run)).one()
        chosen = (RunRow.source == own.source, RunRow.mode == own.mode, RunRow.pk < run)
        statement = select(RunRow.__table__).where(*chosen).order_by(RunRow.pk.desc())
        began = None
        for row in connection.execute(statement.execution_options(yield_per=20)):
            is_same = all(row.config.get(key) == own.config.get(key) for key in same)
            if row.outcome not in outcomes or not is_same:
                break
            began = row.started
    return began


def progress(
    database: Database,
    run: int,
    counts: Mapping[str, int],
    failures: Iterable[tuple[str, str]] = (),
    *,
    clock: Clock = system,
) -> None:
    """Write down what a run has done so far, so that a killed one leaves it.

    failures: address and reason of what could not be fetched or read since the last note.
    """
    with database.write() as connection:
        _note(connection, run, {"counts": dict(counts)}, failures, clock())


def finish(  # noqa: PLR0913 - the end of a run, in words and figures
    database: Database,
    run: int,
    *,
    outcome: str,
    counts: Mapping[str, int],
    failures: Iterable[tuple[str, str]] = (),
    clock: Clock = system,
) -> None:
    """End a run. failures: as for `progress`, since the last note."""
    now = clock()
    with database.write() as connection:
        ended = {"outcome": outcome, "ended": now, "counts": dict(counts)}
        _note(connection, run, ended, failures, now)


def _note(
    connection: Connection,
    run: int,
    values: Mapping[str, Any],
    failures: Iterable[tuple[str, str]],
    now: datetime,
) -> None:
    done = connection.execute(update(RunRow).where(RunRow.pk == run).values({**values, "noted": now}))
    if done.rowcount != 1:
        raise NotFoundError(f"there is no run {run}")
    rows = [{"run_pk": run, "url": url, "reason": why, "detail": "", "at": now} for url, why in failures]
    if rows:
        connection.execute(insert(FailureRow), rows)


def delay(database: Database, run: int, seconds: float, host: str = EVERY_HOST) -> None:
    """Write down the delay that a host's robots.txt asked a run for: `config["crawl_delay"][host]`."""
    with database.write() as connection:
        config = connection.scalar(select(RunRow.config).where(RunRow.pk == run))
        if config is None:
            raise NotFoundError(f"there is no run {run}")
        asked = {**config.get("crawl_delay", {}), host: seconds}
        connection.execute(
            update(RunRow).where(RunRow.pk == run).values(config={**config, "crawl_delay": asked})
        )


def runs(database: Database, limit: int | None = None, *, clock: Clock = system) -> tuple[Run, ...]:
    """Return the runs, newest first, each with its failures in the order they happened."""
    with database.read() as connection:
        shown = connection.scalars(select(RunRow.pk).order_by(RunRow.pk.desc()).limit(limit))
        return _read(connection, RunRow.pk >= min(shown, default=0), clock())


def get(database: Database, run: int, *, clock: Clock = system) -> Run:
    """Return one run. Raises NotFoundError."""
    with database.read() as connection:
        found = _read(connection, RunRow.pk == run, clock())
    if not found:
        raise NotFoundError(f"there is no run {run}; `cas-archive runs` lists them")
    return found[0]


def _read(connection: Connection, chosen: ColumnElement[bool], now: datetime) -> tuple[Run, ...]:
    """Return the chosen runs, newest first."""
    rows = connection.execute(select(RunRow.__table__).where(chosen).order_by(RunRow.pk.desc())).all()
    failures: dict[int, list[Failed]] = {row.pk: [] for row in rows}
    theirs = FailureRow.run_pk.in_(select(RunRow.pk).where(chosen))
    for row in connection.execute(select(FailureRow.__table__).where(theirs).order_by(FailureRow.pk)):
        failures[row.run_pk].append(Failed(row.url, row.reason, row.detail, row.at))
    return tuple(_run(row, failures[row.pk], now) for row in rows)


def _run(row: Any, failures: Iterable[Failed], now: datetime) -> Run:
    outcome = row.outcome or (RUNNING if _is_alive(row, now) else KILLED)
    return Run(
        id=row.pk,
        source=row.source,
        mode=row.mode,
        config=row.config,
        started=row.started,
        noted=row.noted,
        ended=row.noted if outcome == KILLED else row.ended,
        outcome=outcome,
        counts=row.counts,
        failures=tuple(failures),
    )


def _is_alive(row: Any, now: datetime) -> bool:
    """Whether the process of a run still works; on another host, whether it said so lately."""
    if row.host != socket.gethostname():
        return bool(now - row.noted < SILENCE)
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # It is there, and somebody else's.
    return row.process_start is None or _process_start(row.pid) == row.process_start


def _process_start(pid: int) -> str | None:
    """Return when a process started, in the system's ticks since boot: its number is given away again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    return f"{boot} {fields[19]}"
