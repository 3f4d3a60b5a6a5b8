"""Rules over runs, answers, gaps, failed addresses and the disk, as tables of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.health.findings import Finding, Kind
from archive.health.operation import (
    Answers,
    Disk,
    FailedPages,
    OpenWalk,
    OperationFacts,
    RunFacts,
    judge_disk,
    judge_operation,
)

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
GIB = 2**30


def run(days_ago: float, outcome: str = "finished", mode: str = "new") -> RunFacts:
    start = NOW - timedelta(days=days_ago)
    return RunFacts(
        id=int(1000 - days_ago), source="s", mode=mode, started=start, outcome=outcome, noted=start
    )


def judge(*runs: RunFacts, **more: Any) -> tuple[Finding, ...]:
    facts = OperationFacts(source="s", runs=runs, answers=None, walks=(), failed=FailedPages())
    return judge_operation(replace(facts, **more), NOW)


def kinds(findings: tuple[Finding, ...]) -> list[Kind]:
    return [finding.kind for finding in findings]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], []),
        ([run(0)], []),
        ([run(0, "failed")], [Kind.FAILED_RUN]),
        ([run(0, "no-entries")], [Kind.FAILED_RUN]),
        ([run(0, "unreachable")], [Kind.FAILED_RUN]),
        ([run(0, "refused")], [Kind.FAILED_RUN]),
        ([run(0, "incomplete")], []),
        ([run(0, "budget")], []),
        ([run(0, "stopped")], []),
        ([run(0), run(1, "failed")], []),
        ([run(0, mode="recheck"), run(1, "failed")], [Kind.FAILED_RUN]),
        ([run(0, "killed")], [Kind.KILLED_RUN]),
        ([run(0), run(1, "killed")], []),
        ([run(0, "running"), run(1, "killed")], [Kind.KILLED_RUN]),
        ([run(0, "unreachable", mode="probe")], []),
    ],
)
def test_the_last_run_of_each_mode(runs: list[RunFacts], expected: list[Kind]) -> None:
    assert kinds(judge(*runs)) == expected


def daily(newest: int, **more: Any) -> list[RunFacts]:
    return [run(ago, **more) for ago in range(newest, newest + 20)]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (daily(2), []),
        (daily(3), [Kind.OVERDUE]),
        ([run(0, mode="recheck"), *daily(3)], [Kind.OVERDUE]),
        ([run(0, "stopped"), *daily(3)], [Kind.OVERDUE]),
        (daily(3)[:10], []),  # nine pauses are too few
        ([run(ago * 7) for ago in range(2, 22)], []),
        ([run(ago * 7 + 1) for ago in range(2, 22)], [Kind.OVERDUE]),
    ],
)
def test_no_success_for_longer_than_usual(runs: list[RunFacts], expected: list[Kind]) -> None:
    assert kinds(judge(*runs)) == expected


def test_overdue_tells_the_rhythm() -> None:
    (finding,) = judge(*daily(3))
    assert finding.message == "no run for new articles has succeeded for 3 days; one every 24 hours is usual"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({200: 100}, []),
        ({200: 100, 404: 50}, []),
        ({200: 10, 403: 2}, []),
        ({200: 10, 403: 3}, [Kind.REFUSED]),
        ({200: 1000, 429: 3}, []),
        ({200: 100, 403: 2, 429: 1}, [Kind.REFUSED]),
        ({200: 20, 500: 2, None: 1}, [Kind.UNANSWERED]),
        ({200: 100, 503: 3}, []),
        ({None: 3}, [Kind.UNANSWERED]),
    ],
)
def test_answers_of_the_newest_run(counts: dict[int | None, int], expected: list[Kind]) -> None:
    answers = Answers(7, counts, {status: f"https://news.example.org/{status}" for status in counts})
    assert kinds(judge(answers=answers)) == expected


def test_refusals_name_statuses_and_the_first_page() -> None:
    (finding,) = judge(
        answers=Answers(7, {200: 10, 403: 4}, {200: "https://n.example/", 403: "https://n.example/x"})
    )
    assert finding.message == "4 of 14 requests of run 7 were refused (403 x 4)"
    assert finding.url == "https://n.example/x"


def walk(**more: Any) -> OpenWalk:
    values = {"folder": "/a/", "began": NOW - timedelta(hours=3), "last_read": None, "full": False,
              "trouble": None, "next_url": "https://news.example.org/a/index_2.html"}  # fmt: skip
    return OpenWalk(**{**values, **more})


@pytest.mark.parametrize(
    ("walks", "sections"),
    [
        ([], []),
        ([walk()], ["/a/"]),
        ([walk(), walk()], ["/a/"]),
        ([walk(), walk(folder="/b/")], ["/a/", "/b/"]),
        ([walk(full=True)], []),  # a backfill goes on the next night
        ([walk(full=True, began=NOW - timedelta(days=9), last_read=NOW - timedelta(days=1))], []),
        ([walk(full=True, began=NOW - timedelta(days=9), last_read=NOW - timedelta(days=3))], ["/a/"]),
        ([walk(full=True, trouble="timeout")], ["/a/"]),
    ],
)
def test_walks_that_did_not_arrive(walks: list[OpenWalk], sections: list[str]) -> None:
    findings = judge(walks=tuple(walks))
    assert {finding.kind for finding in findings} <= {Kind.GAP}
    assert [finding.section for finding in findings] == sections


def test_failed_addresses() -> None:
    assert judge(failed=FailedPages(2, ("timeout",), "https://n.example/1")) == ()
    (finding,) = judge(failed=FailedPages(3, ("timeout",), "https://n.example/1"))
    assert (finding.kind, finding.url) == (Kind.FAILED_PAGES, "https://n.example/1")


@pytest.mark.parametrize(
    ("free", "growth", "alarm"),
    [
        (100 * GIB, None, False),
        (100 * GIB, GIB, False),
        (100 * GIB, 0.0, False),
        (13 * GIB, GIB, True),
        (15 * GIB, GIB, False),
        (GIB - 1, None, True),
    ],
)
def test_the_disk(free: int, growth: float | None, alarm: bool) -> None:
    findings = judge_disk(Disk(free, growth))
    assert bool(findings) is alarm
    assert all(finding.source == "" for finding in findings)
