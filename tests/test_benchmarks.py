"""The benchmark scores as the public one does, reads its folders, and leaves no page behind."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.extraction import scoring, tools
from benchmarks.extraction.__main__ import main
from benchmarks.extraction.sample import sample_newsroom
from benchmarks.extraction.truth import NoPagesError, read_folder

STORY = "The dust of the year fell on the roofs of the town and nobody swept it away for a week at least"


@pytest.mark.parametrize(
    ("true", "found", "expected"),
    [
        ("a b c d", "a b c d", (1, 0, 0)),
        ("a b c d", "A, b. c d", (0, 0.5, 0.5)),
        # Two shingles are shared; the output has one more, the truth none.
        ("a b c d e", "a b c d e f", (2 / 3, 1 / 3, 0)),
        ("a b c d e f", "a b c d e", (2 / 3, 0, 1 / 3)),
        # Shingles are a multiset: saying it twice is saying too much.
        ("a b c d", "a b c d a b c d", (0.2, 0.8, 0)),
        # Fewer words than a shingle are one shingle.
        ("a", "a", (1, 0, 0)),
        ("", "", (0, 0, 0)),
        ("a b", "", (0, 0, 1)),
    ],
)
def test_shingles(true: str, found: str, expected: tuple[float, float, float]) -> None:
    assert tuple(scoring.overlap(true, found)) == pytest.approx(expected)


def test_f1_is_of_the_means_as_in_the_public_benchmark() -> None:
    score = scoring.score(
        [scoring.Overlap(1, 0, 0), scoring.Overlap(0.5, 0.5, 0), scoring.Overlap(0, 0, 1)], 50
    )
    # A page that gave nothing has no precision: the mean is over the two others.
    assert (score.precision, score.recall) == pytest.approx((0.75, 2 / 3))
    assert score.f1 == pytest.approx(scoring.harmonic(0.75, 2 / 3))
    assert score.page_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert score.interval > 0


def test_optional_lines_and_cells_are_scored_neither_way() -> None:
    assert (
        scoring.without(["Text.", " A  credit ", "| a | b |", "a\tc"], ["A credit", "a", "b"])
        == "Text.\na\tc"
    )


def test_furniture_is_what_the_truth_names_and_what_begins_like_it() -> None:
    assert scoring.leaks("Text.\nCopyright 2020 X\nE-mail: x", "Text.", ["E-mail:"]) == [
        "E-mail:",
        "Copyright 2020 X",
    ]
    assert scoring.leaks("Copyright is a right.", "Copyright is a right.", []) == []


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A folder with one folder of each form."""
    html = f"<html><head><title>Dust</title></head><h1>Dust</h1><p>2024-09-02</p><p>{STORY}.</p></html>"
    public, saved = tmp_path / "public", tmp_path / "saved"
    (public / "html").mkdir(parents=True)
    (public / "html" / "ab.html.gz").write_bytes(gzip.compress(html.encode()))
    truth = {"ab": {"articleBody": f"{STORY}.", "url": "https://example.org/ab.html"}}
    (public / "ground-truth.json").write_text(json.dumps(truth), "utf-8")
    saved.mkdir()
    (saved / "01-example.org-article.html").write_text(html, "utf-8")
    article = {
        "kind": "article",
        "title": "Dust",
        "date": "2024-09-02 10:00",
        "source_name": None,
        "body": f"{STORY}.",
    }
    (saved / "01.json").write_text(json.dumps(article), "utf-8")
    rows = "".join(
        f"<li><a href='./202409/t2024090{n}_69000{n}.html'>Dust fell for the {n}th time</a> 2024-09-0{n}</li>"
        for n in range(1, 6)
    )
    (saved / "02-example.org-list.html").write_text(
        f"<ul>{rows}</ul><script>createPageHTML(7, 0, 'index', 'html');</script>", "utf-8"
    )
    entries = [
        {"title": f"Dust fell for the {n}th time", "url": "", "date": f"2024-09-0{n}"} for n in range(1, 6)
    ]
    (saved / "02.json").write_text(
        json.dumps({"kind": "list", "entries": entries, "total_pages": 7}), "utf-8"
    )
    return tmp_path


def test_folders_are_known_by_what_they_hold(pages: Path) -> None:
    assert [(c.name, len(c.pages)) for c in read_folder(pages)] == [("public", 1), ("saved", 2)]
    assert [c.name for c in read_folder(pages / "saved")] == ["saved"]


def test_a_folder_without_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPagesError):
        list(read_folder(tmp_path))
    with pytest.raises(NoPagesError):
        list(read_folder(tmp_path / "missing"))
    assert main([str(tmp_path)]) == 2


def test_the_command_prints_a_table_and_a_line(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = pages / "out.jsonl"
    assert main([str(pages), "--repeat", "1", "--tool", "ours", "--json", str(line)]) == 0
    printed = capsys.readouterr().out
    assert "public: 1 articles, 0 listings" in printed
    assert "entries 1/1" in printed
    measured = json.loads(line.read_text("utf-8"))
    ours = measured["results"]["saved"]["ours"]
    assert ours["fields"] == {
        "title": [1, 1],
        "date": [1, 1],
        "source_name": [1, 1],
        "entries": [1, 1],
        "pages": [1, 1],
    }
    assert (ours["f1"], ours["exact"]) == (1.0, 1)
    assert ours["pages_per_second"] > 0
    assert str(pages) not in line.read_text("utf-8") + printed


def test_libraries_that_are_not_installed_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "find_spec", lambda _: None)
    found, absent = tools.tools()
    assert [tool.name for tool in found] == ["ours", "ours, generic path"]
    assert absent == ["trafilatura", "readability-lxml", "newspaper4k"]


def test_the_sample_comes_with_all_its_parts() -> None:
    collection = sample_newsroom()
    assert max(len(page.bodies) for page in collection.pages) == 4
    assert all(page.truth.lines and page.truth.fields["title"] for page in collection.pages)
