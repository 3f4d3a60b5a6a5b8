"""What versions say, read again by other rules: compared, promoted as a numbered set, and taken back.

A better extractor is no change of an article: a promotion alters what versions say, never how many there are
nor when the article changed. Each set is one transaction: all of it stands, or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from archive.db import Database
from archive.errors import BadInputError, NotFoundError
from archive.items import ArticleItem
from archive.models import (
    CaptureRow,
    ExtractionRow,
    PromotionRow,
    ReadingRow,
    VersionRow,
    key_of,
)
from archive.quality import Quality
from archive.store import statements as sql
from archive.store.decide import content_digest
from archive.store.furniture import Furniture, keep_furniture
from archive.store.rows import version_values
from archive.store.sources import Source, keep_source
from archive.store.writer import Writer

#: Columns that say how a version was read, and nothing of the article.
PROVENANCE = frozenset(
    {"digest", "template", "extractor", "furniture", "evidence", "quality", "quality_reasons"}
)
#: Columns of the full-text index.
_INDEXED = frozenset({"title", "text", "keywords"})


@dataclass(frozen=True, slots=True)
class Change:
    """A version that other rules read otherwise: only the values that differ, as plain JSON values."""

    version_pk: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Addition:
    """An article whose page no rules could read before."""

    item: ArticleItem
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a set was read with, and what was asked for."""

    extractor: str
    #: None: read without a furniture table.
    furniture: Furniture | None
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a promotion or its taking back did."""

    #: Number of the set.
    number: int
    versions: int
    #: Articles that came in with the set, or went with it.
    articles: int
    #: Versions that were written anew in the meantime, and were left as they are.
    left: int


def said(item: ArticleItem, quality: Quality) -> dict[str, Any]:
    """Return all that a version of an item would say, as plain JSON values."""
    values = version_values(item, quality)
    values["digest"] = content_digest(item)
    values["captures"] = [capture.record_id for capture in item.captures]
    return plain(values)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of columns as JSON keeps them."""
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()}


def compare(version_pk: int, kept: Mapping[str, Any], read: Mapping[str, Any]) -> Change | None:
    """Return what would change of a version; None when nothing would."""
    names = [name for name in read if kept[name] != read[name]]
    if not names:
        return None
    return Change(version_pk, {name: kept[name] for name in names}, {name: read[name] for name in names})


def promote(
    database: Database, source: Source, proposals: Iterable[Change | Addition], rules: Rules
) -> Applied:
    """Make versions say what other rules read, as one numbered set in one transaction.

    A version that no longer says what the proposal was compared with is left as it is.
    """
    with database.write() as connection:
        keep_source(connection, source)
        number = _begin(connection, source, rules)
        work = _Promotion(connection, Writer(connection, database.search, source), number)
        for proposal in proposals:
            if isinstance(proposal, Addition):
                work.add(proposal)
            else:
                work.change(proposal)
        work.settle()
        counts = {**work.fields, "versions": work.versions, "articles": work.articles, "left": work.left}
        done = update(PromotionRow).where(PromotionRow.pk == number).values(counts=counts)
        connection.execute(done)
    return Applied(number=number, versions=work.versions, articles=work.articles, left=work.left)


def roll_back(database: Database, source: Source, number: int) -> Applied:
    """Put back exactly what the versions of a set said before it, in one transaction.

    Raises NotFoundError when there is no such set, BadInputError when it is not the newest that stands.
    """
    with database.write() as connection:
        _require_newest(connection, source, number)
        work = _Promotion(connection, Writer(connection, database.search, source), number)
        rows = select(ExtractionRow.__table__).where(ExtractionRow.promotion_pk == number)
        for row in connection.execute(rows.order_by(ExtractionRow.pk.desc())).all():
            if row.before is None:
                work.withdraw(row.version_pk)
            else:
                work.revert(Change(row.version_pk, row.after, row.before))
        work.settle()
        done = update(PromotionRow).where(PromotionRow.pk == number)
        connection.execute(done.values(rolled_back_at=datetime.now(UTC)))
    return Applied(number=number, versions=work.versions, articles=work.articles, left=work.left)


def _begin(connection: Connection, source: Source, rules: Rules) -> int:
    if rules.furniture:
        keep_furniture(connection, source.id, rules.furniture)
    row = {
        "source": source.id,
        "promoted_at": datetime.now(UTC),
        "extractor": rules.extractor,
        "furniture": rules.furniture.number if rules.furniture else None,
        "config": dict(rules.config),
        "counts": {},
    }
    return key_of(connection.execute(insert(PromotionRow).values(row)).inserted_primary_key)


def _require_newest(connection: Connection, source: Source, number: int) -> None:
    found = connection.execute(
        select(PromotionRow.source, PromotionRow.rolled_back_at).where(PromotionRow.pk == number)
    ).first()
    if found is None or found.source != source.id:
        raise NotFoundError(f"there is no set {number}; `cas-archive reextract --list` shows them")
    if found.rolled_back_at is not None:
        raise BadInputError(f"the set {number} has been rolled back already")
    newest = connection.scalar(
        select(PromotionRow.pk)
        .where(PromotionRow.source == source.id, PromotionRow.rolled_back_at.is_(None))
        .order_by(PromotionRow.pk.desc())
        .limit(1)
    )
    if newest != number:
        raise BadInputError(f"the set {newest} stands on top of the set {number}: roll it back first")


class _Promotion:
    """A set under way, within one transaction."""

    def __init__(self, connection: Connection, writer: Writer, number: int) -> None:
        self.versions = self.articles = self.left = 0
        #: Versions that changed, by field.
        self.fields: Counter[str] = Counter()
        self._connection = connection
        self._writer = writer
        self._number = number
        #: Articles to derive anew, and whether their words changed.
        self._touched: dict[int, bool] = {}
        #: Articles that had no text before.
        self._added: set[int] = set()

    def change(self, change: Change) -> None:
        """Make a version say something else, and write down what."""
        if self.revert(change):
            self.fields.update(change.after.keys())
            row = {"before": dict(change.before), "after": dict(change.after)}
            self._note(change.version_pk, row)

    def revert(self, change: Change) -> bool:
        """Put the one in the place of the other; return whether the one was there."""
        row = self._connection.execute(sql.VERSION, {"key": change.version_pk}).first()
        if row is None or _differs(self._connection, row, change.before):
            self.left += 1
            return False
        values = dict(change.after)
        if "keywords" in values and row.keywords != change.before["keywords"]:
            # A later reading brought keywords of its own: they stay.
            del values["keywords"]
        captures = values.pop("captures", None)
        if captures is not None:
            self._reread(row, captures)
        if values.get("published"):
            values["published"] = date.fromisoformat(values["published"])
        if values:
            self._connection.execute(sql.SET_VERSION, {"key": row.pk, **values})
        self.versions += 1
        words = bool(_INDEXED & values.keys())
        self._touched[row.article_pk] = self._touched.get(row.article_pk, False) or words
        return True

    def _reread(self, version: Any, record_ids: list[str]) -> None:
        """Let the first reading of a version consist of other parts; the first one stays."""
        first = (ReadingRow.version_pk == version.pk, ReadingRow.read_at == version.first_seen)
        self._connection.execute(delete(ReadingRow).where(*first, ReadingRow.part > 0))
        for part, record_id in enumerate(record_ids[1:], 1):
            capture = self._connection.scalar(select(CaptureRow.pk).where(CaptureRow.record_id == record_id))
            row = {"version_pk": version.pk, "capture_pk": capture, "read_at": version.first_seen}
            self._connection.execute(sql.ADD_READING, row | {"part": part, "keywords": None})

    def add(self, addition: Addition) -> None:
        """Keep an article that could not be read before."""
        reading = self._writer.read(addition.item, addition.quality)
        article_pk = reading.state.row.pk
        if article_pk not in self._added and reading.state.row.version_pk is not None:
            # Somebody read it in the meantime.
            self.left += 1
        elif article_pk not in self._added:
            self._added.add(article_pk)
            self.articles += 1

    def withdraw(self, version_pk: int) -> None:
        """Take an article out again that this set brought, unless it was read since."""
        version = self._connection.execute(sql.VERSION, {"key": version_pk}).first()
        if version is None:
            # It went with another version of its article.
            return
        article_pk = version.article_pk
        its_versions = select(VersionRow.pk).where(VersionRow.article_pk == article_pk)
        made = select(ExtractionRow.version_pk).where(ExtractionRow.promotion_pk == self._number)
        promoted_at = select(PromotionRow.promoted_at).where(PromotionRow.pk == self._number)
        foreign = its_versions.where(VersionRow.pk.not_in(made))
        since = its_versions.where(VersionRow.last_seen > promoted_at.scalar_subquery())
        if self._connection.scalar(foreign.union_all(since).limit(1)) is not None:
            self.left += 1
            return
        versions = self._connection.scalars(its_versions).all()
        self._writer.forget(article_pk)
        for table in (ExtractionRow, ReadingRow):
            self._connection.execute(delete(table).where(table.version_pk.in_(versions)))
        self._connection.execute(delete(VersionRow).where(VersionRow.pk.in_(versions)))
        self._touched[article_pk] = False
        self.articles += 1

    def settle(self) -> None:
        """Derive anew what the articles say, and write down which versions are new."""
        for article_pk, words in self._touched.items():
            self._writer.settle(self._writer.state(article_pk), reindex=words)
        for article_pk in self._added:
            made = select(VersionRow.pk).where(VersionRow.article_pk == article_pk)
            for version_pk in self._connection.scalars(made).all():
                self._note(version_pk, {"before": None, "after": None})

    def _note(self, version_pk: int, row: dict[str, Any]) -> None:
        keys: dict[str, Any] = {"promotion_pk": self._number, "version_pk": version_pk}
        self._connection.execute(insert(ExtractionRow).values(keys | row))


def _differs(connection: Connection, row: Any, expected: Mapping[str, Any]) -> bool:
    """Whether a version says something else than was expected of it; its keywords follow its readings."""
    now = plain(row._mapping)
    if "captures" in expected:
        first = (ReadingRow.version_pk == row.pk, ReadingRow.read_at == row.first_seen)
        found = select(CaptureRow.record_id).join(ReadingRow, ReadingRow.capture_pk == CaptureRow.pk)
        now["captures"] = list(connection.scalars(found.where(*first).order_by(ReadingRow.part)))
    return any(now[name] != value for name, value in expected.items() if name != "keywords")
