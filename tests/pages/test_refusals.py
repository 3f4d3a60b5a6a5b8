# ruff: noqa: E501 (markup and tables as data, a case a line)
"""Pages that are none, pages in parts, and input that nobody wrote."""

from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.items import ArticleItem
from crawler.errors import ExtractionError, Reason
from crawler.pages import part_count, read_article, read_listing
from tests.pages.samples import ARTICLE, LISTING, SITE, captured

FOOT = "<p>Contact Us</p><p>Copyright © 2002 - Chinese Academy of Sciences</p>"


def reason(body: bytes | str, url: str = ARTICLE, status: int = 200) -> Reason:
    with pytest.raises(ExtractionError) as caught:
        read_article([captured(body, url, status)], SITE)
    return caught.value.reason


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<title>404 Not Found</title><h1>404 Not Found</h1><hr>nginx", Reason.SOFT_404),
        (f"<h1>Sorry</h1><p>The page you are looking for does not exist.</p>{FOOT}", Reason.SOFT_404),
        ("<title>提示</title><p>您访问的页面不存在</p>", Reason.SOFT_404),
        ("<p>Please verify you are human.</p>", Reason.BLOCKED),
        ("<title>Just a moment</title><p>Checking your browser</p><script>x()</script>", Reason.BLOCKED),
        ("<html><script>var a='x';document.cookie=a;location.reload();</script></html>", Reason.BLOCKED),
        (f"<title>Dust Falls</title><h1>Dust Falls</h1><p>Sep 02, 2024</p><div class=TRS_Editor></div>{FOOT}", Reason.NO_BODY),
        ("", Reason.NO_BODY),
        (b"%PDF-1.4 ...", Reason.NOT_AN_ARTICLE),
        (bytes(range(256)) * 20, Reason.NOT_AN_ARTICLE),
    ],
)  # fmt: skip
def test_what_is_no_article_says_why(body: bytes | str, expected: Reason) -> None:
    assert reason(body) is expected


def test_a_refusal_by_status() -> None:
    assert reason("<p>x</p>", status=412) is Reason.BLOCKED


def test_a_story_about_missing_pages_is_a_story() -> None:
    html = (
        f"<title>Page Not Found</title><h1>Page Not Found</h1><p>Sep 02, 2024</p>"
        f"<div class=TRS_Editor><p>The page was not found in the library.</p></div>{FOOT}"
    )
    assert read_article([captured(html)], SITE).text == "The page was not found in the library."


def part(number: int, text: str) -> str:
    return (
        f"<div>中文 |</div><div>News</div><h1>Dust Falls</h1><div>Sep 02, 2024</div><div class=TRS_Editor>{text}</div>"
        f'<script>createPageHTML(3, {number}, "t20240910_690000", "shtml");</script>{FOOT}'
    )


def test_parts_are_read_as_one() -> None:
    pages = [
        captured(part(0, "<p>One.</p>")),
        captured(part(1, "<p>Two.</p>"), ARTICLE.replace(".shtml", "_1.shtml")),
        captured(
            part(2, "<p>Three. (Xinhua)</p><p>(Editor: BAI Song)</p>"), ARTICLE.replace(".shtml", "_2.shtml")
        ),
    ]
    item = read_article(pages, SITE)
    assert (item.text, item.parts, len(item.captures)) == ("One.\n\nTwo.\n\nThree.", 3, 3)
    assert (item.source_name, item.editor, item.url) == ("Xinhua", "BAI Song", ARTICLE)
    assert {part_count(page) for page in pages} == {3}


def published(head: str, url: str = ARTICLE, day: str = "") -> tuple[str | None, str]:
    html = f"<html><head><title>Dust Falls</title>{head}</head><h1>Dust Falls</h1><p>{day}</p><div class=TRS_Editor>x y.</div>"
    item = read_article([captured(html, url)], SITE)
    rules = [evidence.rule for evidence in item.evidence if evidence.field == "published"]
    return item.published and item.published.isoformat(), rules[0] if rules else ""


@pytest.mark.parametrize(
    ("head", "url", "day", "expected"),
    [
        ("<meta content='2024-09-03 10:00' name=PubDate>", ARTICLE, "Sep 02, 2024", ("2024-09-02", "page")),
        ("<meta content='2024-09-03 10:00' name=PubDate>", ARTICLE, "", ("2024-09-03", "meta:pubdate")),
        ("<meta content='2024-09-02T17:30:00Z' name=PubDate>", ARTICLE, "", ("2024-09-03", "meta:pubdate")),
        ("<meta content='2024-09-02T17:30:00+00:00' name=PubDate>", ARTICLE, "", ("2024-09-03", "meta:pubdate")),
        ("<meta content='2024-09-02T17:30:00+08:00' name=PubDate>", ARTICLE, "", ("2024-09-02", "meta:pubdate")),
        ("<meta content='20240903' name=PubDate>", ARTICLE, "", ("2024-09-03", "meta:pubdate")),
        ("<meta content='20241399' name=PubDate>", ARTICLE, "", ("2024-09-10", "url")),
        ("", ARTICLE, "Mar 01, 1915", ("2024-09-10", "url")),
        ("<meta name=others content='页面生成时间 2023-05-11 18:10:10'>", ARTICLE, "", ("2024-09-10", "url")),
        ("", ARTICLE, "Sep 02, 2044", ("2024-09-10", "url")),
        ("", "https://english.cas.cn/newsroom/archive/news_archive/nu2014/201502/t20150217_140721.shtml", "", (None, "")),
        ("", "https://english.cas.cn/newsroom/archive/news_archive/nu2014/201412/t20141217_140721.shtml", "", ("2014-12-17", "url")),
    ],
)  # fmt: skip
def test_the_date_comes_from_the_page_first(
    head: str, url: str, day: str, expected: tuple[str | None, str]
) -> None:
    assert published(head, url, day) == expected


def attempt(body: bytes) -> None:
    """Read a body in every way: an item or an ExtractionError, nothing else."""
    for read in (lambda p: read_article([p], SITE), lambda p: read_listing(p, SITE), part_count):
        for url in (ARTICLE, LISTING):
            with suppress(ExtractionError):
                read(captured(body, url))


SAMPLE = part(
    0, "<p>One &amp; <b>two</b>.<br><br>[video:x] (Xinhua)</p><table><tr><td>a<td>b</table>"
).encode()
PIECES = [
    b"<div>", b"</div>", b"<p>", b"<table><tr><td>", b"<br>", b"<a href='./202409/t20240902_690002.shtml'>", b"</a>", b"<h1>", b"<ul><li>",
    b"<div class=TRS_Editor>", b"<!--", b"-->", b"<script>", b"</script>", b"\x00", b"\xff\xfe", b"Sep 02, 2024", b"Home / News", b"Related Articles",
    b"Contact", b"E-mail:", b"(Xinhua)", b"[video:", b"<title>Dust</title>", b"&#0;", b"&#xD800;", b"<img src=x>", b"Copyright \xc2\xa9 2002 - ", b"'", b'"',
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=40))
def test_no_markup_crashes_it(pieces: list[bytes]) -> None:
    attempt(b"<div>\xe4\xb8\xad\xe6\x96\x87 |</div><h1>Dust</h1><div>Sep 02, 2024</div>" + b"".join(pieces))


@pytest.mark.parametrize("cut", range(0, len(SAMPLE), 37))
def test_a_page_cut_off_anywhere_is_read_or_refused(cut: int) -> None:
    attempt(SAMPLE[:cut])


HOSTILE = {
    "null bytes": b"\x00" * 100_000,
    "random": random.Random(1).randbytes(200_000),  # noqa: S311
    "deep": b"<div>" * 10_000 + b"x" + b"</div>" * 10_000,
    "deep inline": b"<b><a href=x><p>" * 10_000,
    "deep containers": b"<h1>Dust</h1><div class=TRS_Editor>" * 10_000 + b"text",
    "deep tables": b"<table><tr><td>" * 3_000 + b"text",
    "attribute": b'<div class="' + b"a " * 500_000 + b'">text',
    "comment": b"<h1>Dust</h1><!--" + b"-x" * 2_500_000 + b"--><p>b</p>",
    "open quote": b"<a href='" + b"x" * 1_000_000,
    "less-than": b"<" * 500_000,
    "brackets": b"<h1>Dust</h1><p>Sep 02, 2024</p><p>" + b"(" * 300_000 + b")",
    "tags": b"<h1>Dust</h1><p>Sep 02, 2024</p><p>" + b"(Xinhua)" * 50_000,
    "contacts": b"<h1>Dust</h1><p>Sep 02, 2024</p>" + b"<p>Contact</p>" * 10_000,
    "homes": b"<li>Home</li>" * 20_000,
    "title": b"<title>" + b"a-" * 200_000 + b"</title>" + b"<p>a</p>" * 5_000,
    "script strings": b"<h1>Dust</h1><script>x=1,y" + b'"\\' * 500_000,
    "script comments": b"<h1>Dust</h1><script>x=1,y" + b"/*" * 500_000,
    "styles": b"<p>" + b".TRS_Editor " * 50_000,
    "months": b"<p>" + b"Dec " * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_costs_little(name: str) -> None:
    start = time.process_time()
    attempt(HOSTILE[name])
    assert time.process_time() - start < 20


def test_an_about_page_is_an_article_when_asked() -> None:
    html = f"<title>History</title><div>/ <a href=/>Home</a> / <a href=/about-cas/>About</a></div><h1>History</h1><div class=TRS_Editor><p>Founded in 1949.</p></div>{FOOT}"
    item = read_article([captured(html, "https://english.cas.cn/about_us/introduction/history/")], SITE)
    assert isinstance(item, ArticleItem)
    assert (item.title, item.published, item.text) == ("History", None, "Founded in 1949.")
