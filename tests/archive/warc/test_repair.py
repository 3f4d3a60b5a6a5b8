"""What a killed run leaves behind, and that nothing complete is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import StorageError, WarcError
from archive.warc import Repair, RepairOutcome, WarcWriter, pages, read, repair
from tests.archive.warc.exchanges import KINDS, SENT, coded, exchange

NAME = "s-20260304050607-00000.warc.gz"


def left_open(folder: Path) -> tuple[bytes, list[int]]:
    """Leave a file as a killed writer would; returns its bytes and where each of its records ends."""
    with WarcWriter(folder, "s", software="t", clock=lambda: SENT) as writer:
        captures = [writer.write(exchange(f"{n}", body=bytes([n]) * 9)) for n in range(3)]
    data = (folder / NAME).read_bytes()
    (folder / NAME).rename(folder / f"{NAME}.open")
    ends = [captures[0].offset]
    for here, following in zip(captures, [*(c.offset for c in captures[1:]), len(data)], strict=True):
        ends += [here.offset + here.length, following]
    return data, ends


def test_every_cut_of_the_last_exchange_keeps_all_whole_records(tmp_path: Path) -> None:
    data, ends = left_open(tmp_path)
    path = tmp_path / f"{NAME}.open"
    whole = [page.url for page in pages(tmp_path)]
    for cut in range(ends[-3], len(data) + 1):
        path.write_bytes(data[:cut])
        kept = max(end for end in ends if end <= cut)
        assert repair(tmp_path) == (
            Repair(warc=NAME, outcome=RepairOutcome.CLOSED, kept=kept, cut=cut - kept),
        )
        assert (tmp_path / NAME).read_bytes() == data[:kept]
        assert [page.url for page in pages(tmp_path)] == whole[: 3 if cut >= ends[-2] else 2]
        (tmp_path / NAME).unlink()


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\x1f\x8b\x08", b"half a record", b"\x1f\x8b\x08\0" * 50])
def test_a_tail_that_is_no_record_is_told_and_cut(
    tmp_path: Path, tail: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    data, _ = left_open(tmp_path)
    (tmp_path / f"{NAME}.open").write_bytes(data + tail)
    assert len(list(pages(tmp_path))) == 3
    assert f"{NAME}: the record at byte {len(data)}" in caplog.text
    assert "is left out" in caplog.text
    done = repair(tmp_path)
    assert done == (Repair(warc=NAME, outcome=RepairOutcome.CLOSED, kept=len(data), cut=len(tail)),)
    assert (tmp_path / NAME).read_bytes() == data


def test_a_torn_body_that_is_gzip_itself_is_not_taken_for_a_record(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "s", software="t", clock=lambda: SENT) as writer:
        first = writer.write(exchange())
        last = writer.write(coded("gzip", KINDS["gzip"].body * 3))
    data = (tmp_path / NAME).read_bytes()
    (tmp_path / NAME).unlink()
    (tmp_path / f"{NAME}.open").write_bytes(data[: last.offset + last.length - 1])
    assert repair(tmp_path)[0].kept == last.offset
    assert [page.capture for page in pages(tmp_path)] == [first]


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_file_without_a_whole_record_is_removed(tmp_path: Path, size: int) -> None:
    data, _ = left_open(tmp_path)
    (tmp_path / f"{NAME}.open").write_bytes(data[:size])
    assert repair(tmp_path) == (Repair(warc=NAME, outcome=RepairOutcome.REMOVED, cut=size),)
    assert list(tmp_path.iterdir()) == []


def test_damage_in_the_middle_is_never_cut(tmp_path: Path) -> None:
    data, ends = left_open(tmp_path)
    broken = data[: ends[0] + 40] + b"\xff\xff\xff\xff" + data[ends[0] + 44 :]
    (tmp_path / f"{NAME}.open").write_bytes(broken)
    assert repair(tmp_path) == (Repair(warc=NAME, outcome=RepairOutcome.DAMAGED, kept=ends[0]),)
    assert (tmp_path / f"{NAME}.open").read_bytes() == broken
    with pytest.raises(WarcError, match=f"byte {ends[0]} is damaged") as caught:
        list(pages(tmp_path))
    assert (caught.value.warc, caught.value.offset) == (NAME, ends[0])


def test_a_file_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "s", software="t", clock=lambda: SENT) as writer:
        writer.write(exchange())
        assert repair(tmp_path) == (Repair(warc=NAME, outcome=RepairOutcome.BUSY),)
        capture = writer.write(exchange("2"))
    assert read(tmp_path, capture).url.endswith("2")
    assert repair(tmp_path) == ()


def test_a_file_of_the_final_name_is_never_overwritten(tmp_path: Path) -> None:
    left_open(tmp_path)
    (tmp_path / NAME).write_bytes(b"older")
    with pytest.raises(WarcError, match="move one of them away"):
        repair(tmp_path)
    assert (tmp_path / NAME).read_bytes() == b"older"


def test_no_folder_needs_no_repair(tmp_path: Path) -> None:
    assert repair(tmp_path / "absent") == ()
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot read the WARC folder"):
        repair(tmp_path / "file")


KILLED = """
import os, signal, sys
from pathlib import Path
from archive.warc import WarcWriter
from tests.archive.warc.exchanges import SENT, exchange
writer = WarcWriter(Path(sys.argv[1]), "s", software="t", clock=lambda: SENT)
for n in range(20):
    print(writer.write(exchange(f"{n}")).record_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_nothing_it_was_told_of(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.open"]
    before = list(pages(tmp_path))
    assert [page.capture.record_id for page in before] == killed.stdout.split()
    assert repair(tmp_path)[0].outcome is RepairOutcome.CLOSED
    assert list(pages(tmp_path)) == before


BUSY = """
import sys
from pathlib import Path
from archive.warc import WarcWriter, repair
from tests.archive.warc.exchanges import SENT, exchange
folder, who = Path(sys.argv[1]), sys.argv[2]
with WarcWriter(folder, "s", software="t", max_bytes=4000, clock=lambda: SENT) as writer:
    for n in range(40):
        print(writer.write(exchange(f"{who}/{n}")).record_id, flush=True)
        repair(folder)
"""


def test_writers_and_repairers_in_one_folder_lose_nothing(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BUSY, str(tmp_path), str(who)],
            cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for who in range(3)
    ]  # fmt: skip
    told: list[str] = []
    for process in running:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        told += out.split()
    assert len(told) == 120
    assert sorted(page.capture.record_id for page in pages(tmp_path)) == sorted(told)
    assert all(path.name.endswith(".warc.gz") for path in tmp_path.iterdir())
