"""Every error the crawler raises.

CrawlerError
├── SourceError              a source's data file is wrong
│   ├── UnknownSourceError     .source_id, .known
│   └── UnknownSectionError    .section, .known
├── SetupError               a crawl cannot start as it was asked for
├── FetchError               a request got no answer that can be kept
│   └── TooLargeError          .. because it is larger than what is read: asking again brings the same
└── ExtractionError          a page gives no item                        .url, .reason
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class CrawlerError(Exception):
    """Root of every error raised by the package `crawler`."""


class SourceError(CrawlerError):
    """The data file of a source cannot be used."""


class UnknownSourceError(SourceError):
    """There is no source of that name."""

    def __init__(self, source_id: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown source {source_id!r}; known sources: {', '.join(known)}")
        #: The name that was asked for.
        self.source_id = source_id
        #: Names that exist.
        self.known = tuple(known)


class UnknownSectionError(SourceError):
    """The source has no section of that name."""

    def __init__(self, section: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown section {section!r}; known sections: {', '.join(known)}")
        #: The name that was asked for.
        self.section = section
        #: Ids that exist.
        self.known = tuple(known)


class SetupError(CrawlerError):
    """Something the operator has to set or change before the crawl can start."""


class FetchError(CrawlerError):
    """A request got no answer, or none that is whole."""


class TooLargeError(FetchError):
    """An answer is larger than what is read."""


class Reason(StrEnum):
    """Why a page gave no item; each is a statistic."""

    NOT_AN_ARTICLE = "not-an-article"
    NOT_A_LISTING = "not-a-listing"
    NO_TITLE = "no-title"
    NO_BODY = "no-body"
    BLOCKED = "blocked"
    SOFT_404 = "soft-404"


class ExtractionError(CrawlerError):
    """A captured page gives no item."""

    def __init__(self, url: str, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{url}: {reason}" + (f" ({detail})" if detail else ""))
        #: Address of the page.
        self.url = url
        #: Why, as counted.
        self.reason = reason
        #: What was seen, for a person.
        self.detail = detail
