"""Figures as people read them."""

from __future__ import annotations

import pytest

from archive.cli.figures import fact, percent, plural, rough_span, size, span


@pytest.mark.parametrize(
    ("seconds", "read", "roughly"),
    [
        (None, "", ""),
        (0.0, "0 s", "0 s"),
        (0.003, "<0.01 s", "0 s"),
        (0.0068, "0.01 s", "0 s"),
        (3.5, "3.5 s", "4 s"),
        (59.4, "59 s", "59 s"),
        (61, "1 min 01 s", "61 s"),
        (600, "10 min 00 s", "10 min"),
        (30_000, "8 h 20 min", "8 h"),
        (86_400, "24 h 00 min", "24 h"),
        (5 * 86_400 + 3600, "5 d 01 h", "5 d"),
    ],
)
def test_durations(seconds: float | None, read: str, roughly: str) -> None:
    assert (span(seconds), rough_span(seconds)) == (read, roughly)


@pytest.mark.parametrize(
    ("count", "read"),
    [
        (None, ""), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9949, "9.9 kB"), (31_400, "31 kB"),
        (999_600, "1.0 MB"), (4_500_000, "4.5 MB"), (7_000_000_000, "7.0 GB"),
        (2_500_000_000_000, "2,500 GB"),
    ],
)  # fmt: skip
def test_sizes(count: int | None, read: str) -> None:
    assert size(count) == read


@pytest.mark.parametrize(
    ("share", "read"), [(None, ""), (1.0, "100 %"), (0.99996, "99.9 %"), (0.5, "50 %"), (0.0, "0 %")]
)
def test_only_all_is_a_hundred_percent(share: float | None, read: str) -> None:
    assert percent(share) == read


@pytest.mark.parametrize(("count", "read"), [(0, "0 addresses"), (1, "1 address"), (1234, "1,234 addresses")])
def test_numbers_with_their_noun(count: int, read: str) -> None:
    assert plural(count, "address", "addresses") == read


def test_a_long_fact_goes_on_below(capsys: pytest.CaptureFixture[str]) -> None:
    fact(
        "counts", " · ".join(f"{name} 1" for name in ("responses", "listings", "entries", "articles", "new"))
    )
    fact("empty", "")
    assert capsys.readouterr().out == (
        "  counts        responses 1 · listings 1 · entries 1 · articles 1 · new 1\n"
    )
    fact("address", "https://news.example.org/" + "a" * 60 + " and " + "b" * 10)
    assert capsys.readouterr().out.splitlines() == [
        "  address       https://news.example.org/" + "a" * 60, "                and bbbbbbbbbb"
    ]  # fmt: skip
