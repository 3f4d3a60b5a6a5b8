"""The two ledgers of a crawl, in one transaction: what is asked for when, and how far sections are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from archive.clock import Clock
from archive.db import Database
from archive.frontier import Frontier
from archive.walks import Walks


@dataclass(frozen=True, slots=True)
class Ledgers:
    """Opens the ledgers of one source."""

    database: Database
    source: str
    clock: Clock

    @contextmanager
    def writing(self) -> Iterator[tuple[Frontier, Walks]]:
        """Open one transaction at one moment."""
        with self.database.write() as connection:
            yield Frontier(connection, self.source, self.clock()), Walks(connection, self.source)

    @contextmanager
    def reading(self) -> Iterator[Frontier]:
        """Open the frontier without writing."""
        with self.database.read() as connection:
            yield Frontier(connection, self.source, self.clock())
