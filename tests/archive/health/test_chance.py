"""Small samples say nothing, large ones need a margin; nine in ten pauses are no longer than the usual."""

from __future__ import annotations

import pytest

from archive.health.chance import allowed_share, at_least, is_unusual, usual_pause


@pytest.mark.parametrize(
    ("missing", "of", "allowed", "unusual"),
    [
        (2, 2, 0.05, False),  # two pages are too few, whatever they show
        (3, 3, 0.05, True),
        (3, 3, 0.10, False),  # a field that one page in ten lacks may well be missing on three
        (4, 4, 0.10, True),
        (3, 4, 0.05, True),
        (3, 10, 0.05, False),
        (5, 10, 0.05, True),
        (10, 100, 0.05, False),  # not enough above what is allowed
        (20, 100, 0.05, True),
        (900, 1000, 0.95, False),
        (5, 40000, 0.05, False),
        (8000, 40000, 0.05, True),
        (0, 0, 0.05, False),
    ],
)
def test_what_is_more_than_chance(missing: int, of: int, allowed: float, unusual: bool) -> None:
    assert is_unusual(missing, of, allowed) is unusual


@pytest.mark.parametrize(
    ("missing", "of", "share"),
    [
        (0, 200, 0.05),  # never less than one in twenty
        (0, 0, 0.5),  # nothing is known
        (9, 18, 0.5),
        (18, 18, 0.95),
    ],
)
def test_the_past_allows_a_share(missing: int, of: int, share: float) -> None:
    assert allowed_share(missing, of) == pytest.approx(share)


def test_the_chance_of_heads() -> None:
    assert at_least(0, 2, 0.5) == 1
    assert at_least(1, 2, 0.5) == pytest.approx(0.75)
    assert at_least(2, 2, 0.5) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("moments", "pause"),
    [
        (range(10), None),  # nine pauses
        (range(11), 1),
        ([*range(10), 30], 1),  # one long pause in ten is no rule
        ([*range(9), 20, 40], 12),
        (range(0, 700, 7), 7),
        ([*range(0, 1000, 100), *range(2000, 2051)], 1),  # only the newest fifty
    ],
)
def test_the_usual_pause(moments: list[float], pause: float | None) -> None:
    assert usual_pause(moments) == pause
