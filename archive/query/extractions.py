"""What was read when and by which rules: captures to read again, versions to compare, promoted sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, or_, select

from archive.db import Database
from archive.items import Capture
from archive.models import AddressRow, ArticleRow, CaptureRow, PromotionRow, ReadingRow, VersionRow
from archive.store import rows
from archive.store.promotion import plain

#: Why an address gave no article that no rules could change: there was no page.
_NO_PAGE = ("dead-link", "redirect")


@dataclass(frozen=True, slots=True)
class KeptVersion:
    """A version, and what it was read from."""

    pk: int
    #: Address that it was read at.
    url: str
    #: Record ids of its first reading, one a part.
    captures: tuple[str, ...]
    #: Record id of the first part of its last reading.
    last: str
    first_seen: datetime
    #: Its columns as plain JSON values, with `captures`.
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A set of versions that were read again."""

    number: int
    source: str
    promoted_at: datetime
    #: None: it stands.
    rolled_back_at: datetime | None
    extractor: str
    #: Number of the furniture table; None: read without one.
    furniture: int | None
    config: Mapping[str, Any]
    #: Versions that changed, by field; `versions`, `articles` and `left` in all.
    counts: Mapping[str, int]


def responses(database: Database, since: datetime | None = None) -> Iterator[tuple[str, Capture]]:
    """Yield address and capture of every response, in the order of capture. since: captured then or later."""
    was_read = exists().where(ReadingRow.capture_pk == CaptureRow.pk)
    statement = (
        select(CaptureRow.__table__)
        .where(or_(CaptureRow.status.is_not(None), was_read))
        .order_by(CaptureRow.captured_at, CaptureRow.pk)
        .execution_options(yield_per=1000)
    )
    if since is not None:
        statement = statement.where(CaptureRow.captured_at >= since)
    with database.read() as connection:
        for row in connection.execute(statement):
            yield (
                row.url,
                rows.capture(row),
            )


def versions_at(database: Database, source: str, urls: Sequence[str]) -> list[KeptVersion]:
    """Return every version that was read at one of those addresses."""
    at = (AddressRow.source == source, AddressRow.url.in_(urls))
    with database.read() as connection:
        rows = connection.execute(
            select(AddressRow.url.label("address"), VersionRow.__table__)
            .join(AddressRow, AddressRow.pk == VersionRow.address_pk)
            .where(*at)
            .order_by(VersionRow.pk)
        ).all()
        readings: dict[int, list[Any]] = defaultdict(list)
        for reading in connection.execute(
            select(ReadingRow.version_pk, ReadingRow.read_at, ReadingRow.part, CaptureRow.record_id)
            .join(CaptureRow, CaptureRow.pk == ReadingRow.capture_pk)
            .where(ReadingRow.version_pk.in_([row.pk for row in rows]))
            .order_by(ReadingRow.read_at, ReadingRow.part)
        ):
            readings[reading.version_pk].append(reading)
    return [_version(row, readings[row.pk]) for row in rows]


def _version(row: Any, readings: Sequence[Any]) -> KeptVersion:
    captures = tuple(r.record_id for r in readings if r.read_at == row.first_seen)
    last = [r.record_id for r in readings if r.part == 0][-1]
    values = plain(row._mapping) | {"captures": list(captures)}
    return KeptVersion(row.pk, row.address, captures, last, row.first_seen, values)


def refused_at(database: Database, source: str, urls: Sequence[str]) -> set[str]:
    """Return which of those addresses gave a page that could not be read, of articles without a text."""
    statement = (
        select(AddressRow.url)
        .join(ArticleRow, ArticleRow.pk == AddressRow.article_pk)
        .where(
            AddressRow.source == source,
            AddressRow.url.in_(urls),
            AddressRow.missing_reason.is_not(None),
            AddressRow.missing_reason.not_in(_NO_PAGE),
            ArticleRow.version_pk.is_(None),
        )
    )
    with database.read() as connection:
        return set(connection.scalars(statement))


def sources(database: Database) -> list[str]:
    """Return the ids of the sources of which something is kept."""
    with database.read() as connection:
        return list(connection.scalars(select(ArticleRow.source).distinct().order_by(ArticleRow.source)))


def promotions(database: Database) -> tuple[Promotion, ...]:
    """Return the promoted sets, newest first."""
    with database.read() as connection:
        rows = connection.execute(select(PromotionRow.__table__).order_by(PromotionRow.pk.desc())).all()
    return tuple(
        Promotion(
            number=row.pk,
            source=row.source,
            promoted_at=row.promoted_at,
            rolled_back_at=row.rolled_back_at,
            extractor=row.extractor,
            furniture=row.furniture,
            config=row.config,
            counts=row.counts,
        )
        for row in rows
    )
