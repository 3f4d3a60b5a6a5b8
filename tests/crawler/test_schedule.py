"""What is due: windows, intervals, waits. Every expected time was worked out by hand.

Shanghai is eight hours ahead of UTC all year; Berlin one in winter and two in summer (2026: from March 29 to
October 25).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from archive.query import Attempt
from crawler import sources
from crawler.errors import SourceError
from crawler.schedule.due import State, Turn, by_urgency, decide
from crawler.schedule.rounds import pause_before
from crawler.sources import timetable
from crawler.sources.timetable import Rhythm, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
CAS = sources.load("cas-english")
NIGHT = Window(time(1), time(6))
DAILY = Rhythm(timedelta(days=1), NIGHT)
HOURLY = Rhythm(timedelta(hours=1))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ran(*told: tuple[str, str, str | None], mode: str = "new", source: str = "cas-english") -> list[Attempt]:
    """Return runs, told from the oldest to the newest: outcome, start, end; the newest comes first."""
    numbers = count(1)
    return [
        Attempt(next(numbers), source, mode, utc(started), utc(ended) if ended else None, outcome)
        for outcome, started, ended in told
    ][::-1]


def turn(rhythm: Rhythm, attempts: list[Attempt], now: str, zone: ZoneInfo = SHANGHAI) -> Turn:
    (only,) = decide(replace(CAS, zone=zone, schedule={"new": rhythm}), attempts, utc(now))
    return only


# Windows


@pytest.mark.parametrize(
    ("window", "zone", "moment", "opens", "closes"),
    [
        # Shanghai, within one day: 01:00 to 06:00 there is 17:00 to 22:00 UTC of the day before.
        ("01:00-06:00", SHANGHAI, "2026-11-23 16:59", "2026-11-23 17:00", "2026-11-23 22:00"),
        ("01:00-06:00", SHANGHAI, "2026-11-23 17:00", "2026-11-23 17:00", "2026-11-23 22:00"),
        ("01:00-06:00", SHANGHAI, "2026-11-23 21:59", "2026-11-23 17:00", "2026-11-23 22:00"),
        ("01:00-06:00", SHANGHAI, "2026-11-23 22:00", "2026-11-24 17:00", "2026-11-24 22:00"),
        # Over midnight: 22:00 to 05:00 is 14:00 to 21:00 UTC.
        ("22:00-05:00", SHANGHAI, "2026-11-23 13:00", "2026-11-23 14:00", "2026-11-23 21:00"),
        ("22:00-05:00", SHANGHAI, "2026-11-23 15:59", "2026-11-23 14:00", "2026-11-23 21:00"),
        ("22:00-05:00", SHANGHAI, "2026-11-23 20:00", "2026-11-23 14:00", "2026-11-23 21:00"),
        ("22:00-05:00", SHANGHAI, "2026-11-23 21:00", "2026-11-24 14:00", "2026-11-24 21:00"),
        ("20:00-00:00", SHANGHAI, "2026-11-23 15:30", "2026-11-23 12:00", "2026-11-23 16:00"),
        # Berlin: an hour earlier by UTC in summer than in winter.
        ("01:00-06:00", BERLIN, "2026-01-10 12:00", "2026-01-11 00:00", "2026-01-11 05:00"),
        ("01:00-06:00", BERLIN, "2026-07-10 12:00", "2026-07-10 23:00", "2026-07-11 04:00"),
        # The night in which clocks go from 02:00 to 03:00 is an hour shorter, the other one longer.
        ("01:00-06:00", BERLIN, "2026-03-28 12:00", "2026-03-29 00:00", "2026-03-29 04:00"),
        ("01:00-06:00", BERLIN, "2026-10-24 12:00", "2026-10-24 23:00", "2026-10-25 05:00"),
        # 02:15 to 03:00 does not exist on the last Sunday of March: the next one is on Monday.
        ("02:15-03:00", BERLIN, "2026-03-28 12:00", "2026-03-30 00:15", "2026-03-30 01:00"),
    ],
)
def test_when_a_window_opens(window: str, zone: ZoneInfo, moment: str, opens: str, closes: str) -> None:
    begin, end = (time.fromisoformat(part) for part in window.split("-"))
    assert Window(begin, end).opening(utc(moment), zone) == (utc(opens), utc(closes))


# When the next run starts


@pytest.mark.parametrize(
    ("told", "now", "state", "at"),
    [
        # Never ran: when the window opens; within it, now.
        ([], "2026-11-23 12:00", "window", "2026-11-23 17:00"),
        ([], "2026-11-23 18:00", "due", "2026-11-23 18:00"),
        # It ran last night: due tonight from the opening on, however late it began last night.
        (
            [("finished", "2026-11-22 20:30", "2026-11-22 20:40")],
            "2026-11-23 12:00",
            "later",
            "2026-11-23 17:00",
        ),
        (
            [("finished", "2026-11-22 20:30", "2026-11-22 20:40")],
            "2026-11-23 17:05",
            "due",
            "2026-11-23 17:00",
        ),
        (
            [("incomplete", "2026-11-22 17:10", "2026-11-22 17:40")],
            "2026-11-23 17:05",
            "due",
            "2026-11-23 17:00",
        ),
        # By hand at noon: that was yesterday's; tonight's comes as usual.
        (
            [("finished", "2026-11-23 04:00", "2026-11-23 04:10")],
            "2026-11-23 17:05",
            "due",
            "2026-11-23 17:00",
        ),
        # Days without a machine: due since the night after the last run, in the next window.
        (
            [("finished", "2026-11-10 17:00", "2026-11-10 17:10")],
            "2026-11-23 12:00",
            "window",
            "2026-11-23 17:00",
        ),
        # It runs; when it will be due again.
        ([("running", "2026-11-23 17:00", None)], "2026-11-23 17:05", "running", "2026-11-24 17:00"),
        # Its budget is spent: not again in this window.
        (
            [("budget", "2026-11-23 17:00", "2026-11-23 19:00")],
            "2026-11-23 19:01",
            "later",
            "2026-11-24 17:00",
        ),
        (
            [("budget", "2026-11-23 17:00", "2026-11-23 19:00")],
            "2026-11-24 17:01",
            "due",
            "2026-11-24 17:00",
        ),
        # By hand, outside: goes on in the next window.
        (
            [("budget", "2026-11-23 08:00", "2026-11-23 09:00")],
            "2026-11-23 10:00",
            "later",
            "2026-11-23 17:00",
        ),
        # Trouble: again in half an hour, an hour, two.
        (
            [("failed", "2026-11-23 17:00", "2026-11-23 17:10")],
            "2026-11-23 17:11",
            "later",
            "2026-11-23 17:40",
        ),
        ([("failed", "2026-11-23 17:00", "2026-11-23 17:10")], "2026-11-23 17:40", "due", "2026-11-23 17:40"),
        (
            [
                ("failed", "2026-11-23 17:00", "2026-11-23 17:10"),
                ("no-entries", "2026-11-23 17:45", "2026-11-23 17:50"),
            ],
            "2026-11-23 18:00",
            "later",
            "2026-11-23 18:50",
        ),
        # The retry would come after the window has closed: the next night.
        (
            [("unreachable", "2026-11-23 21:40", "2026-11-23 21:45")],
            "2026-11-23 21:50",
            "later",
            "2026-11-24 17:00",
        ),
        # Killed: from the last sign of life.
        (
            [("killed", "2026-11-23 17:00", "2026-11-23 17:20")],
            "2026-11-23 17:30",
            "later",
            "2026-11-23 17:50",
        ),
        # Refused: six hours, which is after this window.
        (
            [("refused", "2026-11-23 17:00", "2026-11-23 17:05")],
            "2026-11-23 18:00",
            "later",
            "2026-11-24 17:00",
        ),
        # Stopped at the end of the window, night after night: the wait does not grow.
        (
            [
                ("stopped", "2026-11-20 17:00", "2026-11-20 22:00"),
                ("stopped", "2026-11-21 17:00", "2026-11-21 22:00"),
                ("stopped", "2026-11-22 17:00", "2026-11-22 22:00"),
            ],
            "2026-11-23 17:00",
            "due",
            "2026-11-23 17:00",
        ),
        # A try by hand that failed before it was due takes nothing away from the last success.
        (
            [
                ("finished", "2026-11-23 17:00", "2026-11-23 17:10"),
                ("failed", "2026-11-23 18:00", "2026-11-23 18:01"),
            ],
            "2026-11-23 19:00",
            "later",
            "2026-11-24 17:00",
        ),
    ],
)
def test_a_daily_run_by_night(told: list[tuple[str, str, str | None]], now: str, state: str, at: str) -> None:
    found = turn(DAILY, ran(*told), now)
    assert (found.state, found.at) == (State(state), utc(at))


@pytest.mark.parametrize(
    ("outcomes", "wait"),
    [
        (["failed"], timedelta(minutes=30)),
        (["failed"] * 2, timedelta(hours=1)),
        (["failed"] * 5, timedelta(hours=8)),
        # Never more than half a day.
        (["failed"] * 6, timedelta(hours=12)),
        (["failed"] * 20, timedelta(hours=12)),
        (["refused"], timedelta(hours=6)),
        (["refused"] * 3, timedelta(hours=12)),
        # A success or a spent budget in between begins the row anew; a stop neither adds nor ends it.
        (["failed", "failed", "finished", "failed"], timedelta(minutes=30)),
        (["failed", "failed", "budget", "killed"], timedelta(minutes=30)),
        (["failed", "stopped", "failed"], timedelta(hours=1)),
        (["failed", "failed", "stopped"], timedelta(minutes=30)),
    ],
)
def test_the_wait_after_trouble(outcomes: list[str], wait: timedelta) -> None:
    moment = "2026-11-{:02} 17:00"
    told = [(outcome, moment.format(day), moment.format(day)) for day, outcome in enumerate(outcomes, 1)]
    last = moment.format(len(outcomes))
    assert turn(Rhythm(timedelta(days=1)), ran(*told), last).at == utc(last) + wait


def test_a_retry_never_waits_longer_than_the_interval() -> None:
    told = [("failed", f"2026-11-23 {hour:02}:00", f"2026-11-23 {hour:02}:05") for hour in range(9)]
    assert turn(HOURLY, ran(*told), "2026-11-23 08:06").at == utc("2026-11-23 09:05")


@pytest.mark.parametrize(
    ("rhythm", "outcome", "at"),
    [
        (HOURLY, "finished", "2026-11-23 10:00"),
        (HOURLY, "budget", "2026-11-23 10:00"),
        (Rhythm(timedelta(days=90)), "finished", "2027-02-21 09:00"),
        # Nothing is lost by going on the next day.
        (Rhythm(timedelta(days=90)), "budget", "2026-11-24 09:00"),
        # Less than a day counts from the start: the opening would make it due again at once.
        (Rhythm(timedelta(hours=2), Window(time(9), time(21))), "finished", "2026-11-23 11:00"),
        (Rhythm(timedelta(hours=6), Window(time(9), time(21))), "finished", "2026-11-24 01:00"),
    ],
)
def test_other_rhythms(rhythm: Rhythm, outcome: str, at: str) -> None:
    attempts = ran((outcome, "2026-11-23 09:00", "2026-11-23 09:30"))
    assert turn(rhythm, attempts, "2026-11-23 09:31").at == utc(at)


def test_a_day_is_a_day_on_the_clocks_of_the_place() -> None:
    # Sunday at 01:00 it is winter still, 00:00 UTC; Monday at 01:00 summer, 23:00 UTC on Sunday.
    attempts = ran(("finished", "2026-03-29 00:00", "2026-03-29 00:10"))
    assert turn(DAILY, attempts, "2026-03-29 12:00", BERLIN).at == utc("2026-03-29 23:00")
    attempts = ran(("finished", "2026-10-24 23:00", "2026-10-24 23:10"))
    assert turn(DAILY, attempts, "2026-10-25 12:00", BERLIN).at == utc("2026-10-26 00:00")


def test_a_backfill_over_many_nights_rests_after_its_last() -> None:
    rhythm = Rhythm(timedelta(days=90), NIGHT, budget_pages=3000)
    nights = [("budget", f"2026-11-{day} 17:00", f"2026-11-{day} 21:00") for day in (20, 21, 22)]
    assert turn(rhythm, ran(*nights), "2026-11-23 17:01").state is State.DUE
    nights.append(("finished", "2026-11-23 17:01", "2026-11-23 18:00"))
    found = turn(rhythm, ran(*nights), "2026-11-24 17:01")
    # 90 days after November 23: 7 + 31 + 31 + 21.
    assert (found.state, found.at) == (State.LATER, utc("2027-02-21 17:00"))
    assert found.succeeded is not None
    assert found.succeeded.run == 4


# Several kinds of runs, several sources


BOTH = {"new": DAILY, "recheck": DAILY}


def states(attempts: list[Attempt], now: str) -> dict[str, str]:
    turns = decide(replace(CAS, zone=SHANGHAI, schedule=BOTH), attempts, utc(now))
    return {turn.mode: turn.state.value for turn in turns}


def test_while_one_runs_the_others_of_its_source_wait() -> None:
    running = ran(("running", "2026-11-23 17:00", None))
    assert states(running, "2026-11-23 17:05") == {"new": "running", "recheck": "busy"}
    probing = ran(("running", "2026-11-23 17:00", None), mode="probe")
    assert states(probing, "2026-11-23 17:05") == {"new": "busy", "recheck": "busy"}
    elsewhere = ran(("running", "2026-11-23 17:00", None), source="another")
    assert states(elsewhere, "2026-11-23 17:05") == {"new": "due", "recheck": "due"}


@pytest.mark.parametrize("outcome", ["unreachable", "refused"])
def test_a_site_in_trouble_is_left_alone_altogether(outcome: str) -> None:
    trouble = ran((outcome, "2026-11-23 17:00", "2026-11-23 17:05"))
    assert states(trouble, "2026-11-23 17:06") == {"new": "later", "recheck": "later"}


def test_trouble_of_one_kind_does_not_hold_the_other_back() -> None:
    failed = ran(("no-entries", "2026-11-23 17:00", "2026-11-23 17:05"))
    assert states(failed, "2026-11-23 17:06") == {"new": "later", "recheck": "due"}


def test_a_site_that_has_answered_since_is_asked_again() -> None:
    trouble = ran(("refused", "2026-11-23 17:00", "2026-11-23 17:05"))
    probed = [
        Attempt(9, "cas-english", "probe", utc("2026-11-23 17:30"), utc("2026-11-23 17:31"), "finished")
    ]
    assert states(probed + trouble, "2026-11-23 17:40") == {"new": "later", "recheck": "due"}


def test_what_is_urgent_comes_first() -> None:
    schedule = dict.fromkeys(timetable.MODES, HOURLY)
    first = replace(CAS, id="a", schedule=schedule)
    second = replace(CAS, id="b", schedule=schedule)
    late = ran(("finished", "2026-11-23 10:00", "2026-11-23 10:01"), source="b") + ran(
        ("finished", "2026-11-23 11:00", "2026-11-23 11:01"), source="a"
    )
    now = utc("2026-11-23 15:00")
    turns = by_urgency([*decide(first, late, now), *decide(second, late, now)])
    order = [
        ("b", "new"),
        ("a", "new"),
        ("a", "recheck"),
        ("b", "recheck"),
        ("a", "backfill"),
        ("b", "backfill"),
    ]
    assert [(turn.source, turn.mode) for turn in turns] == order


@pytest.mark.parametrize(
    ("told", "now", "pause"),
    [
        # Until the window opens, when that is soon; else a look every quarter of an hour.
        ([], "2026-11-23 16:55", timedelta(minutes=5)),
        ([], "2026-11-23 12:00", timedelta(minutes=15)),
        ([("running", "2026-11-23 17:00", None)], "2026-11-23 17:10", timedelta(minutes=1)),
        ([], "2026-11-23 17:10", timedelta(minutes=1)),
    ],
)
def test_how_long_the_daemon_waits(
    told: list[tuple[str, str, str | None]], now: str, pause: timedelta
) -> None:
    assert pause_before([turn(DAILY, ran(*told), now)], utc(now)) == pause


# The tables of a source


def test_the_newsroom_is_read_by_night() -> None:
    assert list(CAS.schedule) == ["new", "recheck", "backfill"]
    assert CAS.schedule["new"].every == CAS.schedule["recheck"].every == timedelta(days=1)
    assert CAS.schedule["backfill"].every == timedelta(days=90)
    for rhythm in CAS.schedule.values():
        assert rhythm.window is not None
        opens, closes = rhythm.window.opening(utc("2026-11-23 12:00"), CAS.zone)
        # Night in Beijing: between 17:00 and 24:00 UTC.
        assert utc("2026-11-23 17:00") <= opens < closes <= utc("2026-11-24 00:00")
        assert rhythm.budget_pages is not None
        # At the source's delay a run ends in its window.
        assert rhythm.budget_pages * timedelta(seconds=CAS.delay) <= closes - opens


def test_tables_are_read_in_the_order_of_urgency() -> None:
    read = timetable.read(
        {
            "backfill": {"every": "12w", "window": "22:00-05:30", "budget_bytes": 10_000},
            "new": {"every": "30m", "budget_pages": 5},
        }
    )
    assert list(read.items()) == [
        ("new", Rhythm(timedelta(minutes=30), budget_pages=5)),
        ("backfill", Rhythm(timedelta(days=84), Window(time(22), time(5, 30)), budget_bytes=10_000)),
    ]
    assert timetable.read({}) == {}


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"daily": {"every": "1d"}}, "schedule.daily: no such kind of run; there are new, recheck, backfill"),
        ({"new": "1d"}, "schedule.new must be a table"),
        ("1d", "schedule must be tables"),
        ({"new": {}}, 'schedule.new.every is missing; write every = "1d"'),
        ({"new": {"every": "1d", "budget": 3}}, "schedule.new.budget: no such key"),
        (
            {"new": {"every": "daily"}},
            "schedule.new.every cannot be 'daily'; write a number and m, h, d or w",
        ),
        ({"new": {"every": 86400}}, "schedule.new.every cannot be 86400"),
        ({"new": {"every": "0d"}}, "schedule.new.every cannot be '0d'"),
        ({"new": {"every": "5m"}}, "timers look only every 15 minutes"),
        ({"new": {"every": "1d", "window": "1-6"}}, "schedule.new.window cannot be '1-6'; write hours"),
        ({"new": {"every": "1d", "window": "20:00-24:00"}}, "schedule.new.window cannot be '20:00-24:00'"),
        ({"new": {"every": "1d", "window": "06:00-06:00"}}, "leave it out when any time will do"),
        ({"new": {"every": "1d", "window": "23:50-00:10"}}, "shorter than 30 minutes"),
        ({"new": {"every": "1d", "budget_pages": 0}}, "schedule.new.budget_pages cannot be 0"),
        ({"new": {"every": "1d", "budget_bytes": "2 GB"}}, "schedule.new.budget_bytes cannot be '2 GB'"),
        ({"new": {"every": "1d", "budget_pages": True}}, "schedule.new.budget_pages cannot be True"),
    ],
)
def test_a_wrong_table_says_which_key(tables: object, words: str) -> None:
    with pytest.raises(SourceError) as raised:
        timetable.read(tables)
    assert words in str(raised.value)
