"""The sample newsroom is a site that a crawl can walk, and its truth stands on its pages."""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

import pytest

from archive.urls import UrlKind
from crawler import sources
from tests.newsroom import (
    Article,
    Newsroom,
    Section,
    articles,
    expected,
    landings,
    outcomes,
    sections,
)
from tests.newsroom.site import part_path
from tests.newsroom.truth import day


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


_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|d[dlt]|t[dhr]|table|tbody|h\d|center|blockquote|fig\w+)\b[^>]*>", re.IGNORECASE
)
_UNSEEN = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


def lines(markup: str) -> list[str]:
    """Return the lines that markup prints, white space folded: an independent, simple-minded reader."""
    text = _BLOCK.sub("\x00", re.sub(r"\s+", " ", _UNSEEN.sub("", markup)))
    text = re.sub(r"[\u00ad\u200b\ufeff]", "", html.unescape(re.sub(r"<[^>]*>", "", text)))
    return [folded for line in text.split("\x00") if (folded := " ".join(line.split()))]


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_text_stands_in_the_body_exactly_and_in_order(article: Article) -> None:
    printed, start = lines("\n".join(article.bodies)), 0
    for block in article.expected.text:
        for line in re.split(r"[\n\t]", block):
            # A closing tag such as (Xinhua) may follow in the same line.
            found = next((n for n in range(start, len(printed)) if printed[n].startswith(line)), None)
            assert found is not None, line
            start = found + 1


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_no_line_of_the_body_is_forgotten(article: Article) -> None:
    truth = article.expected
    kept = {line for block in truth.text for line in re.split(r"[\n\t]", block)}
    kept |= {
        *truth.captions,
        *truth.videos,
        *truth.journals,
        *truth.absent,
        f"({truth.source_name})",
        f"(Editor: {truth.editor})",
    }
    people = ((person.name, person.institute, person.email) for person in truth.contacts)
    kept |= {value for person in people for value in person if value}
    for printed in lines("\n".join(article.bodies)):
        if printed.startswith(truth.absent):
            continue
        rest = printed
        for known in sorted(kept, key=len, reverse=True):
            rest = rest.replace(known, "")
        # What may be left is an address and labels: `Contact:`, `E-mail:`, `Prof.`
        assert len(re.sub(r"[\w.]+(?:@| AT )[\w.]*", "", rest)) <= 10, printed


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_what_must_be_absent_stands_on_the_page_but_not_in_the_truth(article: Article) -> None:
    source = source_of(article)
    both = source + html.unescape(source) + re.sub(r"<[^>]*>", "", source)
    text = "\n\n".join(article.expected.text)
    for string in article.expected.absent:
        assert string in both, string
        assert string not in text, string


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_fields_stand_on_the_page_or_in_its_list_entry(article: Article) -> None:
    source, truth = html.unescape(source_of(article)), article.expected
    page = seen(source)
    for field in (truth.section, truth.source_name, truth.editor, truth.author, *truth.dois, *truth.journals):
        assert field is None or field in source, field
    for person in truth.contacts:
        for value in (person.name, person.institute):
            assert value is None or re.sub(r"\s+", "", value) in page, value
        assert person.email is None or person.email in page.replace("AT", "@"), person.email
    printed = re.findall(r'(?:content="([^"]*)" name="Keywords"|name="Keywords" content="([^"]*)")', source)
    lines = ["".join(pair) for pair in printed] or [article.listed.keywords]
    assert list(truth.keywords) == [word.strip() for word in lines[0].split(";") if word.strip()]
    if article.date:
        assert truth.published == day(article.date)
        assert article.date in source


@pytest.mark.parametrize("article", articles(), ids=ids(articles()))
def test_every_picture_and_attachment_is_in_the_truth(article: Article) -> None:
    bodies, truth = "\n".join(article.bodies), article.expected
    for pattern, urls in (
        (r'<img\b[^>]*src="\./(\w+\.\w+)"', truth.images),
        (r'href="\./(P0\w+\.\w+)"', truth.attachments),
    ):
        folder = truth.url.rpartition("/")[0]
        assert [f"{folder}/{name}" for name in re.findall(pattern, bodies, re.IGNORECASE)] == list(urls)


def test_people_have_addresses_that_cannot_exist() -> None:
    for article in articles():
        for found in re.findall(r"[\w.]+(?:@|\s+AT\s+)[\w.-]*\w", source_of(article)):
            assert found == "cas_en@cas.cn" or found.endswith(("example.org", "example.ac.cn")), found


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
        retired = {outcome.url for outcome in outcomes() if outcome.target == article.address}
        assert set(truth.other_urls) == ({a.url for a in addresses} | retired) - {chosen}, article.slug
        assert source.is_news(addresses[0]), article.slug
    for section in sections():
        assert (source.section_of(section.folder) is not None) == section.known, section.folder
    assert {landing.folder for landing in landings()} == set(source.landings)


def test_document_numbers_are_the_articles_own() -> None:
    numbers = [article.address.rpartition("_")[2] for article in articles()]
    assert len(set(numbers)) == len(numbers)


def test_every_template_era_and_dirt_is_there() -> None:
    assert {article.template for article in articles()} == set("ABCDS")
    assert {article.encoding for article in articles()} >= {"utf-8", "utf-8-sig", "gb18030"}
    assert {article.expected.language for article in articles()} == {"en", "zh"}
    assert any(article.expected.parts == 3 for article in articles())
    bodies = "".join(body for article in articles() for body in article.bodies)
    dirt = ["<div class=TRS_Editor>", "TRS_PreAppend", "Custom_UnionStyle", "MsoNormal", "<o:p>", "<FONT"]
    dirt += ["<br><br>　　", "&shy;", "\u200b", "oldsrc=", 'id="appendix"', "display: none", "Full story"]
    dirt += [".TRS_Editor P{", "[video:", "_fcksavedurl", "data-uploadpic", "<blockquote>", "<!--[if gte mso"]
    assert [one for one in dirt if one not in bodies] == []


@pytest.mark.parametrize("section", sections(), ids=[section.folder for section in sections()])
def test_listings_hold_ten_entries_a_page_newest_first(section: Section) -> None:
    site = Newsroom()
    pages = site.pages(section.folder)
    for number, entries in enumerate(pages):
        path = f"{section.folder}index_{number}.shtml" if number else section.folder
        reply = site.answer(path)
        body = reply.body
        assert reply.status == 200
        for entry in entries:
            assert seen(html.escape(entry.title)) in seen(body.decode()), entry.title
            assert f'href="{html.escape(entry.href or "")}"' in body.decode()
    assert [len(page) for page in pages[:-1]] == [10] * (len(pages) - 1)
    days = [entry.day for entry in site.entries(section.folder) if not entry.pinned]
    assert days == sorted(days, reverse=True)
    assert site.answer(f"{section.folder}index_{len(pages)}.shtml").status == 404


def test_listings_have_several_pages_and_pagers_of_every_kind() -> None:
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
        assert call in site.answer(folder).body.decode(), folder


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
