# ruff: noqa: E501 (markup and tables as data, a case a line)
"""Small rules as tables: dates, encodings, white space, contacts, date lines."""

from __future__ import annotations

import codecs
from datetime import date

import pytest

from crawler.pages import decode
from crawler.pages.boilerplate import is_tools, read_breadcrumb, strip_tools
from crawler.pages.dates import find, parse
from crawler.pages.head import read_date_line
from crawler.pages.people import contact_start, is_doi
from crawler.pages.tags import source_of, split_closing
from crawler.pages.text import normalize
from crawler.pages.titles import without_site
from tests.pages.samples import captured

CHINESE = "<p>中国科学院院士大会昨日在北京举行，会期三天。</p>"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Dec 29, 2011", (2011, 12, 29)), ("Sept. 6, 2022", (2022, 9, 6)), ("December 9th, 2011", (2011, 12, 9)),
        ("3rd Jan 2017", (2017, 1, 3)), ("22nd April, 2017", (2017, 4, 22)), ("2008-06-27", (2008, 6, 27)),
        ("2014-3-27", (2014, 3, 27)), ("2019/12/20", (2019, 12, 20)), ("2019.12.20", (2019, 12, 20)),
        ("2023年5月1日", (2023, 5, 1)), ("2023 年 05 月 01 日", (2023, 5, 1)), ("12/04/2017", (2017, 12, 4)),
        ("25/04/2017", (2017, 4, 25)), ("06 16, 2024", (2024, 6, 16)), ("2023-05-11 18:10:10", (2023, 5, 11)),
        ("2007-08-20-23:59:59", (2007, 8, 20)), ("2019-10-22T09:30:34-04:00", (2019, 10, 22)),
        ("Feb 30, 2011", None), ("2011-13-01", None), ("12011-12-01", None), ("1.2.2011", None), ("May 2011", None), ("", None),
    ],
)  # fmt: skip
def test_dates_as_printed(text: str, day: tuple[int, int, int] | None) -> None:
    assert parse(text) == (day and date(*day))


def test_a_date_tells_where_it_stands() -> None:
    found = find("Posted: 2022-01-01 From: x")
    assert found is not None
    assert (found.raw, found.start, found.end) == ("2022-01-01", 8, 18)


@pytest.mark.parametrize(
    ("line", "day", "author", "source"),
    [
        ('Dec 29, 2011     Email"> PrintText Size', "2011-12-29", None, None),
        ("Dec 24, 2015 Email     PrintText Size", "2015-12-24", None, None),
        ("Author:       ArticleSource:       Update time:2019/12/20", "2019-12-20", None, None),
        ("Author: LI Ming ArticleSource: Xinhua Update time: 2019/12/20", "2019-12-20", "LI Ming", "Xinhua"),
        ("English.dicp.cas.cn    Posted:2022-01-01    From:Reef Weekly", "2022-01-01", None, "Reef Weekly"),
        ("Dec 24, 2021 | By ZHAO Weiwei", "2021-12-24", "ZHAO Weiwei", None),
        ("3rd Jan 2017 From:CAS Newsletter", "2017-01-03", None, "CAS Newsletter"),
        ("Date:Feb 05, 2007", "2007-02-05", None, None),
        ("Release Time:2017-07-26 Big Small", "2017-07-26", None, None),
        ("(Update time : 2014-3-27)", "2014-03-27", None, None),
        ("时间：2019-09-18 06:23 来源： 山西日报", "2019-09-18", None, "山西日报"),
        ("The team met on Dec 29, 2011 in Lanzhou.", None, None, None),
        ("Copyright 2011-01-01 by nobody in particular", None, None, None),
    ],
)
def test_date_lines(line: str, day: str | None, author: str | None, source: str | None) -> None:
    read = read_date_line(0, normalize(line))
    assert (read and read.day.isoformat(), read and read.author, read and read.source) == (
        day,
        author,
        source,
    )


@pytest.mark.parametrize(
    ("body", "encoding", "rule"),
    [
        (CHINESE.encode(), "utf-8", "utf-8"),
        (codecs.BOM_UTF8 + CHINESE.encode(), "utf-8", "bom"),
        (codecs.BOM_UTF16_LE + CHINESE.encode("utf-16-le"), "utf-16-le", "bom"),
        (CHINESE.encode()[:-4], "utf-8", "utf-8"),
        (CHINESE.encode()[:-5], "utf-8", "utf-8-cut-off"),
        (CHINESE.encode("gb18030"), "gb18030", "gb18030"),
        (b"<meta charset=utf-8>" + CHINESE.encode("gbk"), "gb18030", "gb18030"),
        (b"<meta charset=gb2312>" + CHINESE.encode(), "utf-8", "utf-8"),
        (b"<meta charset=iso-8859-1><p>China\x92s caf\xe9 opens</p>", "cp1252", "declared-meta"),
        (b"<meta charset=no-such><p>caf\xe9 opens</p>", "windows-1252", "fallback"),
        (b"<meta charset=base64><p>caf\xe9 opens</p>", "windows-1252", "fallback"),
        (CHINESE.encode() * 9 + b"\xff", "utf-8", "utf-8-damaged"),
        (b"", "utf-8", "utf-8"),
    ],
)
def test_bytes_become_characters_in_the_order_of_trust(body: bytes, encoding: str, rule: str) -> None:
    text, found, by = decode(captured(body))
    assert (found, by) == (encoding, rule)
    assert "\ufeff" not in text


def test_the_header_is_asked_before_the_meta_tag() -> None:
    page = captured(
        b"<meta charset=cp1250><p>caf\xe9 opens</p>", content_type="text/html; charset=ISO-8859-2"
    )
    assert decode(page).encoding == "iso8859-2"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\u3000\u3000A\xa0\xa0b\u2003c\n d ", "A b c d"), ("re\xadport\u200bed\ufeff", "reported"),
        ("world' s “four”", "world' s “four”"), ("very very", "very very"),
        ("a .TRS_Editor P{margin-top:0;}.TRS_Editor DIV{x:y} b", "a b"), ("5 < 6 {x}", "5 < 6 {x}"), ("a\x00\x07b", "ab"),
    ],
)  # fmt: skip
def test_only_white_space_and_the_invisible_change(raw: str, clean: str) -> None:
    assert normalize(raw) == clean


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("/ Home / Newsroom / Research in China", ("Home", "Newsroom", "Research in China")),
        ("Location: Home > News > Events", ("Home", "News", "Events")),
        ("当前位置：首页 » 政采公告", ("首页", "政采公告")),
        ("Home | Contact | Sitemap | 中文 | CAS", ()),
        ("Home prices rise in Beijing", ()),
    ],
)
def test_breadcrumbs(line: str, steps: tuple[str, ...]) -> None:
    assert read_breadcrumb(line) == steps


@pytest.mark.parametrize("line", ['Email"> PrintText Size', "Email Print Text Size", "Text Size: A A A", "Print | Close", "TEXT SIZE: A A A", "Print | Close | Text Size:A A A", "Big Small"])  # fmt: skip
def test_tools(line: str) -> None:
    assert is_tools(line)


@pytest.mark.parametrize("line", ["Printing in Space", "A Small Step", "Email from Orbit"])
def test_titles_are_no_tools(line: str) -> None:
    assert strip_tools(line)


@pytest.mark.parametrize(
    ("title", "cut"),
    [
        ("Rice Sways | Institute of Botany, Chinese Academy of Sciences", "Rice Sways"),
        ("Rice Sways - Chinese Academy of Sciences", "Rice Sways"),
        ("Rice Sways_Institute of Botany", "Rice Sways"),
        ("CAS | Rice Sways", "Rice Sways"),
        ("Rice Sways -- Newsroom of Rice", "Rice Sways"),
        ("Rice - and Wheat - Sway | CAS", "Rice - and Wheat - Sway"),
        ("Rice Sways | A Story of Roots", "Rice Sways | A Story of Roots"),
        ("Chinese Academy of Sciences", "Chinese Academy of Sciences"),
        ("CAS-led Team Finds Rice", "CAS-led Team Finds Rice"),
    ],
)
def test_a_title_loses_the_names_of_sources_only(title: str, cut: str) -> None:
    assert without_site(title, "Newsroom of Rice") == cut


@pytest.mark.parametrize(
    ("tag", "is_one"),
    [
        ("Xinhua", True), ("China Daily", True), ("CICC", True), ("Global Times", True), ("新华社", True), ("Science and Technology Daily", True),
        ("Photo by LI", False), ("end", False), ("to be continued", False), ("1 yuan = 0.15 dollar", False), ("see the table", False),
        ("Left", False), ("which is why the team went there twice", False),
    ],
)  # fmt: skip
def test_who_may_stand_in_the_closing_brackets(tag: str, is_one: bool) -> None:
    assert (source_of(tag) == tag) is is_one


def test_the_last_brackets_are_split_off() -> None:
    assert split_closing("It ended (so he said). (Xinhua)") == ("It ended (so he said).", "Xinhua")
    assert split_closing("It ended.") == ("It ended.", None)


@pytest.mark.parametrize(
    ("texts", "start"),
    [
        (["Text ends.", "Contact", "E-mail:"], 1),
        (["Text ends.", "Contact:", "BAI Song", "Institute of Reefs", "E-mail: a@example.org"], 1),
        (["Text ends.", "Contact: BAI Song\nE-mail: baisong AT example.org\nInstitute of Reefs, CAS"], 1),
        (["Text ends.", "Nature Reefs", "DOI: 10.1000/x.1", "Contact", "BAI Song"], 1),
        (["Text ends.", "DOI: 10.1000/x.1"], 1),
        (["Text ends.", "E-mail: a@example.org"], 1),
        (["Text ends.", "The result is under doi: 10.1000/x.1 since Monday."], 2),
        (["Text ends.", "Applicants should contact us at a@example.org."], 2),
        (["Text ends.", "BAI Song"], 2),
        (["Contact Us is a film about radio, he said.", "It lasts long."], 2),
    ],
)
def test_where_a_contact_block_begins(texts: list[str], start: int) -> None:
    assert contact_start(texts) == start


def test_a_doi_in_a_sentence_is_no_doi_line() -> None:
    assert is_doi("DOI: 10.1000/x.1")
    assert is_doi("https://doi.org/10.1000/x.1")
    assert not is_doi("It is under doi: 10.1000/x.1 now.")
