"""Rules over what pages gave, as tables of cases."""

from __future__ import annotations

from typing import Any

import pytest

from archive.health.findings import Finding, Kind
from archive.health.looks import Asked, Look, PageFacts, Past
from archive.health.pages import judge_pages

FULL = frozenset({"title", "published", "editor", "text"})
GOOD = Look("cas-c", FULL)
NO_EDITOR = Look("cas-c", FULL - {"editor"})
UNCLAIMED = Look("generic", FULL - {"editor"})


def asked(
    count: int,
    now: Look | None = GOOD,
    before: Look | None = None,
    section: str = "/a/",
    run: int = 9,
    **more: Any,
) -> Asked:
    urls = (f"https://news.example.org{section}{run}-{count}.html",)
    return Asked(section=section, run=run, count=count, now=now, before=before, urls=urls, **more)


def past(*looks: tuple[Look, int]) -> Past:
    return Past(looks, sum(count for _, count in looks))


def judge(
    *groups: Asked, runs: tuple[int, ...] = (9,), whole: Past | None = None, **pasts: Past
) -> tuple[Finding, ...]:
    by_section = {f"/{name}/": value for name, value in pasts.items()}
    return judge_pages(PageFacts("s", runs, groups, by_section, whole or Past()))


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str | None, str | None]]:
    return {(f.kind.value, f.section, f.field) for f in findings}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([asked(50, GOOD, GOOD)], set()),
        ([asked(2, NO_EDITOR, GOOD)], set()),
        ([asked(3, NO_EDITOR, GOOD)], {("coverage", "/a/", "editor")}),
        ([asked(3, NO_EDITOR, NO_EDITOR)], set()),
        ([asked(3, GOOD, NO_EDITOR)], set()),
        ([asked(4, GOOD, UNCLAIMED)], set()),
        ([asked(3, NO_EDITOR, GOOD), asked(7, GOOD, GOOD)], set()),
        ([asked(5, NO_EDITOR, GOOD), asked(5, GOOD, GOOD)], {("coverage", "/a/", "editor")}),
        # Pages that never had the field say nothing about it.
        ([asked(3, NO_EDITOR, GOOD), asked(97, NO_EDITOR, NO_EDITOR)], {("coverage", "/a/", "editor")}),
        ([asked(4, UNCLAIMED, GOOD)], {("drift", "/a/", None)}),
        ([asked(4, UNCLAIMED, UNCLAIMED)], set()),
        ([asked(4, None, GOOD, reason="no-title")], {("extraction", "/a/", None)}),
        ([asked(4, None, GOOD, reason="dead-link")], {("vanished", "/a/", None)}),
        ([asked(4, None, GOOD, reason="redirect")], set()),
        ([asked(1, None, GOOD, reason="dead-link"), asked(30, GOOD, GOOD)], set()),
        # Two sections that are too small each show it together.
        (
            [asked(2, UNCLAIMED, GOOD), asked(2, UNCLAIMED, GOOD, section="/b/")],
            {("drift", None, None)},
        ),
        # One section that shows it needs no second alarm for the source.
        (
            [asked(4, UNCLAIMED, GOOD), asked(1, UNCLAIMED, GOOD, section="/b/")],
            {("drift", "/a/", None)},
        ),
    ],
)
def test_pages_that_were_read_before(groups: list[Asked], expected: set[Any]) -> None:
    assert told(judge(*groups)) == expected


@pytest.mark.parametrize(
    ("before", "groups", "expected"),
    [
        (past((GOOD, 100)), [asked(3)], set()),
        (past((GOOD, 100)), [asked(2, NO_EDITOR)], set()),
        (past((GOOD, 100)), [asked(3, NO_EDITOR)], {("coverage", "/a/", "editor")}),
        (past((GOOD, 19)), [asked(3, NO_EDITOR)], set()),
        (past((GOOD, 60), (NO_EDITOR, 40)), [asked(4, NO_EDITOR)], set()),
        (past((GOOD, 60), (NO_EDITOR, 40)), [asked(30, NO_EDITOR)], {("coverage", "/a/", "editor")}),
        (past((GOOD, 100)), [asked(3, UNCLAIMED)], {("drift", "/a/", None)}),
        (past((UNCLAIMED, 100)), [asked(30, UNCLAIMED)], set()),
        (past((GOOD, 50), (UNCLAIMED, 50)), [asked(5, UNCLAIMED)], set()),
        (past((GOOD, 100)), [asked(3, None, reason="stub")], {("extraction", "/a/", None)}),
        (past((GOOD, 100)), [asked(3, None, reason="soft-404")], {("vanished", "/a/", None)}),
        (past((GOOD, 100)), [asked(1, None, reason="stub"), asked(20)], set()),
        (Past(((GOOD, 50),), 100, {Kind.EXTRACTION: 50}), [asked(5, None, reason="stub")], set()),
    ],
)
def test_pages_that_are_new(before: Past, groups: list[Asked], expected: set[Any]) -> None:
    assert told(judge(*groups, a=before)) == expected


def test_what_many_sections_show_is_said_once() -> None:
    groups = [asked(4, UNCLAIMED, GOOD, section=f"/{name}/") for name in "abcde"]
    (finding,) = judge(*groups)
    assert finding.section is None
    assert finding.message.startswith("no template claims 20 of 20 pages read in the whole source")
    assert finding.message.endswith("; sections: /a/, /b/, /c/ and 2 more")
    healthy = [asked(4, GOOD, GOOD, section=f"/{name}/") for name in "vwxyz"]
    assert {finding.section for finding in judge(*groups, *healthy)} == {f"/{name}/" for name in "abcde"}


def test_a_section_without_a_past_is_measured_by_the_source() -> None:
    assert told(judge(asked(3, UNCLAIMED), whole=past((GOOD, 100)))) == {("drift", "/a/", None)}
    assert told(judge(asked(3, UNCLAIMED))) == set()


def test_as_many_of_the_newest_runs_count_as_give_three_pages() -> None:
    monday, tuesday, wednesday = (
        asked(5, NO_EDITOR, GOOD, run=1),
        asked(1, NO_EDITOR, GOOD, run=2),
        asked(3, GOOD, GOOD, run=3),
    )
    assert told(judge(monday, runs=(1,))) == {("coverage", "/a/", "editor")}
    assert told(judge(tuesday, monday, runs=(2, 1))) == {("coverage", "/a/", "editor")}
    assert told(judge(wednesday, tuesday, monday, runs=(3, 2, 1))) == set()
    # Pages that have it again count, although they did not have it the last time.
    healed = asked(3, GOOD, NO_EDITOR, run=3)
    assert told(judge(healed, tuesday, monday, runs=(3, 2, 1))) == set()


def test_the_finding_names_section_field_and_first_bad_page() -> None:
    (finding,) = judge(asked(4, GOOD, GOOD), asked(6, NO_EDITOR, GOOD))
    assert (finding.source, finding.section, finding.field) == ("s", "/a/", "editor")
    assert finding.url == "https://news.example.org/a/9-6.html"
    assert finding.message == "editor is missing on 6 of 10 pages read in /a/ (up to 5% is usual)"


def test_drift_tells_which_fields_went_with_the_template() -> None:
    (finding,) = judge(asked(4, UNCLAIMED, GOOD))
    assert finding.message == (
        "no template claims 4 of 4 pages read in /a/ (up to 5% is usual): the site's markup has changed; "
        "with it went editor"
    )


def test_failed_extraction_tells_why() -> None:
    (finding,) = judge(asked(3, None, GOOD, reason="stub"), asked(1, None, GOOD, reason="no-title"))
    assert "4 of 4 pages asked for in /a/ give no article (no-title, stub" in finding.message
