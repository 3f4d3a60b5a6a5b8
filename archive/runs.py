"""The ledger of runs: what was asked for, how it ended, what it brought, and what failed.

A run that was killed cannot say so. Whoever looks sees it from its process, which is gone.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from archive.db import Database
from archive.errors import NotFoundError
from archive.models import FailureRow, RunRow, key_of

#: Outcomes that the ledger itself knows; the others are the crawler's words.
RUNNING = "running"
KILLED = "killed"


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
    #: None: it is running, or was killed at a time that nobody noted.
    ended: datetime | None
    #: `running`, `killed`, or the word it was finished with.
    outcome: str
    counts: Mapping[str, int]
    failures: tuple[Failed, ...]


def start(database: Database, *, source: str, mode: str, config: Mapping[str, Any]) -> int:
    """Begin a run of this process and return its number. Runs whose process is gone are marked as killed."""
    with database.write() as connection:
        unfinished = connection.execute(
            select(RunRow.pk, RunRow.host, RunRow.pid, RunRow.process_start).where(RunRow.outcome.is_(None))
        )
        killed = [row.pk for row in unfinished if not _is_alive(row.host, row.pid, row.process_start)]
        connection.execute(update(RunRow).where(RunRow.pk.in_(killed)).values(outcome=KILLED))
        inserted = connection.execute(
            insert(RunRow).values(
                source=source,
                mode=mode,
                config=dict(config),
                started=datetime.now(UTC),
                counts={},
                host=socket.gethostname(),
                pid=os.getpid(),
                process_start=_process_start(os.getpid()),
            )
        )
        return key_of(inserted.inserted_primary_key)


def progress(database: Database, run: int, counts: Mapping[str, int]) -> None:
    """Write down what a run has done so far, so that a killed one leaves its counts."""
    with database.write() as connection:
        connection.execute(update(RunRow).where(RunRow.pk == run).values(counts=dict(counts)))


def finish(
    database: Database,
    run: int,
    *,
    outcome: str,
    counts: Mapping[str, int],
    failures: Iterable[tuple[str, str]] = (),
) -> None:
    """End a run. failures: address and reason of what could not be fetched or read."""
    with database.write() as connection:
        rows = [_failure(run, url, reason) for url, reason in failures]
        if rows:
            connection.execute(insert(FailureRow), rows)
        ended = {"outcome": outcome, "ended": datetime.now(UTC), "counts": dict(counts)}
        done = connection.execute(update(RunRow).where(RunRow.pk == run).values(ended))
        if done.rowcount != 1:
            raise NotFoundError(f"there is no run {run}")


def runs(database: Database, limit: int | None = None) -> tuple[Run, ...]:
    """Return the runs, newest first, each with its failures in the order they happened."""
    with database.read() as connection:
        rows = connection.execute(select(RunRow.__table__).order_by(RunRow.pk.desc()).limit(limit)).all()
        failures: dict[int, list[Failed]] = {row.pk: [] for row in rows}
        shown = select(RunRow.pk).order_by(RunRow.pk.desc()).limit(limit)
        found = select(FailureRow.__table__).where(FailureRow.run_pk.in_(shown)).order_by(FailureRow.pk)
        for row in connection.execute(found):
            failures[row.run_pk].append(Failed(row.url, row.reason, row.detail, row.at))
    return tuple(
        Run(
            id=row.pk,
            source=row.source,
            mode=row.mode,
            config=row.config,
            started=row.started,
            ended=row.ended,
            outcome=row.outcome or (RUNNING if _is_alive(row.host, row.pid, row.process_start) else KILLED),
            counts=row.counts,
            failures=tuple(failures[row.pk]),
        )
        for row in rows
    )


def _failure(run: int, url: str, reason: str, detail: str = "") -> dict[str, Any]:
    return {"run_pk": run, "url": url, "reason": reason, "detail": detail, "at": datetime.now(UTC)}


def _is_alive(host: str, pid: int, process_start: str | None) -> bool:
    """Whether the process of a run still works; on another host nobody can tell, so it is taken to."""
    if host != socket.gethostname():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # It is there, and somebody else's.
    return process_start is None or _process_start(pid) == process_start


def _process_start(pid: int) -> str | None:
    """Return when a process started, in the system's ticks since boot: its number is given away again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    return f"{boot} {fields[19]}"
