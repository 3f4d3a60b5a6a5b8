"""What is due is run: crawls in processes of their own, locks, signals. A stand-in plays the crawl."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from archive import runs
from archive.cli import ExitCode
from archive.db import open_database
from archive.errors import StorageError
from crawler import sources
from crawler.schedule import crawl, lock, rounds
from crawler.schedule.due import State, Turn
from crawler.schedule.rounds import Done, Event, Schedule, What, worst
from crawler.sources.timetable import Rhythm, Window
from tests.command import UNPRIVILEGED

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAILY = Rhythm(timedelta(days=1))
CAS = replace(sources.load("cas-english"), schedule={"new": DAILY, "recheck": DAILY})

#: Writes a run into the ledger, as a crawl does, and ends as it is told to.
RECORDS = """
import sys
from datetime import datetime
from archive import runs
from archive.db import open_database
data, source, mode, at, outcome, code = sys.argv[1:]
clock = lambda: datetime.fromisoformat(at)
with open_database(data, create=True) as database:
    number = runs.start(database, source=source, mode=mode, config={}, clock=clock)
    runs.finish(database, number, outcome=outcome, counts={}, clock=clock)
sys.exit(int(code))
"""
#: Ends cleanly, as a crawl does, when it is asked to; says when it is ready to be asked.
WAITS = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))
signal.signal(signal.SIGINT, lambda *_: sys.exit(6))
print("ready", flush=True)
signal.pause()
"""


class Stand:
    """A schedule whose crawls are stand-ins; each mode ends as it is told to."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch, **endings: tuple[str, int]) -> None:
        self.now = NOON
        self.endings = endings
        self.events: list[Event] = []
        self.schedule = Schedule(
            sources=[CAS], data=data, mirror=None, clock=lambda: self.now, tell=self.events.append
        )
        monkeypatch.setattr(rounds, "command", self.command)

    def command(self, turn: Turn, data: Path, mirror: str | None) -> list[str]:
        outcome, code = self.endings[turn.mode]
        if not outcome:
            return [sys.executable, "-c", f"raise SystemExit({code})"]
        told = [str(data), turn.source, turn.mode, self.now.isoformat(), outcome, str(code)]
        return [sys.executable, "-c", RECORDS, *told]

    def round(self) -> list[tuple[str, int]]:
        return [(done.mode, done.code) for done in self.schedule.round(crawl.Stop())]

    def states(self) -> dict[str, str]:
        return {turn.mode: turn.state.value for turn in self.schedule.turns()}


def test_what_is_due_is_run_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand(tmp_path / "new folder", monkeypatch, new=("finished", 0), recheck=("incomplete", 4))
    assert stand.states() == {"new": "due", "recheck": "due"}
    assert stand.round() == [("new", 0), ("recheck", 4)]
    assert [(event.what, event.mode, event.code) for event in stand.events] == [
        (What.STARTED, "new", None),
        (What.ENDED, "new", 0),
        (What.STARTED, "recheck", None),
        (What.ENDED, "recheck", 4),
    ]
    assert stand.states() == {"new": "later", "recheck": "later"}
    assert stand.round() == []
    stand.now += timedelta(days=1)
    assert stand.round() == [("new", 0), ("recheck", 4)]


def test_a_site_out_of_reach_is_not_asked_for_the_next_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("unreachable", 5), recheck=("finished", 0))
    assert stand.round() == [("new", 5)]
    stand.now += timedelta(minutes=30)
    stand.endings["new"] = ("finished", 0)
    assert stand.round() == [("new", 0), ("recheck", 0)]


def test_a_failure_of_one_mode_does_not_keep_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("no-entries", 3), recheck=("finished", 0))
    assert stand.round() == [("new", 3), ("recheck", 0)]


def test_a_crawl_that_never_reaches_the_ledger_is_not_tried_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("", 2), recheck=("", 1))
    assert stand.round() == [("new", 2)], "what is wrong for one mode is wrong for the other"
    assert stand.states() == {"new": "later", "recheck": "due"}
    assert stand.round() == [("recheck", 1)]
    assert stand.round() == []
    stand.now += timedelta(minutes=30)
    assert stand.round() == [("new", 2)]
    stand.now += timedelta(minutes=59)
    assert stand.states()["new"] == "later", "the wait doubles"
    stand.now += timedelta(minutes=1)
    assert stand.states()["new"] == "due"


def test_a_source_that_another_schedule_runs_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("finished", 0), recheck=("finished", 0))
    with lock.held(tmp_path, "cas-english") as descriptor:
        assert descriptor is not None
        assert stand.round() == []
    assert [event.what for event in stand.events] == [What.LOCKED]
    assert stand.round() == [("new", 0), ("recheck", 0)]


def test_a_source_that_is_crawled_by_hand_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("finished", 0), recheck=("finished", 0))
    with open_database(tmp_path, create=True) as database:
        runs.start(database, source="cas-english", mode="backfill", config={})
    assert stand.states() == {"new": "busy", "recheck": "busy"}
    assert stand.round() == []


def test_what_somebody_ran_in_the_meantime_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("finished", 0), recheck=("finished", 0))
    first = stand.schedule.turns
    looks = [first()]

    def turns() -> list[Turn]:
        if looks:
            # Between this look and the lock another schedule makes both runs.
            Stand(tmp_path, monkeypatch, new=("finished", 0), recheck=("finished", 0)).round()
            return looks.pop()
        return first()

    monkeypatch.setattr(Schedule, "turns", lambda self: turns() if self is stand.schedule else first())
    assert stand.round() == []


class Sleepless(crawl.Stop):
    """Whoever waits finds the clock of the stand put forward; at the end somebody wants an end."""

    def __init__(self, stand: Stand, end: datetime) -> None:
        super().__init__()
        self.stand = stand
        self.end = end

    @property
    def asked(self) -> bool:
        return self.stand.now >= self.end

    def wait(self, seconds: float) -> None:
        self.stand.now += timedelta(seconds=seconds)


def test_the_daemon_runs_what_falls_due_when_it_falls_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("finished", 0))
    night = Rhythm(timedelta(days=1), Window(time(1), time(6)))
    stand.schedule.sources = [replace(CAS, schedule={"new": night})]
    stand.schedule.keep_on(Sleepless(stand, NOON + timedelta(days=2)))
    told = [(event.what, event.at.isoformat(" ", "minutes")[:16]) for event in stand.events]
    assert told == [
        (What.WAITING, "2026-11-23 12:00"),
        (What.STARTED, "2026-11-23 17:00"),
        (What.ENDED, "2026-11-23 17:00"),
        (What.WAITING, "2026-11-23 17:00"),
        (What.STARTED, "2026-11-24 17:00"),
        (What.ENDED, "2026-11-24 17:00"),
        (What.WAITING, "2026-11-24 17:00"),
        (What.STOPPING, "2026-11-25 12:00"),
    ]


def test_the_daemon_does_not_hurry_what_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("", 2))
    stand.schedule.sources = [replace(CAS, schedule={"new": DAILY})]
    stand.schedule.keep_on(Sleepless(stand, NOON + timedelta(hours=12)))
    begun = [event.at - NOON for event in stand.events if event.what is What.STARTED]
    # After half an hour, one, two, four more.
    assert begun == [timedelta(minutes=minutes) for minutes in (0, 30, 90, 210, 450)]


# Locks and processes


def test_a_lock_lives_as_long_as_the_crawl_does(tmp_path: Path) -> None:
    with lock.held(tmp_path, "a") as descriptor, lock.held(tmp_path, "a") as second:
        assert descriptor is not None
        assert second is None
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(descriptor,)
        )
    with lock.held(tmp_path, "b") as other, lock.held(tmp_path, "a") as third:
        assert other is not None
        assert third is None, "its parent has let go, the child has not"
    child.communicate(b"\n", timeout=30)
    with lock.held(tmp_path, "a") as fourth:
        assert fourth is not None


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    script = (
        "import sys; from pathlib import Path; from crawler.schedule import lock; "
        "lock.held(Path(sys.argv[1]), 'a').__enter__()"
    )
    done = subprocess.run(
        [*UNPRIVILEGED, sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"{StorageError.__module__}.StorageError: cannot write {tmp_path}" in done.stderr


def crawled(script: str, tmp_path: Path, stop: crawl.Stop, left: timedelta | None) -> tuple[int, bool]:
    with lock.held(tmp_path, "a") as descriptor:
        assert descriptor is not None
        return crawl.crawl([sys.executable, "-c", script], stop, lock=descriptor, left=left)


def test_a_window_that_closes_ends_its_crawl(tmp_path: Path) -> None:
    script = "import signal; signal.pause()"
    assert crawled(script, tmp_path, crawl.Stop(), timedelta(0)) == (-signal.SIGTERM, True)
    assert crawled("raise SystemExit(4)", tmp_path, crawl.Stop(), timedelta(hours=1)) == (4, False)


def test_a_signal_reaches_the_crawl_and_its_end_is_waited_for(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as said, os.fdopen(writing, "w") as output, crawl.Stop() as stop:

        def interrupt() -> None:
            assert said.readline() == b"ready\n"
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with lock.held(tmp_path, "a") as descriptor:
            assert descriptor is not None
            ended = crawl.crawl(
                [sys.executable, "-c", WAITS], stop, lock=descriptor, left=None, output=output
            )
        thread.join()
    assert ended == (6, False)
    assert stop.asked
    assert signal.getsignal(signal.SIGINT) == before


def test_a_stop_before_the_crawl_has_begun_reaches_it_too(tmp_path: Path) -> None:
    with crawl.Stop() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert crawled("import signal; signal.pause()", tmp_path, stop, None) == (-signal.SIGTERM, False)


def test_a_round_that_was_stopped_begins_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand = Stand(tmp_path, monkeypatch, new=("finished", 0), recheck=("finished", 0))
    with crawl.Stop() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stand.schedule.round(stop) == []


def test_the_command_of_a_crawl() -> None:
    rhythm = Rhythm(timedelta(days=1), budget_pages=10, budget_bytes=2000)
    turn = Turn("cas-english", "recheck", rhythm, State.DUE, NOON, None, None, None)
    assert crawl.command(turn, Path("/srv/my archive"), "http://127.0.0.1:8000")[1:] == [
        "-m", "crawler", "crawl", "cas-english", "--mode", "recheck", "--budget-pages", "10",
        "--budget-bytes", "2000", "--mirror", "http://127.0.0.1:8000", "--data", "/srv/my archive",
    ]  # fmt: skip
    turn = replace(turn, mode="new", rhythm=DAILY)
    assert crawl.command(turn, Path("/srv/a"))[4:] == ["cas-english", "--mode", "new", "--data", "/srv/a"]


# Codes


@pytest.mark.parametrize(
    ("code", "cut", "verdict"),
    [
        (0, False, ExitCode.DONE),
        (7, False, ExitCode.BUDGET),
        # The window closed: as the timetable wants it, like a budget.
        (6, True, ExitCode.BUDGET),
        (0, True, ExitCode.DONE),
        (1, True, ExitCode.FAILED),
        (6, False, ExitCode.STOPPED),
        (-9, False, ExitCode.FAILED),
        (77, False, ExitCode.FAILED),
    ],
)
def test_what_a_code_means(code: int, cut: bool, verdict: ExitCode) -> None:
    assert Done("a", "new", NOON, NOON, code, cut).verdict is verdict


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([], 0),
        ([0, 8], 0),
        ([8], 0),
        ([0, 7], 7),
        ([4, 7], 4),
        ([6, 4], 6),
        ([3, 6], 3),
        ([5, 3], 5),
        ([1, 5], 1),
        ([1, 2, 0], 2),
    ],
)
def test_the_worst_code(codes: list[int], expected: int) -> None:
    assert worst(map(ExitCode, codes)) == expected
