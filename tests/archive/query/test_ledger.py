"""One run in full, what is failed now, and the commands that print them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from archive.cli import ExitCode, app
from archive.cli import run as run_app
from archive.db import Database, open_database
from archive.errors import NotFoundError
from archive.query import account, failed_addresses
from archive.query.ledger import Page, Reason
from tests.archive.query.asking import (
    NOON,
    SITE,
    add_address,
    add_capture,
    add_failures,
    add_run,
    add_walk,
    after,
)
from tests.command import cas_archive
from tests.newsroom import Fault, serve

#: No process has this number: the largest is 4194304.
GONE = 4_194_305


def fill(database: Database) -> int:
    """A run of an hour with seven captures, five failures and three walks."""
    config = {"delay": 5.0, "section": None, "crawl_delay": {"news.example.org": 10.0}}
    counts = {"responses": 6, "new": 3, "skipped:dead-link": 0}
    run = add_run(database, mode="backfill", lasted=3600, outcome="incomplete", config=config, counts=counts)
    pages = (("/robots.txt", 0.1, 31), ("/1", 0.5, 7000), ("/2", 9.0, 6000), ("/3", 2.0, 90_000),
             ("/4", 2.0, 5000), ("/5", 0.3, 4000))  # fmt: skip
    for number, (path, seconds, size) in enumerate(pages):
        add_capture(database, run, 10 * number, path, seconds=seconds, size=size)
    add_capture(database, run, 60, "/6", status=None, seconds=None, size=None)
    add_failures(
        database, run, ("/6", "time-out"), ("/7", "HTTP 500"), ("/8", "HTTP 500"), ("/9", "HTTP 500"),
        ("/10", "HTTP 500"),
    )  # fmt: skip
    add_walk(database, run, "/science/", ended=after(30), proof="end", oldest=date(2009, 1, 2))
    add_walk(database, run, "/front/", pages=1, entries=20, known=0, new=20, trouble="HTTP 500")
    add_walk(database, run - 1, "/old/", last_run_pk=run, ended=after(40), proof="overlap")
    add_walk(database, run - 1, "/elsewhere/", ended=after(-100), proof="end")
    return run


@pytest.fixture(name="filled")
def _filled(database: Database) -> int:
    add_run(database, at=-7200, counts={"new": 12345, "changed": 3})
    return fill(database)


def test_the_account_of_a_run(database: Database, filled: int) -> None:
    found = account(database, filled)
    assert (found.run.id, found.run.mode, found.run.outcome, found.seconds) == (
        2,
        "backfill",
        "incomplete",
        3600,
    )
    assert found.reasons == (
        Reason("HTTP 500", 4, (f"{SITE}/7", f"{SITE}/8", f"{SITE}/9")),
        Reason("time-out", 1, (f"{SITE}/6",)),
    )
    assert found.statuses == {"200": 6, "none": 1}
    assert [page.url.removeprefix(SITE) for page in found.slowest] == ["/2", "/3", "/4", "/1", "/5"]
    assert found.slowest[0] == Page(f"{SITE}/2", 200, 9.0, 6000)
    assert [page.url.removeprefix(SITE) for page in found.largest] == ["/3", "/1", "/2", "/4", "/5"]
    assert [(walk.section, walk.begun_by, walk.proof, walk.is_open_gap) for walk in found.walks] == [
        ("/front/", 2, None, True), ("/old/", 1, "overlap", False), ("/science/", 2, "end", False)
    ]  # fmt: skip
    (asked,) = found.asked
    assert (asked.requests, asked.delays, asked.share) == (7, (10.0,), 1.0)


def test_a_run_that_is_not_there(database: Database) -> None:
    with pytest.raises(NotFoundError, match="no run 3"):
        account(database, 3)


def test_a_walk_that_is_under_way_is_no_gap(database: Database) -> None:
    run = add_run(database, lasted=None, outcome=None, noted=5)
    add_walk(database, run, "/science/")
    found = account(database, run)
    assert (found.run.outcome, found.seconds, [walk.is_open_gap for walk in found.walks]) == (
        "running",
        None,
        [False],
    )


def test_a_killed_run_leaves_its_walks_open(database: Database) -> None:
    run = add_run(database, lasted=None, outcome=None, noted=90, pid=GONE)
    add_walk(database, run, "/science/")
    found = account(database, run)
    assert (found.run.outcome, found.run.ended, found.seconds) == ("killed", after(90), 90)
    assert [walk.is_open_gap for walk in found.walks] == [True]


def test_what_is_failed_now(database: Database) -> None:
    add_address(database, "/later", next_check=after(7200), attempts=3, last_check=NOON)
    add_address(database, "/soon", next_check=after(60), reason="time-out")
    add_address(database, "/elsewhere", source="other", kind="listing", next_check=after(90))
    add_address(database, "/kept", state="done", attempts=0, reason=None)
    failed = failed_addresses(database)
    assert [(one.url.removeprefix(SITE), one.kind, one.attempts, one.reason) for one in failed] == [
        ("/soon", "article", 1, "time-out"),
        ("/elsewhere", "listing", 1, "HTTP 500"),
        ("/later", "article", 3, "HTTP 500"),
    ]
    assert (failed[2].last_check, failed[2].not_before) == (NOON, after(7200))
    assert [one.url for one in failed_addresses(database, "other")] == [f"{SITE}/elsewhere"]


def said(capsys: pytest.CaptureFixture[str], database: Database, *words: str) -> list[str]:
    """Return the lines that a command prints."""
    assert run_app(app, [*words, "--data", str(database.folder)]) == ExitCode.DONE
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_the_list_fits_a_terminal(
    database: Database, filled: int, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(8):
        add_run(database, mode="recheck", lasted=30_000, outcome="unreachable")
    lines = said(capsys, database, "runs")
    assert max(map(len, lines)) <= 80
    assert lines[0] == "Runs of sample, the newest first:"
    assert lines[-2].split()[:5] == ["2", "backfill", "2026-11-02", "12:00", "60"]
    assert lines[-1].split() == [
        "1", "new", "2026-11-02", "10:00", "60", "s", "finished", "12345", "3", "0", "0"
    ]  # fmt: skip
    assert len(said(capsys, database, "runs", "--limit", "1")) == 3


def test_runs_of_several_sources(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    add_run(database, source="cas-english", mode="backfill", outcome="incomplete", counts={"new": 12345})
    add_run(database, source="other")
    header, *lines = said(capsys, database, "runs")
    assert header.split()[:3] == ["run", "source", "mode"]
    assert [line.split()[1][:3] for line in lines] == ["oth", "cas"]
    assert max(map(len, lines)) <= 80


def test_the_list_as_json(database: Database, filled: int, capsys: pytest.CaptureFixture[str]) -> None:
    newest, oldest = json.loads("\n".join(said(capsys, database, "runs", "--json")))
    assert newest.keys() == {
        "id", "source", "mode", "config", "started", "noted", "ended", "outcome", "counts", "failures"
    }  # fmt: skip
    assert (newest["id"], newest["mode"], len(newest["failures"])) == (2, "backfill", 5)
    assert (oldest["ended"], oldest["counts"]) == ("2026-11-02 10:01:00+00:00", {"new": 12345, "changed": 3})


def test_one_run_as_text(database: Database, filled: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, database, "runs", "show", "2")
    assert lines[:5] == [
        "Run 2 of sample: backfill, incomplete",
        "  started       2026-11-02 12:00:00 UTC",
        "  ended         2026-11-02 13:00:00 UTC, after 1 h 00 min",
        "  configuration delay 5 · crawl_delay news.example.org 10",
        "  counts        responses 6 · new 3",
    ]
    for line in (
        "      4 HTTP 500",
        "  All of them: cas-archive runs failures 2",
        "  /front/   1 of 3      20     0  20 open gap: HTTP 500",
        "  /old/     3 of 3      60    10  50 overlap",
        f"       9 s   6.0 kB  200  {SITE}/2",
        f"       2 s    90 kB  200  {SITE}/3",
        "  answers       200: 6 · no response: 1",
    ):
        assert line in lines
    assert max(len(line) for line in lines if SITE not in line) <= 80


def test_a_killed_run_as_text(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    add_run(database, lasted=None, outcome=None, noted=90, pid=GONE)
    lines = said(capsys, database, "runs", "show", "1")
    assert lines[0] == "Run 1 of sample: new, killed"
    assert "  ended         2026-11-02 12:01:30 UTC (last sign of life), after 1 min 30 s" in lines


def test_one_run_as_json(database: Database, filled: int, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads("\n".join(said(capsys, database, "runs", "show", "2", "--json")))
    assert (found["run"]["id"], found["seconds"], len(found["walks"])) == (2, 3600.0, 3)
    assert found["slowest"][0] == {"url": f"{SITE}/2", "status": 200, "seconds": 9.0, "size": 6000}
    assert found["asked"][0]["delays"] == [10.0]


def test_the_failures_of_a_run(database: Database, filled: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, database, "runs", "failures", "2")
    assert lines[:2] == [f"  {SITE}/6", "      time-out, 2026-11-02 12:00:00 UTC"]
    assert len(lines) == 10
    assert said(capsys, database, "runs", "failures", "1") == ["Nothing failed in run 1."]
    found = json.loads("\n".join(said(capsys, database, "runs", "failures", "2", "--json")))
    assert [one["reason"] for one in found] == ["time-out", *["HTTP 500"] * 4]


def test_failed_addresses_are_tried_again_on_request(
    database: Database, filled: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAS_ARCHIVE_NOW", "2026-11-02T13:00:00Z")
    for path in ("/6", "/7", "/from-another-run"):
        add_address(database, path, next_check=after(86400), attempts=2)
    add_address(database, "/8", state="done", attempts=0, reason=None, next_check=after(86400))
    lines = said(capsys, database, "runs", "failures")
    assert lines[:3] == [
        "3 addresses could not be fetched or read:",
        f"  {SITE}/6",
        "      HTTP 500; article, 2 attempts, not before 2026-11-03 12:00 UTC",
    ]
    run_app(app, ["runs", "failures", "2", "--retry", "--data", str(database.folder)])
    assert capsys.readouterr().err == "2 failed addresses due at once; `cas-archive crawl` asks again\n"
    failed = failed_addresses(database)
    due = {one.url.removeprefix(SITE) for one in failed if one.not_before and one.not_before < after(3700)}
    assert (len(failed), due) == (3, {"/6", "/7"})
    run_app(app, ["runs", "failures", "--retry", "--json", "--data", str(database.folder)])
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)) == 3
    assert printed.err == "3 failed addresses due at once; `cas-archive crawl` asks again\n"
    assert all(one.not_before and one.not_before < after(3700) for one in failed_addresses(database))


def test_nothing_to_try_again(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_app(app, ["runs", "failures", "--retry", "--data", str(database.folder)]) == ExitCode.DONE
    assert capsys.readouterr() == ("No address is failed.\n", "nothing to try again\n")


@pytest.mark.parametrize("words", [("show", "9"), ("failures", "9"), ("failures", "9", "--retry")])
def test_an_unknown_run_is_one_line(
    words: tuple[str, ...], database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(app, ["runs", *words, "--data", str(database.folder)]) == ExitCode.FAILED
    assert capsys.readouterr().err == "cas-archive: there is no run 9; `cas-archive runs` lists them\n"


def test_an_option_before_the_subcommand_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(app, ["runs", "--data", str(tmp_path), "show", "1"]) == ExitCode.USAGE
    assert "behind the command: cas-archive runs show" in capsys.readouterr().err


def test_a_crawl_asks_at_once_for_what_is_to_be_tried_again(tmp_path: Path) -> None:
    path = "/newsroom/research-news/202608/t20260819_1188620.shtml"
    data = ("--data", tmp_path / "data")
    with serve(faults={path: Fault(status=500)}) as server:
        crawl = ("crawl", "--section", "research-news", "--mirror", server.url, *data)
        codes = [cas_archive(*crawl).returncode for _ in range(2)]
        assert codes == [ExitCode.INCOMPLETE] * 2
        server.faults.clear()
        server.forget()
        with open_database(tmp_path / "data", read_only=True) as database:
            (failed,) = failed_addresses(database)
        # After two runs in a row it would be left alone for a while.
        assert failed.last_check is not None
        assert failed.not_before is not None
        assert failed.not_before - failed.last_check > timedelta(minutes=30)
        assert cas_archive("runs", "failures", "--retry", *data).returncode == ExitCode.DONE
        assert cas_archive(*crawl).returncode == ExitCode.DONE
        assert server.count(path) == 1
    assert cas_archive("runs", "failures", *data).stdout == "No address is failed.\n"
