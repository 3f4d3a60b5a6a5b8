"""The versions of one address: where a reading belongs is decided in `decide`, and written here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from archive.items import ArticleItem
from archive.models import ReadingRow, VersionRow, key_of
from archive.store.decide import Move, Placement, Span, content_digest, place
from archive.store.rows import version_values


class History:
    """The versions of one address, oldest first, in one transaction."""

    def __init__(self, connection: Connection, article_pk: int, address_pk: int) -> None:
        self._connection = connection
        self._keys = {"article_pk": article_pk, "address_pk": address_pk}
        columns = (VersionRow.pk, VersionRow.digest, VersionRow.first_seen, VersionRow.last_seen)
        rows = connection.execute(
            select(*columns).where(VersionRow.address_pk == address_pk).order_by(VersionRow.number)
        )
        self._spans = [Span(*row) for row in rows]

    def read(self, item: ArticleItem, capture_pks: Sequence[int]) -> Placement:
        """Add a reading; return where it belongs."""
        at = item.captures[0].captured_at
        digest = content_digest(item)
        placement = place(self._spans, digest, at)
        pk = self._apply(placement, item, digest, at)
        rows = [
            {"version_pk": pk, "capture_pk": capture, "read_at": at, "part": part}
            for part, capture in enumerate(capture_pks)
        ]
        self._connection.execute(insert(ReadingRow), rows)
        return placement

    def _apply(self, placement: Placement, item: ArticleItem, digest: str, at: datetime) -> int:
        index = placement.index
        if placement.move is Move.INSERT:
            return self._insert(index + 1, version_values(item), digest, at, at)
        span = self._spans[index]
        if placement.move is Move.EXTEND:
            if at > span.last:
                self._set(span.pk, last_seen=at)
            return span.pk
        if placement.move is Move.PREPEND:
            # The version's own capture is the first that said it.
            self._set(span.pk, first_seen=at, **version_values(item))
            return span.pk
        self._split(index, at)
        return self._insert(index + 2, version_values(item), digest, at, at)

    def _insert(
        self, number: int, values: dict[str, Any], digest: str, first: datetime, last: datetime
    ) -> int:
        """Insert a version as number `number`; the later ones move up."""
        if number <= len(self._spans):
            address = VersionRow.address_pk == self._keys["address_pk"]
            later = update(VersionRow).where(address, VersionRow.number >= number)
            self._connection.execute(later.values(number=VersionRow.number + 1))
        values = {**values, **self._keys, "number": number, "digest": digest}
        inserted = self._connection.execute(
            insert(VersionRow).values(first_seen=first, last_seen=last, **values)
        )
        pk = key_of(inserted.inserted_primary_key)
        self._spans.insert(number - 1, Span(pk, digest, first, last))
        return pk

    def _split(self, index: int, at: datetime) -> None:
        """Make of one version two that say the same, one up to the moment `at` and one after it."""
        span = self._spans[index]
        times = sorted(
            self._connection.scalars(
                select(ReadingRow.read_at).where(ReadingRow.version_pk == span.pk).distinct()
            )
        )
        earlier = [time for time in times if time <= at]
        later = [time for time in times if time > at]
        row = (
            self._connection.execute(select(VersionRow.__table__).where(VersionRow.pk == span.pk))
            .mappings()
            .one()
        )
        skipped = {"pk", "number", "first_seen", "last_seen", "digest", *self._keys}
        values = {name: value for name, value in row.items() if name not in skipped}
        self._set(span.pk, last_seen=earlier[-1])
        second = self._insert(index + 2, values, span.digest, later[0], span.last)
        self._connection.execute(
            update(ReadingRow)
            .where(ReadingRow.version_pk == span.pk, ReadingRow.read_at > at)
            .values(version_pk=second)
        )

    def _set(self, pk: int, **values: Any) -> None:
        self._connection.execute(update(VersionRow).where(VersionRow.pk == pk).values(**values))
