"""The sample newsroom read page by page, without a crawl: every field exact, by no name of the site's."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from archive.items import ArticleItem, CapturedPage
from crawler.errors import ExtractionError, Reason
from crawler.pages import decode, part_count, read_article
from crawler.pages.article import look
from crawler.pages.document import Document
from crawler.pages.templates import claiming
from tests.newsroom.load import articles, outcomes
from tests.newsroom.site import Newsroom, part_path
from tests.newsroom.truth import Article
from tests.pages.samples import SITE, captured
from tests.pages.scramble import scramble

ROOM = Newsroom()
ALL = pytest.mark.parametrize("article", articles(), ids=lambda article: article.slug)
FIELDS = [
    "title", "published", "section", "source_name", "editor", "author", "captions", "images",
    "attachments", "videos", "parts", "language", "dois", "journals", "contacts",
]  # fmt: skip


def pages(article: Article) -> list[CapturedPage]:
    """Return every part as captured at its canonical address."""
    address = article.expected.url.removeprefix("https://english.cas.cn")
    return [page(part_path(address, part)) for part in range(len(article.bodies))]


def page(path: str) -> CapturedPage:
    reply = ROOM.answer(path)
    return captured(
        reply.body, f"https://english.cas.cn{path}", reply.status, dict(reply.headers)["Content-Type"]
    )


def read(article: Article) -> ArticleItem:
    return _read(article.slug)


@cache
def _read(slug: str) -> ArticleItem:
    return read_article(pages(next(article for article in articles() if article.slug == slug)), SITE)


def plain(name: str, value: Any) -> Any:
    """Return a field in the shape of the truth."""
    if name in ("images", "attachments"):
        return tuple(one if isinstance(one, str) else one.url for one in value)
    if name == "contacts":
        return tuple((one.name, one.institute, one.email) for one in value)
    return value


@ALL
@pytest.mark.parametrize("name", FIELDS)
def test_field(article: Article, name: str) -> None:
    assert plain(name, getattr(read(article), name)) == plain(name, getattr(article.expected, name))


@ALL
def test_text(article: Article) -> None:
    item = read(article)
    assert tuple(block.text for block in item.blocks) == article.expected.text
    assert not [words for words in article.expected.absent if words in item.text]
    assert item.keywords in ((), article.expected.keywords)
    assert part_count(pages(article)[0]) == article.expected.parts


@ALL
def test_every_page_is_claimed_by_its_own_family_and_no_other(article: Article) -> None:
    claims = [family.name for family in claiming(look(Document(pages(article)[0])))]
    # The special page was made by hand: nothing of the CMS stands on it.
    assert claims == ([] if article.template == "S" else [f"cas-{article.template.lower()}"])


@ALL
def test_names_of_the_sites_own_mean_nothing(article: Article) -> None:
    again = read_article([scrambled(page, len(article.slug)) for page in pages(article)], SITE)
    if article.template == "S":
        # The libraries of the generic path count blocks by such names; the text is the same all the same.
        again = replace(again, evidence=read(article).evidence)
    assert again == read(article)


def scrambled(page: CapturedPage, seed: int) -> CapturedPage:
    text, encoding, rule = decode(page)
    body = scramble(text, seed).encode(encoding)
    if rule == "bom":
        body = page.body[: page.body.index(b"<")] + body
    return captured(body, page.url, page.status, page.header("Content-Type"))


@ALL
def test_evidence_names_the_rule_of_every_field_and_no_person(article: Article) -> None:
    item = read(article)
    rules = {note.field for note in item.evidence}
    found = [
        name
        for name in FIELDS
        if name not in ("parts", "captions", "images", "attachments", "videos", "language")
    ]
    assert {name for name in found if getattr(item, name)} <= rules
    raw = " ".join(note.raw for note in item.evidence if note.field == "contacts")
    assert not re.search(r"\w", raw)


@pytest.mark.parametrize(("outcome", "reason"), [("soft-404", Reason.SOFT_404), ("stub", Reason.NO_BODY)])
def test_what_is_no_article_says_why(outcome: str, reason: Reason) -> None:
    asked = [one for one in outcomes() if one.outcome == outcome]
    assert asked
    for one in asked:
        with pytest.raises(ExtractionError) as refusal:
            read_article([page(one.address)], SITE)
        assert refusal.value.reason is reason
