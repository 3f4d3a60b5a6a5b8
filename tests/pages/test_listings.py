# ruff: noqa: E501 (markup and tables as data, a case a line)
"""List and landing pages: entries, pagers, what leads elsewhere."""

from __future__ import annotations

from datetime import date

import pytest

from archive.items import ListItem, Pager
from archive.urls import UrlKind
from crawler.errors import ExtractionError, Reason
from crawler.pages import part_count, read_article, read_listing
from tests.pages.samples import ARTICLE, LISTING, SITE, captured

CRUMB = '<div>/ <a href="/">Home</a> / <a href="/newsroom/">Newsroom</a> / <a href="/newsroom/news/">News Updates</a></div>'


def read(body: str, url: str = LISTING) -> ListItem:
    page = (
        f"<html><head><meta charset=utf-8><title>News Updates</title></head><body>{CRUMB}{body}</body></html>"
    )
    return read_listing(captured(page, url), SITE)


def rows(item: ListItem) -> list[tuple[str, str, str | None, tuple[str, ...], str | None]]:
    return [
        (e.url.rpartition("_")[2], e.title, e.published and e.published.isoformat(), e.keywords, e.abstract)
        for e in item
    ]


BLOCKS = """
<div class=a><div class=b>
 <div class=c><p>ozone;plateau;</p><p><a href="./202409/t20240902_690002.shtml">Ozone Rises[Sep 02, 2024]</a></p><p></p>
  <p>Ozone rose. It was published in &lt;EM&gt;Science&lt;/EM&gt;.</p></div>
 <div class=c><p></p><p><a href="http://english.cas.ac.cn/newsroom/news/202409/t20240901_690001.shtml?from=x#y">Dust Falls</a>[Sep 01, 2024]</p><p>Dust fell...</p></div>
</div></div>"""
FLAT = """<td>
ozone;plateau;<br><a href="./202409/t20240902_690002.shtml">Ozone Rises[Sep 02, 2024]</a><br><br>
Ozone rose. It was published in &lt;EM&gt;Science&lt;/EM&gt;.<br><br>
<a href="http://english.cas.ac.cn/newsroom/news/202409/t20240901_690001.shtml?from=x#y">Dust Falls</a>[Sep 01, 2024]<br><br>Dust fell...<br></td>"""
EXPECTED = [
    (
        "690002.shtml",
        "Ozone Rises",
        "2024-09-02",
        ("ozone", "plateau"),
        "Ozone rose. It was published in Science.",
    ),
    ("690001.shtml", "Dust Falls", "2024-09-01", (), "Dust fell..."),
]


@pytest.mark.parametrize("body", [BLOCKS, f"<table><tr>{FLAT}</tr></table>", FLAT.replace("td>", "div>")])
def test_entries_say_what_stands_around_them(body: str) -> None:
    assert rows(read(body)) == EXPECTED


@pytest.mark.parametrize(
    ("entry", "title", "day"),
    [
        ('<li><span>2024-09-02</span><a href="{}">Dust</a></li>', "Dust", "2024-09-02"),
        ('<li><a href="{}">Dust</a><span>2024-09-02</span></li>', "Dust", "2024-09-02"),
        ('<li><a href="{}" title="Dust in the West"><em>2024-09-02</em><span>Dust in the West</span></a></li>', "Dust in the West", "2024-09-02"),
        ("<li><a href={} title='Dust in the West of the East'>Dust in the West...</a> 06 16, 2024</li>", "Dust in the West of the East", "2024-06-16"),
        ('<tr><td><a href="{}">Dust</a></td><td>\n 2024-09-02 \n</td></tr>', "Dust", "2024-09-02"),
        ('<div><a href="{}"><img src="x.jpg"></a><h4><a href="{}">Dust</a></h4><p>Sep 02, 2024</p><a href="{}">READ MORE &gt;&gt;</a></div>', "Dust", "2024-09-02"),
        ('<p><a href="{}">Dust (PM 2.5) in 2024</a></p>', "Dust (PM 2.5) in 2024", None),
        ('<li><a href="{}">READ MORE &gt;&gt;</a> <a href="{}">Dust</a> May 06, 2016</li>', "Dust", "2016-05-06"),
    ],
)  # fmt: skip
def test_an_entry_in_every_shape(entry: str, title: str, day: str | None) -> None:
    first, second = "./202409/t20240902_690002.shtml", "./202409/t20240901_690001.shtml"
    wrap = "table" if entry.startswith("<tr") else "ul"
    body = f"<{wrap}>{entry.replace('{}', first)}{entry.replace('{}', second)}</{wrap}>"
    assert rows(read(body)) == [
        ("690002.shtml", title, day, (), None),
        ("690001.shtml", title, day, (), None),
    ]


def test_what_leads_elsewhere_is_named_with_its_reason() -> None:
    item = read(
        """<ul><li><a href="./202409/t20240902_690002.shtml">Dust</a> 2024-09-02</li>
        <li><a href="http://www.example.org/a.html">Elsewhere</a> 2024-09-01</li>
        <li><a href="../../bcas/2025_3/202508/P020250813589311076398.pdf">Bulletin</a> 2024-08-31</li>
        <li><a href="../../newsroom/cas_media/">CAS in Media</a></li></ul><a href="/about-cas/">About</a>"""
    )
    assert item.strays == (
        ("http://www.example.org/a.html", UrlKind.OFFSITE),
        ("https://english.cas.cn/bcas/2025_3/202508/P020250813589311076398.pdf", UrlKind.ASSET),
        ("https://english.cas.cn/newsroom/cas_media/", UrlKind.LISTING),
    )
    assert item.listings == (
        "https://english.cas.cn/",
        "https://english.cas.cn/newsroom/",
        "https://english.cas.cn/newsroom/news/",
        "https://english.cas.cn/newsroom/cas_media/",
        "https://english.cas.cn/about-cas/",
    )
    assert item.breadcrumb == ("Home", "Newsroom", "News Updates")


def test_a_side_box_beside_a_paged_list_is_none_of_its_entries() -> None:
    body = """<ul><li><a href="./202409/t20240902_690002.shtml">Dust</a> 2024-09-02</li><li><a href="./202409/t20240901_690001.shtml">Rain</a></li></ul>
      <script>createPageHTML(4, 0, "index", "shtml");</script>
      <div><p><a href="../cas_media/202409/t20240801_680001.shtml">Read by many</a></p></div>"""
    item = read(body)
    assert [entry.title for entry in item] == ["Dust", "Rain"]
    assert "https://english.cas.cn/newsroom/cas_media/" in item.listings


@pytest.mark.parametrize(
    ("script", "pager"),
    [
        ('createPageHTML(9, 0, "index", "html")', Pager(total=9, extension="html")),
        ('createPageHTML(25, 0, "index", "shtml")', Pager(total=25)),
        ("createPageHTML(3, 1, 'index', 'shtml')", Pager(total=3, current=1)),
        ('createPageHTML(1,0, "index","shtml","3")', Pager(total=1)),
        ('createPageHTML(89, 1,"index", "shtml", "black2",621)', Pager(total=89, current=1)),
        ("createPageHTML('page_div',5, 1,'fg','shtml',89)", Pager(total=5, current=0, stem="fg")),
        ("pageControl(4, 2, \"index\", \"shtml\", 10, 'pages-nav')", Pager(total=4, current=2)),
        ("var countPage = 1", Pager(total=1)),
        ("var currentPage = 1;//from 0\nvar countPage = 12//pages\n", Pager(total=12, current=1)),
        ('// createPageHTML(7, 0, "index", "shtml")\ncreatePageHTML(8, 0, "index", "shtml")', Pager(total=8)),
        ('/* createPageHTML(7, 0, "index", "shtml") */ var countPage=2;', Pager(total=2)),
        ("<!-- createPageHTML(7, 0, 'index', 'shtml')\ncreatePageHTML ( 8 , 0 , 'index' , 'shtml' )\n-->", Pager(total=8)),
        ('function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt){ var s = "//"; }\ncreatePageHTML(50, 0, "index", "html");', Pager(total=50, extension="html")),
        ('createPageHTML(0, 0, "index", "shtml")', None),
        ('createPageHTML(999999, 0, "index", "shtml")', None),
        ('document.write("createPageHTML")', None),
        ('createPageHTML(3, 0, "t20240902_690002", "shtml")', None),
    ],
)  # fmt: skip
def test_every_variant_of_the_pager(script: str, pager: Pager | None) -> None:
    assert read(f"<p>No news.</p><script>{script}</script>").pager == pager


def test_a_pager_in_a_comment_is_none() -> None:
    assert read('<!-- <script>createPageHTML(3, 0, "index", "shtml");</script> --><p>x</p>').pager is None


def test_a_pager_saved_as_links_counts_too() -> None:
    item = read('<p><a href="index_1.html">2</a> <a href="index_11.html">Last</a></p>')
    assert item.pager == Pager(total=12, extension="html")


def test_a_list_without_entries_is_still_a_list() -> None:
    assert read("<p>Nothing here yet.</p>").entries == ()


@pytest.mark.parametrize(
    ("body", "url", "reason"),
    [
        ("<title>Dust</title><h1>Dust</h1><p>Sep 02, 2024</p><p>Dust fell.</p>", ARTICLE, Reason.NOT_A_LISTING),
        ("<meta name=ArticleTitle content=Dust><h1>Dust</h1><p>Sep 02, 2024</p><div class=TRS_Editor>Dust fell.</div>", LISTING, Reason.NOT_A_LISTING),
        ("<p>Just a sentence on nothing.</p>", LISTING, Reason.NOT_A_LISTING),
        ("<title>404</title><h1>Page not found</h1>", LISTING, Reason.SOFT_404),
        ("<script>document.cookie='a=1';location.reload()</script>", LISTING, Reason.BLOCKED),
        ("", LISTING, Reason.NO_BODY),
    ],
)  # fmt: skip
def test_what_is_no_listing_says_why(body: str, url: str, reason: Reason) -> None:
    with pytest.raises(ExtractionError) as caught:
        read_listing(captured(body, url), SITE)
    assert caught.value.reason is reason


def test_a_listing_is_no_article() -> None:
    with pytest.raises(ExtractionError) as caught:
        read_article([captured(f"<title>News</title>{BLOCKS}<script>createPageHTML(2,0,'index','shtml')</script>"
            "<p><a href='./202408/t20240801_680001.shtml'>Third</a> Aug 01, 2024</p>", LISTING)], SITE)  # fmt: skip
    assert caught.value.reason is Reason.NOT_AN_ARTICLE


@pytest.mark.parametrize(
    ("script", "count"),
    [
        ('createPageHTML(3, 0, "t20240910_690000", "shtml")', 3),
        ('createPageHTML(1, 0, "t20240910_690000", "shtml")', 1),
        ('createPageHTML(9, 0, "index", "shtml")', 1),
        ('createPageHTML(9, 0, "t20240910_690001", "shtml")', 1),
        ('createPageHTML(5000, 0, "t20240910_690000", "shtml")', 1),
        ('var currentPage = 0; var countPage = 4; document.write("<a href=\\"t20240910_690000"+"_"+1+"."+"shtml\\">");', 4),
        ("", 1),
    ],
)  # fmt: skip
def test_parts_are_counted_by_the_pager_of_the_pages_own_file(script: str, count: int) -> None:
    assert part_count(captured(f"<p>x</p><script>{script}</script>")) == count
    assert (
        part_count(captured(f"<p>x</p><script>{script}</script>", ARTICLE.replace(".shtml", "_2.shtml")))
        == count
    )


def test_a_date_is_that_of_the_list_not_of_the_address() -> None:
    item = read('<ul><li><a href="./202409/t20240902_690002.shtml">Dust</a> [Aug 30, 2024]</li></ul>')
    assert item.entries[0].published == date(2024, 8, 30)
