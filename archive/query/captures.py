"""Captures by address."""

from __future__ import annotations

from sqlalchemy import select

from archive.db import Database
from archive.items import Capture
from archive.models import CaptureRow
from archive.store import rows


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
    return rows.capture(row)
