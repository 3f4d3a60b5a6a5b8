"""Freshness and volume of sections, as tables of cases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from archive.health.findings import Kind
from archive.health.sections import Section, SectionFacts, judge_sections, measure

TODAY = date(2026, 6, 30)
LONG_AGO = date(2025, 1, 1)


def section(days: list[int], per_day: int = 1, until: date = TODAY) -> Section:
    """A section with articles so many days before today."""
    facts = SectionFacts("s", "/a/", {TODAY - timedelta(days=ago): per_day for ago in days})
    measured = measure(facts, until)
    assert measured is not None
    return measured


def kinds(measured: Section, watched_since: date | None = LONG_AGO) -> list[Kind]:
    return [finding.kind for finding in judge_sections([measured], watched_since)]


@pytest.mark.parametrize(
    ("newest", "every", "late_after", "is_late"),
    [
        # A daily section is late after three days, a weekly one after three weeks.
        (3, 1, 3, False),
        (4, 1, 3, True),
        (21, 7, 21, False),
        (22, 7, 21, True),
        (90, 30, 90, False),
        (91, 30, 90, True),
        # What has been silent for far longer has ended: ten times what makes it late, 60 to 365 days.
        (60, 1, 3, True),
        (61, 1, 3, False),
        (210, 7, 21, True),
        (211, 7, 21, False),
        (366, 40, 120, False),
    ],
)
def test_a_section_is_late_by_its_own_rhythm(
    newest: int, every: int, late_after: float, is_late: bool
) -> None:
    measured = section(list(range(newest, newest + 40 * every, every)))
    assert measured.late_after == late_after
    assert measured.is_late is is_late
    assert (Kind.STALE in kinds(measured)) is is_late


def test_a_short_history_says_nothing() -> None:
    measured = section([40, 41, 42, 43, 44, 45, 46, 47, 48, 49])
    assert measured.late_after is None
    assert kinds(measured) == []


def test_weekends_and_one_holiday_are_part_of_the_rhythm() -> None:
    workdays = [
        ago for ago in range(10, 200) if (TODAY - timedelta(days=ago)).weekday() < 5 and not 50 < ago < 60
    ]
    assert section(workdays).late_after == 9  # three weekends


def test_what_was_late_before_anybody_looked_had_ended() -> None:
    measured = section(list(range(30, 90)))
    assert kinds(measured, watched_since=TODAY - timedelta(days=26)) == []
    assert kinds(measured, watched_since=TODAY - timedelta(days=27)) == [Kind.STALE]
    assert kinds(measured, watched_since=None) == []


def test_silence_counts_to_the_last_run_that_read_the_listings() -> None:
    assert kinds(section(list(range(10, 90)), until=TODAY - timedelta(days=9))) == []


def test_the_message_names_section_and_rhythm() -> None:
    (finding,) = judge_sections([section(list(range(30, 90)))], LONG_AGO)
    assert (
        finding.message == "nothing new in /a/ for 30 days; its pauses are 1 days at most, nine times in ten"
    )
    assert finding.section == "/a/"


def window(count: int, number: int) -> dict[date, int]:
    """So many articles on one day of the 28 days that ended `number` windows ago."""
    return {TODAY - timedelta(days=28 * number + 1): count}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([20] * 13, []),
        ([9, 20, 22, 18, 20, 20, 20, 20], []),
        ([7, 20, 22, 18, 20, 20, 20, 20], [Kind.VOLUME]),  # less than two fifths of the usual
        ([7, 20, 22, 6, 20, 20, 20, 20], []),  # it was as low before
        ([61, 20, 22, 18, 20, 20, 20, 20], [Kind.VOLUME]),  # more than three times the usual
        ([60, 20, 22, 18, 20, 20, 20, 20], []),
        ([61, 20, 22, 70, 20, 20, 20, 20], []),
        ([1, 7, 7, 7, 7, 7, 7, 7], []),  # too small to count
        ([1, 20, 20, 20, 20, 20, 20], []),  # the oldest window is cut off: only five are whole
    ],
)
def test_volume_against_its_own_past(counts: list[int], expected: list[Kind]) -> None:
    days: dict[date, int] = {}
    for number, count in enumerate(counts):
        days |= window(count, number)
    measured = measure(SectionFacts("s", "/a/", days), TODAY)
    assert measured is not None
    assert kinds(measured) == expected


def test_a_section_without_dates_is_not_measured() -> None:
    assert measure(SectionFacts("s", "/a/", {}), TODAY) is None
    assert measure(SectionFacts("s", "/a/", {TODAY + timedelta(days=1): 1}), TODAY) is None
