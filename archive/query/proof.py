"""What the walks over the listings of one section prove, and what they leave open. Pure.

A walk that arrived proves that every article its list named when it began is known, from the first one or
from a date on. One that has not arrived, or gave what it saw to another one, proves nothing. Nothing is ever
taken back: a section that is read again is as complete as before until that walk arrives. A walk that broke
off leaves no gap once a later one went down to what was proven before both.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from archive.walks import Proof, Walk

#: How a walk arrives that proves something.
PROVING = frozenset((Proof.END, Proof.OVERLAP, Proof.SINCE))


class State(StrEnum):
    """What is known of a section as a whole."""

    #: Its listings were walked, whatever that proved.
    WALKED = "walked"
    #: It is a section of the source, and no run has walked it.
    NEVER = "never-walked"
    #: The site has no such section, and no article of one is known: nothing is missing.
    ABSENT = "absent"
    #: The site leads to another section in its place, which has a line of its own.
    MOVED = "moved"
    #: The site had it, and does not any more: what it listed after the last walk is not known.
    VANISHED = "vanished"


class Opening(StrEnum):
    """Why something is not proven."""

    #: A walk has not arrived.
    WALK = "walk"
    #: Walks were told to go back to a date only.
    SINCE = "since"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is proven of a section."""

    #: Publication date from which all is known; None: from its first article.
    since: date | None
    #: Moment up to which it is: the newest walk that arrived began then.
    to: datetime
    #: How that walk arrived, and when.
    proof: Proof
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Articles that may be missing, or a walk under way over what is proven."""

    opening: Opening
    #: Publication dates between which they lie; None: back to the first article, up to today.
    after: date | None
    before: date | None
    #: When the walk began, and when its last page so far was read; None: there is no walk, or no page.
    began: datetime | None = None
    last_read: datetime | None = None
    #: List pages that it read, of those of the section as far as known.
    pages: int = 0
    total: int = 0
    #: List page to be read next; None: there is no walk.
    next_url: str | None = None
    #: Why that page could not be read; None: nothing is in the way.
    trouble: str | None = None
    #: Run that went on with it last, and whether that works on it now; None: no run.
    run: int | None = None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """What all walks of a section come to."""

    state: State
    claim: Claim | None
    gaps: tuple[Gap, ...]
    #: Walks that have not arrived over what others prove: no gaps.
    rereading: tuple[Gap, ...]
    #: When the site said that there is no such section; None: it did not, or there is one again.
    absent_at: datetime | None


def examine(
    walks: Sequence[Walk],
    *,
    depths: Mapping[int, date] | None = None,
    running: Collection[int] = (),
    has_moved: bool = False,
    is_known: bool = False,
) -> Findings:
    """Return what the walks of one section come to.

    depths: walk -> date down to which it has read, for those that have not arrived. running: runs under way.
    has_moved: the site answers for the section with another one. is_known: listings of it named articles.
    """
    claim, left_out = _joined(_claims(walks))
    gaps: list[Gap] = []
    rereading: list[Gap] = []
    for walk in (walk for walk in walks if walk.ended is None):
        depth = (depths or {}).get(walk.pk, walk.oldest)
        gap = _gap(walk, claim, depth, is_running=walk.last_run_pk in running)
        (rereading if _is_covered(walk, claim) else gaps).append(gap)
    if not any(gap.after is None for gap in gaps):
        gaps += left_out
    ended = [walk for walk in walks if walk.ended is not None and walk.proof is not Proof.JOINED]
    last = max(ended, key=lambda walk: walk.pk, default=None)
    absent_at = last.ended if last and last.proof is Proof.ABSENT else None
    return Findings(
        state=_state(walks, absent_at, has_moved=has_moved, is_known=is_known),
        claim=claim,
        gaps=tuple(gaps),
        rereading=tuple(rereading),
        absent_at=absent_at,
    )


def unexamined(state: State) -> Findings:
    """Return what is known of a section without any walk."""
    return Findings(state, None, (), (), None)


def _state(walks: Sequence[Walk], absent_at: datetime | None, *, has_moved: bool, is_known: bool) -> State:
    if not walks:
        return State.NEVER
    if absent_at is None:
        return State.WALKED
    if has_moved:
        return State.MOVED
    return State.VANISHED if is_known else State.ABSENT


def _claims(walks: Sequence[Walk]) -> list[Claim]:
    """Return what each walk proves, the newest first."""
    claims = [
        Claim(walk.proven_from, walk.began, walk.proof, walk.ended)
        for walk in walks
        if walk.ended is not None and walk.proof in PROVING
    ]
    return sorted(claims, key=lambda claim: claim.to, reverse=True)


def _joined(claims: Sequence[Claim]) -> tuple[Claim | None, list[Gap]]:
    """Return what the newest claim and older ones come to, and what none of them holds for.

    An older one goes on from a newer one if it was made a day after the date from which the newer one holds,
    or later: until then an article of that date may have appeared, in whatever zone.
    """
    if not claims:
        return None, []
    gaps: list[Gap] = []
    whole, since = claims[0], claims[0].since
    for older in claims[1:]:
        if since is None:
            break
        if older.since is not None and older.since >= since:
            continue
        if older.to.date() <= since:
            gaps.append(Gap(opening=Opening.SINCE, after=older.to.date(), before=since))
        elif not gaps:
            whole = replace(whole, since=older.since)
        since = older.since
    if since is not None:
        gaps.append(Gap(opening=Opening.SINCE, after=None, before=since))
    return whole, gaps


def _is_covered(walk: Walk, claim: Claim | None) -> bool:
    """Whether all that an unfinished walk is after is proven by others, as far as it was there then."""
    return claim is not None and claim.since is None and (walk.full or walk.began < claim.to)


def _gap(walk: Walk, claim: Claim | None, depth: date | None, *, is_running: bool) -> Gap:
    """Return what a walk that has not arrived leaves open. depth: date down to which it has read."""
    after, before = walk.since, depth
    if claim and claim.since and (walk.since is None or walk.since < claim.since):
        # It goes on below what is proven.
        before = min(depth or claim.since, claim.since)
    elif claim:
        after = claim.to.date()
    is_above_pinned = after and before and before < after
    if is_above_pinned or walk.hole_url:
        # Pinned articles are older than their place in the list; a hole lies above what was read below it.
        before = None
    return Gap(
        opening=Opening.WALK,
        after=after,
        before=before,
        began=walk.began,
        last_read=walk.last_read,
        pages=walk.pages,
        total=walk.total,
        next_url=walk.next_url,
        trouble=walk.trouble,
        run=walk.last_run_pk,
        is_running=is_running,
    )


def folders_of(patterns: Iterable[str]) -> dict[str, str]:
    """Return the folder that each pattern of a section stands for, with `…` where it means several."""
    return {pattern: "/".join(_segment(part) for part in pattern.split("/")) for pattern in patterns}


def _segment(pattern: str) -> str:
    """Return one segment of a pattern as text, up to where it means several."""
    plain = re.sub(r"\\(\W)", r"\1", pattern)
    if re.escape(plain) == pattern:
        return plain
    return re.split(r"[\[(\\.]", pattern)[0] + "…"
