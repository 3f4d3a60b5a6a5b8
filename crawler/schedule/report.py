"""How a schedule reads: a table, JSON, and one line an event. Times are UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from archive.cli import note
from archive.query import Attempt
from crawler.schedule.due import State, Turn
from crawler.schedule.rounds import Event, What


def table(turns: Iterable[Turn]) -> Table:
    """Return the turns of one source, fit for 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    for column in ("mode", "last run", "ended", "last success", "state", "next"):
        table.add_column(column, no_wrap=True)
    for turn in turns:
        table.add_row(
            turn.mode,
            _minute(turn.last.started) if turn.last else "never",
            turn.last.outcome if turn.last else "",
            _minute(turn.succeeded.started) if turn.succeeded else "never",
            turn.state,
            "now" if turn.state in (State.DUE, State.BUSY) else _minute(turn.at),
        )
    return table


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def plain(turn: Turn) -> dict[str, Any]:
    """Return a turn as JSON values; times in UTC, lengths in seconds."""
    rhythm = turn.rhythm
    return {
        "source": turn.source,
        "mode": turn.mode,
        "state": turn.state,
        "next": turn.at.isoformat(),
        "closes": turn.closes.isoformat() if turn.closes else None,
        "last": _attempt(turn.last),
        "last_success": _attempt(turn.succeeded),
        "every": rhythm.every.total_seconds(),
        "window": str(rhythm.window) if rhythm.window else None,
        "budget_pages": rhythm.budget_pages,
        "budget_bytes": rhythm.budget_bytes,
    }


def _attempt(attempt: Attempt | None) -> dict[str, Any] | None:
    if attempt is None:
        return None
    ended = attempt.ended.isoformat() if attempt.ended else None
    started = attempt.started.isoformat()
    return {"run": attempt.run, "started": started, "ended": ended, "outcome": attempt.outcome}


def say(event: Event) -> None:
    """Print an event as a line for a person."""
    note(f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC  {_words(event)}")


def _words(event: Event) -> str:
    which = f"{event.source} {event.mode}"
    match event.what:
        case What.STARTED:
            return f"{which}: started" + (f", until {_minute(event.until)}" if event.until else "")
        case What.ENDED:
            code = event.code or 0
            how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
            return f"{which}: ended, {how}" + (", its window has closed" if event.cut else "")
        case What.LOCKED:
            return f"{which}: left to another schedule, which runs {event.source}"
        case What.WAITING:
            return f"waiting; next: {_next(event.turn)}" if event.turn else "waiting"
        case What.STOPPING:
            return "stopping"


def _next(turn: Turn) -> str:
    when = "now" if turn.state is State.DUE else turn.state
    late = turn.state in (State.LATER, State.WINDOW)
    return f"{turn.source} {turn.mode}, {_minute(turn.at) if late else when}"


def log_json(event: Event) -> None:
    """Print an event as a line for a program."""
    facts = {
        "at": event.at.isoformat(),
        "event": event.what,
        "source": event.source,
        "mode": event.mode,
        "code": event.code,
        "cut": event.cut or None,
        "until": event.until.isoformat() if event.until else None,
        "next": plain(event.turn) if event.turn and event.what is What.WAITING else None,
    }
    note(json.dumps({name: value for name, value in facts.items() if value is not None}, ensure_ascii=False))
