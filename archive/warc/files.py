"""WARC files in their folder: names, gzip members, and the one file that is being written."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import BinaryIO

from archive.errors import StorageError, WarcError

OPEN = ".open"
_SUFFIX = ".warc.gz"
_NAME = re.compile(r"(?P<prefix>.+)-(?P<stamp>\d{14})-(?P<serial>\d{5,})\.warc\.gz")
_CHUNK = 1 << 14
_MAGIC = b"\x1f\x8b\x08"

#: Most bytes the block of a record may have; the writer refuses what a reader would not take.
MAX_BLOCK = 512 * 1024 * 1024
#: The same for the whole record, its named fields included.
MAX_RECORD = MAX_BLOCK + (1 << 16)


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member: where it lies and what it holds."""

    offset: int
    length: int
    data: bytes


def file_name(prefix: str, stamp: str, serial: int) -> str:
    """Return the final name of a WARC file; `stamp` is YYYYMMDDhhmmss in UTC."""
    return f"{prefix}-{stamp}-{serial:05d}{_SUFFIX}"


def names(folder: Path) -> list[str]:
    """Return the final names of all WARC files of the folder, oldest first, open ones included."""
    try:
        found = {path.name.removesuffix(OPEN) for path in folder.iterdir()}
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"cannot read the WARC folder {folder}: {error.strerror}") from error
    return sorted((name for name in found if name.endswith(_SUFFIX)), key=_age)


def _age(name: str) -> tuple[str, int, str]:
    match = _NAME.fullmatch(name)
    return (match["stamp"], int(match["serial"]), name) if match else ("", 0, name)


def open_warc(folder: Path, name: str) -> BinaryIO:
    """Open a WARC file by its final name, whether it has been closed or is still being written."""
    if Path(name).name != name:
        raise WarcError(f"not a file name: {name!r}", warc=name)
    # The final name twice: the file may be closed by its writer between the first and the second look.
    for candidate in (name, name + OPEN, name):
        try:
            return (folder / candidate).open("rb")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise WarcError(f"cannot read {candidate} in {folder}: {error.strerror}", warc=name) from error
    raise WarcError(f"{name} is missing from {folder}; restore it from a backup", warc=name)


def members(stream: BinaryIO, name: str, start: int = 0) -> Iterator[Member]:
    """Yield the gzip members from the stream's position on, which is byte `start` of the file.

    Raises WarcError with the offset of the first member that is damaged or breaks off.
    """
    pending = b""
    while True:
        inflater = zlib.decompressobj(31)
        parts: list[bytes] = []
        size = length = 0
        while not inflater.eof:
            chunk = pending or stream.read(_CHUNK)
            pending = b""
            if not chunk:
                if length == 0:
                    return
                raise _damaged(name, start, "breaks off")
            try:
                parts.append(inflater.decompress(chunk))
            except zlib.error as error:
                raise _damaged(name, start, f"is damaged ({error})") from error
            length += len(chunk)
            size += len(parts[-1])
            if size > MAX_RECORD:
                raise _damaged(name, start, f"is larger than {MAX_RECORD} bytes")
        pending = inflater.unused_data
        length -= len(pending)
        yield Member(start, length, b"".join(parts))
        start += length


def _damaged(name: str, offset: int, what: str) -> WarcError:
    return WarcError(f"{name}: the record at byte {offset} {what}", warc=name, offset=offset)


def next_whole(stream: BinaryIO, name: str, after: int) -> int | None:
    """Return where the first whole record behind byte `after` begins; None when there is none.

    Tells a torn tail, behind which nothing can follow, from damage in the middle of a file.
    """
    with mmap(stream.fileno(), 0, access=ACCESS_READ) as data:
        at = data.find(_MAGIC, after + 1)
        while at >= 0:
            if _begins_record(data[at : at + _CHUNK]) and _is_whole(stream, name, at):
                return at
            at = data.find(_MAGIC, at + 1)
    return None


def _begins_record(start: bytes) -> bool:
    # Bodies are gzip too, and may lie uncompressed in a record: the magic alone says little.
    try:
        return zlib.decompressobj(31).decompress(start, 5) == b"WARC/"
    except zlib.error:
        return False


def _is_whole(stream: BinaryIO, name: str, offset: int) -> bool:
    stream.seek(offset)
    try:
        return next(members(stream, name, offset), None) is not None
    except WarcError:
        return False


class OpenFile:
    """A WARC file under its temporary name, locked, to which whole records are appended."""

    def __init__(self, folder: Path, name: str, descriptor: int) -> None:
        self.folder = folder
        self.name = name
        self._path = folder / (name + OPEN)
        self._descriptor = descriptor
        #: Bytes of whole records.
        self.size = 0
        self._torn = False

    @classmethod
    def create(cls, folder: Path, name: str) -> OpenFile | None:
        """Create and lock a new file; None when the name is taken.

        Raises StorageError when the folder cannot be written.
        """
        path = folder / (name + OPEN)
        if (folder / name).exists():
            return None
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return None
        except OSError as error:
            raise storage_error(folder, error) from error
        if claim(path, descriptor):
            return cls(folder, name, descriptor)
        os.close(descriptor)  # Another process took it for a leftover in between and is repairing it.
        return None

    def append(self, data: bytes) -> int:
        """Write `data` at the end and return its offset; after a failure the file is as it was.

        Raises StorageError when the disk does not take it.
        """
        if self._torn:
            self._restore()
        offset, view = self.size, memoryview(data)
        self._torn = True
        try:
            while view:
                view = view[os.pwrite(self._descriptor, view, offset + len(data) - len(view)) :]
            self._torn = False
            self.size += len(data)
        except OSError as error:
            raise storage_error(self.folder, error) from error
        finally:
            if self._torn:
                self._restore()
        return offset

    def _restore(self) -> None:
        """Cut off what a failed write left behind the last whole record."""
        try:
            os.ftruncate(self._descriptor, self.size)
        except OSError as error:
            raise storage_error(self.folder, error) from error
        self._torn = False

    def sync(self) -> None:
        """Make the disk hold all that was appended. Raises StorageError when it cannot."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise storage_error(self.folder, error) from error

    def close(self) -> None:
        """Give the file its final name, on disk for good."""
        try:
            if self._torn:
                self._restore()
            self.sync()
            finish(self.folder, self.name)
        finally:
            os.close(self._descriptor)

    def discard(self) -> None:
        """Remove the file: nothing worth keeping was written."""
        try:
            self._path.unlink()
        except OSError as error:
            raise storage_error(self.folder, error) from error
        finally:
            os.close(self._descriptor)


def make_folder(folder: Path) -> None:
    """Create the WARC folder where it is missing. Raises StorageError when that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(folder, error) from error


def claim(path: Path, descriptor: int) -> bool:
    """Take the writer's lock of an open file; False when another process holds it or has renamed the file.

    Raises StorageError where the file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError as error:
        raise storage_error(path.parent, error) from error


def finish(folder: Path, name: str) -> None:
    """Rename an open file to its final name and make that durable. Raises StorageError or WarcError."""
    final = folder / name
    if final.exists():
        raise WarcError(f"both {name} and {name}{OPEN} are in {folder}; move one of them away", warc=name)
    try:
        (folder / (name + OPEN)).rename(final)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise storage_error(folder, error) from error


def storage_error(folder: Path, error: OSError) -> StorageError:
    """Say in one line why the folder cannot be written and what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        advice = "free some space, or name another folder with --data"
    else:
        advice = "make it writable, or name another folder with --data"
    return StorageError(f"cannot write to the WARC folder {folder}: {error.strerror}; {advice}")
