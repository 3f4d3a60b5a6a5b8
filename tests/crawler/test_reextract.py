"""Stored captures read again by other rules: what differs, what a promotion does, and its way back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from archive import warc
from archive.db import Database, open_database
from archive.errors import BadInputError, NotFoundError
from archive.items import ArticleItem, Block, BlockKind, CapturedPage, Contact, Evidence
from archive.query import ArticleQuery, extractions, find, get_article
from archive.store import Furniture, Response, Store
from archive.store.furniture import furniture_in_force
from archive.store.promotion import Rules, promote, roll_back
from crawler import disagreement, pages, reextract, sources
from crawler.errors import ExtractionError, Reason
from crawler.intake import Intake
from crawler.reextract import Comparison
from crawler.replay import Replay
from tests import newsroom
from tests.command import ROOT, cas_archive

SOURCE = sources.load("cas-english")
BEGIN = datetime(2026, 5, 1, 8, tzinfo=UTC)
RULES = Rules(extractor="next", furniture=None, config={})

SEED = "/news/ric/201112/t20111229_80493.shtml"
PARTS = "/newsroom/cas_media/202406/t20240628_666020.shtml"
SOFT_404 = "/newsroom/news/202311/t20231130_650010.shtml"
STUB = "/newsroom/mutimedia_news/201604/t20160412_161207.shtml"
DEAD = "/newsroom/cas_media/202411/t20241112_690990.shtml"
REDIRECT = "/newsroom/china_research/201711/t20171103_185001.shtml"
TWO = "/newsroom/news/202404/t20240402_1128930.shtml"
ALL = (SEED, PARTS, SOFT_404, STUB, DEAD, REDIRECT, TWO)


class Crawl:
    """A small crawl without Scrapy: asks the sample newsroom, writes WARC files, reads what they hold."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.site = newsroom.Newsroom()
        self._asked = 0

    def run(self, *paths: str, days: int = 0) -> None:
        store = Store(self.database)
        replay = Replay(Intake(SOURCE, store, None))
        waiting = deque(f"https://{newsroom.HOST}{path}" for path in paths)
        with warc.WarcWriter(self.database.warcs, "test", software="test/1") as writer:
            while waiting:
                page = self._ask(waiting.popleft(), writer, store, days)
                replay.take(page)
                waiting.extend(self._onward(page))

    def _onward(self, page: CapturedPage) -> list[str]:
        """Return what a page leads to: where it moved, its later parts."""
        if location := page.header("Location"):
            return [location]
        address = SOURCE.urls.address(page.url)
        later = range(1, pages.part_count(page)) if address.part == 0 and page.status == 200 else ()
        return [SOURCE.urls.part_url(address.article_url, part) for part in later]

    def _ask(self, url: str, writer: warc.WarcWriter, store: Store, days: int) -> CapturedPage:
        self._asked += 1
        reply = self.site.answer(url.removeprefix(f"https://{newsroom.HOST}"))
        exchange = warc.Exchange(
            url=url,
            sent_at=BEGIN + timedelta(days=days, seconds=self._asked),
            status=reply.status,
            response_headers=tuple(reply.headers),
            body=reply.body,
        )
        capture = writer.write(exchange)
        store.save_capture(url, capture, response=Response(reply.status, "text/html"))
        return warc.page_of(exchange, capture)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "data", create=True) as opened:
        yield opened


@pytest.fixture
def crawl(database: Database) -> Crawl:
    crawl = Crawl(database)
    crawl.run(*ALL)
    return crawl


Alter = Callable[[ArticleItem], ArticleItem]


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the rules read otherwise from now on."""
    real = pages.read_article

    def set_rules(alter: Alter = lambda item: item, refuse: str = "", accept: str = "") -> None:
        def read(captured: list[CapturedPage], *rest: Any, **options: Any) -> ArticleItem:
            if refuse and refuse in captured[0].url:
                raise ExtractionError(captured[0].url, Reason.NO_TITLE)
            if accept and accept in captured[0].url:
                return bare(captured[0])
            return replace(alter(real(captured, *rest, **options)), extractor="next")

        monkeypatch.setattr("crawler.intake.pages.read_article", read)

    return set_rules


def bare(page: CapturedPage) -> ArticleItem:
    return ArticleItem(
        url=page.url,
        title="Read at last",
        blocks=(Block(kind=BlockKind.PARAGRAPH, text="The axolotl sleeps."),),
        captures=(page.capture,),
        template="generic",
        extractor="next",
    )


OPENED = ExitStack()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    with OPENED:
        yield


def compared(database: Database, since: datetime | None = None, jobs: int = 1) -> Comparison:
    comparison = OPENED.enter_context(Comparison(database, SOURCE, since))
    stored = reextract.articles(database, SOURCE, since)
    for batch in reextract.read(database.warcs, SOURCE, stored, jobs=jobs):
        comparison.take(batch)
    return comparison


def better(item: ArticleItem) -> ArticleItem:
    """Rules that read a title and a paragraph otherwise on one page, and nothing else."""
    if SEED not in item.url:
        return item
    blocks = (Block(kind=BlockKind.PARAGRAPH, text="An axolotl was seen."), *item.blocks[1:])
    note = Evidence(field="title", rule="other", raw="x")
    person = Contact(name="ZHAO Wu", email="zhaowu@example.org")
    return replace(
        item,
        title=f"{item.title}!",
        blocks=blocks,
        evidence=(note,),
        contacts=(person,),
        keywords=("axolotl",),
    )


def dump(database: Database, *without: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is kept, the index included."""
    with database.read() as connection:
        names = connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        own = [n for n in names if not n.startswith("article_words_") and n not in without]
        return {
            name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1")]  # noqa: S608
            for name in own
        }


SETS = ("promotions", "extractions")


def test_the_same_rules_change_nothing(crawl: Crawl, database: Database) -> None:
    found = compared(database)
    assert found.versions == 4
    assert (found.changed, found.relabelled, found.new, found.lost, found.damaged) == (0, 0, [], [], [])
    assert list(found.proposals()) == []


def test_processes_read_the_same(crawl: Crawl, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.reextract.BATCH", 2)
    stored = reextract.articles(database, SOURCE)
    one = list(reextract.read(database.warcs, SOURCE, stored))
    assert one == list(reextract.read(database.warcs, SOURCE, stored, jobs=2))
    assert sum(len(batch.readings) for batch in one) == 4


def test_a_better_reading_is_reported_field_by_field(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    rules(better)
    before = dump(database)
    found = compared(database)
    assert dump(database) == before, "comparing writes nothing"
    assert (found.changed, found.relabelled) == (1, 3)
    assert found.fields["extractor"] == 4
    assert [found.fields[name] for name in ("title", "text", "blocks", "contacts", "editor")] == [
        1,
        1,
        1,
        1,
        0,
    ]
    (example,) = found.examples["title"]
    assert example.url.endswith(SEED)
    assert example.new == "…" + example.old.removeprefix("…") + "!" or example.new == example.old + "!"
    assert found.examples["contacts"][0].new == "1 contacts"
    assert "zhaowu" not in str(found.examples)


def test_a_promotion_changes_what_versions_say_and_no_history(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    old = get_article(database, "80493")
    rules(better)
    applied = promote(database, SOURCE, compared(database).proposals(), RULES)
    assert (applied.number, applied.versions, applied.articles, applied.left) == (1, 4, 0, 0)
    new = get_article(database, "80493")
    assert (new.title, new.extractor, new.keywords) == (f"{old.title}!", "next", ("axolotl",))
    assert new.text.startswith("An axolotl was seen.")
    assert new.contacts[0].email == "zhaowu@example.org"
    assert (new.version, new.first_seen, new.last_seen, new.last_changed, new.captures) == (
        old.version, old.first_seen, old.last_seen, old.last_changed, old.captures,
    )  # fmt: skip
    assert [hit.id for hit in find(database, ArticleQuery("axolotl")).hits] == [new.id]
    assert find(database, ArticleQuery("zhaowu")).total == 0
    assert compared(database).fields == {}, "what was promoted is what the rules read"


def test_a_crawl_by_the_promoted_rules_finds_nothing_new(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    rules(better)
    promote(database, SOURCE, compared(database).proposals(), RULES)
    crawl.run(*ALL, days=1)
    article = get_article(database, "80493")
    assert (article.version, article.last_changed.date()) == (1, BEGIN.date())
    assert article.last_seen.date() > BEGIN.date()


def test_a_crawl_by_other_rules_is_no_change_of_the_article(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    old = get_article(database, "80493")
    rules(better)
    crawl.run(*ALL, days=1)
    same = get_article(database, "80493")
    assert (same.version, same.last_changed, same.text) == (1, old.last_changed, old.text)
    assert same.last_seen > old.last_seen
    found = compared(database)
    assert found.changed == 1
    promote(database, SOURCE, found.proposals(), RULES)
    assert get_article(database, "80493").text.startswith("An axolotl was seen.")


def test_a_page_that_changed_is_a_version_by_any_rules(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    path = SEED
    said = crawl.site.answer(path)
    crawl.site.replies[path] = replace(said, body=said.body.replace(b"white paper", b"green paper"))
    rules(better)
    crawl.run(path, days=1)
    article = get_article(database, "80493")
    assert (article.version, article.extractor) == (2, "next")
    assert "green paper" in article.text


def test_without_the_old_bytes_a_difference_is_the_pages(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    for file in database.warcs.iterdir():
        file.unlink()
    rules(better)
    crawl.run(SEED, days=1)
    assert get_article(database, "80493").version == 2


def test_a_set_is_taken_back_exactly(crawl: Crawl, database: Database, rules: Callable[..., None]) -> None:
    before = dump(database, *SETS)
    rules(better, accept=STUB)
    found = compared(database)
    assert found.new == [f"https://{newsroom.HOST}{STUB}"]
    applied = promote(database, SOURCE, found.proposals(), RULES)
    assert (applied.versions, applied.articles) == (4, 1)
    assert get_article(database, "161207").title == "Read at last"
    assert find(database, ArticleQuery("axolotl")).total == 2
    undone = roll_back(database, SOURCE, 1)
    assert (undone.versions, undone.articles, undone.left) == (4, 1, 0)
    assert dump(database, *SETS) == before
    (one,) = extractions.promotions(database)
    assert one.rolled_back_at is not None
    with pytest.raises(BadInputError, match="rolled back already"):
        roll_back(database, SOURCE, 1)


def test_sets_are_taken_back_from_the_top(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    states = [dump(database, *SETS)]
    for title in ("One", "Two"):
        rules(lambda item, title=title: replace(item, title=title))
        promote(database, SOURCE, compared(database).proposals(), RULES)
        states.append(dump(database, *SETS))
    with pytest.raises(BadInputError, match="the set 2 stands on top"):
        roll_back(database, SOURCE, 1)
    roll_back(database, SOURCE, 2)
    assert dump(database, *SETS) == states[1]
    roll_back(database, SOURCE, 1)
    assert dump(database, *SETS) == states[0]
    with pytest.raises(NotFoundError, match="no set 3"):
        roll_back(database, SOURCE, 3)


def test_what_no_longer_reads_stays(crawl: Crawl, database: Database, rules: Callable[..., None]) -> None:
    rules(better, refuse=SEED)
    found = compared(database)
    assert found.lost == [(f"https://{newsroom.HOST}{SEED}", "no-title")]
    old = get_article(database, "80493")
    promote(database, SOURCE, found.proposals(), RULES)
    assert get_article(database, "80493") == old


def test_pages_that_were_no_articles_are_not_taken_in(crawl: Crawl, database: Database) -> None:
    """A page captured by a probe, or left out by --since, is nobody's new article."""
    path = "/newsroom/cas_media/202401/t20240117_654820.shtml"
    with warc.WarcWriter(database.warcs, "probe", software="test/1") as writer:
        crawl._ask(f"https://{newsroom.HOST}{path}", writer, Store(database), 0)
    assert compared(database).new == []


def test_since_is_a_capture_date(crawl: Crawl, database: Database, rules: Callable[..., None]) -> None:
    crawl.run("/newsroom/cas_media/202401/t20240117_654820.shtml", SEED, days=10)
    rules(lambda item: replace(item, title="Anew"))
    found = compared(database, since=BEGIN + timedelta(days=5))
    assert (found.versions, found.changed) == (1, 1)
    promote(database, SOURCE, found.proposals(), RULES)
    assert get_article(database, "654820").title == "Anew"
    assert get_article(database, "80493").title != "Anew"


def test_a_version_that_was_written_since_is_left(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    rules(better)
    comparison = compared(database)
    rules(lambda item: replace(item, title="Meanwhile"))
    promote(database, SOURCE, compared(database).proposals(), RULES)
    applied = promote(database, SOURCE, comparison.proposals(), RULES)
    assert (applied.versions, applied.left) == (0, 4)
    assert get_article(database, "80493").title == "Meanwhile"


def test_an_article_that_was_read_since_stays(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    rules(accept=STUB)
    promote(database, SOURCE, compared(database).proposals(), RULES)
    crawl.run(STUB, days=1000)
    assert roll_back(database, SOURCE, 1).left == 1
    assert get_article(database, "161207").title == "Read at last"


def test_fewer_parts_by_other_rules(
    crawl: Crawl, database: Database, rules: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dump(database, *SETS)
    old = get_article(database, "666020")
    assert len(old.captures) == 3
    monkeypatch.setattr("crawler.intake.pages.part_count", lambda _: 2)
    found = compared(database)
    assert found.fields["parts"] == 1
    promote(database, SOURCE, found.proposals(), RULES)
    new = get_article(database, "666020")
    assert (new.parts, new.captures) == (2, old.captures[:2])
    roll_back(database, SOURCE, 1)
    assert dump(database, *SETS) == before


def test_parts_that_were_never_captured(
    crawl: Crawl, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.intake.pages.part_count", lambda _: 9)
    assert {reason for _, reason in compared(database).lost} == {"incomplete"}


def test_a_version_that_was_split_is_taken_back_with_its_half(
    crawl: Crawl, database: Database, rules: Callable[..., None]
) -> None:
    crawl.run(SEED, days=10)
    rules(better)
    promote(database, SOURCE, compared(database).proposals(), RULES)
    rules(lambda item: replace(item, title="Between"))
    crawl.run(SEED, days=5)
    assert get_article(database, "80493").version == 3
    undone = roll_back(database, SOURCE, 1)
    assert (undone.versions, undone.left) == (5, 0)
    assert not get_article(database, "80493").title.endswith("!")


def test_a_damaged_capture_is_named_and_its_version_stays(crawl: Crawl, database: Database) -> None:
    (file,) = database.warcs.iterdir()
    capture = get_article(database, "80493").capture
    raw = bytearray(file.read_bytes())
    raw[capture.offset + capture.length // 2] ^= 0xFF
    file.write_bytes(raw)
    found = compared(database)
    assert [url for url, _ in found.damaged] == [f"https://{newsroom.HOST}{SEED}"]
    assert found.lost == [(f"https://{newsroom.HOST}{SEED}", "damaged-capture")]
    database.close()
    done = cas_archive("reextract", "--data", database.folder)
    assert done.returncode == 4
    assert "1 captures are damaged" in done.stderr


KILLED = """
import os, signal, sys
from archive.db import open_database
from archive.store import promotion
from crawler import reextract, sources
from crawler.reextract import Comparison
source = sources.load("cas-english")
real = promotion.version_values
def otherwise(item, quality):
    return real(item, quality) | {"title": "Other", "extractor": "next"}
promotion.version_values = otherwise
def dying(proposals):
    for number, proposal in enumerate(proposals):
        if number == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        yield proposal
with open_database(sys.argv[1]) as database, Comparison(database, source) as comparison:
    for batch in reextract.read(database.warcs, source, reextract.articles(database, source)):
        comparison.take(batch)
    rules = promotion.Rules(extractor="next", furniture=None, config={})
    promotion.promote(database, source, dying(comparison.proposals()), rules)
"""


def test_a_promotion_that_is_killed_leaves_nothing(crawl: Crawl, database: Database) -> None:
    before = dump(database)
    command = [sys.executable, "-c", KILLED, str(database.folder)]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert dump(database) == before
    assert extractions.promotions(database) == ()


# Furniture


def unclaimed(crawl: Crawl, *numbers: int) -> list[str]:
    """Let the site have pages that no template claims, with a line on all of them; return their paths."""
    story = " ".join(["The axolotl was seen again in the lake by those who count it."] * 6)
    paths = [f"/newsroom/cas_media/202405/t20240501_66{number:04d}.shtml" for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        body = (
            f"<html><head><title>Story {number}</title></head><body><h1>Story {number}</h1>"
            f"<p>Day {number}. {story}</p><p>In the year {number} {story}</p>"
            "<p>Sign up for the letter that we send to our readers on every Sunday morning.</p></body></html>"
        )
        crawl.site.replies[path] = replace(crawl.site.answer(SEED), body=body.encode())
    return paths


def learned(database: Database) -> tuple[Furniture, Comparison]:
    stored = reextract.articles(database, SOURCE)
    table = reextract.learn_furniture(database, SOURCE, stored)
    comparison = OPENED.enter_context(Comparison(database, SOURCE))
    for batch in reextract.read(database.warcs, SOURCE, stored, table=table):
        comparison.take(batch)
    return table, comparison


def test_furniture_is_learned_numbered_and_in_force_until_it_is_taken_back(database: Database) -> None:
    crawl = Crawl(database)
    paths = unclaimed(crawl, *range(1, 9))
    crawl.run(*paths)
    before = dump(database, *SETS, "furniture")
    assert "every Sunday" in get_article(database, "660001").text
    table, found = learned(database)
    assert (table.number, found.fields["furniture"], found.fields["text"]) == (1, 8, 8)
    promote(database, SOURCE, found.proposals(), replace(RULES, furniture=table))
    assert furniture_in_force(database, SOURCE.id) == table
    article = get_article(database, "660001")
    assert "every Sunday" not in article.text
    assert (article.furniture, article.version) == (1, 1)
    assert learned(database)[0] == table, "what is learned from the same captures has the same number"

    crawl.run(*unclaimed(crawl, 9), *paths, days=1)
    fresh = get_article(database, "660009")
    assert (fresh.furniture, "every Sunday" in fresh.text) == (1, False)
    assert get_article(database, "660001").version == 1
    assert learned(database)[0].number == 2

    roll_back(database, SOURCE, 1)
    assert furniture_in_force(database, SOURCE.id) is None
    assert "every Sunday" in get_article(database, "660001").text
    kept = dump(database, *SETS, "furniture")["versions"]
    assert len(kept) == len(before["versions"]) + 1


def test_a_learned_table_is_promoted_by_the_command(crawl: Crawl, database: Database) -> None:
    assert "no table is in force" in cas_archive("furniture", "--data", database.folder).stdout
    done = cas_archive("reextract", "--learn", "--promote", "--data", database.folder)
    assert done.returncode == 0, done.stderr
    assert "promoted as set 1" in done.stdout
    assert furniture_in_force(database, SOURCE.id) is not None
    (one,) = json.loads(cas_archive("reextract", "--list", "--json", "--data", database.folder).stdout)
    assert one["furniture"] == 1
    shown = cas_archive("furniture", "--data", database.folder)
    assert "Contact Us" in shown.stdout
    assert json.loads(cas_archive("furniture", "--json", "--data", database.folder).stdout)["blocks"]


# The command


def older(database: Database) -> None:
    """Let a version look as if other rules had read it."""
    with database.write() as connection:
        connection.execute(
            text(
                "UPDATE versions SET title = 'An older title', extractor = '0' WHERE pk = "
                "(SELECT version_pk FROM articles WHERE docid = '80493')"
            )
        )
        connection.execute(text("UPDATE articles SET title = 'An older title' WHERE docid = '80493'"))


def test_the_command_compares_promotes_lists_and_takes_back(crawl: Crawl, database: Database) -> None:
    title = get_article(database, "80493").title
    older(database)
    data = ("--data", database.folder)
    dry = cas_archive("reextract", "--jobs", "2", "--dry-run", *data)
    assert dry.returncode == 0, dry.stderr
    assert "1 versions: title 1" in dry.stdout
    assert "- An older title" in dry.stdout
    assert f"+ {title[:40]}" in dry.stdout
    assert "Nothing was changed." in dry.stdout
    assert get_article(database, "80493").title == "An older title"
    done = cas_archive("reextract", "--promote", *data)
    assert "promoted as set 1: 1 versions, 0 articles" in done.stdout, done.stderr
    assert get_article(database, "80493").title == title
    assert "Nothing would change." in cas_archive("reextract", *data).stdout
    assert "cas-english" in cas_archive("reextract", "--list", *data).stdout
    back = cas_archive("reextract", "--rollback", "1", *data)
    assert "rolled back set 1: 1 versions" in back.stdout, back.stderr
    assert get_article(database, "80493").title == "An older title"


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (("--promote", "--dry-run"), 2, "exclude one another"),
        (("--since", "yesterday"), 2, "not a date"),
        (("--source", "nowhere"), 2, "unknown source"),
        (("--rollback", "7"), 1, "there is no set 7"),
        (("--jobs", "0"), 2, "jobs"),
        (("--learn", "--since", "2026-01-01"), 2, "leave --since out"),
    ],
)
def test_wrong_usage(
    crawl: Crawl, database: Database, arguments: tuple[str, ...], code: int, complaint: str
) -> None:
    done = cas_archive("reextract", *arguments, "--data", database.folder)
    assert done.returncode == code
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_no_warc_folder_is_one_clear_line(crawl: Crawl, database: Database, tmp_path: Path) -> None:
    database.warcs.rename(tmp_path / "elsewhere")
    done = cas_archive("reextract", "--promote", "--data", database.folder)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "no WARC folder" in done.stderr


# Quality


def test_the_quality_command(crawl: Crawl, database: Database) -> None:
    done = cas_archive("quality", "--data", database.folder)
    assert done.returncode == 0, done.stderr
    assert "by template" in done.stdout
    found = json.loads(cas_archive("quality", "--json", "--data", database.folder).stdout)
    assert found["coverage"]["whole"]["articles"] == 4
    assert {one["quality"]["score"] for one in found["worst"]} <= set(range(100))
    assert cas_archive("quality", "--template", "nope", "--data", database.folder).returncode == 2
    refused = cas_archive("quality", "--compare", "--month", "2024-05", "--data", database.folder)
    assert refused.returncode == 2


def test_disagreement_with_the_generic_path(crawl: Crawl, database: Database) -> None:
    ids = disagreement.sample(database, SOURCE, 3)
    assert ids == disagreement.sample(database, SOURCE, 3)
    assert len(ids) == 3
    found = list(disagreement.measure(database, SOURCE, disagreement.sample(database, SOURCE, 100)))
    assert len(found) == 4
    assert all(one.agreement > 0.8 for one in found)
    with database.write() as connection:
        connection.execute(text("UPDATE versions SET text = 'Something else was kept here, by mistake.'"))
    (worst, *_) = disagreement.measure(database, SOURCE, ids)
    assert (worst.agreement, worst.kept_only) == (0, 1)
    done = cas_archive("quality", "--compare", "--sample", "2", "--json", "--data", database.folder)
    assert json.loads(done.stdout)["agreement"] == 0


def test_parts_that_are_missing_lower_the_quality(database: Database) -> None:
    crawl = Crawl(database)
    missing = PARTS.replace(".shtml", "_1.shtml")
    crawl.site.replies[missing] = replace(crawl.site.answer(DEAD), status=404)
    crawl.run(PARTS)
    assert "missing-parts:1" in get_article(database, "666020").quality.reasons
