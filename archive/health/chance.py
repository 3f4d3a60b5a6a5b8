"""How surprising a count is, and how long a pause is usual: plain arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, comb

#: Fewer pages than this are too small a sample to say anything.
MIN_PAGES = 3
#: Pages of the past that are needed to say what is usual.
MIN_PAST = 20
#: What may be missing on any page without a reason, whatever the past was.
ALLOWED = 0.05
#: What would happen by chance less often than this is no chance: about one comparison in 2,000.
UNLIKELY = 1 / 2000
#: What is missing must exceed what is allowed by this share: with many pages anything is unlikely.
MARGIN = 0.1
#: Pauses that are looked at, and how many are needed.
MAX_PAUSES, MIN_PAUSES = 50, 10


def allowed_share(missing: int, of: int) -> float:
    """Return which share may be missing after a past in which `missing` of `of` were."""
    # One more of each kind than was seen: a past of a few pages proves little.
    return max(ALLOWED, (missing + 1) / (of + 2))


def is_unusual(missing: int, of: int, allowed: float) -> bool:
    """Whether that many missing are more than chance, when each is missing with a chance of `allowed`."""
    if missing < MIN_PAGES or missing / of < allowed + MARGIN:
        return False
    # From 400 pages on, the margin alone is less likely (Hoeffding: exp(-2 * 400 * 0.1**2) = 0.0003).
    return of >= 400 or at_least(missing, of, allowed) < UNLIKELY


def at_least(count: int, of: int, share: float) -> float:
    """Return the chance of `count` or more in `of` independent trials that each succeed with chance `share`.

    of: fewer than 1,000.
    """
    return float(sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(count, of + 1)))


def usual_pause(moments: Iterable[float]) -> float | None:
    """Return the pause that nine in ten pauses between moments do not exceed; None: too few to tell.

    Looks at the newest fifty pauses and needs ten. Unit: that of the moments.
    """
    times = sorted(set(moments))[-(MAX_PAUSES + 1) :]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    return quantile(pauses, 0.9) if len(pauses) >= MIN_PAUSES else None


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that at least `share` of them do not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1]
