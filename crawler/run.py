"""One execution of the spider for one source: what was asked for, and what keeps the archive open.

Knows nothing of Scrapy but the names of its settings.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive import config as settings
from archive import runs, warc
from archive.config import Config
from archive.db import open_database
from archive.errors import ArchiveError
from archive.items import CapturedPage
from archive.store import Response, Store
from crawler import sources
from crawler.errors import SetupError
from crawler.intake import Failure, Intake, Tally
from crawler.probe import Probe
from crawler.sources import Scope, SourceConfig

SOFTWARE = "cas-news-archive"
#: Addresses without any response after which a site counts as out of reach.
CUT_OFF_AFTER = 3
#: Reason with which the spider is closed when the site is left alone for now.
REFUSED = "refused"
#: Seconds between two notes in the ledger of how far a run is, and between two syncs of its WARC.
NOTE_INTERVAL = 15.0


class Ending(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    INCOMPLETE = "incomplete"
    NO_ENTRIES = "no-entries"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to do, checked before anything is fetched."""

    scope: Scope
    config: Config
    #: Publication date; older articles are not asked for.
    since: date | None = None
    #: Articles to fetch at most.
    limit: int | None = None
    #: Base address of a server that answers for the source's hosts.
    mirror: str | None = None

    @classmethod
    def from_arguments(  # noqa: PLR0913, PLR0917 - these are the spider's arguments
        cls,
        source: str = "cas-english",
        section: str | None = None,
        since: str | date | None = None,
        limit: str | int | None = None,
        delay: str | float | None = None,
        mirror: str | None = None,
        data: str | Path | None = None,
    ) -> Plan:
        """Make a plan from what was typed, on the command line or as `scrapy crawl -a name=value`.

        Raises SetupError, SourceError or BadInputError, each saying what to do.
        """
        scope = Scope(sources.load(source), section)
        config = settings.load({"data": data, "delay": delay}).config
        if mirror is None and config.contact is None:
            raise SetupError(
                "a live crawl needs an address the site can write to: set CAS_ARCHIVE_CONTACT=you@example.org"
                ' or contact = "…" in cas-archive.toml (a crawl of a local copy with --mirror does not)'
            )
        return cls(
            scope=scope,
            config=config,
            since=_date(since),
            limit=_count(limit),
            mirror=_mirror(mirror),
        )

    @property
    def source(self) -> SourceConfig:
        """The source that is crawled."""
        return self.scope.source

    @property
    def delay(self) -> float:
        """Seconds between two requests to one host, before robots.txt has its say."""
        if self.config.delay is not None:
            return self.config.delay
        return 0.0 if self.mirror else self.source.delay

    @property
    def backoff(self) -> float:
        """Seconds of the first wait after a refusal, a server error or no answer."""
        if self.config.backoff is not None:
            return self.config.backoff
        return 0.0 if self.mirror else 10.0

    @property
    def user_agent(self) -> str:
        """The User-Agent of every request: what we are and whom to write to."""
        contact = self.config.contact
        return f"{SOFTWARE}/{version(SOFTWARE)}" + (f" (+{contact})" if contact else "")

    def scrapy_settings(self) -> dict[str, Any]:
        """Return what this plan changes of `crawler.settings`."""
        urls = self.source.urls
        return {
            "USER_AGENT": self.user_agent,
            "DOWNLOAD_DELAY": self.delay,
            "CONCURRENT_REQUESTS_PER_DOMAIN": self.source.concurrency if self.delay else 8,
            "BACKOFF_FIRST": self.backoff,
            "DOWNLOAD_TIMEOUT": self.config.timeout,
            "DOWNLOAD_MAXSIZE": self.config.max_bytes,
            "MIRROR": self.mirror,
            "MIRROR_HOSTS": [urls.host, *urls.aliases],
        }

    def describe(self) -> dict[str, Any]:
        """Return what the ledger keeps of this plan, as plain JSON values."""
        return {
            "section": self.scope.section,
            "since": self.since.isoformat() if self.since else None,
            "limit": self.limit,
            "delay": self.delay,
            "mirror": self.mirror,
            "user_agent": self.user_agent,
        }


class CrawlRun:
    """A run under way: the open archive, the WARC being written, the intake."""

    def __init__(self, plan: Plan, intake: Probe | None = None) -> None:
        """Open the archive and begin the run in its ledger. Raises StorageError.

        intake: what takes the pages in the place of the archive's own intake.
        """
        config, source = plan.config, plan.source
        self.plan = plan
        #: How the run ended; None while it is under way.
        self.ending: Ending | None = None
        #: Why the site was left alone; None when it was not.
        self.refusal: str | None = None
        #: What made it impossible to keep anything more; None when nothing did.
        self.trouble: ArchiveError | None = None
        self._broken = False
        with ExitStack() as opened:
            self._database = opened.enter_context(open_database(config.data, create=True))
            self._store = Store(self._database)
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
            mode = "crawl" if intake is None else "probe"
            self.id = runs.start(self._database, source=source.id, mode=mode, config=plan.describe())
            self._opened = opened.pop_all()
        self._noted = time.monotonic()
        #: Seconds between two requests, once robots.txt has had its say.
        self.delay = plan.delay
        #: Every robots.txt that was read.
        self.robots: list[CapturedPage] = []
        self.intake: Intake | Probe = intake or Intake(
            source, self._store, self.id, scope=plan.scope, since=plan.since, limit=plan.limit
        )

    def keep(self, exchange: warc.Exchange) -> CapturedPage:
        """Store one exchange and return its page."""
        capture = self._warc.write(exchange)
        self._note()
        page = warc.page_of(exchange, capture)
        mime = (page.header("Content-Type") or "").partition(";")[0].strip().lower() or None
        response = Response(exchange.status, mime, exchange.seconds, len(exchange.body))
        self._store.save_capture(exchange.url, capture, response=response, run=self.id)
        if urlsplit(exchange.url).path == "/robots.txt":
            self.robots.append(page)
        return page

    def _note(self) -> None:
        """Now and then, make sure that a power cut or a kill leaves what is known so far."""
        if time.monotonic() - self._noted >= NOTE_INTERVAL:
            self._warc.sync()
            runs.progress(self._database, self.id, counts(self.intake.tally))
            self._noted = time.monotonic()

    def keep_failure(self, url: str, sent_at: datetime, reason: str) -> None:
        """Store that a request got no response."""
        capture = self._warc.write_failure(url, sent_at, reason)
        self._store.save_capture(url, capture, run=self.id)

    @property
    def is_cut_off(self) -> bool:
        """Whether nothing at all came back so far, often enough to stop asking."""
        tally = self.intake.tally
        return tally.responses == 0 and len(tally.failures) >= CUT_OFF_AFTER

    def broke(self, url: str, error: BaseException | None) -> None:
        """Note that our own software failed on a page: the run has failed, whatever else it brought."""
        self._broken = True
        self.intake.tally.failures.append(Failure(url, f"error in this software: {error!r}"))

    def close(self, reason: str) -> None:
        """Close the WARC and end the run in the ledger; done once, whoever asks first.

        reason: `finished`, or Scrapy's word for why the spider closed early.
        """
        if self.ending is not None:
            return
        saves = isinstance(self.intake, Intake)
        self.ending = Ending.FAILED if self._broken else conclude(self.intake.tally, reason, saves=saves)
        try:
            with self._opened:
                runs.finish(
                    self._database,
                    self.id,
                    outcome=self.ending.value,
                    counts=counts(self.intake.tally),
                    failures=[(f.url, f.reason) for f in self.intake.tally.failures],
                )
        except ArchiveError as error:
            self.ending, self.trouble = Ending.FAILED, self.trouble or error


def conclude(tally: Tally, reason: str, *, saves: bool = True) -> Ending:
    """Decide how a run ended from what it did.

    reason: why the spider was closed. saves: whether the run was to save articles.
    """
    # One dead link alone is an outcome; when nothing of several gave an article, the site has changed.
    dead = tally.skipped["dead-link"] + tally.skipped["soft-404"]
    asked = tally.articles + len(tally.failures) + (dead if dead > 1 else 0)
    saved = tally.saved.total() or tally.skipped["before-since"]
    verdicts = (
        (reason in ("storage", "failed"), Ending.FAILED),
        (reason not in ("finished", "unreachable", REFUSED), Ending.STOPPED),
        (tally.responses == 0, Ending.UNREACHABLE),
        (reason == REFUSED, Ending.REFUSED),
        (tally.entries == 0, Ending.NO_ENTRIES),
        (saves and asked and not saved, Ending.FAILED),
        (tally.failures, Ending.INCOMPLETE),
    )
    return next((ending for holds, ending in verdicts if holds), Ending.FINISHED)


def counts(tally: Tally) -> dict[str, int]:
    """Return the tally as the ledger keeps it."""
    return {
        "responses": tally.responses,
        "landings": tally.landings,
        "listings": tally.listings,
        "entries": tally.entries,
        "articles": tally.articles,
        **tally.saved,
        **{f"skipped:{reason}": count for reason, count in tally.skipped.items()},
    }


def _date(value: str | date | None) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise SetupError(f"since={value!r} is not a date; write YYYY-MM-DD, such as 2024-05-01") from error


def _count(value: str | int | None) -> int | None:
    if value is None:
        return None
    try:
        count = int(value)
    except ValueError as error:
        raise SetupError(f"limit={value!r} is not a number") from error
    if count < 1:
        raise SetupError("limit must be at least 1")
    return count


def _mirror(value: str | None) -> str | None:
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 80) > 0
    except ValueError:
        usable = False
    if not usable or any(c.isspace() for c in value):
        raise SetupError(f"mirror={value!r} is not an address; write it like http://127.0.0.1:8000")
    return value
