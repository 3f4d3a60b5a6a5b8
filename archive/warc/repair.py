"""Closing the files that a killed run left open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from archive.errors import WarcError
from archive.warc.files import OPEN, claim, finish, members, names, next_whole, storage_error


class RepairOutcome(StrEnum):
    """What became of a file that was found open."""

    #: Its whole records now stand under the final name.
    CLOSED = "closed"
    #: It held no whole record and is gone.
    REMOVED = "removed"
    #: Another process is writing it; untouched.
    BUSY = "busy"
    #: Damaged in the middle: whole records follow the damage, so nothing was cut; untouched.
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What was done about one open file."""

    #: Final name of the file.
    warc: str
    outcome: RepairOutcome
    #: Bytes of whole records from the start of the file.
    kept: int = 0
    #: Bytes of a torn tail that were cut off.
    cut: int = 0


def repair(folder: Path) -> tuple[Repair, ...]:
    """Close every file of the folder that no living writer holds, cut back to its last whole record.

    A folder that does not exist has nothing to repair. Raises StorageError when the folder cannot be written.
    """
    return tuple(_repair(folder, name) for name in names(folder) if (folder / (name + OPEN)).exists())


def _repair(folder: Path, name: str) -> Repair:
    path = folder / (name + OPEN)
    try:
        with path.open("r+b") as stream:
            if not claim(path, stream.fileno()):
                return Repair(warc=name, outcome=RepairOutcome.BUSY)
            return _repair_claimed(folder, name, stream)
    except FileNotFoundError:
        return Repair(warc=name, outcome=RepairOutcome.BUSY)  # Its writer has just closed it.
    except OSError as error:
        raise storage_error(folder, error) from error


def _repair_claimed(folder: Path, name: str, stream: BinaryIO) -> Repair:
    kept = 0
    try:
        for member in members(stream, name):
            kept = member.offset + member.length
    except WarcError:
        if next_whole(stream, name, kept) is not None:
            return Repair(warc=name, outcome=RepairOutcome.DAMAGED, kept=kept)
    cut = stream.seek(0, os.SEEK_END) - kept
    if kept == 0:
        (folder / (name + OPEN)).unlink()
        return Repair(warc=name, outcome=RepairOutcome.REMOVED, cut=cut)
    stream.truncate(kept)
    os.fsync(stream.fileno())
    finish(folder, name)
    return Repair(warc=name, outcome=RepairOutcome.CLOSED, kept=kept, cut=cut)
