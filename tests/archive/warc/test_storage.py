"""Folders that cannot be written, files that are not what they were."""

from __future__ import annotations

import errno
import gzip
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import StorageError, WarcError
from archive.items import Capture
from archive.warc import WarcWriter, pages, read
from archive.warc.records import member
from tests.archive.warc.exchanges import PAGE, exchange
from tests.command import ROOT, UNPRIVILEGED

FULL = """
import resource, signal, sys
from pathlib import Path
from random import Random
from archive.errors import StorageError
from archive.warc import WarcWriter, pages
from tests.archive.warc.exchanges import exchange
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
folder = Path(sys.argv[1])
noise = Random(1).randbytes(30_000)
with WarcWriter(folder, "s", software="t") as writer:
    first = writer.write(exchange("1"))
    try:
        writer.write(exchange("2", body=noise))
    except StorageError as error:
        print(error)
    third = writer.write(exchange("3"))
assert [page.capture for page in pages(folder)] == [first, third]
"""


def test_a_disk_that_fills_up_takes_nothing_half(tmp_path: Path) -> None:
    """The system's limit on file sizes stands for a full disk: the write itself is cut short."""
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"cannot write to the WARC folder {tmp_path}: File too large; free some space, "
        "or name another folder with --data"
    ]


def test_a_write_that_breaks_off_is_cut_back_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    with WarcWriter(tmp_path, "s", software="t") as writer:
        first = writer.write(exchange("1"))
        size = (tmp_path / f"{first.warc}.open").stat().st_size

        def half(descriptor: int, data: bytes, offset: int) -> int:
            if offset > size:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(descriptor, data[:100], offset)

        monkeypatch.setattr(os, "pwrite", half)
        with pytest.raises(StorageError, match="No space left on device; free some space"):
            writer.write(exchange("2"))
        monkeypatch.undo()
        assert (tmp_path / f"{first.warc}.open").stat().st_size == size
        third = writer.write(exchange("3"))
    assert third.offset == size
    assert [page.capture for page in pages(tmp_path)] == [first, third]


def test_an_interrupted_write_that_could_not_be_cut_is_cut_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    with WarcWriter(tmp_path, "s", software="t") as writer:
        first = writer.write(exchange("1"))

        def interrupted(descriptor: int, data: bytes, offset: int) -> int:
            real(descriptor, data[:100], offset)
            raise KeyboardInterrupt

        def refused(descriptor: int, size: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "pwrite", interrupted)
        monkeypatch.setattr(os, "ftruncate", refused)
        with pytest.raises(StorageError, match="Input/output error"):
            writer.write(exchange("2"))
        monkeypatch.undo()
    assert [page.capture for page in pages(tmp_path)] == [first]


def test_sync_says_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, synced = os.fsync, list[int]()
    with WarcWriter(tmp_path, "s", software="t") as writer:
        capture = writer.write(exchange())
        monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(descriptor) or real(descriptor))
        writer.sync()
        assert len(synced) == 1

        def refused(descriptor: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(os, "fsync", refused)
        with pytest.raises(StorageError, match="Input/output error"):
            writer.sync()
        monkeypatch.undo()
    assert [page.capture for page in pages(tmp_path)] == [capture]


def test_a_rotation_that_fails_leaves_the_writer_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open
    with WarcWriter(tmp_path, "s", software="t", max_bytes=2000) as writer:
        captures = [writer.write(exchange("1"))]

        def refused(path: Path, flags: int, mode: int = 0o777) -> int:
            if flags & os.O_CREAT:
                raise OSError(errno.EROFS, "Read-only file system")
            return real(path, flags, mode)

        monkeypatch.setattr(os, "open", refused)
        with pytest.raises(StorageError, match="Read-only file system; make it writable"):
            writer.write(exchange("2", body=os.urandom(2000)))
        monkeypatch.undo()
        captures.append(writer.write(exchange("3", body=os.urandom(2000))))
    assert captures[0].warc != captures[1].warc
    assert [page.capture for page in pages(tmp_path)] == captures


def test_a_folder_that_cannot_be_is_found_before_anything_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot write to the WARC folder .*Not a directory"):
        WarcWriter(tmp_path / "file" / "warc", "s", software="t")


def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    code = f"""
from pathlib import Path
from archive.warc import WarcWriter
WarcWriter(Path({str(tmp_path)!r}), "s", software="t")
"""
    command = [*UNPRIVILEGED, sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "StorageError" in done.stderr
    assert "Permission denied; make it writable" in done.stderr


def test_a_body_too_large_to_read_back_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.warc.writer.MAX_BLOCK", 1000)
    with WarcWriter(tmp_path, "s", software="t") as writer:
        with pytest.raises(WarcError, match="at most 1000 bytes"):
            writer.write(exchange(body=b"x" * 1000))
        capture = writer.write(exchange("2", body=b"x"))
    assert [page.capture for page in pages(tmp_path)] == [capture]


@pytest.fixture
def kept(tmp_path: Path) -> Capture:
    with WarcWriter(tmp_path, "s", software="t") as writer:
        writer.write(exchange("1"))
        capture = writer.write(exchange("2"))
        writer.write(exchange("3"))
    return capture


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"warc": "other.warc.gz"}, "missing from .*; restore it from a backup"),
        ({"warc": "../other.warc.gz"}, "not a file name"),
        ({"offset": 7}, "byte 7 is damaged"),
        ({"offset": 10**9}, "ends before byte 1000000000"),
        ({"offset": 0}, "is urn:uuid:.*, not urn:uuid:"),
        ({"record_id": "urn:uuid:0"}, "not urn:uuid:0"),
        ({"digest": "sha256:00"}, "not sha256:00"),
    ],
)
def test_a_capture_that_is_not_there(
    tmp_path: Path, kept: Capture, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(WarcError, match=message) as caught:
        read(tmp_path, replace(kept, **changes))  # type: ignore[arg-type]
    assert caught.value.warc == changes.get("warc", kept.warc)


def test_a_flipped_bit_is_noticed_or_changes_nothing(tmp_path: Path, kept: Capture) -> None:
    path = tmp_path / kept.warc
    data = path.read_bytes()
    fresh = read(tmp_path, kept)
    unnoticed = 0
    for at in range(kept.offset, kept.offset + kept.length):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        try:
            page = read(tmp_path, kept)
        except WarcError:
            continue
        assert page == fresh
        unnoticed += 1
    # Time, extra flags and system in the gzip header, and the padding before its trailer, mean nothing.
    assert unnoticed <= 4 + 1 + 1 + 1


def test_a_closed_file_that_is_cut_short_is_an_error(tmp_path: Path, kept: Capture) -> None:
    path = tmp_path / kept.warc
    path.write_bytes(path.read_bytes()[: kept.offset + kept.length - 1])
    found = pages(tmp_path)
    assert next(found).url.endswith("1")
    with pytest.raises(WarcError, match=f"byte {kept.offset} breaks off") as caught:
        next(found)
    assert (caught.value.warc, caught.value.offset) == (kept.warc, kept.offset)


GOOD = [("WARC-Record-ID", "<urn:uuid:1>"), ("WARC-Date", "2026-01-01T00:00:00Z")]
URI = ("WARC-Target-URI", "https://news.example.org/")
HTTP = b"HTTP/1.1 200 \r\n\r\n" + PAGE


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (member("response", HTTP, GOOD), "has no WARC-Target-URI"),
        (member("response", HTTP, [URI, GOOD[0]]), "has no WARC-Date"),
        (member("response", HTTP, [URI, GOOD[0], ("WARC-Date", "yesterday")]), "no usable date"),
        (member("response", HTTP, [URI, GOOD[1]]), "has no WARC-Record-ID"),
        (member("response", b"220 ready\r\n", [*GOOD, URI]), "holds no HTTP response"),
        (
            member("response", HTTP, [*GOOD, URI, ("WARC-Payload-Digest", "sha1:AA")]),
            "payload digest differs",
        ),
        (member("response", HTTP, [("WARC-Block-Digest", "md9:00"), *GOOD, URI]), "its digest differs"),
        (member("response", HTTP, [("Content-Length", "5"), *GOOD, URI]), "not as long as it says"),
    ],
)
def test_a_record_that_means_nothing(tmp_path: Path, record: bytes, message: str) -> None:
    (tmp_path / "x.warc.gz").write_bytes(record)
    with pytest.raises(WarcError, match=message) as caught:
        list(pages(tmp_path))
    assert (caught.value.warc, caught.value.offset) == ("x.warc.gz", 0)


def test_a_file_that_is_no_warc(tmp_path: Path) -> None:
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(PAGE))
    with pytest.raises(WarcError, match="is no WARC record"):
        list(pages(tmp_path))
