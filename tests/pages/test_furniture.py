"""Furniture is learned from many pages, kept as a table, and left out of pages that no template claims."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from archive.items import BlockKind, CapturedPage
from benchmarks.extraction.tools import captured as captured_page
from benchmarks.extraction.tools import site_of
from benchmarks.unclaimed import unclaimed
from crawler.pages import furniture, read_article
from crawler.pages.body import Draft
from crawler.pages.furniture import FurnitureTable, learn
from tests.pages.samples import FETCHED, SITE, captured

FOOT = "Printed in the old mill, open on weekdays from nine to four, closed when the river is high."
SITE_OF_NOBODY = unclaimed().pages


def page(number: int, body: str) -> CapturedPage:
    return replace(
        captured(f"<html><body>{body}</body></html>", f"https://example.org/{number}.html"),
        fetched_at=FETCHED + timedelta(days=number),
    )


def story(number: int, extra: str = "") -> CapturedPage:
    own = "".join(f"<p>Paragraph {row} of story number {number}, unlike any other.</p>" for row in range(3))
    return page(number, f"{own}{extra}<p>{FOOT}</p>")


def texts(table: FurnitureTable) -> list[str]:
    return [block.sample for block in table.blocks]


def learned(pages: list[CapturedPage]) -> FurnitureTable:
    return learn(pages, source="nobody", number=7)


def test_what_recurs_is_furniture() -> None:
    table = learned([story(number) for number in range(5)])
    (block,) = table.blocks
    assert (block.sample, block.pages, table.pages) == (FOOT, 5, 5)
    assert (block.first_seen, block.last_seen) == (FETCHED, FETCHED + timedelta(days=4))
    assert table.holds(f"  {FOOT.upper()} ")
    assert not table.holds("Paragraph 1 of story number 1, unlike any other.")


def test_two_pages_are_no_recurrence() -> None:
    assert learned([story(0), story(1)]).blocks == ()


def test_an_article_captured_often_is_no_furniture() -> None:
    assert learned([story(0)] * 9).blocks == ()


def test_an_article_under_many_addresses_counts_once_when_it_is_named() -> None:
    pages = [
        page(number, "<p>One story of one paragraph that stands everywhere on the site.</p>")
        for number in range(9)
    ]
    assert len(learn(pages, source="nobody").blocks) == 1
    assert learn(pages, source="nobody", article_of=lambda _: "the story").blocks == ()


@pytest.mark.parametrize(("share", "kept"), [(4, []), (12, ["Background"])])
def test_a_heading_that_authors_like_has_to_stand_on_many_pages(share: int, kept: list[str]) -> None:
    table = learned([story(number, "<h2>Background</h2>" if number < share else "") for number in range(30)])
    assert [text for text in texts(table) if text != FOOT] == kept


def test_a_link_is_furniture_however_short() -> None:
    table = learned([story(number, "<a href=/x>More</a>" if number < 4 else "") for number in range(30)])
    assert "More" in texts(table)


def test_a_table_goes_to_json_and_back() -> None:
    table = learned([story(number) for number in range(5)])
    assert FurnitureTable.from_json(table.to_json(), number=7) == table
    assert FurnitureTable.from_json(table.to_json(), number=8).to_json() == table.to_json()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"source":"x","pages":1,"blocks":[[1,2,3]]}', '{"blocks":[1]}']
)
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"table|Expecting|unpack"):
        FurnitureTable.from_json(text, number=1)


def test_the_order_of_learning_means_nothing() -> None:
    pages = [story(number) for number in range(6)]
    assert learned(pages) == learned(pages[::-1])


def test_rows_and_lines_are_cleared_one_by_one() -> None:
    table = learned(
        [story(number, "<p>One of two lines that stand on every page of it</p>") for number in range(4)]
    )
    mixed = Draft(kind=BlockKind.PARAGRAPH, text=f"Own line.\n{FOOT}")
    rows = Draft(kind=BlockKind.LIST, text=f"own\n{FOOT}", rows=(("own",), (FOOT,)))
    image = Draft(kind=BlockKind.PARAGRAPH, text="", images=["a.jpg"])
    gone = Draft(kind=BlockKind.LIST, text=FOOT, rows=((FOOT,),))
    cleared = table.clear([mixed, rows, image, gone])
    assert [draft.text for draft in cleared] == ["Own line.", "own", ""]
    assert cleared[1].rows == (("own",),)


def test_memory_is_bounded_however_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furniture, "_MAX_LEARNING", 500)
    monkeypatch.setattr(furniture, "_MAX_BLOCKS", 10)

    def many(count: int) -> Iterator[CapturedPage]:
        for number in range(count):
            yield story(number, "".join(f"<p>Line {number} {row} of nothing else</p>" for row in range(50)))

    def peak(count: int) -> int:
        tracemalloc.start()
        assert FOOT in texts(learn(many(count), source="nobody"))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(400) < 3 * peak(100)


def test_a_site_that_nobody_claims_is_read_exactly_with_its_furniture() -> None:
    """Learned from one half of the site, read on the other."""
    table = learn(
        (one for known in SITE_OF_NOBODY[::2] for one in captured_page(known)), source="x", number=3
    )
    for unknown in SITE_OF_NOBODY[1::2][:12]:
        pages = captured_page(unknown)
        item = read_article(pages, site_of(unknown.url), table)
        assert (item.template, item.furniture) == ("generic", 3)
        assert [block.text.split() for block in item.blocks] == [line.split() for line in unknown.truth.lines]
        assert item == read_article(
            pages, site_of(unknown.url), FurnitureTable.from_json(table.to_json(), number=3)
        )
        without = read_article(pages, site_of(unknown.url))
        assert without.furniture is None
        assert len(without.text) > len(item.text)


def test_a_page_with_a_template_is_read_the_same_with_any_table() -> None:
    html = (
        "<div>中文 |</div><div>News</div><h1>Dust Falls</h1><div>Sep 02, 2024</div>"
        f"<div class=TRS_Editor><p>{FOOT}</p></div><p>Copyright © 2002 - Chinese Academy of Sciences</p>"
    )
    table = learned([story(number) for number in range(4)])
    assert read_article([captured(html)], SITE, table) == read_article([captured(html)], SITE)
