"""What a crawl asks for: listings to their end, parts, redirects, traps, limits. Without a network."""
# ruff: noqa: E501 - pages and their addresses side by side

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from archive.db import Database, open_database
from archive.errors import NotFoundError
from archive.frontier import Kind
from archive.query import articles, get_article
from crawler.run import CrawlRun
from tests.crawler.driving import Answer, Site, crawl, plan

HOST = "https://english.cas.cn"
FOLDER = "/newsroom/cas_media/"


@pytest.fixture
def begin(tmp_path: Path) -> Callable[..., CrawlRun]:
    return lambda section="cas-media", **bounds: CrawlRun(plan(tmp_path, section, **bounds))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path, create=True) as opened:
        yield opened


def path(number: int, folder: str = FOLDER) -> str:
    return f"{folder}202405/t202405{number:02d}_{660000 + number}.shtml"


def article(number: int, parts: str = "") -> str:
    return f"""<html><head><title>Story {number}--CAS</title></head><body><div>/ Home / Newsroom / CAS in Media</div>
<h1>Story number {number} of a long spring</h1><div>May {number:02d}, 2024</div>
<div class=TRS_Editor><p>Researchers counted {number} lakes on the plateau and wrote down how deep each of them was.</p>
<p>The count took them all of May, they said, because the roads were under snow for most of the month.</p></div>{parts}
<div>Copyright © 2002 - Chinese Academy of Sciences</div></body></html>"""


def listing(numbers: list[int], pager: str = "", links: str = "", folder: str = FOLDER) -> str:
    entries = "".join(
        f'<li><a href="{path(n, folder)}">Story number {n} of a long spring</a>[May {n:02d}, 2024]</li>'
        for n in numbers
    )
    return f"""<html><head><title>CAS in Media</title></head><body><div>/ Home / Newsroom / CAS in Media</div>
<ul>{entries}</ul>{links}<script>{pager}</script></body></html>"""


def of_listing(page: int) -> str:
    return f"{HOST}{FOLDER}" + (f"index_{page}.shtml" if page else "")


def with_articles(numbers: range) -> dict[str, Answer]:
    return {f"{HOST}{path(n)}": article(n) for n in numbers}


@pytest.mark.parametrize("claimed", [1, 2, 3, 9])
def test_a_listing_is_read_to_its_end_whatever_the_pager_claims(
    database: Database, begin: Callable[..., CrawlRun], claimed: int
) -> None:
    pager = f'createPageHTML({claimed}, 0, "index", "shtml");'
    pages = with_articles(range(1, 8))
    pages |= {of_listing(0): listing([7, 6, 5], pager), of_listing(1): listing([4, 3, 2], pager),
              of_listing(2): listing([1], pager)}  # fmt: skip
    site, run = Site(pages), begin()
    crawl(run, site)
    assert {a.id for a in articles(database)} == {f"cas-english-{660000 + n}" for n in range(1, 8)}
    assert site.asked.count(of_listing(3)) == 1, "one page beyond the end is asked for, and no more"
    # Where a pager promises much more, the page may be a hole: one more shows.
    assert (of_listing(4) in site.asked) is (claimed == 9)
    assert of_listing(5) not in site.asked
    assert run.agenda.tally.skipped["dead-link"] == 0, "the end of a list is no dead link"


def test_a_server_that_repeats_its_last_page_is_seen_through(begin: Callable[..., CrawlRun]) -> None:
    pages = with_articles(range(1, 4))
    pages |= {of_listing(n): listing([3, 2, 1]) for n in range(50)}
    site = Site(pages)
    crawl(begin(), site)
    assert of_listing(2) not in site.asked


def test_a_pager_with_names_of_its_own_is_followed(
    database: Database, begin: Callable[..., CrawlRun]
) -> None:
    pager = "createPageHTML('page_div',2, 1,'fg','shtml',4)"
    pages = with_articles(range(1, 5))
    pages |= {of_listing(0): listing([4, 3], pager), f"{HOST}{FOLDER}fg_1.shtml": listing([2, 1], pager)}
    crawl(begin(), Site(pages))
    assert len(list(articles(database))) == 4


def test_an_entry_on_two_pages_is_asked_for_once(begin: Callable[..., CrawlRun]) -> None:
    pages = with_articles(range(1, 5))
    pages |= {of_listing(0): listing([1, 4, 3]), of_listing(1): listing([3, 2, 1])}
    site = Site(pages)
    crawl(begin(), site)
    assert all(site.asked.count(f"{HOST}{path(n)}") == 1 for n in range(1, 5))


def test_since_stops_at_an_old_page_but_not_at_a_pinned_entry(begin: Callable[..., CrawlRun]) -> None:
    pages = with_articles(range(1, 10))
    pages |= {of_listing(0): listing([1, 9, 8]), of_listing(1): listing([7, 6, 5]), of_listing(2): listing([4, 3, 2]),
              of_listing(3): listing([1])}  # fmt: skip
    site = Site(pages)
    crawl(begin(since=date(2024, 5, 6)), site)
    assert [u for u in site.asked if "/t2024" in u] == [f"{HOST}{path(n)}" for n in (9, 8, 7, 6)]
    assert of_listing(2) in site.asked
    assert of_listing(3) not in site.asked


def test_a_dead_link_gives_its_place_back_to_the_limit(
    database: Database, begin: Callable[..., CrawlRun]
) -> None:
    pages = with_articles(range(1, 4)) | {of_listing(0): listing([5, 4, 3, 2, 1])}
    run = begin(limit=2)
    crawl(run, Site(pages))
    assert len(list(articles(database))) == 2
    assert run.agenda.tally.skipped["dead-link"] == 2
    assert run.remaining == {Kind.ARTICLE: 1, Kind.LISTING: 1}


@pytest.mark.parametrize("claimed", [3, 4])
def test_parts_are_one_article(database: Database, begin: Callable[..., CrawlRun], claimed: int) -> None:
    stem = path(1).rpartition("/")[2].removesuffix(".shtml")
    pager = f'<script>createPageHTML({claimed}, 0, "{stem}", "shtml");</script>'
    base = f"{HOST}{path(1)}".removesuffix(".shtml")
    pages = {of_listing(0): listing([1]), f"{base}.shtml": article(1, pager), f"{base}_1.shtml": article(2, pager),
             f"{base}_2.shtml": article(3, pager)}  # fmt: skip
    run = begin()
    crawl(run, Site(pages))
    (kept,) = articles(database)
    assert kept.parts == 3
    assert [f"counted {n} lakes" in kept.text for n in (1, 2, 3)] == [True] * 3
    assert run.agenda.tally.skipped["missing-part"] == claimed - 3


def test_an_article_with_a_part_that_cannot_be_fetched_is_not_kept_with_a_hole(
    database: Database, begin: Callable[..., CrawlRun]
) -> None:
    stem = path(1).rpartition("/")[2].removesuffix(".shtml")
    pager = f'<script>createPageHTML(2, 0, "{stem}", "shtml");</script>'
    base = f"{HOST}{path(1)}".removesuffix(".shtml")
    pages = {
        of_listing(0): listing([1]),
        f"{base}.shtml": article(1, pager),
        f"{base}_1.shtml": (503, {}, "busy"),
    }
    run = begin()
    crawl(run, Site(pages))
    assert list(articles(database)) == []
    assert [f.reason for f in run.agenda.tally.failures] == ["HTTP 503"]


def test_a_redirect_keeps_the_old_address(database: Database, begin: Callable[..., CrawlRun]) -> None:
    old, new = f"{HOST}{path(1)}", f"{HOST}/newsroom/cas-in-media/202601/t20260108_1145442.shtml"
    pages = {of_listing(0): listing([1]), old: (301, {"Location": new}, ""), new: article(1)}
    crawl(begin(), Site(pages))
    kept = get_article(database, old)
    assert kept.url == new
    assert kept.other_urls == (old,)


@pytest.mark.parametrize("location", ["/", "/newsroom/", "https://elsewhere.example.org/gone"])
def test_a_redirect_to_no_article_is_a_dead_link(begin: Callable[..., CrawlRun], location: str) -> None:
    pages = {of_listing(0): listing([1]), f"{HOST}{path(1)}": (302, {"Location": location}, "")}
    site, run = Site(pages), begin()
    crawl(run, site)
    assert run.agenda.tally.skipped["dead-link"] == 1
    assert all(url.startswith(HOST) for url in site.asked)


def test_a_site_on_plain_http_is_followed_there(database: Database, begin: Callable[..., CrawlRun]) -> None:
    def moved(url: str) -> Answer:
        return (301, {"Location": url.replace("https:", "http:")}, "")

    secure = {of_listing(0): moved(of_listing(0)), f"{HOST}{path(1)}": moved(f"{HOST}{path(1)}")}
    plain: dict[str, Answer] = {of_listing(0): listing([1]), f"{HOST}{path(1)}": article(1)}
    crawl(begin(), Site(secure | {url.replace("https:", "http:"): answer for url, answer in plain.items()}))
    assert [a.url for a in articles(database)] == [f"{HOST}{path(1)}"]


def test_redirects_in_a_circle_end_as_a_failure(begin: Callable[..., CrawlRun]) -> None:
    plain, secure = of_listing(0).replace("https:", "http:"), of_listing(0)
    run = begin()
    pages: dict[str, Answer] = {
        secure: (301, {"Location": plain}, ""),
        plain: (301, {"Location": secure}, ""),
    }
    crawl(run, Site(pages), most=20)
    assert [f.reason for f in run.agenda.tally.failures] == ["redirects in a circle"]


def test_unknown_folders_are_read_and_nesting_ones_are_traps(begin: Callable[..., CrawlRun]) -> None:
    links = '<a href="/newsroom/expeditions/">Expeditions</a><a href="/newsroom/newsroom/">Newsroom</a>'
    links += '<a href="/newsroom/a/b/c/d/e/">deep</a><a href="/about_us/">About</a><a href="/trap/">Trap</a>'
    landing = listing([1, 2], links=links)
    site = Site({f"{HOST}/newsroom/": landing})
    run = begin(None)
    crawl(run, site)
    assert f"{HOST}/newsroom/expeditions/" in site.asked
    assert not [
        u
        for u in site.asked
        if "/newsroom/newsroom/" in u or "about_us" in u or "/trap/" in u or "/a/b/" in u
    ]
    assert run.agenda.tally.found_folders == ["/newsroom/expeditions/"]
    assert run.agenda.tally.skipped["trap"] == 2


@pytest.mark.parametrize(
    "target", ["/about_us/202209/t20220906_900001.shtml", "/about_us/", "/join_us/jobs/"]
)
def test_a_redirect_out_of_the_news_is_a_dead_link(
    database: Database, begin: Callable[..., CrawlRun], target: str
) -> None:
    pages = {of_listing(0): listing([1]), f"{HOST}{path(1)}": (301, {"Location": target}, ""),
             f"{HOST}{target}": article(9)}  # fmt: skip
    site, run = Site(pages), begin()
    crawl(run, site)
    assert f"{HOST}{target}" not in site.asked
    assert run.agenda.tally.skipped["dead-link"] == 1
    assert list(articles(database)) == []


@pytest.mark.parametrize("target", ["/about_us/", "/", "/newsroom/", "/newsroom/research-news/"])
def test_a_section_that_leads_out_of_the_scope_is_missing(
    begin: Callable[..., CrawlRun], target: str
) -> None:
    pages = {of_listing(0): (301, {"Location": target}, ""), f"{HOST}{target}": listing([1])}
    site, run = Site(pages), begin()
    crawl(run, site)
    assert site.asked == [of_listing(0)]
    assert run.agenda.tally.skipped["missing-section"] == 1


def test_articles_that_redirect_to_each_other_are_a_failure(
    database: Database, begin: Callable[..., CrawlRun]
) -> None:
    one, two = f"{HOST}{path(1)}", f"{HOST}{path(2)}"
    pages = {
        of_listing(0): listing([1]),
        one: (301, {"Location": two}, ""),
        two: (301, {"Location": one}, ""),
    }
    run = begin()
    crawl(run, Site(pages))
    assert [f.reason for f in run.agenda.tally.failures] == ["redirects in a circle"]
    with pytest.raises(NotFoundError):
        get_article(database, two)


def test_a_chain_of_redirects_keeps_every_address(database: Database, begin: Callable[..., CrawlRun]) -> None:
    urls = [f"{HOST}{path(n)}" for n in (1, 2, 3)]
    pages = {of_listing(0): listing([1]), urls[0]: (301, {"Location": urls[1]}, ""),
             urls[1]: (302, {"Location": urls[2]}, ""), urls[2]: article(3)}  # fmt: skip
    crawl(begin(), Site(pages))
    assert get_article(database, urls[0]).url == urls[2]
    assert set(get_article(database, urls[0]).other_urls) == set(urls[:2])


@pytest.mark.parametrize("location", ["http://[::1", "//[", "mailto:a@example.org", "http://", "\x00"])
def test_a_hostile_location_is_a_failure_and_no_crash(begin: Callable[..., CrawlRun], location: str) -> None:
    pages = {of_listing(0): listing([1]), f"{HOST}{path(1)}": (301, {"Location": location}, "")}
    run = begin()
    crawl(run, Site(pages))
    assert len(run.agenda.tally.failures) + run.agenda.tally.skipped["dead-link"] == 1


def test_a_limit_goes_on_to_later_pages_when_entries_are_dead(
    database: Database, begin: Callable[..., CrawlRun]
) -> None:
    pages = with_articles(range(1, 4))
    pages |= {
        of_listing(0): listing([9, 8, 7]),
        of_listing(1): listing([6, 5, 4]),
        of_listing(2): listing([3, 2, 1]),
    }
    crawl(begin(limit=2), Site(pages))
    assert {a.id for a in articles(database)} == {"cas-english-660003", "cas-english-660002"}


def test_what_robots_forbid_is_an_outcome(begin: Callable[..., CrawlRun]) -> None:
    run = begin()
    while ask := run.agenda.next():
        run.agenda.failed(ask, "Forbidden by robots.txt", again=False)
    assert run.agenda.tally.skipped["forbidden"] == 1
    assert not run.agenda.tally.failures
    run.close("finished")
