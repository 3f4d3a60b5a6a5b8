"""How far a run is, for whoever looks: a live display on a terminal, otherwise lines in a log."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from archive.frontier import Kind
from archive.query.ledger import ListingWalk
from crawler.log import Log
from crawler.progress import Progress, Watched, current, page_of
from crawler.run import Standing

#: Sections that are shown.
SHOWN_SECTIONS = 4
_KINDS = {
    Kind.LANDING: "landing pages",
    Kind.LISTING: "list pages",
    Kind.PART: "parts",
    Kind.ARTICLE: "articles",
}


@contextmanager
def shown(run: Watched, console: Console) -> Iterator[None]:
    """Show how far a run is while the block runs: live on a terminal, otherwise in lines."""
    progress = Progress(run)
    if console.is_terminal and not console.is_dumb_terminal:
        spinner = Spinner("dots")
        with Live(
            console=console,
            get_renderable=lambda: display(progress, spinner),
            refresh_per_second=4,
            transient=True,
        ):
            yield
        return
    log = Log(progress, console)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(1.0):
            log.tick()

    log.start()
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        log.end()


def display(progress: Progress, spinner: Spinner) -> RenderableType:
    """Return how far a run is, for a terminal of 80 columns or more."""
    run, standing, figures = progress.run, progress.standing(), progress.figures()
    title = f" {run.plan.source.id}, {run.purpose}, run {run.id}, {_clock_time(progress.seconds)}"
    spinner.update(text=Text(title, "bold cyan"))
    table = Table.grid(padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    for name, text in _rows(progress, standing, figures):
        table.add_row(f"  {name}", text)
    return Group(spinner, table)


def _rows(progress: Progress, standing: Standing, figures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    tally = progress.run.agenda.tally
    walks = standing.walks
    done = sum(walk.ended is not None for walk in walks)
    if walks:
        yield "sections", f"{done} of {len(walks)} read"
    for walk in _most_open(walks, tally.section):
        yield "", f"{walk.section}  page {page_of(walk, ' of ')}"
    yield "listings", f"{figures['listings']:,} pages, {figures['entries']:,} articles named"
    saved = ", ".join(
        f"{figures[name]:,} {name}" for name in ("new", "changed", "unchanged", "gone", "failed")
    )
    yield "articles", saved
    rates = f"{_rate(figures['requests_a_second'])}; {_rate(figures['pages_a_second'], 'pages')}"
    yield "requests", f"{figures['requests']:,}, {rates}"
    if standing.due:
        yield "due", ", ".join(f"{count:,} {_KINDS.get(kind, kind)}" for kind, count in standing.due.items())
    yield "now", progress.waiting() or "waiting for an answer"
    if progress.trouble:
        yield "archive", progress.trouble
    if tally.failures:
        yield "failed", f"{tally.failures[-1].reason}: {tally.failures[-1].url}"


def _most_open(walks: Sequence[ListingWalk], folder: str) -> list[ListingWalk]:
    """Return sections that are being read: the one that was read last, then those with most pages left."""
    last = current(walks, folder)
    others = [walk for walk in walks if walk.ended is None and walk.pages and walk is not last]
    others.sort(key=lambda walk: (walk.pages - walk.total, walk.section))
    return [*([last] if last else []), *others][:SHOWN_SECTIONS]


def _rate(value: float, what: str = "") -> str:
    figure = f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return " ".join(filter(None, (figure, what, "a second")))


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
