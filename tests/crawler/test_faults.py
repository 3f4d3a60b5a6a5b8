"""Every fault ends in its documented state, loses nothing that was kept, and is over when it is over."""

from __future__ import annotations

import gzip
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive import runs
from archive.cli import ExitCode
from archive.db import open_database
from archive.query import articles
from archive.walks import Walks
from crawler.run import CrawlRun
from tests import newsroom
from tests.command import ROOT, cas_archive, complaints, exported
from tests.crawler import test_agenda as agenda
from tests.crawler.driving import BEGIN, Answer, Site, plan
from tests.crawler.driving import crawl as drive
from tests.crawler.test_kill import require_whole, rows
from tests.crawler.test_stop import crawling
from tests.newsroom import CHALLENGED, HOST, Fault

SECTION = ("--section", "research-in-china")
LIST = "/newsroom/china_research/"
PAGES = {
    url.removeprefix(f"https://{HOST}"): truth
    for url, truth in newsroom.expected().items()
    if LIST in url and truth.parts == 1
}
GZIP = ("Content-Encoding", "gzip")
#: Half a gigabyte of nothing, in half a megabyte.
BOMB = Fault(body=gzip.compress(bytes(1 << 24)) * 32, headers=(GZIP,))
HASTY = {"CAS_ARCHIVE_TIMEOUT": "1"}
#: Where a library's own words, or a program's stack, would show.
_NOISE = ("Traceback", "twisted", "scrapy", "<", "127.0.0.1", "DOWNLOAD_")
LOST = "Connection to the other side was lost in a non-clean fashion"
LATE = "no whole answer within 1 s (setting timeout)"
CIRCLE = "redirects in a circle"
LOOP = "max redirections reached"


def leads(path: str, scheme: str = "https") -> Fault:
    return Fault(status=302, headers=(("Location", f"{scheme}://{HOST}{path}"),))


@dataclass(frozen=True, slots=True)
class Case:
    """A fault of one page: why it is not fetched, and how often it is asked for."""

    fault: Fault
    #: Empty: it heals, and is fetched.
    reason: str = ""
    asked: int = 3


#: At most eight troubles in a row are suffered from one host: those that count as such stand apart.
CRAWLS: list[tuple[Mapping[str, Case], Mapping[str, str]]] = [
    (
        {
            "500 that heals": Case(Fault(status=500, times=2)),
            "reset that heals": Case(Fault(reset=True, times=2)),
            "truncated body that heals": Case(Fault(truncate=700, times=1), asked=2),
        },
        {},
    ),
    (
        {
            "500": Case(Fault(status=500), "HTTP 500"),
            "reset": Case(Fault(reset=True), LOST),
            "length too short": Case(Fault(misstate=-100), "gzip: breaks off"),
            "nothing": Case(Fault(body=b""), "an empty answer"),
            "challenge": Case(CHALLENGED, "blocked: nothing but scripts"),
            "broken gzip": Case(
                Fault(body=b"\x1f\x8b\x08junkjunkjunk", headers=(GZIP,)),
                "Compressed file ended before the end-of-stream marker was reached",
            ),
            "gzip bomb": Case(BOMB, "its body unpacks to more than max_bytes", asked=1),
        },
        {},
    ),
    (
        {
            "truncated": Case(Fault(truncate=700), "the answer broke off before its end"),
            "slow drip": Case(Fault(drip=0.1), LATE),
            "too large": Case(
                Fault(body=bytes(2_000_000), headers=(("Content-Encoding", "identity"),)),
                "larger than 1000000 bytes (setting max_bytes)",
                asked=1,
            ),
        },
        HASTY | {"CAS_ARCHIVE_MAX_BYTES": "1000000"},
    ),
    (
        {
            "length too long": Case(Fault(misstate=100), LATE),
            "silence": Case(Fault(delay=5), LATE),
            "redirect to itself": Case(leads("{}"), CIRCLE, asked=6),
            "redirect to http": Case(leads("{}", "http"), CIRCLE, asked=6),
        },
        HASTY,
    ),
]


def crawl(
    site: newsroom.Server, data: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    return cas_archive("crawl", "--mirror", site.url, *arguments, "--data", data, **settings)


def require_ending(data: Path, outcome: str, failures: Mapping[str, str], attempts: int = 1) -> None:
    """The ledger says how the last run ended and why, and the frontier holds nothing back."""
    with open_database(data, read_only=True) as database:
        run = runs.runs(database, limit=1)[0]
    assert run.outcome == outcome
    found = {urlsplit(failed.url).path: failed.reason for failed in run.failures}
    assert found == failures
    assert rows(data, "SELECT url FROM frontier WHERE leased_until IS NOT NULL") == []
    failed = rows(data, "SELECT url, reason, attempts FROM frontier WHERE state = 'failed'")
    assert failed == sorted((f"https://{HOST}{path}", why, attempts) for path, why in failures.items())


def require_articles(data: Path, missing: Collection[str] = ()) -> None:
    """The articles of the section are kept as they should be read."""
    with open_database(data, read_only=True) as database:
        found = {a.url.removeprefix(f"https://{HOST}"): a for a in articles(database)}
    wanted = {path: truth.title for path, truth in PAGES.items() if path not in missing}
    assert {path: a.title for path, a in found.items() if path in PAGES} == wanted
    assert {a.status for a in found.values()} == {"live"}


@pytest.mark.parametrize(("cases", "settings"), CRAWLS, ids=[", ".join(cases) for cases, _ in CRAWLS])
def test_pages_that_cannot_be_fetched(
    tmp_path: Path, cases: Mapping[str, Case], settings: Mapping[str, str]
) -> None:
    at = dict(zip(PAGES, cases.values(), strict=False))
    faults = {path: _at(path, case.fault) for path, case in at.items()}
    reasons = {path: case.reason for path, case in at.items() if case.reason}
    with newsroom.serve(faults=faults) as site:
        done = crawl(site, tmp_path, *SECTION, **settings)
        assert done.returncode == (4 if reasons else 0), done.stderr
        assert not [noise for noise in _NOISE if noise in done.stdout + done.stderr], done.stderr
        require_ending(tmp_path, "incomplete" if reasons else "finished", reasons)
        require_articles(tmp_path, reasons)
        assert site.wait_idle()
        assert {path: site.count(path) for path in at} == {path: case.asked for path, case in at.items()}
        site.faults.clear()
        healed = crawl(site, tmp_path, *SECTION)
    assert healed.returncode == 0, healed.stderr
    require_ending(tmp_path, "finished", {})
    require_articles(tmp_path)
    require_whole(tmp_path)


def _at(path: str, fault: Fault) -> Fault:
    headers = tuple(
        (name, value.format(path) if name == "Location" else value) for name, value in fault.headers
    )
    return replace(fault, headers=headers)


UNREADABLE = "its robots.txt cannot be read: "
#: Faults that keep a crawl from its articles: the exit code, the outcome, why the list page was not fetched,
#: and how often the path was asked for.
CLOSED: list[tuple[str, Fault, int, str, str, int]] = [
    (LIST, Fault(status=500), 4, "incomplete", "HTTP 500", 3),
    (LIST, Fault(reset=True), 5, "unreachable", LOST, 3),
    (LIST, Fault(body=b""), 4, "incomplete", "an empty answer", 3),
    ("/robots.txt", Fault(delay=5), 5, "unreachable", UNREADABLE + LATE, 1),
    ("/robots.txt", Fault(reset=True), 5, "unreachable", UNREADABLE + LOST, 1),
    ("/robots.txt", leads("/robots.txt"), 5, "unreachable", UNREADABLE + LOOP, 6),
    ("/robots.txt", BOMB, 5, "unreachable", UNREADABLE + "its body unpacks to more than max_bytes", 1),
]


def test_every_reason_and_every_exit_code_is_in_the_guide_for_operators() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("\n## Recover\n")[2]
    kept_reasons = {case.reason for cases, _ in CRAWLS for case in cases.values()}
    for reason in kept_reasons | {reason.removeprefix(UNREADABLE) for _, _, _, _, reason, _ in CLOSED} - {
        LOOP
    }:
        assert reason.replace("1 s", "60 s").replace("1000000", "33554432") in guide
    for code in ExitCode:
        assert f"\n| {code.value} | `" in guide


def test_a_section_that_cannot_be_read_run_after_run_is_read_when_it_heals(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        for attempts, (path, fault, code, outcome, reason, asked) in enumerate(CLOSED, 1):
            site.faults = {path: fault}
            site.forget()
            done = crawl(site, tmp_path, *SECTION, **HASTY)
            assert done.returncode == code, (fault, done.stderr)
            assert not [noise for noise in _NOISE if noise in done.stdout + done.stderr], done.stderr
            require_ending(tmp_path, outcome, {LIST: reason}, attempts)
            assert site.wait_idle()
            assert site.count(path) == asked, fault
        site.faults.clear()
        done = crawl(site, tmp_path, *SECTION)
    assert done.returncode == 0, done.stderr
    require_ending(tmp_path, "finished", {})
    require_articles(tmp_path)


def test_a_site_that_goes_down_half_way_is_left_alone_and_completed_later(tmp_path: Path) -> None:
    with newsroom.serve(delay=0.02) as site:
        with crawling(tmp_path, site.url, *SECTION) as process:
            assert site.wait_for(6)
            site.faults["*"] = Fault(status=503)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 5, out + err
        assert "wants to be left alone" in err
        assert "8 times in a row" in err
        assert [outcome for (outcome,) in rows(tmp_path, "SELECT outcome FROM runs")] == ["refused"]
        assert rows(tmp_path, "SELECT url FROM frontier WHERE leased_until IS NOT NULL") == []
        site.faults.clear()
        done = crawl(site, tmp_path, *SECTION)
    assert done.returncode == 0, done.stderr
    require_ending(tmp_path, "finished", {})
    require_articles(tmp_path)


def test_what_is_kept_outlives_every_fault_of_a_recheck(tmp_path: Path) -> None:
    recheck = (*SECTION, "--mode", "recheck", "--all")
    cut = Fault(body=random.Random(4).randbytes(5000), truncate=300)  # noqa: S311
    faults = [Fault(status=500), cut, Fault(body=b""), BOMB, CHALLENGED, leads("{}")]
    at = {path: _at(path, fault) for path, fault in zip(PAGES, faults, strict=False)}
    with newsroom.serve() as site:
        assert crawl(site, tmp_path, *SECTION).returncode == 0
        before = exported(tmp_path)
        site.faults = at
        done = crawl(site, tmp_path, *recheck)
        assert done.returncode == 4, done.stderr
        assert {urlsplit(url).path for (url,) in rows(tmp_path, "SELECT url FROM failures")} == set(at)
        damaged = exported(tmp_path)
        site.faults.clear()
        healed = crawl(site, tmp_path, *recheck)
    assert healed.returncode == 0, healed.stderr
    require_ending(tmp_path, "finished", {})
    for later in (damaged, exported(tmp_path)):
        assert {url: line["text"] for url, line in later.items()} == {u: a["text"] for u, a in before.items()}
        assert {line["status"] for line in later.values()} == {"live"}


def test_a_date_in_retry_after_is_waited_for_at_the_server(tmp_path: Path) -> None:
    with newsroom.serve(faults={next(iter(PAGES)): Fault(status=429, quiet=3.0, times=1)}) as site:
        done = crawl(site, tmp_path, *SECTION, "--delay", "0.02")
    assert done.returncode == 0, done.stderr
    refused = next(request for request in site.requests if request.status == 429)
    later = [request.at for request in site.requests if request.at > refused.ended]
    assert min(later) - refused.ended >= 1.9, "a date has no fractions of a second"
    require_articles(tmp_path)


# What the machine does


def patched(data: Path, code: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a crawl in a process of which `code` changes something before it starts."""
    command = ["crawl", *arguments, "--data", str(data)]
    program = f"{textwrap.dedent(code)}\nfrom crawler.cli import main\nmain({command!r})"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CAS_ARCHIVE_")}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=clean | {"PYTHONPATH": str(ROOT)} | settings,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )  # fmt: skip


#: No name is asked of a server: the answer is given in the process.
RESOLVER = """
    import socket
    def answer(name, *rest, **more):
        assert name == "english.cas.cn", name
        {}
    socket.gethostbyname = socket.getaddrinfo = answer
"""


@pytest.mark.parametrize(
    ("answer", "reason", "asked"),
    [
        (
            "raise socket.gaierror(-2, 'Name or service not known')",
            "the name of the host cannot be resolved",
            1,
        ),
        ("return '10.1.2.3'", "english.cas.cn leads to 10.1.2.3, which is not a public address", 1),
    ],
    ids=["no such name", "a private address"],
)
def test_a_name_that_leads_nowhere(tmp_path: Path, answer: str, reason: str, asked: int) -> None:
    live = {"CAS_ARCHIVE_CONTACT": "operator@example.org", "CAS_ARCHIVE_BACKOFF": "0.01"}
    done = patched(tmp_path, RESOLVER.format(answer), *SECTION, "--delay", "0.01", **live)
    assert done.returncode == 5, done.stderr
    assert len(complaints(done)) == 1
    assert (
        f"nothing of english.cas.cn could be fetched: its robots.txt cannot be read: {reason}" in done.stderr
    )
    require_ending(tmp_path, "unreachable", {LIST: UNREADABLE + reason})
    with newsroom.serve() as site:
        assert crawl(site, tmp_path, *SECTION).returncode == 0
    require_articles(tmp_path)


@contextmanager
def disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """Mount a small disk; it has room again when the context is left."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)],  # noqa: S607
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip(f"only root can mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def enlarge(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)  # noqa: S607


def test_a_full_disk_for_warc_files(tmp_path: Path) -> None:
    with disk(tmp_path / "warc", 24), newsroom.serve() as site:
        done = crawl(site, tmp_path, *SECTION)
        assert done.returncode == 1, done.stderr
        (line,) = complaints(done)
        assert "No space left on device; free some space, or name another folder with --data" in line
        kept = rows(tmp_path, "SELECT url FROM captures")
        assert len(kept) > 1
        assert rows(tmp_path, "SELECT outcome FROM runs") == [("failed",)]
        assert rows(tmp_path, "SELECT url FROM frontier WHERE leased_until IS NOT NULL") == []
        enlarge(tmp_path / "warc")
        done = crawl(site, tmp_path, *SECTION)
        assert done.returncode == 0, done.stderr
        require_ending(tmp_path, "finished", {})
        require_articles(tmp_path)
        require_whole(tmp_path)
        assert set(kept) <= set(rows(tmp_path, "SELECT url FROM captures"))


def test_a_full_disk_for_the_database(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (tmp_path / "warc").mkdir()
    with disk(data, 1400), newsroom.serve() as site:
        (data / "warc").symlink_to(tmp_path / "warc")
        done = crawl(site, data)
        assert done.returncode == 1, done.stderr
        (line,) = complaints(done)
        assert "no space is left for the archive in" in line
        enlarge(data)
        done = crawl(site, data)
        assert done.returncode == 0, done.stderr
        require_ending(data, "finished", {})
        require_whole(data)
        assert len(exported(data)) == len(newsroom.expected())


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the lock of the database, as another process that writes does."""
    with closing(sqlite3.connect(data / "archive.sqlite", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_database_that_stays_locked(tmp_path: Path) -> None:
    impatient = "import archive.db; archive.db._BUSY = 0.2"
    with newsroom.serve() as site:
        arguments = (*SECTION, "--mirror", site.url)
        with locked(_made(tmp_path)):
            done = patched(tmp_path, impatient, *arguments)
        assert done.returncode == 1, done.stderr
        assert "another process is writing to the archive" in complaints(done)[0]
        assert site.requests == ()
        # The same with a run under way, which cannot write down how it ended.
        hold = HOLDING.format(str(tmp_path / "archive.sqlite"))
        done = patched(tmp_path, f"{impatient}\n{textwrap.dedent(hold)}", *arguments)
        assert done.returncode == 1, done.stderr
        (line,) = complaints(done)
        assert "another process is writing to the archive" in line
        assert "try again when it is done" in line
        assert rows(tmp_path, "SELECT count(*) > 0 FROM captures") == [(1,)]
        done = crawl(site, tmp_path, *SECTION)
    assert done.returncode == 0, done.stderr
    require_ending(tmp_path, "finished", {})
    assert ("killed",) in rows(tmp_path, "SELECT outcome FROM runs")
    require_articles(tmp_path)


#: Takes the lock when the fifth capture is kept, over a connection of its own.
HOLDING = """
    import sqlite3
    from archive.store import Store
    save, seen = Store.save_capture, []
    def holding(self, *values, **named):
        seen.append(save(self, *values, **named))
        if len(seen) == 5:
            other = sqlite3.connect({!r}, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            seen.append(other)
    Store.save_capture = holding
"""


def _made(data: Path) -> Path:
    open_database(data, create=True).close()
    return data


def test_two_runs_of_one_source_are_one_too_many(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        with crawling(tmp_path, site.url, *SECTION, "--delay", "60") as process:
            assert site.wait_for(1)
            second = crawl(site, tmp_path, *SECTION)
            probe = cas_archive("probe", "--mirror", site.url, "--data", tmp_path)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 6, out + err
        assert len(site.requests) == 1
        for refused in (second, probe):
            assert refused.returncode == 8, refused.stderr
            (line,) = complaints(refused)
            assert "run 1 of cas-english has been under way since" in line
            assert "wait until it has ended, or stop it" in line
        done = crawl(site, tmp_path, *SECTION)
    assert done.returncode == 0, done.stderr
    require_ending(tmp_path, "finished", {})
    require_articles(tmp_path)


def test_a_gzip_bomb_does_not_fill_the_memory(tmp_path: Path) -> None:
    measured = """
        import atexit, sys
        from resource import RUSAGE_SELF, getrusage
        atexit.register(lambda: print("peak", getrusage(RUSAGE_SELF).ru_maxrss, file=sys.stderr))
    """
    peaks = []
    for faults in ({}, dict.fromkeys(list(PAGES)[:3], BOMB)):
        with newsroom.serve(faults=faults) as site:
            data = tmp_path / str(len(faults))
            done = patched(data, measured, *SECTION, "--mirror", site.url)
        peaks.append(int(done.stderr.rpartition("peak ")[2]) / 1024)
    assert done.returncode == 4, done.stderr
    # What is unpacked of one bomb, 64 MB at most, is copied while it grows.
    assert peaks[1] - peaks[0] < 256, peaks


# Lists and redirects, without a network


def later(data: Path, site: Site, hours: int) -> CrawlRun:
    return drive(CrawlRun(plan(data, now=BEGIN + timedelta(hours=hours))), site)


def kept(data: Path) -> set[str]:
    with open_database(data, read_only=True) as database:
        return {article.url for article in articles(database)}


def test_articles_that_led_to_each_other_are_both_asked_for_again(tmp_path: Path) -> None:
    one, two = f"{agenda.HOST}{agenda.path(1)}", f"{agenda.HOST}{agenda.path(2)}"
    pages: dict[str, Answer] = {agenda.of_listing(0): agenda.listing([2, 1])}
    circle: dict[str, Answer] = {one: (302, {"Location": two}, ""), two: (302, {"Location": one}, "")}
    run = later(tmp_path, Site(pages | circle), 0)
    assert [failure.reason for failure in run.agenda.tally.failures] == [CIRCLE]
    assert kept(tmp_path) == set()
    later(tmp_path, Site(pages | {one: agenda.article(1), two: agenda.article(2)}), 1)
    assert kept(tmp_path) == {one, two}


@pytest.mark.parametrize("accident", [(500, {}, "busy"), ""], ids=["500", "nothing"])
def test_a_list_page_in_the_middle_that_fails_is_no_end(tmp_path: Path, accident: Answer) -> None:
    pager = 'createPageHTML(3, 0, "index", "shtml");'
    whole = agenda.with_articles(range(1, 10)) | {
        agenda.of_listing(page): agenda.listing(numbers, pager)
        for page, numbers in enumerate(([9, 8, 7], [6, 5, 4], [3, 2, 1]))
    }
    later(tmp_path, Site(whole | {agenda.of_listing(1): accident}), 0)
    assert len(kept(tmp_path)) == 3
    with open_database(tmp_path) as database, database.read() as connection:
        (walk,) = Walks(connection, "cas-english").unfinished()
    assert walk.trouble
    later(tmp_path, Site(whole), 1)
    assert len(kept(tmp_path)) == 9
    with open_database(tmp_path) as database, database.read() as connection:
        assert Walks(connection, "cas-english").unfinished() == []
