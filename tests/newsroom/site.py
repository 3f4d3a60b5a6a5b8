"""The sample newsroom as a site: what is answered at which path, in one state of the site.

A second day or a redesign is another Newsroom: other articles, another Look. Knows nothing of sockets.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

from tests.newsroom.load import articles, landings, outcomes, sections
from tests.newsroom.render import Look, article_page, landing_page, list_page, relative
from tests.newsroom.truth import Article, Expected, Landing, Listed, Outcome, Section, absolute, folder_of

PER_PAGE = 10
_HTML = "text/html"
_EPOCH = 1787166765.0  # 2026-08-19 19:12:45 UTC, the moment of Look.generated
_NESTED = re.compile(r"^/newsroom/(?:newsroom/)+(?:index\.shtml)?$")
_TYPES = {
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "doc": "application/msword",
    "zip": "application/zip",
}
_BYTES = {"jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01", "pdf": b"%PDF-1.4\n"}


def robots(crawl_delay: float | None = None, *, forbid: bool = False) -> str:
    """Return the text of a robots.txt."""
    lines = ["User-agent: *", "Disallow: /" if forbid else "Disallow: /trap/"]
    if crawl_delay is not None:
        lines.append(f"Crawl-delay: {crawl_delay:g}")
    return "\n".join(lines) + "\n"


ROBOTS = robots()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered: status, header fields and the body before any compression."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: Seconds since 1970, for Last-Modified.
    modified: float = _EPOCH
    #: Entity tag; made of the body when empty.
    etag: str = ""

    def __post_init__(self) -> None:
        if not self.etag:
            object.__setattr__(self, "etag", f'W/"{sha256(self.body).hexdigest()[:16]}"')

    @classmethod
    def html(cls, body: bytes, status: int = 200, charset: str = "") -> Reply:
        """Answer a page; most pages of the site name no charset in the header."""
        kind = f"{_HTML}; charset={charset}" if charset else _HTML
        return cls(status=status, headers=(("Content-Type", kind),), body=body)

    @classmethod
    def text(cls, status: int, words: str) -> Reply:
        """Answer plain words."""
        return cls(status=status, headers=(("Content-Type", "text/plain"),), body=words.encode())

    @classmethod
    def moved(cls, location: str, status: int = 301) -> Reply:
        """Answer a redirect."""
        page = f"<html><head><title>{status}</title></head><body><a href='{location}'>moved</a></body></html>"
        return cls(
            status=status, headers=(("Content-Type", _HTML), ("Location", location)), body=page.encode()
        )

    @property
    def is_text(self) -> bool:
        """Whether compressing it makes sense."""
        return any(name == "Content-Type" and value.startswith("text/") for name, value in self.headers)

    def changed(self, status: int | None, headers: tuple[tuple[str, str], ...], body: bytes | None) -> Reply:
        """Return this answer with a fault applied."""
        status = self.status if status is None else status
        if body is None:
            body = self.body if status == self.status else f"<html><h1>{status}</h1></html>".encode()
        return replace(self, status=status, headers=(*self.headers, *headers), body=body, etag="")


class Newsroom:
    """One state of the site. Never changes; `changed()` gives another state."""

    def __init__(
        self,
        held: Sequence[Article] | None = None,
        *,
        robots: str = ROBOTS,
        look: Look | None = None,
        replies: Mapping[str, Reply] | None = None,
    ) -> None:
        self.articles = tuple(articles() if held is None else held)
        self.robots = robots
        self.look = look or Look()
        #: Answers that replace the site's own, by path.
        self.replies = dict(replies or {})
        self._sections = {section.folder: section for section in sections()}
        self._pages = self._make()

    def changed(
        self,
        *,
        added: Sequence[Article] = (),
        edited: Sequence[Article] = (),
        removed: Sequence[str] = (),
        look: Look | None = None,
        shells: Path | None = None,
    ) -> Newsroom:
        """Return the site of another day: added, edited (same slug), removed (slugs), look."""
        later = {article.slug: article for article in edited}
        kept = [later.get(article.slug, article) for article in self.articles if article.slug not in removed]
        look = look or self.look
        if shells:
            look = replace(look, shells=shells)
        return Newsroom([*kept, *added], robots=self.robots, look=look, replies=self.replies)

    def entries(self, folder: str) -> tuple[Listed, ...]:
        """Return what the listings of a section print, in order: pinned first, then newest first."""
        section = self._sections[folder]
        found = [
            (
                a.listed.pinned and a.folder == folder,
                a.listed.day,
                a.address,
                self._listed(a, address, folder),
            )
            for a in self.articles
            for address in a.addresses
            if folder_of(address) in (folder, *section.includes)
        ]
        found += [
            (o.listed.pinned, o.listed.day, o.address, self._odd(o, o.listed, folder))
            for o in outcomes()
            if o.listed and o.listed.folder == folder
        ]
        found.sort(key=lambda row: row[:3], reverse=True)
        return tuple(row[3] for row in found)

    def pages(self, folder: str) -> tuple[tuple[Listed, ...], ...]:
        """Return the entries of a section by list page, ten a page; an empty section has one empty page."""
        entries = self.entries(folder)
        starts = range(0, max(len(entries), 1), PER_PAGE)
        return tuple(entries[start : start + PER_PAGE] for start in starts)

    def answer(self, path: str, query: str = "") -> Reply:
        """Return what the site answers at a path; it ignores queries, the calendar excepted."""
        if path in self.replies:
            return self.replies[path]
        if path == "/robots.txt":
            return Reply.text(200, self.robots)
        if path == "/newsroom/calendar/":
            return self._calendar(query)
        # The server ignores nested folders that do not exist: the landing page again, with deeper links.
        plain = _NESTED.sub("/newsroom/", path).removesuffix("index.shtml")
        if page := self._pages.get(plain):
            return page()
        if f"{path}/" in self._pages:
            return Reply.moved(absolute(f"{path}/"))
        return Reply.html(_NOT_FOUND, 404)

    def _listed(self, article: Article, address: str, folder: str) -> Listed:
        href = article.listed.href if address == article.address else None
        return replace(article.listed, href=href or relative(address, folder))

    def _odd(self, outcome: Outcome, listed: Listed, folder: str) -> Listed:
        return replace(listed, href=listed.href or relative(outcome.address, folder))

    def _make(self) -> dict[str, Callable[[], Reply]]:
        """Return every page of the site by its path, rendered when it is asked for."""
        made: dict[str, Callable[[], Reply]] = {}
        for article in self.articles:
            for address in article.addresses:
                for part in range(len(article.bodies)):
                    made[part_path(address, part)] = self._article(article, address, part)
            for asset in article.asset_paths:
                made[asset] = _asset(asset)
        for folder in self._sections:
            for number, entries in enumerate(self.pages(folder)):
                made[f"{folder}index_{number}.shtml" if number else folder] = self._list(
                    folder, number, entries
                )
        for outcome in outcomes():
            if "://" not in outcome.address and outcome.status != 404:
                made[outcome.address] = self._outcome(outcome)
        for landing in landings():
            made[landing.folder] = self._landing(landing)
        return made

    def _article(self, article: Article, address: str, part: int) -> Callable[[], Reply]:
        section = self._sections[folder_of(address)]
        charset = "utf-8" if article.template == "D" else ""
        return lambda: Reply.html(
            article_page(article, part_path(address, part), part, section, self.look), 200, charset
        )

    def _list(self, folder: str, number: int, entries: Sequence[Listed]) -> Callable[[], Reply]:
        section, whole = self._sections[folder], self.pages(folder)
        counts = (len(whole) + section.off_by, sum(map(len, whole)))
        return lambda: Reply.html(list_page(section, entries, number, counts, self.look))

    def _landing(self, landing: Landing) -> Callable[[], Reply]:
        shown = [(self._sections[folder], self.entries(folder)[:3]) for folder in landing.shows]
        blocks = [
            (section, [replace(e, href=urljoin(section.folder, e.href or "")) for e in entries])
            for section, entries in shown
        ]
        links = [(link, self._words(urljoin(landing.folder, link))) for link in landing.links]
        return lambda: Reply.html(landing_page(landing, blocks, links, self.look))

    def _words(self, link: str) -> str:
        """Return the words of a link on a landing page: the section's label, else the folder's name."""
        parts = urlsplit(link)
        section = self._sections.get(parts.path.removesuffix("index.shtml").rstrip("/") + "/")
        name = parts.path.strip("/").rpartition("/")[2].replace("_", " ").title()
        return section.label if section else name or link

    def _outcome(self, outcome: Outcome) -> Callable[[], Reply]:
        if outcome.target:
            moved = Reply.moved(absolute(outcome.target), outcome.status)
            return lambda: moved
        return lambda: Reply.html(odd_page(outcome, self.look), outcome.status)

    def _calendar(self, query: str) -> Reply:
        asked = parse_qs(query).get("date", ["2026-08-20"])[0]
        try:
            day = date.fromisoformat(asked)
            days = [day - timedelta(days=1), day + timedelta(days=1), day + timedelta(days=31)]
        except (ValueError, OverflowError):
            return Reply.html(_NOT_FOUND, 404)
        session = sha256(asked.encode()).hexdigest()[:16]
        links = "".join(
            f'<a href="?date={other}">{other:%b %d, %Y}</a> '
            f'<a href="./?date={other}&amp;sid={session}">events</a>\n'
            for other in days
        )
        page = f"<html><head><title>Calendar</title></head><body><h1>{day:%B %Y}</h1>{links}</body></html>"
        return Reply.html(page.encode())


def odd_page(outcome: Outcome, look: Look) -> bytes:
    """Return the page of an address that gives no article."""
    if outcome.template is None:
        title = html.escape(outcome.title)
        return f"<html><head><title>{title}</title></head><body>{outcome.body}</body></html>".encode()
    section = Section(folder="", label="Newsroom", trail=("Newsroom",), template=outcome.template, pager="")
    page = Article(
        slug="",
        address=outcome.address,
        template=outcome.template,
        title=outcome.title,
        date=outcome.date,
        listed=Listed(title=outcome.title, date=outcome.date),
        bodies=(outcome.body,),
        expected=Expected(url=outcome.url, title=outcome.title, published=None, section="", text=()),
    )
    return article_page(page, outcome.address, 0, section, look)


def part_path(address: str, part: int) -> str:
    """Return the path of a part: `_N` before the extension, nothing for the first."""
    stem, _, extension = address.rpartition(".")
    return f"{stem}_{part}.{extension}" if part else address


def _asset(path: str) -> Callable[[], Reply]:
    extension = path.rpartition(".")[2].lower()
    kind = _TYPES.get(extension, "application/octet-stream")
    body = _BYTES.get(extension, b"") + sha256(path.encode()).digest() * 16
    return lambda: Reply(status=200, headers=(("Content-Type", kind),), body=body)


_NOT_FOUND = (
    b"<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n"
    b"<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
