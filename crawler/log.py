"""What a crawl writes where nobody watches: one line an event.

    time=2026-11-02T01:00:05Z level=info event=progress run=12 seconds=65 listings=9 …

`key=value`, quoted as in JSON where it has to be. The events are `start`, `progress` (the first soon, then
one a minute), `failed` once for each failure, `end`; what libraries log is written the same way, as `log`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from archive.frontier import Kind
from crawler.intake import Failure
from crawler.progress import Progress, current, page_of

#: Seconds from the start to the first summary, and between the later ones.
FIRST_SUMMARY, SUMMARY = 3.0, 60.0


class Log:
    """Writes the lines of one run."""

    def __init__(self, progress: Progress, console: Console) -> None:
        self._progress = progress
        self._run = progress.run
        self._console = console
        self._told = 0
        self._due = FIRST_SUMMARY

    def start(self) -> None:
        """Say what the run is about to do."""
        run = self._run
        facts = {"source": run.plan.source.id, "mode": run.purpose, "pace": run.pace}
        self._write("start", facts | _counts("due", self._progress.standing().due))

    def tick(self) -> None:
        """Say what is new since the last time: failures at once, a summary when it is due."""
        self._failures()
        if self._progress.seconds >= self._due:
            self._due = self._progress.seconds + SUMMARY
            standing = self._progress.standing()
            walk = current(standing.walks, self._run.agenda.tally.section)
            now = {
                "reading": f"{walk.section} {page_of(walk)}" if walk else None,
                "waiting": self._progress.waiting() or None,
                "trouble": self._progress.trouble,
            }
            self._write("progress", self._facts() | _counts("due", standing.due) | now)

    def end(self) -> None:
        """Say how the run ended."""
        self._failures()
        facts = {"outcome": self._run.ending} | self._facts()
        self._write("end", facts | _counts("left", self._run.remaining))

    def _facts(self) -> dict[str, Any]:
        return {"seconds": round(self._progress.seconds), **self._progress.figures()}

    def _failures(self) -> None:
        failures: list[Failure] = self._run.agenda.tally.failures[self._told :]
        self._told += len(failures)
        for failure in failures:
            self._write("failed", {"url": failure.url, "reason": failure.reason}, level="warning")

    def _write(self, event: str, facts: Mapping[str, Any], *, level: str = "info") -> None:
        write(self._console, line(self._run.clock(), level, {"event": event, "run": self._run.id, **facts}))


def _counts(word: str, counts: Mapping[Kind, int]) -> dict[str, int]:
    return {f"{word}_{kind}s": count for kind, count in counts.items()}


def line(at: datetime, level: str, facts: Mapping[str, Any]) -> str:
    """Return one line of a log; facts that are None are left out. at: aware."""
    stamp = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    pairs = {"time": stamp, "level": level, **facts}
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in pairs.items() if value is not None)


def _quoted(value: str) -> str:
    plain = value.isprintable() and not set(value) & set(' "=') and value
    return value if plain else json.dumps(value, ensure_ascii=False)


class LineFormatter(logging.Formatter):
    """Formats what libraries log as lines of the same kind; a stack stands in its line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record in one line."""
        stack = self.formatException(record.exc_info) if record.exc_info else None
        at = datetime.fromtimestamp(record.created, UTC)
        facts = {"event": "log", "logger": record.name, "text": record.getMessage(), "stack": stack}
        return line(at, record.levelname.lower(), facts)


class ConsoleHandler(logging.Handler):
    """Writes what libraries log where the progress is shown, so that neither garbles the other."""

    def __init__(self, console: Console, level: str) -> None:
        super().__init__(level)
        self._console = console
        self.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")
            if console.is_terminal
            else LineFormatter()
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        write(self._console, self.format(record))


def write(console: Console, text: str) -> None:
    """Write text as it is, whatever stands in it."""
    console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)
