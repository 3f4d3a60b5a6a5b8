"""Scrapy's scheduler as a view of the agenda: nothing waits in memory, nothing is lost with the process."""

from __future__ import annotations

from typing import Protocol, cast

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler

from archive.errors import ArchiveError
from crawler.asking import Agenda, Ask


class Asker(Protocol):
    """The spider, as far as the scheduler goes."""

    is_stopping: bool

    @property
    def agenda(self) -> Agenda:
        """What is to be asked for."""

    def request(self, ask: Ask) -> Request:
        """Return the request that an address is asked for with."""

    def keep_no_more(self, error: ArchiveError) -> None:
        """End the crawl because nothing can be kept any more."""


class AgendaScheduler(BaseScheduler):
    """Hands the engine what the agenda leases, when the engine can send it."""

    def __init__(self) -> None:
        self._spider: Asker | None = None
        #: Asked of the agenda, not yet by the engine.
        self._next: Ask | None = None

    def open(self, spider: Spider) -> None:
        """Take the agenda of the spider's run."""
        self._spider = cast("Asker", spider)

    def has_pending_requests(self) -> bool:
        """Whether anything is due; the engine wonders only when nothing is under way."""
        self._next = self._next or self._ask()
        return self._next is not None

    def enqueue_request(self, request: Request) -> bool:
        """Refuse: an address is leased before it is asked for, and nothing here asks without."""
        return False

    def next_request(self) -> Request | None:
        """Return the next request, leased; None when nothing is due now."""
        ask, self._next = self._next or self._ask(), None
        return self._spider.request(ask) if ask and self._spider else None

    def _ask(self) -> Ask | None:
        if self._spider is None or self._spider.is_stopping:
            return None
        try:
            return self._spider.agenda.next()
        except ArchiveError as error:
            self._spider.keep_no_more(error)
            return None
