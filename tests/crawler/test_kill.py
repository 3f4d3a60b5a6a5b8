"""A crawl that is killed at any moment and started again ends as if nothing had happened."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from archive import warc
from archive.db import Database, open_database
from archive.warc.files import members
from crawler.asking import Mode
from crawler.run import CrawlRun
from tests import newsroom
from tests.command import cas_archive, exported
from tests.crawler.driving import BEGIN, Answer, Site, crawl, plan
from tests.crawler.test_agenda import HOST, article, listing, of_listing, path
from tests.crawler.test_stop import crawling

#: Requests under way at once in a crawl of a mirror without a delay.
AT_ONCE = 8
KILLS = 10
#: When and where something was kept: no two crawls agree on that.
_PASSING = ("first_seen", "last_seen", "last_changed", "capture")


def rows(data: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(data / "archive.sqlite")) as connection:
        return sorted(connection.execute(statement), key=repr)


def kept(data: Path) -> dict[str, Any]:
    """Return all that an archive keeps, but for times, places and what the order of answers decides.

    That is: which section named an article first, and whether an address that is not its own was read before.
    """
    return {
        "versions": rows(
            data, "SELECT a.id, d.url, v.number, v.digest, v.text, v.parts FROM versions v "
            "JOIN articles a ON a.pk = v.article_pk JOIN addresses d ON d.pk = v.address_pk "
            "JOIN versions now ON now.pk = a.version_pk WHERE now.address_pk = v.address_pk"
        ),
        "addresses": rows(
            data, "SELECT d.url, a.id, a.url, a.status, d.missing_reason, d.missing_since IS NULL "
            "FROM addresses d JOIN articles a ON a.pk = d.article_pk"
        ),
        "entries": rows(
            data, "SELECT d.url, e.folder, e.title FROM entries e JOIN addresses d ON d.pk = e.address_pk"
        ),
        "frontier": rows(
            data, "SELECT url, kind, state, location, reason, moved_to, attempts, etag, leased_until, "
            "next_check IS NULL FROM frontier"
        ),
        "walks": rows(data, "SELECT DISTINCT folder, proof, ended IS NULL, trouble FROM walks"),
        "payloads": sorted({(p.url, p.status, p.capture.digest) for p in warc.pages(data / "warc")}),
    }  # fmt: skip


def shown(data: Path) -> dict[str, dict[str, Any]]:
    """Return what an archive exports, but for times and places."""
    return {
        url: {k: v for k, v in line.items() if k not in _PASSING} | {"digest": line["capture"]["digest"]}
        for url, line in exported(data).items()
    }


def require_same(data: Path, other: Path, note: str = "") -> None:
    found, wanted = kept(data), kept(other)
    for name in wanted:
        assert found[name] == wanted[name], f"{name}{note}"


def require_whole(data: Path) -> None:
    """Every WARC file is closed and readable from its first to its last byte."""
    for file in (data / "warc").iterdir():
        assert file.name.endswith(".warc.gz")
        with file.open("rb") as stream:
            found = list(members(stream, file.name))
        assert found[0].data.startswith(b"WARC/1.1\r\n")
        assert sum(member.length for member in found) == file.stat().st_size


# At ten moments, over a network


class Killer:
    """Starts a crawl again and again, each time until the server has seen so many requests."""

    def __init__(self, site: newsroom.Server, data: Path, *arguments: str) -> None:
        self.site = site
        self.data = data
        self.arguments = arguments
        #: What each killed crawl had asked for and not settled.
        self.in_flight: list[set[str]] = []

    def kill_at(self, requests: int) -> None:
        """Kill a crawl when so many requests have been seen by the server in all."""
        before = len(self.site.requests)
        with crawling(self.data, self.site.url, *self.arguments) as process:
            assert self.site.wait_for(requests), "the crawl asks for nothing"
            process.kill()
            assert process.wait(timeout=30) == -signal.SIGKILL, "the crawl ended before it could be killed"
        assert self.site.wait_idle()
        asked = {request.path for request in self.site.requests[before:]}
        leased = rows(self.data, "SELECT url FROM frontier WHERE leased_until IS NOT NULL")
        self.in_flight.append(asked & {url.removeprefix(HOST) for (url,) in leased})

    def complete(self) -> subprocess.CompletedProcess[str]:
        """Let the crawl end by itself."""
        return cas_archive("crawl", "--mirror", self.site.url, "--data", self.data, *self.arguments)


def require_no_more_asked(before: Counter[str], site: newsroom.Server, killer: Killer) -> None:
    """What was asked for beyond an undisturbed crawl was in flight when it was killed."""
    asked = Counter(request.path for request in site.requests)
    repeated = asked - before
    assert repeated.pop("/robots.txt", 0) <= len(killer.in_flight), "robots.txt is read once a start"
    assert repeated <= Counter(path for flight in killer.in_flight for path in flight)
    assert max(map(len, killer.in_flight)) <= AT_ONCE
    assert not before - asked, "something was not asked for"


def test_a_crawl_killed_ten_times_ends_like_one_that_was_left_alone(tmp_path: Path) -> None:
    calm, shaken = tmp_path / "calm", tmp_path / "shaken"
    with newsroom.serve() as site:
        assert cas_archive("crawl", "--mirror", site.url, "--data", calm).returncode == 0
        undisturbed = Counter(request.path for request in site.requests)
    moments = sorted(random.Random(4).sample(range(2, undisturbed.total() - 20), KILLS))  # noqa: S311
    with newsroom.serve(delay=0.02) as site:
        killer = Killer(site, shaken)
        for moment in moments:
            # Repeated requests come on top, so that the moments spread over the whole crawl.
            killer.kill_at(moment + sum(map(len, killer.in_flight)))
        done = killer.complete()
        assert done.returncode == 0, done.stderr
        require_no_more_asked(undisturbed, site, killer)
    assert [outcome for (outcome,) in rows(shaken, "SELECT outcome FROM runs")] == ["finished"] + [
        "killed"
    ] * KILLS
    require_whole(shaken)
    require_same(shaken, calm)
    assert shown(shaken) == shown(calm)


def test_a_recheck_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    calm, shaken = tmp_path / "calm", tmp_path / "shaken"
    today = newsroom.Newsroom()
    edited = [
        replace(a, bodies=(a.bodies[0] + "<p>Corrected since.</p>", *a.bodies[1:]))
        for a in today.articles[:9]
    ]
    later = today.changed(edited=edited, removed=[today.articles[20].slug])
    recheck = ("--mode", "recheck", "--all")
    with newsroom.serve(today) as site:
        assert cas_archive("crawl", "--mirror", site.url, "--data", calm).returncode == 0
        shutil.copytree(calm, shaken)
        site.newsroom = later
        site.forget()
        assert cas_archive("crawl", "--mirror", site.url, "--data", calm, *recheck).returncode == 0
        undisturbed = Counter(request.path for request in site.requests)
    with newsroom.serve(later, delay=0.02) as site:
        killer = Killer(site, shaken, *recheck)
        killer.kill_at(40)
        done = killer.complete()
        assert done.returncode == 0, done.stderr
        require_no_more_asked(undisturbed, site, killer)
    require_whole(shaken)
    require_same(shaken, calm)
    assert sum("Corrected since." in line["text"] for line in shown(shaken).values()) == 9


# At every moment, without a network


class Killed(BaseException):
    """The process is gone: nobody catches that."""


@contextmanager
def dying(before: int | None) -> Iterator[list[int]]:
    """Let the process die when it is about to write into the database for the so-many-th time."""
    write, seen = Database.write, [0]

    def counted(self: Database) -> AbstractContextManager[Connection]:
        seen[0] += 1
        if seen[0] == before:
            raise Killed
        return write(self)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Database, "write", counted)
        yield seen


def bury(data: Path) -> None:
    """Let the runs under way be those of a process that is gone: no process has that number."""
    with closing(sqlite3.connect(data / "archive.sqlite")) as connection, connection:
        connection.execute("UPDATE runs SET pid = 4194305 WHERE outcome IS NULL")


def start(data: Path, site: Site, minutes: int, bounds: dict[str, Any]) -> None:
    """Crawl so many minutes after the first crawl began."""
    run = None
    try:
        run = CrawlRun(plan(data, now=BEGIN + timedelta(minutes=minutes), **bounds))
        crawl(run, site)
    finally:
        if run is not None and run.ending is None:
            run._opened.close()


def site_of_every_kind() -> dict[str, Answer]:
    """Two list pages with an article in parts, one that has moved, one that is missing, one of one page."""
    in_parts = path(3).rpartition("/")[2].removesuffix(".shtml")
    base = f"{HOST}{path(3)}".removesuffix(".shtml")
    pager = f'<script>createPageHTML(3, 0, "{in_parts}", "shtml");</script>'
    pages = 'createPageHTML(2, 0, "index", "shtml");'
    return {
        of_listing(0): listing([5, 4, 3], pages),
        of_listing(1): listing([2, 1], pages),
        f"{HOST}{path(5)}": (200, {"ETag": '"five"'}, article(5)),
        f"{HOST}{path(3)}": article(3, pager),
        f"{base}_1.shtml": article(31),
        f"{base}_2.shtml": article(32),
        f"{HOST}{path(2)}": (301, {"Location": f"{HOST}{path(7)}"}, ""),
        f"{HOST}{path(7)}": article(7),
        f"{HOST}{path(1)}": article(1),
    }


def changed_site() -> dict[str, Answer]:
    """Another day: an edit, an edited part, an article that is gone, one that is back."""
    pages = site_of_every_kind()
    base = f"{HOST}{path(3)}".removesuffix(".shtml")
    del pages[f"{HOST}{path(7)}"]
    return pages | {
        f"{HOST}{path(1)}": article(1).replace("wrote down", "measured"),
        f"{base}_2.shtml": article(32).replace("wrote down", "measured"),
        f"{HOST}{path(4)}": article(4),
    }


@pytest.mark.parametrize(
    ("first", "then", "bounds"),
    [
        (None, site_of_every_kind, {}),
        (site_of_every_kind, changed_site, {"mode": Mode.RECHECK, "all": True}),
        (site_of_every_kind, changed_site, {"mode": Mode.BACKFILL}),
    ],
    ids=["new", "recheck", "backfill"],
)
def test_a_crawl_killed_before_any_of_its_writes_ends_like_one_that_was_left_alone(
    tmp_path: Path,
    first: Callable[[], dict[str, Answer]] | None,
    then: Callable[[], dict[str, Answer]],
    bounds: dict[str, Any],
) -> None:
    before, calm = tmp_path / "before", tmp_path / "calm"
    open_database(before, create=True).close()
    if first:
        start(before, Site(first()), 0, {})
    shutil.copytree(before, calm)
    undisturbed = Site(then())
    with dying(None) as writes:
        start(calm, undisturbed, 5, bounds)
    assert writes[0] > 10
    for moment in range(1, writes[0] + 1):
        data = tmp_path / str(moment)
        shutil.copytree(before, data)
        site = Site(then())
        with dying(moment), pytest.raises(Killed):
            start(data, site, 5, bounds)
        bury(data)
        start(data, site, 6, bounds)
        require_same(data, calm, f", killed before write {moment} of {writes[0]}")
        assert len(site.asked) <= len(undisturbed.asked) + 1, f"killed before write {moment}"
        shutil.rmtree(data)
