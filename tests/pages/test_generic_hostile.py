"""Broken and hostile pages that no template claims: an item or a reason, in linear time and bounded memory.

Libraries read these pages too, so what they cost is measured here as well as what is ours.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from archive.items import ArticleItem
from benchmarks.extraction.tools import captured as parts_of
from benchmarks.unclaimed import unclaimed
from crawler.errors import ExtractionError, Reason
from crawler.pages import read_article
from crawler.pages.furniture import learn
from tests.pages.samples import SITE, captured

URL = "https://english.cas.cn/special/wall.html"
HEAD = b"<title>Dust Falls</title><h1>Dust Falls</h1><p>Sep 02, 2024</p>"
TEXT = b"<p>The dust of the year fell on the roofs of the town, and nobody swept it away for a week.</p>"


def numbered(count: int) -> bytes:
    return b"".join(
        b"<p>Paragraph %d of a log that has no end, as everyone says, and that goes on.</p>" % n
        for n in range(count)
    )


#: Name -> a page of about that many times the same.
GROWING: dict[str, Callable[[int], bytes]] = {
    "paragraphs": lambda n: HEAD + numbered(n),
    "one paragraph": lambda n: HEAD + b"<p>" + b"word word, " * (10 * n) + b"</p>",
    "comments": lambda n: HEAD + b"<!-- x -->y" * (5 * n) + TEXT,
    "a comment": lambda n: HEAD + b"<!--" + b"-x" * (1000 * n) + b"-->" + TEXT,
    "depth": lambda n: HEAD + b"<div class=article>" * (5 * n) + TEXT * 5,
    "depth of tables": lambda n: HEAD + b"<table><tr><td>" * n + TEXT,
    "depth of lists": lambda n: HEAD + b"<ul><li>word" * n + TEXT,
    "unclosed": lambda n: HEAD + b"<p><b><i>text of the town " * n,
    "an attribute": lambda n: HEAD + b'<div class="' + b"ab " * (50 * n) + b'">' + TEXT * 3,
    "a style": lambda n: HEAD + b'<div style="' + b"display :" * (50 * n) + b'">' + TEXT * 3,
    "tags": lambda n: HEAD + b"<b>x</b>" * (50 * n) + TEXT,
    "breaks": lambda n: HEAD + b"<div>" + b"x<br>" * (10 * n) + b"</div>" + TEXT,
    "links": lambda n: (
        HEAD + b"<ul>" + b"<li><a href=/x>link words here</a></li>" * (3 * n) + b"</ul>" + TEXT
    ),
    "pieces": lambda n: (
        HEAD + b"".join(b"<section><div class=x>" + TEXT + b"</div></section>" for _ in range(2 * n))
    ),
    "tails": lambda n: HEAD + b"<div>" + b"tail <i>x</i> of a text that goes on " * (5 * n) + b"</div>",
    "rows": lambda n: HEAD + b"<table>" + b"<tr><td>a</td><td>b</td></tr>" * (3 * n) + b"</table>" + TEXT,
    "tables": lambda n: HEAD + b"<table><tr><td>a</td><td>b</td></tr></table>" * n + TEXT,
    "anchors": lambda n: HEAD + b"<p>" + b"<a href=x><b>" * 300 + b"word " * (50 * n),
    "broken links": lambda n: HEAD + b"<p>" + b"<a href=x>x<br><br>y</a>" * (5 * n),
    "headings": lambda n: HEAD + b"<h2>Background of it</h2>" * n + TEXT,
    "quotes": lambda n: HEAD + TEXT + b"<a href='" * (50 * n),
    "less-than": lambda n: HEAD + TEXT + b"<" * (50 * n),
    "entities": lambda n: HEAD + b"<p>" + b"&amp;&lt;&#x41;&bogus;" * (10 * n),
    "ends": lambda n: HEAD + TEXT + b"</body></html><html><body>" * n,
    "Chinese": lambda n: HEAD + ("<p>" + "中文的句子，" * (20 * n) + "</p>").encode(),
}


def attempt(body: bytes) -> ArticleItem | None:
    with suppress(ExtractionError):
        return read_article([captured(body, URL)], SITE)
    return None


def seconds(body: bytes) -> float:
    def once() -> float:
        start = time.process_time()
        attempt(body)
        return time.process_time() - start

    return min(once(), once())


@pytest.mark.parametrize("name", GROWING)
def test_time_is_linear_in_the_bytes(name: str) -> None:
    """Four times the page takes about four times as long; the floor is for what every page costs."""
    attempt(HEAD + TEXT)
    small, large = (seconds(GROWING[name](size)) for size in (250, 1000))
    assert large < 8 * max(small, 0.1), f"{small:.2f} s, then {large:.2f} s"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.NO_BODY),
        (b" \r\n\t ", Reason.NO_BODY),
        (b"\x00" * 1000, Reason.NOT_AN_ARTICLE),
        (HEAD + TEXT + bytes(range(256)) * 2000, Reason.NOT_AN_ARTICLE),
        (b"%PDF-1.7 " + TEXT, Reason.NOT_AN_ARTICLE),
    ],
)
def test_what_cannot_be_read_says_why(body: bytes, reason: Reason) -> None:
    with pytest.raises(ExtractionError) as caught:
        read_article([captured(body, URL)], SITE)
    assert caught.value.reason is reason


STORY = unclaimed().pages[3]


@pytest.mark.parametrize("cut", range(0, len(STORY.bodies[0]), 211))
def test_a_story_cut_off_anywhere_loses_only_what_was_cut(cut: int) -> None:
    body = STORY.bodies[0][:cut]
    item = attempt(body)
    if item is not None:
        words = {word for block in item.blocks for word in block.text.split()}
        assert words <= set(
            "".join(body.decode("utf-8", "ignore").replace("<", " <").replace(">", "> ")).split()
        )


def test_null_bytes_within_a_story_lose_nothing() -> None:
    (page,) = parts_of(STORY)
    plain = read_article([captured(page.body, URL)], SITE)
    nulls = read_article([captured(page.body.replace(b"e ", b"e\x00 "), URL)], SITE)
    assert nulls.blocks == plain.blocks


@pytest.mark.parametrize("name", ["tags", "depth", "paragraphs", "a comment"])
def test_furniture_is_learned_from_hostile_pages_too(name: str) -> None:
    pages = [captured(GROWING[name](200 + number), f"https://example.org/{number}") for number in range(3)]
    assert learn(pages, source="hostile").pages == 3


MEMORY = """
import resource, sys
from tests.pages.test_generic_hostile import GROWING, HEAD, TEXT, attempt
attempt(HEAD + TEXT)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
body = GROWING[sys.argv[1]](int(sys.argv[2]))
attempt(body)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * 1024 // len(body))
"""


@pytest.mark.parametrize(
    ("name", "size"), [("a comment", 2500), ("tags", 2000), ("an attribute", 20000), ("depth", 10000)]
)
def test_memory_is_bounded_by_the_bytes(name: str, size: int) -> None:
    """Trees cost some hundred times the bytes of a page of nothing but tags, and no more."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, name, str(size)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 1500
