"""What crosses between rooms: frozen values, checked when they are made.

Knows nothing of Scrapy, SQL or files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


def _require_aware(moment: datetime, name: str) -> None:
    if moment.tzinfo is None:
        raise ValueError(f"{name} must carry a time zone: {moment!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Where one stored exchange lies: WARC file, offset, digest, time."""

    #: File name within the WARC folder, never a path.
    warc: str
    #: First byte of the record's gzip member in that file.
    offset: int
    #: Bytes of that gzip member.
    length: int
    #: `WARC-Record-ID` without its angle brackets: `urn:uuid:…`.
    record_id: str
    #: Payload digest as written in the record: `sha256:…`.
    digest: str
    #: `WARC-Date`, in UTC.
    captured_at: datetime

    def __post_init__(self) -> None:
        _require_aware(self.captured_at, "captured_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPage:
    """A captured response in memory, the same whether it was just fetched or read back.

    `body` has its Content-Encoding undone; its characters are still bytes.
    """

    #: The real address that was asked for, as asked (never that of a mirror).
    url: str
    #: When the request was sent, in UTC; equals `capture.captured_at`.
    fetched_at: datetime
    status: int
    #: Header fields in the order received, names as received.
    headers: tuple[tuple[str, str], ...]
    body: bytes
    capture: Capture
    #: Why `body` is not the whole page: its Content-Encoding could not be undone. None when it is whole.
    defect: str | None = None

    def __post_init__(self) -> None:
        _require_aware(self.fetched_at, "fetched_at")

    def header(self, name: str) -> str | None:
        """Return the first header field of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a field has its value: the rule that found it and the raw string it saw."""

    field: str
    rule: str
    raw: str


class BlockKind(StrEnum):
    """What a block of the main text is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of the main text, in reading order.

    A paragraph, heading or quote has `text`. A list has one row an item with one cell each,
    a table one row a table row; their `text` is the rows joined by line feeds, cells by tabs.
    """

    kind: BlockKind
    text: str
    #: Heading level 1 to 6; 1 for an ordered list; otherwise 0.
    level: int = 0
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the article: absolute address, and its caption where one is printed."""

    url: str
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in the text or an attachment: absolute address and the words that carry it."""

    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom a page names for questions: personal data, kept apart from the text."""

    name: str | None = None
    institute: str | None = None
    #: As an address: `name AT example.org` is undone.
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleItem:
    """One article as read from its captures (several when it has several parts)."""

    #: Canonical address of the first part.
    url: str
    #: As printed, without the site's suffix.
    title: str
    blocks: tuple[Block, ...]
    #: One capture a part, first part first.
    captures: tuple[Capture, ...]
    #: Parts that were read.
    parts: int = 1
    #: Local date in the source's zone, never shifted to UTC; None when nothing tells it.
    published: date | None = None
    #: The section's label as the breadcrumb prints it.
    section: str | None = None
    breadcrumb: tuple[str, ...] = ()
    #: Who first published the text: Xinhua, China Daily …
    source_name: str | None = None
    editor: str | None = None
    author: str | None = None
    photographer: str | None = None
    #: DOIs in lower case without prefix: `10.5555/abc`.
    dois: tuple[str, ...] = ()
    #: Names of journals as printed.
    journals: tuple[str, ...] = ()
    #: Canonical names of the CAS institutes that are mentioned, in order of mention.
    institutes: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    keywords: tuple[str, ...] = ()
    #: BCP 47 tag of the main text: `en`, `zh`.
    language: str | None = None
    captions: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Link, ...] = ()
    #: Literal video tokens that stood where a player was.
    videos: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    #: Template family that was recognised; `generic` when none claimed the page.
    template: str
    #: Version of the rules that read the page.
    extractor: str
    #: Number of the source's furniture table that the page was read with; None: with none.
    furniture: int | None = None
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError(f"an article needs a title: {self.url}")
        if not self.blocks:
            raise ValueError(f"an article needs a text: {self.url}")
        if not self.captures:
            raise ValueError(f"an article needs the capture it came from: {self.url}")

    @property
    def text(self) -> str:
        """Main text: blocks separated by an empty line."""
        return "\n\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One entry of a listing: what the list says of an article."""

    #: Canonical address of the article.
    url: str
    title: str
    #: Local date in the source's zone.
    published: date | None = None
    keywords: tuple[str, ...] = ()
    abstract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """What a pager's script says: how many pages there are and what they are called."""

    #: Number of pages, as claimed: a hint only.
    total: int
    #: 0-based number of the page that it stands on.
    current: int = 0
    #: Pages are `<stem>.<extension>`, `<stem>_1.<extension>` …
    stem: str = "index"
    extension: str = "shtml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """One list page of a section as read from its capture."""

    #: Canonical address of this list page.
    url: str
    capture: Capture
    entries: tuple[ListEntry, ...] = ()
    #: What the page says of its neighbours; None when no pager was found.
    pager: Pager | None = None
    breadcrumb: tuple[str, ...] = ()
    #: Canonical addresses of list pages of the same site that this page links to.
    listings: tuple[str, ...] = ()
    #: Entries of the list that lead elsewhere: (address, reason).
    strays: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[ListEntry]:
        return iter(self.entries)
