"""Rows that a crawl leaves, written by hand: runs, captures, walks and what is known of addresses."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select

from archive.db import Database
from archive.models import CaptureRow, FailureRow, FrontierRow, RunRow, WalkRow, key_of

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SITE = "https://news.example.org"


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def add_run(
    database: Database,
    *,
    source: str = "sample",
    mode: str = "new",
    at: float = 0,
    lasted: float | None = 60,
    outcome: str | None = "finished",
    config: Mapping[str, Any] | None = None,
    counts: Mapping[str, int] | None = None,
    noted: float | None = None,
    pid: int | None = None,
) -> int:
    """A run that began `at` seconds after noon; pid: None is this process."""
    ended = None if lasted is None else after(at + lasted)
    values = {
        "source": source, "mode": mode, "config": dict(config or {}), "started": after(at), "ended": ended,
        "noted": ended if noted is None else after(noted), "outcome": outcome, "counts": dict(counts or {}),
        "host": socket.gethostname(), "pid": pid or os.getpid(), "process_start": None,
    }  # fmt: skip
    with database.write() as connection:
        return key_of(connection.execute(insert(RunRow).values(values)).inserted_primary_key)


def add_capture(
    database: Database,
    run: int | None,
    at: float,
    path: str = "/a.html",
    *,
    status: int | None = 200,
    seconds: float | None = 1.0,
    size: int | None = 1000,
    site: str = SITE,
) -> None:
    """A capture of a request that was sent `at` seconds after noon."""
    with database.write() as connection:
        number = connection.scalar(select(func.count(CaptureRow.pk)))
        connection.execute(
            insert(CaptureRow).values(
                record_id=f"urn:uuid:{number}", url=site + path, status=status, mime="text/html",
                warc="sample-00000.warc.gz", offset=number, length=10, digest=f"sha256:{number}",
                captured_at=after(at), seconds=seconds, size=size, run_pk=run,
            )
        )  # fmt: skip


def add_failures(database: Database, run: int, *failures: tuple[str, str]) -> None:
    """Paths that a run could not fetch, and why."""
    rows = [
        {"run_pk": run, "url": SITE + path, "reason": why, "detail": "", "at": NOON} for path, why in failures
    ]
    with database.write() as connection:
        connection.execute(insert(FailureRow), rows)


def add_address(database: Database, path: str, **facts: Any) -> None:
    """An address that the frontier knows as failed."""
    known = {
        "source": "sample", "url": SITE + path, "kind": "article", "state": "failed", "folder": "/science/",
        "found_at": NOON, "attempts": 1, "reason": "HTTP 500",
    }  # fmt: skip
    with database.write() as connection:
        connection.execute(insert(FrontierRow).values(**known | facts))


def add_walk(database: Database, run: int, folder: str, **facts: Any) -> None:
    """A walk over three list pages that a run began."""
    known = {
        "source": "sample", "folder": folder, "run_pk": run, "last_run_pk": run, "full": False, "began": NOON,
        "pages": 3, "rereads": 0, "total": 3, "entries": 60, "known": 10, "new": 50, "streak": 0,
        "shifted": False,
    }  # fmt: skip
    with database.write() as connection:
        connection.execute(insert(WalkRow).values(**known | facts))
