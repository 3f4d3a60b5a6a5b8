"""Writing exchanges into rotating WARC 1.1 files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.errors import StorageError, WarcError
from archive.items import Capture
from archive.warc.exchange import Exchange, Headers, check_url, request_block, response_block
from archive.warc.files import MAX_BLOCK, OpenFile, file_name, make_folder
from archive.warc.records import digest, iso, member, new_id, warc_fields

#: A file is closed before it would pass this many bytes (1 GiB, the custom of the field).
DEFAULT_MAX_BYTES = 1 << 30

_RECONSTRUCTION = (
    "Requests and responses are reconstructed from an HTTP client: chunked transfer coding is undone, the "
    "reason phrase is not kept, header names are title-cased and headers of one name stand together; Host is "
    "the one of the address. A header that no longer "
    "fits the stored body is kept under X-Archive-Orig-. Content-Encoding and body bytes are as received."
)

#: Type, block and named fields of a record.
_Parts = tuple[str, bytes, list[tuple[str, str]]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class WarcWriter:
    """Appends exchanges to WARC files of one folder. For one thread; several writers may share a folder."""

    def __init__(  # noqa: PLR0913 (each is a line of the warcinfo record or a limit)
        self,
        folder: Path,
        prefix: str,
        *,
        software: str,
        operator: str | None = None,
        robots: str = "obey",
        max_bytes: int = DEFAULT_MAX_BYTES,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Open the first file, so that a folder that cannot be written is found before anything is fetched.

        `operator` is who to write to about the crawl, `robots` the policy towards robots.txt; both and
        `software` go into every file. Raises StorageError.
        """
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", prefix):
            raise ValueError(f"not usable in a file name: {prefix!r}")
        self._folder = folder
        self._prefix = prefix
        self._info = [
            ("software", software),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            *([("operator", operator)] if operator else []),
            ("robots", robots),
            ("description", _RECONSTRUCTION),
        ]
        self._max_bytes = max_bytes
        self._clock = clock
        self._serial = 0
        self._header_size = 0
        self._stamp = ""
        make_folder(folder)
        self._file: OpenFile | None = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, exchange: Exchange) -> Capture:
        """Store an exchange as a response and a request record; returns where the response lies.

        Raises StorageError when the disk does not take it; the file is then as it was before. Raises
        WarcError when the response is larger than a reader would take.
        """
        known = [("WARC-IP-Address", exchange.ip)] if exchange.ip else []
        known += [("WARC-Protocol", _protocol(exchange.protocol))] if exchange.protocol else []
        common = [("WARC-Date", iso(exchange.sent_at)), ("WARC-Target-URI", exchange.url), *known]
        payload = digest(exchange.body)
        return self._append(
            ("response", response_block(exchange), [*common, ("WARC-Payload-Digest", payload)]),
            (
                "request",
                request_block(exchange.url, exchange.method, exchange.request_headers),
                [*common, ("WARC-Payload-Digest", digest(b""))],
            ),
            digest=payload,
            captured_at=exchange.captured_at,
        )

    def write_failure(
        self, url: str, sent_at: datetime, reason: str, *, method: str = "GET", request_headers: Headers = ()
    ) -> Capture:
        """Store that a request got no response: a metadata record saying why, and the request.

        The digest of the returned capture is that of the metadata. Raises StorageError.
        """
        check_url(url)
        if sent_at.tzinfo is None:
            raise ValueError(f"sent_at must carry a time zone: {sent_at!r}")
        common = [("WARC-Date", iso(sent_at)), ("WARC-Target-URI", url)]
        block = warc_fields([("outcome", "no response"), ("reason", reason)])
        return self._append(
            ("metadata", block, common),
            (
                "request",
                request_block(url, method, request_headers),
                [*common, ("WARC-Payload-Digest", digest(b""))],
            ),
            digest=digest(block),
            captured_at=sent_at.astimezone(UTC),
        )

    def sync(self) -> None:
        """Make the disk hold everything written so far. Raises StorageError when it cannot."""
        if self._file is not None:
            self._file.sync()

    def close(self) -> None:
        """Close the file under its final name; one that holds no exchange is removed. May be called twice."""
        if self._file is None:
            return
        file, self._file = self._file, None
        if file.size > self._header_size:
            file.close()
        else:
            file.discard()

    def _append(self, main: _Parts, request: _Parts, *, digest: str, captured_at: datetime) -> Capture:
        """Write a record and the request it belongs to, both or neither; the request names the record."""
        if self._file is None:
            raise ValueError("the writer is closed")
        if len(main[1]) > MAX_BLOCK:
            raise WarcError(f"a record holds at most {MAX_BLOCK} bytes: {len(main[1])}", warc=self._file.name)
        record_id = new_id()
        first = _record(main, record_id)
        both = first + _record(request, new_id(), ("WARC-Concurrent-To", f"<{record_id}>"))
        file = self._room_for(self._file, len(both))
        return Capture(
            warc=file.name,
            offset=file.append(both),
            length=len(first),
            record_id=record_id,
            digest=digest,
            captured_at=captured_at,
        )

    def _room_for(self, file: OpenFile, size: int) -> OpenFile:
        if file.size == self._header_size or file.size + size <= self._max_bytes:
            return file
        # The next one first: when it cannot be made, this one stays in use.
        self._file = self._open()
        file.close()
        return self._file

    def _open(self) -> OpenFile:
        """Create the next file and begin it with its warcinfo record."""
        # A clock that is set back must not give a later file an earlier name: names are the order of capture.
        self._stamp = max(self._stamp, self._clock().astimezone(UTC).strftime("%Y%m%d%H%M%S"))
        file = None
        while file is None:
            name = file_name(self._prefix, self._stamp, self._serial)
            self._serial += 1
            file = OpenFile.create(self._folder, name)
        fields = [("WARC-Date", iso(self._clock())), ("WARC-Filename", file.name)]
        try:
            file.append(_record(("warcinfo", warc_fields(self._info), fields), new_id()))
        except StorageError:
            file.discard()
            raise
        self._header_size = file.size
        return file


def _record(parts: _Parts, record_id: str, *more: tuple[str, str]) -> bytes:
    kind, block, fields = parts
    return member(kind, block, [("WARC-Record-ID", f"<{record_id}>"), *fields, *more])


def _protocol(name: str) -> str:
    """Spell a protocol as WARC-Protocol does: `http/1.1`, `h2`."""
    lower = " ".join(name.lower().split())
    return {"http/2": "h2", "http/2.0": "h2", "http/3": "h3"}.get(lower, lower)
