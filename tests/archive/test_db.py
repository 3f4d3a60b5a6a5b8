"""Opening archives: what is made, what is refused, and what is said."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from archive.db import FILE_NAME, Database, open_database
from archive.errors import DatabaseVersionError, LockedError, StorageError
from archive.store import Store
from tests.archive.samples import SOURCE, item, url


def test_reading_an_absent_archive_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"no archive in .*absent; run `cas-archive crawl` first"):
        open_database(tmp_path / "absent", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_opening_for_writing_creates_nothing_unless_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no archive"):
        open_database(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    folder = tmp_path / "a b" / "50% #1?"
    with open_database(folder, create=True):
        assert (folder / FILE_NAME).is_file()
    with open_database(folder, read_only=True) as again:
        assert again.warcs == folder / "warc"


def test_an_archive_by_the_address_of_its_database(database: Database) -> None:
    with open_database(f"sqlite:///{database.file}", read_only=True) as again:
        assert again.folder == database.folder


def test_an_empty_file_is_no_archive_and_becomes_one(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(StorageError, match="no archive"):
        open_database(tmp_path, read_only=True)
    with open_database(tmp_path, create=True):
        pass
    with open_database(tmp_path, read_only=True):
        pass


def test_a_reader_cannot_write(database: Database) -> None:
    with (
        open_database(database.folder, read_only=True) as reader,
        pytest.raises(StorageError, match="for reading only"),
        reader.write(),
    ):
        raise AssertionError("nobody gets here")


def test_the_engine_refuses_a_reader_too(database: Database) -> None:
    with (
        open_database(database.folder, read_only=True) as reader,
        pytest.raises(StorageError, match="read-only"),
        reader.read() as connection,
    ):
        connection.execute(text("DELETE FROM articles"))


def test_a_reader_does_not_see_what_is_not_committed(database: Database, store: Store) -> None:
    store.save(item(), SOURCE)
    count = text("SELECT count(*) FROM articles")
    with open_database(database.folder, read_only=True) as reader, database.write() as writing:
        writing.execute(text("UPDATE articles SET title = 'other'"))
        with reader.read() as reading:
            assert reading.scalar(count) == 1
            assert reading.scalar(text("SELECT title FROM articles")) == "A title"


def test_an_error_undoes_the_transaction(database: Database, store: Store) -> None:
    store.save(item(), SOURCE)

    def write_and_fail() -> None:
        with database.write() as connection:
            connection.execute(text("DELETE FROM readings"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        write_and_fail()
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM readings")) == 1


def test_a_second_writer_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.db._BUSY", 0.01)
    with (
        open_database(database.folder) as other,
        database.write(),
        pytest.raises(LockedError, match="another process is writing"),
        other.write(),
    ):
        raise AssertionError("nobody gets here")


def test_foreign_keys_are_kept(database: Database) -> None:
    with pytest.raises(StorageError, match="FOREIGN KEY"), database.write() as connection:
        connection.execute(
            text("INSERT INTO failures (run_pk, url, reason, detail, at) VALUES (9, '', '', '', '')")
        )


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
@pytest.mark.parametrize("mode", [{"read_only": True}, {"create": True}, {}])
def test_a_file_that_is_no_database(tmp_path: Path, content: bytes, mode: dict[str, bool]) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StorageError, match=r"is not an archive's database|is damaged"):
        open_database(tmp_path, **mode)
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_a_damaged_page_is_told(database: Database, store: Store, tmp_path: Path) -> None:
    for number in range(30):
        store.save(item(url(5000 + number), "words " * 400), SOURCE)
    database.close()
    file = tmp_path / "data" / FILE_NAME
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
    with (
        pytest.raises(StorageError, match=r"damaged|not an archive"),
        open_database(tmp_path / "data", read_only=True) as reader,
        reader.read() as connection,
    ):
        connection.execute(text("SELECT * FROM versions, articles, addresses")).all()


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    for mode in ({"read_only": True}, {"create": True}):
        with pytest.raises(StorageError, match="is not an archive's database"):
            open_database(tmp_path, **mode)


@pytest.mark.parametrize(
    ("revision", "message"),
    [("9999", "newer than .*upgrade the software"), ("0000", "older than .*db upgrade")],
)
def test_a_schema_of_another_time(database: Database, revision: str, message: str) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    for mode in ({"read_only": True}, {"create": True}, {}):
        with pytest.raises(DatabaseVersionError, match=message):
            open_database(database.folder, **mode)


def test_a_full_disk_leaves_nothing_half_written(database: Database, store: Store) -> None:
    store.save(item(), SOURCE)
    with database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="no space is left"):
        store.save(item(url(9999), "words " * 20_000), SOURCE)
    with database.read() as connection:
        for table, rows in (("articles", 1), ("captures", 1), ("versions", 1), ("article_words", 1)):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == rows  # noqa: S608


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError, match="cannot write to the data folder"):
        open_database(tmp_path / "data", create=True)


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StorageError, match="Permission denied; name another one with --data"):
        open_database(tmp_path / "data", create=True)


def test_an_archive_on_a_read_only_medium(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(item(), SOURCE)
    database.close()
    before = sorted(database.folder.iterdir())
    monkeypatch.setattr("os.access", lambda *_: False)
    with open_database(database.folder, read_only=True) as reader, reader.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM articles").scalar() == 1
    assert sorted(database.folder.iterdir()) == before


@pytest.mark.parametrize("address", ["postgresql://host/archive", "sqlite:///other.db", "://"])
def test_other_databases_are_refused(address: str) -> None:
    with pytest.raises(StorageError, match=r"folder|address"):
        open_database(address)
