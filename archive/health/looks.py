"""What pages gave when they were read: the values that are judged in `archive.health.pages`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.health.findings import Example, Kind

#: Template of a page that none claims.
GENERIC = "generic"
#: Examples of a finding.
MAX_EXAMPLES = 3
#: Reasons why a page that was answered gave no article; the other reasons say that it is not there.
UNREAD = frozenset(("not-an-article", "no-title", "no-body", "stub"))
#: Reasons that are no loss: the article is somewhere else.
ELSEWHERE = frozenset(("redirect",))


@dataclass(frozen=True, slots=True)
class Look:
    """What a page gave when it was read: the template that claimed it, and the fields found."""

    template: str
    found: frozenset[str]

    @property
    def is_claimed(self) -> bool:
        """Whether a template claimed it."""
        return self.template != GENERIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Pages of one section that one run asked for, with the same result."""

    section: str
    run: int
    count: int
    #: What they gave; None: no article.
    now: Look | None
    #: What they gave before; None: they were not read before.
    before: Look | None = None
    #: Why they gave no article; None exactly when they gave one.
    reason: str | None = None
    #: The first few.
    urls: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What the newest pages of a section gave when they were read, before the runs that are judged."""

    #: (what they gave, how many).
    looks: tuple[tuple[Look, int], ...] = ()
    #: Addresses that were asked for, and of them those that gave no article, by kind of reason.
    asked: int = 0
    missing: Mapping[Kind, int] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many were read."""
        return sum(count for _, count in self.looks)

    @property
    def unclaimed(self) -> int:
        """How many of them no template claimed."""
        return sum(count for look, count in self.looks if not look.is_claimed)

    def without(self, name: str) -> int:
        """Return how many of them lacked a field."""
        return sum(count for look, count in self.looks if name not in look.found)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the recent runs of a source got from pages, and what was got before."""

    source: str
    #: Runs to look at, the newest first.
    runs: tuple[int, ...]
    asked: tuple[Asked, ...]
    #: By section, of those with pages that were not read before.
    past: Mapping[str, Past]
    #: The same of the whole source, for sections without a past of their own.
    whole: Past = field(default_factory=Past)


def kind_of(reason: str) -> Kind:
    """Return what a reason why there is no article is counted as."""
    return Kind.EXTRACTION if reason in UNREAD else Kind.VANISHED
