"""Alarms: raised once, seen again, cleared when it is over; and what the operator was told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from archive.db import Database
from archive.health.findings import Alarm, Changes, Finding, Kind
from archive.models import Base

_ALARMS = Base.metadata.tables["alarms"]
_C = _ALARMS.c
#: What was told last.
RAISED, CLEARED = "raised", "cleared"


def record(
    database: Database,
    findings: Iterable[Finding],
    now: datetime,
    *,
    sources: Sequence[str] | None = None,
    clear: bool = True,
) -> Changes:
    """Keep what was found: alarms are raised, seen again or cleared.

    sources: those that were examined (`""`: the whole archive); None: all. clear: False: what was not found
    stands on, because only a part was looked at.
    """
    found = {finding.key: finding for finding in findings}
    raised, standing, cleared = [], [], []
    with database.write() as connection:
        kept = {_key(row): row for row in connection.execute(_standing(sources))}
        for key, finding in found.items():
            said = {"url": finding.url, "message": finding.message, "seen_at": now}
            if row := kept.get(key):
                connection.execute(update(_ALARMS).where(_C.pk == row.pk).values(said))
                standing.append(_alarm(row, **said))
            else:
                raised.append(_raise(connection, finding, now))
        for key, row in kept.items():
            if clear and key not in found:
                connection.execute(update(_ALARMS).where(_C.pk == row.pk).values(cleared_at=now))
                cleared.append(_alarm(row, cleared_at=now))
    return Changes(tuple(raised), tuple(standing), tuple(cleared))


def standing(database: Database, source: str | None = None) -> tuple[Alarm, ...]:
    """Return the alarms that stand, the oldest first. source: None: all."""
    with database.read() as connection:
        rows = connection.execute(_standing(None if source is None else [source]))
        return tuple(_alarm(row) for row in rows)


def untold(database: Database) -> tuple[Alarm, ...]:
    """Return what the operator has not been told: alarms raised, and those cleared after being told."""
    unsaid = or_(
        and_(_C.told.is_(None), _C.cleared_at.is_(None)),
        and_(_C.told == RAISED, _C.cleared_at.is_not(None)),
    )
    with database.read() as connection:
        return tuple(_alarm(row) for row in connection.execute(select(_ALARMS).where(unsaid).order_by(_C.pk)))


def tell(database: Database, alarms: Iterable[Alarm]) -> None:
    """Keep that the operator was told of alarms as they are."""
    with database.write() as connection:
        for alarm in alarms:
            word = RAISED if alarm.cleared_at is None else CLEARED
            same = and_(*(_C[name].is_not_distinct_from(getattr(alarm, name)) for name in _NAMES))
            connection.execute(update(_ALARMS).where(same).values(told=word))


#: What tells one alarm from all others.
_NAMES = ("source", "kind", "section", "field", "raised_at")


def _standing(sources: Sequence[str] | None) -> Any:
    statement = select(_ALARMS).where(_C.cleared_at.is_(None)).order_by(_C.raised_at, _C.pk)
    return statement if sources is None else statement.where(_C.source.in_(sources))


def _raise(connection: Connection, finding: Finding, now: datetime) -> Alarm:
    alarm = Alarm(
        source=finding.source,
        kind=finding.kind,
        section=finding.section,
        field=finding.field,
        url=finding.url,
        message=finding.message,
        raised_at=now,
        seen_at=now,
    )
    said = {name: getattr(alarm, name) for name in Alarm.__dataclass_fields__}
    connection.execute(insert(_ALARMS).values(said | {"kind": str(alarm.kind)}))
    return alarm


def _key(row: Any) -> tuple[str, Kind, str | None, str | None]:
    return row.source, Kind(row.kind), row.section, row.field


def _alarm(row: Any, **changed: Any) -> Alarm:
    values = {name: getattr(row, name) for name in Alarm.__dataclass_fields__}
    return Alarm(**{**values, "kind": Kind(row.kind), **changed})
