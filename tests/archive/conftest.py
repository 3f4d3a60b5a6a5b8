"""An archive to write to. One place to add another engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.db import Database, open_database
from archive.store import Store


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "data", create=True) as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)
