"""One crawl in a process of its own: started, told when its window closes, waited for."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO

from crawler.schedule.due import Turn


def command(turn: Turn, data: Path, mirror: str | None = None) -> list[str]:
    """Return the command line of a run, for the interpreter that works here."""
    words = [sys.executable, "-m", "crawler", "crawl", turn.source, "--mode", turn.mode]
    for option, value in (
        ("--budget-pages", turn.rhythm.budget_pages),
        ("--budget-bytes", turn.rhythm.budget_bytes),
        ("--mirror", mirror),
        ("--data", data),
    ):
        words += [option, str(value)] if value is not None else []
    return words


class Stop:
    """SIGINT and SIGTERM while it is entered: noted, and passed on to the crawl that is under way."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._previous = ExitStack()

    @property
    def asked(self) -> bool:
        """Whether somebody wants an end."""
        return self._asked.is_set()

    def wait(self, seconds: float) -> None:
        """Wait so long, or until somebody wants an end."""
        self._asked.wait(seconds)

    def pass_on_to(self, child: subprocess.Popen[bytes] | None) -> None:
        """Name the crawl that signals are for; None: none is under way."""
        self._child = child
        if child is not None and self.asked:
            # It came after the last look and before there was anybody to pass it on to.
            child.send_signal(signal.SIGTERM)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._asked.set()
        if self._child is not None:
            self._child.send_signal(number)

    def __enter__(self) -> Stop:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._previous.callback(signal.signal, number, signal.signal(number, self._note))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._previous.close()


def crawl(
    words: Sequence[str],
    stop: Stop,
    *,
    lock: int,
    left: timedelta | None,
    output: IO[str] | None = None,
) -> tuple[int, bool]:
    """Run a command to its end; return its exit code and whether it was cut.

    The code is negative for the signal that killed it. lock: descriptor that the child keeps open. left: time
    until its window closes; then it is asked to end, as by Ctrl-C. output: where its standard output goes;
    None: where ours goes.
    A child that does not end is never killed: one that waits for a slow site cannot be told from one that
    hangs, each of its requests has a time-out, and the ledger shows since when it has been running.
    """
    cut = threading.Event()
    # A session of its own: Ctrl-C in a terminal reaches it once, from us, and not twice.
    child = subprocess.Popen(  # noqa: S603 - no shell, and the words are ours
        words, stdin=subprocess.DEVNULL, stdout=output, pass_fds=(lock,), start_new_session=True
    )

    def close() -> None:
        cut.set()
        child.terminate()

    timer = threading.Timer(max(left.total_seconds(), 0), close) if left is not None else None
    try:
        stop.pass_on_to(child)
        if timer is not None:
            timer.daemon = True
            timer.start()
        code = child.wait()
    finally:
        stop.pass_on_to(None)
        if timer is not None:
            timer.cancel()
    return code, cut.is_set()
