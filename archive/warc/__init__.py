"""The WARC room: exchanges in, records on disk, captured pages out. Knows nothing of SQL, Scrapy or articles.

    Exchange ── WarcWriter.write ──► record ──► Capture
        └────── page_of ─────────────────────► CapturedPage ◄── read, pages ◄── record

`page_of` and `read` go through the same bytes and the same function, so a crawl and a replay see
the same page.

Every record is a gzip member of its own. What is reconstructed rather than received is told in the
`warcinfo` record that opens each file. A file being written is called `….warc.gz.open`; nobody but the
writer renames it while its lock is held, and `repair` closes what a killed run left behind.

When bytes are safe: `write` returns after the operating system has the whole record, so a process that
dies loses nothing it was told of. Against a power cut, call `sync` before the database commits a row that
points here; closing and rotating do it too.
"""

from archive.warc.exchange import Exchange
from archive.warc.payload import MAX_PAYLOAD
from archive.warc.reader import page_of, pages, read
from archive.warc.repair import Repair, RepairOutcome, repair
from archive.warc.writer import DEFAULT_MAX_BYTES, WarcWriter

__all__ = [
    "DEFAULT_MAX_BYTES",
    "MAX_PAYLOAD",
    "Exchange",
    "Repair",
    "RepairOutcome",
    "WarcWriter",
    "page_of",
    "pages",
    "read",
    "repair",
]
