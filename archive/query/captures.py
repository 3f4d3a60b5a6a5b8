"""Captures by address."""

from __future__ import annotations

from sqlalchemy import select

from archive.db import Database
from archive.items import Capture
from archive.models import CaptureRow


def newest_capture(database: Database, url: str) -> Capture | None:
    """Return the newest capture of a response from that very address; None when there is none."""
    newest = (
        select(CaptureRow.__table__)
        .where(CaptureRow.url == url, CaptureRow.status.is_not(None))
        .order_by(CaptureRow.captured_at.desc(), CaptureRow.pk.desc())
        .limit(1)
    )
    with database.read() as connection:
        row = connection.execute(newest).first()
    if row is None:
        return None
    return Capture(
        warc=row.warc,
        offset=row.offset,
        length=row.length,
        record_id=row.record_id,
        digest=row.digest,
        captured_at=row.captured_at,
    )
