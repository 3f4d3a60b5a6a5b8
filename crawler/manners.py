"""How a host that is in trouble, or asks for quiet, is treated. Pure: the clock is whoever calls.

Sources: RFC 9110, section 10.2.3 (Retry-After); RFC 6585, section 4 (429).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

#: Answers that mean "not now" or "not you": some firewalls say 412 to what they take for a robot.
_REFUSALS = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.TOO_MANY_REQUESTS})


def is_trouble(status: int) -> bool:
    """Whether a response asks for more distance between requests."""
    return status in _REFUSALS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header (number or date) asks for; None when it says nothing."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


@dataclass(frozen=True, slots=True)
class Wait:
    """Why nothing is sent just now, and until when."""

    #: Moment on a monotonic clock.
    until: float
    #: For a person: `delay 5 s`, `HTTP 429, Retry-After`.
    why: str
    #: The distance that is kept between any two requests; otherwise the host is in trouble.
    is_regular: bool = False


@dataclass(slots=True)
class Patience:
    """What is owed to one host: when it may be asked again, and whether it should be asked at all."""

    #: Seconds of the first wait; each further trouble in a row doubles it.
    first: float
    #: Seconds that no wait exceeds; a host that asks for more is left alone for this run.
    longest: float
    #: Troubles in a row after which the host is left alone for this run.
    most: int
    #: Troubles in a row so far.
    troubles: int = 0
    #: Moment, on the caller's clock, before which the host is not asked.
    not_before: float = 0.0
    #: Why the host is left alone for this run; None while it is not.
    broken: str | None = None
    #: What it is waited for.
    why: str = ""

    def trouble(self, now: float, what: str, asked: float | None = None) -> None:
        """Note a refusal, a server error or no answer. asked: seconds of a Retry-After."""
        self.troubles += 1
        wait = max(asked or 0.0, min(self.longest, self.first * 2 ** (self.troubles - 1)))
        if wait > self.longest:
            self.broken = f"{what}; it asks for {wait:.0f} s of quiet"
        elif self.troubles >= self.most:
            self.broken = f"{what}, {self.troubles} times in a row"
        if now + wait >= self.not_before:
            self.why = f"{what}, Retry-After" if asked is not None and asked >= wait else what
        self.not_before = max(self.not_before, now + wait)

    def relief(self) -> None:
        """Note an ordinary answer."""
        self.troubles = 0

    def wait(self, now: float) -> float:
        """Return the seconds to wait before the host is asked again."""
        return max(0.0, self.not_before - now)
