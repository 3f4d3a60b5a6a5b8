"""Everything that is due, one crawl after another; once, or again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import IO

from archive import query
from archive.cli import ExitCode
from archive.clock import Clock
from archive.db import FILE_NAME, open_database
from archive.query import Attempt
from crawler.schedule import lock
from crawler.schedule.crawl import Stop, command, crawl
from crawler.schedule.due import SUCCESSES, State, Turn, by_urgency, decide
from crawler.sources import SourceConfig
from crawler.sources.timetable import TICK

#: From best to worst. A run of the source that is under way already is no failure; a budget that is spent is
#: what the timetable asked for; wrong usage is the worst, since no later round will do better.
_SEVERITY = (
    ExitCode.DONE,
    ExitCode.RUNNING,
    ExitCode.BUDGET,
    ExitCode.INCOMPLETE,
    ExitCode.STOPPED,
    ExitCode.NO_ENTRIES,
    ExitCode.UNREACHABLE,
    ExitCode.FAILED,
    ExitCode.USAGE,
)
#: After these the other modes of the source are left for a later round.
_REST = (ExitCode.USAGE, ExitCode.STOPPED, ExitCode.RUNNING)
#: Between two looks while somebody else's run is under way, and after one that left something due.
_POLL = timedelta(minutes=1)


class What(StrEnum):
    """What an event of a schedule is."""

    STARTED = "started"
    ENDED = "ended"
    #: Another schedule runs the source.
    LOCKED = "locked"
    WAITING = "waiting"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that whoever watches a schedule should read."""

    at: datetime
    what: What
    #: None: about no source in particular.
    source: str | None = None
    mode: str | None = None
    #: Of a crawl that ended: its exit code, or the negative number of the signal that killed it.
    code: int | None = None
    #: Whether it was ended because its window closed.
    cut: bool = False
    #: When the window of the crawl closes; None: it has none, or no crawl has started.
    until: datetime | None = None
    #: The turn that is waited for; None: nothing is scheduled, or it is no waiting.
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A crawl that a round made."""

    source: str
    mode: str
    started: datetime
    ended: datetime
    #: Negative: the signal that killed it.
    code: int
    cut: bool

    @property
    def verdict(self) -> ExitCode:
        """What it means for the schedule."""
        if self.cut and self.code == ExitCode.STOPPED:
            return ExitCode.BUDGET
        return ExitCode(self.code) if self.code in tuple(ExitCode) else ExitCode.FAILED


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code that a round ends with: the worst of its crawls'."""
    code = max(codes, key=_SEVERITY.index, default=ExitCode.DONE)
    return ExitCode.DONE if code is ExitCode.RUNNING else code


@dataclass(slots=True, kw_only=True)
class Schedule:
    """The sources to be run, and where; remembers crawls that never got as far as the ledger."""

    sources: Sequence[SourceConfig]
    data: Path
    mirror: str | None
    clock: Clock
    #: Is told what happens.
    tell: Callable[[Event], None] = lambda event: None
    #: Where the crawls' standard output goes; None: where ours goes.
    output: IO[str] | None = None
    #: Is called at the end of every round.
    after: Callable[[], None] = lambda: None
    _unrecorded: list[Attempt] = field(default_factory=list)

    def turns(self) -> list[Turn]:
        """Return what is due and what is not, the most urgent first. Raises StorageError."""
        attempts = (*self._unrecorded, *self._recorded())
        now = self.clock()
        return by_urgency(turn for source in self.sources for turn in decide(source, attempts, now))

    def commands(self) -> list[list[str]]:
        """Return the command lines of the runs that are due."""
        return [self._command(turn) for turn in self.turns() if turn.state is State.DUE]

    def round(self, stop: Stop) -> list[Done]:
        """Make every run that is due, each at most once, one after another; end early when asked to."""
        done: list[Done] = []
        tried: set[tuple[str, str]] = set()
        resting: set[str] = set()
        while not stop.asked:
            due = [turn for turn in self.turns() if turn.state is State.DUE and turn.source not in resting]
            turn = next((turn for turn in due if (turn.source, turn.mode) not in tried), None)
            if turn is None:
                break
            tried.add((turn.source, turn.mode))
            with lock.held(self.data, turn.source) as descriptor:
                if descriptor is None:
                    resting.add(turn.source)
                    self.tell(Event(at=self.clock(), what=What.LOCKED, source=turn.source, mode=turn.mode))
                elif self._is_still_due(turn):
                    done.append(self._crawl(turn, descriptor, stop))
                    if done[-1].verdict in _REST:
                        resting.add(turn.source)
        self.after()
        return done

    def keep_on(self, stop: Stop) -> None:
        """Make what is due, wait for what falls due next, and so on until asked to end."""
        told = None
        while True:
            self.round(stop)
            if stop.asked:
                self.tell(Event(at=self.clock(), what=What.STOPPING))
                return
            now, turns = self.clock(), self.turns()
            next_one = min(turns, key=lambda turn: turn.at, default=None)
            pause = pause_before(turns, now)
            if next_one != told or told is None:
                # Once, and not at every look.
                self.tell(Event(at=now, what=What.WAITING, turn=next_one))
                told = next_one
            stop.wait(pause.total_seconds())

    def _command(self, turn: Turn) -> list[str]:
        return command(turn, self.data.absolute(), self.mirror)

    def _is_still_due(self, turn: Turn) -> bool:
        """Whether nobody ran it between the look and the lock."""
        key = (turn.source, turn.mode)
        return any((t.source, t.mode) == key and t.state is State.DUE for t in self.turns())

    def _crawl(self, turn: Turn, descriptor: int, stop: Stop) -> Done:
        started = self.clock()
        self.tell(
            Event(
                at=started,
                what=What.STARTED,
                source=turn.source,
                mode=turn.mode,
                until=turn.closes,
                turn=turn,
            )
        )
        left = turn.closes - started if turn.closes else None
        code, cut = crawl(self._command(turn), stop, lock=descriptor, left=left, output=self.output)
        done = Done(turn.source, turn.mode, started, self.clock(), code, cut)
        if code not in (ExitCode.DONE, ExitCode.RUNNING) and not self._is_recorded(turn):
            self._unrecorded.insert(0, Attempt(None, turn.source, turn.mode, started, done.ended, "failed"))
        self.tell(
            Event(at=done.ended, what=What.ENDED, source=turn.source, mode=turn.mode, code=code, cut=cut)
        )
        return done

    def _is_recorded(self, turn: Turn) -> bool:
        """Whether the ledger knows a later run than the one that the turn was decided by."""
        before = turn.last.run if turn.last else None
        newest = next((a for a in self._recorded() if (a.source, a.mode) == (turn.source, turn.mode)), None)
        return newest is not None and newest.run != before

    def _recorded(self) -> tuple[Attempt, ...]:
        if not (self.data / FILE_NAME).exists():
            return ()
        with open_database(self.data, read_only=True) as database:
            return query.attempts(database, until=SUCCESSES, clock=self.clock)


def pause_before(turns: Iterable[Turn], now: datetime) -> timedelta:
    """Return how long to wait before the next look: until something falls due, at most a quarter of an hour.

    Not longer, because clocks are set, machines sleep, and operators crawl by hand.
    """
    waits = [turn.at - now if turn.state in (State.LATER, State.WINDOW) else _POLL for turn in turns]
    return min(max(min(waits, default=TICK), timedelta(seconds=1)), TICK)
