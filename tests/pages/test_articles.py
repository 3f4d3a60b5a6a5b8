"""Saved pages: one page and one JSON a case, one assertion a field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archive.items import ArticleItem
from crawler.pages import decode, read_article
from crawler.pages.article import look
from crawler.pages.document import Document
from crawler.pages.templates import claiming
from tests.pages.samples import SITE, captured
from tests.pages.scramble import scramble

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.json"))
ADDRESSES = {"links", "images", "attachments"}


def read(html: bytes, url: str) -> ArticleItem:
    return read_article([captured(html, url)], SITE)


def field(item: ArticleItem, name: str) -> Any:
    if name == "paragraphs":
        return [block.text for block in item.blocks]
    value = getattr(item, name)
    if name in ADDRESSES:
        return [each.url for each in value]
    if name == "published":
        return value and value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def fields() -> list[Any]:
    return [
        pytest.param(path, name, id=f"{path.parent.name}-{path.stem}-{name}")
        for path in CASES
        for name in json.loads(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize(("path", "name"), fields())
def test_field(path: Path, name: str) -> None:
    expected = json.loads(path.read_text("utf-8"))
    item = read(path.with_suffix(".html").read_bytes(), expected["url"])
    assert field(item, name) == expected[name]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
@pytest.mark.parametrize("seed", range(3))
def test_names_of_the_sites_own_mean_nothing(path: Path, seed: int) -> None:
    url = json.loads(path.read_text("utf-8"))["url"]
    html = path.with_suffix(".html").read_bytes()
    encoding = decode(captured(html)).encoding
    before, after = read(html, url), read(scramble(html.decode(encoding), seed).encode(encoding), url)
    assert after == before


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_two_families_claim_one_page(path: Path) -> None:
    expected = json.loads(path.read_text("utf-8"))
    sight = look(Document(captured(path.with_suffix(".html").read_bytes(), expected["url"])))
    claims = [family.name for family in claiming(sight)]
    assert claims == ([] if expected["template"] in ("trs", "generic") else [expected["template"]])
