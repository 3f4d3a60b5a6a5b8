"""Which fields a page itself gave, and that every reading keeps it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import text

from archive.db import Database
from archive.items import Evidence
from archive.quality import FIELDS, found
from archive.store import Store
from tests.archive import samples
from tests.archive.health.rehearsal import FULL, TEXT, page

LONG = {"title", "published", "text"}


def evidence(**rules: str) -> dict[str, Any]:
    return {"evidence": tuple(Evidence(field=f, rule=r, raw="") for f, r in rules.items())}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, LONG),
        ({"editor": "LI Ming", "captions": ("A dish.",)}, LONG | {"editor", "captions"}),
        (evidence(published="page"), LONG),
        (evidence(published="url"), LONG - {"published"}),
        (evidence(published="meta:pubdate"), LONG),
        (evidence(title="title"), LONG - {"title"}),
        (evidence(title="heading"), LONG),
        ({"published": None}, LONG - {"published"}),
        ({"section": "Science"}, LONG),  # only the source names it
        ({"section": "Science", **evidence(section="breadcrumb")}, LONG | {"section"}),
        ({"blocks": samples.paragraphs("Short.")}, LONG - {"text"}),
    ],
)
def test_what_the_page_gave(fields: dict[str, Any], expected: set[str]) -> None:
    assert set(found(page(80001, 0, **fields))) == expected


def test_the_names_are_those_of_the_list_in_its_order() -> None:
    names = found(page(80001, 0, **FULL))
    assert list(names) == [name for name in FIELDS if name in names]
    assert set(names) == LONG | {"source_name", "editor", "breadcrumb", "language"}


def test_every_reading_keeps_what_it_found(store: Store, database: Database) -> None:
    store.save(page(80001, 0, **FULL), samples.SOURCE)
    # The same words read by the generic path: no version, and yet to be seen.
    later = page(80001, 24, **{**FULL, "breadcrumb": (), "template": "generic"})
    assert store.save(later, samples.SOURCE).outcome == "unchanged"
    with database.read() as connection:
        rows = connection.execute(text("SELECT template, found FROM readings ORDER BY read_at")).all()
        (version,) = connection.execute(text("SELECT template FROM versions")).all()
    full = LONG | {"source_name", "editor", "breadcrumb", "language"}
    assert [row.template for row in rows] == ["A", "generic"]
    assert [set(json.loads(row.found)) for row in rows] == [full, full - {"breadcrumb"}]
    assert version.template == "A"


def test_only_the_first_part_tells(store: Store, database: Database) -> None:
    captures = (samples.capture("one"), samples.capture("two"))
    store.save(samples.item(None, TEXT, captures=captures, parts=2), samples.SOURCE)
    with database.read() as connection:
        rows = connection.execute(text("SELECT template, found FROM readings ORDER BY part")).all()
    assert [row.template for row in rows] == ["A", None]
    assert rows[1].found is None
