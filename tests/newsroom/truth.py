"""What the sample newsroom holds, as frozen values: articles with their truth, sections, oddities.

Knows nothing of files, of markup shells or of HTTP.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "english.cas.cn"
ALIAS = "english.cas.ac.cn"


def absolute(address: str) -> str:
    """Return the canonical address of a path on the site; a full address is returned as it is."""
    return address if "://" in address else f"https://{HOST}{address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person of a contact block, kept apart from the text."""

    name: str | None = None
    institute: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a good reading of an article gives, written by hand."""

    url: str
    title: str
    #: Local date; None only when neither page nor address tells one.
    published: dt.date | None
    section: str
    #: Blocks in reading order: list items are joined by line feeds, table cells by tabs.
    text: tuple[str, ...]
    other_urls: tuple[str, ...] = ()
    source_name: str | None = None
    editor: str | None = None
    author: str | None = None
    keywords: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    parts: int = 1
    language: str = "en"
    contacts: tuple[Contact, ...] = ()
    dois: tuple[str, ...] = ()
    journals: tuple[str, ...] = ()
    #: Strings that stand on the page and must not be in the text.
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """How a listing prints an entry."""

    title: str
    #: As printed (`Mar 06, 2017`).
    date: str
    #: The keyword line as printed: `a;b;c`, may be empty or end with `;`.
    keywords: str = ""
    abstract: str = ""
    #: The link as written in the markup; None: a relative link to the article.
    href: str | None = None
    pinned: bool = False
    #: Folder of the listing, for entries that are no articles of ours.
    folder: str = ""

    @property
    def day(self) -> dt.date:
        return day(self.date)


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An entry of the box `Related Articles` below a text."""

    title: str
    date: str
    keywords: str = ""
    abstract: str = ""
    href: str = "/newsroom/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article of the sample newsroom: what its pages print and what is expected of reading them."""

    slug: str
    #: Path on the site.
    address: str
    #: `A` 2009-2014, `B` 2015-2019, `C` 2020-2025, `D` 2026, `S` a special page made by hand.
    template: str
    #: Headline and date as the page prints them; an empty date prints none.
    title: str
    date: str
    listed: Listed
    #: Raw markup of the body, one fragment a part.
    bodies: tuple[str, ...]
    expected: Expected
    #: Further paths under which the same document is served, with their own section.
    also_at: tuple[str, ...] = ()
    #: Contents of meta elements; replaces the template's own of the same name, "" leaves it out.
    meta: Mapping[str, str] = field(default_factory=dict)
    related: tuple[Related, ...] = ()
    #: Markup of the slot that template C prints between `Contact` and `E-mail:`, and after it.
    contact: tuple[str, str] = ("", "")
    encoding: str = "utf-8"
    #: Charset that the page claims in a meta element; "" claims none.
    declared: str = "utf-8"
    #: Markup of the headline where it holds more than words (`CO<sub>2</sub>`); empty: the title itself.
    headline: str = ""
    #: The pager's script of an article of several parts; `{total}`, `{page}` (0-based), `{page1}`,
    #: `{stem}`, `{extension}`.
    pager: str = 'createPageHTML({total}, {page}, "{stem}", "{extension}");'

    @property
    def folder(self) -> str:
        return folder_of(self.address)

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.also_at)

    @property
    def asset_paths(self) -> tuple[str, ...]:
        """Paths of the pictures and attachments that the truth names."""
        named = (*self.expected.images, *self.expected.attachments)
        return tuple(url.removeprefix(f"https://{HOST}") for url in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A folder that lists articles."""

    folder: str
    label: str
    #: Breadcrumb after Home, the label last.
    trail: tuple[str, ...]
    template: str
    #: The pager's script as printed; `{total}`, `{page}` (0-based), `{page1}` (1-based), `{records}`.
    pager: str
    #: How far the pager's total is from the truth.
    off_by: int = 0
    #: Other folders whose articles this one lists too.
    includes: tuple[str, ...] = ()
    #: Whether it is in crawler/sources/cas-english.toml.
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A page of links to sections, with some entries."""

    folder: str
    label: str
    trail: tuple[str, ...]
    template: str
    #: Folders it links to, as written in the markup.
    links: tuple[str, ...]
    #: Folders of which it shows the newest entries.
    shows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An address that gives no article, and what a crawl should make of it."""

    #: Path on the site, or a full address elsewhere.
    address: str
    #: dead-link, soft-404, stub, redirect, off-site, not-news, trap.
    outcome: str
    #: Where a redirect leads (path).
    target: str | None = None
    listed: Listed | None = None
    status: int = 200
    template: str | None = None
    title: str = ""
    date: str = ""
    body: str = ""

    @property
    def url(self) -> str:
        return absolute(self.address)


_FORMS = ("%b %d, %Y", "%B %d, %Y", "Update time: %Y-%m-%d")


def day(printed: str) -> dt.date:
    """Read a date as the site prints it: mostly `Mar 06, 2017`."""
    for form in _FORMS:
        with suppress(ValueError):
            return dt.datetime.strptime(printed, form).date()  # noqa: DTZ007 - a bare local date has no zone
    raise ValueError(f"no date in a form that the site prints: {printed!r}")


def folder_of(address: str) -> str:
    """Return the section folder of an article's path."""
    return address.rsplit("/", 2)[0] + "/"
