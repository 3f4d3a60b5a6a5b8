"""The metrics file, as Prometheus reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from archive.db import Database
from archive.errors import StorageError
from archive.health import record, survey
from archive.health.prometheus import write
from tests.archive import samples
from tests.archive.health.rehearsal import FULL, UNCLAIMED, Rehearsal, at, page

OLD = range(81000, 81030)
#: Name without prefix and label values -> value.
Values = dict[tuple[str, frozenset[str]], float]


@pytest.fixture
def written(database: Database, tmp_path: Path) -> Values:
    rehearsal = Rehearsal(database)
    first = samples.START.date() - timedelta(days=40)
    rehearsal.run(0, [page(docid, 0, **FULL) for docid in OLD], mode="backfill")
    rehearsal.listed([first + timedelta(days=n) for n in range(40)])
    rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in OLD[:10]], mode="recheck")
    rehearsal.run(2, outcome="failed")
    health = survey(database, None, at(2))
    alarms = record(database, health.findings, at(2)).raised
    path = tmp_path / "metrics" / "cas-archive.prom"
    path.parent.mkdir()
    write(health, alarms, path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    families = text_string_to_metric_families(path.read_text())
    return {
        (sample.name.removeprefix("cas_archive_"), frozenset(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_alarms(written: Values) -> None:
    assert written["alarms", frozenset({"sample", "drift"})] == 1
    assert written["alarms", frozenset({"sample", "failed-run"})] == 1
    assert written["alarms", frozenset({"sample", "gap"})] == 0
    raised = written["alarm_raised_timestamp_seconds", frozenset({"sample", "drift", samples.SCIENCE, ""})]
    assert raised == at(2).timestamp()


def test_sections_pages_runs_and_disk(written: Values) -> None:
    assert written["section_silence_days", frozenset({"sample", samples.SCIENCE})] == 1
    assert written["section_late_after_days", frozenset({"sample", samples.SCIENCE})] == 3
    # What is read for the first time by a backfill is of another time and does not count.
    assert written["field_coverage_ratio", frozenset({"sample", "editor"})] == 0
    assert written["pages_unclaimed_ratio", frozenset({"sample"})] == 1
    assert written["run_started_timestamp_seconds", frozenset({"sample", "new"})] == at(2).timestamp()
    assert ("run_succeeded_timestamp_seconds", frozenset({"sample", "new"})) not in written
    assert written["run_succeeded_timestamp_seconds", frozenset({"sample", "recheck"})] == at(1).timestamp()
    assert written["run_responses", frozenset({"sample", "200"})] == 10
    assert written["open_gaps", frozenset({"sample"})] == 0
    assert written["disk_free_bytes", frozenset()] > 0
    assert written["checked_timestamp_seconds", frozenset()] == at(2).timestamp()


def test_a_folder_that_is_not_there(database: Database, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="name another file"):
        write(survey(database, None, at(0)), (), tmp_path / "nowhere" / "x.prom")
