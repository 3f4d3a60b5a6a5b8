"""What an answer means for the address that was asked for. Pure: a crawl and a replay decide the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import urljoin

from archive.errors import BadUrlError
from archive.frontier import Kind
from archive.items import CapturedPage
from archive.urls import Address, UrlKind
from crawler.sources import Scope

_NOT_THERE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Verdict(StrEnum):
    """What an answer means."""

    PAGE = "page"
    #: As when it was captured last.
    UNCHANGED = "unchanged"
    #: The same address, spelled otherwise: another scheme, an alias host.
    ELSEWHERE = "elsewhere"
    #: Another address of the same kind.
    MOVED = "moved"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what goes with it."""

    verdict: Verdict
    #: Why it failed; empty otherwise.
    reason: str = ""
    #: Where it is now: for ELSEWHERE and MOVED.
    location: str = ""
    target: Address | None = None


def kind_of(address: Address, landings: tuple[str, ...]) -> Kind | None:
    """Return what is asked for at an address; None: nothing that a crawl asks for."""
    if address.kind is UrlKind.ARTICLE:
        return Kind.PART if address.part else Kind.ARTICLE
    if address.kind is UrlKind.LISTING:
        return Kind.LANDING if address.folder in landings else Kind.LISTING
    return None


def judge(page: CapturedPage, address: Address, kind: Kind, scope: Scope) -> Judgement:
    """Say what an answer means. scope: the part of the source that is crawled."""
    if page.status == HTTPStatus.NOT_MODIFIED:
        return Judgement(Verdict.UNCHANGED)
    if 300 <= page.status < 400 and (location := page.header("Location")):
        return _redirect(page, address, kind, scope, location)
    if page.status in _NOT_THERE:
        return Judgement(Verdict.MISSING)
    if page.status != HTTPStatus.OK or page.defect:
        return Judgement(Verdict.FAILED, page.defect or f"HTTP {page.status}")
    if not page.body:
        # A stub is a page, and a decision of the site; nothing at all is an accident.
        return Judgement(Verdict.FAILED, "an empty answer")
    return Judgement(Verdict.PAGE)


def _redirect(page: CapturedPage, address: Address, kind: Kind, scope: Scope, location: str) -> Judgement:
    try:
        target = scope.source.urls.address(location, base=page.url)
    except BadUrlError:
        return Judgement(Verdict.FAILED, f"redirect to an unusable address: {location[:200]}")
    if target.url == address.url:
        return Judgement(Verdict.ELSEWHERE, location=urljoin(page.url, location))
    if kind is Kind.ARTICLE and target.kind is UrlKind.ARTICLE and scope.source.is_news(target):
        return Judgement(Verdict.MOVED, location=target.article_url, target=target)
    if address.page == 0 and _is_listing(target, kind, scope):
        return Judgement(Verdict.MOVED, location=target.url, target=target)
    # A retired page that leads to the front page is how many sites say "gone".
    return Judgement(Verdict.MISSING)


def _is_listing(target: Address, kind: Kind, scope: Scope) -> bool:
    """Whether a landing page or listing that moved is still one, and no section that ended."""
    if target.kind is not UrlKind.LISTING or kind not in (Kind.LANDING, Kind.LISTING):
        return False
    is_landing = target.folder in scope.source.landings
    if kind is Kind.LANDING:
        return is_landing
    return not is_landing and scope.covers(target.folder)
