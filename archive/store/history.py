"""The versions of one address: where a reading belongs is decided in `decide`, and written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from archive.items import ArticleItem, Capture
from archive.models import key_of
from archive.quality import Quality, found
from archive.store import statements as sql
from archive.store.decide import Move, Placement, Span, content_digest, place
from archive.store.rows import capture, version_values

#: Reads captures of an article, one a part, by the rules of today; None when they give none.
Reread = Callable[[Sequence[Capture]], ArticleItem | None]


class History:
    """The versions of one address, oldest first, in one transaction."""

    def __init__(self, connection: Connection, article_pk: int, address_pk: int) -> None:
        self._connection = connection
        self._keys = {"article_pk": article_pk, "address_pk": address_pk}
        self._spans = [Span(*row) for row in connection.execute(sql.SPANS, {"key": address_pk})]

    def read(
        self,
        item: ArticleItem,
        quality: Quality,
        capture_pks: Sequence[int],
        reread: Reread | None = None,
    ) -> Placement:
        """Add a reading; return where it belongs.

        reread: reads captures by the rules of the item. A difference that comes from the rules is none.
        """
        at = item.captures[0].captured_at
        digest = content_digest(item)
        placement = place(self._spans, digest, at)
        before = placement.index - (placement.move is Move.INSERT)
        if reread and placement.adds_version and before >= 0:
            again = self._read_again(before, item, reread)
            if again is not None and content_digest(again) == digest:
                placement = Placement(Move.EXTEND, before)
        version_pk = self._apply(placement, version_values(item, quality), Span(0, digest, at, at))
        # What a reading found is kept also when the article says the same: that is how a change of the page's
        # markup shows.
        told = {"keywords": list(item.keywords), "template": item.template, "found": list(found(item))}
        rows = [
            {"version_pk": version_pk, "capture_pk": pk, "read_at": at, "part": part}
            | (dict.fromkeys(told) if part else told)
            for part, pk in enumerate(capture_pks)
        ]
        self._connection.execute(sql.ADD_READING, rows)
        return placement

    def _read_again(self, index: int, item: ArticleItem, reread: Reread) -> ArticleItem | None:
        """Read the last capture of a version up to an item by the item's rules, if they are others."""
        key, at = self._spans[index].pk, item.captures[0].captured_at
        version = self._connection.execute(sql.VERSION, {"key": key}).one()
        if (version.extractor, version.furniture) == (item.extractor, item.furniture):
            return None
        rows = self._connection.execute(sql.READ_FROM, {"key": key, "at": at}).all()
        return reread([capture(row) for row in rows if row.read_at == rows[0].read_at])

    def _apply(self, placement: Placement, values: dict[str, Any], reading: Span) -> int:
        """Give a reading its place; return the version that it belongs to."""
        index, at = placement.index, reading.first
        if placement.move is Move.INSERT:
            return self._insert(index + 1, values, reading)
        span = self._spans[index]
        if placement.move is Move.EXTEND:
            if at >= span.last:
                # Keywords are no part of what a reader sees: those of the last reading count.
                self._set(span.pk, last_seen=at, keywords=values["keywords"])
            return span.pk
        if placement.move is Move.PREPEND:
            # The version's own capture is the first that said it.
            said = {name: value for name, value in values.items() if name != "keywords"}
            self._set(span.pk, first_seen=at, **said)
            return span.pk
        self._split(index, at)
        return self._insert(index + 2, values, reading)

    def _insert(self, number: int, values: dict[str, Any], span: Span) -> int:
        """Insert a version as number `number`; the later ones move up."""
        if number <= len(self._spans):
            self._connection.execute(sql.RENUMBER, {"key": self._keys["address_pk"], "from_": number})
        place = {"number": number, "digest": span.digest, "first_seen": span.first, "last_seen": span.last}
        inserted = self._connection.execute(sql.ADD_VERSION, values | self._keys | place)
        pk = key_of(inserted.inserted_primary_key)
        self._spans.insert(number - 1, Span(pk, span.digest, span.first, span.last))
        return pk

    def _split(self, index: int, at: datetime) -> None:
        """Make of one version two that say the same, one up to the moment `at` and one after it."""
        span = self._spans[index]
        readings = self._connection.execute(sql.READ_TIMES, {"key": span.pk}).all()
        earlier = [row for row in readings if row.read_at <= at]
        later = [row.read_at for row in readings if row.read_at > at]
        row = self._connection.execute(sql.VERSION, {"key": span.pk}).one()
        values = {name: value for name, value in row._mapping.items() if name != "pk"}
        self._set(span.pk, last_seen=earlier[-1].read_at, keywords=earlier[-1].keywords)
        if not later:
            # After that moment it was only confirmed, by a site that had shown something else by then.
            return
        second = self._insert(index + 2, values, Span(0, span.digest, later[0], span.last))
        moved = {"key": span.pk, "at": at, "version_pk": second}
        self._connection.execute(sql.MOVE_READINGS, moved)
        self._connection.execute(sql.COPY_EXTRACTIONS, {"key": span.pk, "copy": second})

    def _set(self, pk: int, **values: Any) -> None:
        self._connection.execute(sql.SET_VERSION, {"key": pk, **values})
