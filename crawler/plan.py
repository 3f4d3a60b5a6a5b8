"""What a run is to do, checked before anything is fetched: knows of Scrapy the names of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archive import config as settings
from archive.config import Config
from crawler import sources
from crawler.asking import Bounds, Mode
from crawler.errors import SetupError
from crawler.sources import Scope, SourceConfig

SOFTWARE = "cas-news-archive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Bounds):
    """What a run is to do, checked before anything is fetched."""

    config: Config
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
        mode: str = Mode.NEW.value,
        all: str | bool = False,
        budget_pages: str | int | None = None,
        budget_bytes: str | int | None = None,
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
            limit=_count("limit", limit),
            mode=_mode(mode, all=_flag(all)),
            all=_flag(all),
            budget_pages=_count("budget_pages", budget_pages),
            budget_bytes=_count("budget_bytes", budget_bytes),
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
    def concurrency(self) -> int:
        """Requests to one host at once."""
        return self.source.concurrency if self.delay else 8

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
            "CONCURRENT_REQUESTS": self.concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": self.concurrency,
            "BACKOFF_FIRST": self.backoff,
            "DOWNLOAD_TIMEOUT": self.config.timeout,
            "DOWNLOAD_MAXSIZE": self.config.max_bytes,
            "MIRROR": self.mirror,
            "MIRROR_HOSTS": [urls.host, *urls.aliases],
        }

    def describe(self) -> dict[str, Any]:
        """Return what the ledger keeps of this plan, as plain JSON values."""
        return {
            "all": self.all,
            "section": self.scope.section,
            "since": self.since.isoformat() if self.since else None,
            "limit": self.limit,
            "budget_pages": self.budget_pages,
            "budget_bytes": self.budget_bytes,
            "delay": self.delay,
            "mirror": self.mirror,
            "user_agent": self.user_agent,
        }


def _date(value: str | date | None) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise SetupError(f"since={value!r} is not a date; write YYYY-MM-DD, such as 2024-05-01") from error


def _count(name: str, value: str | int | None) -> int | None:
    if value is None:
        return None
    try:
        count = int(value)
    except ValueError as error:
        raise SetupError(f"{name}={value!r} is not a number") from error
    if count < 1:
        raise SetupError(f"{name} must be at least 1")
    return count


def _flag(value: str | bool) -> bool:
    if isinstance(value, bool):
        return value
    if value.lower() not in ("true", "false", "1", "0"):
        raise SetupError(f"all={value!r} is neither true nor false")
    return value.lower() in ("true", "1")


def _mode(value: str, *, all: bool) -> Mode:
    try:
        mode = Mode(value)
    except ValueError as error:
        raise SetupError(f"mode={value!r}: there are {', '.join(Mode)}") from error
    if all and mode is not Mode.RECHECK:
        raise SetupError("--all asks for every article again: it needs --mode recheck")
    return mode


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
