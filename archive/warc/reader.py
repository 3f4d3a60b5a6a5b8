"""Reading captures back, and the one function that makes a page of an exchange."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from archive.errors import WarcError
from archive.items import Capture, CapturedPage
from archive.warc import records
from archive.warc.exchange import Exchange, parse_response, response_block
from archive.warc.files import OPEN, Member, members, names, next_whole, open_warc
from archive.warc.payload import MAX_PAYLOAD, decode

_log = logging.getLogger(__name__)


def page_of(exchange: Exchange, capture: Capture, *, limit: int = MAX_PAYLOAD) -> CapturedPage:
    """Make the page of an exchange that has just been written: equal to what `read` gives later."""
    return _page(exchange.url, response_block(exchange), capture, limit)


def read(folder: Path, capture: Capture, *, limit: int = MAX_PAYLOAD) -> CapturedPage:
    """Read a capture back, checked against its record id and digest.

    At most `limit` bytes are decoded; a body that cannot be is marked by the page's `defect`.
    Raises WarcError when the file is missing or does not hold that response.
    """
    with open_warc(folder, capture.warc) as stream:
        stream.seek(capture.offset)
        member = next(members(stream, capture.warc, capture.offset), None)
    if member is None:
        raise WarcError(
            f"{capture.warc} ends before byte {capture.offset}, where a capture should be",
            warc=capture.warc,
            offset=capture.offset,
        )
    record = records.parse(member.data, warc=capture.warc, offset=member.offset)
    if record.id != capture.record_id:
        raise record.error(f"is {record.id}, not {capture.record_id}")
    page, found = _page_of_record(record, member, limit)
    if found.digest != capture.digest:
        raise record.error(f"has the digest {found.digest}, not {capture.digest}")
    return page


def pages(folder: Path, *, limit: int = MAX_PAYLOAD) -> Iterator[CapturedPage]:
    """Yield every stored response in the order of capture, oldest file first.

    Listings, redirects, errors and robots.txt included; requests, failures and warcinfo are no responses.
    A torn tail of a file that is still open is left out with a warning; any other damage raises WarcError.
    """
    for name in names(folder):
        with open_warc(folder, name) as stream:
            yield from _responses(stream, name, limit)


def _responses(stream: BinaryIO, name: str, limit: int) -> Iterator[CapturedPage]:
    for member in _whole_members(stream, name):
        record = records.parse(member.data, warc=name, offset=member.offset)
        if record.type == "response" and record.need("WARC-Target-URI").lower().startswith("http"):
            yield _page_of_record(record, member, limit)[0]


def _whole_members(stream: BinaryIO, name: str) -> Iterator[Member]:
    try:
        yield from members(stream, name)
    except WarcError as error:
        torn = error.offset is not None and next_whole(stream, name, error.offset) is None
        if not (torn and stream.name.endswith(OPEN)):
            raise
        _log.warning("%s; it was being written and is left out", error)


def _page_of_record(record: records.Record, member: Member, limit: int) -> tuple[CapturedPage, Capture]:
    if record.type != "response":
        raise record.error(f"is a {record.type} record, not a response")
    try:
        body = parse_response(record.block).body
    except ValueError as error:
        raise record.error(f"holds no HTTP response: {error}") from error
    written = record.get("WARC-Payload-Digest")
    if written is not None and not records.digest_matches(written, body):
        raise record.error("is not what was written: its payload digest differs")
    capture = Capture(
        warc=record.warc,
        offset=member.offset,
        length=member.length,
        record_id=record.id,
        digest=written or records.digest(body),
        captured_at=record.date,
    )
    return _page(record.need("WARC-Target-URI"), record.block, capture, limit), capture


def _page(url: str, block: bytes, capture: Capture, limit: int) -> CapturedPage:
    response = parse_response(block)
    payload = decode(response.headers, response.body, limit)
    return CapturedPage(
        url=url,
        fetched_at=capture.captured_at,
        status=response.status,
        headers=response.headers,
        body=payload.body,
        capture=capture,
        defect=payload.defect,
    )
