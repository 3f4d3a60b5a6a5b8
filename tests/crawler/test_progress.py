"""What a crawl shows while it works: figures, waits, lines of a log, and the display of a terminal."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from rich.spinner import Spinner

from archive.errors import StorageError
from archive.frontier import Kind
from archive.query.ledger import ListingWalk
from crawler.display import display
from crawler.intake import Failure, Tally
from crawler.log import ConsoleHandler, Log, line
from crawler.manners import Patience, Wait
from crawler.progress import Pace, Progress
from crawler.run import CrawlRun, Standing
from tests import newsroom
from tests.command import PROGRESS, ROOT, cas_archive
from tests.crawler.driving import Site, answer, plan
from tests.crawler.test_agenda import FOLDER, listing, of_listing
from tests.newsroom import Fault

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SMALL = ("--section", "research-in-china-2011")


def walk(section: str, pages: int, total: int, **facts: Any) -> ListingWalk:
    known = {
        "begun_by": 7, "last_run": 7, "rereads": 0, "entries": 0, "known": 0, "new": 0, "oldest": None,
        "newest": None, "ended": None, "proof": None, "trouble": None, "is_open_gap": False,
    }  # fmt: skip
    return ListingWalk(section=section, pages=pages, total=total, **known | facts)


@dataclass
class Run:
    """A run that goes nowhere; the time is what a test says."""

    seconds: float = 0.0
    looks: int = 0
    look_takes: float = 0.0
    waiting: Wait | None = None
    ending: str | None = None
    remaining: dict[Kind, int] = field(default_factory=dict)
    state: Standing | StorageError = field(default_factory=Standing)
    tally: Tally = field(default_factory=Tally)
    id: int = 7
    purpose: str = "new"
    pace: str = "delay 5 s"

    @property
    def plan(self) -> Any:
        return SimpleNamespace(mode="new", source=SimpleNamespace(id="cas-english"))

    @property
    def agenda(self) -> Any:
        return SimpleNamespace(tally=self.tally)

    def clock(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def standing(self) -> Standing:
        self.looks += 1
        self.seconds += self.look_takes
        if isinstance(self.state, StorageError):
            raise self.state
        return self.state


@pytest.fixture(name="run")
def _run() -> Run:
    return Run()


@pytest.fixture(name="progress")
def _progress(run: Run) -> Progress:
    return Progress(run, lambda: run.seconds)


@pytest.fixture(name="busy")
def _busy(run: Run) -> Run:
    """Two minutes into a run over three sections."""
    run.tally = Tally(
        responses=24, landings=1, listings=3, entries=50, articles=18, gone=1, section="/news/ric/",
        saved=Counter(new=12, changed=1, unchanged=5), failures=[Failure("https://a.example/1", "HTTP 500")],
    )  # fmt: skip
    run.state = Standing(
        due={Kind.LISTING: 2, Kind.ARTICLE: 1200},
        walks=(
            walk("/head/", 1, 1, ended=NOON, proof="end"),
            walk("/news/ric/", 3, 17, rereads=1),
            walk("/newsroom/cas_media/", 1, 40),
        ),
    )
    run.waiting = Wait(123.4, "delay 5 s", is_regular=True)
    run.seconds = 120.0
    return run


# Figures


def test_the_archive_is_looked_into_every_five_seconds(run: Run, progress: Progress) -> None:
    for tenth in range(1000):
        run.seconds = tenth / 10
        progress.standing()
    assert run.looks == 20


def test_looking_takes_a_fiftieth_of_the_time_at_most(run: Run, progress: Progress) -> None:
    run.look_takes = 2.0
    while run.seconds < 1000:
        progress.standing()
        run.seconds += 0.25
    assert run.looks * 2.0 <= 0.02 * 1000 + 2.0


def test_a_look_that_fails_leaves_what_is_shown(run: Run, progress: Progress) -> None:
    run.state = Standing(due={Kind.ARTICLE: 3})
    progress.standing()
    run.seconds, run.state = 6.0, StorageError("the disk is gone")
    assert progress.standing().due == {Kind.ARTICLE: 3}
    assert progress.trouble == "the disk is gone"
    run.seconds, run.state = 12.0, Standing()
    assert progress.standing().due == {}
    assert progress.trouble is None


def test_rates_are_those_of_the_last_minute() -> None:
    pace = Pace()
    # One a second for two minutes, then nothing for half a minute.
    rates = [pace.rates(second, [min(second, 120)])[0] for second in range(1, 151)]
    assert rates[9] == pytest.approx(1.0)
    assert rates[119] == pytest.approx(1.0)
    assert rates[149] == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("wait", "text"),
    [
        (Wait(13.0, "delay 5 s", is_regular=True), "next request in 3 s: delay 5 s"),
        (Wait(20.0, "Crawl-delay 10 s", is_regular=True), "next request in 10 s: Crawl-delay 10 s"),
        (Wait(50.0, "HTTP 429, Retry-After"), "waiting 40 s: HTTP 429, Retry-After"),
        (Wait(9.0, "delay 5 s", is_regular=True), ""),
        (None, ""),
    ],
)
def test_what_is_waited_for(run: Run, progress: Progress, wait: Wait | None, text: str) -> None:
    run.seconds, run.waiting = 10.0, wait
    assert progress.waiting() == text


def test_patience_says_why_it_waits() -> None:
    patience = Patience(10.0, 900.0, most=8)
    patience.trouble(0.0, "HTTP 429", asked=40.0)
    assert (patience.why, patience.wait(0.0)) == ("HTTP 429, Retry-After", 40.0)
    # A shorter wait of its own changes nothing of what the site asked for.
    patience.trouble(1.0, "HTTP 500")
    assert (patience.why, patience.wait(1.0)) == ("HTTP 429, Retry-After", 39.0)
    patience.trouble(50.0, "HTTP 500", asked=1.0)
    assert (patience.why, patience.wait(50.0)) == ("HTTP 500", 40.0)


# Lines of a log


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"event": "start", "run": 7}, "event=start run=7"),
        ({"pace": "delay 5 s"}, 'pace="delay 5 s"'),
        ({"url": "https://a.example/?a=1"}, 'url="https://a.example/?a=1"'),
        ({"reason": 'said "no"\nand left'}, r'reason="said \"no\"\nand left"'),
        ({"title": "量子"}, "title=量子"),
        ({"reading": None, "left": 0, "empty": ""}, 'left=0 empty=""'),
    ],
)
def test_a_line_is_pairs(facts: dict[str, Any], text: str) -> None:
    assert line(NOON, "info", facts) == f"time=2026-11-02T12:00:00Z level=info {text}"


def parsed(text: str) -> Iterator[dict[str, str]]:
    """Return the lines of a log as their pairs."""
    for one in text.splitlines():
        pairs = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|[^ ]*)(?: |$)', one)
        assert " ".join(f"{name}={value}" for name, value in pairs) == one, "nothing else stands in a line"
        yield {name: json.loads(value) if value.startswith('"') else value for name, value in pairs}


def test_the_log_of_a_run(busy: Run) -> None:
    busy.seconds = 0.0
    written = StringIO()
    log = Log(Progress(busy, lambda: busy.seconds), Console(file=written))
    log.start()
    for second in range(1, 131):
        busy.seconds = float(second)
        if second == 90:
            busy.tally.failures.append(Failure("https://a.example/2", "time-out"))
        log.tick()
    busy.ending, busy.remaining = "budget", {Kind.ARTICLE: 1200}
    log.end()
    lines = list(parsed(written.getvalue()))
    assert [(one["event"], one["time"][11:19]) for one in lines] == [
        ("start", "12:00:00"), ("failed", "12:00:01"), ("progress", "12:00:03"), ("progress", "12:01:03"),
        ("failed", "12:01:30"), ("progress", "12:02:03"), ("end", "12:02:10"),
    ]  # fmt: skip
    start, failed, summary, end = lines[0], lines[1], lines[2], lines[-1]
    assert (start["source"], start["mode"], start["pace"]) == ("cas-english", "new", "delay 5 s")
    assert (start["due_listings"], start["due_articles"]) == ("2", "1200")
    assert (failed["level"], failed["url"], failed["reason"]) == (
        "warning", "https://a.example/1", "HTTP 500",
    )  # fmt: skip
    assert summary["waiting"] == "next request in 120 s: delay 5 s"
    assert summary["reading"] == "/news/ric/ 2/17"
    counts = {name: summary[name] for name in ("new", "changed", "unchanged", "gone", "failed", "requests")}
    assert counts == {
        "new": "12", "changed": "1", "unchanged": "5", "gone": "1", "failed": "1", "requests": "24",
    }  # fmt: skip
    assert (end["outcome"], end["failed"], end["left_articles"]) == ("budget", "2", "1200")
    assert {one["run"] for one in lines} == {"7"}


def test_what_libraries_log_is_one_line_with_its_stack() -> None:
    written = StringIO()
    handler = ConsoleHandler(Console(file=written), "WARNING")
    logger = logging.Logger("library.part")
    logger.addHandler(handler)
    logger.info("not asked for")
    try:
        int("[bold]odd[/bold]")
    except ValueError:
        logger.exception("it broke on %s", "https://a.example/")
    (one,) = parsed(written.getvalue())
    assert (one["level"], one["event"], one["logger"]) == ("error", "log", "library.part")
    assert one["text"] == "it broke on https://a.example/"
    assert one["stack"].endswith("'[bold]odd[/bold]'")


# A terminal


def test_the_display_of_a_terminal(busy: Run) -> None:
    progress = Progress(busy, lambda: busy.seconds)
    progress._begun = 0.0
    console = Console(width=80, record=True, file=StringIO())
    console.print(display(progress, Spinner("dots")))
    shown = console.export_text().splitlines()
    assert max(map(len, shown)) <= 80
    assert shown[0].endswith("cas-english, new, run 7, 0:02:00")
    assert [one.rstrip() for one in shown[1:]] == [
        "  sections 1 of 3 read",
        "           /news/ric/  page 2 of 17",
        "           /newsroom/cas_media/  page 1 of 40",
        "  listings 3 pages, 50 articles named",
        "  articles 12 new, 1 changed, 5 unchanged, 1 gone, 1 failed",
        "  requests 24, 0.20 a second; 0.18 pages a second",
        "  due      2 list pages, 1,200 articles",
        "  now      next request in 3 s: delay 5 s",
        "  failed   HTTP 500: https://a.example/1",
    ]


# Real runs


def started(*words: str, **streams: Any) -> Popen[str]:
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    return Popen([sys.executable, "-m", "crawler", *words], env=environment, cwd=ROOT, **streams)


def test_a_run_tells_what_it_has_left_to_do(tmp_path: Path) -> None:
    pager = 'createPageHTML(4, 0, "index", "shtml");'
    site = Site({of_listing(0): listing([9, 8, 7], pager)})
    run = CrawlRun(plan(tmp_path))
    assert run.standing().due == {Kind.LISTING: 1}
    ask = run.agenda.next()
    assert ask is not None
    answer(run, site, ask)
    standing = run.standing()
    assert standing.due == {Kind.LISTING: 1, Kind.ARTICLE: 3}
    assert [(w.section, w.pages, w.total, w.ended) for w in standing.walks] == [(FOLDER, 1, 4, None)]
    assert (run.purpose, run.pace) == ("new", "no delay")
    run.slow_down("english.cas.cn", 10.0)
    assert run.pace == "Crawl-delay 10 s"
    run.close("finished")
    assert run.standing() == Standing(), "the archive is closed"


def test_a_crawl_in_a_log(tmp_path: Path) -> None:
    broken = next(url for url in newsroom.expected() if "/news/ric/" in url)
    fault = Fault(status=500)
    with newsroom.serve(faults={broken.removeprefix(f"https://{newsroom.HOST}"): fault}) as site:
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    log = [one for one in done.stderr.splitlines() if PROGRESS.match(one)]
    lines = list(parsed("\n".join(log)))
    assert [one["event"] for one in lines] == ["start", "failed", "end"]
    assert (lines[0]["source"], lines[0]["mode"]) == ("cas-english", "new")
    assert (lines[1]["url"], lines[1]["reason"]) == (broken, "HTTP 500")
    assert (lines[-1]["outcome"], lines[-1]["new"], lines[-1]["failed"]) == ("incomplete", "7", "1")


@pytest.mark.parametrize(
    ("site", "faults", "waits"),
    [
        (
            newsroom.Newsroom(robots=newsroom.robots(crawl_delay=60)),
            {},
            r"next request in 5\d s: Crawl-delay 60 s",
        ),
        (
            newsroom.Newsroom(),
            {"/news/ric/": Fault(status=429, headers=(("Retry-After", "60"),))},
            r"waiting 5\d s: HTTP 429, Retry-After",
        ),
    ],
    ids=["crawl-delay", "retry-after"],
)
def test_a_log_says_what_a_run_waits_for(
    tmp_path: Path, site: newsroom.Newsroom, faults: dict[str, Fault], waits: str
) -> None:
    with newsroom.serve(site, faults=faults) as server:
        words = ["crawl", "--mirror", server.url, *SMALL, "--data", str(tmp_path)]
        with started(*words, stderr=PIPE, stdout=DEVNULL, text=True) as process:
            assert process.stderr is not None
            summary = next(one for one in process.stderr if " event=progress " in one)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
    (said,) = parsed(summary)
    assert re.fullmatch(waits, said["waiting"])


def test_a_crawl_on_a_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    seen = bytearray()

    def read() -> None:
        while True:
            try:
                got = os.read(ours, 65536)
            except OSError:
                return
            seen.extend(got)

    reader = threading.Thread(target=read)
    with newsroom.serve(delay=0.05) as site:
        words = ["crawl", "--mirror", site.url, *SMALL, "--data", str(tmp_path)]
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
        with Popen(
            [sys.executable, "-m", "crawler", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
        ) as process:
            os.close(theirs)
            reader.start()
            assert process.wait(timeout=120) == 0
    reader.join()
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert "cas-english, new, run 1, 0:00:0" in text
    assert "sections 0 of 1 read" in text
    assert "Run 1 of cas-english: finished" in text
    assert not PROGRESS.search(text)
