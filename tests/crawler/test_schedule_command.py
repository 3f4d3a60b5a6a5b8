"""The schedule with real crawls of the sample newsroom and a clock that is set."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests import newsroom
from tests.command import ROOT, cas_archive, exported
from tests.crawler.test_stop import wait_for

#: Half past one and half past three in Beijing.
EARLY = "2026-11-23T01:30:00+08:00"
NEXT_NIGHT = "2026-11-24T03:30:00+08:00"
NOON = "2026-11-23T12:00:00+08:00"


def shown(data: Path, now: str) -> dict[str, dict[str, Any]]:
    """Return what `schedule` says of each mode."""
    done = cas_archive("schedule", "--json", "--data", data, CAS_ARCHIVE_NOW=now)
    assert done.returncode == 0, done.stderr
    return {turn["mode"]: turn for turn in json.loads(done.stdout)}


@contextmanager
def scheduling(*arguments: str | Path, now: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "crawler", "schedule", *map(str, arguments)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAS_ARCHIVE_")}
    with subprocess.Popen(
        command,
        env=environment | {"PYTHONPATH": str(ROOT), "CAS_ARCHIVE_NOW": now},
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            # Its crawl has a session of its own; whoever fails before it has ended must end that too.
            process.terminate()


def test_nights(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        done = cas_archive(
            "schedule", "run", "--mirror", site.url, "--data", tmp_path, "--json", CAS_ARCHIVE_NOW=EARLY
        )
        assert done.returncode == 0, done.stderr
        crawls = json.loads(done.stdout)
        assert [(crawl["mode"], crawl["code"], crawl["verdict"]) for crawl in crawls] == [
            ("new", 0, "done"),
            ("recheck", 0, "done"),
        ]
        assert set(exported(tmp_path)) == set(newsroom.expected())
        turns = shown(tmp_path, NOON)
        assert [(turn["mode"], turn["state"], turn["next"]) for turn in turns.values()] == [
            ("new", "later", "2026-11-23T17:00:00+00:00"),
            ("recheck", "later", "2026-11-23T17:00:00+00:00"),
            ("backfill", "window", "2026-11-23T19:00:00+00:00"),
        ]
        assert turns["new"]["last_success"]["run"] == 1
        asked = len(site.requests)
        idle = cas_archive("schedule", "run", "--mirror", site.url, "--data", tmp_path, CAS_ARCHIVE_NOW=NOON)
        assert (idle.returncode, idle.stderr) == (0, "")
        assert idle.stdout.startswith("Nothing is due")
        assert len(site.requests) == asked

        with scheduling(
            "daemon", "--json", "--mirror", site.url, "--data", tmp_path, now=NEXT_NIGHT
        ) as daemon:
            assert daemon.stderr is not None
            events = []
            for line in daemon.stderr:
                events += [json.loads(line)] if line.startswith("{") else []
                if events and events[-1]["event"] == "waiting":
                    break
            daemon.send_signal(signal.SIGTERM)
            rest = daemon.communicate(timeout=60)[1]
    assert [(event["event"], event.get("mode")) for event in events] == [
        ("started", "new"),
        ("ended", "new"),
        ("started", "recheck"),
        ("ended", "recheck"),
        ("started", "backfill"),
        ("ended", "backfill"),
        ("waiting", None),
    ]
    assert json.loads(rest)["event"] == "stopping"
    assert daemon.returncode == 0
    turns = shown(tmp_path, NEXT_NIGHT)
    assert turns["new"]["next"] == "2026-11-24T17:00:00+00:00"
    assert turns["backfill"]["next"] == "2027-02-21T19:00:00+00:00"


def test_two_at_once_and_a_stop(tmp_path: Path) -> None:
    options = ("--data", tmp_path)
    with newsroom.serve(delay=0.3) as site:
        mirrored = ("run", "--mirror", site.url, *options)
        with scheduling(*mirrored, now=EARLY) as first:
            wait_for(site, 3)
            second = cas_archive("schedule", *mirrored, CAS_ARCHIVE_NOW=EARLY)
            assert second.returncode == 0, second.stderr
            assert "started" not in second.stderr
            turns = shown(tmp_path, EARLY)
            assert [turns[mode]["state"] for mode in ("new", "recheck")] == ["running", "busy"]
            first.send_signal(signal.SIGTERM)
            out, err = first.communicate(timeout=60)
        assert first.returncode == 6, out + err
    assert "cas-english new: ended, exit code 6" in err
    assert "recheck: started" not in err
    turn = shown(tmp_path, EARLY)["new"]
    assert (turn["last"]["outcome"], turn["state"]) == ("stopped", "later")


def test_the_table_fits_a_terminal(tmp_path: Path) -> None:
    done = cas_archive("schedule", "--data", tmp_path, CAS_ARCHIVE_NOW=NOON, COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:2] == [
        "cas-english, windows by the clocks of Asia/Shanghai",
        "mode     last run ended last success state  next             ",
    ]
    assert "new      never          never        window 2026-11-23 17:00" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == [], "looking creates nothing"


def test_a_dry_run_shows_the_commands(tmp_path: Path) -> None:
    done = cas_archive(
        "schedule", "run", "--dry-run", "--data", tmp_path / "my archive", CAS_ARCHIVE_NOW=EARLY
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    where = f"--data '{tmp_path}/my archive'"
    python = f"{sys.executable} -m crawler crawl cas-english --mode"
    assert first == f"{python} new --budget-pages 2500 {where}"
    assert second == f"{python} recheck --budget-pages 1000 {where}"
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_is_one_line(tmp_path: Path) -> None:
    for words, line in (
        (("run", "--source", "nowhere"), "unknown source 'nowhere'"),
        (("run",), "CAS_ARCHIVE_CONTACT"),
        (("daemon",), "CAS_ARCHIVE_CONTACT"),
        (("--json", "run"), "put the options behind the word: cas-archive schedule run"),
    ):
        done = cas_archive("schedule", *words, cwd=tmp_path)
        assert done.returncode == 2
        assert line in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_round_tells_the_operator_of_alarms(tmp_path: Path) -> None:
    heard = tmp_path / "heard.json"
    with newsroom.serve() as site:
        crawled = cas_archive("crawl", "--mirror", site.url, "--limit", 3, "--data", tmp_path / "data")
    assert crawled.returncode == 0, crawled.stderr
    # The run that was killed is what there is to tell.
    with closing(sqlite3.connect(tmp_path / "data" / "archive.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET outcome = 'killed'")
    told = cas_archive(
        "schedule", "run", "--mirror", "http://127.0.0.1:9", "--data", tmp_path / "data",
        CAS_ARCHIVE_ALARM_COMMAND=f"tee {heard}",
    )  # fmt: skip
    assert "told" not in told.stderr, told.stderr
    assert "killed-run" in {alarm["kind"] for alarm in json.loads(heard.read_text())["raised"]}
