"""What no template claims: libraries read it, and what they agree on is the text."""

from __future__ import annotations

import pytest

from archive.items import BlockKind
from crawler.errors import ExtractionError
from crawler.pages import read_article
from crawler.pages.agreement import Letters, prose, settle, within
from crawler.pages.article import look
from crawler.pages.body import Draft
from crawler.pages.document import Document
from crawler.pages.libraries import by_readability
from crawler.pages.templates.generic import GenericPage
from tests.pages.samples import SITE, captured

URL = "https://english.cas.cn/special/2026/"
LEAD = "The reservoir above the village had been empty for eleven years when the first snow fell on it."
MORE = "By March the water stood four metres deep, and the engineers who had left came back to measure it."
LAST = "Nobody had expected the old wall to hold, and for all of April nobody in the valley slept well."


def paragraph(text: str, linked: int = 0) -> Draft:
    return Draft(kind=BlockKind.PARAGRAPH, text=text, link_chars=linked)


def settled(first: list[str], second: list[str], extent: str = "") -> tuple[list[str], str]:
    settlement = settle(list(map(paragraph, first)), list(map(paragraph, second)), Letters([extent]))
    return [draft.text for draft in settlement.drafts], settlement.rule


SIGN_UP = "Sign up for the letter of the valley and read of every wall that holds, once a week, for nothing."


@pytest.mark.parametrize(
    ("first", "second", "extent", "expected"),
    [
        ([LEAD, MORE, LAST], [LEAD, MORE, LAST], "", ([LEAD, MORE, LAST], "both")),
        # What only the first has stays at the opening, not later.
        ([SIGN_UP, LEAD, MORE], [LEAD, MORE], "", ([SIGN_UP, LEAD, MORE], "both")),
        ([LEAD, MORE, LAST, SIGN_UP], [LEAD, MORE, LAST], "", ([LEAD, MORE, LAST], "both")),
        # What only the second has is not added ...
        ([LEAD, MORE, LAST], [LEAD, MORE, LAST, SIGN_UP], "", ([LEAD, MORE, LAST], "both")),
        # ... unless it has far more, and repeats do not count as more.
        ([LEAD], [LEAD, MORE, LAST], "", ([LEAD, MORE, LAST], "second")),
        ([LEAD, MORE], [LEAD, MORE, MORE, MORE, MORE], "", ([LEAD, MORE], "both")),
        # A second that has next to nothing is no witness.
        ([LEAD, MORE, LAST], [SIGN_UP[:70]], "", ([LEAD, MORE, LAST], "first")),
        ([LEAD], [], "", ([LEAD], "first")),
        ([], [LEAD], "", ([LEAD], "second")),
        # Landmarks are believed when they hold one of the readings.
        ([SIGN_UP, LEAD, MORE], [LEAD, MORE], LEAD + MORE + LAST, ([LEAD, MORE], "both")),
        ([LEAD, MORE], [LEAD, MORE], SIGN_UP, ([LEAD, MORE], "both")),
    ],
)
def test_two_readings_settle_on_one(
    first: list[str], second: list[str], extent: str, expected: tuple[list[str], str]
) -> None:
    assert settled(first, second, extent) == expected


def test_a_paragraph_that_lost_words_is_taken_whole() -> None:
    damaged = LEAD.replace("above the village", "")
    assert settled([damaged, MORE, LAST], [LEAD, MORE, LAST]) == ([LEAD, MORE, LAST], "both")


def test_a_quote_and_a_heading_need_no_witness() -> None:
    quote = Draft(kind=BlockKind.QUOTE, text="It holds.")
    heading = Draft(kind=BlockKind.HEADING, text="What the wall is made of", level=2)
    first = [paragraph(LEAD), quote, heading, paragraph(MORE), paragraph(LAST)]
    kept = settle(first, [paragraph(LEAD), paragraph(MORE), paragraph(LAST)], Letters([])).drafts
    assert kept == first


def test_prose_is_long_and_not_linked() -> None:
    assert prose([paragraph(LEAD), paragraph(LEAD), paragraph("Short."), paragraph(MORE, len(MORE))]) == len(
        LEAD
    )


def test_within_compares_letters_only() -> None:
    assert [d.text for d in within([paragraph("A, b."), paragraph("c")], Letters(["x a  B y"]))] == ["A, b."]


URL_OF_A_STORY = "https://english.cas.cn/special/2026/wall.html"
MENU = "<ul><li><a href=/a/>Walls</a><li><a href=/b/>Water</a><li><a href=/c/>Snow</a></ul>"
FOOT = "<div><a href=/1/>Nine villages</a><br><a href=/2/>A wall of glass</a></div><p>© 2026 Valley</p>"


def read(body: str) -> tuple[list[str], GenericPage]:
    html = f"<html><head><title>The Wall That Held</title></head><body>{MENU}{body}{FOOT}</body></html>"
    return read_generic(html)


def read_generic(html: str) -> tuple[list[str], GenericPage]:
    document = Document(captured(html, URL_OF_A_STORY))
    page = GenericPage(look(document), SITE.address(URL_OF_A_STORY))
    return [draft.text for draft in page.reading.drafts], page


STORY = f"<div class=x><p>{LEAD}</p><p>{MORE}</p><p>{LAST}</p></div>"


def test_a_page_of_nobody() -> None:
    text, page = read(f"<h1>The Wall That Held</h1><div>Mar 02, 2026</div>{STORY}")
    assert text == [LEAD, MORE, LAST]
    assert (page.title(), str(page.published())) == ("The Wall That Held", "2026-03-02")
    assert [e.raw for e in page.evidence() if e.rule == "libraries:both"] == ["3"]


def test_a_story_cut_in_pieces_is_put_together() -> None:
    pieces = "".join(
        f"<section><div class=x><p>{text[::-1] * 3}</p><p>{text.upper()}</p></div></section><aside>ad</aside>"
        for text in (LEAD, MORE, LAST)
    )
    found = [draft.text for draft in by_readability(f"<html><body><h1>Wall</h1>{pieces}</body></html>")]
    assert [text for text in found if text.isupper()] == [LEAD.upper(), MORE.upper(), LAST.upper()]


def test_a_footer_is_not_taken_for_a_short_text() -> None:
    text, _ = read(
        "<h1>The Wall That Held</h1><div>Mar 02, 2026</div><div>The old wall above the village held.</div>"
    )
    assert text == ["The old wall above the village held."]


def test_a_page_with_nothing_to_read_is_refused() -> None:
    with pytest.raises(ExtractionError):
        read_article([captured("<title>x</title><div></div>", URL)], SITE)
