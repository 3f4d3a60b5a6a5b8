"""How complete an archive is: after real agenda runs, and on hand-filled tables; the command that says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from archive.cli import ExitCode, app
from archive.cli import run as run_app
from archive.db import Database, open_database
from archive.errors import BadInputError
from archive.models import FrontierRow, SightingRow, key_of
from archive.query import Completeness, SectionCompleteness, account, completeness
from archive.query.became import Counts, Lack
from archive.query.proof import Opening, State
from crawler.asking import Mode
from crawler.run import CrawlRun
from tests.archive.query.asking import NOON, SITE, add_run, add_walk, after
from tests.crawler.driving import Site, answer, crawl, kill, plan
from tests.crawler.test_agenda import FOLDER, HOST, article, listing, of_listing, path, with_articles

DAY = timedelta(days=1)
#: The articles are those of this May.
BEGIN = datetime(2024, 5, 31, 8, tzinfo=UTC)


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture(name="run")
def _run(data: Path) -> Callable[..., CrawlRun]:
    def run(days: int = 0, section: str | None = "cas-media", **bounds: Any) -> CrawlRun:
        return CrawlRun(plan(data, section, now=BEGIN + days * DAY, **bounds))

    return run


def newsroom(newest: int, *, size: int = 5) -> Site:
    """A section of one article a day of May 2024, the newest first, so many on a page."""
    numbers = list(range(newest, 0, -1))
    pages = [numbers[start : start + size] for start in range(0, newest, size)]
    pager = f'createPageHTML({len(pages)}, 0, "index", "shtml");'
    lists = {of_listing(number): listing(page, pager) for number, page in enumerate(pages)}
    return Site(with_articles(range(1, newest + 1)) | lists)


def asked_for(data: Path, section: str | None = FOLDER) -> Completeness:
    with open_database(data) as database:
        return completeness(database, section=section, clock=lambda: BEGIN + 99 * DAY)


def only(data: Path) -> SectionCompleteness:
    (found,) = asked_for(data).sections
    return found


def url(number: int) -> str:
    return f"{HOST}{path(number)}"


# After real runs


def test_a_section_that_was_read_to_its_end(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(), newsroom(12))
    found = only(data)
    assert (found.folder, found.id, found.label) == (FOLDER, "cas-media", "CAS in Media")
    assert (found.complete_from, found.to_end, found.proof) == (date(2024, 5, 1), True, "end")
    assert found.complete_to is not None
    assert abs(found.complete_to - BEGIN) < timedelta(minutes=1)
    assert found.articles == Counts(listed=12, kept=12)
    assert found.is_proven


def test_a_later_run_proves_by_overlap_up_to_its_beginning(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(), newsroom(12))
    crawl(run(1), newsroom(14))
    found = only(data)
    assert (found.complete_from, found.to_end, found.proof) == (date(2024, 5, 1), True, "overlap")
    assert found.complete_to is not None
    assert abs(found.complete_to - (BEGIN + DAY)) < timedelta(minutes=1)
    assert found.is_proven


def test_a_killed_first_run_leaves_everything_below_open(data: Path, run: Callable[..., CrawlRun]) -> None:
    site, killed = newsroom(12), run()
    # The first list page only: articles 12 to 8.
    ask = killed.agenda.next()
    assert ask is not None
    answer(killed, site, ask)
    kill(killed, data)
    found = only(data)
    assert (found.complete_from, found.complete_to, found.proof) == (None, None, None)
    (gap,) = found.gaps
    assert (gap.after, gap.before, gap.pages, gap.total) == (None, date(2024, 5, 12), 1, 3)
    assert gap.next_url == of_listing(1)
    assert (gap.run, gap.is_running) == (1, False)
    assert found.articles == Counts(listed=5, unfetched=5)
    assert found.lacking == (Lack("unfetched", url(12), None),)
    assert not found.is_proven


def test_a_page_that_cannot_be_read_leaves_a_gap_between_dates(
    data: Path, run: Callable[..., CrawlRun]
) -> None:
    crawl(run(-21), newsroom(10))
    site = newsroom(25)
    site.pages[of_listing(1)] = (500, {}, "")
    crawl(run(-6), site)
    found = only(data)
    assert (found.complete_from, found.proof, found.to_end) == (date(2024, 5, 1), "end", True)
    (gap,) = found.gaps
    assert (gap.opening, gap.next_url, gap.trouble) == (Opening.WALK, of_listing(1), "HTTP 500")
    assert (gap.after, gap.before) == (date(2024, 5, 10), date(2024, 5, 25))
    assert not found.is_proven
    crawl(run(), newsroom(25))
    assert only(data).is_proven


def test_since_proves_from_its_date_only(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(since=date(2024, 5, 9)), newsroom(20))
    found = only(data)
    assert (found.complete_from, found.to_end, found.proof) == (date(2024, 5, 9), False, "since")
    assert [(gap.opening, gap.after, gap.before) for gap in found.gaps] == [
        (Opening.SINCE, None, date(2024, 5, 9))
    ]
    assert not found.is_proven
    crawl(run(1, mode=Mode.BACKFILL), newsroom(20))
    found = only(data)
    assert (found.complete_from, found.to_end, found.gaps) == (date(2024, 5, 1), True, ())


def test_a_section_that_is_read_again_stays_proven(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(), newsroom(12))
    again, site = run(1, mode=Mode.BACKFILL), newsroom(12)
    while (ask := again.agenda.next()) and ask.url != of_listing(0):
        answer(again, site, ask)
    assert ask is not None
    answer(again, site, ask)
    during = only(data)
    assert (during.complete_from, during.proof, during.is_proven) == (date(2024, 5, 1), "end", True)
    (walk,) = during.rereading
    assert (walk.run, walk.is_running, walk.pages) == (2, True, 1)
    kill(again, data)
    (walk,) = only(data).rereading
    assert not walk.is_running
    assert only(data).is_proven


def test_a_run_that_joins_a_backfill_proves_nothing_itself(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(mode=Mode.BACKFILL, budget_pages=1), newsroom(30, size=15))
    assert len(only(data).gaps) == 1
    crawl(run(1), newsroom(31, size=15))
    # The second run read the top, met the backfill there, and the backfill came to the end.
    with open_database(data) as database:
        assert [walk.proof for walk in account(database, 2).walks] == ["end", "joined"]
    found = only(data)
    assert found.complete_to is not None
    assert abs(found.complete_to - BEGIN) < timedelta(minutes=1)
    assert found.is_proven


def test_what_became_of_the_articles_that_a_list_names(data: Path, run: Callable[..., CrawlRun]) -> None:
    site = newsroom(8)
    stub = "<html><head><title>Story</title></head><body><h1>Story</h1></body></html>"
    site.pages |= {url(3): (500, {}, ""), url(4): (404, {}, ""), url(5): stub,
                   url(6): (302, {"Location": url(30)}, ""), url(30): article(30),
                   url(7): (302, {"Location": url(31)}, "")}  # fmt: skip
    crawl(run(), site)
    found = only(data)
    # The fourth is not there, the fifth has no text, the seventh leads to a page that is not there.
    assert found.articles == Counts(listed=8, kept=4, none=3, failed=1)
    assert found.lacking == (Lack("failed", url(3), "HTTP 500"),)
    assert (found.proof, found.is_proven) == ("end", False)
    assert asked_for(data).articles == found.articles
    del site.pages[url(1)]
    site.pages[url(3)] = article(3)
    crawl(run(30), site)
    crawl(run(31, mode=Mode.RECHECK, all=True), site)
    found = only(data)
    assert found.articles == Counts(listed=8, kept=4, gone=1, none=3)
    assert found.is_proven


def test_articles_that_move_twice_are_followed(data: Path, run: Callable[..., CrawlRun]) -> None:
    site = newsroom(3)
    site.pages |= {url(2): (302, {"Location": url(20)}, ""), url(20): (302, {"Location": url(21)}, ""),
                   url(21): article(21), url(3): (302, {"Location": url(22)}, ""),
                   url(22): (302, {"Location": url(23)}, ""), url(23): (404, {}, "")}  # fmt: skip
    crawl(run(), site)
    assert only(data).articles == Counts(listed=3, kept=2, none=1)


def test_a_part_that_is_not_there_is_a_hole(data: Path, run: Callable[..., CrawlRun]) -> None:
    stem = path(1).rpartition("/")[2].removesuffix(".shtml")
    pager = f'<script>createPageHTML(3, 0, "{stem}", "shtml");</script>'
    base = url(1).removesuffix(".shtml")
    site = newsroom(2)
    site.pages |= {url(1): article(1, pager), f"{base}_2.shtml": article(3, pager)}
    crawl(run(), site)
    found = only(data)
    assert found.articles == Counts(listed=2, kept=2, parts=1)
    assert found.lacking == (Lack("parts", f"{base}_1.shtml", "missing-part"),)
    assert not found.is_proven
    site.pages[f"{base}.shtml"] = article(1)
    crawl(run(1, mode=Mode.RECHECK, all=True), site)
    assert only(data).articles == Counts(listed=2, kept=2), "its pager promises the part no more"


def test_a_section_that_the_site_does_not_have_any_more(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(), newsroom(12))
    site = newsroom(12)
    del site.pages[of_listing(0)]
    crawl(run(1), site)
    found = only(data)
    assert (found.state, found.proof, found.is_proven) == (State.VANISHED, "end", False)
    assert found.absent_at is not None
    assert found.complete_to is not None
    crawl(run(30), newsroom(12))
    assert (only(data).state, only(data).is_proven) == (State.WALKED, True)


def test_a_section_that_never_was_is_no_gap(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(section="headlines"), Site({}))
    (found,) = asked_for(data, "/newsroom/headlines/").sections
    assert (found.state, found.complete_to, found.is_proven) == (State.ABSENT, None, True)


def test_sections_that_no_run_has_walked_are_named(data: Path, run: Callable[..., CrawlRun]) -> None:
    crawl(run(), newsroom(3))
    found = asked_for(data, None)
    states = {section.folder: section.state for section in found.sections}
    assert states[FOLDER] == State.WALKED
    assert states["/newsroom/headlines/"] == State.NEVER
    # Nobody has looked on the landing pages yet.
    assert states["/newsroom/archive/news_archive/nu…/"] == State.NEVER
    assert not found.is_proven


def test_sections_that_no_landing_page_leads_to_are_not_there(
    data: Path, run: Callable[..., CrawlRun]
) -> None:
    site = newsroom(3)
    landings = plan(data).source.landings
    site.pages |= {f"{HOST}{landing}": listing([]) for landing in landings}
    site.pages[f"{HOST}{landings[1]}"] = (500, {}, "")
    crawl(run(section=None), site)
    found = asked_for(data, None)
    assert found.unread_landings == (f"{HOST}{landings[1]}",)
    states = {section.folder: section.state for section in found.sections}
    assert states["/newsroom/archive/news_archive/nu…/"] == State.NEVER
    site.pages[f"{HOST}{landings[1]}"] = listing([])
    crawl(run(1, section=None), site)
    found = asked_for(data, None)
    states = {section.folder: section.state for section in found.sections}
    assert found.unread_landings == ()
    assert states["/newsroom/archive/news_archive/nu…/"] == State.ABSENT
    assert found.is_proven


# Hand-filled tables


@pytest.fixture(name="filled")
def _filled(database: Database) -> Iterator[Database]:
    """Two sections of one source that name one article both, and one of another source."""
    run = add_run(database)
    add_walk(database, run, "/science/", ended=after(30), proof="end")
    add_walk(database, run, "/front/", ended=after(40), proof="end")
    add_walk(database, run, "/a/", ended=after(40), proof="overlap", source="other")
    with database.write() as connection:
        for number, (source, folders) in enumerate(
            (("sample", ("/science/", "/front/")), ("sample", ("/science/",)), ("other", ("/a/",)))
        ):
            row = {
                "source": source, "url": f"{SITE}/{number}.html", "kind": "article", "state": "known",
                "folder": folders[0], "found_at": NOON, "attempts": 0, "published": date(2020, 1, 1 + number),
            }  # fmt: skip
            key = key_of(connection.execute(insert(FrontierRow).values(row)).inserted_primary_key)
            for folder in folders:
                walk = {"/science/": 1, "/front/": 2, "/a/": 3}[folder]
                sighting = {
                    "folder": folder,
                    "frontier_pk": key,
                    "walk_pk": walk,
                    "last_walk_pk": walk,
                    "ordinal": 1,
                }
                connection.execute(insert(SightingRow).values(sighting))
    return database  # type: ignore[return-value]


def test_an_article_of_two_sections_is_counted_once_in_all(filled: Database) -> None:
    found = completeness(filled, "sample")
    assert {one.folder: one.articles.listed for one in found.sections} == {"/science/": 2, "/front/": 1}
    assert found.articles == Counts(listed=2, unfetched=2)
    assert completeness(filled, "sample", "/front/").articles == Counts(listed=1, unfetched=1)
    assert completeness(filled).articles.listed == 3


def test_the_oldest_article_is_where_a_whole_list_begins(filled: Database) -> None:
    begins = {one.folder: one.complete_from for one in completeness(filled).sections}
    assert begins == {
        "/science/": date(2020, 1, 1), "/front/": date(2020, 1, 1), "/a/": date(2020, 1, 3),
    }  # fmt: skip


@pytest.mark.parametrize("asked", [("nobody", None), (None, "/nowhere/"), ("sample", "/a/")])
def test_what_nothing_is_known_of_is_refused(filled: Database, asked: tuple[str | None, str | None]) -> None:
    with pytest.raises(BadInputError, match="nothing is k"):
        completeness(filled, *asked)


# The command


@pytest.fixture(name="told")
def _told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def told(*arguments: str | Path) -> tuple[int, str]:
        code = run_app(app, ["coverage", *map(str, arguments)])
        return code, capsys.readouterr().out

    return told


def test_the_command_tells_that_everything_is_proven(
    data: Path, run: Callable[..., CrawlRun], told: Callable[..., tuple[int, str]]
) -> None:
    crawl(run(), newsroom(12))
    code, said = told("--section", "CAS in Media", "--data", data)
    assert code == ExitCode.DONE
    assert said.splitlines()[1].split() == [FOLDER, "2024-05-01", "2024-05-31", "end", "12", "12"]
    assert said.splitlines()[2:] == ["12 articles: 12 kept.", "1 of 1 section proven complete."]


def test_the_command_tells_what_is_not_proven(
    data: Path, run: Callable[..., CrawlRun], told: Callable[..., tuple[int, str]]
) -> None:
    site = newsroom(12)
    site.pages |= {of_listing(1): (500, {}, ""), url(9): (500, {}, "")}
    crawl(run(), site)
    code, said = told("--section", FOLDER, "--data", data)
    assert code == ExitCode.INCOMPLETE
    assert "Not proven" in said
    assert "articles before 2024-05-12 may be missing" in said
    assert f"next page {of_listing(1)}: HTTP 500" in " ".join(said.split())
    assert f"1 article could not be fetched, first {url(9)}" in " ".join(said.split())
    assert max(map(len, said.splitlines())) <= 80
    code, said = told("--data", data)
    assert "Never walked" in said
    assert "/newsroom/archive/news_archive/nu…/" in said


def test_the_json_of_the_command_is_complete(
    data: Path, run: Callable[..., CrawlRun], told: Callable[..., tuple[int, str]]
) -> None:
    site = newsroom(12)
    site.pages[of_listing(1)] = (500, {}, "")
    crawl(run(), site)
    code, said = told("--json", "--section", "cas-media", "--data", data)
    document = json.loads(said)
    (section,) = document["sections"]
    assert code == ExitCode.INCOMPLETE
    assert (document["is_proven"], section["is_proven"]) == (False, False)
    assert section["gaps"][0]["next_url"] == of_listing(1)
    assert section["articles"]["listed"] == document["articles"]["listed"] == 5


def test_an_archive_without_any_walk(tmp_path: Path, told: Callable[..., tuple[int, str]]) -> None:
    with open_database(tmp_path, create=True):
        pass
    code, said = told("--data", tmp_path)
    assert (code, said) == (ExitCode.DONE, "No section was walked: `cas-archive crawl` does that.\n")
