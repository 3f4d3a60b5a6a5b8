"""Runs of a source over days: an archive as crawls leave it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from archive import runs
from archive.db import Database
from archive.items import ArticleItem
from archive.store import Response, Store
from tests.archive import samples

TEXT = "A text about satellites that is as long as an article's. " * 5
#: A page as it should be.
FULL: dict[str, Any] = {
    "editor": "LI Ming",
    "source_name": "Xinhua",
    "breadcrumb": ("Home", "Science"),
    "language": "en",
}
#: The same page when no template claims it any more.
UNCLAIMED: dict[str, Any] = {"template": "generic", "language": "en"}


def page(docid: int, hours: float, folder: str = samples.SCIENCE, **fields: Any) -> ArticleItem:
    """An article as it was read, `hours` after the start."""
    return samples.item(samples.url(docid, folder), TEXT, hours=hours, **fields)


class Rehearsal:
    """Makes runs, one after another."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = Store(database)

    def run(
        self,
        day: float,
        items: Iterable[ArticleItem] = (),
        missing: Iterable[tuple[str, str]] = (),
        *,
        mode: str = "new",
        outcome: str = "finished",
        status: int = 200,
    ) -> int:
        """Make one run, `day` days after the start; items were read then. Returns its number."""
        start = samples.moment(day * 24)
        run = runs.start(self.database, source="sample", mode=mode, config={}, clock=lambda: start)
        for item in items:
            self.store.save_capture(item.url, item.captures[0], response=Response(status), run=run)
            self.store.save(item, samples.SOURCE, run=run)
        for url, reason in missing:
            capture = samples.capture(url, day * 24)
            self.store.save_capture(url, capture, response=Response(status), run=run)
            self.store.save_missing(url, samples.SOURCE, at=capture.captured_at, reason=reason)
        end = start + timedelta(minutes=10)
        runs.finish(self.database, run, outcome=outcome, counts={}, clock=lambda: end)
        return run

    def listed(self, days: Iterable[date], folder: str = samples.SCIENCE, day: float = 0) -> None:
        """Let a listing name one article of each day, read `day` days after the start."""
        entries = [
            samples.entry(samples.url(50000 + number, folder), published=published)
            for number, published in enumerate(days)
        ]
        item = samples.listing(*entries, folder=folder, hours=day * 24)
        self.store.save_listing(item, samples.SOURCE, folder)


def at(day: float) -> datetime:
    """Return a moment, `day` days after the start."""
    return samples.moment(day * 24)
