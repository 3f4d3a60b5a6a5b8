"""The command `cas-archive health`, run as an operator would."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from archive.db import open_database
from archive.items import Capture
from archive.warc import Exchange, WarcWriter
from tests.archive import samples
from tests.archive.health.rehearsal import FULL, UNCLAIMED, Rehearsal, at, page
from tests.command import cas_archive

OLD = range(81000, 81010)


def stored(writer: WarcWriter, docid: int, moment: datetime) -> Capture:
    """A real record of a page."""
    return writer.write(
        Exchange(
            url=samples.url(docid),
            sent_at=moment,
            status=200,
            response_headers=(("Content-Type", "text/html"),),
            body=f"<h1>Page {docid}</h1>".encode(),
        )
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An archive whose pages were claimed by a template on the first day, and by none on the second."""
    folder = tmp_path / "data"
    with open_database(folder, create=True) as database:
        rehearsal = Rehearsal(database)
        rehearsal.run(0, [page(docid, 0, **FULL) for docid in OLD], mode="backfill")
        with WarcWriter(database.warcs, "sample", software="test/1") as writer:
            captures = {docid: stored(writer, docid, at(1)) for docid in OLD}
        rehearsal.run(1, [page(d, 24, captures=(captures[d],), **UNCLAIMED) for d in OLD], mode="recheck")
    return folder


def health(
    data: Path, *arguments: str | Path, day: float = 1.1, **environment: str
) -> subprocess.CompletedProcess[str]:
    return cas_archive(
        "health", *arguments, "--data", data, CAS_ARCHIVE_NOW=at(day).isoformat(), COLUMNS="80", **environment
    )


def document(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_a_redesign_is_printed_with_section_first_page_and_examples(data: Path) -> None:
    done = health(data)
    assert (done.returncode, done.stderr) == (1, "")
    assert "new     drift  sample /science/" in done.stdout
    assert samples.url(81000) in done.stdout
    # The path of a folder is not broken: it is there to be copied.
    assert max(len(line) for line in done.stdout.splitlines() if "example pages" not in line) <= 80
    (folder,) = (data / "health").iterdir()
    assert folder.name == "20260102-sample-drift-science"
    about = json.loads((folder / "about.json").read_text())
    assert [p["url"] for p in about["pages"]] == [samples.url(docid) for docid in OLD[:3]]
    assert (folder / about["pages"][0]["file"]).read_text() == "<h1>Page 81000</h1>"
    assert folder.name in done.stdout.replace("\n", "")


def test_an_alarm_is_new_once_and_stands_until_it_is_over(data: Path) -> None:
    first, second = document(health(data, "--json")), document(health(data, "--json", day=1.2))
    assert [(a["kind"], a["is_new"]) for a in first["alarms"]] == [("drift", True)]
    assert [(a["kind"], a["is_new"]) for a in second["alarms"]] == [("drift", False)]
    assert (len(first["examples"]), second["examples"], first["healthy"]) == (3, [], False)
    with open_database(data) as database:
        Rehearsal(database).run(2, [page(d, 48, **FULL) for d in OLD], mode="recheck")
    done = health(data, "--json", day=2.1)
    assert done.returncode == 0
    assert document(done)["healthy"]
    assert [alarm["kind"] for alarm in document(done)["cleared"]] == ["drift"]
    assert "No alarm stands." in health(data, day=2.2).stdout


def test_examples_go_where_they_are_wanted(data: Path, tmp_path: Path) -> None:
    health(data)
    health(data, "--examples", tmp_path / "pages")
    assert len(list((tmp_path / "pages").glob("*/*.html"))) == 3


def test_a_capture_that_cannot_be_read_hides_no_alarm(data: Path) -> None:
    for warc in (data / "warc").iterdir():
        warc.unlink()
    done = health(data)
    assert done.returncode == 1
    assert "drift" in done.stdout
    assert done.stderr.startswith("cas-archive: example pages could not be saved: ")


def test_metrics_and_notification(data: Path, tmp_path: Path) -> None:
    told, metrics = tmp_path / "told", tmp_path / "x.prom"
    keep = shlex.join([sys.executable, "-c", f"open({str(told)!r}, 'w').write(open(0).read())"])
    arguments = ("--notify", "--prometheus", metrics)
    assert health(data, *arguments, CAS_ARCHIVE_ALARM_COMMAND=keep).returncode == 1
    assert [alarm["kind"] for alarm in json.loads(told.read_text())["raised"]] == ["drift"]
    assert 'cas_archive_alarms{kind="drift",source="sample"} 1.0' in metrics.read_text()


def test_a_notification_that_fails_is_said_and_tried_again(data: Path, tmp_path: Path) -> None:
    done = health(data, "--notify", CAS_ARCHIVE_ALARM_COMMAND="/nowhere/at-all")
    assert done.returncode == 1
    assert "No such file" in done.stderr
    told = tmp_path / "told"
    keep = shlex.join([sys.executable, "-c", f"open({str(told)!r}, 'w').write(open(0).read())"])
    health(data, "--notify", day=1.2, CAS_ARCHIVE_ALARM_COMMAND=keep)
    assert len(json.loads(told.read_text())["raised"]) == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--notify"], {}, "set CAS_ARCHIVE_ALARM_COMMAND or CAS_ARCHIVE_ALARM_WEBHOOK"),
        (["--source", "nobody"], {}, "nothing is kept of the source 'nobody'; there are: sample"),
        ([], {"CAS_ARCHIVE_ALARM_COMMAND": "mail 'you"}, "No closing quotation"),
        ([], {"CAS_ARCHIVE_ALARM_WEBHOOK": "ftp://x.example/"}, "alarm_webhook"),
    ],
)
def test_wrong_usage_is_one_line(
    data: Path, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    done = health(data, *arguments, **environment)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_an_archive(tmp_path: Path) -> None:
    done = cas_archive("health", "--data", tmp_path)
    assert done.returncode == 1
    assert "no archive in" in done.stderr
