"""One article by whatever name somebody has for it, and all of them."""

from __future__ import annotations

import pytest

from archive.db import Database
from archive.errors import NotFoundError
from archive.query import ArticleQuery, articles, get_article
from archive.store import Store
from tests.archive.samples import FRONT, HOST, SOURCE, item, url


@pytest.mark.parametrize(
    "name",
    [
        "sample-80493",
        " sample-80493 ",
        "80493",
        url(),
        url(folder=FRONT),
        url().replace("https", "http"),
        url().replace("example.org", "example.net"),
        url() + "#top",
        url() + "?from=list",
        url().replace("80493", "80493_2"),
        url().replace("https://news", "HTTPS://NEWS"),
        url().replace("/science/", "/x/../science/"),
    ],
)
def test_names_of_an_article(database: Database, store: Store, name: str) -> None:
    store.save(item(), SOURCE)
    store.save(item(url(folder=FRONT)), SOURCE)
    assert get_article(database, name).id == "sample-80493"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("80494", "no article is kept under '80494'; near to it: 80493"),
        ("sample-8049", "near to it: sample-80493"),
        (url(80999), "near to it: https://news.example.org/science/"),
        ("qqq", "search for a word of its title"),
        ("", "no article is kept"),
        ("https://", "not a usable address"),
        ("ftp://news.example.org/x", "neither http nor https"),
    ],
)
def test_names_of_nothing(database: Database, store: Store, name: str, message: str) -> None:
    store.save(item(), SOURCE)
    with pytest.raises(NotFoundError, match=message):
        get_article(database, name)


def test_an_article_without_a_number(database: Database, store: Store) -> None:
    saved = store.save(item(f"{HOST}/about/"), SOURCE)
    assert saved.article_id.startswith("sample-x")
    assert get_article(database, f"{HOST}/about/index.html").id == saved.article_id


def test_all_articles_by_id(database: Database, store: Store) -> None:
    for docid in (3333, 1111, 2222):
        store.save(item(url(docid)), SOURCE)
    assert [article.id for article in articles(database)] == ["sample-1111", "sample-2222", "sample-3333"]


def test_more_articles_than_are_read_at_once(
    database: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.query.article._BATCH", 2)
    for docid in range(1000, 1007):
        store.save(item(url(docid)), SOURCE)
    assert len(list(articles(database))) == 7
    assert len(list(articles(database, ArticleQuery("satellites", limit=1)))) == 7


def test_articles_of_a_query_in_its_order(database: Database, store: Store) -> None:
    store.save(item(url(1111), "Panda."), SOURCE)
    store.save(item(url(2222), "Moon."), SOURCE)
    store.save(item(url(3333), "Moss.", title="The panda"), SOURCE)
    assert [a.id for a in articles(database, ArticleQuery("panda"))] == ["sample-3333", "sample-1111"]


def test_an_iterator_that_is_left_early_lets_go(database: Database, store: Store) -> None:
    for docid in (1111, 2222):
        store.save(item(url(docid)), SOURCE)
    walk = articles(database)
    next(walk)
    walk.close()  # type: ignore[attr-defined]
    store.save(item(url(3333)), SOURCE)
    assert len(list(articles(database))) == 3
