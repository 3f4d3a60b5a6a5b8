"""What was asked of the site, counted from captures and held against the server's own log."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from archive import runs
from archive.cli import ExitCode, app
from archive.cli import run as run_app
from archive.db import Database
from archive.errors import BadInputError, NotFoundError
from archive.query import Asked, manners
from archive.query.asked import JITTER, Meter, Sent
from crawler import settings
from crawler.manners import is_trouble
from tests.archive.query.asking import NOON, add_capture, add_run, after
from tests.command import cas_archive
from tests.newsroom import HOST, Fault, Newsroom, robots, serve

DAY = 86400.0


def measured(*sent: Sent) -> Asked:
    meter = Meter("news.example.org")
    for one in sent:
        meter.add(one)
    return meter.asked()


def at(*seconds: float, took: float = 0.0, delay: float = 0.0) -> list[Sent]:
    return [Sent(after(second), seconds=took, delay=delay) for second in seconds]


def test_a_run_of_six_requests() -> None:
    asked = measured(
        Sent(after(0), 200, 0.5, 31, is_robots=True, delay=5),
        Sent(after(5), 200, 1, 1000, delay=5),
        Sent(after(10), 200, 6, 2000, delay=5),
        Sent(after(14), 503, 1, 200, delay=5),
        Sent(after(25), 200, 1, 1000, delay=5),
        Sent(after(28), None, None, 0, delay=5),
    )
    assert (asked.requests, asked.bytes, asked.robots) == (6, 4231, 1)
    assert asked.statuses == {"200": 4, "503": 1, "none": 1}
    assert (asked.first, asked.last) == (after(0), after(28))
    # The third was still under way when the fourth was sent; 5, 10 and 14 lie within ten seconds.
    assert (asked.most_at_once, asked.most_in_1s, asked.most_in_10s) == (2, 1, 3)
    assert (asked.shortest, asked.median) == (3.0, 5.0)
    # Of 5, 5, 4, 11 and 3 only the last is below 3.5, the least that the jitter allows.
    assert (asked.delays, asked.promised, asked.kept, asked.share) == ((5.0,), 5, 4, 0.8)
    assert (asked.troubles, asked.shortest_wait, asked.longest_wait) == (1, 10.0, 10.0)


@pytest.mark.parametrize(
    ("seconds", "in_1s", "in_10s"),
    [
        ((0,), 1, 1),
        ((0, 0.25, 0.5, 1.0), 3, 4),
        ((0, 10, 20), 1, 1),
        ((0, 9.999, 10, 10.5), 3, 3),
        ((0, 0, 0, 60, 60), 3, 3),
    ],
)
def test_bursts(seconds: tuple[float, ...], in_1s: int, in_10s: int) -> None:
    asked = measured(*at(*seconds))
    assert (asked.most_in_1s, asked.most_in_10s) == (in_1s, in_10s)


@pytest.mark.parametrize(
    ("seconds", "took", "most"),
    [((0, 1, 2), 1.0, 1), ((0, 1, 2), 1.5, 2), ((0, 1, 2, 3), 2.5, 3), ((0, 0, 0), 0.1, 3)],
)
def test_requests_under_way_at_once(seconds: tuple[float, ...], took: float, most: int) -> None:
    assert measured(*at(*seconds, took=took)).most_at_once == most


@pytest.mark.parametrize(
    ("seconds", "median"), [((0,), None), ((0, 2), 2.0), ((0, 2, 6), 3.0), ((0, 1, 3, 13), 2.0)]
)
def test_the_median_distance(seconds: tuple[float, ...], median: float | None) -> None:
    assert measured(*at(*seconds)).median == median


def test_without_a_promise_none_is_kept_or_broken() -> None:
    asked = measured(*at(0, 1, 2))
    assert (asked.delays, asked.promised, asked.share) == ((), 0, None)


@pytest.mark.parametrize(
    ("status", "seconds", "waits"),
    [
        (403, 2.0, (28.0, 28.0)),
        (412, 2.0, (28.0, 28.0)),
        (429, 2.0, (28.0, 28.0)),
        (500, 2.0, (28.0, 28.0)),
        (None, 30.0, (0.0, 0.0)),
        (None, None, (None, None)),
        (404, 2.0, (None, None)),
        (304, 2.0, (None, None)),
    ],
)
def test_the_wait_after_trouble(
    status: int | None, seconds: float | None, waits: tuple[float | None, float | None]
) -> None:
    asked = measured(Sent(after(0), status, seconds), Sent(after(30)))
    assert (asked.shortest_wait, asked.longest_wait) == waits


def test_what_was_under_way_already_is_no_answer_to_trouble() -> None:
    asked = measured(Sent(after(0), 503, 5.0), Sent(after(1)), Sent(after(2)), Sent(after(65)))
    assert (asked.shortest_wait, asked.longest_wait) == (60.0, 60.0)


def test_the_crawler_and_its_report_mean_the_same() -> None:
    assert settings.DOWNLOAD_DELAY_JITTER == JITTER
    assert [s for s in range(100, 600) if Sent(NOON, s).is_trouble != is_trouble(s)] == []


def test_many_requests_need_no_more_memory_than_a_few() -> None:
    meter = Meter("news.example.org")
    tracemalloc.start()
    try:
        for number in range(30_000):
            # Distances from 3.5 to 6.5 s, as a delay of 5 s with its jitter gives; some answers are slow.
            moment = NOON + timedelta(seconds=5 * number + (number * 7919 % 1500) / 1000)
            meter.add(Sent(moment, 503 if number % 50 == 0 else 200, number % 9, 30_000, delay=5))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert meter.asked().requests == 30_000
    assert held < 150_000


def fill(database: Database) -> tuple[int, int, int]:
    """Three runs: two of one source a day apart, one of another source on the same day as the second."""
    first = add_run(database, config={"delay": 5.0})
    add_capture(database, first, 0, "/robots.txt", size=31)
    add_capture(database, first, 5)
    add_capture(database, first, 10, status=404, size=500)
    second = add_run(database, mode="recheck", at=DAY, config={"delay": 5.0})
    add_capture(database, second, DAY, status=304, size=0)
    add_capture(database, second, DAY + 8, status=None, seconds=None, size=None)
    add_capture(database, second, DAY + 20, site="https://news.example.net")
    other = add_run(database, source="other", mode="backfill", at=DAY + 100, config={"delay": 2.0})
    add_capture(database, other, DAY + 100, site="https://www.example.com")
    add_capture(database, other, DAY + 101, site="https://www.example.com")
    # What was read into the archive outside any run was not asked of the site.
    add_capture(database, None, 7)
    return first, second, other


def test_all_runs(database: Database) -> None:
    fill(database)
    report = manners(database)
    assert (report.requests, report.bytes, report.robots) == (8, 4531, 1)
    assert report.statuses == {"200": 5, "304": 1, "404": 1, "none": 1}
    assert (report.first, report.last) == (after(0), after(DAY + 101))
    assert [(one.host, one.requests) for one in report.hosts] == [
        ("news.example.org", 5), ("www.example.com", 2), ("news.example.net", 1)
    ]  # fmt: skip
    assert [(one.run, one.source, one.mode, len(one.hosts)) for one in report.runs] == [
        (3, "other", "backfill", 1), (2, "sample", "recheck", 2), (1, "sample", "new", 1)
    ]  # fmt: skip
    (of_other,) = report.runs[0].hosts
    assert (of_other.delays, of_other.kept, of_other.promised) == ((2.0,), 0, 1)


def test_parts_of_it(database: Database) -> None:
    _, second, _ = fill(database)
    assert manners(database, source="other").requests == 2
    assert manners(database, run=second).requests == 3
    assert manners(database, since=date(2026, 11, 3)).requests == 5
    assert manners(database, since=date(2026, 11, 2)).requests == 8
    assert manners(database, since=date(2026, 11, 3), source="sample").requests == 3
    assert manners(database, since=date(2026, 12, 1)).hosts == ()


def test_what_is_not_there(database: Database) -> None:
    fill(database)
    with pytest.raises(NotFoundError, match="no run 9"):
        manners(database, run=9)
    with pytest.raises(BadInputError, match="there are runs of: other, sample"):
        manners(database, source="elsewhere")


def test_an_empty_archive(database: Database) -> None:
    report = manners(database)
    assert (report.requests, report.first, report.hosts, report.runs) == (0, None, (), ())


def test_the_distance_from_run_to_run_counts(database: Database) -> None:
    for start in (0, 60):
        run = add_run(database, at=start, config={"delay": 5.0})
        for second in (0, 5, 58):
            add_capture(database, run, start + second)
    report = manners(database)
    assert [one.hosts[0].share for one in report.runs] == [1.0, 1.0]
    (together,) = report.hosts
    assert (together.shortest, together.kept, together.promised) == (2.0, 4, 5)


def test_a_delay_of_robots_txt_is_a_promise_to_that_host(database: Database) -> None:
    run = add_run(database, config={"delay": 5.0})
    runs.delay(database, run, 10.0, "news.example.org")
    for site in ("https://news.example.org", "https://news.example.net"):
        for second in (0, 6):
            add_capture(database, run, second, site=site)
    promises = {one.host: (one.delays, one.kept) for one in manners(database).hosts}
    assert promises == {"news.example.org": ((10.0,), 0), "news.example.net": ((5.0,), 1)}
    runs.delay(database, run, 8.0)
    promises = {one.host: (one.delays, one.kept) for one in manners(database).hosts}
    assert promises == {"news.example.org": ((10.0,), 0), "news.example.net": ((8.0,), 0)}


def test_the_text_fits_a_terminal(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    fill(database)
    assert run_app(app, ["manners", "--data", str(database.folder)]) == ExitCode.DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "8 requests, 4.5 kB, by 3 runs, 2026-11-02 12:00 to 2026-11-03 12:01 UTC"
    assert max(map(len, lines)) <= 80
    assert "  answers       200: 2 · 304: 1 · 404: 1 · no response: 1" in lines
    assert lines[-1].split() == [
        "1",
        "news.example.org",
        "3",
        "1.5",
        "kB",
        "2",
        "1",
        "5",
        "s",
        "5",
        "s",
        "100",
        "%",
    ]


def test_the_report_of_a_crawl_is_the_log_of_the_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    faults = {"/newsroom/research-news/": Fault(status=503, times=1)}
    with serve(faults=faults, delay=0.05) as server:
        options = ("--mirror", server.url, "--data", data, "--section", "research-news")
        assert cas_archive("crawl", *options, "--limit", "6").returncode == ExitCode.DONE
        unhurried, quickly = len(server.requests), server.most_at_once
        server.newsroom = Newsroom(robots=robots(crawl_delay=0.3))
        recheck = ("--mode", "recheck", "--all", "--delay", "0.1")
        assert cas_archive("crawl", *options, *recheck).returncode == ExitCode.DONE
        log = server.requests
    done = cas_archive("manners", "--data", data, "--json")
    assert done.returncode == ExitCode.DONE, done.stderr
    report = json.loads(done.stdout)
    statuses = Counter(str(request.status) for request in log)
    assert statuses["503"] == 1
    assert (report["requests"], report["statuses"]) == (len(log), dict(statuses))
    assert report["robots"] == sum(request.path == "/robots.txt" for request in log) == 2
    second, first = report["runs"]
    (asked,) = first["hosts"]
    assert (asked["host"], asked["requests"], asked["troubles"]) == (HOST, unhurried, 1)
    assert (asked["delays"], asked["share"]) == ([], None)
    assert asked["most_at_once"] >= quickly > 1
    (asked,) = second["hosts"]
    assert (asked["requests"], asked["most_at_once"]) == (len(log) - unhurried, 1)
    assert (asked["delays"], asked["share"]) == ([0.3], 1.0)
    assert asked["most_in_1s"] <= 5
