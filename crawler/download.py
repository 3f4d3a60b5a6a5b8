"""Downloads over http and https, from the site itself or from a mirror; never from a private address.

The last place before the network: what is decided here holds for every request, robots.txt and redirects
included, and at the moment it is sent, not when it was put into a queue. Everything above sees only real
addresses, so that robots.txt, delays and captures behave with a mirror as they do without one.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Protocol, cast
from urllib.parse import urlsplit, urlunsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.base import ReactorBase

from archive.clock import Clock
from crawler.errors import TooLargeError
from crawler.manners import Patience, Wait, is_trouble, retry_after
from crawler.unanswered import translated

#: Key in `request.meta`: when the request was sent, in UTC.
SENT_AT = "sent_at"
#: Key in `request.meta`: seconds from sending the request to the end of the response.
SECONDS = "seconds"


class Timed(Protocol):
    """A run, as far as the time goes."""

    clock: Clock
    #: Why nothing is sent just now; None: a request is under way.
    waiting: Wait | None
    #: Seconds between two requests.
    delay: float

    @property
    def pace(self) -> str:
        """The delay, and who asks for it."""


class Patron(Protocol):
    """Whom the handler tells that a host is to be left alone: the spider."""

    is_stopping: bool

    @property
    def run(self) -> Timed:
        """The run under way."""

    def leave_alone(self, reason: str) -> None:
        """End the run, because a host has refused often enough."""


class PrivateAddressError(Exception):
    """A host leads into a private network: a mistake, or an attempt to reach what is not public."""


class HttpHandler(HTTP11DownloadHandler):
    """Scrapy's own handler, with patience, a mirror, and no way into private networks.

    Settings: MIRROR (base address or None), MIRROR_HOSTS (hosts it answers for), BACKOFF_FIRST and
    BACKOFF_LONGEST (seconds of the first and the longest wait), BACKOFF_MOST (troubles in a row).
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._mirror: str | None = settings.get("MIRROR")
        self._hosts = frozenset(settings.getlist("MIRROR_HOSTS"))
        self._waits = (settings.getfloat("BACKOFF_FIRST"), settings.getfloat("BACKOFF_LONGEST"))
        self._most = settings.getint("BACKOFF_MOST")
        # What is asked again is asked by the agenda, with its delay, and not at once and unseen by Twisted.
        self._pool.retryAutomatically = False
        self._limits = (settings.getfloat("DOWNLOAD_TIMEOUT"), settings.getint("DOWNLOAD_MAXSIZE"))
        self._patience: dict[str, Patience] = {}

    async def download_request(self, request: Request) -> Response:
        """Send the request when its host may be asked; the response carries the real address."""
        host = urlsplit(request.url).netloc
        patience = self._patience.setdefault(host, Patience(*self._waits, most=self._most))
        while patience.broken is None and (seconds := patience.wait(time.monotonic())):
            self._patron.run.waiting = Wait(patience.not_before, patience.why)
            await asyncio.sleep(min(seconds, 1.0))
            if self._patron.is_stopping:
                break
        if patience.broken is not None:
            raise IgnoreRequest(patience.broken)
        if self._patron.is_stopping:
            raise IgnoreRequest("the run is ending")
        request.meta[SENT_AT] = self._patron.run.clock()
        self._patron.run.waiting = None
        began = time.monotonic()
        try:
            response = await self._send(request)
            request.meta[SECONDS] = time.monotonic() - began
        except (IgnoreRequest, PrivateAddressError):
            raise
        except Exception as error:
            failed = translated(error, seconds=self._limits[0], size=self._limits[1])
            if not isinstance(failed, TooLargeError):
                self._trouble(patience, str(failed))
            raise failed from error
        finally:
            if self._patron.run.delay:
                until = began + self._patron.run.delay
                self._patron.run.waiting = Wait(until, self._patron.run.pace, is_regular=True)
        if is_trouble(response.status):
            header = response.headers.get("Retry-After")
            asked = retry_after(header.decode("latin-1") if header else None, datetime.now(UTC))
            self._trouble(patience, f"HTTP {response.status}", asked)
        else:
            patience.relief()
        return response

    async def _send(self, request: Request) -> Response:
        real = urlsplit(request.url)
        if self._mirror is None:
            await require_public(real.hostname or "")
            return await super().download_request(request)
        if real.hostname not in self._hosts:
            raise IgnoreRequest(f"{real.hostname} is not a host that the mirror answers for")
        base = urlsplit(self._mirror)
        path = base.path.rstrip("/") + (real.path or "/")
        mirrored = request.replace(url=urlunsplit((base.scheme, base.netloc, path, real.query, "")))
        mirrored.headers["Host"] = real.netloc
        response = await super().download_request(mirrored)
        return response.replace(url=request.url)

    def _trouble(self, patience: Patience, what: str, asked: float | None = None) -> None:
        was_broken = patience.broken is not None
        patience.trouble(time.monotonic(), what, asked)
        if patience.broken is not None and not was_broken:
            self._patron.leave_alone(patience.broken)

    @property
    def _patron(self) -> Patron:
        return cast("Patron", self.crawler.spider)


async def require_public(host: str) -> None:
    """Raise PrivateAddressError unless the host's address is public.

    The connection is made with the same answer: Scrapy's resolver keeps it (DNSCACHE_ENABLED).
    """
    from twisted.internet import reactor  # noqa: PLC0415 - importing it installs one

    address = await maybe_deferred_to_future(cast("ReactorBase", reactor).resolve(host))
    if not ip_address(address).is_global:
        raise PrivateAddressError(f"{host} leads to {address}, which is not a public address")
