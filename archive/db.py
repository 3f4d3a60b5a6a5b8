"""The database of an archive: opening it, its transactions, and its schema's version.

    <data>/archive.sqlite     everything but the bytes
    <data>/warc/              the bytes

Readers never create anything. Library exceptions become StorageError here, with a line that says what to do.
SQLite: write-ahead log, so that readers never wait for the writer; `synchronous=NORMAL`, so that a killed
process loses nothing; a power cut can take the last transactions, and what was captured since the last sync.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from archive.errors import DatabaseVersionError, LockedError, StorageError
from archive.search import Engine as SearchEngine
from archive.search import engine_for

#: Revision of the schema that this software reads and writes.
REVISION = "0001"

FILE_NAME = "archive.sqlite"
WARC_FOLDER = "warc"
# Seconds that a writer waits for another one.
_BUSY = 30.0


class Database:
    """An open archive. Use as a context manager, or close it."""

    def __init__(self, engine: Engine, folder: Path, *, writable: bool) -> None:
        self._engine = engine
        self._writers = engine.execution_options(archive_writes=True)
        #: The data folder.
        self.folder = folder
        self.writable = writable
        #: Full-text search of this database's kind.
        self.search: SearchEngine = engine_for(engine.dialect.name)

    @property
    def warcs(self) -> Path:
        """The folder of the WARC files; may not exist yet."""
        return self.folder / WARC_FOLDER

    @property
    def file(self) -> Path:
        """The file of the database."""
        return self.folder / FILE_NAME

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the archive throughout."""
        with _translated(self.folder), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that is committed at the end, or undone when an error leaves it.

        Raises LockedError when another writer does not finish within 30 seconds.
        """
        if not self.writable:
            raise StorageError(f"the archive in {self.folder} was opened for reading only")
        with _translated(self.folder), self._writers.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of the database's file."""
        self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(data: Path | str, *, create: bool = False, read_only: bool = False) -> Database:
    """Open the archive in the folder `data`.

    create: make folder and schema where they are missing. read_only: never write, not even a lock.
    `data` may be an address `sqlite:///folder/archive.sqlite` too.
    Raises StorageError when there is no archive or it cannot be used, DatabaseVersionError when its schema is
    not this software's, LockedError when another process does not let go of it.
    """
    folder = _folder(data)
    if create and not read_only:
        _make(folder)
    else:
        _require(folder)
    engine = _engine(folder / FILE_NAME, _mode(folder) if read_only else "mode=rw")
    with ExitStack() as opened:
        database = opened.enter_context(Database(engine, folder, writable=not read_only))
        if create and _revision(database) is None:
            _create(database)
        _check_revision(database)
        opened.pop_all()
    return database


def _folder(data: Path | str) -> Path:
    if isinstance(data, Path) or "://" not in data:
        return Path(data)
    try:
        url = make_url(data)
    except ArgumentError as error:
        raise StorageError(f"not the address of a database: {data!r}") from error
    if url.get_backend_name() != "sqlite" or Path(url.database or "").name != FILE_NAME:
        raise StorageError(
            f"this version keeps archives in a folder only: give the folder that holds {FILE_NAME}"
        )
    return Path(url.database or "").parent


def _require(folder: Path) -> None:
    file = folder / FILE_NAME
    try:
        absent = not file.is_file() or file.stat().st_size == 0
    except OSError as error:
        raise StorageError(f"cannot read {file}: {error.strerror}") from error
    if absent:
        raise StorageError(
            f"no archive in {folder}; run `cas-archive crawl` first or name another with --data"
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / FILE_NAME).open("ab"):
            pass
    except OSError as error:
        raise StorageError(
            f"cannot write to the data folder {folder}: {error.strerror}; name another one with --data"
        ) from error


def _mode(folder: Path) -> str:
    """Return how to open for reading: where nothing can be written, without the log's shared memory."""
    has_log = (folder / f"{FILE_NAME}-wal").exists()
    return "mode=ro" if has_log or os.access(folder, os.W_OK) else "mode=ro&immutable=1"


def _engine(file: Path, mode: str) -> Engine:
    """Return an engine whose transactions are SQLite's own: begun by us, DDL included."""
    uri = f"file:{quote(str(file.absolute()))}?{mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=_BUSY, isolation_level=None, check_same_thread=False)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    )
    event.listen(engine, "connect", _configure(writable="mode=ro" not in mode))
    event.listen(engine, "begin", _begin)
    return engine


def _configure(*, writable: bool) -> Callable[[Any, Any], None]:
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")

    return configure


def _begin(connection: Connection) -> None:
    # A writer takes the lock at once: a reader that turns writer later could only fail.
    writes = connection.get_execution_options().get("archive_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise _translate(error, folder) from error
    except sqlite3.Error as error:
        raise StorageError(f"the archive in {folder} cannot be used: {error}") from error


def _translate(error: DBAPIError, folder: Path) -> StorageError:
    said = str(error.orig)
    if "locked" in said or "busy" in said:
        return LockedError(
            f"another process is writing to the archive in {folder}; try again when it is done"
        )
    for sign, meaning in _MEANINGS.items():
        if sign in said:
            return StorageError(meaning.format(folder=folder, file=folder / FILE_NAME))
    return StorageError(f"the archive in {folder} cannot be used: {said}")


_MEANINGS = {
    "disk is full": "no space is left for the archive in {folder}; nothing of this step was saved",
    "disk I/O error": "the disk failed while reading or writing {file}; check the disk and its free space",
    "readonly database": "cannot write to {file}: it is read-only; change that or name another with --data",
    "unable to open": "cannot open {file}; check its permissions and those of its folder",
    "not a database": "{file} is not an archive's database; move it away or name another folder with --data",
    "malformed": "{file} is damaged; restore it from a backup (the WARC files beside it are not affected)",
    "no such table": "{file} is not an archive's database; move it away or name another folder with --data",
}


def _revision(database: Database) -> str | None:
    """Return the revision of the schema; None when the database is empty."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            if inspect(connection).get_table_names():
                raise StorageError(_MEANINGS["not a database"].format(file=database.file))
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def _check_revision(database: Database) -> None:
    found = _revision(database)
    if found == REVISION:
        return
    if found is None:
        raise StorageError(
            f"the archive in {database.folder} is empty; "
            "run `cas-archive crawl` first or name another with --data"
        )
    newer = found > REVISION
    advice = "upgrade the software" if newer else "run `cas-archive db upgrade`"
    raise DatabaseVersionError(
        f"the archive in {database.folder} has the schema {found}, "
        f"{'newer' if newer else 'older'} than this software's {REVISION}; {advice}"
    )


def _create(database: Database) -> None:
    from archive.migrations import upgrade  # noqa: PLC0415 - Alembic is slow to import and seldom needed

    with database.write() as connection:
        upgrade(connection, REVISION)
