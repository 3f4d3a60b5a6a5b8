"""What a run asks for: its purpose and bounds, one request, and who decides what is next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from archive.frontier import Kind, Lease
from archive.items import CapturedPage
from crawler.intake import Tally
from crawler.sources import Scope

#: Requests for one address in one run, before it is left to the next.
TRIES = 3
#: What Scrapy says of an address that robots.txt forbids: an outcome, not a failure.
FORBIDDEN = "Forbidden by robots.txt"


class Mode(StrEnum):
    """The purpose of a run."""

    #: The listings from the top until they are known, and the articles that are new there.
    NEW = "new"
    #: Every section to its last page.
    BACKFILL = "backfill"
    #: Articles whose next check is due.
    RECHECK = "recheck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a run is about, and how far it goes."""

    scope: Scope
    mode: Mode = Mode.NEW
    #: With RECHECK: whatever the interval says.
    all: bool = False
    #: Publication date before which articles are not asked for.
    since: date | None = None
    #: Articles to fetch at most.
    limit: int | None = None
    #: Requests to send, and bytes of bodies to receive, at most.
    budget_pages: int | None = None
    budget_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to send."""

    #: Where exactly to ask.
    url: str
    kind: Kind
    #: Validators of what is kept; None: ask for the page whatever is kept.
    etag: str | None = None
    last_modified: str | None = None
    #: What it is settled with; None: it is no address of a frontier.
    lease: Lease | None = None
    #: Which request of this run for the address it is, and how many redirects led to it.
    tries: int = 1
    hops: int = 0


class Agenda(Protocol):
    """What the scheduler asks: a crawl's agenda, or a probe's."""

    tally: Tally
    #: As the ledger of runs has it.
    purpose: str
    #: Whether articles are saved.
    saves: bool

    @property
    def is_spent(self) -> bool:
        """Whether the budget of the run is used up."""

    def remaining(self) -> dict[Kind, int]:
        """Return how many addresses of each kind are due and were not asked for."""

    def end(self) -> None:
        """Give back what was leased and not asked for."""

    def begin(self) -> None:
        """Make ready."""

    def next(self) -> Ask | None:
        """Return what to ask for now; None: nothing."""

    def take(self, ask: Ask, page: CapturedPage) -> None:
        """Take an answer."""

    def failed(self, ask: Ask, reason: str, *, again: bool) -> None:
        """Note that a request brought nothing. again: the same request may bring something now."""

    def renew(self) -> None:
        """Say that the run is alive."""
