"""No two schedules run the same source: one lock a source, in the data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import StorageError


@contextmanager
def held(data: Path, source: str) -> Iterator[int | None]:
    """Hold the lock of a source; None when another process holds it.

    The value is a descriptor: a child that inherits it holds the lock for as long as it lives, whatever
    becomes of its parent. The file stays: whoever removed it could remove it from under another one's lock.
    Raises StorageError when the folder cannot be written to.
    """
    file = data / f"schedule-{source}.lock"
    try:
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise StorageError(
            f"cannot write {file}: {error.strerror}; check its folder's permissions"
        ) from error
    try:
        yield descriptor if _lock(descriptor, file) else None
    finally:
        os.close(descriptor)


def _lock(descriptor: int, file: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StorageError(
            f"cannot lock {file}: {error.strerror}; keep the archive on a local disk"
        ) from error
    return True
