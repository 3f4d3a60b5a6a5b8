"""What was asked of a host, counted request by request in the order in which they were sent.

Pure. Holds what was under way or in a burst at one time and a bounded list of distances, however many
requests there were.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

#: How far below the promised delay a single distance may lie, as a share of it: `crawler/settings.py` spreads
#: delays by so much to both sides (DOWNLOAD_DELAY_JITTER).
JITTER = 0.3
#: Key of `Asked.statuses` for requests that got no response.
NO_RESPONSE = "none"

_SECOND = timedelta(seconds=1)
_TEN_SECONDS = timedelta(seconds=10)
# What a crawl backs off from: `crawler.manners.is_trouble`.
_REFUSALS = frozenset({403, 412, 429})


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, as its capture tells."""

    at: datetime
    #: NULL in the table, None here: no response.
    status: int | None = 200
    #: From sending the request to the end of the response; None: not measured.
    seconds: float | None = 0.0
    #: Bytes of the body as received.
    size: int = 0
    #: Whether it asked for robots.txt.
    is_robots: bool = False
    #: Seconds between two requests that the run promised; 0: it promised nothing.
    delay: float = 0.0
    #: Shortest distance that keeps it; None: all that the jitter leaves of the delay.
    least: float | None = None

    @property
    def ended(self) -> datetime:
        """When the response had come; where that was not measured, when the request was sent."""
        return self.at + timedelta(seconds=self.seconds or 0.0)

    @property
    def is_trouble(self) -> bool:
        """Whether a crawl has to wait longer after it: a refusal, a server error, a measured time-out."""
        if self.status is None:
            return self.seconds is not None
        return self.status in _REFUSALS or self.status >= 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked of one host. Times in UTC, durations in seconds."""

    host: str
    requests: int
    #: Of the bodies, as received.
    bytes: int
    #: HTTP status, or `none` for no response -> requests.
    statuses: Mapping[str, int]
    #: Requests of robots.txt.
    robots: int
    #: When the first and the last request was sent.
    first: datetime
    last: datetime
    #: Most requests that were under way at the same time.
    most_at_once: int
    #: Most requests that were sent within any so many seconds.
    most_in_1s: int
    most_in_10s: int
    #: Between two requests, the median to three digits; None: there was only one.
    shortest: float | None
    median: float | None
    #: Delays that the runs promised, the shortest first; none: no run promised any.
    delays: tuple[float, ...]
    #: Distances for which a delay was promised, those that kept it but for the jitter, and their share.
    promised: int
    kept: int
    share: float | None
    #: Refusals, server errors and measured time-outs, and the waits from their end to the next request.
    troubles: int
    shortest_wait: float | None
    longest_wait: float | None


class Meter:
    """Counts what is asked of one host. Requests are added in the order in which they were sent."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._requests = self._bytes = self._robots = 0
        self._statuses: Counter[str] = Counter()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._under_way: list[datetime] = []
        self._windows = (_Window(_SECOND), _Window(_TEN_SECONDS))
        self._at_once = 0
        self._shortest: float | None = None
        self._distances: Counter[float] = Counter()
        self._delays: set[float] = set()
        self._promised = self._kept = 0
        self._troubled: list[datetime] = []
        self._troubles = 0
        self._waits: tuple[float, float] | None = None

    def add(self, sent: Sent) -> None:
        """Count one request."""
        self._requests += 1
        self._bytes += sent.size
        self._robots += sent.is_robots
        self._statuses[NO_RESPONSE if sent.status is None else str(sent.status)] += 1
        self._measure_distance(sent)
        self._measure_burst(sent)
        self._measure_waits(sent)
        self._first = self._first or sent.at
        self._last = sent.at

    def _measure_distance(self, sent: Sent) -> None:
        if sent.delay:
            self._delays.add(sent.delay)
        if self._last is None:
            return
        distance = (sent.at - self._last).total_seconds()
        self._shortest = distance if self._shortest is None else min(self._shortest, distance)
        # Three digits bound how many different distances there can be.
        self._distances[float(f"{distance:.3g}")] += 1
        if sent.delay:
            self._promised += 1
            self._kept += distance >= ((1 - JITTER) * sent.delay if sent.least is None else sent.least)

    def _measure_burst(self, sent: Sent) -> None:
        while self._under_way and self._under_way[0] <= sent.at:
            heappop(self._under_way)
        heappush(self._under_way, sent.ended)
        self._at_once = max(self._at_once, len(self._under_way))
        for window in self._windows:
            window.add(sent.at)

    def _measure_waits(self, sent: Sent) -> None:
        while self._troubled and self._troubled[0] <= sent.at:
            wait = (sent.at - heappop(self._troubled)).total_seconds()
            shortest, longest = self._waits or (wait, wait)
            self._waits = min(shortest, wait), max(longest, wait)
        if sent.is_trouble:
            self._troubles += 1
            heappush(self._troubled, sent.ended)

    def asked(self) -> Asked:
        """Return what was counted. Raises ValueError when nothing was."""
        if self._first is None or self._last is None:
            raise ValueError(f"nothing was asked of {self._host}")
        shortest_wait, longest_wait = self._waits or (None, None)
        return Asked(
            host=self._host,
            requests=self._requests,
            bytes=self._bytes,
            statuses=dict(sorted(self._statuses.items())),
            robots=self._robots,
            first=self._first,
            last=self._last,
            most_at_once=self._at_once,
            most_in_1s=self._windows[0].most,
            most_in_10s=self._windows[1].most,
            shortest=self._shortest,
            median=_median(self._distances),
            delays=tuple(sorted(self._delays)),
            promised=self._promised,
            kept=self._kept,
            share=self._kept / self._promised if self._promised else None,
            troubles=self._troubles,
            shortest_wait=shortest_wait,
            longest_wait=longest_wait,
        )


class _Window:
    """The most moments that lie within a span of time, both ends less than the span apart."""

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._moments: deque[datetime] = deque()
        self.most = 0

    def add(self, moment: datetime) -> None:
        """Count one more moment; none is earlier than the one before."""
        self._moments.append(moment)
        while moment - self._moments[0] >= self._span:
            self._moments.popleft()
        self.most = max(self.most, len(self._moments))


def _median(counts: Counter[float]) -> float | None:
    """Return the median of values that are counted; None when there are none."""
    total = counts.total()
    if not total:
        return None
    middle, passed = [], 0
    for value, count in sorted(counts.items()):
        for place in ((total - 1) // 2, total // 2):
            if passed <= place < passed + count:
                middle.append(value)
        passed += count
    return sum(middle) / 2
