"""What a daily run costs when nothing has changed: `python -m benchmarks.daily --known 40000`.

The sample newsroom is crawled into an archive, whose frontier is then filled with that many known articles,
not one of them due. The same run is measured with the frontier as it was and with the full one, turn by turn:
requests at the server, seconds, largest memory of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests import newsroom

SOURCE = "cas-english"
_FIRST = datetime(2026, 8, 20, 20, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run asked for and took."""

    requests: int
    listings: int
    articles: int
    seconds: float
    #: Largest resident memory, in MiB.
    memory: float


def addresses(count: int) -> Iterator[str]:
    """Yield addresses of articles that the newsroom does not have."""
    for number in range(count):
        day = datetime(2004, 1, 1, tzinfo=UTC) + timedelta(days=number % 8000)
        yield (
            f"https://{newsroom.HOST}/newsroom/archive/china_archive/cn{day:%Y}/{day:%Y%m}/"
            f"t{day:%Y%m%d}_{20_000_000 + number}.shtml"
        )


def fill(data: Path, count: int) -> None:
    """Let the frontier know `count` more articles, each checked and due again in half a year."""
    due = (_FIRST + timedelta(days=180)).replace(tzinfo=None).isoformat(sep=" ")
    found = _FIRST.replace(tzinfo=None).isoformat(sep=" ")
    statement = (
        "INSERT INTO frontier (source, url, kind, state, folder, found_at, attempts, last_check, next_check)"
        " VALUES (?, ?, 'article', 'done', '/newsroom/', ?, 0, ?, ?)"
    )
    with closing(sqlite3.connect(data / "archive.sqlite")) as connection, connection:
        connection.executemany(statement, ((SOURCE, url, found, found, due) for url in addresses(count)))


def crawl(server: newsroom.Server, data: Path, now: datetime) -> Cost:
    """Run one daily crawl in a process of its own."""
    server.forget()
    environment = os.environ | {"CAS_ARCHIVE_NOW": now.isoformat(), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "crawler", "crawl", "--mirror", server.url, "--data", str(data)]
    begun = time.perf_counter()
    with Path(os.devnull).open("w") as nothing:
        process = subprocess.Popen(command, env=environment, stdout=nothing, stderr=nothing)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"a crawl ended with {code}")
    paths = [request.path for request in server.requests]
    articles = sum("/t20" in path for path in paths)
    listings = sum("/t20" not in path and path != "/robots.txt" for path in paths)
    return Cost(len(paths), listings, articles, seconds, usage.ru_maxrss / 1024)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=int, default=40_000, help="Articles that the frontier knows.")
    parser.add_argument("--turns", type=int, default=5, help="Pairs of runs.")
    asked = parser.parse_args()
    costs: dict[str, list[Cost]] = {"as crawled": [], "full": []}
    with tempfile.TemporaryDirectory() as folder, newsroom.serve() as server:
        plain, full = Path(folder) / "plain", Path(folder) / "full"
        crawl(server, plain, _FIRST)
        shutil.copytree(plain, full)
        fill(full, asked.known)
        for turn in range(asked.turns):
            now = _FIRST + timedelta(days=1, hours=turn * 8)
            costs["as crawled"].append(crawl(server, plain, now))
            costs["full"].append(crawl(server, full, now))
    known = {"as crawled": 0, "full": asked.known}
    for name, runs in costs.items():
        middle = {field: statistics.median(asdict(run)[field] for run in runs) for field in asdict(runs[0])}
        print(
            f"{name:<11} {known[name]:>9,} more known: {middle['requests']:.0f} requests"
            f" ({middle['listings']:.0f} list pages, {middle['articles']:.0f} articles),"
            f" {middle['seconds']:.2f} s, {middle['memory']:.0f} MiB"
        )
        print(json.dumps({"name": name, "known": known[name], **middle}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
