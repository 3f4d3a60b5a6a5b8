"""The newsroom on other days: exactly what is new, edited and removed is recorded, and nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests import newsroom
from tests.command import cas_archive
from tests.newsroom import Article, Look, Newsroom
from tests.newsroom.render import SHELLS
from tests.newsroom.truth import absolute

FIRST, SECOND, THIRD = "2026-08-20T20:00:00+00:00", "2026-08-21T20:00:00+00:00", "2026-08-23T20:00:00+00:00"
#: The section whose articles are pushed over the edges of its pages.
FOLDER = "/newsroom/china_research/"
#: More than a list page holds, so that a whole page of new articles stands on top.
ADDED = 13


def added(site: Newsroom) -> list[Article]:
    """Return new articles on top of a section."""
    model = next(a for a in site.articles if a.slug == "b-china-2017-panda-caption")
    made = []
    for number in range(ADDED):
        day = date(2026, 8, 1) + timedelta(days=number)
        title = f"Gauge Number {number + 1} Reports From the Upper Reaches"
        text = (
            f"The gauge keeper of station {number + 1} wrote down {number + 40} levels this month, "
            "she said on Friday."
        )
        made.append(
            replace(
                model,
                slug=f"new-{number}",
                address=f"{FOLDER}202608/t{day:%Y%m%d}_{770000 + number}.shtml",
                title=title,
                headline="",
                date=f"{day:%b %d, %Y}",
                listed=replace(model.listed, title=title, date=f"{day:%b %d, %Y}", href=None),
                bodies=(
                    f'<div class="TRS_Editor"><p>{text}</p><p>{text.replace("wrote", "copied")}</p></div>',
                ),
                also_at=(),
                meta={},
                related=(),
            )
        )
    return made


def noisy(folder: Path) -> Look:
    """Return the look of a later day: other generation time, footer year and counters, on every page."""
    shells = folder / "shells"
    shutil.copytree(SHELLS, shells)
    for template in "ABCD":
        shell = shells / f"{template}.html"
        text = shell.read_text("utf-8")
        counter = '<div class="hits">Page views: 1048299</div>'
        assert "</body>" in text
        shell.write_text(text.replace("</body>", f"{counter}</body>"), "utf-8")
    return Look(shells=shells, generated="2026-08-21 04:55:12", footer_year="2027")


class Days:
    """Two days of the newsroom, and what the commands made of them."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        before = Newsroom()
        several = [
            a for a in before.articles if len(a.addresses) == 1 and len(a.bodies) == 1 and a.expected.text
        ]
        plain = [a for a in several if "</p>" in a.bodies[0] and a.encoding == "utf-8"]
        self.edited = [plain[3], plain[40]]
        self.removed = plain[20]
        self.added = added(before)
        edits = [
            replace(a, bodies=(a.bodies[0].replace("</p>", " The figure was corrected on Friday.</p>", 1),))
            for a in self.edited
        ]
        after = before.changed(
            added=self.added, edited=edits, removed=[self.removed.slug], look=noisy(folder)
        )
        with newsroom.serve(before) as site:
            self.first = self.crawl(site.url, FIRST)
        with newsroom.serve(after) as site:
            self.new = self.crawl(site.url, SECOND)
            self.asked = [request.path for request in site.requests]
            site.forget()
            self.recheck = self.crawl(site.url, SECOND, "--mode", "recheck", "--all")
            self.checked = [request.path for request in site.requests]
            self.gone = self.rows(
                "SELECT articles.url, articles.last_seen, articles.gone_since, versions.text FROM articles"
                " JOIN versions ON versions.pk = articles.version_pk WHERE articles.status = 'gone'"
            )
            site.forget()
            self.again = self.crawl(site.url, SECOND, "--mode", "recheck", "--all")
            self.statuses = Counter(request.status for request in site.requests)
        with newsroom.serve(before) as site:
            self.back = self.crawl(site.url, THIRD, "--mode", "recheck", "--all")

    def crawl(self, url: str, now: str, *options: str) -> str:
        done = cas_archive("crawl", *options, "--mirror", url, "--data", self.data, CAS_ARCHIVE_NOW=now)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.data / "archive.sqlite")) as connection:
            return connection.execute(statement, values).fetchall()

    def versions(self, run: int) -> set[str]:
        """Return the addresses of the versions that a run added."""
        found = self.rows(
            "SELECT DISTINCT addresses.url FROM versions"
            " JOIN addresses ON addresses.pk = versions.address_pk"
            " JOIN readings ON readings.version_pk = versions.pk AND readings.read_at = versions.first_seen"
            " JOIN captures ON captures.pk = readings.capture_pk WHERE captures.run_pk = ?",
            run,
        )
        return {str(url) for (url,) in found}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return Days(tmp_path_factory.mktemp("days"))


def test_new_records_exactly_the_new_articles(days: Days) -> None:
    assert days.versions(2) == {absolute(a.address) for a in days.added}
    assert f"{ADDED} new, 0 changed, 0 unchanged" in days.new


def test_new_asks_for_no_article_that_is_known(days: Days) -> None:
    articles = [path for path in days.asked if "/t20" in path]
    assert sorted(articles) == sorted(a.address for a in days.added)


def test_new_reads_a_section_down_to_what_is_known(days: Days) -> None:
    pages = [path for path in days.asked if path.startswith(FOLDER) and "/t20" not in path]
    # Thirteen new entries fill the first page and a part of the second; ten known in a row end on the third.
    assert pages == [FOLDER, f"{FOLDER}index_1.shtml", f"{FOLDER}index_2.shtml"]


def test_recheck_records_exactly_the_edits(days: Days) -> None:
    assert days.versions(3) == {absolute(a.address) for a in days.edited}
    assert "0 new, 2 changed" in days.recheck


def test_recheck_finds_the_removed_article_gone_and_keeps_it(days: Days) -> None:
    assert "1 that were there are gone" in days.recheck
    (row,) = days.gone
    url, last_seen, gone_since, text = row
    assert url == absolute(days.removed.address)
    assert str(last_seen).startswith("2026-08-20")
    assert str(gone_since).startswith("2026-08-21")
    assert days.removed.expected.text[0] in str(text)


def test_nothing_else_has_a_second_version(days: Days) -> None:
    counts = Counter(str(url) for (url,) in days.rows(
        "SELECT addresses.url FROM versions JOIN addresses ON addresses.pk = versions.address_pk"
    ))  # fmt: skip
    # Edited, and on the third day as on the first again.
    assert {url for url, count in counts.items() if count > 1} == {absolute(a.address) for a in days.edited}
    assert {counts[absolute(a.address)] for a in days.edited} == {3}


def test_a_recheck_of_what_has_not_changed_is_answered_without_bodies(days: Days) -> None:
    assert days.statuses[304] > 90
    assert "0 new, 0 changed" in days.again


def test_what_comes_back_is_there_again(days: Days) -> None:
    assert "1 that were gone are there again" in days.back
    # The thirteen are gone on that day.
    assert f"{ADDED} that were there are gone" in days.back
    statuses = dict(days.rows("SELECT status, count(*) FROM articles GROUP BY 1"))
    assert statuses["gone"] == ADDED
    assert days.rows("SELECT count(*) FROM articles WHERE status = 'gone' AND gone_since IS NULL") == [(0,)]
