"""The schema: one class a table, and the meaning of every NULL beside its column.

    articles       what is kept of articles
    extractions    how they were read
    crawl          what was asked for when, and what went wrong

Knows nothing of engines but their types; full-text tables stand in `archive.search`.
Times are UTC and aware; a `published` is a local date in the source's zone.
"""

from __future__ import annotations

from archive.models.articles import (
    AddressRow,
    ArticleRow,
    CaptureRow,
    EntryRow,
    ReadingRow,
    SourceRow,
    VersionRow,
)
from archive.models.base import Base, UtcDateTime, key_of
from archive.models.crawl import AlarmRow, FailureRow, FrontierRow, RunRow, SightingRow, WalkRow
from archive.models.extractions import ExtractionRow, FurnitureRow, PromotionRow

__all__ = [
    "AddressRow",
    "AlarmRow",
    "ArticleRow",
    "Base",
    "CaptureRow",
    "EntryRow",
    "ExtractionRow",
    "FailureRow",
    "FrontierRow",
    "FurnitureRow",
    "PromotionRow",
    "ReadingRow",
    "RunRow",
    "SightingRow",
    "SourceRow",
    "UtcDateTime",
    "VersionRow",
    "WalkRow",
    "key_of",
]
