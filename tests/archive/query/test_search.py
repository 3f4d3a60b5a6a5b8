"""Finding articles: words, filters, order, and queries that were not meant well."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.db import Database
from archive.errors import BadInputError, BadQueryError
from archive.query import ArticleQuery, find
from archive.store import Store
from tests.archive.samples import FRONT, OLD, SOURCE, item, url

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def kept(store: Store) -> None:
    reeds = {"title": "Reeds", "published": date(2019, 1, 1)}
    for sent in (
        item(
            url(1001),
            "Satellites carry quantum keys.",
            title="Quantum keys from orbit",
            published=date(2017, 6, 16),
            source_name="Xinhua",
        ),
        item(
            url(1002),
            "A panda ate bamboo near a satellite dish.",
            title="Bamboo",
            published=date(2018, 1, 1),
            source_name="China Paper",
        ),
        item(url(1003, FRONT), "北斗三号卫星成功发射，量子 2020。", title="北斗", published=None),
        item(url(1004, OLD), "Bamboo. Bamboo. Nothing else.", section="Old things", **reeds),
        item(url(1005, OLD), "Bamboo. Bamboo. Nothing else.", keywords=("C++", "naïve art"), **reeds),
    ):
        store.save(sent, SOURCE)


def found(database: Database, text: str = "", **fields: Any) -> list[str]:
    hits = find(database, ArticleQuery(text, **fields))
    assert hits.total >= len(hits.hits)
    return [hit.id.removeprefix("sample-") for hit in hits.hits]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("satellite", {"1001", "1002"}),
        ("SATELLITES", {"1001", "1002"}),
        ("satellite -panda", {"1001"}),
        ("panda quantum", set()),
        ("panda OR quantum", {"1001", "1002"}),
        ('"quantum keys"', {"1001"}),
        ('"keys quantum"', set()),
        ("satell*", {"1001", "1002"}),
        ("satellite*", {"1001", "1002"}),
        ("satellites*", {"1001", "1002"}),
        ("斗", {"1003"}),
        ("卫星", {"1003"}),
        ("星卫", set()),
        ("北斗 量子", {"1003"}),
        ("卫星 2020", {"1003"}),
        ("naive", {"1005"}),
        ("c++", {"1005"}),
        ("zzz", set()),
        ("orbit bamboo", set()),
        ("reeds bamboo", {"1004", "1005"}),
    ],
)
def test_words(database: Database, query: str, expected: set[str]) -> None:
    assert set(found(database, query)) == expected


def test_a_word_in_the_title_weighs_more(database: Database) -> None:
    assert found(database, "bamboo")[0] == "1002"


def test_equals_are_ordered_by_date_then_id(database: Database, store: Store) -> None:
    days = {7004: date(2001, 1, 1), 7003: None, 7002: date(2002, 1, 1), 7001: date(2001, 1, 1)}
    for docid, day in days.items():
        store.save(item(url(docid), "Lichen.", published=day), SOURCE)
    hits = find(database, ArticleQuery("lichen")).hits
    assert len({hit.score for hit in hits}) == 1
    assert [hit.id for hit in hits] == ["sample-7002", "sample-7001", "sample-7004", "sample-7003"]


def test_by_date_the_newest_first_the_undated_last(database: Database) -> None:
    assert found(database) == ["1004", "1005", "1002", "1001", "1003"]
    assert found(database, "satellite OR 北斗", sort="date") == ["1002", "1001", "1003"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"date_from": date(2018, 1, 1)}, {"1002", "1004", "1005"}),
        ({"date_to": date(2018, 1, 1)}, {"1001", "1002"}),
        ({"date_from": date(2018, 1, 1), "date_to": date(2018, 1, 1)}, {"1002"}),
        ({"source_name": "xinhua"}, {"1001"}),
        ({"source": "sample"}, {"1001", "1002", "1003", "1004", "1005"}),
        ({"section": "science news"}, {"1001", "1002"}),
        ({"section": "sci"}, {"1001", "1002"}),
        ({"section": "/front/"}, {"1003"}),
        ({"section": "front"}, {"1003"}),
        ({"section": "Headlines"}, {"1003"}),
        ({"section": "old"}, {"1004", "1005"}),
        ({"section": "Old things"}, {"1004"}),
        ({"section": "Old things", "date_to": date(2000, 1, 1)}, set()),
    ],
)
def test_filters(database: Database, filters: dict[str, Any], expected: set[str]) -> None:
    assert set(found(database, **filters)) == expected


def test_an_article_stands_in_the_sections_of_all_its_addresses(database: Database, store: Store) -> None:
    store.save(item(url(1001, FRONT)), SOURCE)
    assert set(found(database, section="front")) == {"1001", "1003"}
    assert "1001" in found(database, section="sci")


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"section": "Scince News"}, "section 'Scince News'; did you mean 'Science News'"),
        ({"section": "qqqq"}, r"there are: .*Headlines"),
        ({"source": "other"}, "source 'other'; there are: sample"),
        ({"source_name": "Xinhau"}, "source name 'Xinhau'; did you mean 'Xinhua'"),
    ],
)
def test_a_name_of_which_nothing_is_kept(database: Database, filters: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        find(database, ArticleQuery(**filters))


@pytest.mark.parametrize(
    "fields",
    [
        {"sort": "size"},
        {"limit": 0},
        {"limit": 1001},
        {"offset": -1},
        {"offset": 2**40},
        {"date_from": date(2020, 1, 2), "date_to": date(2020, 1, 1)},
    ],
    ids=str,
)
def test_values_that_cannot_be_meant(fields: dict[str, Any]) -> None:
    with pytest.raises(BadInputError):
        ArticleQuery(**fields)


def test_pages_of_hits(database: Database) -> None:
    pages = [find(database, ArticleQuery("bamboo OR satellite", limit=2, offset=n)) for n in (0, 2, 4)]
    assert [page.total for page in pages] == [4, 4, 4]
    assert len({hit.id for page in pages for hit in page.hits}) == 4


def test_a_hit(database: Database) -> None:
    (hit,) = find(database, ArticleQuery("panda")).hits
    assert (hit.url, hit.title, hit.published) == (url(1002), "Bamboo", date(2018, 1, 1))
    assert hit.section == "Science News"
    assert hit.score > 0
    assert [hit.snippet.text[a:b] for a, b in hit.snippet.spans] == ["panda"]


def answers(database: Database, text: str) -> None:
    """Ask for a text that may mean nothing: hits, or one clear error, and nothing else."""
    with suppress(BadQueryError):
        hits = find(database, ArticleQuery(text))
        assert hits.total >= len(hits.hits)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE articles; --",
        'panda" OR title:"x',
        "panda' OR '1'='1",
        "panda NEAR/2 bamboo",
        "{title body} : panda",
        "^panda",
        "panda + bamboo",
        "panda\x00bamboo",
        "(panda",
        "panda)",
        "title : panda",
        "%_panda",
        "\ud800 panda",
        "🐼 panda",
    ],
)
def test_hostile_text_is_text(database: Database, text: str) -> None:
    answers(database, text)
    assert len(found(database)) == 5


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.text(max_size=60), st.text(st.sampled_from("ab*\"“”-－ OR北斗().:^{}+\x00'"), max_size=30))
)
def test_every_text_gives_hits_or_a_clear_error(database: Database, text: str) -> None:
    answers(database, text)
