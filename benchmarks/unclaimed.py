"""A site that no template claims: the sample newsroom's articles in a shell of its own, whose chrome recurs.

The chrome is of the kind that libraries take for text: prose, in the same column as the article.
"""

from __future__ import annotations

from html import escape

from benchmarks.extraction.truth import Collection, Page, Truth
from tests.newsroom import Article, articles

HOST = "news.example.org"
_NOTICE = (
    "This edition is translated by volunteers of the reading circle, who ask patience with long words, and"
    " for a line when a sentence cannot be understood at all."
)
_APPEAL = (
    "The paper lives by its readers, who pay what they can. If this story was worth ten minutes to you, do"
    " think of us before the end of the month, and tell a neighbour."
)
_DESK = (
    "The science desk has four people and one telescope, and it has followed the academies of the region from"
    " the spring of 2003 without missing a week."
)
_LETTER = "Write to the editor by the fifth of the month, and say whether your name may be printed."
_MENU = ("Front page", "Sciences", "Rivers and seas", "The sky tonight", "Letters", "Archive", "Who we are")
_FOOT = "Printed in the old mill, open on weekdays from nine to four, closed when the river is high."


def unclaimed() -> Collection:
    """Return the articles of the sample as pages of that site, each with its text as truth."""
    found = [article for article in articles() if article.expected.language == "en"]
    pages = [_page(article, found, index) for index, article in enumerate(found)]
    return Collection(name="unclaimed site", pages=tuple(pages))


def _page(article: Article, others: list[Article], index: int) -> Page:
    expected = article.expected
    url = f"https://{HOST}/{article.slug}.html"
    absent = (_NOTICE, _APPEAL, _DESK, _LETTER, _FOOT)
    truth = Truth(lines=expected.text, fields={"title": (expected.title,)}, absent=absent)
    latest = [others[(index * 7 + step) % len(others)] for step in range(1, 6)]
    return Page(name=article.slug, url=url, bodies=(_markup(article, latest).encode(),), truth=truth)


def _markup(article: Article, latest: list[Article]) -> str:
    text = [f"<p>{escape(block, quote=False)}</p>".replace("\n", "<br>") for block in article.expected.text]
    half = (len(text) + 1) // 2
    menu = " ".join(f'<a href="/{number}/">{words}</a>' for number, words in enumerate(_MENU))
    side = "".join(f'<li><a href="/{one.slug}.html">{escape(one.title)}</a></li>' for one in latest)
    date = f"{article.expected.published:%d %B %Y}" if article.expected.published else ""
    return (
        f"<!doctype html><html><head><meta charset=utf-8><title>{escape(article.title)}</title></head><body>"
        f"<div>{menu}</div><div><h1>{escape(article.title)}</h1><div>{date}</div><p>{_NOTICE}</p>"
        f"{''.join(text[:half])}<p>{_APPEAL}</p>{''.join(text[half:])}<p>{_DESK}</p><p>{_LETTER}</p></div>"
        f"<div><h3>Latest</h3><ul>{side}</ul></div><div><p>{_FOOT}</p></div></body></html>"
    )
