"""The sample newsroom as pages with truth."""

from __future__ import annotations

from typing import Any

from benchmarks.extraction.truth import Collection, Page, Truth
from tests.newsroom import Article, Expected, Look, Section, articles, sections
from tests.newsroom.render import article_page
from tests.newsroom.truth import absolute, folder_of


def sample_newsroom(limit: int | None = None) -> Collection:
    """Return every article of the sample at the address that is its own, parts included."""
    by_folder = {section.folder: section for section in sections()}
    pages = (_page(article, by_folder) for article in articles()[:limit])
    return Collection(name="sample newsroom", pages=tuple(pages))


def _page(article: Article, by_folder: dict[str, Section]) -> Page:
    address = next(one for one in article.addresses if absolute(one) == article.expected.url)
    section, parts = by_folder[folder_of(address)], range(len(article.bodies))
    bodies = tuple(article_page(article, address, part, section, Look()) for part in parts)
    truth = truth_of(article.expected)
    return Page(name=article.slug, url=absolute(address), bodies=bodies, truth=truth)


def truth_of(expected: Expected) -> Truth:
    """Return what is expected of reading an article, keywords apart: listings print most of them."""
    fields: dict[str, tuple[Any, ...]] = {
        "title": (expected.title,),
        "date": (expected.published and expected.published.isoformat(),),
        "source_name": (expected.source_name,),
        "section": (expected.section,),
        "editor": (expected.editor,),
        "captions": (expected.captions,),
        "contacts": (tuple((c.name, c.institute, c.email) for c in expected.contacts),),
        "dois": (expected.dois,),
        "journals": (expected.journals,),
    }
    return Truth(lines=expected.text, fields=fields, absent=expected.absent)
