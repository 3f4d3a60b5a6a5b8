"""What the walks of one section come to: tables of walks, and what a person says they prove."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from archive.query.proof import Claim, Opening, State, examine, folders_of
from archive.walks import Proof, Walk

BEGAN = datetime(2026, 5, 1, 8, tzinfo=UTC)


def day(number: int) -> date:
    return date(2026, 5, number)


def began(number: int) -> datetime:
    return BEGAN.replace(day=number)


def walk(number: int, proof: Proof | None = None, **facts: Any) -> Walk:
    """A walk that began at eight on a day of May; one with a proof arrived an hour later."""
    ended = began(number) + timedelta(hours=1) if proof else None
    known = {"full": False, "since": None, "pages": 2, "total": 9, "next_url": None if proof else "/index_2"}
    return Walk(
        pk=number, source="sample", folder="/a/", run_pk=number, last_run_pk=number, began=began(number),
        ended=ended, proof=proof, **known | facts,
    )  # fmt: skip


def since(number: int, from_: int) -> Walk:
    """A walk that arrived at articles older than a day of May."""
    return walk(number, Proof.SINCE, since=day(from_), proven_from=day(from_))


END, OVERLAP, JOINED, ABSENT = Proof.END, Proof.OVERLAP, Proof.JOINED, Proof.ABSENT


@pytest.mark.parametrize(
    ("walks", "from_", "to"),
    [
        ([walk(1, END)], None, 1),
        ([walk(1, END), walk(2, OVERLAP)], None, 2),
        ([walk(1, END), walk(2, OVERLAP), walk(3, JOINED)], None, 2),
        ([walk(1, END), walk(2, ABSENT)], None, 1),
        ([walk(1, END), walk(2)], None, 1),
        ([since(5, 3)], day(3), 5),
        ([walk(1, END), since(9, 1)], day(1), 9),
        ([walk(2, END), since(9, 1)], None, 9),
        ([walk(2, END), since(9, 8)], day(8), 9),
        ([since(5, 1), since(9, 4)], day(1), 9),
        ([walk(3, END, full=True), since(9, 8), walk(10, OVERLAP, proven_from=day(8))], day(8), 10),
        # A backfill over some nights arrives after walks that began later.
        ([walk(7, OVERLAP), walk(4, END, full=True)], None, 7),
    ],
)
def test_what_is_proven(walks: list[Walk], from_: date | None, to: int) -> None:
    claim = examine(walks, is_known=True).claim
    assert claim is not None
    assert (claim.since, claim.to) == (from_, began(to))


@pytest.mark.parametrize("walks", [[], [walk(1)], [walk(1, JOINED)], [walk(1, ABSENT)]])
def test_nothing_is_proven(walks: list[Walk]) -> None:
    assert examine(walks).claim is None


def test_how_it_is_proven() -> None:
    found = examine([walk(1, END), walk(2, OVERLAP)])
    assert found.claim == Claim(None, began(2), OVERLAP, began(2) + timedelta(hours=1))
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("walks", "gaps"),
    [
        # The first walk of a section: everything below its page.
        ([walk(1, oldest=day(1))], [(None, day(1))]),
        ([walk(1)], [(None, None)]),
        # Told to go back to a date only: nothing below that is asked for by it.
        ([walk(9, since=day(3), oldest=day(7))], [(day(3), day(7))]),
        # After a proof: between what is proven and where it is.
        ([walk(1, END), walk(9, oldest=day(7))], [(day(1), day(7))]),
        # A pinned article is older than the place at which the walk is.
        ([walk(5, END), walk(9, oldest=day(2))], [(day(5), None)]),
        # Two walks broke off.
        (
            [walk(1, END), walk(5, oldest=day(4)), walk(9, oldest=day(8))],
            [(day(1), day(4)), (day(1), day(8))],
        ),
        # Only --since was walked: what it left out.
        ([since(5, 3)], [(None, day(3))]),
        ([walk(1, END), since(9, 4)], [(day(1), day(4))]),
        ([since(2, 1), since(9, 4)], [(day(2), day(4)), (None, day(1))]),
        ([walk(4, END), since(9, 4)], [(day(4), day(4))]),
        ([walk(5, END), since(9, 4)], []),
        # A walk that goes below what --since proved closes that gap too.
        ([since(5, 3), walk(9, oldest=day(8))], [(None, day(3))]),
        ([since(5, 3), walk(9, full=True, oldest=day(2))], [(None, day(2))]),
    ],
)
def test_what_is_open(walks: list[Walk], gaps: list[tuple[date | None, date | None]]) -> None:
    assert [(gap.after, gap.before) for gap in examine(walks).gaps] == gaps


def test_a_walk_tells_where_it_is() -> None:
    (gap,) = examine([walk(3, trouble="HTTP 500", last_read=began(4))], running={3}).gaps
    assert (gap.opening, gap.began, gap.last_read, gap.pages, gap.total) == (
        Opening.WALK, began(3), began(4), 2, 9,
    )  # fmt: skip
    assert (gap.next_url, gap.trouble, gap.run, gap.is_running) == ("/index_2", "HTTP 500", 3, True)


def test_the_depth_of_a_walk_is_where_it_reads_not_its_oldest_entry() -> None:
    (gap,) = examine([walk(3, oldest=date(2011, 1, 1))], depths={3: day(2)}).gaps
    assert (gap.after, gap.before) == (None, day(2))


def test_a_section_that_is_read_again_is_proven_meanwhile() -> None:
    found = examine([walk(1, END), walk(5, full=True, oldest=day(3))])
    assert found.gaps == ()
    assert [gap.run for gap in found.rereading] == [5]


def test_a_later_walk_down_to_what_was_proven_closes_the_gap_of_one_that_broke_off() -> None:
    found = examine([walk(1, END), walk(5, oldest=day(3)), walk(9, OVERLAP)])
    assert found.gaps == ()
    assert [gap.run for gap in found.rereading] == [5]


@pytest.mark.parametrize(
    ("walks", "is_known", "has_moved", "state"),
    [
        ([], False, False, State.NEVER),
        ([walk(1)], False, False, State.WALKED),
        ([walk(1, END)], True, False, State.WALKED),
        ([walk(1, ABSENT)], False, False, State.ABSENT),
        ([walk(1, END), walk(2, ABSENT)], True, False, State.VANISHED),
        ([walk(1, END), walk(2, ABSENT)], True, True, State.MOVED),
        # There again, or read by a walk of which another one took the rest.
        ([walk(1, ABSENT), walk(2, END)], True, False, State.WALKED),
        ([walk(1, ABSENT), walk(2, JOINED)], False, False, State.ABSENT),
    ],
)
def test_whether_there_is_a_section(walks: list[Walk], is_known: bool, has_moved: bool, state: State) -> None:
    assert examine(walks, is_known=is_known, has_moved=has_moved).state == state


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        (r"/newsroom/cas\-in\-media/", "/newsroom/cas-in-media/"),
        (r"/newsroom/archive/news_archive/nu(?:19|20)\d{2}/", "/newsroom/archive/news_archive/nu…/"),
        (r"/Special_Reports/[\w-]+/(?:19|20)\d{2}/", "/Special_Reports/…/…/"),
    ],
)
def test_a_pattern_as_a_folder(pattern: str, folder: str) -> None:
    assert folders_of([pattern]) == {pattern: folder}
