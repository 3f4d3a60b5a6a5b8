"""Ctrl-C, kill, and what a run leaves behind. With the real command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import newsroom
from tests.command import ROOT, cas_archive, exported

SMALL = ("--section", "research-in-china-2011")


@contextmanager
def crawling(data: Path, mirror: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "crawler", "crawl", "--mirror", mirror, "--data", str(data), *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAS_ARCHIVE_")}
    with subprocess.Popen(
        command,
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that runs tests in the background may have told its children to ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(site: newsroom.Server, requests: int) -> None:
    limit = time.monotonic() + 60
    while len(site.requests) < requests:
        assert time.monotonic() < limit, "the crawl asks for nothing"
        time.sleep(0.02)  # another process: there is nothing to wait on but its requests


def test_ctrl_c_ends_a_polite_crawl_soon_and_keeps_what_came(tmp_path: Path) -> None:
    with newsroom.serve() as site, crawling(tmp_path, site.url, "--delay", "3") as process:
        wait_for(site, 3)
        asked = len(site.requests)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 6, out + err
    assert "stopped before the end" in err
    assert "Traceback" not in err
    assert time.monotonic() - begun < 3 * 3, "what waits in queues is dropped, not sent politely"
    assert len(site.requests) <= asked + 1
    assert "stopped" in cas_archive("runs", "--data", tmp_path).stdout


def test_a_killed_crawl_is_seen_and_the_next_one_completes_it(tmp_path: Path) -> None:
    with newsroom.serve(delay=0.05) as site:
        with crawling(tmp_path, site.url, *SMALL) as process:
            wait_for(site, 6)
            process.kill()
            process.wait(timeout=30)
        assert "killed" in cas_archive("runs", "--data", tmp_path).stdout
        done = cas_archive("crawl", "--mirror", site.url, *SMALL, "--data", tmp_path)
    assert done.returncode == 0, done.stderr
    truths = {url for url in newsroom.expected() if "/news/ric/" in url}
    assert set(exported(tmp_path)) == truths
    assert all(file.name.endswith(".warc.gz") for file in (tmp_path / "warc").iterdir())


def test_scrapy_users_get_one_line_for_a_wrong_argument(tmp_path: Path) -> None:
    def scrapy(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scrapy", "crawl", "newsroom", "-a", f"data={tmp_path}", *arguments]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("CAS_ARCHIVE_")}
        return subprocess.run(
            command, env=clean, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )

    for arguments, words in (
        (["-a", "source=nowhere"], "unknown source 'nowhere'"),
        (["-a", "bogus=1"], "unknown argument"),
        ([], "CAS_ARCHIVE_CONTACT"),
    ):
        done = scrapy(*arguments)
        assert words in done.stderr
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
        assert done.returncode != 0
