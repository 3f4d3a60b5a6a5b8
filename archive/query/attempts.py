"""The last runs of each source and mode: what a timetable is held against."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from archive import runs
from archive.clock import Clock, system
from archive.db import Database
from archive.models import RunRow


@dataclass(frozen=True, slots=True)
class Attempt:
    """When a run was made, and how it ended."""

    #: Number in the ledger; None: it never got as far as the ledger.
    run: int | None
    source: str
    mode: str
    started: datetime
    #: None: it is running. Of a killed run: its last sign of life.
    ended: datetime | None
    #: `running`, `killed`, or the crawler's word.
    outcome: str


def attempts(
    database: Database, *, until: Collection[str], limit: int = 20, clock: Clock = system
) -> tuple[Attempt, ...]:
    """Return the runs of every source and mode, the newest first.

    until: outcomes; of each source and mode the newest `limit` runs are returned that began after the last
    run with one of these outcomes, and that run itself.
    """
    same = (RunRow.source, RunRow.mode)
    last = func.max(RunRow.pk).filter(RunRow.outcome.in_(until)).over(partition_by=same)
    rank = func.row_number().over(partition_by=same, order_by=RunRow.pk.desc())
    told = (RunRow.pk, *same, RunRow.started, RunRow.ended, RunRow.outcome)
    ranked = select(*told, last.label("last"), rank.label("rank")).subquery()
    chosen = or_(
        ranked.c.pk == ranked.c.last,
        (ranked.c.rank <= limit) & (ranked.c.pk > func.coalesce(ranked.c.last, 0)),
    )
    with database.read() as connection:
        rows = connection.execute(select(ranked).where(chosen).order_by(ranked.c.pk.desc())).all()
    return tuple(_attempt(database, row, clock) for row in rows)


def _attempt(database: Database, row: Any, clock: Clock) -> Attempt:
    # Whether a run without an outcome works or was killed is for the ledger to say.
    said = runs.get(database, row.pk, clock=clock) if row.outcome is None else row
    return Attempt(row.pk, row.source, row.mode, row.started, said.ended, said.outcome)
