"""The archive's writing room: whatever arrives is decided and kept here, each in one transaction.

The full-text index follows in the same transaction. What the archive holds afterwards is a function of what
arrived, not of the order in which it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from archive.db import Database
from archive.items import ArticleItem, Capture, ListItem
from archive.quality import Quality, assess
from archive.store.decide import ABSENT, Outcome, outcome
from archive.store.furniture import Furniture, furniture_in_force
from archive.store.sources import Source, keep_source
from archive.store.writer import Response, Writer, put_capture

__all__ = ["ABSENT", "Furniture", "Outcome", "Response", "Saved", "SavedListing", "Source", "Store"]


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did, and to which article."""

    outcome: Outcome
    article_id: str


@dataclass(frozen=True, slots=True)
class SavedListing:
    """How many entries of a list page named an address for the first time, and how many did not."""

    new: int
    known: int


class Store:
    """Saves what was read into an archive that is open for writing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sources: set[str] = set()

    def save_capture(
        self,
        url: str,
        capture: Capture,
        *,
        response: Response | None = None,
        run: int | None = None,
    ) -> int:
        """Keep where a stored exchange lies; return its key.

        url: the real address asked for. response: None when there was none.
        """
        with self._database.write() as connection:
            return put_capture(connection, url, capture, response, run=run)[0]

    def save(
        self,
        item: ArticleItem,
        source: Source,
        *,
        quality: Quality | None = None,
        run: int | None = None,
        reread: Callable[[Path, Sequence[Capture]], ArticleItem | None] | None = None,
    ) -> Saved:
        """Keep an article as it was read from its captures.

        quality: None: judged by the item alone. reread: reads earlier captures from the WARC folder by the
        same rules as the item, so that what only the rules changed makes no version; None: every difference
        is the page's. The same capture saved again changes nothing.
        """
        again = partial(reread, self._database.warcs) if reread else None
        with self._writing(source) as writer:
            reading = writer.read(item, quality or assess(item), run, again)
        row = reading.state.row
        result = outcome(
            was_kept=row.version_pk is not None,
            was_chosen=row.text_address == reading.address.pk,
            placement=reading.placement,
        )
        return Saved(result, row.id)

    def furniture(self, source: Source) -> Furniture | None:
        """Return the table of recurring blocks that a source's pages are read with; None: with none."""
        return furniture_in_force(self._database, source.id)

    def save_listing(
        self, item: ListItem, source: Source, folder: str, *, run: int | None = None
    ) -> SavedListing:
        """Keep what a list page says of its articles.

        folder: of the section that the page belongs to, with both slashes. All entries must be the source's.
        """
        at = item.capture.captured_at
        new = 0
        with self._writing(source) as writer:
            writer.capture(item.url, item.capture, run)
            for entry in item.entries:
                address = writer.address(entry.url, at)
                new += not address.was_known
                writer.entry(entry, item, folder, address)
                writer.settle(writer.state(address.article_pk))
        return SavedListing(new, len(item.entries) - new)

    def save_missing(self, url: str, source: Source, *, at: datetime, reason: str) -> None:
        """Keep that the address of an article was asked for and gave none: dead-link, soft-404, stub …

        It is not chosen as an article's address then, unless it gave the article at another time.
        """
        with self._writing(source) as writer:
            address = writer.address(url, at)
            writer.missing(address, at, reason)
            writer.settle(writer.state(address.article_pk))

    def save_confirmed(self, url: str, source: Source, *, at: datetime) -> None:
        """Keep that the article at an address was as it is kept: the site itself said so (HTTP 304)."""
        with self._writing(source) as writer:
            address = writer.address(url, at, read=True)
            writer.confirm(address, at)
            writer.settle(writer.state(address.article_pk))

    def save_redirect(self, url: str, target: str, source: Source, *, at: datetime) -> None:
        """Keep that an address leads to the article at another one: it is one of that article's addresses."""
        with self._writing(source) as writer:
            address, article = writer.address(url, at), writer.address(target, at)
            writer.missing(address, at, "redirect")
            writer.move(address, article)
            writer.settle(writer.state(article.article_pk))

    @contextmanager
    def _writing(self, source: Source) -> Iterator[Writer]:
        """Open one transaction; the source is written down the first time."""
        with self._database.write() as connection:
            if source.id not in self._sources:
                keep_source(connection, source)
            yield Writer(connection, self._database.search, source)
        self._sources.add(source.id)
