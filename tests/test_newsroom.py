"""The sample newsroom is served as its files say, and its truth stands on its pages."""

from __future__ import annotations

import gzip
import html
import http.client
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from archive.urls import UrlKind
from crawler import sources
from tests.newsroom import (
    ALIAS,
    HOST,
    Article,
    Fault,
    Newsroom,
    Section,
    Server,
    articles,
    expected,
    landings,
    outcomes,
    sections,
    serve,
)
from tests.newsroom.server import CHALLENGED
from tests.newsroom.site import part_path, robots

ROOT = Path(__file__).parents[1]
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


def codec(article: Article) -> str:
    return "utf-8-sig" if article.encoding == "utf-8" else article.encoding


def source_of(article: Article) -> str:
    """Return the markup of all parts of an article, as characters."""
    site = Newsroom()
    paths = [part_path(article.address, part) for part in range(len(article.bodies))]
    return "\n".join(site.answer(path).body.decode(codec(article)) for path in paths)


def seen(markup: str) -> str:
    """Return markup without tags, white space, soft hyphens and the like: enough to find words in."""
    text = html.unescape(re.sub(r"<[^>]*>", "", markup))
    return re.sub(r"[\s\u00ad\u200b\u3000\ufeff]+", "", text)


def ids(values: tuple[Article, ...]) -> list[str]:
    return [value.slug for value in values]


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_truth_stands_on_the_page(article: Article) -> None:
    page, truth = seen(source_of(article)), article.expected
    for paragraph in truth.text:
        for word in paragraph.split():
            assert word in page, (word, paragraph)
    for value in (truth.title, *truth.captions, *truth.videos):
        assert seen(html.escape(value)) in page, value


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_text_stands_in_the_body_in_order(article: Article) -> None:
    body, start = seen(re.sub(r"(?s)<!--.*?-->|<style.*?</style>", "", "".join(article.bodies))), 0
    for paragraph in article.expected.text:
        found = body.find(re.sub(r"\s+", "", paragraph), start)
        assert found >= 0, paragraph
        start = found + 1


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_what_must_be_absent_stands_on_the_page_but_not_in_the_truth(article: Article) -> None:
    source = source_of(article)
    both = source + html.unescape(source) + re.sub(r"<[^>]*>", "", source)
    text = "\n\n".join(article.expected.text)
    for string in article.expected.absent:
        assert string in both, string
        assert string not in text, string


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_pages_have_the_size_of_real_ones(article: Article) -> None:
    assert 5_500 < len(Newsroom().answer(article.address).body) < 25_000


def test_the_seed_is_there() -> None:
    seed = expected()["https://english.cas.cn/news/ric/201112/t20111229_80493.shtml"]
    assert (len(seed.text), seed.source_name, seed.section) == (14, "Xinhua", "Research in China")
    assert str(seed.published) == "2011-12-29"
    assert seed.text[-1].endswith("in the field of space, according to the white paper.")


def test_addresses_agree_with_the_source() -> None:
    source = sources.load("cas-english")
    for article in articles():
        truth, addresses = (
            article.expected,
            [source.urls.address(source.url_of(a)) for a in article.addresses],
        )
        assert {a.kind for a in addresses} == {UrlKind.ARTICLE}, article.slug
        chosen = min((a.url for a in addresses), key=source.urls.preference)
        assert truth.url == chosen, article.slug
        assert set(truth.other_urls) == {a.url for a in addresses} - {chosen}, article.slug
        assert source.is_news(addresses[0]), article.slug
    for section in sections():
        assert (source.section_of(section.folder) is not None) == section.known, section.folder
    assert {landing.folder for landing in landings()} == set(source.landings)


def test_document_numbers_are_the_articles_own() -> None:
    numbers = [article.address.rpartition("_")[2] for article in articles()]
    assert len(set(numbers)) == len(numbers)


def test_every_template_era_and_dirt_is_there() -> None:
    assert {article.template for article in articles()} == set("ABCD")
    assert {article.encoding for article in articles()} >= {"utf-8", "utf-8-sig", "gb18030"}
    assert {article.expected.language for article in articles()} == {"en", "zh"}
    assert any(article.expected.parts == 3 for article in articles())
    bodies = "".join(body for article in articles() for body in article.bodies)
    dirt = ["<div class=TRS_Editor>", "TRS_PreAppend", "Custom_UnionStyle", "MsoNormal", "<o:p>", "<FONT"]
    dirt += ["<br><br>　　", "&shy;", "\u200b", "oldsrc=", 'id="appendix"', "display: none", "Full story"]
    dirt += [".TRS_Editor P{", "[video:", "_fcksavedurl", "data-uploadpic", "<blockquote>", "<!--[if gte mso"]
    assert [one for one in dirt if one not in bodies] == []


@pytest.mark.parametrize("section", sections(), ids=[section.folder for section in sections()])
def test_listings_hold_ten_entries_a_page_newest_first(server: Server, section: Section) -> None:
    site = Newsroom()
    pages = site.pages(section.folder)
    for number, entries in enumerate(pages):
        path = f"{section.folder}index_{number}.shtml" if number else section.folder
        status, _, body = get(server, path)
        assert status == 200
        for entry in entries:
            assert seen(html.escape(entry.title)) in seen(body.decode()), entry.title
            assert f'href="{html.escape(entry.href or "")}"' in body.decode()
    assert [len(page) for page in pages[:-1]] == [10] * (len(pages) - 1)
    days = [entry.day for entry in site.entries(section.folder) if not entry.pinned]
    assert days == sorted(days, reverse=True)
    assert get(server, f"{section.folder}index_{len(pages)}.shtml")[0] == 404


def test_listings_have_several_pages_and_pagers_of_every_kind(server: Server) -> None:
    site = Newsroom()
    long = {s.folder: len(site.pages(s.folder)) for s in sections() if len(site.pages(s.folder)) > 1}
    assert set(long) >= {"/newsroom/china_research/", "/newsroom/cas_media/", "/newsroom/research_news/"}
    wanted = {
        "/newsroom/research_news/": "createPageHTML('page_div',2, 1,'index','shtml',",
        "/newsroom/china_research/": 'createPageHTML(3, 0, "index", "shtml");',
        "/newsroom/cas_media/": 'createPageHTML(1, 0, "index", "shtml");',
        "/newsroom/mutimedia_news/": "createPageHTML(2, 0, 'index', 'shtml');",
        "/newsroom/research-news/": "pageControl(1, 0,",
        "/newsroom/cas-in-media/": 'createPageHTML(1, 0,"index", "shtml", "black2",1);',
        "/newsroom/research_news/life/": 'createPageHTML(1,0, "index","shtml","3");',
        "/head/": "var countPage = 1",
    }
    for folder, call in wanted.items():
        assert call in get(server, folder)[2].decode(), folder


def test_the_pinned_entry_stands_on_top() -> None:
    first, *others = Newsroom().entries("/newsroom/cas_media/")
    assert first.pinned
    assert max(entry.day for entry in others) > first.day


def reachable(site: Newsroom) -> set[str]:
    """Return the canonical addresses of all articles found from the landings by way of listings."""
    source = sources.load("cas-english")
    waiting, done, found = [source.url_of(landing.folder) for landing in landings()], set[str](), set[str]()
    while waiting:
        url = waiting.pop()
        if url in done or url.count("/newsroom/") > 1:
            continue
        done.add(url)
        reply = site.answer(urlsplit(url).path)
        if reply.status != 200:
            continue
        for href in re.findall(r'href="([^"]*)"', reply.body.decode()):
            if href.startswith(("javascript:", "mailto:")):
                continue
            address = source.urls.address(html.unescape(urljoin(url, href)))
            if address.kind is UrlKind.ARTICLE:
                found.add(address.url)
            elif address.kind is UrlKind.LISTING and source.is_news(address):
                waiting += [address.url, *(source.urls.list_page(address.url, n) for n in (1, 2))]
    return found


def test_every_article_is_reachable_from_the_landings() -> None:
    found = reachable(Newsroom())
    assert {url for truth in expected().values() for url in (truth.url, *truth.other_urls)} <= found


def test_the_unknown_folder_is_linked_from_one_landing_only() -> None:
    unknown = [section.folder for section in sections() if not section.known]
    assert unknown == ["/newsroom/expeditions/"]
    linking = [landing.folder for landing in landings() if unknown[0] in landing.links]
    assert linking == ["/newsroom/archive/"]


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
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
            assert b"charset" not in body.lower()
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
