"""Crawls of the sample newsroom with the real command: bounds, manners, trouble. Asserted at the server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from archive import warc
from tests import newsroom
from tests.command import UNPRIVILEGED, cas_archive, complaints, exported
from tests.newsroom import Fault
from tests.newsroom.server import CHALLENGED

SMALL = ("--section", "research-in-china-2011")
SMALL_FOLDER = "/news/ric/"


def truths(folder: str) -> list[newsroom.Expected]:
    return [t for url, t in newsroom.expected().items() if url.startswith(f"https://{newsroom.HOST}{folder}")]


def gaps(requests: Sequence[newsroom.Request]) -> list[float]:
    arrivals = sorted(request.at for request in requests)
    return [later - earlier for earlier, later in pairwise(arrivals)]


def test_a_section_is_crawled_alone(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(exported(tmp_path)) == {t.url for t in truths(SMALL_FOLDER)}
    assert all(r.path.startswith((SMALL_FOLDER, "/robots.txt")) for r in site.requests)


def test_every_request_carries_the_real_host_and_no_mirror_is_kept(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert {r.host for r in site.requests} == {newsroom.HOST}
    assert "/robots.txt" in {r.path for r in site.requests}
    port = site.url.rpartition(":")[2].encode()
    for file in [*(tmp_path / "warc").iterdir()]:
        import gzip  # noqa: PLC0415

        raw = gzip.decompress(file.read_bytes())
        assert b"127.0.0.1:" + port not in raw
        assert b"Host: english.cas.cn" in raw
    assert all(a["url"].startswith("https://english.cas.cn/") for a in exported(tmp_path).values())


def test_limit_counts_articles_fetched(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--limit", 3, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert sum("/t2" in r.path for r in site.requests) == 3
    assert len(exported(tmp_path)) == 3
    assert "5 articles that are known and were not asked for" in done.stdout


def test_since_is_a_publication_date(tmp_path: Path) -> None:
    kept = sorted(t.published.isoformat() for t in truths(SMALL_FOLDER) if t.published)
    middle = kept[len(kept) // 2]
    with newsroom.serve() as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--since", middle, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    assert {a["published"] for a in exported(tmp_path).values()} == {d for d in kept if d >= middle}
    asked = sum("/t2" in r.path for r in site.requests)
    assert asked == sum(d >= middle for d in kept), "an older entry was asked for"


def test_a_delay_is_kept_and_requests_come_one_at_a_time(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        done = cas_archive(
            "crawl", "--mirror", site.url, *SMALL, "--limit", 4, "--delay", "0.4", "--data", tmp_path
        )
    assert done.returncode == 0, done.stderr
    assert site.most_at_once == 1
    # The delay varies by 30 per cent, so that requests do not come like a clock's.
    assert min(gaps(site.requests)) >= 0.4 * 0.7 - 0.02


def test_the_crawl_delay_of_robots_is_kept(tmp_path: Path) -> None:
    site_with_delay = newsroom.Newsroom(robots=newsroom.robots(crawl_delay=0.5))
    with newsroom.serve(site_with_delay) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--limit", 3, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    after_robots = [r for r in site.requests if r.path != "/robots.txt"]
    assert min(gaps(after_robots)) >= 0.5, "what robots.txt asks for is the least"


def test_robots_that_forbid_end_the_run_with_one_line(tmp_path: Path) -> None:
    with newsroom.serve(newsroom.Newsroom(robots=newsroom.robots(forbid=True))) as site:
        done = cas_archive("crawl", "--mirror", site.url, "--data", tmp_path)
    assert {r.path for r in site.requests} == {"/robots.txt"}
    assert done.returncode == 5
    assert len(complaints(done)) == 1
    assert "robots.txt" in done.stderr


def test_pages_that_cannot_be_fetched_have_their_own_code(tmp_path: Path) -> None:
    broken = truths(SMALL_FOLDER)[0].url.removeprefix(f"https://{newsroom.HOST}")
    with newsroom.serve(faults={broken: Fault(status=500)}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
        assert done.returncode == 4
        assert f"{broken}: HTTP 500" in done.stdout
        assert site.count(broken) > 1, "a server error deserves another try"
        kept = [p.status for p in warc.pages(tmp_path / "warc") if p.url.endswith(broken)]
        assert kept == [500] * site.count(broken), "failures are exchanges too"
        site.faults.clear()
        again = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert again.returncode == 0
    assert set(exported(tmp_path)) == {t.url for t in truths(SMALL_FOLDER)}


@pytest.mark.parametrize("fault", [Fault(reset=True), Fault(truncate=700), CHALLENGED])
def test_trouble_with_one_page_is_not_an_article(tmp_path: Path, fault: Fault) -> None:
    broken = truths(SMALL_FOLDER)[0].url
    with newsroom.serve(faults={broken.removeprefix(f"https://{newsroom.HOST}"): fault}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 4, done.stdout
    assert broken not in exported(tmp_path)


def test_listings_without_entries_have_their_own_code(tmp_path: Path) -> None:
    empty = Fault(body=b"<html><head><title>Newsroom</title></head><body><div>Home</div></body></html>")
    with newsroom.serve(faults={SMALL_FOLDER: empty}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 3
    assert "the listings gave no entries" in done.stderr


def test_a_run_that_finds_links_and_saves_nothing_has_failed(tmp_path: Path) -> None:
    faults = {t.url.removeprefix(f"https://{newsroom.HOST}"): CHALLENGED for t in truths(SMALL_FOLDER)}
    with newsroom.serve(faults=faults) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 1
    assert "articles were named and none was saved" in done.stderr


def test_a_run_whose_every_article_is_gone_has_failed(tmp_path: Path) -> None:
    faults = {t.url.removeprefix(f"https://{newsroom.HOST}"): Fault(status=404) for t in truths(SMALL_FOLDER)}
    with newsroom.serve(faults=faults) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 1
    assert "articles were named and none was saved" in done.stderr


def test_no_network_ends_soon_with_one_line(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = cas_archive("crawl", "--mirror", nobody, "--data", tmp_path)
    assert done.returncode == 5
    assert len(complaints(done)) == 1
    assert "could be fetched" in done.stderr


def test_an_unknown_host_ends_with_one_line(tmp_path: Path) -> None:
    done = cas_archive("crawl", "--mirror", "http://nowhere.invalid", *SMALL, "--data", tmp_path)
    assert done.returncode == 5
    assert len(complaints(done)) == 1


def test_a_live_crawl_wants_a_contact(tmp_path: Path) -> None:
    done = cas_archive("crawl", "--data", tmp_path / "data", cwd=tmp_path)
    assert done.returncode == 2
    assert "CAS_ARCHIVE_CONTACT" in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["crawl", "nowhere"], ["unknown source 'nowhere'", "cas-english"]),
        (["crawl", "--section", "weather"], ["unknown section 'weather'", "headlines"]),
        (["crawl", "--since", "yesterday"], ["'yesterday' is not a date", "YYYY-MM-DD"]),
        (["crawl", "--since", "20240101"], ["YYYY-MM-DD"]),
        (["crawl", "--since", "2024-02-30"], ["'2024-02-30' is not a date"]),
        (["crawl", "--limit", "0"], ["--limit"]),
        (["crawl", "--delay", "-1"], ["--delay"]),
        (["crawl", "--mirror", "127.0.0.1:8000"], ["is not an address", "http://127.0.0.1:8000"]),
        (["crawl", "--mirror", "http://127.0.0.1:99999"], ["is not an address"]),
        (["extract", "https://elsewhere.example.org/x"], ["none of the hosts of cas-english"]),
        (["extract", "."], ["is a folder"]),
        (["crawl", "--mirror", "file:///etc/passwd"], ["is not an address"]),
        (["probe", "nowhere"], ["unknown source 'nowhere'"]),
        (["extract", "nowhere.html"], ["nowhere.html"]),
    ],
)
def test_wrong_usage_is_one_clear_line(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    mirror = (
        [] if "--mirror" in arguments or arguments[0] == "extract" else ["--mirror", "http://127.0.0.1:1"]
    )
    done = cas_archive(*arguments, *mirror, "--data", tmp_path / "data", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert len(complaints(done)) == 1
    assert all(word in done.stderr for word in words), done.stderr
    assert not (tmp_path / "data").exists(), "nothing is made for a command that cannot be meant"


def test_a_read_only_folder_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    mirror = ("--mirror", "http://127.0.0.1:1")
    done = cas_archive("crawl", *mirror, "--data", tmp_path / "data", prefix=UNPRIVILEGED)
    tmp_path.chmod(0o700)
    assert done.returncode == 1
    assert len(complaints(done)) == 1
    assert "cannot write" in done.stderr


def test_a_file_in_the_place_of_the_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    done = cas_archive("crawl", "--mirror", "http://127.0.0.1:1", "--data", tmp_path / "data")
    assert done.returncode == 1
    assert len(complaints(done)) == 1
    assert "cannot write to the data folder" in done.stderr


def test_probe_tells_every_section_and_saves_no_article(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        done = cas_archive("probe", "--mirror", site.url, "--json", "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [page["status"] for page in found["robots"]] == [200]
    sections = {page["section"] for page in found["pages"] if page["purpose"] == "listing"}
    assert {"research-in-china-2011", "news-archive", "research-news", "highlights"} <= sections
    articles = [page for page in found["pages"] if page["purpose"] == "article"]
    assert all("title" in page["found"] for page in articles if not page["problem"])
    assert sum("/t2" in r.path for r in site.requests) <= len(sections), "one article a section"
    assert exported(tmp_path) == {}
    assert sum(1 for _ in warc.pages(tmp_path / "warc")) == len(site.requests)


def test_extract_reads_the_archive_first(tmp_path: Path) -> None:
    truth = truths(SMALL_FOLDER)[0]
    with newsroom.serve() as site:
        fetched = cas_archive("extract", truth.url, "--mirror", site.url, "--json", "--data", tmp_path)
        asked = len(site.requests)
        kept = cas_archive("extract", truth.url, "--mirror", site.url, "--json", "--data", tmp_path)
        assert len(site.requests) == asked
    assert fetched.returncode == kept.returncode == 0, fetched.stderr
    (page,) = json.loads(kept.stdout)["pages"]
    assert page["item"]["title"] == truth.title
    assert page["item"]["evidence"]
    assert json.loads(fetched.stdout) == json.loads(kept.stdout)


def test_extract_reads_a_saved_page(tmp_path: Path) -> None:
    truth = truths(SMALL_FOLDER)[0]
    file = tmp_path / "saved.html"
    file.write_bytes(newsroom.Newsroom().answer(truth.url.removeprefix(f"https://{newsroom.HOST}"), "").body)
    done = cas_archive("extract", file, "--data", tmp_path / "data")
    assert done.returncode == 0, done.stderr
    assert truth.title in done.stdout
    assert not (tmp_path / "data").exists()


def test_an_export_into_a_pipe_or_a_link_leaves_it_what_it_is(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        cas_archive("crawl", "--mirror", site.url, *SMALL, "--limit", 2, "--data", tmp_path / "data")
    pipe, link, target = tmp_path / "pipe", tmp_path / "link.jsonl", tmp_path / "target.jsonl"
    os.mkfifo(pipe)
    link.symlink_to(target)
    with subprocess.Popen(["/bin/cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        done = cas_archive("export", "-o", pipe, "--data", tmp_path / "data")
        read, _ = reader.communicate(timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(read.splitlines()) == 2
    assert pipe.is_fifo()
    cas_archive("export", "-o", link, "--data", tmp_path / "data")
    assert link.is_symlink()
    assert target.read_text("utf-8") == read


def test_output_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        cas_archive("crawl", "--mirror", site.url, "--section", "cas-media", "--data", tmp_path)
    done = cas_archive("search", "高原", "--data", tmp_path, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
