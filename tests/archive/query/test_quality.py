"""Which texts can be trusted least, and how many articles have which field."""

from __future__ import annotations

from datetime import date

import pytest

from archive.db import Database
from archive.errors import BadInputError
from archive.items import Contact
from archive.quality import Quality
from archive.query import Part, article_ids, coverage, weakest
from archive.query.quality import FIELDS
from archive.store import Store
from tests.archive.samples import FRONT, OLD, SCIENCE, SOURCE, entry, item, listing, url


@pytest.fixture(autouse=True)
def _articles(store: Store) -> None:
    person = Contact(name="ZHAO Wu", email="zhaowu@example.org")
    for docid, folder, score, fields in (
        (1001, SCIENCE, 100, {"dois": ("10.5555/a",), "editor": "LI Si", "language": "en"}),
        (1002, SCIENCE, 40, {"contacts": (person,), "template": "B", "keywords": ("own",)}),
        (1003, FRONT, 70, {"published": date(2020, 2, 3)}),
        (1004, OLD, 70, {"published": None, "template": "generic"}),
    ):
        quality = Quality(score, () if score == 100 else ("lossy",))
        store.save(item(url(docid, folder), **fields), SOURCE, quality=quality)  # type: ignore[arg-type]
    store.save_listing(listing(entry(url(1001)), entry(url(1009))), SOURCE, SCIENCE)


def weak(database: Database, part: Part | None = None, limit: int = 20) -> list[str]:
    return [one.id.removeprefix("sample-") for one in weakest(database, part, limit)]


def test_the_weakest_come_first_and_the_good_not_at_all(database: Database) -> None:
    assert weak(database) == ["1002", "1003", "1004"]
    assert weak(database, limit=1) == ["1002"]
    assert weakest(database)[0].quality == Quality(40, ("lossy",))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Part(section="Science News"), ["1002"]),
        (Part(section="front"), ["1003"]),
        (Part(template="A"), ["1003"]),
        (Part(template="generic"), ["1004"]),
        (Part(month="2020-02"), ["1003"]),
        (Part(month="2020-01"), ["1002"]),
        (Part(month="1999-12"), []),
        (Part(section="sci", template="generic"), []),
    ],
)
def test_a_part(database: Database, part: Part, expected: list[str]) -> None:
    assert weak(database, part) == expected


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (Part(month="2020-13"), "not a month; write YYYY-MM"),
        (Part(month="May"), "not a month"),
        (Part(template="Z"), "template 'Z'; there are: A, B, generic"),
        (Part(section="Nowhere"), "section 'Nowhere'"),
    ],
)
def test_a_part_that_cannot_be_meant(database: Database, part: Part, message: str) -> None:
    for question in (weakest, coverage):
        with pytest.raises(BadInputError, match=message):
            question(database, part)


def test_coverage_of_all(database: Database) -> None:
    whole = coverage(database).whole
    assert (whole.articles, whole.score) == (4, 70.0)
    assert {name: share for name, share in whole.shares.items() if share} == {
        "published": 0.75, "section": 0.75, "editor": 0.25, "language": 0.25,
        "keywords": 0.25, "doi": 0.25, "contacts": 0.25,
    }  # fmt: skip
    assert tuple(whole.shares) == FIELDS


def test_coverage_by_section_template_and_month(database: Database) -> None:
    found = coverage(database)
    assert [(c.group, c.articles, c.score) for c in found.by_section] == [
        ("Science News", 2, 70.0), ("", 1, 70.0), ("Headlines", 1, 70.0),
    ]  # fmt: skip
    assert [(c.group, c.articles) for c in found.by_template] == [("A", 2), ("B", 1), ("generic", 1)]
    assert [(c.group, c.articles) for c in found.by_month] == [("2020-02", 1), ("2020-01", 2), ("", 1)]
    assert found.by_section[0].shares["doi"] == 0.5


def test_coverage_of_a_part_and_of_nothing(database: Database) -> None:
    assert coverage(database, Part(template="B")).whole.shares["contacts"] == 1
    nothing = coverage(database, Part(month="1999-12"))
    assert (nothing.whole.articles, nothing.by_section) == (0, ())


def test_ids_of_a_source(database: Database) -> None:
    assert article_ids(database, "sample") == [f"sample-{n}" for n in (1001, 1002, 1003, 1004)]
    assert article_ids(database, "other") == []
