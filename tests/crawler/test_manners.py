"""How a host in trouble is treated: tables for the deciding, a server for the doing."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.ending import Ending, conclude
from crawler.intake import Failure, Tally
from crawler.manners import Patience, is_trouble, retry_after
from tests import newsroom
from tests.command import ROOT, cas_archive, complaints, exported
from tests.newsroom import Fault

SMALL = ("--section", "research-in-china-2011")
SEED = "/news/ric/201112/t20111229_80493.shtml"
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Mon, 23 Nov 2026 12:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 20:00:30 +0800", 30.0),
        ("Monday, 23-Nov-26 12:00:05 GMT", 5.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("9" * 400, 999999999.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(200, False), (301, False), (304, False), (404, False), (410, False),
     (403, True), (412, True), (429, True), (500, True), (503, True)],
)  # fmt: skip
def test_what_asks_for_distance(status: int, trouble: bool) -> None:
    assert is_trouble(status) is trouble


def test_waits_double_up_to_the_longest_and_end_with_an_ordinary_answer() -> None:
    patience = Patience(first=10, longest=60, most=100)
    waits = []
    for _ in range(5):
        patience.trouble(1000.0, "HTTP 500")
        waits.append(patience.wait(1000.0))
    assert waits == [10, 20, 40, 60, 60]
    assert patience.wait(1059.0) == 1
    assert patience.wait(2000.0) == 0
    patience.relief()
    patience.trouble(3000.0, "HTTP 500")
    assert patience.wait(3000.0) == 10


def test_retry_after_is_kept_when_it_is_longer_than_our_own_wait() -> None:
    patience = Patience(first=10, longest=60, most=100)
    patience.trouble(0.0, "HTTP 429", asked=45.0)
    assert patience.wait(0.0) == 45
    patience.trouble(0.0, "HTTP 500", asked=1.0)
    assert patience.wait(0.0) == 45, "a shorter wait does not undo a longer one"


def test_a_host_is_left_alone_after_too_much_trouble_or_too_long_a_wait() -> None:
    patience = Patience(first=1, longest=60, most=3)
    for _ in range(2):
        patience.trouble(0.0, "HTTP 503")
    assert patience.broken is None
    patience.trouble(0.0, "HTTP 503")
    assert patience.broken == "HTTP 503, 3 times in a row"
    asked = Patience(first=1, longest=60, most=3)
    asked.trouble(0.0, "HTTP 429", asked=3600.0)
    assert asked.broken == "HTTP 429; it asks for 3600 s of quiet"


def tally(**values: object) -> Tally:
    made = Tally(responses=9, lists=2, entries=5, articles=3)
    made.saved["new"] = 3
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("state", "reason", "ending"),
    [
        ({}, "finished", Ending.FINISHED),
        ({"failures": [Failure("u", "HTTP 500")]}, "finished", Ending.INCOMPLETE),
        ({"entries": 0}, "finished", Ending.NO_ENTRIES),
        ({"saved": type(Tally().saved)()}, "finished", Ending.FAILED),
        ({"responses": 0, "failures": [Failure("u", "timeout")]}, "finished", Ending.UNREACHABLE),
        ({"responses": 0}, "unreachable", Ending.UNREACHABLE),
        ({}, "refused", Ending.REFUSED),
        ({"responses": 0}, "refused", Ending.UNREACHABLE),
        ({}, "storage", Ending.FAILED),
        ({}, "shutdown", Ending.STOPPED),
    ],
)
def test_how_a_run_ended(state: dict[str, object], reason: str, ending: Ending) -> None:
    assert conclude(tally(**state), reason) is ending


def test_a_429_is_waited_for_at_the_server(tmp_path: Path) -> None:
    fault = Fault(status=429, headers=(("Retry-After", "2"),), times=1)
    with newsroom.serve(faults={SEED: fault}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--delay", "0.05", "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    refused = next(r for r in site.requests if r.status == 429)
    later = [r.at for r in site.requests if r.at > refused.at]
    assert min(later) - refused.ended >= 1.9, "everything to that host waits, not that page alone"
    assert f"https://english.cas.cn{SEED}" in exported(tmp_path)


def test_a_host_in_trouble_is_left_alone(tmp_path: Path) -> None:
    with newsroom.serve() as site:
        site.faults.update({r: Fault(status=503) for r in ("*",)})
        site.faults["/robots.txt"] = Fault()
        done = cas_archive("crawl", "--mirror", site.url, "--data", tmp_path, CAS_ARCHIVE_BACKOFF="0.05")
    assert done.returncode == 5
    assert len(complaints(done)) == 1
    assert "HTTP 503" in done.stderr
    assert len(site.requests) < 30


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("10.0.0.7", True),
        ("169.254.169.254", True),
        ("8.8.8.8", False),
    ],
)
def test_private_addresses_are_refused(host: str, refused: bool) -> None:
    code = f"""
import asyncio
from scrapy.utils.reactor import install_reactor
install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
from twisted.internet import reactor
from crawler.download import PrivateAddressError, require_public
async def main():
    try:
        await require_public({host!r})
        print("public")
    except PrivateAddressError:
        print("private")
    reactor.stop()
reactor.callWhenRunning(lambda: asyncio.ensure_future(main()))
reactor.run()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout.strip() == ("private" if refused else "public")


def test_a_redirect_of_robots_txt_does_not_leave_the_mirror(tmp_path: Path) -> None:
    with newsroom.serve() as inside, newsroom.serve() as site:
        secret = inside.url.replace("127.0.0.1", "localhost") + "/robots.txt"
        site.faults["/robots.txt"] = Fault(status=302, headers=(("Location", secret),))
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
        assert inside.requests == ()
    assert done.returncode == 5
    assert "not a host that the mirror answers for" in done.stderr


def test_a_crawl_delay_beyond_reason_ends_the_run_with_a_line(tmp_path: Path) -> None:
    with newsroom.serve(newsroom.Newsroom(robots=newsroom.robots(crawl_delay=86400))) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 5
    assert "asks for 86400 s between requests" in done.stderr
    assert len(site.requests) <= 2


def test_an_unreadable_robots_txt_forbids(tmp_path: Path) -> None:
    with newsroom.serve(faults={"/robots.txt": Fault(status=500)}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert {r.path for r in site.requests} == {"/robots.txt"}
    assert done.returncode == 5
    assert "robots.txt cannot be read: HTTP 500" in done.stderr


def test_a_missing_robots_txt_allows(tmp_path: Path) -> None:
    with newsroom.serve(faults={"/robots.txt": Fault(status=404, body=b"none")}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--limit", 1, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
