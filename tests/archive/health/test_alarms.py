"""Alarms are raised once, seen again and cleared; what was not told is told the next time."""

from __future__ import annotations

from archive.db import Database
from archive.health import WHOLE_ARCHIVE, Finding, Kind, record, standing
from archive.health.alarms import tell, untold
from tests.archive.health.rehearsal import at


def finding(kind: Kind = Kind.DRIFT, source: str = "s", message: str = "bad", **more: str) -> Finding:
    return Finding(source=source, kind=kind, message=message, **more)


def test_an_alarm_is_raised_once_seen_again_and_cleared(database: Database) -> None:
    first = record(database, [finding(section="/a/", url="https://n.example/1")], at(1))
    assert [(a.kind, a.raised_at, a.seen_at) for a in first.raised] == [(Kind.DRIFT, at(1), at(1))]
    second = record(database, [finding(section="/a/", url="https://n.example/2", message="worse")], at(2))
    assert second.raised == second.cleared == ()
    (alarm,) = second.standing
    assert (alarm.message, alarm.url, alarm.raised_at, alarm.seen_at) == (
        "worse",
        "https://n.example/2",
        at(1),
        at(2),
    )
    assert standing(database) == (alarm,)
    third = record(database, [], at(3))
    assert [(a.raised_at, a.cleared_at) for a in third.cleared] == [(at(1), at(3))]
    assert standing(database) == ()


def test_an_alarm_that_comes_back_is_another_one(database: Database) -> None:
    for moment, findings in ((1, [finding()]), (2, []), (3, [finding()])):
        changes = record(database, findings, at(moment))
    assert [alarm.raised_at for alarm in changes.raised] == [at(3)]


def test_kind_section_and_field_make_different_alarms(database: Database) -> None:
    findings = [
        finding(),
        finding(section="/a/"),
        finding(section="/b/"),
        finding(Kind.COVERAGE, field="editor"),
    ]
    assert len(record(database, findings, at(1)).raised) == 4
    assert len(record(database, findings, at(2)).standing) == 4


def test_what_was_not_examined_stands_on(database: Database) -> None:
    record(database, [finding(source="s"), finding(source="t"), finding(Kind.DISK, WHOLE_ARCHIVE)], at(1))
    changes = record(database, [], at(2), sources=["s"])
    assert [alarm.source for alarm in changes.cleared] == ["s"]
    assert record(database, [], at(3), clear=False).cleared == ()
    assert {alarm.source for alarm in standing(database)} == {"t", ""}
    assert [alarm.source for alarm in standing(database, "t")] == ["t"]


def test_each_change_is_told_once(database: Database) -> None:
    record(database, [finding()], at(1))
    assert [alarm.cleared_at for alarm in untold(database)] == [None]
    tell(database, untold(database))
    assert untold(database) == ()
    record(database, [finding()], at(2))
    assert untold(database) == ()
    record(database, [], at(3))
    assert [alarm.cleared_at for alarm in untold(database)] == [at(3)]
    tell(database, untold(database))
    assert untold(database) == ()


def test_what_came_and_went_untold_is_not_told(database: Database) -> None:
    record(database, [finding()], at(1))
    record(database, [], at(2))
    assert untold(database) == ()
