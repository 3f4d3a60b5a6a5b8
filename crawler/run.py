"""One execution of the spider for one source: the open archive, its agenda, its place in the ledger.

Knows nothing of Scrapy.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from urllib.parse import urlsplit

from archive import health, runs, warc
from archive.db import open_database
from archive.errors import ArchiveError
from archive.frontier import Kind
from archive.items import CapturedPage
from archive.query.ledger import ListingWalk, walks_of
from archive.store import Response, Store
from crawler.agenda import CrawlAgenda
from crawler.asking import Agenda, Mode
from crawler.ending import GOES_ON, Ending, conclude, counts
from crawler.intake import Failure, Intake
from crawler.manners import Wait
from crawler.plan import SOFTWARE, Plan
from crawler.probe import Probe

#: Addresses without any response after which a site counts as out of reach.
CUT_OFF_AFTER = 3
#: Seconds between two notes in the ledger of how far a run is, and between two syncs of its WARC.
NOTE_INTERVAL = 15.0
#: A run for what is new does not go on with one that began longer ago: the listings have moved on.
TOO_OLD = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a run has left to do."""

    #: Addresses that are due, by kind.
    due: Mapping[Kind, int] = field(default_factory=dict)
    #: Its passes over the listings of sections.
    walks: tuple[ListingWalk, ...] = ()


class CrawlRun:
    """A run under way: the open archive, the WARC being written, the agenda."""

    def __init__(self, plan: Plan, probe: Probe | None = None) -> None:
        """Open the archive and begin the run in its ledger. Raises StorageError, RunningError.

        probe: what asks and takes the pages in the place of a crawl's own agenda.
        """
        config, source = plan.config, plan.source
        self.plan = plan
        self.clock = config.clock()
        #: How the run ended; None while it is under way.
        self.ending: Ending | None = None
        #: Why the site was left alone; None when it was not.
        self.refusal: str | None = None
        #: What made it impossible to keep anything more; None when nothing did.
        self.trouble: ArchiveError | None = None
        #: Addresses that were due and not asked for, by kind; known when the run has ended.
        self.remaining: dict[Kind, int] = {}
        #: Why nothing is sent just now; None: a request is under way, or it is not known.
        self.waiting: Wait | None = None
        #: What is unusual about the pages of this run: a redesign shows here first.
        self.findings: tuple[health.Finding, ...] = ()
        self._broken = False
        self._noted = 0
        with ExitStack() as opened:
            self._database = opened.enter_context(open_database(config.data, create=True))
            self._store = Store(self._database)
            mode = probe.purpose if probe else plan.mode.value
            described = plan.describe()
            self.id = runs.start(
                self._database, source=source.id, mode=mode, config=described, clock=self.clock
            )
            folder = self._database.warcs
            #: WARC files of earlier runs that are damaged, and were left as they are.
            self.damaged = [r.warc for r in warc.repair(folder) if r.outcome is warc.RepairOutcome.DAMAGED]
            self._warc = warc.WarcWriter(
                folder,
                source.id,
                software=f"{SOFTWARE}/{version(SOFTWARE)}",
                operator=config.contact,
                max_bytes=config.warc_bytes,
            )
            opened.callback(self._warc.close)
            #: Seconds between two requests, once robots.txt has had its say.
            self.delay = plan.delay
            #: Every robots.txt that was read.
            self.robots: list[CapturedPage] = []
            self.agenda: Agenda = probe or self._agenda()
            self.agenda.begin()
            self._opened = opened.pop_all()

    def _agenda(self) -> CrawlAgenda:
        plan = self.plan
        intake = Intake(plan.source, self._store, self.id, since=plan.since)
        before = runs.unfinished_since(self._database, self.id, GOES_ON, same=("all", "section", "since"))
        if plan.mode is Mode.NEW and before and self.clock() - before > TOO_OLD:
            before = None
        return CrawlAgenda(
            self._database,
            intake,
            plan,
            self.id,
            self.clock,
            at_once=plan.concurrency,
            continues=before,
        )

    @property
    def purpose(self) -> str:
        """Its mode, as the ledger has it."""
        return self.agenda.purpose

    @property
    def pace(self) -> str:
        """The delay between requests, and who asks for it."""
        if not self.delay:
            return "no delay"
        return f"{'Crawl-delay' if self.delay > self.plan.delay else 'delay'} {self.delay:g} s"

    def standing(self) -> Standing:
        """Return what is left to do: reads the archive, from whatever thread. Raises ArchiveError."""
        if self.ending is not None or not self.agenda.saves:
            return Standing()
        return Standing(self.agenda.remaining(), walks_of(self._database, self.id))

    def keep(self, exchange: warc.Exchange) -> CapturedPage:
        """Store one exchange and return its page."""
        capture = self._warc.write(exchange)
        page = warc.page_of(exchange, capture)
        mime = (page.header("Content-Type") or "").partition(";")[0].strip().lower() or None
        response = Response(exchange.status, mime, exchange.seconds, len(exchange.body))
        self._store.save_capture(exchange.url, capture, response=response, run=self.id)
        if urlsplit(exchange.url).path == "/robots.txt":
            self.robots.append(page)
        return page

    def note(self) -> None:
        """Make sure that a power cut or a kill leaves what is known so far; say that the run is alive."""
        self._warc.sync()
        runs.progress(self._database, self.id, counts(self.agenda.tally), self._unnoted(), clock=self.clock)
        self.agenda.renew()

    def _unnoted(self) -> list[tuple[str, str]]:
        """Return the failures that the ledger does not have yet."""
        failures = self.agenda.tally.failures[self._noted :]
        self._noted += len(failures)
        return [(failure.url, failure.reason) for failure in failures]

    def slow_down(self, host: str, seconds: float) -> None:
        """Take notice of the delay that a host's robots.txt asks for."""
        self.delay = seconds
        # Its robots.txt was asked for just now, and counts.
        self.waiting = Wait(time.monotonic() + seconds, self.pace, is_regular=True)
        runs.delay(self._database, self.id, seconds, host)

    def keep_failure(self, url: str, sent_at: datetime, reason: str) -> None:
        """Store that a request got no response."""
        capture = self._warc.write_failure(url, sent_at, reason)
        self._store.save_capture(url, capture, run=self.id)

    @property
    def is_cut_off(self) -> bool:
        """Whether nothing at all came back so far, often enough to stop asking."""
        tally = self.agenda.tally
        return tally.responses == 0 and len(tally.failures) >= CUT_OFF_AFTER

    def broke(self, url: str, error: BaseException | None) -> None:
        """Note that our own software failed on a page: the run has failed, whatever else it brought."""
        self._broken = True
        self.agenda.tally.failures.append(Failure(url, f"error in this software: {error!r}"))

    def close(self, reason: str) -> None:
        """Close the WARC and end the run in the ledger; done once, whoever asks first.

        reason: `finished`, or Scrapy's word for why the spider closed early.
        """
        if self.ending is not None:
            return
        try:
            with self._opened:
                self.ending = self._conclude(reason)
                runs.finish(
                    self._database,
                    self.id,
                    outcome=self.ending.value,
                    counts=counts(self.agenda.tally),
                    failures=self._unnoted(),
                    clock=self.clock,
                )
                if self.agenda.saves:
                    self.findings = health.watch(self._database, self.id, self.clock())
        except ArchiveError as error:
            self.ending, self.trouble = Ending.FAILED, self.trouble or error

    def _conclude(self, reason: str) -> Ending:
        agenda = self.agenda
        agenda.end()
        self.remaining = agenda.remaining()
        if self._broken:
            return Ending.FAILED
        left = sum(self.remaining.values()) if agenda.is_spent else 0
        return conclude(agenda.tally, reason, saves=agenda.saves, left=left)
