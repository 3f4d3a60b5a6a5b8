"""A redesign of the sample newsroom: told by the run that saw it; articles still come out, old ones stay."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests import newsroom
from tests.command import cas_archive, exported
from tests.newsroom import Newsroom
from tests.newsroom.render import SHELLS

REDESIGN = Path(newsroom.__file__).parent / "redesign"
#: What the CMS writes around the text that its editors type.
CONTAINER = re.compile(r"TRS_\w+|trs_\w+|Custom_UnionStyle|\b[Zz]oom\b", re.ASCII)
FIRST_DAY, SECOND_DAY, EVENING = "2026-11-01T02:00:00Z", "2026-11-02T02:00:00Z", "2026-11-02T20:00:00Z"


def redesigned(shells: Path) -> Newsroom:
    """The newsroom with the same articles in other containers; lists stay as they were."""
    shutil.copytree(SHELLS, shells)
    for template in "ABCD":
        shutil.copy(REDESIGN / "page.html", shells / f"{template}.html")
        shutil.copy(REDESIGN / "article.html", shells / f"{template}-article.html")
    site = Newsroom()
    edited = [
        replace(article, bodies=tuple(CONTAINER.sub("prose", body) for body in article.bodies))
        for article in site.articles
    ]
    return site.changed(edited=edited, shells=shells)


def rows(data: Path, statement: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(data / "archive.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement)]


class Days:
    """What two days brought: the archive, and what the commands said."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        with newsroom.serve() as site:
            first = cas_archive("crawl", "--mirror", site.url, "--data", self.data, CAS_ARCHIVE_NOW=FIRST_DAY)
        assert first.returncode == 0, first.stderr
        self.healthy = self.health(FIRST_DAY)
        self.before = exported(self.data)
        self.versions = rows(self.data, "SELECT * FROM versions ORDER BY pk")
        with newsroom.serve(redesigned(folder / "shells")) as site:
            self.recheck = cas_archive(
                "crawl", "--mode", "recheck", "--all", "--mirror", site.url, "--data", self.data,
                CAS_ARCHIVE_NOW=SECOND_DAY,
            )  # fmt: skip
        self.sick = self.health(EVENING)

    def health(self, now: str) -> Any:
        done = cas_archive("health", "--json", "--data", self.data, CAS_ARCHIVE_NOW=now)
        document = json.loads(done.stdout)
        assert done.returncode == (0 if document["healthy"] else 1), done.stderr
        return document


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    return Days(tmp_path_factory.mktemp("redesign"))


def pages_alarms(document: Any) -> set[tuple[str, str | None]]:
    """Alarms about pages: this machine's disk is no part of the test."""
    kinds = ("drift", "coverage", "extraction", "vanished")
    return {(a["kind"], a["field"]) for a in document["alarms"] if a["kind"] in kinds}


def test_the_first_day_is_healthy(days: Days) -> None:
    assert pages_alarms(days.healthy) == set()


def test_the_run_that_saw_it_says_so(days: Days) -> None:
    assert days.recheck.returncode == 0, days.recheck.stderr
    assert "no template claims" in days.recheck.stderr
    (raised,) = {alarm["raised_at"] for alarm in days.sick["alarms"] if alarm["kind"] == "drift"}
    assert raised.startswith("2026-11-02 02:00")


def test_health_names_section_and_page_and_saves_examples(days: Days) -> None:
    assert pages_alarms(days.sick) == {("drift", None)}
    (drift,) = (alarm for alarm in days.sick["alarms"] if alarm["kind"] == "drift")
    # Every section shows it: one alarm of the source that names them.
    assert drift["section"] is None
    assert "sections: /head/, /news/ric/, " in drift["message"]
    assert drift["url"].startswith("https://english.cas.cn/")
    saved = list((days.data / "health").glob("*-drift/*.html"))
    assert len(saved) == 3
    assert all(b"story__prose" in path.read_bytes() for path in saved)


def test_articles_still_come_out_by_the_generic_path(days: Days) -> None:
    newest = rows(
        days.data,
        "SELECT template, count(*) AS pages FROM readings WHERE part = 0 AND read_at >= "
        "(SELECT min(captured_at) FROM captures WHERE run_pk = (SELECT max(pk) FROM runs)) GROUP BY template",
    )
    assert {row["template"] for row in newest} == {"generic"}
    after = exported(days.data)
    assert after.keys() == days.before.keys()
    assert {article["status"] for article in after.values()} == {"live"}
    truths = newsroom.expected()
    whole = [url for url in after if all(block in after[url]["text"] for block in truths[url].text)]
    assert len(whole) >= 0.8 * len(after)


def test_nothing_old_is_overwritten(days: Days) -> None:
    moving = ("last_seen", "keywords")
    kept = {row["pk"]: row for row in rows(days.data, "SELECT * FROM versions")}
    for version in days.versions:
        now = kept[version["pk"]]
        assert {k: v for k, v in now.items() if k not in moving} == {
            k: v for k, v in version.items() if k not in moving
        }
    assert {row["template"] for row in days.versions} > {"cas-a", "cas-b", "cas-c", "cas-d"}


def renamed(site: Newsroom, folder: str) -> Newsroom:
    """The same site with one name in the markup of a section's articles changed."""
    pages = {a.address: site.answer(a.address) for a in site.articles if a.folder == folder}
    changed = {
        path: reply.changed(None, (), reply.body.replace(b'"Keywords"', b'"Topics"'))
        for path, reply in pages.items()
    }
    return Newsroom(site.articles, replies=changed)


def test_one_renamed_name_is_told_with_section_field_and_page(tmp_path: Path) -> None:
    folder, only = "/newsroom/china_research/", ("--section", "research-in-china", "--data", tmp_path)
    with newsroom.serve() as site:
        cas_archive("crawl", "--mirror", site.url, *only, CAS_ARCHIVE_NOW=FIRST_DAY)
    with newsroom.serve(renamed(Newsroom(), folder)) as site:
        done = cas_archive(
            "crawl", "--mode", "recheck", "--all", "--mirror", site.url, *only, CAS_ARCHIVE_NOW=SECOND_DAY
        )
    assert done.returncode == 0, done.stderr
    told = cas_archive("health", "--json", "--data", tmp_path, CAS_ARCHIVE_NOW=EVENING)
    assert told.returncode == 1
    (alarm,) = (a for a in json.loads(told.stdout)["alarms"] if a["kind"] != "disk")
    assert (alarm["kind"], alarm["section"], alarm["field"]) == ("coverage", folder, "keywords")
    assert alarm["url"].startswith(f"https://english.cas.cn{folder}")
    assert "Nothing new: no version was added." in done.stdout
