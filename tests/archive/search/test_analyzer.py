"""Texts and the tokens that they give."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.search.analyzer import completed, indexed, terms, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("satellites Satellite", ["satellit", "satellit"]),
        ("studies studied", ["studi", "studi"]),
        ("China’s China's", ["china", "china"]),
        ("北斗3号", ["北", "斗", "3", "号"]),
        ("the 北斗 system", ["the", "北", "斗", "system"]),
        ("Schrödinger naïve", ["schroding", "naiv"]),
        ("e\u0301te\u0301", ["ete"]),
        ("ＡＢＣ", ["abc"]),
        ("ﬁeld", ["field"]),
        ("re\u00adsearch zero\u200bwidth", ["research", "zerowidth"]),
        ("5G H2O 3.5", ["5g", "h2o", "3", "5"]),
        ("X-ray snake_case", ["x", "ray", "snake", "case"]),
        ("½", ["1", "2"]),
        ("𠀀", ["𠀀"]),
        ("", []),
        ("… — \x00 !", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize("word", ["happiness", "satellites", "operations", "organizational", "studies",
                                  "mapping", "national", "physically", "universities", "dangerously",
                                  "cells"])  # fmt: skip
def test_every_beginning_of_a_word_finds_it(word: str) -> None:
    (stem,) = terms(word)
    for length in range(4, len(word) + 1):
        start = word[:length]
        assert stem.startswith(start) or stem in completed(start), start


@pytest.mark.parametrize("start", ["panda", "moss", "china", "x", "", "北斗", "co2", "naïv"])
def test_what_is_no_beginning_of_a_longer_word_stays_alone(start: str) -> None:
    assert completed(start) == ()


def test_places_are_those_in_the_text() -> None:
    text = "The SATELLITES of 北斗, naïve."
    assert [text[t.start : t.end] for t in tokens(text)] == ["The", "SATELLITES", "of", "北", "斗", "naïve"]


@given(st.text())
def test_no_text_gives_what_an_engine_would_split(text: str) -> None:
    for token in terms(text):
        assert token
        assert re.fullmatch(r"[a-z0-9\u0080-\U0010ffff]+", token)
        assert not re.search(r"\s", token)
    assert indexed(text).split() == terms(text)
    assert [t.text for t in tokens(text)] == terms(text)
