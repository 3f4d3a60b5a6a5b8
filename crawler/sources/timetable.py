"""When each kind of run of a source is made, and how much of the site it may ask for.

    [schedule.new]
    every = "1d"              # m, h, d or w
    window = "01:00-06:00"    # in the source's zone; may cross midnight; without one: at any time
    budget_pages = 2500
    budget_bytes = 500_000_000

Knows nothing of what was run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from crawler.errors import SourceError

#: Kinds of runs that can be scheduled, the most urgent first.
MODES = ("new", "recheck", "backfill")
#: How often a timer looks what is due: nothing shorter can be kept.
TICK = timedelta(minutes=15)
#: Windows shorter than this could open and close between two looks.
SHORTEST_WINDOW = 2 * TICK

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_KEYS = ("every", "window", "budget_pages", "budget_bytes")


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, by the clocks of a place, in which a run may work."""

    begin: time
    #: At or before `begin`: of the next day.
    end: time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def opening(self, moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return begin and end, in UTC, of the opening that `moment` lies in, else of the next one."""
        today = moment.astimezone(zone).date()
        return next(span for span in self._openings(today - _DAY, zone) if span[1] > moment)

    def last_opened(self, moment: datetime, zone: tzinfo) -> datetime:
        """Return when it last opened, at `moment` or before, in UTC."""
        today = moment.astimezone(zone).date()
        # Where clocks are put forward one opening can be missing, never two in a row.
        opened = self._openings(today - 3 * _DAY, zone)
        return max(begin for begin, _ in (next(opened) for _ in range(5)) if begin <= moment)

    def _openings(self, first: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        nights = timedelta(self.end <= self.begin)
        while True:
            begin = datetime.combine(first, self.begin, zone).astimezone(UTC)
            end = datetime.combine(first + nights, self.end, zone).astimezone(UTC)
            # The hour that is skipped in spring can swallow a short window whole.
            if end > begin:
                yield begin, end
            first += _DAY


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often one kind of run of a source is made, and within which bounds."""

    every: timedelta
    #: None: at any time.
    window: Window | None = None
    #: Pages and bytes that one run may ask for; None: no bound.
    budget_pages: int | None = None
    budget_bytes: int | None = None


def read(tables: Any) -> dict[str, Rhythm]:
    """Return the rhythm of each mode that a source schedules, the most urgent first.

    tables: the tables under `schedule` of its file. Raises SourceError, which names the key.
    """
    if not isinstance(tables, dict):
        raise SourceError("schedule must be tables: [schedule.new], [schedule.recheck] …")
    if unknown := [name for name in tables if name not in MODES]:
        raise SourceError(f"schedule.{unknown[0]}: no such kind of run; there are {', '.join(MODES)}")
    return {mode: _rhythm(f"schedule.{mode}", tables[mode]) for mode in MODES if mode in tables}


def _rhythm(name: str, table: Any) -> Rhythm:
    if not isinstance(table, dict):
        raise SourceError(f"{name} must be a table: [{name}]")
    if unknown := [key for key in table if key not in _KEYS]:
        raise SourceError(f"{name}.{unknown[0]}: no such key; there are {', '.join(_KEYS)}")
    if "every" not in table:
        raise SourceError(f'{name}.every is missing; write every = "1d"')
    return Rhythm(
        every=_duration(f"{name}.every", table["every"]),
        window=_window(f"{name}.window", table["window"]) if "window" in table else None,
        budget_pages=_count(f"{name}.budget_pages", table.get("budget_pages")),
        budget_bytes=_count(f"{name}.budget_bytes", table.get("budget_bytes")),
    )


def _duration(name: str, value: Any) -> timedelta:
    match = re.fullmatch(r"([1-9]\d{0,3})([mhdw])", value) if isinstance(value, str) else None
    if match is None:
        raise SourceError(
            f'{name} cannot be {value!r}; write a number and m, h, d or w, such as "30m", "6h" or "90d"'
        )
    duration = int(match[1]) * _UNITS[match[2]]
    if duration < TICK:
        raise SourceError(f"{name} cannot be {value!r}: timers look only every 15 minutes")
    return duration


def _window(name: str, value: Any) -> Window:
    clock = r"((?:[01]\d|2[0-3]):[0-5]\d)"
    match = re.fullmatch(f"{clock}-{clock}", value) if isinstance(value, str) else None
    if match is None:
        raise SourceError(f'{name} cannot be {value!r}; write hours of the day, such as "01:00-06:00"')
    window = Window(time.fromisoformat(match[1]), time.fromisoformat(match[2]))
    if window.begin == window.end:
        raise SourceError(f"{name} cannot be {value!r}; leave it out when any time will do")
    if _minutes(window) < SHORTEST_WINDOW:
        raise SourceError(f"{name} cannot be {value!r}: shorter than 30 minutes it can be missed")
    return window


def _minutes(window: Window) -> timedelta:
    day = date(2000, 1, 1)
    length = datetime.combine(day, window.end, UTC) - datetime.combine(day, window.begin, UTC)
    return length % timedelta(days=1)


def _count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SourceError(f"{name} cannot be {value!r}; write a whole number above 0")
    return value
