"""The whole way of a page: crawl of the sample newsroom, archive, search, replay. With the real commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import warc
from archive.db import open_database
from archive.store import Store
from crawler import sources
from crawler.intake import Intake
from crawler.replay import Replay
from tests import newsroom
from tests.command import ROOT, cas_archive, complaints, exported

README = (ROOT / "README.md").read_text("utf-8")
ARTICLES = newsroom.expected()


class Crawled:
    """An archive of the sample newsroom, crawled once for all tests of a process."""

    def __init__(self, data: Path) -> None:
        self.data = data
        with newsroom.serve() as site:
            self.done = cas_archive("crawl", "--mirror", site.url, "--data", data)
            self.requests = site.requests
        self.articles = exported(data)


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return Crawled(tmp_path_factory.mktemp("flow") / "data")


def test_the_crawl_is_done(crawled: Crawled) -> None:
    assert crawled.done.returncode == 0, crawled.done.stdout + crawled.done.stderr
    assert not complaints(crawled.done)


def test_every_article_is_kept_and_nothing_else(crawled: Crawled) -> None:
    assert set(crawled.articles) == set(ARTICLES)


@pytest.mark.parametrize("field", ["title", "published", "section", "source_name", "editor", "author",
                                   "keywords", "captions", "parts", "other_urls", "language"])  # fmt: skip
def test_every_field_is_as_a_person_reads_it(crawled: Crawled, field: str) -> None:
    wrong = {}
    for url, truth in ARTICLES.items():
        wanted = getattr(truth, field)
        if field == "published":
            wanted = wanted.isoformat() if wanted else None
        elif isinstance(wanted, tuple):
            wanted = list(wanted)
        got = crawled.articles[url][field]
        if field == "other_urls":
            wanted, got = sorted(wanted), sorted(got)
        if got != wanted:
            wrong[url] = {"got": got, "wanted": wanted}
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("url", ARTICLES)
def test_the_text_is_exact(crawled: Crawled, url: str) -> None:
    truth, text = ARTICLES[url], crawled.articles[url]["text"]
    assert text.split("\n\n") == list(truth.text)
    assert not [words for words in truth.absent if words in text]


def test_every_exchange_is_in_the_warc(crawled: Crawled) -> None:
    kept = [(page.url, page.status) for page in warc.pages(crawled.data / "warc")]
    asked = [(f"https://{r.host}{r.path}", r.status) for r in crawled.requests]
    assert sorted(kept) == sorted(asked)


def test_warcio_accepts_every_file(crawled: Crawled) -> None:
    files = sorted((crawled.data / "warc").iterdir())
    assert files
    assert all(file.name.endswith(".warc.gz") for file in files)
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_article_points_at_its_record(crawled: Crawled) -> None:
    from fastwarc.warc import ArchiveIterator, WarcRecordType  # noqa: PLC0415 - an independent reader

    for url, article in crawled.articles.items():
        where = article["capture"]
        with (crawled.data / "warc" / where["warc"]).open("rb") as stream:
            stream.seek(where["offset"])
            record = next(iter(ArchiveIterator(stream, record_types=WarcRecordType.response)))
            assert record.headers["WARC-Target-URI"] == url
            assert record.headers["WARC-Payload-Digest"] == where["digest"]


def test_only_the_sites_hosts_were_asked_for(crawled: Crawled) -> None:
    assert {request.host for request in crawled.requests} == {newsroom.HOST}


def test_nothing_was_asked_for_twice(crawled: Crawled) -> None:
    paths = [request.path for request in crawled.requests]
    assert sorted(paths) == sorted(set(paths))


def test_traps_and_what_is_no_news_were_left_alone(crawled: Crawled) -> None:
    paths = {request.path for request in crawled.requests}
    for outcome in newsroom.outcomes():
        if outcome.outcome == "not-news":
            assert outcome.address not in paths
    assert not [p for p in paths if p.startswith("/trap/") or "?" in p or "/newsroom/newsroom/" in p]


@pytest.fixture(scope="session")
def again(crawled: Crawled) -> Iterator[subprocess.CompletedProcess[str]]:
    with newsroom.serve() as site:
        yield cas_archive("crawl", "--mirror", site.url, "--data", crawled.data)


def test_a_second_crawl_adds_no_version_and_says_so(
    crawled: Crawled, again: subprocess.CompletedProcess[str]
) -> None:
    assert again.returncode == 0, again.stderr
    assert "Nothing new" in again.stdout
    after = exported(crawled.data)
    assert after == crawled.articles


def test_a_replay_of_the_warc_gives_the_same_archive(crawled: Crawled, tmp_path: Path) -> None:
    source = sources.load("cas-english")
    with open_database(tmp_path, create=True) as database:
        intake = Intake(source, Store(database), None)
        replay = Replay(intake)
        for page in warc.pages(crawled.data / "warc"):
            replay.take(page)
    assert exported(tmp_path) == crawled.articles


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("white paper space exchanges", "China Conducts International Space Exchanges"),
        ('"international space exchanges"', "China Conducts International Space Exchanges"),
        ("cooperating agreement Russia", "China Conducts International Space Exchanges"),
    ],
)
def test_search_finds(crawled: Crawled, query: str, title: str) -> None:
    done = cas_archive("search", query, "--json", "--data", crawled.data)
    found = json.loads(done.stdout)
    assert set(found) == {"total", "hits"}
    assert title in found["hits"][0]["title"]
    assert set(found["hits"][0]) == {"id", "url", "title", "published", "section", "score", "snippet"}
    snippet = found["hits"][0]["snippet"]
    assert snippet["spans"]
    assert all(0 <= start < end <= len(snippet["text"]) for start, end in snippet["spans"])


def test_show_knows_every_address(crawled: Crawled) -> None:
    for truth in ARTICLES.values():
        for url in truth.other_urls:
            done = cas_archive("show", url, "--format", "json", "--data", crawled.data)
            assert json.loads(done.stdout)["title"] == truth.title


def test_scrapy_users_get_the_same(crawled: Crawled, tmp_path: Path) -> None:
    with newsroom.serve() as site:
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "newsroom", "-a", "source=cas-english",
             "-a", f"mirror={site.url}", "-a", f"data={tmp_path}"],
            capture_output=True, text=True, check=False, cwd=ROOT, timeout=300,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    got = exported(tmp_path)
    volatile = ("first_seen", "last_changed", "capture")
    assert {u: {k: v for k, v in a.items() if k not in volatile} for u, a in got.items()} == {
        u: {k: v for k, v in a.items() if k not in volatile} for u, a in crawled.articles.items()
    }


def test_the_readme_shows_a_real_result(crawled: Crawled) -> None:
    shown = re.search(r"```console\n\$ cas-archive (.+?) --data demo-data\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    done = cas_archive(*shown[1].split(), "--data", crawled.data)
    assert done.stdout == shown[2]
