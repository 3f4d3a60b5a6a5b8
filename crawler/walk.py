"""How far the listings of a section are read: one list page in, the walk after it out. Pure.

    walk = read(walk, page)        what a page that was read does to a walk
    walk = missing(walk, number …) what it means that a page is not there

Lists shift while they are walked. New articles push old ones over the edge of a page, so that some are seen
twice: nothing below is lost, but the top is to be read again. Articles that are removed pull others up, past
the page that was just read: the pager counts fewer pages then, and that page is read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import takewhile

from archive.walks import Proof, Sight, Walk

#: Proven entries in a row that show that nothing below is new. Pinned entries are fewer.
ENOUGH = 10
#: List pages that one walk reads again at most, because the list shifted.
MAX_REREADS = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list page as far as walking goes."""

    sight: Sight
    published: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A list page that was read."""

    #: 0 for the first.
    number: int
    entries: Sequence[Entry]
    #: Pages of the list as its pager claims; 1 without a pager: a hint only.
    total: int
    at: datetime
    #: Addresses of the first page, the page before and the page after this one.
    top_url: str
    previous_url: str
    next_url: str
    #: The site says that it is as it was when it was read last.
    unchanged: bool = False
    #: Publication date from which earlier walks of the section prove all; None: from the first article.
    proven_from: date | None = None


def read(walk: Walk, page: ListPage) -> Walk:  # noqa: PLR0911 - one line a way to go on
    """Return the walk after a page: where it goes next, or how it arrived."""
    after = _counted(walk, page)
    if walk.proof is not None:
        return _again(after, page)
    fresh = [entry for entry in page.entries if entry.sight is not Sight.HERE]
    if page.number and not fresh and page.number >= walk.total:
        # Some servers answer a page past the last one with the last one again.
        same = replace(after, pages=walk.pages, shifted=walk.shifted)
        return _arrived(same, Proof.END, page.at, page.top_url)
    if page.number and page.total < walk.total and after.rereads < MAX_REREADS:
        # Fewer pages than before: what stood at the top of this page may stand on the one before now.
        return replace(after, next_url=page.previous_url, rereads=after.rereads + 1)
    if not page.entries:
        return _arrived(after, Proof.END, page.at, page.top_url)
    if _is_past(walk.since, page.entries):
        return _arrived(after, Proof.SINCE, page.at, page.top_url, walk.since)
    if not walk.full and _is_known(after, page):
        return _arrived(after, Proof.OVERLAP, page.at, page.top_url, page.proven_from)
    return replace(after, next_url=page.next_url)


def missing(walk: Walk, number: int, *, at: datetime, top_url: str) -> Walk:
    """Return the walk after a page that is not there: the list has ended, if that is where it ends.

    Pagers are off by one on some sites. One that promises more than that may hide what it promises: the walk
    does not arrive then.
    """
    if number + 1 >= walk.total:
        return _arrived(walk, Proof.END, at, top_url)
    return replace(walk, trouble=f"the pager counts {walk.total} pages, page {number + 1} is missing")


def joins(walk: Walk, entries: Sequence[Entry]) -> bool:
    """Whether a walk has met one that has not arrived: entries that it saw, in a row."""
    met = (Sight.OPEN, Sight.PROVEN)
    row = list(
        takewhile(lambda e: e.sight in met, (e for e in reversed(entries) if e.sight is not Sight.HERE))
    )
    return walk.proof is None and len(row) >= ENOUGH and any(e.sight is Sight.OPEN for e in row)


def _counted(walk: Walk, page: ListPage) -> Walk:
    fresh = [entry for entry in page.entries if entry.sight is not Sight.HERE]
    streak = walk.streak
    for entry in fresh:
        if streak < ENOUGH:
            streak = streak + 1 if entry.sight is Sight.PROVEN else 0
    dates = [entry.published for entry in fresh if entry.published]
    repeats = len(fresh) < len(page.entries)
    grown = page.number > 0 and page.total > walk.total > 1
    return replace(
        walk,
        pages=walk.pages + 1,
        entries=walk.entries + len(fresh),
        known=walk.known + sum(entry.sight is Sight.PROVEN for entry in fresh),
        new=walk.new + sum(entry.sight is Sight.NEW for entry in fresh),
        streak=streak,
        total=page.total if page.total > 1 else walk.total,
        shifted=walk.shifted or (walk.proof is None and page.number > 0 and (repeats or grown)),
        oldest=min([*dates, *filter(None, [walk.oldest])], default=None),
        newest=max([*dates, *filter(None, [walk.newest])], default=None),
        last_read=page.at,
        trouble=None,
    )


def _is_past(since: date | None, entries: Sequence[Entry]) -> bool:
    """Whether a whole list page is older than the walk goes: one pinned old entry is not enough."""
    dates = [entry.published for entry in entries if entry.published]
    return since is not None and bool(dates) and max(dates) < since


def _is_known(walk: Walk, page: ListPage) -> bool:
    if walk.streak >= ENOUGH:
        return True
    if page.unchanged and all(entry.sight is Sight.PROVEN for entry in page.entries):
        return True
    # A list too short for that: all of it is known.
    is_whole = page.number + 1 >= walk.total and walk.known == walk.entries
    return is_whole and bool(page.entries)


def _arrived(walk: Walk, proof: Proof, at: datetime, top_url: str, proven_from: date | None = None) -> Walk:
    """Return a walk that is at its end, or at the top again when the list has shifted meanwhile."""
    there = replace(walk, proof=proof, proven_from=proven_from, trouble=None)
    if walk.shifted and walk.rereads < MAX_REREADS:
        return replace(there, next_url=top_url, shifted=False, rereads=walk.rereads + 1)
    return replace(there, next_url=None, ended=at)


def _again(walk: Walk, page: ListPage) -> Walk:
    """Return a walk that reads the top again: it goes down to what it has seen before."""
    tail = takewhile(lambda entry: entry.sight is not Sight.NEW, reversed(page.entries))
    if len(list(tail)) >= min(ENOUGH, len(page.entries)) or walk.rereads >= MAX_REREADS:
        return replace(walk, next_url=None, ended=page.at)
    return replace(walk, next_url=page.next_url, rereads=walk.rereads + 1)
