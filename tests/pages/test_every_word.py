"""Nothing that a reader sees in the body of an article is lost: every visible word is read, and read once.

What is visible is told here from the tree alone, by the rules of browsers, without the code that reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from crawler.pages import read_article
from crawler.pages.article import look
from crawler.pages.body import read_blocks
from crawler.pages.document import Document
from tests.pages.samples import SITE, captured

OPENING = (
    "The lamps of the harbour were lit for the first time in a year, said everybody who had come to see it."
)
CLOSING = "Nobody could say in the end who had paid for the oil, and nobody asked for it to be put out again."
PAGE = f"""<html><head><title>Lamps Lit</title></head><body><p>/ Home / Newsroom / News Updates</p>
<h1>Lamps Lit</h1><p>Sep 10, 2024</p>
<div class="TRS_Editor" title="body"><p>{OPENING}</p>%s<p>{CLOSING}</p></div>
<p>Copyright © 2002 - Chinese Academy of Sciences</p></body></html>"""

#: Elements that stand in a line of text; words on both sides of their tags are one word.
INLINE = frozenset("a b em font i img label map span strong sub sup u".split())  # noqa: SIM905
UNSEEN = frozenset("script style noscript template iframe object select button textarea".split())  # noqa: SIM905


def visible(element: etree._Element) -> str:
    """Return the text that a browser shows of an element, a space at every edge but those within a line."""
    if element.tag in UNSEEN or "none" in (element.get("style") or "") or element.get("hidden") is not None:
        return ""
    inner = (element.text or "") + "".join(visible(child) + (child.tail or "") for child in element)
    return inner if element.tag in INLINE else f" {inner} "


def shown(page: str) -> list[str]:
    """Return the visible words of a page's body, in order."""
    root = etree.fromstring(page, etree.HTMLParser(remove_comments=True))
    (body,) = root.xpath("//div[@title='body']")
    return visible(body).split()


def words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in text.split()]


WORD = "~"


def spelled(number: int) -> str:
    """Return a word of its own for a number, in letters: figures and names mean something to the rules."""
    return "".join("bdfghklmnprstvwz"[int(digit, 16)] + "aeiou"[number % 5] for digit in f"{number:x}")


def numbered(markup: str) -> str:
    """Return markup with every placeholder replaced by another word."""
    pieces = markup.split(WORD)
    return pieces[0] + "".join(spelled(number) + piece for number, piece in enumerate(pieces[1:], start=1000))


def within(*tags: str, holding: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return one of the tags around what it may hold."""
    return st.builds(lambda tag, inner: f"<{tag}>{inner}</{tag.split()[0]}>", st.sampled_from(tags), holding)


def some(*kinds: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.one_of(*kinds), min_size=1, max_size=3).map("".join)


TEXT = st.sampled_from((WORD, f"{WORD} {WORD}", f" {WORD} ", f"\n{WORD}\n\n{WORD}\n", f"\u3000\u3000{WORD}"))
PIECE = st.sampled_from(
    (
        "<br>",
        "<hr>",
        '<img src="a.jpg">',
        "<p></p>",
        "<!-- no -->",
        f" <a href=/x.pdf>{WORD}</a> ",
        "\n",
        "<a name=x></a>",
    )
)
HIDDEN = within(
    "script", "style", "noscript", "select", "button", "p hidden", 'span style="display:none"',
    holding=st.just(WORD),
)  # fmt: skip
LINE = st.recursive(
    TEXT,
    lambda inner: within("b", "font size=2", "a href=/x", "sup", "span", holding=some(inner)),
    max_leaves=4,
)
ITEM = some(LINE, TEXT, PIECE)


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return elements around others, as they should stand and as they should not."""
    held = some(inner, LINE, PIECE, HIDDEN)
    cell = within("td", "th", "td colspan=2", holding=held)
    row = within("tr", "tr align=center", holding=some(cell, cell, cell, held))
    return st.one_of(
        within(
            "p", "div", "h2", "h5", "center", "font", "blockquote", "pre", "section", "address", "details",
            "summary", "figure", "figcaption", "caption", "li", "dt", "dd", "td", "tr", "fieldset", "span",
            "p align=center", "marquee", "dir", "menu", "legend", "hgroup", "search", "map", "label",
            holding=held,
        ),
        within("ul", "ol", "dl", holding=some(within("li", "dt", "dd", "div", holding=held), held)),
        within("table", holding=some(row, row, within("tbody", "thead", holding=some(row)), held)),
        within("table", holding=some(within("caption", holding=held), row, row)),
    )  # fmt: skip


BODY = st.lists(st.recursive(st.one_of(LINE, PIECE, HIDDEN), grown, max_leaves=12), max_size=4).map("".join)


@settings(max_examples=100, deadline=None)
@given(BODY)
@example(f"<table>{WORD}<tr>{WORD}<td>{WORD}</td>{WORD}<td>{WORD}</td></tr>{WORD}</table>")
@example(f"<table><caption>{WORD}</caption><tr><td>{WORD}<td>{WORD}</table>")
@example(f"<table><td>{WORD}<td>{WORD}</table>")
@example(f"<table><tr><td>{WORD}<table><tr><td>{WORD}<td>{WORD}</table>{WORD}<td>{WORD}</table>")
def test_every_word_of_a_body_is_in_a_block_once(markup: str) -> None:
    page = PAGE % numbered(markup)
    document = Document(captured(page))
    (container,) = look(document).containers
    drafts = read_blocks(document.walk, *container)
    assert Counter(words(draft.text for draft in drafts)) == Counter(shown(page))


@settings(max_examples=100, deadline=None)
@given(BODY)
def test_every_word_of_a_body_is_in_the_article_once(markup: str) -> None:
    page = PAGE % numbered(markup)
    item = read_article([captured(page)], SITE)
    read = Counter(words([*(block.text for block in item.blocks), *item.captions]))
    files = Counter(words(link.text for link in item.attachments))
    lost = Counter(shown(page)) - read
    assert not lost - files
    assert not read - Counter(shown(page))


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ("<table><caption>Oil a year</caption><tr><th>Year<th>Oil<tr><td>1<td>2</table>",
         ["Oil a year", "Year\tOil\n1\t2"]),
        ("<table>Oil<tr>a<td>1</td>year<td>2</td></tr>in all</table>",
         ["Oil", "a", "year", "in all", "1\t2"]),
        ("<table><td>1</td><td>2</td><tr><td>3</td></tr></table>", ["1\t2\n3"]),
        ("<table><tr><td>Oil<table><tr><td>1<td>2</table>a year</table>", ["Oil", "1\t2", "a year"]),
        ("<table><caption>Oil</caption><tr><td>a year</td></tr></table>", ["a year"]),
        ("<ul>Oil<li>1</li>wicks<li>2<ol><li>3</li></ol></li></ul>", ["Oil\n1\nwicks\n2\n3"]),
        ("<dl><dt>Oil</dt><dd>burns</dd></dl><dt>Wick</dt><dd>glows</dd>", ["Oil\nburns", "Wick", "glows"]),
        ("<ul><div><li>Oil</li></div></ul><li>Wick</li>", ["Oil", "Wick"]),
        ("<details><summary>Oil</summary>It burns.</details>", ["Oil", "It burns."]),
        ("Oil<marquee>burns</marquee>well<center>in <font>lamps</font></center>",
         ["Oil", "burns", "well", "in lamps"]),
        ("<pre>Oil  burns\nlong\n\nWicks do not</pre>", ["Oil burns\nlong", "Wicks do not"]),
        ("<p>It is <math><mi>E</mi><mo>=</mo><mn>2</mn><annotation>E=2</annotation></math>.</p>",
         ["It is E=2."]),
        ("Oil<p hidden>no</p> burns <script>no</script>well", ["Oil burns well"]),
    ],
)  # fmt: skip
def test_what_odd_markup_says_is_a_block_where_it_is_seen(markup: str, texts: list[str]) -> None:
    item = read_article([captured(PAGE % markup)], SITE)
    assert [block.text for block in item.blocks] == [OPENING, *texts, CLOSING]


def test_the_caption_of_a_table_is_a_line_above_it_and_of_no_picture() -> None:
    markup = '<img src="a.jpg"><table><caption>Oil</caption><tr><th>1<th>2</table>'
    item = read_article([captured(PAGE % markup)], SITE)
    assert [block.kind.value for block in item.blocks] == ["paragraph", "paragraph", "table", "paragraph"]
    assert (item.captions, [image.caption for image in item.images]) == ((), [None])


def test_a_caption_stays_with_the_picture_that_a_table_lays_out() -> None:
    markup = '<table><caption>A lamp</caption><tr><td><img src="a.jpg"></td></tr></table>'
    assert read_article([captured(PAGE % f"{markup}<figcaption>Oil</figcaption>")], SITE).captions == (
        "A lamp",
        "Oil",
    )


def test_a_paragraph_between_two_boxes_of_the_text_is_text() -> None:
    between = "The oil had been brought over the hill in the night, as the mayor told everybody on the quay."
    boxes = f'</div><p>{between}</p><p><a href="/x">More news</a></p><div class="TRS_Editor"><p>{OPENING}</p>'
    item = read_article([captured(PAGE % boxes)], SITE)
    assert [block.text for block in item.blocks] == [OPENING, between, OPENING, CLOSING]


def test_a_file_without_words_is_an_attachment() -> None:
    markup = '<span id="appendix"><a href="P0.bin" appendix="true"></a></span>'
    item = read_article([captured(PAGE % markup)], SITE)
    assert [link.url.rpartition("/")[2] for link in item.attachments] == ["P0.bin"]
