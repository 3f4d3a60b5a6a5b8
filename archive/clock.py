"""What time it is: handed to whatever decides by the time, so that a rehearsal can set it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: Returns the present moment, in UTC.
Clock = Callable[[], datetime]


def system() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)


def starting_at(moment: datetime) -> Clock:
    """Return a clock that shows `moment` now and goes on from there."""
    begun = time.monotonic()
    start = moment.astimezone(UTC)
    return lambda: start + timedelta(seconds=time.monotonic() - begun)
