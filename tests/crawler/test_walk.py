"""How far listings are read: pinned entries, overlaps, pagers that lie, lists that shift under the reader."""
# ruff: noqa: E501 - cases as lines

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.walks import Proof, Sight, Walk
from crawler import walk as rules
from crawler.walk import Entry, ListPage

AT = datetime(2026, 5, 1, tzinfo=UTC)
BEGUN = Walk(
    pk=1, source="s", folder="/a/", run_pk=1, last_run_pk=1, full=False, since=None, began=AT, next_url="0"
)


def page(number: int, sights: str, *, total: int = 9, day: int | None = None, **more: object) -> ListPage:
    """Return a list page; sights: p proven, n new, h seen by this walk, o seen by an open one."""
    names = {"p": Sight.PROVEN, "n": Sight.NEW, "h": Sight.HERE, "o": Sight.OPEN}
    published = date(2026, 1, day) if day else None
    made = ListPage(
        number=number,
        entries=[Entry(names[letter], published) for letter in sights],
        total=total,
        at=AT,
        url=str(number),
        top_url="0",
        is_empty=not sights,
        previous_url=str(number - 1),
        next_url=str(number + 1),
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        pytest.param([page(0, "pppppppppp")], "overlap", id="ten known in a row"),
        pytest.param([page(0, "ppppppppp")], "1", id="nine are not enough"),
        pytest.param([page(0, "pppnnppppp"), page(1, "pppppppppp")], "overlap", id="pinned ones do not stop it"),
        pytest.param([page(0, "nnnnnppppp"), page(1, "pppppnpppp")], "overlap", id="a row over the edge"),
        pytest.param([page(0, "nnnnnppppp"), page(1, "ppppnppppp")], "2", id="a new one breaks the row"),
        pytest.param([page(0, "oooooooooo")], "1", id="what an unfinished walk saw proves nothing"),
        pytest.param([page(0, "ppp", total=1)], "overlap", id="a short list that is known"),
        pytest.param([page(0, "pnp", total=1)], "1", id="a short list with something new is read to its end"),
        pytest.param([page(0, "pppp", unchanged=True)], "overlap", id="a list that has not changed"),
        pytest.param([page(0, "ppop", unchanged=True)], "1", id="unchanged, but not proven"),
        pytest.param([page(0, "", total=1)], "end", id="an empty list"),
        pytest.param([page(0, "nn", total=2), page(1, "n", total=2), page(2, "h", total=2)], "end", id="the last again"),
        pytest.param([page(0, "nnn"), page(1, "hhh")], "2", id="a whole page pushed on"),
    ],
)  # fmt: skip
def test_where_a_walk_goes(pages: list[ListPage], expected: str) -> None:
    walk = BEGUN
    for one in pages:
        walk = rules.read(walk, one)
    assert (walk.proof or walk.next_url) == expected


def test_a_full_walk_goes_on_whatever_is_known() -> None:
    assert rules.read(replace(BEGUN, full=True), page(0, "pppppppppp")).next_url == "1"


def test_a_walk_that_goes_back_to_a_date_ends_there() -> None:
    walk = replace(BEGUN, since=date(2026, 1, 10))
    assert rules.read(walk, page(0, "nnn", day=11)).next_url == "1"
    there = rules.read(walk, page(1, "nnn", day=9))
    assert (there.proof, there.proven_from) == (Proof.SINCE, date(2026, 1, 10))


def test_an_overlap_proves_as_far_back_as_the_walk_goes() -> None:
    assert rules.read(BEGUN, page(0, "pppppppppp")).proven_from is None
    walk = replace(BEGUN, since=date(2020, 1, 1))
    assert rules.read(walk, page(0, "pppppppppp")).proven_from == date(2020, 1, 1)


@pytest.mark.parametrize(("number", "proof"), [(3, Proof.END), (2, Proof.END), (1, None)])
def test_a_page_that_is_missing(number: int, proof: Proof | None) -> None:
    walk = gone(replace(BEGUN, total=3), number)
    assert walk.proof is proof
    assert (walk.ended is None) is (proof is None)


def gone(walk: Walk, number: int) -> Walk:
    return rules.missing(walk, number, at=AT, url=str(number), top_url="0", next_url=str(number + 1))


def test_a_hole_is_looked_below_and_keeps_the_walk_open_until_it_is_filled() -> None:
    walk = rules.read(BEGUN, page(0, "nnnnnnnnnn", total=4))
    walk = gone(walk, 1)
    assert (walk.next_url, walk.hole_url) == ("2", "1")
    walk = gone(rules.read(rules.read(walk, page(2, "nnnnnnnnnn", total=4)), page(3, "nnn", total=4)), 4)
    assert (walk.next_url, walk.ended) == ("1", None)
    assert "pager counts 4 pages" in (walk.trouble or "")
    assert gone(walk, 1).next_url == "1", "the next run asks there, and nowhere else"
    walk = rules.read(walk, page(1, "nnnnnnnnnn", total=4))
    assert (walk.next_url, walk.hole_url, walk.trouble) == ("2", None, None)


def test_a_list_that_grew_is_read_again_from_the_top() -> None:
    walk = rules.read(BEGUN, page(0, "nnnnnnnnnn"))
    walk = rules.read(walk, page(1, "hhpppppppp"))
    walk = rules.read(walk, page(2, "pppppppppp"))
    assert (walk.proof, walk.next_url, walk.ended) == (Proof.OVERLAP, "0", None)
    walk = rules.read(walk, page(0, "nnhhhhhhhh"))
    assert walk.next_url == "1", "eight that it has seen are not enough"
    walk = rules.read(walk, page(1, "hhhhhhhhhh"))
    assert (walk.next_url, walk.ended, walk.new) == (None, AT, 12)


def test_a_list_that_shrank_has_its_last_page_read_again() -> None:
    walk = rules.read(BEGUN, page(0, "nnnnnnnnnn", total=4))
    walk = rules.read(walk, page(1, "nnnnnnnnnn", total=3))
    assert walk.next_url == "0"


def test_a_pager_that_cannot_make_up_its_mind_does_not_hold_a_walk() -> None:
    walk = BEGUN
    for turn in range(60):
        number = int(walk.next_url or 0)
        walk = rules.read(
            walk, page(number, "nnnnnnnnnn" if number < 8 else "hhhhhhhhhh", total=8 - turn % 2)
        )
        if walk.ended:
            break
    assert walk.ended


def test_what_links_elsewhere_is_no_end() -> None:
    walk = rules.read(BEGUN, page(0, "", total=3, is_empty=False))
    assert (walk.next_url, walk.ended) == ("1", None)


def test_a_section_whose_entries_are_no_longer_recognised_proves_nothing() -> None:
    walk = rules.read(BEGUN, page(0, "", total=1, had_entries=True))
    assert (walk.trouble, walk.ended) == ("no entries were recognised", None)
    assert rules.read(BEGUN, page(0, "", total=1)).proof is Proof.END


class Reader:
    """Walks a list that changes between two requests, as the ledger would have it."""

    def __init__(self, size: int) -> None:
        self.list = list(range(size))[::-1]
        self.next_id = size
        self.seen: dict[int, int] = {}
        self.walk = BEGUN

    def add(self, count: int) -> None:
        for _ in range(count):
            self.list.insert(0, self.next_id)
            self.next_id += 1

    def read(self) -> None:
        number = int(self.walk.next_url or 0)
        shown = self.list[number * 10 : number * 10 + 10]
        total = max(1, -(-len(self.list) // 10))
        if number and not shown:
            self.walk = gone(self.walk, number)
            return
        entries = [Entry(self.sight(one), None) for one in shown]
        ordinal = self.walk.pages + 1
        self.walk = rules.read(
            self.walk, replace(page(number, "", total=total), entries=entries, is_empty=not shown)
        )
        for one in shown:
            self.seen.setdefault(one, ordinal)

    def sight(self, one: int) -> Sight:
        if one not in self.seen:
            return Sight.NEW
        since = self.walk.again_from
        return Sight.HERE if since is None or self.seen[one] <= since else Sight.AGAIN


@given(size=st.integers(0, 75), growth=st.lists(st.integers(0, 40), max_size=12))
@settings(max_examples=300, deadline=None)
def test_nothing_is_missed_while_a_list_grows(size: int, growth: list[int]) -> None:
    reader = Reader(size)
    top: set[int] = set()
    for number in range(60):
        if reader.walk.next_url == "0":
            top = set(reader.list)
        reader.read()
        if reader.walk.ended or reader.walk.trouble:
            break
        reader.add(growth[number] if number < len(growth) else 0)
    assert reader.walk.ended
    # What stood there when its top was read last has been seen, to the last article.
    assert top <= set(reader.seen)
