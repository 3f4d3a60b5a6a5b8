"""The piece of a text that is shown, and the words in it that were found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.grammar import parse
from archive.search.snippets import LENGTH, snippet

FILLER = "Nothing of that kind was said here. " * 30


def marked(text: str, query: str) -> list[str]:
    shown = snippet(text, parse(query))
    return [shown.text[start:end] for start, end in shown.spans]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Two satellites, one Satellite.", "satellite", ["satellites", "Satellite"]),
        ("The 北斗 system and 北 alone", "北斗", ["北斗"]),
        ("The 北斗 system and 北 alone", "斗", ["斗"]),
        ("Quantum key, quantum computer", '"quantum computers"', ["quantum computer"]),
        ("Satellites and satellitic", "satellite*", ["Satellites", "satellitic"]),
        ("A naïve idea", "naive", ["naïve"]),
        ("Panda or fossil", "panda OR fossil", ["Panda", "fossil"]),
        ("Moon without it", "moon -mars", ["Moon"]),
        ("Words\n\nover  lines", '"words over"', ["Words over"]),
    ],
)
def test_found_words(text: str, query: str, expected: list[str]) -> None:
    assert marked(text, query) == expected


def test_the_window_lies_where_most_terms_stand() -> None:
    text = f"{FILLER}A panda. {FILLER}The panda met the fossil. {FILLER}"
    shown = snippet(text, parse("panda fossil"))
    assert [shown.text[a:b] for a, b in shown.spans] == ["panda", "fossil"]
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert len(shown.text) <= LENGTH + 4


def test_without_a_match_the_text_begins_at_its_beginning() -> None:
    for query in (parse("absent"), None):
        shown = snippet(FILLER, query)
        assert shown.text.startswith("Nothing of that kind")
        assert shown.spans == ()


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("Short.", parse("absent")).text == "Short."


@given(st.text(st.sampled_from("ab 北斗\n.'é-"), max_size=700))
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    shown = snippet(text, parse("a 北斗 OR b*"))
    assert len(shown.text) <= LENGTH + 300
    last = 0
    for start, end in shown.spans:
        assert last <= start < end <= len(shown.text)
        last = end
