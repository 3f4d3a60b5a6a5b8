"""First contact with a site: one listing and one article of each section, and what was recognised.

Stands in the place of the crawl's agenda for one run: captures are kept, nothing is saved as an article.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from archive.errors import BadUrlError
from archive.frontier import Kind
from archive.items import ArticleItem, Capture, CapturedPage, ListItem
from archive.urls import UrlKind
from crawler import pages
from crawler.asking import FORBIDDEN, TRIES, Ask
from crawler.errors import ExtractionError
from crawler.intake import Failure, Tally
from crawler.sources import Scope, SourceConfig

#: Header fields that tell how a site can be asked again without loss.
HEADERS = ("Content-Type", "Content-Encoding", "Last-Modified", "ETag", "Cache-Control", "Server")
#: Fields that an article of a newsroom is expected to have.
EXPECTED = ("title", "published", "section", "source_name", "editor", "keywords", "captions", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one page turned out to be."""

    url: str
    #: Id of the section, its folder when no section describes it, or `landing`.
    section: str
    purpose: Kind
    status: int
    #: Encoding that was used, and the rule that chose it.
    encoding: str
    headers: tuple[tuple[str, str], ...]
    #: The item, or None when the page gave none.
    item: ArticleItem | ListItem | None = None
    #: Why the page gave no item.
    problem: str | None = None

    @property
    def template(self) -> str | None:
        """Template family of an article; `generic` means that no family claims the page."""
        return self.item.template if isinstance(self.item, ArticleItem) else None

    def missing(self) -> list[str]:
        """Return the expected fields that were not found."""
        if not isinstance(self.item, ArticleItem):
            return []
        return [name for name in EXPECTED if not getattr(self.item, name)]

    def found(self) -> list[str]:
        """Return the expected fields that were found."""
        absent = self.missing()
        return [name for name in EXPECTED if name not in absent] if self.template else []


def inspect(page: CapturedPage, source: SourceConfig) -> Finding:
    """Say all that can be told of one captured page."""
    address = source.urls.address(page.url)
    section = source.section_of(address.folder)
    is_landing = address.folder in source.landings
    kind = Kind.ARTICLE if address.kind is not UrlKind.LISTING else Kind.LISTING
    _, encoding, rule = pages.decode(page)
    item: ArticleItem | ListItem | None = None
    problem = None if page.status == 200 else f"HTTP {page.status}"
    if problem is None:
        try:
            if kind is Kind.LISTING:
                item = pages.read_listing(page, source.urls)
            else:
                item = pages.read_article([page], source.urls)
        except ExtractionError as error:
            problem = f"{error.reason} {error.detail}".strip()
    return Finding(
        url=page.url,
        section="landing" if is_landing else section.id if section else address.folder,
        purpose=Kind.LANDING if is_landing else kind,
        status=page.status,
        encoding=f"{encoding} ({rule})",
        headers=tuple((name, value) for name in HEADERS if (value := page.header(name))),
        item=item,
        problem=problem,
    )


def saved(file: str, url: str | None, source: SourceConfig) -> CapturedPage | None:
    """Return a page saved in a file as if it had been captured at `url`; None when there is no such file.

    Without an address the page is read as one of the source's, whatever it is called.
    """
    path = Path(file)
    if not path.is_file():
        return None
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return CapturedPage(
        url=url or source.url_of(f"/{quote(path.name)}"),
        fetched_at=modified,
        status=200,
        headers=(),
        body=path.read_bytes(),
        capture=Capture(warc=path.name, offset=0, length=0, record_id="", digest="", captured_at=modified),
    )


class Probe:
    """The agenda of a first contact: one listing and one article of each section, or one address only."""

    def __init__(self, source: SourceConfig, scope: Scope, only: str | None = None) -> None:
        self.source = source
        self.tally = Tally()
        self.purpose = "probe"
        self.saves = False
        self.is_spent = False
        self.findings: list[Finding] = []
        self._scope = scope
        self._only = only
        self._sections: set[str] = set()
        self._asked: set[str] = set()
        self._waiting: deque[Ask] = deque()

    def begin(self) -> None:
        """Ask for the first addresses."""
        if self._only:
            self._waiting.append(Ask(self._only, Kind.ARTICLE))
            return
        for folder in self._scope.landings():
            self._once(folder, Kind.LANDING)
        for folder in self._scope.folders():
            self._once(folder, Kind.LISTING)

    def next(self) -> Ask | None:
        """Return what to ask for now."""
        return self._waiting.popleft() if self._waiting else None

    def remaining(self) -> dict[Kind, int]:
        """Return nothing: what a probe does not see it does not miss."""
        return {}

    def end(self) -> None:
        """Do nothing: a probe leases nothing."""

    def renew(self) -> None:
        """Do nothing: a probe leases nothing."""

    def take(self, ask: Ask, page: CapturedPage) -> None:
        """Inspect a page and ask for what it leads to."""
        self.tally.responses += 1
        self.tally.lists += ask.kind is Kind.LISTING
        if 300 <= page.status < 400 and (location := page.header("Location")):
            self._redirect(page, location)
            return
        finding = inspect(page, self.source)
        self.findings.append(finding)
        self.tally.articles += isinstance(finding.item, ArticleItem)
        if self._only or not isinstance(finding.item, ListItem):
            return
        self.tally.section = finding.section
        self.tally.listings += 1
        self.tally.entries += len(finding.item.entries)
        self._onward(finding, finding.item)

    def failed(self, ask: Ask, reason: str, *, again: bool) -> None:
        """Note that an address could not be fetched, or ask again."""
        if again and ask.tries < TRIES:
            self._waiting.append(replace(ask, tries=ask.tries + 1))
        elif FORBIDDEN in reason:
            self.tally.skipped["forbidden"] += 1
        else:
            self.tally.failures.append(Failure(ask.url, reason))

    def _onward(self, finding: Finding, item: ListItem) -> None:
        for url in item.listings:
            address = self.source.urls.address(url)
            if address.page == 0 and self._scope.covers(address.folder):
                self._once(address.folder, Kind.LISTING)
        if finding.purpose is Kind.LISTING and item.entries:
            self._waiting.append(Ask(item.entries[0].url, Kind.ARTICLE))

    def _once(self, folder: str, kind: Kind) -> None:
        """Ask for one folder of each section only: of nu2009, nu2014 … the first."""
        section = self.source.section_of(folder)
        key = section.id if section and kind is Kind.LISTING else folder
        if key not in self._sections and folder not in self.source.roots:
            self._sections.add(key)
            self._waiting.append(Ask(self.source.url_of(folder), kind))

    def _redirect(self, page: CapturedPage, location: str) -> None:
        try:
            target = self.source.urls.address(location, base=page.url)
        except BadUrlError:
            self.tally.failures.append(
                Failure(page.url, f"redirect to an unusable address: {location[:200]}")
            )
            return
        if target.kind is UrlKind.OFFSITE or target.url in self._asked:
            self.tally.failures.append(Failure(page.url, f"redirect to {target.url}"))
            return
        self._asked.add(target.url)
        self._waiting.append(Ask(target.url, Kind.ARTICLE))
