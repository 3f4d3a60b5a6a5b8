"""Exchanges to write: one of every kind that a newsroom gives, and arbitrary ones."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import brotli
from hypothesis import strategies as st

from archive.warc import Exchange

PAGE = ("<html><title>标题</title><p>" + "An article of the sample. " * 40 + "</p></html>").encode()
SENT = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)

HTML = ("Content-Type", "text/html")


def exchange(path: str = "newsroom/", **changes: object) -> Exchange:
    plain = Exchange(
        url=f"https://news.example.org/{path}",
        request_headers=(("User-Agent", "sample (+mailto:ops@example.org)"), ("Accept", "text/html")),
        sent_at=SENT,
        status=200,
        response_headers=(HTML, ("Content-Length", str(len(PAGE)))),
        body=PAGE,
        ip="127.0.0.1",
        protocol="HTTP/1.1",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def coded(coding: str, body: bytes, **changes: object) -> Exchange:
    headers = (HTML, ("Content-Encoding", coding), ("Content-Length", str(len(body))))
    return exchange(coding, response_headers=headers, body=body, **changes)


KINDS = {
    "plain": exchange(),
    "gzip": coded("gzip", gzip.compress(PAGE)),
    "deflate": coded("deflate", zlib.compress(PAGE)),
    "brotli": coded("br", brotli.compress(PAGE)),
    "chunked": exchange(
        response_headers=(HTML, ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")),
        body=gzip.compress(PAGE),
    ),
    "wrong length": exchange(response_headers=(HTML, ("Content-Length", "7"))),
    "empty": exchange(response_headers=(("Content-Length", "0"),), body=b""),
    "nothing at all": exchange(request_headers=(), response_headers=(), body=b"", ip=None, protocol=None),
    "not found": exchange(status=404, reason="Not Found"),
    "redirect": exchange(status=301, response_headers=(("Location", "/x/"),), body=b""),
    "not modified": exchange(status=304, response_headers=(("Content-Length", "2048"),), body=b""),
    "head": exchange(method="HEAD", body=b""),
    "duplicates": exchange(response_headers=(("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), HTML)),
    "raw bytes in headers": exchange(response_headers=(("X-Title", "\xb1\xea\xcc\xe2\x85\xa0"), HTML)),
    "beyond one byte": exchange(response_headers=(("X-Title", "标题"), HTML)),
    "folded": exchange(response_headers=(("X-Folded", "one\r\n two"), ("X-Nul", "a\x00b"), HTML)),
    "other zone": exchange(sent_at=SENT.astimezone(timezone(timedelta(hours=8)))),
    "query, IPv6": exchange("a/?b=1&c=%E4", ip="2001:db8::1", protocol="h2"),
    "not ASCII": exchange("新闻/"),
    "body like a head": exchange(response_headers=(), body=b"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    "body like a record": exchange(body=b"WARC/1.1\r\nWARC-Type: response\r\n\r\n\r\n\r\n"),
}

_text = st.text(max_size=30)
_headers = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from(["Content-Type", "content-length", "Transfer-Encoding", "Content-Encoding", "X"]),
            _text,
        ),
        st.one_of(st.sampled_from(["gzip", "deflate", "br", "zstd", "chunked", "0", "5"]), _text),
    ),
    max_size=6,
).map(tuple)
_bodies = st.one_of(
    st.binary(max_size=2000),
    st.binary(max_size=500).map(gzip.compress),
    st.binary(max_size=500).map(zlib.compress),
    st.binary(max_size=500).map(brotli.compress),
)

any_exchange = st.builds(
    Exchange,
    url=st.text("abc/?&=%20é新-._~", max_size=30).map("https://news.example.org/".__add__),
    method=st.sampled_from(["GET", "HEAD"]),
    request_headers=_headers,
    sent_at=st.datetimes(
        datetime(1990, 1, 1),  # noqa: DTZ001 (the zone is drawn apart)
        datetime(2100, 1, 1),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(minutes=-90))]),
    ),
    status=st.integers(100, 999),
    reason=st.one_of(st.none(), _text),
    response_headers=_headers,
    body=_bodies,
    ip=st.sampled_from([None, "127.0.0.1", "::1"]),
    protocol=st.sampled_from([None, "HTTP/1.0", "HTTP/1.1", "h2"]),
)
