"""When an article is asked for again: soon while it is new, ever more seldom while it stays. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

#: No article is asked for more often, or more seldom, than this.
SHORTEST = timedelta(hours=6)
LONGEST = timedelta(days=180)
#: An article is asked for again after this share of its age: what is old has settled.
_OF_AGE = 4
#: A change shortens the interval by this factor, its absence doubles it.
_AFTER_CHANGE = 4
#: Waits between runs after an address has failed so many runs in a row; the first time at once.
_AFTER_FAILURES = (timedelta(0), timedelta(0), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))


def interval(
    before: timedelta | None, elapsed: timedelta, published: date | None, now: datetime, *, changed: bool
) -> timedelta:
    """Return how long to wait before the next check.

    before: the interval so far; None: this was the first time. elapsed: since the last check, which may have
    come early. published: None counts as new.
    """
    if before is None:
        age = now.date() - published if published else timedelta(0)
        return _bounded(age / _OF_AGE)
    return _bounded(before / _AFTER_CHANGE if changed else max(before, min(before, elapsed) * 2))


def spread(length: timedelta, key: int) -> timedelta:
    """Return an interval up to a tenth shorter or longer, the same for the same key.

    Without it what was fetched in one night would be due in one night for ever.
    """
    return length * (0.9 + (key * 7919 % 201) / 1000)


def after_failures(attempts: int) -> timedelta:
    """Return how long to leave an address alone that has failed so many runs in a row."""
    return _AFTER_FAILURES[min(attempts, len(_AFTER_FAILURES) - 1)]


def _bounded(length: timedelta) -> timedelta:
    return min(max(length, SHORTEST), LONGEST)
