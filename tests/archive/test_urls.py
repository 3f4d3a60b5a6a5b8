"""Addresses, after the grammar and the observed addresses of the site."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BadUrlError
from archive.urls import SiteUrls, UrlKind, article_id, normalize

SITE = SiteUrls(
    host="news.example.org",
    aliases=("old.example.org",),
    article=re.compile(
        r"^(?P<folder>/(?:[^/]+/)*?)(?:19|20)\d{4}/t(?P<date>(?:19|20)\d{6})_(?P<docid>\d{4,})(?:_(?P<part>\d{1,3}))?\.s?html?$"
    ),
    listing=re.compile(
        r"^(?P<folder>/(?:[\w-]+/)*(?:[\w-]+)?)(?:(?<=/)(?:index|[a-z]\w{0,11}(?=_\d))(?:_(?P<page>\d{1,4}))?\.s?html?)?$"
    ),
    asset=re.compile(r"/\d{6}/[WPU]0\d{19,20}(?:_ORIGIN)?\.\w+$"),
    preferred_folders=(re.compile("/news/"), re.compile("/head/")),
)
ARTICLE = "https://news.example.org/news/202406/t20240628_666011.shtml"


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (ARTICLE, ARTICLE),
        ("http://old.example.org/news/202406/t20240628_666011.shtml#ws_call_1", ARTICLE),
        ("HTTPS://NEWS.Example.org:443/news/202406/t20240628_666011.shtml?from=timeline", ARTICLE),
        ("https://news.example.org/news/./x/../202406/t20240628_666011.shtml", ARTICLE),
        ("https://news.example.org/../../news/202406/t20240628_666011.shtml", ARTICLE),
        ("https://news.example.org/news", "https://news.example.org/news/"),
        ("https://news.example.org/news/index.shtml", "https://news.example.org/news/"),
        ("https://news.example.org/news/index_0.shtml", "https://news.example.org/news/"),
        ("https://news.example.org/news/index_4.shtml", "https://news.example.org/news/index_4.shtml"),
        ("https://news.example.org/news/fg_1.shtml", "https://news.example.org/news/fg_1.shtml"),
        ("https://news.example.org", "https://news.example.org/"),
    ],
)
def test_one_address_for_one_thing(typed: str, canonical: str) -> None:
    assert SITE.address(typed).url == canonical


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        (ARTICLE, UrlKind.ARTICLE),
        ("https://news.example.org/news/202406/t20240628_666011_2.shtml", UrlKind.ARTICLE),
        ("https://news.example.org/accessory/a/201006/t20100627_55730.html", UrlKind.ARTICLE),
        ("https://news.example.org/news/", UrlKind.LISTING),
        ("https://news.example.org/news/201507/W020150728364997550435.jpg", UrlKind.ASSET),
        ("https://news.example.org/news/202404/W020240407754781682465_ORIGIN.jpg", UrlKind.ASSET),
        ("https://news.example.org/news/fg_1.shtml", UrlKind.LISTING),
        ("https://news.example.org/Eng2003/page/SRA/B_5.htm", UrlKind.OTHER),
        ("https://news.example.org/news/contact.shtml", UrlKind.OTHER),
        ("https://news.example.org:8443/news/", UrlKind.OFFSITE),
        ("https://elsewhere.example.com/news/202406/t20240628_666011.shtml", UrlKind.OFFSITE),
        ("https://news.example.org.evil.example.com/news/", UrlKind.OFFSITE),
    ],
)
def test_kinds(typed: str, kind: UrlKind) -> None:
    assert SITE.address(typed).kind is kind


def test_a_part_belongs_to_its_article() -> None:
    part = SITE.address("https://news.example.org/news/202406/t20240628_666011_2.shtml")
    assert (part.article_url, part.docid, part.part, part.url_date) == (
        ARTICLE,
        "666011",
        2,
        date(2024, 6, 28),
    )
    assert part.folder == "/news/"
    assert SITE.part_url(ARTICLE, 2) == part.url
    assert SITE.part_url(ARTICLE, 0) == ARTICLE


@pytest.mark.parametrize(
    "junk",
    ["mailto:?subject=News", "javascript:;", "javascript:doZoom(16)", "tel:86-10", "http://", "https://[::1", "ftp://a/b",
     "https://news.example.org/" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_address_says_so(junk: str) -> None:
    with pytest.raises(BadUrlError) as caught:
        SITE.address(junk)
    assert caught.value.url[:10] == junk[:10]


@pytest.mark.parametrize("junk", ["http://[::1", "//[", "javascript:;", "http://a b/"])
def test_what_is_no_address_says_so_on_a_page_too(junk: str) -> None:
    with pytest.raises(BadUrlError):
        SITE.address(junk, base="https://news.example.org/news/")


def test_relative_links_are_resolved_and_clamped() -> None:
    base = "https://news.example.org/news/index_4.shtml"
    assert SITE.address("./202406/t20240628_666011.shtml", base).url == ARTICLE
    assert SITE.address("../../../news/202406/t20240628_666011.shtml", base).url == ARTICLE


def test_the_chosen_address_does_not_depend_on_order() -> None:
    head = "https://news.example.org/head/202406/t20240628_666011.shtml"
    other = "https://news.example.org/a/202406/t20240628_666011.shtml"
    assert min([other, head, ARTICLE], key=SITE.preference) == ARTICLE
    assert min([head, other], key=SITE.preference) == head


def test_ids_come_from_the_document_number() -> None:
    assert article_id("cas", SITE.address(ARTICLE)) == "cas-666011"
    assert (
        article_id("cas", SITE.address("https://news.example.org/head/202406/t20240628_666011_1.shtml"))
        == "cas-666011"
    )
    plain = SITE.address("https://news.example.org/Eng2003/page/SRA/B_5.htm")
    assert re.fullmatch(r"cas-x[0-9a-f]{12}", article_id("cas", plain))


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    try:
        clean = normalize("https://news.example.org/" + text)
    except BadUrlError:
        return
    assert normalize(clean) == clean
    assert "#" not in clean


@given(st.from_regex(r"https?://[a-z0-9.-]{1,12}(/[A-Za-z0-9_.%?-]{0,6}){0,4}", fullmatch=True))
def test_the_short_way_for_plain_addresses_leads_where_the_long_one_does(url: str) -> None:
    try:
        short = normalize(url)
    except BadUrlError:
        return
    # A fragment makes it take the long way.
    assert normalize(f"{url}#x") == short
