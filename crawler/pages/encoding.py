"""Bytes into characters: BOM, strictly valid UTF-8, GB18030, and only then the declaration.

No statistical detector comes first: what a page declares is often wrong, what its bytes are is not.
"""

from __future__ import annotations

import codecs
import re
from itertools import islice
from typing import NamedTuple

from archive.items import CapturedPage

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: A declaration has to stand near the start (HTML: within the first 1,024 bytes; old pages are sloppy).
_DECLARATION_WINDOW = 4096
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_HAN = re.compile("[\u4e00-\u9fff]+")
_HIGH, _FOLLOWING = bytes(range(0x80, 0x100)), bytes(range(0x80, 0xC0))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
#: How many runs of high bytes are looked at to tell GB from a single-byte set.
_SAMPLE = 2000


class Decoded(NamedTuple):
    """Characters of a page, the encoding they were read with, and the rule that chose it."""

    text: str
    encoding: str
    rule: str


def decode(page: CapturedPage) -> Decoded:
    """Return the characters of a captured page; never fails."""
    body = page.body
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return Decoded(body[len(bom) :].decode(encoding, "replace"), encoding, "bom")
    for attempt in (_utf8, _gb18030):
        if found := attempt(body):
            return found
    return _declared(page)


def _utf8(body: bytes) -> Decoded | None:
    try:
        return Decoded(body.decode("utf-8"), "utf-8", "utf-8")
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return _damaged_utf8(body)
        # A page that was cut off may end within a character; everything before it is valid.
        return Decoded(body[: error.start].decode("utf-8"), "utf-8", "utf-8-cut-off")


def _damaged_utf8(body: bytes) -> Decoded | None:
    """Accept UTF-8 with a few broken bytes: GB text never holds many valid three-byte sequences."""
    # A valid character has a continuation byte or more and one byte else; of three bytes of what is left
    # comes one broken character or more. Where that is too many, nothing has to be decoded.
    high = len(body) - len(body.translate(None, _HIGH))
    following = len(body) - len(body.translate(None, _FOLLOWING))
    if (high - 2 * following) * 20 >= 3 * following:
        return None
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if broken * 20 < len(text) - len(text.encode("ascii", "ignore")) - broken:
        return Decoded(text, "utf-8", "utf-8-damaged")
    return None


def _gb18030(body: bytes) -> Decoded | None:
    if not _may_be_gb(body):
        return None
    decoder = codecs.getincrementaldecoder("gb18030")()
    try:
        text = decoder.decode(body)
    except UnicodeDecodeError:
        return _damaged_gb(body)
    return Decoded(text, "gb18030", "gb18030")


def _damaged_gb(body: bytes) -> Decoded | None:
    text = body.decode("gb18030", "replace")
    broken = text.count("\ufffd")
    if broken * 20 < sum(map(len, _HAN.findall(text))):
        return Decoded(text, "gb18030", "gb18030-damaged")
    return None


def _may_be_gb(body: bytes) -> bool:
    """Whether high bytes come in pairs.

    A lone high byte between ASCII letters is a quote or accent of a single-byte set; read as GB18030 it
    would swallow the letter after it.
    """
    runs = [match.end() - match.start() for match in islice(_HIGH_RUN.finditer(body), _SAMPLE)]
    return runs.count(1) * 2 <= len(runs)


def _declared(page: CapturedPage) -> Decoded:
    header = (page.header("content-type") or "").encode("ascii", "replace")
    for where, source in (("header", header), ("meta", page.body[:_DECLARATION_WINDOW])):
        if match := _CHARSET.search(source):
            name = match[1].decode("ascii")
            if found := _by_name(page.body, name, where):
                return found
    # Windows-1252 is what a browser would assume of Western bytes that declare nothing.
    return Decoded(page.body.decode("cp1252", "replace"), "windows-1252", "fallback")


def _by_name(body: bytes, name: str, where: str) -> Decoded | None:
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return None
    if not getattr(codec, "_is_text_encoding", True):
        return None
    # Browsers read ISO-8859-1 and ASCII as Windows-1252 (WHATWG Encoding).
    encoding = "cp1252" if codec.name in ("iso8859-1", "ascii") else codec.name
    try:
        return Decoded(body.decode(encoding, "replace"), encoding, f"declared-{where}")
    except (UnicodeError, ValueError):
        return None
