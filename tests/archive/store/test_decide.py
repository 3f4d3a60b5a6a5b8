"""What is decided, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.items import Block, BlockKind, Evidence, Image, Link
from archive.store.decide import (
    Known,
    Listed,
    Move,
    Outcome,
    Placement,
    Span,
    choose_listed,
    choose_read,
    choose_url,
    content_digest,
    outcome,
    place,
)
from tests.archive.samples import FRONT, OLD, SCIENCE, SOURCE, capture, item, moment, paragraphs, url

SEEN: list[dict[str, Any]] = [
    {"title": "Another title"},
    {"published": date(2020, 1, 3)},
    {"published": None},
    {"source_name": "A Paper"},
    {"editor": "LI Si"},
    {"author": "ZHANG San"},
    {"blocks": paragraphs("A text about satellite.")},
    {"blocks": paragraphs("A text about satellites.", "And more.")},
    {"captions": ("A picture",)},
    {"attachments": (Link(url="https://news.example.org/202001/P020200102000000000000.pdf", text="Data"),)},
    {"videos": ("[video:a]",)},
]
UNSEEN: list[dict[str, Any]] = [
    {"template": "C"},
    {"extractor": "2"},
    {"evidence": (Evidence(field="title", rule="h1", raw="A title"),)},
    {"captures": (capture("other", 9),)},
    {"keywords": ("meta",)},
    {"section": "Other words for it"},
    {"breadcrumb": ("Home", "News")},
    {"language": "en"},
    {"images": (Image(url="https://news.example.org/W1.jpg"),)},
    {"links": (Link(url="https://example.org/", text="there"),)},
    {"title": "A  title "},
    {"blocks": paragraphs("A text", "about satellites.")},
    {"blocks": (Block(kind=BlockKind.QUOTE, text="A text about\nsatellites."),)},
]


@pytest.mark.parametrize("fields", SEEN, ids=str)
def test_a_reader_sees_the_difference(fields: dict[str, Any]) -> None:
    assert content_digest(replace(item(), **fields)) != content_digest(item())


@pytest.mark.parametrize("fields", UNSEEN, ids=str)
def test_a_reader_sees_no_difference(fields: dict[str, Any]) -> None:
    assert content_digest(replace(item(), **fields)) == content_digest(item())


def test_an_attachment_that_moved_with_its_page_is_the_same() -> None:
    digests = {
        content_digest(
            item(attachments=(Link(url=f"https://news.example.org/{folder}/P1.pdf", text="Data"),))
        )
        for folder in ("a", "b/202001")
    }
    assert len(digests) == 1


def span(digest: str, first: float, last: float) -> Span:
    return Span(0, digest, moment(first), moment(last))


HISTORY = [span("a", 10, 20), span("b", 30, 40), span("a", 50, 50)]


@pytest.mark.parametrize(
    ("digest", "hours", "expected"),
    [
        ("c", 60, Placement(Move.INSERT, 3)),
        ("a", 60, Placement(Move.EXTEND, 2)),
        ("a", 50, Placement(Move.EXTEND, 2)),
        ("b", 50, Placement(Move.INSERT, 3)),
        ("c", 45, Placement(Move.INSERT, 2)),
        ("b", 45, Placement(Move.EXTEND, 1)),
        ("a", 45, Placement(Move.PREPEND, 2)),
        ("b", 35, Placement(Move.EXTEND, 1)),
        ("a", 35, Placement(Move.SPLIT, 1)),
        ("a", 30, Placement(Move.SPLIT, 1)),
        ("a", 40, Placement(Move.PREPEND, 2)),
        ("c", 40, Placement(Move.INSERT, 2)),
        ("b", 25, Placement(Move.PREPEND, 1)),
        ("a", 25, Placement(Move.EXTEND, 0)),
        ("a", 15, Placement(Move.EXTEND, 0)),
        ("c", 15, Placement(Move.SPLIT, 0)),
        ("a", 5, Placement(Move.PREPEND, 0)),
        ("b", 5, Placement(Move.INSERT, 0)),
    ],
)
def test_the_place_of_a_reading(digest: str, hours: float, expected: Placement) -> None:
    assert place(HISTORY, digest, moment(hours)) == expected


def test_the_first_reading() -> None:
    assert place([], "a", moment(0)) == Placement(Move.INSERT, 0)


def grown(readings: list[tuple[int, str]]) -> list[tuple[str, int, int]]:
    """Let a history grow by what `place` says, with the readings of every version at hand."""
    versions: list[tuple[str, list[int]]] = []
    for hours, digest in readings:
        history = [span(name, min(times), max(times)) for name, times in versions]
        placement = place(history, digest, moment(hours))
        index = placement.index
        if placement.move in (Move.EXTEND, Move.PREPEND):
            versions[index][1].append(hours)
        elif placement.move is Move.INSERT:
            versions.insert(index, (digest, [hours]))
        else:
            name, times = versions[index]
            before, after = [t for t in times if t <= hours], [t for t in times if t > hours]
            versions[index : index + 1] = [(name, before), (digest, [hours]), (name, after)]
    return [(name, min(times), max(times)) for name, times in versions]


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=9).flatmap(
    lambda digests: st.permutations(list(enumerate(digests)))
))  # fmt: skip
def test_late_readings_give_the_history_of_timely_ones(readings: list[tuple[int, str]]) -> None:
    expected = []
    for digest, group in groupby(sorted(readings), key=lambda reading: reading[1]):
        times = [hours for hours, _ in group]
        expected.append((digest, times[0], times[-1]))
    assert grown(readings) == expected


EXTENDED, INSERTED, SPLIT = (Placement(move, 0) for move in (Move.EXTEND, Move.INSERT, Move.SPLIT))


@pytest.mark.parametrize(
    ("was_kept", "was_chosen", "placement", "expected"),
    [
        (False, False, INSERTED, Outcome.NEW),
        (True, True, INSERTED, Outcome.CHANGED),
        (True, True, SPLIT, Outcome.CHANGED),
        (True, True, EXTENDED, Outcome.UNCHANGED),
        (True, True, Placement(Move.PREPEND, 0), Outcome.UNCHANGED),
        (True, True, None, Outcome.UNCHANGED),
        (True, False, None, Outcome.DUPLICATE_OF),
        (True, False, INSERTED, Outcome.DUPLICATE_OF),
    ],
)
def test_the_outcome(
    was_kept: bool, was_chosen: bool, placement: Placement | None, expected: Outcome
) -> None:
    assert outcome(was_kept=was_kept, was_chosen=was_chosen, placement=placement) is expected


BEST, NEXT, LAST = url(folder=SCIENCE), url(folder=FRONT), url(folder=OLD)


@pytest.mark.parametrize(
    ("addresses", "chosen", "read"),
    [
        ([(LAST, True, False), (NEXT, True, False), (BEST, True, False)], BEST, BEST),
        ([(LAST, True, False), (BEST, False, False)], BEST, LAST),
        ([(LAST, True, False), (BEST, False, True)], LAST, LAST),
        ([(LAST, True, False), (BEST, True, True)], BEST, BEST),
        ([(NEXT, False, True), (BEST, False, True)], BEST, None),
        ([(NEXT, False, False)], NEXT, None),
    ],
)
def test_the_choice_among_addresses(
    addresses: list[tuple[str, bool, bool]], chosen: str, read: str | None
) -> None:
    known = [Known(0, address, was_read, was_missing) for address, was_read, was_missing in addresses]
    for order in (known, known[::-1]):
        assert choose_url(order, SOURCE.urls.preference) == chosen
        found = choose_read(order, SOURCE.urls.preference)
        assert (found.url if found else None) == read


def rank(folder: str) -> int:
    return [SCIENCE, FRONT].index(folder) if folder in (SCIENCE, FRONT) else 2


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], ((), None)),
        ([Listed(OLD, LAST, ("old",), "Old.")], (("old",), "Old.")),
        ([Listed(SCIENCE, BEST, ("s",), "S."), Listed(OLD, LAST, ("old",), "Old.")], (("old",), "Old.")),
        ([Listed(SCIENCE, BEST, ("s",), "S."), Listed(FRONT, NEXT, ("f",), "F.")], (("s",), "S.")),
        ([Listed(SCIENCE, BEST, (), "S."), Listed(FRONT, NEXT, ("f",), None)], (("f",), "S.")),
        ([Listed("/b/", BEST, ("b",)), Listed("/a/", BEST, ("a",))], (("a",), None)),
    ],
)
def test_keywords_of_listings(entries: list[Listed], expected: object) -> None:
    for order in (entries, entries[::-1]):
        assert choose_listed(order, OLD, rank) == expected
