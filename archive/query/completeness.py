"""How complete the archive is, section by section: from when to when, how that is proven, and what is not.

    completeness(database)  ->  Completeness

The ledger of walks tells what the listings name; the frontier, what became of it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Connection, Select, func, or_, select

from archive import runs
from archive.clock import Clock, system
from archive.db import Database
from archive.errors import BadInputError
from archive.frontier import Kind
from archive.frontier import State as Outcome
from archive.models import AddressRow, Base, FrontierRow, SightingRow, SourceRow
from archive.query.became import Became, Counts, Lack, by_section, of_all
from archive.query.proof import PROVING, Findings, Gap, State, examine, folders_of, unexamined
from archive.walks import Proof, Walk

_WALKS = Base.metadata.tables["walks"]
#: Entries of a list that tell how far down a walk has read: more than are ever pinned.
_DEPTH = 10
_UNREAD = (Outcome.KNOWN.value, Outcome.FAILED.value)
_NOTHING = Became()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionCompleteness:
    """How complete a section is."""

    source: str
    folder: str
    #: None: no article lies in its folder, or no section of the source describes it.
    id: str | None
    label: str | None
    state: State
    #: Publication date from which it is complete: of the oldest article when its list was read to the end.
    #: None: nothing is proven, or its articles are not dated.
    complete_from: date | None
    #: Moment up to which it is complete; None: nothing is proven.
    complete_to: datetime | None
    #: Whether it is complete from its first article on.
    to_end: bool
    #: How the newest walk that proves anything arrived (`archive.walks.Proof`), and when; None: none has.
    proof: str | None
    proven_at: datetime | None
    articles: Counts
    gaps: tuple[Gap, ...]
    #: Walks that have not arrived over what others prove.
    rereading: tuple[Gap, ...]
    lacking: tuple[Lack, ...]
    #: When the site said last that there is no such section; None: it did not.
    absent_at: datetime | None

    @property
    def is_proven(self) -> bool:
        """Whether nothing is missing that the section named up to `complete_to`."""
        return not (self.gaps or self.articles.lacks or self.state in (State.NEVER, State.VANISHED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """How complete the archive is, or a part of it."""

    sections: tuple[SectionCompleteness, ...]
    #: Every article once, however many sections name it; those that none names included.
    articles: Counts
    #: What is lacking of them.
    lacking: tuple[Lack, ...]
    #: Pages that lead to sections and were not read: sections may be unknown.
    unread_landings: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Whether nothing is known to be missing, or may be."""
        return (
            not self.articles.lacks and not self.unread_landings and all(s.is_proven for s in self.sections)
        )


def completeness(
    database: Database, source: str | None = None, section: str | None = None, *, clock: Clock = system
) -> Completeness:
    """Return how complete the archive is.

    source: id; None: all of them. section: folder, label or id; None: all of them. clock: for telling runs
    that are under way from killed ones on other hosts. Raises BadInputError for what nothing is known of.
    """
    with database.read() as connection:
        chosen = _sources(connection, source)
        working = _working(connection, chosen)
    running = {pk for pk in working if runs.get(database, pk, clock=clock).outcome == runs.RUNNING}
    with database.read() as connection:
        ledgers = [_Ledger(connection, name, running) for name in chosen]
        sections = [found for ledger in ledgers for found in ledger.sections()]
        if section is None:
            totals = [of_all(connection, name) for name in chosen]
            unread = [url for ledger in ledgers for url in ledger.unread]
        else:
            sections, unread = _chosen(sections, section), []
            named: defaultdict[str, set[str]] = defaultdict(set)
            for found in sections:
                named[found.source].add(found.folder)
            totals = [of_all(connection, name, folders) for name, folders in named.items()]
    return Completeness(
        sections=tuple(sections),
        articles=_sum([total.counts for total in totals]),
        lacking=tuple(lack for total in totals for lack in total.lacking),
        unread_landings=tuple(unread),
    )


class _Ledger:
    """What is known of the sections of one source."""

    def __init__(self, connection: Connection, source: str, running: Collection[int]) -> None:
        self._connection = connection
        self._source = source
        self._running = running
        self._walks: defaultdict[str, list[Walk]] = defaultdict(list)
        for row in connection.execute(_that_count(source)):
            proof = Proof(row.proof) if row.proof else None
            self._walks[row.folder].append(Walk(**{**row._mapping, "proof": proof}))
        of_landings = (FrontierRow.source == source, FrontierRow.kind == Kind.LANDING.value)
        landings = connection.execute(select(FrontierRow.url, FrontierRow.state).where(*of_landings)).all()
        #: Landing pages that were never read, and whether there are any that were.
        self.unread = [url for url, state in landings if state in _UNREAD]
        self._has_looked = bool(landings) and not self.unread

    def sections(self) -> list[SectionCompleteness]:
        """Return the sections that were walked in the order of their folders, then those that were not."""
        became = by_section(self._connection, self._source)
        names = _names(self._connection, self._source)
        moved = _moved(self._connection, self._source)
        oldest = _oldest(self._connection, self._source)
        found = []
        for folder in sorted({*self._walks, *became}):
            articles = became.get(folder, Became())
            findings = examine(
                self._walks.get(folder, []),
                depths=self._depths(folder),
                running=self._running,
                has_moved=folder in moved,
                is_known=articles.counts.listed > 0,
            )
            found.append(self._section(folder, findings, articles, oldest.get(folder), names.get(folder)))
        return [*found, *self._unwalked()]

    def _depths(self, folder: str) -> dict[int, date]:
        unfinished = [walk.pk for walk in self._walks.get(folder, []) if walk.ended is None]
        return {pk: day for pk in unfinished if (day := _depth(self._connection, pk))}

    def _unwalked(self) -> list[SectionCompleteness]:
        """Return the sections of the source of which no folder was walked."""
        urls = self._connection.scalar(select(SourceRow.urls).where(SourceRow.id == self._source)) or {}
        unwalked = {
            folder
            for pattern, folder in folders_of(urls.get("preferred_folders", [])).items()
            if not any(re.fullmatch(pattern, walked) for walked in self._walks)
        }
        return [
            # The folders of a section that has several are found on landing pages, or there are none.
            self._section(
                folder, unexamined(State.ABSENT if self._has_looked and "…" in folder else State.NEVER)
            )
            for folder in sorted(unwalked)
        ]

    def _section(
        self,
        folder: str,
        findings: Findings,
        became: Became = _NOTHING,
        oldest: date | None = None,
        name: tuple[str | None, str | None] | None = None,
    ) -> SectionCompleteness:
        claim = findings.claim
        number, label = name or (None, None)
        return SectionCompleteness(
            source=self._source,
            folder=folder,
            id=number,
            label=label,
            state=findings.state,
            complete_from=(claim.since or oldest) if claim else None,
            complete_to=claim.to if claim else None,
            to_end=claim is not None and claim.since is None,
            proof=claim.proof.value if claim else None,
            proven_at=claim.at if claim else None,
            articles=became.counts,
            gaps=findings.gaps,
            rereading=findings.rereading,
            lacking=became.lacking,
            absent_at=findings.absent_at,
        )


def _chosen(sections: Sequence[SectionCompleteness], wanted: str) -> list[SectionCompleteness]:
    """Return the sections that a folder, label or id means."""
    folder, word = f"/{wanted.strip().strip('/')}/", wanted.strip().casefold()

    def means(one: SectionCompleteness) -> bool:
        return one.folder == folder or word in (name.casefold() for name in (one.id, one.label) if name)

    if found := [one for one in sections if means(one)]:
        return found
    known = sorted({name for one in sections for name in (one.label or one.folder, one.folder)})
    close = get_close_matches(wanted, known, n=3, cutoff=0.5)
    shown = (
        f"did you mean {' or '.join(map(repr, close))}?" if close else f"there are: {', '.join(known[:10])}"
    )
    raise BadInputError(
        f"nothing is known of the section {wanted!r}; {shown if known else 'no run has walked any'}"
    )


def _sum(several: Sequence[Counts]) -> Counts:
    names = [field.name for field in fields(Counts)]
    return Counts(**{name: sum(getattr(counts, name) for counts in several) for name in names})


def _sources(connection: Connection, source: str | None) -> list[str]:
    known = sorted({*connection.scalars(select(SourceRow.id)), *connection.scalars(select(_WALKS.c.source))})
    if source is None:
        return known
    if source not in known:
        raise BadInputError(
            f"nothing is kept of the source {source!r}; there are: {', '.join(known) or 'none'}"
        )
    return [source]


def _working(connection: Connection, sources: Sequence[str]) -> list[int]:
    """Return the runs that went on with an open walk last."""
    open_walks = (_WALKS.c.source.in_(sources), _WALKS.c.ended.is_(None))
    return list(connection.scalars(select(_WALKS.c.last_run_pk).where(*open_walks).distinct()))


def _that_count(source: str) -> Select[Any]:
    """Select the walks that tell something: what is older than a proof from the first article does not."""
    whole = (_WALKS.c.source == source, _WALKS.c.proof.in_(PROVING), _WALKS.c.proven_from.is_(None))
    newest = select(_WALKS.c.folder, func.max(_WALKS.c.pk).label("pk"))
    newest_whole = newest.where(*whole, _WALKS.c.ended.is_not(None)).group_by(_WALKS.c.folder).subquery()
    tells = or_(newest_whole.c.pk.is_(None), _WALKS.c.pk >= newest_whole.c.pk, _WALKS.c.ended.is_(None))
    return (
        select(_WALKS)
        .outerjoin(newest_whole, newest_whole.c.folder == _WALKS.c.folder)
        .where(_WALKS.c.source == source, tells)
        .order_by(_WALKS.c.pk)
    )


def _depth(connection: Connection, walk: int) -> date | None:
    """Return the date down to which a walk has read; None: its last entries have none."""
    last = (
        select(FrontierRow.published)
        .join(SightingRow, SightingRow.frontier_pk == FrontierRow.pk)
        .where(SightingRow.walk_pk == walk)
        .order_by(SightingRow.pk.desc())
        .limit(_DEPTH)
    )
    deepest: date | None = connection.scalar(select(func.max(last.subquery().c.published)))
    return deepest


def _names(connection: Connection, source: str) -> dict[str, tuple[str | None, str | None]]:
    columns = (AddressRow.folder, AddressRow.section_id, AddressRow.section_label)
    rows = connection.execute(select(*columns).where(AddressRow.source == source).distinct())
    return {folder: (number, label) for folder, number, label in rows}


def _moved(connection: Connection, source: str) -> set[str]:
    """Return the folders of sections for which the site answers with another one."""
    listing = (FrontierRow.source == source, FrontierRow.kind == Kind.LISTING.value)
    statement = select(FrontierRow.folder).where(*listing, FrontierRow.reason == "redirect")
    return set(connection.scalars(statement))


def _oldest(connection: Connection, source: str) -> dict[str, date | None]:
    """Return the date of the oldest article that each section names."""
    statement = (
        select(SightingRow.folder, func.min(FrontierRow.published))
        .join(FrontierRow, FrontierRow.pk == SightingRow.frontier_pk)
        .where(FrontierRow.source == source)
        .group_by(SightingRow.folder)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
