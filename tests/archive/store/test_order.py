"""What the archive holds is a function of what arrived, not of the order in which it did."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.db import FILE_NAME, Database, open_database
from archive.export import record
from archive.query import ArticleQuery, articles, find, stats
from archive.store import Response, Store
from tests.archive.samples import FRONT, OLD, SCIENCE, SOURCE, capture, entry, item, listing, moment, url

Step = Callable[[Store], object]

DOCIDS = (1111, 2222)
FOLDERS = (SCIENCE, FRONT, OLD)
TEXTS = ("The panda sleeps.", "The panda wakes.", "北斗 in orbit.")

docids = st.sampled_from(DOCIDS)
folders = st.sampled_from(FOLDERS)
hours = st.integers(0, 6)


@st.composite
def readings(draw: st.DrawFn) -> Step:
    address, when = url(draw(docids), draw(folders)), draw(hours)
    # What a page says at one moment is one thing.
    said = random.Random(f"{address}{when}").choice(TEXTS)  # noqa: S311 - no secret
    sent = item(address, said, hours=when, keywords=("own",) if when in (2, 5) else ())
    return lambda store: store.save(sent, SOURCE)


@st.composite
def listings(draw: st.DrawFn) -> Step:
    folder, when, page = draw(folders), draw(hours), draw(st.integers(0, 1))
    address = url(draw(docids), draw(folders))
    chance = random.Random(f"{folder}{page}{when}{address}")  # noqa: S311 - no secret
    said, abstract = chance.choice([(), ("rice",), ("moss", "fern")]), chance.choice([None, "In short."])
    sent = listing(entry(address, keywords=said, abstract=abstract), folder=folder, page=page, hours=when)
    return lambda store: store.save_listing(sent, SOURCE, folder)


@st.composite
def dead_links(draw: st.DrawFn) -> Step:
    address, when = url(draw(docids), draw(folders)), draw(hours)
    return lambda store: store.save_missing(address, SOURCE, at=moment(when), reason="dead-link")


@st.composite
def responses(draw: st.DrawFn) -> Step:
    address, when = url(draw(docids), draw(folders)), draw(hours)
    return lambda store: store.save_capture(
        address, capture(address, when), response=Response(200, "text/html")
    )


def held(database: Database) -> dict[str, Any]:
    """What a reader can learn from the archive."""
    facts = stats(database)
    found = {
        w: find(database, ArticleQuery(w)).hits for w in ("panda", "北斗", "rice", "fern", "own", "wakes")
    }
    return {
        "export": [record(article) for article in articles(database)],
        "seen": [(a.last_seen, a.version, a.captures) for a in articles(database)],
        "hits": found,
        "stats": (facts.articles, facts.listed, facts.versions, facts.captures, facts.addresses),
    }


@cache
def empty() -> bytes:
    """An empty archive's file: making the schema for every example would cost more than the example."""
    with TemporaryDirectory() as folder, open_database(Path(folder), create=True) as database:
        database.close()
        return database.file.read_bytes()


def archived(steps: list[Step]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        (Path(folder) / FILE_NAME).write_bytes(empty())
        return filled(Path(folder), steps)


def filled(folder: Path, steps: list[Step]) -> dict[str, Any]:
    with open_database(folder) as database:
        store = Store(database)
        for step in steps:
            step(store)
        return held(database)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.one_of(readings(), listings(), dead_links(), responses()), min_size=2, max_size=9),
    st.randoms(),
)
def test_any_order_gives_the_same_archive(steps: list[Step], chance: random.Random) -> None:
    shuffled = list(steps)
    chance.shuffle(shuffled)
    assert archived(shuffled) == archived(steps)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.sampled_from((SCIENCE, SCIENCE, FRONT))), min_size=3, max_size=8
    ),
    st.lists(st.sampled_from(TEXTS[:2]), min_size=9, max_size=9),
    st.randoms(),
)
def test_any_order_of_readings_gives_the_same_history(
    readings: list[tuple[int, str]], texts: list[str], chance: random.Random
) -> None:
    sent = [
        item(url(1111, folder), texts[when], hours=when, keywords=("own",) * (when % 3 == 0))
        for when, folder in readings
    ]
    late = list(sent)
    chance.shuffle(late)
    timely = sorted(sent, key=lambda one: one.captures[0].captured_at)
    archives = [
        archived([lambda store, one=one: store.save(one, SOURCE) for one in order])  # type: ignore[misc]
        for order in (timely, late)
    ]
    assert archives[0] == archives[1]
