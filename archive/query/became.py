"""What became of the articles that listings name: kept, gone, nothing there, failed, not fetched yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal, or_, select

from archive.frontier import Kind, State
from archive.models import AddressRow, ArticleRow, FrontierRow, SightingRow, VersionRow

#: Redirects from article to article that are followed.
_HOPS = 10
#: Not kept, and it is not known what it says.
_LACKING = ("failed", "unfetched", "parts")
_MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the articles that listings name. Up to `unfetched` they add up to `listed`."""

    listed: int = 0
    #: Kept, and there when it was last asked for.
    kept: int = 0
    #: Kept, and gone from the site.
    gone: int = 0
    #: Answered without an article: a dead link, a soft 404, a page without text.
    none: int = 0
    #: Could not be fetched, and was never kept.
    failed: int = 0
    #: Known and never fetched, or not in all its parts.
    unfetched: int = 0
    #: Parts that are missing: the site does not have them, or they could not be fetched.
    parts: int = 0

    @property
    def lacks(self) -> int:
        """How many articles and parts there are of which it is not known what they say."""
        return self.failed + self.unfetched + self.parts


@dataclass(frozen=True, slots=True)
class Lack:
    """The first of the addresses that are not kept for the same cause."""

    #: What they are counted as: `failed`, `unfetched` or `parts`.
    count: str
    url: str
    #: Why; None: it was never asked for.
    reason: str | None


@dataclass(frozen=True, slots=True)
class Became:
    """What became of the articles of a section, or of several."""

    counts: Counts = Counts()
    lacking: tuple[Lack, ...] = ()


def by_section(connection: Connection, source: str) -> dict[str, Became]:
    """Return what became of the articles of each section, by its folder."""
    rows = _grouped(connection, source, SightingRow.folder, None)
    return _collected([*rows, *_parts(connection, source, SightingRow.folder, None)], connection)


def of_all(connection: Connection, source: str, folders: Collection[str] | None = None) -> Became:
    """Return what became of the articles of a source, each counted once.

    folders: of those that these sections name; None: of all, also those that none names.
    """
    everything = literal("")
    rows = _grouped(connection, source, everything, folders)
    parts = _parts(connection, source, everything, folders)
    return _collected([*rows, *parts], connection).get("", Became())


@dataclass(frozen=True, slots=True)
class _Group:
    """Articles or parts of one section of which the same became."""

    folder: str
    what: str
    count: int
    #: Frontier's key of the first of them.
    first: int


def _grouped(
    connection: Connection, source: str, folder: Any, folders: Collection[str] | None
) -> Iterator[_Group]:
    """Yield what became of the articles of a source; those that moved are followed to where they are."""
    statement = _with_articles(select(folder, _what(), func.count(), func.min(FrontierRow.pk)))
    if folder is SightingRow.folder:
        statement = statement.join(SightingRow, SightingRow.frontier_pk == FrontierRow.pk)
    mine = (FrontierRow.source == source, FrontierRow.kind == Kind.ARTICLE.value, *_named(folders))
    for row in connection.execute(statement.where(*mine).group_by(folder, _what())):
        if row[1] != _MOVED:
            yield _Group(*row)
    moved = _with_articles(select(folder, FrontierRow.pk, FrontierRow.moved_to))
    if folder is SightingRow.folder:
        moved = moved.join(SightingRow, SightingRow.frontier_pk == FrontierRow.pk)
    for name, pk, target in connection.execute(moved.where(*mine, _what() == _MOVED)).all():
        yield _Group(name, _followed(connection, source, target), 1, pk)


def _with_articles(statement: Any) -> Any:
    same = and_(AddressRow.source == FrontierRow.source, AddressRow.url == FrontierRow.url)
    return (
        statement.select_from(FrontierRow)
        .outerjoin(AddressRow, same)
        .outerjoin(ArticleRow, ArticleRow.pk == AddressRow.article_pk)
    )


def _what() -> ColumnElement[str]:
    """Return what became of an article: the names of `Counts`, or that it moved to one that is not kept."""
    has_moved = FrontierRow.moved_to.is_not(None)
    kept = or_(AddressRow.first_read.is_not(None), and_(has_moved, ArticleRow.version_pk.is_not(None)))
    gone = or_(FrontierRow.state == State.GONE.value, and_(has_moved, ArticleRow.status == "gone"))
    answered = and_(FrontierRow.state == State.DONE.value, FrontierRow.reason.is_not(None))
    return case(
        (and_(kept, gone), "gone"),
        (kept, "kept"),
        (has_moved, _MOVED),
        (or_(FrontierRow.state == State.GONE.value, answered), "none"),
        (FrontierRow.state == State.FAILED.value, "failed"),
        else_="unfetched",
    )


def _named(folders: Collection[str] | None) -> tuple[ColumnElement[bool], ...]:
    if folders is None:
        return ()
    by_them = and_(SightingRow.frontier_pk == FrontierRow.pk, SightingRow.folder.in_(sorted(folders)))
    return (exists().where(by_them),)


def _followed(connection: Connection, source: str, url: str) -> str:
    """Return what became of the article that an address leads to in the end."""
    for _ in range(_HOPS):
        statement = _with_articles(select(_what(), FrontierRow.moved_to))
        row = connection.execute(
            statement.where(FrontierRow.source == source, FrontierRow.url == url)
        ).first()
        if row is None:
            break
        if row[0] != _MOVED:
            return str(row[0])
        url = row[1]
    return "unfetched"


def _parts(
    connection: Connection, source: str, folder: Any, folders: Collection[str] | None
) -> Iterator[_Group]:
    """Yield the parts that are missing, one by one, in every section that names their article."""
    part = FrontierRow.__table__.alias()
    statement = (
        select(folder, part.c.pk, part.c.state, VersionRow.quality_reasons)
        .select_from(FrontierRow)
        .join(part, and_(part.c.source == FrontierRow.source, part.c.found_on == FrontierRow.url))
        .outerjoin(
            AddressRow, and_(AddressRow.source == FrontierRow.source, AddressRow.url == FrontierRow.url)
        )
        .outerjoin(ArticleRow, ArticleRow.pk == AddressRow.article_pk)
        .outerjoin(VersionRow, VersionRow.pk == ArticleRow.version_pk)
    )
    if folder is SightingRow.folder:
        statement = statement.join(SightingRow, SightingRow.frontier_pk == FrontierRow.pk)
    missing = (part.c.kind == Kind.PART.value, part.c.state != State.DONE.value)
    chosen = (part.c.source == source, *missing, *_named(folders))
    for name, pk, state, reasons in connection.execute(statement.where(*chosen).order_by(part.c.pk)):
        # A part that the site does not have is a hole only as long as the article's pager promises it.
        is_hole = any(reason.startswith("missing-parts") for reason in reasons or ())
        if state != State.GONE.value or is_hole:
            yield _Group(name, "parts", 1, pk)


def _collected(groups: Iterable[_Group], connection: Connection) -> dict[str, Became]:
    counts: defaultdict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_NAMES, 0))
    firsts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for group in groups:
        counts[group.folder][group.what] += group.count
        if group.what != "parts":
            counts[group.folder]["listed"] += group.count
        if group.what in _LACKING:
            so_far = firsts[group.folder].get(group.what, group.first)
            firsts[group.folder][group.what] = min(so_far, group.first)
    return {
        folder: Became(Counts(**numbers), tuple(_lacks(connection, firsts[folder])))
        for folder, numbers in counts.items()
    }


def _lacks(connection: Connection, firsts: dict[str, int]) -> Iterator[Lack]:
    for name in _LACKING:
        if name in firsts:
            columns = select(FrontierRow.url, FrontierRow.reason).where(FrontierRow.pk == firsts[name])
            yield Lack(name, *connection.execute(columns).one())


_NAMES = [field.name for field in fields(Counts)]
