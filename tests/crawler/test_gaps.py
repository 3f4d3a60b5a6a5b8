"""What a run leaves open, the next ones close: failures, kills, bounds and shifts between two days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from archive.db import open_database
from archive.query import articles
from archive.walks import Walk, Walks
from crawler.asking import Mode
from crawler.run import CrawlRun
from tests.crawler.driving import BEGIN, Answer, Site, answer, crawl, kill, plan
from tests.crawler.test_agenda import HOST, article, listing, of_listing, path, with_articles

PAGER = 'createPageHTML(3, 0, "index", "shtml");'
BROKEN: Answer = (500, {}, "busy")


def newsroom(first: int = 30) -> dict[str, Answer]:
    """Return a section of three list pages of ten articles, numbered downwards from `first`."""
    pages = with_articles(range(first - 29, first + 1))
    return pages | {
        of_listing(k): listing(list(range(first - 10 * k, first - 10 * k - 10, -1)), PAGER) for k in range(3)
    }


class Days:
    """Runs against one site, each on a day of its own."""

    def __init__(self, data: Path, site: Site) -> None:
        self.data, self.site = data, site

    def run(self, day: int, **bounds: object) -> CrawlRun:
        self.site.asked.clear()
        return crawl(self.begin(day, **bounds), self.site)

    def begin(self, day: int, **bounds: object) -> CrawlRun:
        return CrawlRun(plan(self.data, now=BEGIN + timedelta(days=day), **bounds))

    @property
    def kept(self) -> set[int]:
        with open_database(self.data) as database:
            return {int(a.id.rpartition("-")[2]) - 660000 for a in articles(database)}

    @property
    def open(self) -> list[Walk]:
        with open_database(self.data) as database, database.read() as connection:
            return Walks(connection, "cas-english").unfinished()

    def lists(self) -> list[str]:
        return [url for url in self.site.asked if "/t2024" not in url]


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return Days(tmp_path, Site(newsroom()))


ALL = set(range(1, 31))


@pytest.mark.parametrize("broken", [0, 1, 2])
@pytest.mark.parametrize("mode", [Mode.NEW, Mode.BACKFILL])
def test_a_list_page_that_fails_is_read_when_it_is_there_again(days: Days, broken: int, mode: Mode) -> None:
    days.site.pages[of_listing(broken)] = BROKEN
    days.run(0, mode=mode)
    assert days.open
    days.site.pages |= newsroom()
    days.run(1, mode=mode)
    days.run(2, mode=mode)
    assert days.kept == ALL
    assert not days.open


@pytest.mark.parametrize("answers", range(1, 6))
def test_a_walk_that_was_killed_is_finished_on_another_day(days: Days, answers: int) -> None:
    run = days.begin(0)
    for _ in range(answers):
        ask = run.agenda.next()
        assert ask
        answer(run, days.site, ask)
    kill(run, days.data)
    days.run(1)
    assert days.kept == ALL
    assert not days.open


def test_a_hole_in_a_list_stays_open_and_costs_one_request_a_day(days: Days) -> None:
    del days.site.pages[of_listing(1)]
    days.run(0)
    assert days.kept == {*range(21, 31), *range(1, 11)}
    days.run(1)
    assert days.lists() == [of_listing(0), of_listing(1)] or days.lists() == [
        of_listing(1),
        of_listing(0),
        of_listing(1),
    ]
    assert days.open
    days.site.pages |= newsroom()
    days.run(2)
    assert days.kept == ALL
    assert not days.open


def test_a_page_of_links_elsewhere_is_no_end(days: Days) -> None:
    elsewhere = "".join(
        f'<li><a href="https://paper{n}.example.org/story">Told elsewhere {n}</a>[May 02, 2024]</li>'
        for n in range(8)
    )
    days.site.pages[of_listing(1)] = listing([], PAGER).replace("<ul>", f"<ul>{elsewhere}")
    days.run(0)
    assert days.kept == {*range(21, 31), *range(1, 11)}


def test_a_section_that_vanishes_for_a_day_proves_nothing(days: Days) -> None:
    run = days.begin(0, mode=Mode.BACKFILL)
    ask = run.agenda.next()
    assert ask
    answer(run, days.site, ask)
    kill(run, days.data)
    pages = dict(days.site.pages)
    del days.site.pages[of_listing(0)]
    days.run(1, mode=Mode.BACKFILL)
    days.site.pages = pages
    for day in (10, 11):
        days.run(day)
    assert days.kept == ALL


def test_more_new_articles_than_a_few_pages_hold(tmp_path: Path) -> None:
    def lists(newest: int) -> dict[str, Answer]:
        pages = -(-newest // 10)
        pager = f'createPageHTML({pages}, 0, "index", "shtml");'
        return {
            of_listing(k): numbered(list(range(newest - 10 * k, max(0, newest - 10 * k - 10), -1)), pager)
            for k in range(pages)
        }

    def url(number: int) -> str:
        return f"/newsroom/cas_media/202405/t20240501_{660000 + number}.shtml"

    def numbered(numbers: list[int], pager: str) -> str:
        entries = "".join(f'<li><a href="{url(n)}">Story {n}</a>[May 01, 2024]</li>' for n in numbers)
        return listing([], pager).replace("<ul>", f"<ul>{entries}")

    site = Site(
        {HOST + url(n): article(1).replace("Story number 1 ", f"Story number {n} ") for n in range(1, 271)}
        | lists(200)
    )
    days = Days(tmp_path, site)
    run = days.begin(0, mode=Mode.BACKFILL)
    while of_listing(10) not in site.asked:
        ask = run.agenda.next()
        assert ask
        answer(run, site, ask)
    # Seventy are pushed on top while the backfill is in the middle.
    site.pages |= lists(270)
    crawl(run, site, most=500)
    assert days.kept == set(range(1, 271))


@pytest.mark.parametrize("finish", [Mode.NEW, Mode.BACKFILL])
def test_a_run_back_to_a_date_stops_no_later_one(days: Days, finish: Mode) -> None:
    days.run(0, since=date(2024, 5, 25))
    assert days.kept == set(range(25, 31))
    days.run(1, mode=finish)
    assert days.kept == ALL
    days.run(2)
    assert days.lists() == [of_listing(0)], "what the longer walk proved counts"


def test_a_run_back_to_a_date_that_was_killed_stops_no_backfill(days: Days) -> None:
    run = days.begin(0, since=date(2024, 5, 25))
    ask = run.agenda.next()
    assert ask
    answer(run, days.site, ask)
    kill(run, days.data)
    days.run(1, mode=Mode.BACKFILL)
    assert days.kept == ALL


def test_a_look_back_does_not_shorten_what_is_proven(days: Days) -> None:
    days.run(0)
    days.run(1, since=date(2024, 5, 25))
    days.run(2)
    assert days.lists() == [of_listing(0)]


def test_a_daily_budget_gets_through(days: Days) -> None:
    for day in range(16):
        days.run(day, budget_pages=4)
        assert len(days.site.asked) <= 4
    assert days.kept == ALL


def test_a_daily_limit_gets_through(days: Days) -> None:
    for day in range(7):
        days.run(day, limit=5)
    assert days.kept == ALL


def in_parts(data: Path, count: int = 2) -> Site:
    stem = path(1).rpartition("/")[2].removesuffix(".shtml")
    pager = f'<script>createPageHTML({count}, 0, "{stem}", "shtml");</script>'
    base = f"{HOST}{path(1)}".removesuffix(".shtml")
    parts = {f"{base}{f'_{n}' if n else ''}.shtml": article(n + 1, pager) for n in range(count)}
    return Site(parts | {of_listing(0): listing([1]).replace("[May 01, 2024]", "")})


def test_captures_that_are_lost_are_made_again(tmp_path: Path) -> None:
    days = Days(tmp_path, in_parts(tmp_path))
    run = days.begin(0)
    for _ in range(3):
        ask = run.agenda.next()
        assert ask
        answer(run, days.site, ask)
    kill(run, tmp_path)
    for file in (tmp_path / "warc").iterdir():
        file.unlink()
    days.run(1)
    assert days.kept == {1}


def test_an_article_in_parts_before_the_date_is_there_for_a_later_run(tmp_path: Path) -> None:
    days = Days(tmp_path, in_parts(tmp_path))
    days.run(0, since=date(2025, 1, 1))
    assert days.kept == set()
    days.run(1)
    assert days.kept == {1}


def test_nothing_changed_to_a_question_that_was_not_asked_is_a_failure(days: Days) -> None:
    days.site.pages[of_listing(0)] = (304, {}, "")
    days.site.pages[f"{HOST}{path(5)}"] = (304, {}, "")
    run = days.run(0)
    assert [f.reason for f in run.agenda.tally.failures] == ["HTTP 304, though the whole page was asked for"]
    assert len(days.site.asked) < 5


def test_a_site_that_leaves_plain_http_again_is_found(days: Days) -> None:
    secure, plain = of_listing(0), of_listing(0).replace("https:", "http:")
    pages = dict(days.site.pages)
    days.site.pages |= {secure: (301, {"Location": plain}, ""), plain: pages[secure]}
    days.run(0)
    days.site.pages = pages | {plain: BROKEN}
    days.run(1)
    days.run(2)
    assert secure in days.site.asked


def test_rechecks_in_one_night_do_not_stretch_the_interval(days: Days) -> None:
    days.run(0)
    for _ in range(5):
        days.run(1, mode=Mode.RECHECK, all=True)
    before = len(days.site.asked)
    assert before == 30
    days.run(200, mode=Mode.RECHECK)
    assert len(days.site.asked) == 30
