"""What is written is what is read, and a crawl and a replay see the same page."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from archive.errors import WarcError
from archive.items import Capture
from archive.warc import Exchange, WarcWriter, page_of, pages, read
from tests.archive.warc.exchanges import HTML, KINDS, PAGE, SENT, any_exchange, exchange


def write(folder: Path, *exchanges: Exchange, max_bytes: int = 1 << 30) -> list[Capture]:
    with WarcWriter(folder, "sample", software="test/1", max_bytes=max_bytes) as writer:
        return [writer.write(one) for one in exchanges]


@pytest.mark.parametrize("kind", KINDS)
def test_read_equals_the_fresh_page(tmp_path: Path, kind: str) -> None:
    capture = write(tmp_path, KINDS[kind])[0]
    fresh = page_of(KINDS[kind], capture)
    assert read(tmp_path, capture) == fresh
    assert list(pages(tmp_path)) == [fresh]
    assert fresh.url == KINDS[kind].url
    assert fresh.status == KINDS[kind].status
    assert fresh.fetched_at == capture.captured_at == KINDS[kind].sent_at
    assert fresh.fetched_at.utcoffset() == timedelta(0)


@settings(max_examples=150, deadline=None)
@given(any_exchange)
def test_any_exchange_reads_back_as_the_fresh_page(one: Exchange) -> None:
    with TemporaryDirectory() as name:
        capture = write(Path(name), one)[0]
        fresh = page_of(one, capture)
        assert read(Path(name), capture) == fresh
        assert list(pages(Path(name))) == [fresh]
        assert len(fresh.headers) >= len(one.response_headers)


@pytest.mark.parametrize("kind", ["gzip", "deflate", "brotli", "chunked"])
def test_content_coding_is_undone_and_kept_in_the_headers(tmp_path: Path, kind: str) -> None:
    page = read(tmp_path, write(tmp_path, KINDS[kind])[0])
    assert page.body == PAGE
    assert page.header("content-encoding") is not None
    assert page.defect is None


def test_headers_come_back_in_order_with_every_byte(tmp_path: Path) -> None:
    headers = (("Set-Cookie", "a=1"), ("X-Title", "\xb1\xea\x85\xa0"), ("set-cookie", "b=2"), ("X-Empty", ""))
    page = read(tmp_path, write(tmp_path, exchange(response_headers=headers))[0])
    assert page.headers == headers


@pytest.mark.parametrize(
    ("kind", "headers"),
    [
        (
            "chunked",
            (
                HTML,
                ("Content-Encoding", "gzip"),
                ("X-Archive-Orig-Transfer-Encoding", "chunked"),
                ("Content-Length", str(len(KINDS["chunked"].body))),
            ),
        ),
        (
            "wrong length",
            (HTML, ("X-Archive-Orig-Content-Length", "7"), ("Content-Length", str(len(PAGE)))),
        ),
        ("not modified", (("Content-Length", "2048"),)),
        ("head", KINDS["head"].response_headers),
        ("redirect", (("Location", "/x/"),)),
    ],
)
def test_framing_headers_fit_the_stored_body(
    tmp_path: Path, kind: str, headers: tuple[tuple[str, str], ...]
) -> None:
    assert read(tmp_path, write(tmp_path, KINDS[kind])[0]).headers == headers


def test_pages_come_in_the_order_of_writing_over_rotated_files(tmp_path: Path) -> None:
    written = [exchange(f"{n}", sent_at=SENT - timedelta(seconds=n)) for n in range(30)]
    captures = write(tmp_path, *written, max_bytes=4000)
    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) > 3
    assert all((tmp_path / name).stat().st_size <= 4000 for name in files)
    assert [page.capture for page in pages(tmp_path)] == captures
    assert [page.url for page in pages(tmp_path)] == [one.url for one in written]


def test_a_capture_is_found_before_and_after_its_file_is_closed(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "sample", software="test/1") as writer:
        capture = writer.write(exchange())
        assert [path.name for path in tmp_path.iterdir()] == [capture.warc + ".open"]
        during, streamed = read(tmp_path, capture), list(pages(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [capture.warc]
    assert read(tmp_path, capture) == during
    assert list(pages(tmp_path)) == streamed == [during]


def test_a_capture_spans_exactly_its_gzip_member(tmp_path: Path) -> None:
    capture = write(tmp_path, exchange())[0]
    data = (tmp_path / capture.warc).read_bytes()[capture.offset :][: capture.length]
    record = gzip.decompress(data)
    assert record.startswith(b"WARC/1.1\r\nWARC-Type: response\r\n")
    assert record.endswith(PAGE + b"\r\n\r\n")


def test_file_names_tell_prefix_time_and_serial(tmp_path: Path) -> None:
    times = iter([datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)] * 2 + [datetime(2025, 1, 1, tzinfo=UTC)] * 2)
    with WarcWriter(tmp_path, "cas-english", software="t", max_bytes=1, clock=lambda: next(times)) as writer:
        first, second = writer.write(exchange()), writer.write(exchange())
    assert first.warc == "cas-english-20260102030405-00000.warc.gz"
    # The clock was set back in between: names still sort in the order of writing.
    assert second.warc == "cas-english-20260102030405-00001.warc.gz"


def test_two_writers_in_one_second_take_different_files(tmp_path: Path) -> None:
    with (
        WarcWriter(tmp_path, "s", software="t", clock=lambda: SENT) as one,
        WarcWriter(tmp_path, "s", software="t", clock=lambda: SENT) as two,
    ):
        captures = [one.write(exchange("1")), two.write(exchange("2")), one.write(exchange("3"))]
    assert captures[0].warc == captures[2].warc != captures[1].warc
    assert [read(tmp_path, c).url[-1] for c in captures] == ["1", "2", "3"]


def test_a_writer_that_wrote_nothing_leaves_nothing(tmp_path: Path) -> None:
    WarcWriter(tmp_path, "s", software="t").close()
    assert list(tmp_path.iterdir()) == []
    assert list(pages(tmp_path)) == []


def test_a_closed_writer_refuses(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, "s", software="t")
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(exchange())


def test_no_folder_has_no_pages(tmp_path: Path) -> None:
    assert list(pages(tmp_path / "absent")) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sent_at": datetime(2026, 1, 1)}, "time zone"),  # noqa: DTZ001 (that is the point)
        ({"url": "ftp://news.example.org/"}, "neither http"),
        ({"url": "https://news.example.org/a b"}, "spaces"),
        ({"url": "https://news.example.org/\r\nWARC-Type: x"}, "control"),
        ({"url": "https:///nowhere"}, "host"),
        ({"status": 99}, "three digits"),
        ({"method": "GET /\r\n"}, "method"),
        ({"ip": "somewhere"}, "IPv4"),
    ],
)
def test_an_exchange_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        exchange(**changes)


def test_a_prefix_that_is_a_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="file name"):
        WarcWriter(tmp_path, "../up", software="t")


def test_a_failure_is_kept_and_is_no_page(tmp_path: Path) -> None:
    with WarcWriter(tmp_path, "s", software="t") as writer:
        failed = writer.write_failure("https://gone.example.org/", SENT, "DNS: no such\nhost")
        capture = writer.write(exchange())
    assert [page.capture for page in pages(tmp_path)] == [capture]
    with pytest.raises(WarcError, match="metadata record, not a response"):
        read(tmp_path, failed)
    with pytest.raises(ValueError, match="time zone"):
        writer.write_failure("https://gone.example.org/", datetime(2026, 1, 1), "x")  # noqa: DTZ001
