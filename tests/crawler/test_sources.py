"""The sources that come with the software."""
# ruff: noqa: E501 - addresses are as long as they are

from __future__ import annotations

from pathlib import Path

import pytest

from archive.urls import UrlKind
from crawler import sources
from crawler.errors import SourceError, UnknownSectionError, UnknownSourceError

CAS = sources.load("cas-english")

#: Article addresses that were observed, one a shape, with their section. From what is known of the site.
OBSERVED = [
    ("https://english.cas.cn/news/ric/201112/t20111229_80493.shtml", "research-in-china-2011"),
    ("http://english.cas.ac.cn/newsroom/cas_media/202504/t20250427_1042108.shtml", "cas-media"),
    ("https://english.cas.cn/newsroom/cas_media/202406/t20240628_666011_2.shtml", "cas-media"),
    ("https://english.cas.cn/newsroom/cas-in-media/202601/t20260108_1145442.shtml", "cas-in-media"),
    ("http://english.cas.cn/newsroom/china_research/201703/t20170306_174584.shtml", "research-in-china"),
    ("http://english.cas.ac.cn/newsroom/mutimedia_news/201501/t20150106_134877.shtml", "multimedia-news"),
    ("http://english.cas.cn/newsroom/archive/news_archive/nu2014/201502/t20150217_140721.shtml", "news-archive"),
    ("http://english.cas.cn/newsroom/archive/china_archive/cn2004/200909/t20090923_40857.shtml", "china-archive"),
    ("http://english.cas.cn/newsroom/research_news/life/201910/t20191008_219736.shtml", "research-news-fields"),
    ("https://english.cas.cn/newsroom/research-news/202608/t20260819_1188615.shtml", "research-news"),
    ("https://english.cas.cn/newsroom/headlines/202605/t20260514_1159331.shtml", "headlines"),
    ("https://english.cas.cn/head/202503/t20250305_903086.shtml", "head"),
    ("https://english.cas.cn/newsroom/news/202409/t20240924_690403.shtml", "news-updates"),
    ("https://english.cas.cn/research/highlight/qp/202108/t20210810_277469.shtml", "highlights"),
    ("https://english.cas.cn/Special_Reports/rd/2022/202410/t20241031_693356.shtml", "special-reports-2024"),
    ("https://english.cas.ac.cn/special-reports/Dual_Carbon_CAS_in_Action/cpcn/202603/t20260305_1151694.shtml",
     "special-reports-nested"),
    ("https://english.cas.cn/newsroom/news--archives/2023/research-news/202306/t20230626_1127542.shtml",
     "archives-research-news"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "section"), OBSERVED)
def test_observed_articles_belong_to_a_section(url: str, section: str) -> None:
    address = CAS.urls.address(url)
    found = CAS.section_of(address.folder)
    assert address.kind is UrlKind.ARTICLE
    assert found is not None
    assert found.id == section
    assert CAS.is_news(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://english.cas.cn/join_us/jobs/201601/t20160107_158558.shtml",
        "https://english.cas.cn/about_us/201411/t20141121_131814.shtml",
        "http://english.cas.cn/about_us/contact_us/",
        "https://english.cas.cn/research/institutes/",
        "https://english.cas.cn/accessory/twows4th/briefinfo/201006/t20100627_55730.html",
    ],
)
def test_what_is_not_news_is_left_alone(url: str) -> None:
    assert not CAS.is_news(CAS.urls.address(url))


def test_a_folder_nobody_listed_is_news_under_the_newsroom_only() -> None:
    assert CAS.is_news(CAS.urls.address("https://english.cas.cn/newsroom/something_new/"))
    assert not CAS.is_news(CAS.urls.address("https://english.cas.cn/something_new/"))


@pytest.mark.parametrize(
    "name",
    [
        "news-archive",
        "/newsroom/archive/news_archive/nu{year}/",
        "/newsroom/archive/news_archive/nu2014",
        "News-Archive",
    ],
)
def test_a_scope_is_one_section_by_id_or_folder(name: str) -> None:
    scope = sources.Scope(CAS, name)
    assert scope.covers("/newsroom/archive/news_archive/nu2014/")
    assert not scope.covers("/newsroom/cas_media/")
    assert scope.folders() == []
    assert "/newsroom/archive/news_archive/" in scope.landings()


def test_a_label_may_mean_several_folders() -> None:
    scope = sources.Scope(CAS, "CAS in Media")
    assert {"/newsroom/cas_media/", "/newsroom/cas-in-media/"} <= set(scope.folders())


def test_wrong_names_say_what_exists() -> None:
    with pytest.raises(UnknownSourceError, match=r"known sources: .*cas-english"):
        sources.load("cas-englsh")
    with pytest.raises(UnknownSectionError, match=r"known sections: .*headlines"):
        sources.Scope(CAS, "weather")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('zone = "Asia/Shanghai"', "", "the key 'zone' is missing"),
        ("delay = 5.0", 'delay = "slow"', "could not convert"),
        ("[urls]", "[urls", "source.toml"),
        ("article = '^", "article = '^(", "source.toml"),
    ],
)
def test_a_broken_file_says_what_is_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    whole = (Path(sources.__file__).parent / "cas-english.toml").read_text("utf-8")
    assert old in whole
    broken = tmp_path / "source.toml"
    broken.write_text(whole.replace(old, new, 1), "utf-8")
    with pytest.raises(SourceError, match=words):
        sources.read(broken)
