"""Undoing Content-Encoding: what servers send, what attackers send."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from archive.warc import WarcWriter, page_of, pages, read
from archive.warc.payload import decode, zstd
from tests.archive.warc.exchanges import PAGE, coded

CODED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE),
    "GZIP": gzip.compress(PAGE),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstd.compress(PAGE),
    "identity": PAGE,
    "": PAGE,
    "deflate, gzip": gzip.compress(zlib.compress(PAGE)),
    "gzip, gzip": gzip.compress(gzip.compress(PAGE)),
}


def bare_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


@pytest.mark.parametrize("coding", CODED)
def test_known_codings(coding: str) -> None:
    assert decode((("content-ENCODING", coding),), CODED[coding]).body == PAGE
    assert decode((("Content-Encoding", coding),), CODED[coding]).defect is None


@pytest.mark.parametrize("coding", CODED)
def test_an_empty_body_is_empty_in_every_coding(coding: str) -> None:
    payload = decode((("Content-Encoding", coding),), b"")
    assert (payload.body, payload.defect) == (b"", None)


@pytest.mark.parametrize(
    "body",
    [
        PAGE,  # labelled gzip, sent plain
        gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]),
        gzip.compress(PAGE) + b"\r\n",
    ],
    ids=["plain", "two members", "something behind"],
)
def test_gzip_as_servers_send_it(body: bytes) -> None:
    payload = decode((("Content-Encoding", "gzip"),), body)
    assert (payload.body, payload.defect) == (PAGE, None)


def test_deflate_without_its_frame() -> None:
    assert decode((("Content-Encoding", "deflate"),), bare_deflate(PAGE)).body == PAGE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_body_that_breaks_off_gives_what_there_is_and_says_so(coding: str) -> None:
    payload = decode((("Content-Encoding", coding),), CODED[coding][:-5])
    assert PAGE.startswith(payload.body)
    assert payload.defect == f"{coding}: breaks off"


@pytest.mark.parametrize("coding", ["deflate", "br", "zstd"])
def test_a_body_in_another_coding_is_marked(coding: str) -> None:
    payload = decode((("Content-Encoding", coding),), b"\xff\xfe not coded like that")
    assert payload.body == b""
    assert payload.defect is not None
    assert payload.defect.startswith(coding)


def test_an_unknown_coding_is_marked() -> None:
    payload = decode((("Content-Encoding", "rot13"),), PAGE)
    assert (payload.body, payload.defect) == (b"", "unknown content coding 'rot13'")


def test_a_pile_of_codings_is_not_undone() -> None:
    payload = decode((("Content-Encoding", "gzip, " * 50),), gzip.compress(PAGE))
    assert (payload.body, payload.defect) == (b"", "50 content codings on one body")


BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda zeros: brotli.compress(zeros, quality=1),
    "zstd": zstd.compress,
    "deflate, gzip": lambda zeros: gzip.compress(zlib.compress(zeros)),
    "gzip, gzip": lambda zeros: gzip.compress(gzip.compress(zeros)),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_costs_no_more_than_the_limit(coding: str) -> None:
    bomb = BOMBS[coding](b"\0" * (64 << 20))
    tracemalloc.start()
    try:
        payload = decode((("Content-Encoding", coding),), bomb, limit=1 << 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert payload.body == b""
    assert "more than the allowed size" in (payload.defect or "")
    assert peak < 8 << 20


def test_the_limit_counts_all_members_together() -> None:
    body = gzip.compress(b"x" * 600) * 2
    headers = (("Content-Encoding", "gzip"),)
    assert decode(headers, body, limit=1200).defect is None
    assert "more than the allowed size" in (decode(headers, body, limit=1199).defect or "")


def test_one_bad_page_does_not_end_the_reading(tmp_path: Path) -> None:
    exchanges = [coded("gzip", gzip.compress(PAGE)[:50]), coded("rot13", PAGE), coded("gzip", CODED["gzip"])]
    with WarcWriter(tmp_path, "s", software="t") as writer:
        captures = [writer.write(one) for one in exchanges]
    found = list(pages(tmp_path))
    assert [page.defect is None for page in found] == [False, False, True]
    fresh = [page_of(one, capture) for one, capture in zip(exchanges, captures, strict=True)]
    assert found == [read(tmp_path, capture) for capture in captures] == fresh


def test_a_million_members_are_not_undone() -> None:
    payload = decode((("Content-Encoding", "gzip"),), gzip.compress(b"") * 1_000_000)
    assert (payload.body, payload.defect) == (b"", "gzip: more than 10000 members")
