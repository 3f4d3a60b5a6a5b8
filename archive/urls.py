"""Addresses: what an address means on a source's site, and when two of them are one article.

Pure: values in, values out. The patterns come from the source's data file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from hashlib import sha256
from posixpath import normpath
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url

from archive.errors import BadUrlError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_LENGTH = 2048
#: An address that is canonical as it stands, as nearly all are: it need not be taken apart.
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/|$))*")


class UrlKind(StrEnum):
    """What an address leads to, as far as the address itself tells."""

    ARTICLE = "article"
    LISTING = "listing"
    ASSET = "asset"
    #: On the site, but none of the shapes above.
    OTHER = "other"
    #: On a host that is not the source's.
    OFFSITE = "off-site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A canonical address and what its shape tells."""

    #: Canonical form; for a part of an article the address of that part.
    url: str
    kind: UrlKind
    #: Folder of the section on the site, with both slashes: `/newsroom/cas_media/`.
    folder: str = ""
    #: Document number of the CMS, where the address carries one.
    docid: str | None = None
    #: 0 for the first part of an article, N for `_N`.
    part: int = 0
    #: 0 for the first list page, N for `index_N`.
    page: int = 0
    #: Date in the file name: when the document was made or moved, not when it was published.
    url_date: date | None = None
    #: For a part: address of the article's first part; otherwise `url`.
    article_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteUrls:
    """The addresses of one source: its hosts and the shapes of its paths."""

    #: Host under which everything is kept.
    host: str
    #: Other hosts that serve the same paths.
    aliases: tuple[str, ...] = ()
    scheme: str = "https"
    #: Pattern over the path with groups `folder`, `date` (YYYYMMDD), `docid` and `part`.
    article: re.Pattern[str]
    #: Pattern over the path with groups `folder` and `page`.
    listing: re.Pattern[str]
    asset: re.Pattern[str]
    #: Folders in order of preference when one article has several addresses.
    preferred_folders: tuple[re.Pattern[str], ...] = ()
    _hosts: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hosts", frozenset({self.host, *self.aliases}))

    def address(self, url: str, base: str | None = None) -> Address:
        """Resolve `url` against `base` and say what it is.

        Raises BadUrlError when it is no http(s) address at all (`mailto:`, `javascript:`, junk).
        """
        try:
            absolute = urljoin(base, url.strip()) if base else url.strip()
        except ValueError as error:
            raise BadUrlError(url, str(error)) from error
        clean = normalize(absolute)
        parts = urlsplit(clean)
        host = parts.hostname or ""
        if host not in self._hosts or parts.port is not None:
            return Address(url=clean, kind=UrlKind.OFFSITE, article_url=clean)
        return self._on_site(parts.path)

    def _on_site(self, path: str) -> Address:
        if match := self.article.match(path):
            return self._article(path, match)
        if self.asset.search(path):
            return self._plain(path, UrlKind.ASSET)
        if match := self.listing.match(path):
            folder = _as_folder(match["folder"] or "")
            page = int(match["page"] or 0)
            listing = path if page else folder
            return Address(
                url=self._url(listing),
                kind=UrlKind.LISTING,
                folder=folder,
                page=page,
                article_url=self._url(listing),
            )
        return self._plain(path, UrlKind.OTHER)

    def _article(self, path: str, match: re.Match[str]) -> Address:
        part = int(match["part"] or 0)
        first = path[: match.start("part") - 1] + path[match.end("part") :] if match["part"] else path
        return Address(
            url=self._url(path if part else first),
            kind=UrlKind.ARTICLE,
            folder=_as_folder(match["folder"]),
            docid=match["docid"],
            part=part,
            url_date=_date(match["date"]),
            article_url=self._url(first),
        )

    def _plain(self, path: str, kind: UrlKind) -> Address:
        url = self._url(path)
        return Address(url=url, kind=kind, folder=_as_folder(path.rpartition("/")[0]), article_url=url)

    def _url(self, path: str) -> str:
        return urlunsplit((self.scheme, self.host, path, "", ""))

    def list_page(self, listing_url: str, page: int, name: str = "index", extension: str = "shtml") -> str:
        """Return the address of list page `page` (0-based) of the section that `listing_url` belongs to."""
        folder = self.address(listing_url).folder
        return self._url(folder if page == 0 else f"{folder}{name}_{page}.{extension}")

    def beside(self, listing_url: str, step: int) -> str:
        """Return the address of the list page `step` pages after `listing_url`, or the first one."""
        address = self.address(listing_url)
        number = max(0, address.page + step)
        if address.page == 0:
            return self.list_page(listing_url, number)
        name, _, rest = listing_url.rpartition("/")[2].rpartition("_")
        return self.list_page(listing_url, number, name, rest.partition(".")[2])

    def part_url(self, article_url: str, part: int) -> str:
        """Return the address of part `part` (0-based) of an article."""
        if part == 0:
            return article_url
        stem, dot, extension = article_url.rpartition(".")
        return f"{stem}_{part}{dot}{extension}"

    def preference(self, url: str) -> tuple[int, int, str]:
        """Sort key among the addresses of one article: the smallest is the article's `url`.

        Source's order of folders, then the shorter, then the alphabet: never the order of a crawl.
        """
        folder = self.address(url).folder
        rank = next(
            (i for i, pattern in enumerate(self.preferred_folders) if pattern.fullmatch(folder)),
            len(self.preferred_folders),
        )
        return rank, len(url), url


def article_id(source: str, address: Address) -> str:
    """Return the permanent public id of an article: the same in every crawl and every rebuild.

    The CMS's document number identifies an article within a source; an address without one is hashed.
    """
    if address.docid is not None:
        return f"{source}-{address.docid}"
    return f"{source}-x{sha256(address.article_url.encode()).hexdigest()[:12]}"


def normalize(url: str) -> str:
    """Return the canonical spelling of an absolute http(s) address.

    Lower-case scheme and host, no default port, no user, no fragment, dot segments clamped at the
    root, percent-encoding in one form. The query is kept: whether it means something is the site's affair.
    """
    if len(url) <= _MAX_LENGTH and _PLAIN.fullmatch(url):
        return url
    if len(url) > _MAX_LENGTH:
        raise BadUrlError(url[:80] + "…", f"longer than {_MAX_LENGTH} characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadUrlError(url, str(error)) from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadUrlError(url, "neither http nor https")
    if not host or any(c.isspace() for c in host):
        raise BadUrlError(url, "no host")
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    clean = urlsplit(canonicalize_url(urlunsplit((scheme, netloc, parts.path, parts.query, ""))))
    return urlunsplit(clean._replace(path=_clamp(clean.path)))


def _clamp(path: str) -> str:
    """Resolve dot segments; `..` above the root stays at the root (RFC 3986, section 5.2.4)."""
    clamped = normpath("/" + path.lstrip("/"))
    if path.endswith(("/", "/.", "/..")) and clamped != "/":
        clamped += "/"
    return clamped


def _as_folder(path: str) -> str:
    inner = path.strip("/")
    return f"/{inner}/" if inner else "/"


def _date(digits: str | None) -> date | None:
    if not digits:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
