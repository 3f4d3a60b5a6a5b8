"""How versions were read: furniture tables, promoted sets, and what they changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base


class FurnitureRow(Base):
    """Blocks that recur across the pages of a source, as learned at one time; never altered afterwards."""

    __tablename__ = "furniture"

    #: The table's number, which versions and promotions name.
    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    learned_at: Mapped[datetime]
    #: As `crawler.pages.furniture` writes it; the archive does not look inside.
    content: Mapped[str]


class PromotionRow(Base):
    """A set of versions that were read again by other rules and say something else since."""

    __tablename__ = "promotions"

    #: The set's number.
    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(ForeignKey("sources.id"))
    promoted_at: Mapped[datetime]
    #: When all of it was taken back; NULL: it stands.
    rolled_back_at: Mapped[datetime | None]
    #: Version of the rules that read the set.
    extractor: Mapped[str]
    #: NULL: read without a furniture table.
    furniture: Mapped[int | None] = mapped_column(ForeignKey("furniture.pk"))
    #: What was asked for, as plain values.
    config: Mapped[dict[str, Any]]
    #: Versions that changed, by field, and articles that were new.
    counts: Mapped[dict[str, Any]]


class ExtractionRow(Base):
    """What one set changed of one version: the article did not change then, only how it is read."""

    __tablename__ = "extractions"

    pk: Mapped[int] = mapped_column(primary_key=True)
    promotion_pk: Mapped[int] = mapped_column(ForeignKey("promotions.pk"), index=True)
    version_pk: Mapped[int] = mapped_column(ForeignKey("versions.pk"), index=True)
    #: Columns of the version that changed, as they were; NULL: the version was made by this set.
    before: Mapped[dict[str, Any] | None]
    #: The same columns, as they are since; NULL as `before`.
    after: Mapped[dict[str, Any] | None]
