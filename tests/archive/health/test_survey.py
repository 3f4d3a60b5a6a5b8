"""Health of an archive that was made by the store, run after run."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from archive.db import Database
from archive.errors import BadInputError
from archive.health import Kind, after_run, examine, record, standing, survey
from archive.models import FrontierRow, WalkRow
from tests.archive import samples
from tests.archive.health.rehearsal import FULL, UNCLAIMED, Rehearsal, at, page

OLD = range(81000, 81030)


@pytest.fixture
def rehearsal(database: Database) -> Rehearsal:
    made = Rehearsal(database)
    made.run(0, [page(docid, 0, **FULL) for docid in OLD], mode="backfill")
    return made


def told(database: Database, day: float) -> set[tuple[Kind, str | None, str | None]]:
    findings = [f for f in examine(database, None, at(day)) if f.kind is not Kind.DISK]
    return {(finding.kind, finding.section, finding.field) for finding in findings}


def test_a_quiet_archive_is_healthy(rehearsal: Rehearsal) -> None:
    rehearsal.run(1, [page(docid, 24, **FULL) for docid in OLD], mode="recheck")
    rehearsal.run(2, [page(docid, 48, **FULL) for docid in range(82000, 82005)])
    assert told(rehearsal.database, 2.1) == set()


def test_an_empty_archive_is_healthy(database: Database) -> None:
    assert told(database, 0) == set()


def test_a_redesign_is_told_in_the_run_that_saw_it(rehearsal: Rehearsal) -> None:
    run = rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in OLD], mode="recheck")
    (finding,) = after_run(rehearsal.database, run, at(1.01))
    assert (finding.source, finding.kind, finding.section) == ("sample", Kind.DRIFT, samples.SCIENCE)
    assert finding.url == samples.url(81000)
    assert [example.url for example in finding.examples] == [samples.url(docid) for docid in OLD[:3]]
    assert [e.capture for e in finding.examples] == [samples.capture(samples.url(d), 24) for d in OLD[:3]]
    assert "source_name, editor" in finding.message
    assert told(rehearsal.database, 1.1) == {(Kind.DRIFT, samples.SCIENCE, None)}


def test_a_redesign_is_told_by_three_new_articles(rehearsal: Rehearsal) -> None:
    run = rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in range(82000, 82003)])
    assert [finding.kind for finding in after_run(rehearsal.database, run, at(1.01))] == [Kind.DRIFT]


def test_two_pages_are_no_redesign(rehearsal: Rehearsal) -> None:
    run = rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in range(82000, 82002)])
    assert after_run(rehearsal.database, run, at(1.01)) == ()
    assert told(rehearsal.database, 1.1) == set()


def test_one_renamed_class_is_told_with_its_field(rehearsal: Rehearsal) -> None:
    lost = {**FULL, "editor": None}
    run = rehearsal.run(1, [page(docid, 24, **lost) for docid in OLD[:6]], mode="recheck")
    (finding,) = after_run(rehearsal.database, run, at(1.01))
    assert (finding.kind, finding.section, finding.field) == (Kind.COVERAGE, samples.SCIENCE, "editor")
    assert finding.url == samples.url(81000)


def test_a_backfill_into_older_pages_is_no_redesign(rehearsal: Rehearsal) -> None:
    rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in range(70000, 70030)], mode="backfill")
    assert told(rehearsal.database, 1.1) == set()


def test_pages_that_give_no_article_any_more(rehearsal: Rehearsal) -> None:
    run = rehearsal.run(1, missing=[(samples.url(docid), "stub") for docid in OLD[:5]], mode="recheck")
    (finding,) = after_run(rehearsal.database, run, at(1.01))
    assert (finding.kind, finding.section) == (Kind.EXTRACTION, samples.SCIENCE)
    assert finding.url == samples.url(81000)
    assert len(finding.examples) == 3


def test_pages_that_are_gone(rehearsal: Rehearsal) -> None:
    rehearsal.run(1, missing=[(samples.url(docid), "dead-link") for docid in OLD[:5]], mode="recheck")
    assert told(rehearsal.database, 1.1) == {(Kind.VANISHED, samples.SCIENCE, None)}


def test_what_was_gone_before_is_no_news(rehearsal: Rehearsal) -> None:
    gone = [(samples.url(docid), "dead-link") for docid in range(83000, 83004)]
    rehearsal.run(1, [page(docid, 24, **FULL) for docid in range(84000, 84090)], gone)
    assert told(rehearsal.database, 1.1) == set()
    rehearsal.run(2, missing=gone, mode="recheck")
    assert told(rehearsal.database, 2.1) == set()


def test_pages_that_went_stay_an_alarm(rehearsal: Rehearsal) -> None:
    gone = [(samples.url(docid), "dead-link") for docid in OLD[:5]]
    for day in (1, 2, 3):
        rehearsal.run(day, missing=gone, mode="recheck")
        record(rehearsal.database, examine(rehearsal.database, None, at(day + 0.1)), at(day + 0.1))
    assert Kind.VANISHED in {alarm.kind for alarm in standing(rehearsal.database)}


def test_an_alarm_stands_until_pages_are_as_they_were(rehearsal: Rehearsal) -> None:
    database = rehearsal.database
    run = rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in OLD[:10]], mode="recheck")
    raised = record(database, after_run(database, run, at(1.01)), at(1.01), clear=False).raised
    assert [alarm.kind for alarm in raised] == [Kind.DRIFT]
    # The same pages again, as bad as the day before: what is bad by now is no measure of what is usual.
    for day in range(2, 25):
        rehearsal.run(day, [page(docid, day * 24, **UNCLAIMED) for docid in OLD[:4]], mode="recheck")
        changes = record(
            database, examine(database, "sample", at(day + 0.1)), at(day + 0.1), sources=["sample"]
        )
        assert [alarm.kind for alarm in changes.standing] == [Kind.DRIFT], day
        assert changes.raised == changes.cleared == ()
    rehearsal.run(25, [page(docid, 25 * 24, **FULL) for docid in OLD[:4]], mode="recheck")
    changes = record(database, examine(database, "sample", at(25.1)), at(25.1), sources=["sample"])
    assert [alarm.kind for alarm in changes.cleared] == [Kind.DRIFT]
    # Once cleared it is not raised again by what was before.
    assert told(database, 25.2) == set()
    assert standing(database) == ()


def test_new_pages_of_the_new_look_do_not_clear_the_alarm(rehearsal: Rehearsal) -> None:
    database = rehearsal.database
    for day in range(1, 25):
        items = [page(82000 + day * 10 + n, day * 24, **UNCLAIMED) for n in range(3)]
        rehearsal.run(day, items)
        record(database, examine(database, "sample", at(day + 0.1)), at(day + 0.1), sources=["sample"])
    (alarm,) = standing(database, "sample")
    assert (alarm.kind, alarm.raised_at, alarm.seen_at) == (Kind.DRIFT, at(1.1), at(24.1))


def test_a_day_without_pages_does_not_clear_the_alarm(rehearsal: Rehearsal) -> None:
    rehearsal.run(1, [page(docid, 24, **UNCLAIMED) for docid in OLD[:10]], mode="recheck")
    rehearsal.run(2)
    rehearsal.run(3, [page(82000, 72, **FULL)])
    assert told(rehearsal.database, 3.1) == {(Kind.DRIFT, samples.SCIENCE, None)}


def test_a_section_that_fell_silent(rehearsal: Rehearsal) -> None:
    first = samples.START.date() - timedelta(days=40)
    rehearsal.listed([first + timedelta(days=n) for n in range(41)])
    rehearsal.run(3)
    assert told(rehearsal.database, 3.1) == set()
    rehearsal.run(4)
    assert told(rehearsal.database, 4.1) == {(Kind.STALE, samples.SCIENCE, None)}
    (source,) = survey(rehearsal.database, "sample", at(4.1)).sources
    (section,) = source.sections
    assert (section.folder, section.newest, section.silent) == (samples.SCIENCE, date(2026, 1, 1), 4)


def test_refusals_of_the_last_run(rehearsal: Rehearsal) -> None:
    rehearsal.run(1, missing=[(samples.url(docid), "redirect") for docid in OLD[:4]], status=403)
    assert told(rehearsal.database, 1.1) == {(Kind.REFUSED, None, None)}


def test_a_failed_run(rehearsal: Rehearsal) -> None:
    rehearsal.run(1, outcome="no-entries")
    assert told(rehearsal.database, 1.1) == {(Kind.FAILED_RUN, None, None)}


def test_open_gaps_and_failed_addresses(rehearsal: Rehearsal) -> None:
    walk = {
        "source": "sample", "folder": "/science/", "run_pk": 1, "last_run_pk": 1, "full": False,
        "began": at(0), "next_url": "https://news.example.org/science/index_3.html",
        "pages": 3, "rereads": 0, "total": 9, "entries": 30, "known": 0, "new": 30, "streak": 0,
        "shifted": False,
    }  # fmt: skip
    bad = {
        "source": "sample",
        "kind": "article",
        "state": "failed",
        "folder": "/science/",
        "found_at": at(0),
        "reason": "timeout",
    }
    with rehearsal.database.write() as connection:
        connection.execute(insert(WalkRow).values(walk))
        connection.execute(
            insert(FrontierRow),
            [bad | {"url": samples.url(60000 + n), "attempts": 3 if n else 2} for n in range(4)],
        )
    findings = {f.kind: f for f in examine(rehearsal.database, "sample", at(1))}
    assert findings[Kind.GAP].url == "https://news.example.org/science/index_3.html"
    assert findings[Kind.FAILED_PAGES].message.startswith("3 addresses could not be fetched (timeout)")


def test_growth_is_measured_over_the_last_week(rehearsal: Rehearsal) -> None:
    assert survey(rehearsal.database, None, at(1)).disk.growth is None
    rehearsal.run(10, [page(docid, 240, **FULL) for docid in range(82000, 82007)])
    disk = survey(rehearsal.database, None, at(10.5)).disk
    # 700 of 3,700 bytes of records in seven days, and the database in the same proportion.
    assert disk.growth == pytest.approx(700 / 7 * (1 + rehearsal.database.file.stat().st_size / 3700))


def test_an_unknown_source(rehearsal: Rehearsal) -> None:
    with pytest.raises(BadInputError, match="there are: sample"):
        examine(rehearsal.database, "nobody", at(1))
