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

from archive.walks import Proof, Sight, Walk, reaches

#: Proven entries in a row that show that nothing below is new. Pinned entries are fewer.
ENOUGH = 10
#: Pages that one walk reads again at most because its list shrank: some pagers cannot make up their mind.
MAX_REREADS = 5
#: No section has more list pages; a list that goes on for ever is a trap.
MAX_PAGES = 20_000
_SEEN = (Sight.HERE, Sight.AGAIN)


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
    #: Addresses of this page, the first page, the page before and the page after this one.
    url: str
    top_url: str
    previous_url: str
    next_url: str
    #: It names nothing at all, neither news nor anything else.
    is_empty: bool = False
    #: Its bytes are those of the page before.
    is_repeated: bool = False
    #: Earlier walks found entries in the section.
    had_entries: bool = False
    #: The site says that it is as it was when it was read last.
    unchanged: bool = False


def read(walk: Walk, page: ListPage) -> Walk:  # noqa: PLR0911 - one line a way to go on
    """Return the walk after a page: where it goes next, or how it arrived."""
    after = _counted(walk, page)
    if page.number >= MAX_PAGES:
        return replace(after, trouble="no end is in sight")
    if walk.proof is not None:
        return _again(after, page)
    if _is_beyond(walk, page):
        # Some servers answer a page past the last one with the last one again.
        same = replace(after, pages=walk.pages, shifted=walk.shifted)
        return _arrived(same, Proof.END, page.at, page.top_url)
    if page.number and page.total < walk.total and after.rereads < MAX_REREADS:
        # Fewer pages than before: what stood at the top of this page may stand on the one before now.
        return replace(after, next_url=page.previous_url, rereads=after.rereads + 1)
    if page.is_empty and page.number == 0 and (page.had_entries or page.total > 1):
        return replace(after, trouble="no entries were recognised")
    if page.is_empty:
        return missing(
            after, page.number, at=page.at, url=page.url, top_url=page.top_url, next_url=page.next_url
        )
    if _is_past(walk.since, page.entries):
        return _arrived(after, Proof.SINCE, page.at, page.top_url, walk.since)
    if not walk.full and _is_known(after, page):
        # What counts as proven was proven at least as far back as this walk goes.
        return _arrived(after, Proof.OVERLAP, page.at, page.top_url, walk.since)
    return replace(after, next_url=page.next_url)


def missing(  # noqa: PLR0913 - where the page would be
    walk: Walk, number: int, *, at: datetime, url: str, top_url: str, next_url: str
) -> Walk:
    """Return the walk after a page that is not there: the list has ended, if that is where it ends.

    Pagers are off by one on some sites. One that promises more than that may hide what it promises: the walk
    looks below the hole, and does not arrive before the page is there.
    """
    if number + 1 >= walk.total or walk.hole_url:
        return _arrived(walk, Proof.END, at, top_url)
    return replace(walk, next_url=next_url, hole_url=url)


def goes_as_far(walk: Walk, since: date | None) -> bool:
    """Whether a walk goes as far back as one to `since`; None: to the end."""
    return reaches(walk.since, since)


def joins(walk: Walk, entries: Sequence[Entry], other: Walk) -> bool:
    """Whether a walk has met another one that has not arrived and goes as far: entries of it, in a row."""
    if other.pk >= walk.pk or (walk.full and not other.full) or not goes_as_far(other, walk.since):
        return False
    met = (Sight.OPEN, Sight.PROVEN)
    row = list(takewhile(lambda e: e.sight in met, (e for e in reversed(entries) if e.sight not in _SEEN)))
    return walk.proof is None and len(row) >= ENOUGH and any(e.sight is Sight.OPEN for e in row)


def _counted(walk: Walk, page: ListPage) -> Walk:
    fresh = [entry for entry in page.entries if entry.sight not in _SEEN]
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
        hole_url=None if walk.hole_url == page.url else walk.hole_url,
    )


def _is_beyond(walk: Walk, page: ListPage) -> bool:
    """Whether a page past the end, as far as known, brings nothing that the walk has not seen."""
    if page.number == 0 or page.number < walk.total:
        return False
    if page.entries:
        return all(entry.sight in _SEEN for entry in page.entries)
    return page.is_repeated


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
    if walk.hole_url:
        return replace(
            walk, next_url=walk.hole_url, trouble=_HOLE.format(url=walk.hole_url, total=walk.total)
        )
    there = replace(walk, proof=proof, proven_from=proven_from, trouble=None)
    if walk.shifted:
        return replace(there, next_url=top_url, shifted=False, again_from=walk.pages)
    return replace(there, next_url=None, ended=at)


def _again(walk: Walk, page: ListPage) -> Walk:
    """Return a walk that reads the top again: it goes down to what it had seen before it went back there."""
    unknown = (Sight.NEW, Sight.AGAIN)
    tail = takewhile(lambda entry: entry.sight not in unknown, reversed(page.entries))
    walk = replace(walk, rereads=walk.rereads + 1)
    if len(list(tail)) >= min(ENOUGH, len(page.entries)):
        return replace(walk, next_url=None, ended=page.at)
    return replace(walk, next_url=page.next_url)


#: What is in the way of a walk whose list has a page missing in the middle.
_HOLE = "{url} is missing, though the pager counts {total} pages"
