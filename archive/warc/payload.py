"""Undoing a Content-Encoding, within a bound. Pure.

A response whose coding cannot be undone is still a page: what could be read, with the defect named. It is
no error, because the exchange happened and is kept, and one such page must not end the reading of an archive.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import brotli  # type: ignore[import-untyped]

from archive.warc.exchange import Headers

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Most bytes a decoded body may have; beyond it a small response is an attack, not a page.
MAX_PAYLOAD = 64 * 1024 * 1024

_MAX_CODINGS = 4
_MAX_MEMBERS = 10_000
_PIECE = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Payload:
    """A body with its Content-Encoding undone."""

    body: bytes
    #: What kept it from being undone; None when all went well.
    defect: str | None = None


class _UndecodableError(Exception):
    """A coding that cannot be undone; carries what was readable before."""

    def __init__(self, reason: str, readable: bytes = b"") -> None:
        super().__init__(reason)
        self.readable = readable


def decode(headers: Headers, body: bytes, limit: int = MAX_PAYLOAD) -> Payload:
    """Undo the codings that `headers` name, last applied first; at most `limit` bytes come out.

    A body over the limit or in an unknown coding comes out empty, one that breaks off as far as it goes.
    """
    codings = _codings(headers)
    if len(codings) > _MAX_CODINGS:
        return Payload(b"", f"{len(codings)} content codings on one body")
    for coding in reversed(codings):
        if not body:
            break
        undo = _CODINGS.get(coding)
        if undo is None:
            return Payload(b"", f"unknown content coding {coding!r}")
        try:
            body = undo(body, limit)
        except _UndecodableError as error:
            return Payload(error.readable, f"{coding}: {error}")
    return Payload(body)


def _codings(headers: Headers) -> list[str]:
    values = (value for name, value in headers if name.lower() == "content-encoding")
    codings = (coding.strip().lower() for value in values for coding in value.split(","))
    return [coding for coding in codings if coding and coding != "identity"]


def _gunzip(body: bytes, limit: int) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body  # Servers do label plain bytes as gzip; every browser shows them.
    plain = bytearray()
    at = 0
    # Members may follow one another (RFC 1952, section 2.2); what follows and is no member is ignored.
    for _ in range(_MAX_MEMBERS):
        at = _inflate(body, at, limit, 31, plain)
        if not body.startswith(_GZIP_MAGIC, at):
            return bytes(plain)
    raise _UndecodableError(f"more than {_MAX_MEMBERS} members")


def _undeflate(body: bytes, limit: int) -> bytes:
    # RFC 9110 means zlib framing, many servers send the bare stream.
    framed = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    plain = bytearray()
    _inflate(body, 0, limit, 15 if framed else -15, plain)
    return bytes(plain)


def _inflate(body: bytes, at: int, limit: int, window: int, plain: bytearray) -> int:
    """Append to `plain` what the stream at byte `at` holds and return where it ends.

    Fed in pieces, because zlib copies what is left of its input at the end of every stream.
    """
    inflater = zlib.decompressobj(window)
    while not inflater.eof:
        piece = body[at : at + _PIECE]
        if not piece:
            raise _UndecodableError("breaks off", bytes(plain))
        try:
            plain += inflater.decompress(piece, limit + 1 - len(plain))
        except zlib.error as error:
            raise _UndecodableError(str(error), bytes(plain)) from error
        if len(plain) > limit:
            raise _UndecodableError("more than the allowed size")
        at += len(piece)
    return at - len(inflater.unused_data)


def _unbrotli(body: bytes, limit: int) -> bytes:
    inflater = brotli.Decompressor()
    try:
        plain: bytes = inflater.process(body, output_buffer_limit=limit + 1)
        while len(plain) <= limit and not inflater.is_finished() and not inflater.can_accept_more_data():
            plain += inflater.process(b"", output_buffer_limit=limit + 1 - len(plain))
    except brotli.error as error:
        raise _UndecodableError(str(error)) from error
    if len(plain) > limit:
        raise _UndecodableError("more than the allowed size")
    if not inflater.is_finished():
        raise _UndecodableError("breaks off", plain)
    return plain


def _unzstd(body: bytes, limit: int) -> bytes:
    inflater = zstd.ZstdDecompressor()
    try:
        plain = inflater.decompress(body, max_length=limit + 1)
    except zstd.ZstdError as error:
        raise _UndecodableError(str(error)) from error
    if len(plain) > limit:
        raise _UndecodableError("more than the allowed size")
    if not inflater.eof:
        raise _UndecodableError("breaks off", plain)
    return plain


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
