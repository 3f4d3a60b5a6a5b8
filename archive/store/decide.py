"""What is decided about an article when something arrives: values in, values out.

Nothing here depends on the order in which things arrive: every answer is a function of what is known.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from posixpath import basename
from urllib.parse import urlsplit

from archive.items import ArticleItem

#: Reasons for which the site itself says that nothing is there.
ABSENT = frozenset(("dead-link", "soft-404"))

#: Sort key of an address among those of one article: the smallest is the article's own.
Preference = Callable[[str], tuple[int, int, str]]


class Outcome(StrEnum):
    """What a save did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    #: Read at another address of an article that was kept already.
    DUPLICATE_OF = "duplicate-of"


def content_digest(item: ArticleItem) -> str:
    """Return the digest over what a reader of the page sees.

    White space does not count. Nor does what changes when pages are only rendered anew: template, breadcrumb,
    meta keywords, addresses of pictures; nor how the page was read: extractor, evidence, capture.
    """
    seen = [
        item.title,
        item.published.isoformat() if item.published else None,
        item.source_name,
        item.editor,
        item.author,
        item.photographer,
        item.text,
        list(item.captions),
        [[link.text, basename(urlsplit(link.url).path)] for link in item.attachments],
        list(item.videos),
    ]
    return sha256(json.dumps(_folded(seen), ensure_ascii=False).encode()).hexdigest()


def _folded(value: object) -> object:
    if isinstance(value, str):
        return " ".join(value.split())
    return [_folded(part) for part in value] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Span:
    """A version as far as its place in a history goes."""

    pk: int
    digest: str
    first: datetime
    last: datetime


class Move(StrEnum):
    """What a new reading does to a history."""

    #: The version at `index` was seen again.
    EXTEND = "extend"
    #: The version at `index` was there earlier than known: the reading is its first now.
    PREPEND = "prepend"
    #: A version of its own, before the one at `index`.
    INSERT = "insert"
    #: A version of its own in the middle of the one at `index`, which said the same again afterwards.
    SPLIT = "split"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a reading belongs in a history."""

    move: Move
    index: int

    @property
    def adds_version(self) -> bool:
        """Whether a reader would see a difference."""
        return self.move in (Move.INSERT, Move.SPLIT)


def place(history: Sequence[Span], digest: str, moment: datetime) -> Placement:
    """Find the place of a reading among the versions of its address, oldest first.

    Readings can arrive late (a replay, a repaired run): the history ends up as if they had come in order.
    Of two readings of the same moment, the one that arrives last is the later.
    """
    index = next((i for i, span in enumerate(history) if moment < span.last), len(history))
    inside = index < len(history) and history[index].first <= moment
    if inside:
        return Placement(Move.EXTEND if history[index].digest == digest else Move.SPLIT, index)
    if index and history[index - 1].digest == digest:
        return Placement(Move.EXTEND, index - 1)
    if index < len(history) and history[index].digest == digest:
        return Placement(Move.PREPEND, index)
    return Placement(Move.INSERT, index)


def outcome(*, was_kept: bool, was_chosen: bool, placement: Placement | None) -> Outcome:
    """Name what a save did.

    was_kept: the article had a text before. was_chosen: that text came from this item's address.
    placement: None when the capture had been read before, or no version is kept for this address.
    """
    if not was_kept:
        return Outcome.NEW
    if not was_chosen:
        return Outcome.DUPLICATE_OF
    changed = placement is not None and placement.adds_version
    return Outcome.CHANGED if changed else Outcome.UNCHANGED


@dataclass(frozen=True, slots=True)
class Known:
    """An address of an article as far as choosing goes."""

    pk: int
    url: str
    #: Gave the article at some time.
    was_read: bool
    #: Was asked for and gave none, or only the way to another address.
    was_missing: bool = False


def choose_url(addresses: Iterable[Known], preference: Preference) -> str:
    """Return the article's address: the preferred one of those that may lead to it."""
    known = list(addresses)
    usable = [a for a in known if a.was_read or not a.was_missing] or known
    return min((a.url for a in usable), key=preference)


def choose_read(addresses: Iterable[Known], preference: Preference) -> Known | None:
    """Return the address whose text and history are the article's: the preferred one that was read."""
    return min((a for a in addresses if a.was_read), key=lambda a: preference(a.url), default=None)


def is_absent(last_read: datetime, missing_at: datetime | None, reason: str | None) -> bool:
    """Whether the site says that nothing is at an address any more that gave an article."""
    return missing_at is not None and missing_at > last_read and reason in ABSENT


@dataclass(frozen=True, slots=True)
class Listed:
    """What the listings of one section say of an article."""

    folder: str
    url: str
    keywords: tuple[str, ...] = ()
    abstract: str | None = None


def choose_listed(
    entries: Iterable[Listed], folder: str, rank: Callable[[str], int]
) -> tuple[tuple[str, ...], str | None]:
    """Return keywords and abstract: those of the article's own folder first, then by rank and alphabet.

    rank: place of a section's folder in the source's order of sections.
    """
    order = sorted(entries, key=lambda e: (e.folder != folder, rank(e.folder), e.folder, e.url))
    keywords = next((e.keywords for e in order if e.keywords), ())
    abstract = next((e.abstract for e in order if e.abstract), None)
    return keywords, abstract
