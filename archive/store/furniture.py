"""Tables of recurring blocks as they are kept: numbered, never altered; the archive does not look inside.

The table in force is that of the newest promoted set that stands: what a set was read with is what crawls
read with afterwards, until it is taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

from archive.db import Database
from archive.models import FurnitureRow, PromotionRow


@dataclass(frozen=True, slots=True)
class Furniture:
    """A kept table."""

    number: int
    #: As `crawler.pages.furniture` writes it.
    content: str


def furniture_in_force(database: Database, source: str) -> Furniture | None:
    """Return the table that pages of a source are read with now; None: with none."""
    standing = (
        select(FurnitureRow.pk, FurnitureRow.content)
        .join(PromotionRow, PromotionRow.furniture == FurnitureRow.pk)
        .where(PromotionRow.source == source, PromotionRow.rolled_back_at.is_(None))
        .order_by(PromotionRow.pk.desc())
        .limit(1)
    )
    with database.read() as connection:
        row = connection.execute(standing).first()
    return Furniture(row.pk, row.content) if row else None


def numbered(database: Database, source: str, content: str) -> Furniture:
    """Return a table with its number: that of the same content where it is kept, else the next one."""
    with database.read() as connection:
        same = select(FurnitureRow.pk).where(FurnitureRow.source == source, FurnitureRow.content == content)
        known = connection.scalar(same.order_by(FurnitureRow.pk).limit(1))
        last = connection.scalar(select(func.max(FurnitureRow.pk))) or 0
    return Furniture(last + 1 if known is None else known, content)


def keep_furniture(connection: Connection, source: str, table: Furniture) -> None:
    """Keep a table under its number, once."""
    if connection.scalar(select(FurnitureRow.pk).where(FurnitureRow.pk == table.number)) is None:
        row = {"pk": table.number, "source": source, "content": table.content}
        connection.execute(insert(FurnitureRow).values(row | {"learned_at": datetime.now(UTC)}))
