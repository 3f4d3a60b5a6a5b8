"""The ledger of runs."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from archive import runs
from archive.db import Database, open_database
from archive.errors import NotFoundError

BEGIN = """
import sys
from archive import runs
from archive.db import open_database
with open_database(sys.argv[1]) as database:
    runs.start(database, source="sample", mode="crawl", config={"limit": 3})
    runs.progress(database, 1, {"new": 2})
"""


def begin_elsewhere(database: Database) -> None:
    """Begin a run in a process that ends without finishing it."""
    subprocess.run([sys.executable, "-c", BEGIN, str(database.folder)], check=True)


def test_a_run_from_start_to_end(database: Database) -> None:
    before = datetime.now(UTC)
    number = runs.start(database, source="sample", mode="crawl", config={"limit": None})
    (running,) = runs.runs(database)
    assert (running.id, running.outcome, running.ended) == (number, "running", None)
    failures = [("https://news.example.org/a", "timeout"), ("https://news.example.org/b", "HTTP 500")]
    runs.finish(database, number, outcome="finished", counts={"new": 3}, failures=failures)
    (run,) = runs.runs(database)
    assert (run.source, run.mode, run.config, run.counts) == ("sample", "crawl", {"limit": None}, {"new": 3})
    assert run.outcome == "finished"
    assert run.ended is not None
    assert before <= run.started <= run.ended <= datetime.now(UTC)
    assert [(f.url[-1], f.reason) for f in run.failures] == [("a", "timeout"), ("b", "HTTP 500")]


def test_a_run_whose_process_is_gone_was_killed(database: Database) -> None:
    begin_elsewhere(database)
    with open_database(database.folder, read_only=True) as reader:
        (run,) = runs.runs(reader)
        assert runs.get(reader, run.id) == run
    assert (run.outcome, run.counts) == ("killed", {"new": 2})
    # It wrote down what it had done after it had begun: its last sign of life.
    assert run.started < run.noted == run.ended
    assert run.took == run.noted - run.started


def test_a_killed_run_ended_then_whoever_noticed(database: Database) -> None:
    begin_elsewhere(database)
    (before,) = runs.runs(database)
    runs.start(database, source="sample", mode="crawl", config={})
    assert runs.get(database, before.id) == before


def test_the_next_start_writes_it_down(database: Database) -> None:
    begin_elsewhere(database)
    runs.start(database, source="sample", mode="crawl", config={})
    with database.read() as connection:
        outcomes = connection.scalars(text("SELECT outcome FROM runs ORDER BY pk")).all()
    assert outcomes == ["killed", None]
    assert [run.outcome for run in runs.runs(database)] == ["running", "killed"]


def test_a_number_that_was_given_to_another_process(database: Database) -> None:
    begin_elsewhere(database)
    with database.write() as connection:
        connection.execute(text("UPDATE runs SET pid = :pid"), {"pid": os.getpid()})
    (run,) = runs.runs(database)
    assert run.outcome == "killed"


def test_a_run_on_another_host_is_taken_to_work(database: Database) -> None:
    begin_elsewhere(database)
    with database.write() as connection:
        connection.execute(text("UPDATE runs SET host = 'elsewhere.example.org'"))
    assert [run.outcome for run in runs.runs(database)] == ["running"]
    assert runs.get(database, 1).took is None


def test_a_run_on_another_host_that_has_long_been_silent(database: Database) -> None:
    begin_elsewhere(database)
    with database.write() as connection:
        connection.execute(text("UPDATE runs SET host = 'elsewhere.example.org'"))
    (run,) = runs.runs(database)
    assert runs.get(database, 1, clock=lambda: run.noted + timedelta(minutes=9)).outcome == "running"
    assert runs.get(database, 1, clock=lambda: run.noted + timedelta(minutes=11)).outcome == "killed"


def test_the_newest_first_and_not_more_than_asked_for(database: Database) -> None:
    for _ in range(3):
        number = runs.start(database, source="sample", mode="crawl", config={})
        runs.finish(database, number, outcome="finished", counts={}, failures=[(f"u{number}", "x")])
    assert [(run.id, run.failures[0].url) for run in runs.runs(database, 2)] == [(3, "u3"), (2, "u2")]


def test_a_run_that_is_not_there(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no run 7"):
        runs.finish(database, 7, outcome="finished", counts={})
    with pytest.raises(NotFoundError, match="no run 7"):
        runs.get(database, 7)
    with pytest.raises(NotFoundError, match="no run 7"):
        runs.delay(database, 7, 10.0)


def test_delays_that_robots_txt_asked_for(database: Database) -> None:
    number = runs.start(database, source="sample", mode="new", config={"delay": 5.0})
    runs.delay(database, number, 10.0, "news.example.org")
    runs.delay(database, number, 20.0)
    runs.delay(database, number, 15.0, "news.example.org")
    asked = {"news.example.org": 15.0, "*": 20.0}
    assert runs.get(database, number).config == {"delay": 5.0, "crawl_delay": asked}
