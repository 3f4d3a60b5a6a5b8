"""The last runs of each source and mode, as the ledger tells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from archive import runs
from archive.db import Database
from archive.query import attempts

SUCCESSES = ("finished", "incomplete")
BEGIN = datetime(2026, 11, 23, 17, tzinfo=UTC)


def fill(database: Database, mode: str, outcomes: Iterable[str], source: str = "sample") -> None:
    for day, outcome in enumerate(outcomes):
        begin = BEGIN + timedelta(days=day)
        number = runs.start(database, source=source, mode=mode, config={}, clock=lambda at=begin: at)
        end = begin + timedelta(minutes=5)
        runs.finish(database, number, outcome=outcome, counts={}, clock=lambda at=end: at)


def told(database: Database, limit: int = 20) -> list[tuple[str, str, str]]:
    return [(a.source, a.mode, a.outcome) for a in attempts(database, until=SUCCESSES, limit=limit)]


def test_back_to_the_last_success_of_each(database: Database) -> None:
    fill(database, "new", ["failed", "finished", "failed", "unreachable"])
    fill(database, "recheck", ["incomplete", "finished"])
    fill(database, "new", ["budget"], source="other")
    assert told(database) == [
        ("other", "new", "budget"),
        ("sample", "recheck", "finished"),
        ("sample", "new", "unreachable"),
        ("sample", "new", "failed"),
        ("sample", "new", "finished"),
    ]


def test_an_old_success_is_found_behind_many_failures(database: Database) -> None:
    fill(database, "new", ["finished", *["failed"] * 6])
    assert told(database, limit=3) == [("sample", "new", "failed")] * 3 + [("sample", "new", "finished")]


def test_without_a_success_the_newest(database: Database) -> None:
    fill(database, "new", ["failed"] * 6)
    found = attempts(database, until=SUCCESSES, limit=3)
    assert [a.run for a in found] == [6, 5, 4]
    assert found[0].started == BEGIN + timedelta(days=5)
    assert found[0].ended == BEGIN + timedelta(days=5, minutes=5)


def test_a_run_under_way_and_an_empty_ledger(database: Database) -> None:
    assert attempts(database, until=SUCCESSES) == ()
    runs.start(database, source="sample", mode="new", config={})
    (running,) = attempts(database, until=SUCCESSES)
    assert (running.outcome, running.ended) == ("running", None)
