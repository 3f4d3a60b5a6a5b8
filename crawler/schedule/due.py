"""What is due: the ledger of a source and its timetable, held against the time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from archive.query import Attempt
from archive.runs import RUNNING
from crawler.sources import SourceConfig
from crawler.sources.timetable import MODES, Rhythm

#: Outcomes after which a run is due again when its interval has passed.
SUCCESSES = frozenset({"finished", "incomplete"})
#: Spent what it may spend: goes on when its window opens again.
BUDGET = "budget"
#: Somebody ended it, or its window closed: no trouble, so the wait does not grow.
STOPPED = "stopped"
#: The site is out of reach, or wants to be left alone: no run of the source, whatever its mode.
OUT_OF_REACH = "unreachable"
REFUSED = "refused"

#: Wait after trouble, doubled with every further one in a row, up to the longest and never beyond `every`.
FIRST_WAIT = timedelta(minutes=30)
#: The same after a refusal: the run itself has already tried again, and been refused again.
FIRST_WAIT_REFUSED = timedelta(hours=6)
LONGEST_WAIT = timedelta(hours=12)

_DAY = timedelta(days=1)


class State(StrEnum):
    """Whether a run can start."""

    #: It is under way.
    RUNNING = "running"
    #: It can start now.
    DUE = "due"
    #: It could start now; another run of the source is under way.
    BUSY = "busy"
    #: It is due, and waits for its window.
    WINDOW = "window"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Turn:
    """One kind of run of one source: how it went last, and when it is made next."""

    source: str
    mode: str
    rhythm: Rhythm
    state: State
    #: When it can start (UTC); of one that is due or busy, since when.
    at: datetime
    #: When the window closes that it starts in; None: it has none.
    closes: datetime | None
    #: None: it never ran.
    last: Attempt | None
    #: The last one that did what it was to do; None: none did.
    succeeded: Attempt | None


def decide(source: SourceConfig, attempts: Iterable[Attempt], now: datetime) -> tuple[Turn, ...]:
    """Return a turn for each mode that the source schedules, the most urgent first.

    attempts: as `archive.query.attempts` gives them, back to the last of SUCCESSES; of other sources too.
    """
    own = [attempt for attempt in attempts if attempt.source == source.id]
    busy = any(attempt.outcome == RUNNING for attempt in own)
    left_alone = _left_alone(source, own)
    return tuple(
        _turn(source, mode, [a for a in own if a.mode == mode], left_alone, now, busy=busy)
        for mode in source.schedule
    )


def by_urgency(turns: Iterable[Turn]) -> list[Turn]:
    """Return the turns in the order to run them: mode by mode, what has been due longest first."""
    return sorted(turns, key=lambda turn: (MODES.index(turn.mode), turn.at, turn.source))


def _turn(  # noqa: PLR0913 - all that decides
    source: SourceConfig,
    mode: str,
    course: Sequence[Attempt],
    left_alone: datetime | None,
    now: datetime,
    *,
    busy: bool,
) -> Turn:
    rhythm = source.schedule[mode]
    known = [moment for moment in (_not_before(course, rhythm, source.zone), left_alone) if moment]
    begin = max(known, default=now)
    opens, closes = begin, None
    if rhythm.window is not None:
        opens, closes = rhythm.window.opening(max(begin, now), source.zone)
        opens = max(opens, begin)
    if course and course[0].outcome == RUNNING:
        state = State.RUNNING
    elif begin > now:
        state = State.LATER
    elif opens > now:
        state = State.WINDOW
    else:
        state = State.BUSY if busy else State.DUE
    return Turn(
        source=source.id,
        mode=mode,
        rhythm=rhythm,
        state=state,
        at=opens,
        closes=closes,
        last=course[0] if course else None,
        succeeded=next((a for a in course if a.outcome in SUCCESSES), None),
    )


def _not_before(course: Sequence[Attempt], rhythm: Rhythm, zone: tzinfo) -> datetime | None:
    """Return when the next run of one mode may start, its window apart; None: it never ran.

    course: its runs, newest first.
    """
    if not course:
        return None
    last = course[0]
    if last.outcome in SUCCESSES or last.outcome == RUNNING:
        return _regular(last.started, rhythm, zone)
    if last.outcome == BUDGET:
        return _next_helping(last, rhythm, zone)
    retry = _end(last) + _wait(course, rhythm.every)
    succeeded = next((a for a in course if a.outcome in SUCCESSES), None)
    # What failed before it was due was somebody's own idea: it waits for its turn.
    return max(retry, _regular(succeeded.started, rhythm, zone)) if succeeded else retry


def _regular(started: datetime, rhythm: Rhythm, zone: tzinfo) -> datetime:
    """Return when a run is due again that began at `started` and did what it was to do."""
    if rhythm.window is None or rhythm.every % _DAY:
        return started + rhythm.every
    # Counted in days on the clocks of the place, from the opening: else every day would begin a little later.
    opened = rhythm.window.last_opened(started, zone).astimezone(zone)
    return (opened + rhythm.every).astimezone(UTC)


def _next_helping(last: Attempt, rhythm: Rhythm, zone: tzinfo) -> datetime:
    """Return when a run goes on that has spent its budget."""
    if rhythm.window is None:
        return last.started + min(rhythm.every, _DAY)
    opens, closes = rhythm.window.opening(_end(last), zone)
    return opens if opens > _end(last) else rhythm.window.opening(closes, zone)[0]


def _left_alone(source: SourceConfig, own: Sequence[Attempt]) -> datetime | None:
    """Return until when the site is asked for nothing, as its last run ended; None: nothing is in the way."""
    ended = [attempt for attempt in own if attempt.outcome != RUNNING]
    if not ended or ended[0].outcome not in (OUT_OF_REACH, REFUSED):
        return None
    last = ended[0]
    rhythm = source.schedule.get(last.mode)
    course = [attempt for attempt in ended if attempt.mode == last.mode]
    return _end(last) + _wait(course, rhythm.every if rhythm else LONGEST_WAIT)


def _wait(course: Sequence[Attempt], every: timedelta) -> timedelta:
    """Return how long to wait after trouble. course: runs of one mode, newest first."""
    last = course[0]
    if last.outcome == STOPPED:
        return min(FIRST_WAIT, every)
    row = 0
    for attempt in course:
        if attempt.outcome in SUCCESSES or attempt.outcome == BUDGET:
            break
        row += attempt.outcome != STOPPED
    first = FIRST_WAIT_REFUSED if last.outcome == REFUSED else FIRST_WAIT
    doubled: int = 2 ** (row - 1)
    return min(first * doubled, LONGEST_WAIT, every)


def _end(attempt: Attempt) -> datetime:
    return attempt.ended or attempt.started
