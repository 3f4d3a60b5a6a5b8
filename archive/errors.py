"""Every error the archive raises.

    ArchiveError
    ├── BadInputError            what a person or program asked for cannot be meant
    │   ├── BadUrlError            .url
    │   └── BadQueryError          .query, .position
    ├── NotFoundError            nothing is kept under that name
    ├── StorageError             the data folder or the database cannot be used
    │   ├── DatabaseVersionError   the schema is older or newer than this software
    │   ├── LockedError            somebody else is writing
    │   └── RunningError           another run of the source is under way   .run
    ├── NotificationError        the operator could not be told of alarms
    └── WarcError                a WARC file cannot be written or read      .warc, .offset

The message of each says what is wrong and, where something can be done, what to do.
"""

from __future__ import annotations


class ArchiveError(Exception):
    """Root of every error raised by the package `archive`."""


class BadInputError(ArchiveError):
    """A value that came from outside cannot be used as it is."""


class BadUrlError(BadInputError):
    """Not an absolute http or https address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"not a usable address: {url!r} ({reason})")
        #: The address as it was given.
        self.url = url


class BadQueryError(BadInputError):
    """A query that means nothing; says where."""

    def __init__(self, message: str, query: str, position: int = 0) -> None:
        super().__init__(message)
        #: The query as it was given.
        self.query = query
        #: Index of the first character that is wrong.
        self.position = position


class NotFoundError(ArchiveError):
    """Nothing is kept under the name that was asked for."""


class StorageError(ArchiveError):
    """The data folder or the database cannot be opened, read or written."""


class DatabaseVersionError(StorageError):
    """The schema of the database is not the one this software works with."""


class LockedError(StorageError):
    """Another process is writing to the archive."""


class RunningError(StorageError):
    """Another run of the same source is under way: two at once would ask the site twice as fast."""

    def __init__(self, message: str, *, run: int) -> None:
        super().__init__(message)
        #: Number of the run that is under way.
        self.run = run


class NotificationError(ArchiveError):
    """The operator's command or webhook did not take what it was to be told."""


class WarcError(ArchiveError):
    """A WARC file cannot be written, or what it holds cannot be read."""

    def __init__(self, message: str, *, warc: str, offset: int | None = None) -> None:
        super().__init__(message)
        #: File name within the WARC folder.
        self.warc = warc
        #: Byte offset of the record, where one is known.
        self.offset = offset
