"""How far a run is: read cheaply, for whoever shows it.

Reads what is left to do from the archive now and then, never at each refresh.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from archive.errors import ArchiveError
from archive.frontier import Kind
from archive.query.ledger import ListingWalk
from crawler.intake import Tally
from crawler.manners import Wait
from crawler.run import Standing

#: Seconds between two looks into the archive, and the share of the time that looking may take.
LOOK, SHARE = 5.0, 0.02
#: Seconds over which a rate is taken.
WINDOW = 60.0


class Agenda(Protocol):
    """An agenda, as far as progress goes."""

    tally: Tally


class Watched(Protocol):
    """A run, as far as its progress goes."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def plan(self) -> Any:
        """What it is to do: names its source."""

    @property
    def agenda(self) -> Agenda:
        """What it asks for."""

    @property
    def purpose(self) -> str:
        """Its mode as the ledger has it."""

    @property
    def pace(self) -> str:
        """How often it asks, and why."""

    @property
    def waiting(self) -> Wait | None:
        """Why nothing is sent just now."""

    @property
    def ending(self) -> str | None:
        """How it ended; None while it is under way."""

    @property
    def remaining(self) -> Mapping[Kind, int]:
        """What is left, once it has ended."""

    def clock(self) -> datetime:
        """Return the present moment."""

    def standing(self) -> Standing:
        """Return what is left to do. Raises ArchiveError."""


@dataclass(slots=True)
class Pace:
    """How fast something counts up, over the last minute."""

    #: Moments and what was counted then.
    _samples: deque[tuple[float, tuple[int, ...]]] = field(default_factory=lambda: deque([(0.0, ())]))

    def rates(self, seconds: float, counts: Sequence[int]) -> list[float]:
        """Return how much each count has grown a second. seconds: since the start."""
        begun, before = self._samples[0]
        while len(self._samples) > 1 and seconds - begun > WINDOW:
            self._samples.popleft()
            begun, before = self._samples[0]
        if seconds - self._samples[-1][0] >= 1:
            self._samples.append((seconds, tuple(counts)))
        earlier = before or (0,) * len(counts)
        spent = max(seconds - begun, 0.1)
        return [(now - then) / spent for now, then in zip(counts, earlier, strict=True)]


class Progress:
    """How far a run is, read cheaply."""

    def __init__(self, run: Watched, moment: Callable[[], float] = time.monotonic) -> None:
        self.run = run
        self._moment = moment
        self._begun = moment()
        self._pace = Pace()
        self._standing = Standing()
        #: Why the archive could not be read last time; what is left to do is older then.
        self.trouble: str | None = None
        self._look_at = self._begun

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._moment() - self._begun

    def standing(self) -> Standing:
        """Return what is left to do, as of some seconds ago."""
        now = self._moment()
        if now >= self._look_at:
            try:
                self._standing, self.trouble = self.run.standing(), None
            except ArchiveError as error:
                # Whether the run can go on is not for a display to decide.
                self.trouble = str(error)
            took = self._moment() - now
            self._look_at = now + max(LOOK, took / SHARE)
        return self._standing

    def figures(self) -> dict[str, int | float]:
        """Return what the run has done so far, and how fast it is."""
        tally = self.run.agenda.tally
        pages = tally.landings + tally.listings + tally.articles
        asked, fetched = self._pace.rates(self.seconds, (tally.responses, pages))
        return {
            "listings": tally.listings,
            "entries": tally.entries,
            "articles": tally.articles,
            **{name: tally.saved[name] for name in ("new", "changed", "unchanged")},
            "gone": tally.gone,
            "failed": len(tally.failures),
            "requests": tally.responses,
            "requests_a_second": round(asked, 2),
            "pages_a_second": round(fetched, 2),
        }

    def waiting(self) -> str:
        """Return what the run waits for; empty: for an answer."""
        wait = self.run.waiting
        left = wait.until - self._moment() if wait else 0.0
        if wait is None or left < 0.5:
            return ""
        return (
            f"next request in {left:.0f} s: {wait.why}"
            if wait.is_regular
            else f"waiting {left:.0f} s: {wait.why}"
        )


def current(walks: Sequence[ListingWalk], folder: str) -> ListingWalk | None:
    """Return the pass over a section that is under way; None: there is none."""
    return next((walk for walk in walks if walk.section == folder and walk.ended is None), None)


def page_of(walk: ListingWalk, between: str = "/") -> str:
    """Return how many list pages of how many are read; a pager may promise too few."""
    read = walk.pages - walk.rereads
    return f"{read}{between}{max(walk.total, read)}"
