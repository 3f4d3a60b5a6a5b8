"""Queries, what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

import pytest

from archive.errors import BadQueryError
from archive.search.grammar import parse
from archive.search.sqlite import render


@pytest.mark.parametrize(
    ("query", "rendered"),
    [
        ("quantum satellites", '("quantum") AND ("satellit")'),
        ('"quantum satellites"', '("quantum satellit")'),
        ("“quantum satellites”", '("quantum satellit")'),
        ("panda OR fossil", '("panda" OR "fossil")'),
        ("a b OR c d", '("a") AND ("b" OR "c") AND ("d")'),
        ("moon -mars", '(("moon")) NOT ("mar")'),
        ('moon -"red mars" -rock', '(("moon")) NOT ("red mar" OR "rock")'),
        ("-mars moon", '(("moon")) NOT ("mar")'),
        ("moo*", '("moo" *)'),
        ("satellite*", '(("satellite" * OR "satellit"))'),
        ("北斗", '("北 斗")'),
        ("北斗 卫星", '("北 斗") AND ("卫 星")'),
        ("X-ray", '("x ray")'),
        ("or", '("or")'),
        ('"OR"', '("or")'),
        ("moon — rock", '("moon") AND ("rock")'),
        ("NEAR(a b)", '("near a") AND ("b")'),
        ("title:moon", '("titl moon")'),
    ],
)
def test_queries(query: str, rendered: str) -> None:
    assert render(parse(query)) == rendered


@pytest.mark.parametrize(
    ("query", "position", "message"),
    [
        ('moon "red', 5, 'quotation mark at character 6 is never closed: write "red" or leave'),
        ('moon "', 5, "leave it out"),
        ("“moon", 0, "never closed"),
        ("-moon", 0, "only what to leave out: add a word"),
        ("-moon -mars", 0, "only what to leave out"),
        ("OR moon", 0, "OR at character 1 needs a word on both sides"),
        ("moon OR", 5, "OR at character 6"),
        ("moon OR OR mars", 8, "OR at character 9"),
        ("moon OR -mars", 5, "OR at character 6"),
        ("", 0, "no word to search for"),
        ("*", 0, "no word to search for"),
        ('""', 0, "no word to search for"),
        ("… — !", 0, "no word to search for"),
        ("a " * 501, 1000, "longer than 1000 characters"),
        ("a " * 65, 0, "more than 64 words"),
    ],
)
def test_queries_that_mean_nothing(query: str, position: int, message: str) -> None:
    with pytest.raises(BadQueryError, match=message) as caught:
        parse(query)
    assert (caught.value.position, caught.value.query) == (position, query)
