"""The ledger of completeness: each pass over the listings of a section, and what it proves.

A walk goes from the top of a section down. It has arrived when it came to the end of the list, or to articles
that earlier walks have proven, ten in a row. What it saw before that is known, but proves nothing: an
unfinished walk is an open gap, and the next one does not take its articles for proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from archive.models import Base, key_of

_WALKS = Base.metadata.tables["walks"]
_SIGHTINGS = Base.metadata.tables["sightings"]


class Proof(StrEnum):
    """How a walk arrived."""

    #: It read the last page of the section.
    END = "end"
    #: It met articles in a row that earlier walks have proven.
    OVERLAP = "overlap"
    #: It came to articles older than it was to go.
    SINCE = "since"
    #: It met an unfinished walk of the section, which has its articles now and goes on.
    JOINED = "joined"
    #: The site says that there is no such section.
    ABSENT = "absent"


class Sight(StrEnum):
    """What a walk knows of an entry when it reads it."""

    #: No listing of the section has named it.
    NEW = "new"
    #: This walk has seen it on another page.
    HERE = "here"
    #: This walk has seen it since it went back to the top.
    AGAIN = "again"
    #: A walk that has not arrived saw it.
    OPEN = "open"
    #: A walk that has arrived saw it.
    PROVEN = "proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One pass over the listings of one section; the columns of `archive.models.WalkRow`."""

    pk: int
    source: str
    folder: str
    run_pk: int
    last_run_pk: int
    full: bool
    since: date | None
    began: datetime
    last_read: datetime | None = None
    ended: datetime | None = None
    proof: Proof | None = None
    proven_from: date | None = None
    next_url: str | None = None
    hole_url: str | None = None
    trouble: str | None = None
    pages: int = 0
    rereads: int = 0
    total: int = 1
    entries: int = 0
    known: int = 0
    new: int = 0
    streak: int = 0
    shifted: bool = False
    again_from: int | None = None
    oldest: date | None = None
    newest: date | None = None


class Walks:
    """The walks of one source, in one transaction."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._connection = connection
        self._source = source

    def unfinished(self, folder: str | None = None) -> list[Walk]:
        """Return the walks that have not arrived, of one section or of all, the oldest first."""
        chosen = [_WALKS.c.source == self._source, _WALKS.c.ended.is_(None)]
        if folder is not None:
            chosen.append(_WALKS.c.folder == folder)
        rows = self._connection.execute(select(_WALKS).where(*chosen).order_by(_WALKS.c.pk))
        return [_walk(row) for row in rows]

    def reading(self, folder: str, url: str) -> list[Walk]:
        """Return the walks of a section that are to read a list page next, the oldest first."""
        return [walk for walk in self.unfinished(folder) if walk.next_url == url]

    def proven(self, folder: str) -> Walk | None:
        """Return the latest walk of a section that arrived and proves something."""
        chosen = (_WALKS.c.source == self._source, _WALKS.c.folder == folder, _WALKS.c.proof.in_(_PROVING))
        statement = select(_WALKS).where(*chosen, _WALKS.c.ended.is_not(None)).order_by(_WALKS.c.pk.desc())
        row = self._connection.execute(statement.limit(1)).first()
        return _walk(row) if row else None

    def begun_since(self, moment: datetime, *, full: bool) -> set[str]:
        """Return the sections of which such a walk began at that moment or later, whatever became of it."""
        chosen = (_WALKS.c.source == self._source, _WALKS.c.began >= moment, _WALKS.c.full == full)
        return set(self._connection.scalars(select(_WALKS.c.folder).where(*chosen)))

    def begin(  # noqa: PLR0913 - the facts of a walk
        self, folder: str, *, run: int, now: datetime, url: str, full: bool, since: date | None, total: int
    ) -> Walk:
        """Begin a walk at the list page `url`. total: list pages of the section, as far as known."""
        walk = Walk(
            pk=0, source=self._source, folder=folder, run_pk=run, last_run_pk=run, full=full, since=since,
            began=now, next_url=url, total=total,
        )  # fmt: skip
        values = {name: value for name, value in asdict(walk).items() if name != "pk"}
        inserted = self._connection.execute(insert(_WALKS).values(values))
        return replace(walk, pk=key_of(inserted.inserted_primary_key))

    def sights(self, walk: Walk, pks: Sequence[int]) -> dict[int, Sight]:
        """Return what is known of the entries of a list page, given as keys of the frontier.

        An article proves something to a walk only if the walk that saw it went as far back as this one goes.
        """
        statement = (
            select(
                _SIGHTINGS.c.frontier_pk,
                _SIGHTINGS.c.walk_pk,
                _SIGHTINGS.c.last_walk_pk,
                _SIGHTINGS.c.ordinal,
                _WALKS.c.ended,
                _WALKS.c.proof,
                _WALKS.c.proven_from,
            )
            .join(_WALKS, _WALKS.c.pk == _SIGHTINGS.c.walk_pk)
            .where(_SIGHTINGS.c.folder == walk.folder, _SIGHTINGS.c.frontier_pk.in_(pks))
        )
        rows = {row.frontier_pk: row for row in self._connection.execute(statement)}
        return {pk: _sight(walk, rows[pk]) if pk in rows else Sight.NEW for pk in pks}

    def saw(self, walk: Walk, sights: Mapping[int, Sight]) -> None:
        """Note the entries of the next list page as seen by a walk."""
        new = [pk for pk, sight in sights.items() if sight is Sight.NEW]
        others = [pk for pk, sight in sights.items() if sight in (Sight.OPEN, Sight.PROVEN)]
        seen = {"last_walk_pk": walk.pk, "ordinal": walk.pages + 1}
        made = {"folder": walk.folder, "walk_pk": walk.pk, **seen}
        if new:
            self._connection.execute(insert(_SIGHTINGS), [{"frontier_pk": pk, **made} for pk in new])
        if others:
            chosen = (_SIGHTINGS.c.folder == walk.folder, _SIGHTINGS.c.frontier_pk.in_(others))
            self._connection.execute(update(_SIGHTINGS).where(*chosen).values(seen))

    def keep(self, walk: Walk) -> None:
        """Keep a walk as it stands now."""
        values = {name: value for name, value in asdict(walk).items() if name != "pk"}
        self._connection.execute(update(_WALKS).where(_WALKS.c.pk == walk.pk).values(values))
        if walk.ended and walk.proof in _PROVING and walk.proven_from is None:
            # Nothing goes further back: what it saw is proven by it, whoever saw it first.
            saw = update(_SIGHTINGS).where(_SIGHTINGS.c.last_walk_pk == walk.pk)
            self._connection.execute(saw.where(_SIGHTINGS.c.walk_pk != walk.pk).values(walk_pk=walk.pk))

    def join(self, walk: Walk, into: Walk) -> None:
        """Give what a walk saw to an unfinished one of the section, which has to prove it."""
        moved = update(_SIGHTINGS).where(_SIGHTINGS.c.walk_pk == walk.pk)
        self._connection.execute(moved.values(walk_pk=into.pk, last_walk_pk=into.pk))


#: What proves that nothing is missing.
_PROVING = (Proof.END.value, Proof.OVERLAP.value, Proof.SINCE.value)


def reaches(bound: date | None, since: date | None) -> bool:
    """Whether what goes back to `bound` goes back to `since` too; None: to the first article."""
    return bound is None or (since is not None and bound <= since)


def _sight(walk: Walk, row: Any) -> Sight:
    if row.last_walk_pk == walk.pk:
        is_again = walk.again_from is not None and row.ordinal > walk.again_from
        return Sight.AGAIN if is_again else Sight.HERE
    if row.ended is None or row.proof not in _PROVING:
        return Sight.OPEN
    return Sight.PROVEN if reaches(row.proven_from, walk.since) else Sight.OPEN


def _walk(row: Any) -> Walk:
    values = dict(row._mapping)
    return Walk(**values | {"proof": Proof(row.proof) if row.proof else None})
