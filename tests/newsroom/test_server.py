"""The server of the sample newsroom answers as its files and its options say."""

from __future__ import annotations

import gzip
import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.newsroom import (
    ALIAS,
    CHALLENGED,
    HOST,
    Article,
    Fault,
    Newsroom,
    Server,
    articles,
    expected,
    outcomes,
    robots,
    serve,
)
from tests.newsroom.site import part_path

ROOT = Path(__file__).parents[2]
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as running:
        yield running


def get(server: Server, path: str, host: str = HOST, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers={"Host": host, **fields})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("article", articles(), ids=[article.slug for article in articles()])
def test_every_part_and_asset_is_served(server: Server, article: Article) -> None:
    for address in article.addresses:
        for part in range(article.expected.parts):
            assert get(server, part_path(address, part))[0] == 200
        assert get(server, part_path(address, article.expected.parts))[0] == 404
    for asset in article.asset_paths:
        status, headers, _ = get(server, asset)
        assert (status, headers["Content-Type"].partition("/")[0] in {"image", "application"}) == (200, True)


def test_outcomes_are_as_described(server: Server) -> None:
    found = {outcome.outcome for outcome in outcomes()}
    assert found == {"dead-link", "soft-404", "stub", "redirect", "off-site", "not-news", "trap"}
    for outcome in outcomes():
        if outcome.outcome == "off-site":
            assert urlsplit(outcome.address).hostname not in {HOST, ALIAS}
            continue
        status, headers, body = get(server, outcome.address)
        assert status == {"dead-link": 404, "redirect": 301}.get(outcome.outcome, 200), outcome.address
        if outcome.target:
            assert headers["Location"] in expected()
        if outcome.outcome == "soft-404":
            assert b"does not exist" in body


def test_traps_are_endless(server: Server) -> None:
    deep = get(server, "/newsroom/newsroom/newsroom/newsroom/")
    assert (deep[0], b'href="newsroom/"' in deep[2]) == (200, True)
    assert b"?date=2024-03-01" in get(server, "/newsroom/calendar/?date=2024-02-29")[2]
    assert get(server, "/newsroom/calendar/?date=junk")[0] == 404
    assert get(server, "/robots.txt")[2] == b"User-agent: *\nDisallow: /trap/\n"


def test_robots_may_forbid_or_ask_for_a_delay() -> None:
    assert "Disallow: /\n" in robots(forbid=True)
    assert "Crawl-delay: 2.5\n" in robots(2.5)
    with serve(Newsroom(robots=robots(forbid=True))) as strict:
        assert get(strict, "/robots.txt")[2] == b"User-agent: *\nDisallow: /\n"


def test_both_hosts_are_answered_and_others_are_not(server: Server) -> None:
    path = articles()[0].address
    server.forget()
    assert [get(server, path, host)[0] for host in (HOST, ALIAS, "po.7z2es.cn")] == [200, 200, 404]
    assert [request.host for request in server.requests] == [HOST, ALIAS, "po.7z2es.cn"]
    assert get(server, "/newsroom/cas_media")[1]["Location"] == f"https://{HOST}/newsroom/cas_media/"
    assert get(server, "/newsroom/cas_media/index.shtml")[2] == get(server, "/newsroom/cas_media/")[2]


def test_bodies_come_compressed_and_conditional_requests_give_304(server: Server) -> None:
    path = articles()[0].address
    plain = get(server, path)
    packed = get(server, path, Accept_Encoding="gzip, deflate")
    assert packed[1]["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed[2]) == plain[2]
    for validators in ({"If_None_Match": plain[1]["ETag"]}, {"If_Modified_Since": plain[1]["Last-Modified"]}):
        status, _, body = get(server, path, **validators)
        assert (status, body) == (304, b"")
    assert get(server, path, If_None_Match='W/"other"')[0] == 200


def test_bytes_are_what_the_truth_says(server: Server) -> None:
    for article in articles():
        _, headers, body = get(server, article.address)
        if article.encoding == "gb18030":
            assert (f"charset={article.declared}".encode() in body) == bool(article.declared)
            assert "charset" not in headers["Content-Type"]
            with pytest.raises(UnicodeDecodeError):
                body.decode("utf-8")
        elif article.encoding == "utf-8-sig":
            assert body.startswith(b"\xef\xbb\xbf")
        else:
            assert body.decode("utf-8")


def test_faults_heal_when_told_to() -> None:
    paths = [article.address for article in articles()[:4]]
    faults = {
        paths[0]: Fault(status=500, times=1),
        paths[1]: Fault(status=429, headers=(("Retry-After", "3"),)),
        paths[2]: CHALLENGED,
        paths[3]: Fault(reset=True, times=1),
    }
    with serve(faults=faults) as faulty:
        assert [get(faulty, paths[0])[0] for _ in range(2)] == [500, 200]
        assert get(faulty, paths[1])[1]["Retry-After"] == "3"
        status, _, body = get(faulty, paths[2])
        assert (status, len(body) < 500, b"<script>" in body) == (200, True, True)
        with pytest.raises(ConnectionError):
            get(faulty, paths[3])
        assert get(faulty, paths[3])[0] == 200
        assert faulty.count(paths[3]) == 2


def test_a_truncated_body_is_shorter_than_promised() -> None:
    path = articles()[0].address
    with serve(faults={path: Fault(truncate=100)}) as faulty, pytest.raises(http.client.IncompleteRead):
        get(faulty, path)


def test_delays_are_kept_and_the_log_counts_requests_at_once() -> None:
    path = articles()[0].address
    with serve(delay=0.05) as slow:
        started = time.monotonic()
        connections = [http.client.HTTPConnection("127.0.0.1", slow.server_address[1]) for _ in range(3)]
        for connection in connections:
            connection.request("GET", path, headers={"Host": HOST})
        for connection in connections:
            connection.getresponse().read()
            connection.close()
        assert time.monotonic() - started >= 0.05
    assert slow.most_at_once >= 2
    assert all(request.ended - request.at >= 0.05 for request in slow.requests)


def test_the_command_prints_its_address_and_ends_on_an_interrupt() -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.newsroom", "--port", "0", "--crawl-delay", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            port = urlsplit(process.stdout.readline().decode().strip()).port
            connection = http.client.HTTPConnection("127.0.0.1", port or 0, timeout=10)
            connection.request("GET", "/robots.txt", headers={"Host": HOST})
            assert b"Crawl-delay: 1\n" in connection.getresponse().read()
            connection.close()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, b"Traceback" in errors) == (0, False)


def test_another_day_is_another_newsroom() -> None:
    today, first = Newsroom(), articles()[0]
    edited = replace(first, bodies=(first.bodies[0] + "<p>Corrected.</p>",))
    new = replace(first, slug="new", address="/news/ric/201401/t20140102_115000.shtml")
    new = replace(new, listed=replace(new.listed, date="Jan 02, 2014", title="New on top"))
    later = today.changed(added=[new], edited=[edited], removed=[articles()[1].slug])
    with serve(today) as server:
        before = get(server, first.address)[2]
        server.newsroom = later
        assert b"Corrected." in get(server, first.address)[2]
        assert b"Corrected." not in before
        assert get(server, articles()[1].address)[0] == 404
        assert get(server, new.address)[0] == 200
    assert later.entries("/news/ric/")[0].title == "New on top"


def test_another_generation_time_changes_bytes_and_nothing_else() -> None:
    site, path = Newsroom(), articles()[0].address
    look = replace(site.look, generated="2026-09-01 00:00:01", footer_year="2027")
    before, after = site.answer(path).body.decode(), site.changed(look=look).answer(path).body.decode()
    assert before != after
    assert before.replace(site.look.generated, look.generated).replace("2002 - 2014", "2002 - 2027") == after
