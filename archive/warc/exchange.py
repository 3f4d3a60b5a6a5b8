"""One HTTP exchange as received, and the HTTP messages that stand for it in a record.

Pure. Header text stands for bytes as in PEP 3333: every character up to U+00FF is one byte, so any header
survives unchanged; a character beyond that is written as UTF-8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]

#: Prefix under which a header that no longer fits the stored body is kept (as warcio and browsertrix do).
ORIGINAL = "X-Archive-Orig-"

# A line break inside a value can only be an obsolete fold; NUL is never legal.
_BREAKS = re.compile(r"[\r\n\x00]+")
# Not str.strip(): it would eat bytes such as 0x85 and 0xA0, which are letters in other encodings.
_BLANKS = " \t"
_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and the response to it, before they are stored."""

    #: The real address that was asked for (never that of a mirror), absolute, http or https.
    url: str
    method: str = "GET"
    request_headers: Headers = ()
    #: When the request was sent; becomes the date of all records of the exchange.
    sent_at: datetime
    status: int
    #: Reason phrase; None when the client did not keep it.
    reason: str | None = None
    #: Ordered pairs as received, duplicates included.
    response_headers: Headers = ()
    #: As received: Content-Encoding still applied, transfer coding (chunking) undone.
    body: bytes = b""
    #: Address of the server that answered; None when unknown.
    ip: str | None = None
    #: `HTTP/1.1`, `h2` …; None when unknown.
    protocol: str | None = None
    #: Seconds from sending the request to the end of the response; None when not measured.
    seconds: float | None = None

    def __post_init__(self) -> None:
        check_url(self.url)
        if self.sent_at.tzinfo is None:
            raise ValueError(f"sent_at must carry a time zone: {self.sent_at!r}")
        if not 100 <= self.status <= 999:
            raise ValueError(f"a status has three digits: {self.status}")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", self.method):
            raise ValueError(f"not an HTTP method: {self.method!r}")
        if self.ip is not None:
            ip_address(self.ip)

    @property
    def captured_at(self) -> datetime:
        """`sent_at` in UTC."""
        return self.sent_at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Response:
    """A response as parsed from a record's block."""

    status: int
    headers: Headers
    #: Content-Encoding still applied.
    body: bytes


def check_url(url: str) -> None:
    """Raise ValueError unless `url` is an absolute http(s) address that fits on one header line."""
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"neither http nor https: {url!r}")
    if any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError(f"an address has no spaces or control characters: {url!r}")
    if not urlsplit(url).hostname:
        raise ValueError(f"an address needs a host: {url!r}")


def request_block(url: str, method: str, headers: Headers) -> bytes:
    """Return the request as an HTTP message; a missing Host header is the address's."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not any(name.lower() == "host" for name, _ in headers):
        headers = (("Host", parts.netloc.rpartition("@")[2]), *headers)
    return _message(f"{method} {target} HTTP/1.1", headers)


def response_block(exchange: Exchange) -> bytes:
    """Return the response as an HTTP message whose framing headers fit the stored body."""
    protocol = (exchange.protocol or "").upper()
    version = protocol if protocol in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1"
    # The space after the status belongs to the grammar even when no reason follows (RFC 9112, section 4).
    line = f"{version} {exchange.status} {exchange.reason or ''}"
    return _message(line, _framed(exchange)) + exchange.body


def parse_response(block: bytes) -> Response:
    """Read a response from a record's block. Raises ValueError when it is no HTTP response."""
    end = _HEAD_END.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block.rstrip(b"\r\n"), b"")
    line, *rest = head.decode("iso-8859-1").split("\n")
    match = re.match(r"HTTP/\d(?:\.\d)? +(\d{3})\b", line)
    if not match:
        raise ValueError(f"not an HTTP status line: {line[:80]!r}")
    return Response(int(match[1]), _headers(rest), body)


def _headers(lines: list[str]) -> Headers:
    headers: list[tuple[str, str]] = []
    for raw in lines:
        line = raw.removesuffix("\r")
        if line.startswith((" ", "\t")) and headers:
            name, value = headers[-1]
            headers[-1] = (name, " ".join((value, line.strip(_BLANKS))).strip(_BLANKS))
            continue
        name, _, value = line.partition(":")
        headers.append((name.strip(_BLANKS), value.strip(_BLANKS)))
    return tuple(headers)


def _message(first_line: str, headers: Headers) -> bytes:
    lines = [
        _one_line(first_line),
        *(f"{_one_line(name).strip(_BLANKS)}: {_one_line(value)}" for name, value in headers),
    ]
    return b"".join(_wire(line) + b"\r\n" for line in lines) + b"\r\n"


def _one_line(text: str) -> str:
    return _BREAKS.sub(" ", text)


def _wire(text: str) -> bytes:
    try:
        return text.encode("iso-8859-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _framed(exchange: Exchange) -> Headers:
    """Keep headers as received, but rename those that describe a framing the stored body no longer has."""
    size = str(len(exchange.body))
    # Their Content-Length speaks of the body a GET would have had.
    bodiless = not exchange.body and (exchange.method == "HEAD" or exchange.status in (204, 304))
    headers: list[tuple[str, str]] = []
    renamed = fits = False
    for name, value in exchange.response_headers:
        kind = name.strip(_BLANKS).lower()
        wrong = kind == "content-length" and not bodiless and value.strip(_BLANKS) != size
        if wrong or kind == "transfer-encoding":
            renamed = True
            headers.append((ORIGINAL + name.strip(_BLANKS), value))
            continue
        fits = fits or kind == "content-length"
        headers.append((name, value))
    if renamed and not fits and not bodiless:
        headers.append(("Content-Length", size))
    return tuple(headers)
