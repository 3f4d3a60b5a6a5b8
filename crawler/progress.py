"""What a crawl shows while it works: a live display on a terminal, a line now and then in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from crawler.intake import Tally

#: Seconds between two lines in a log: the first comes soon, later ones ever more seldom.
LOG_INTERVALS = (1.0, 60.0)


@contextmanager
def shown(read: Callable[[], Tally], console: Console, delay: Callable[[], float]) -> Iterator[None]:
    """Show the tally of a run while the block runs. delay: seconds the run waits between requests, by now."""
    begun = time.monotonic()
    spinner = Spinner("dots")

    def display() -> RenderableType:
        return Group(*_lines(read(), time.monotonic() - begun, delay(), spinner))

    if console.is_terminal and not console.is_dumb_terminal:
        with Live(console=console, get_renderable=display, refresh_per_second=8, transient=True):
            yield
        return
    done = threading.Event()

    def log() -> None:
        interval, longest = LOG_INTERVALS
        while not done.wait(interval):
            console.print(summary(read(), time.monotonic() - begun))
            interval = min(2 * interval, longest)

    thread = threading.Thread(target=log, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def summary(tally: Tally, seconds: float) -> str:
    """Return the state of a run in one line."""
    saved = tally.saved
    return (
        f"{seconds:.0f} s: {tally.listings} listings, {tally.articles} of {tally.entries} articles: "
        f"{saved['new']} new, {saved['changed']} changed, {saved['unchanged']} unchanged, "
        f"{len(tally.failures)} failed; {tally.responses / max(seconds, 0.1):.1f} pages a second"
    )


def _lines(tally: Tally, seconds: float, delay: float, spinner: Spinner) -> Iterator[RenderableType]:
    spinner.update(text=Text(f" {tally.section or 'finding sections'}", "bold cyan"))
    yield spinner
    yield Text(f"   {summary(tally, seconds)}")
    if delay:
        yield Text(f"   waiting {delay:g} s between requests, as the site is owed", "dim")
