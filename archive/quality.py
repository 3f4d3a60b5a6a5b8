"""How far the text of an article can be trusted: a score, and what speaks against it.

Looks at the item alone, so that a crawl, a replay and a promotion judge alike. Knows nothing of pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from archive.items import ArticleItem, Block

#: Score of a text with nothing against it.
BEST = 100

#: What each reason takes from the score. Of a reason with a detail only the word before the colon counts.
WEIGHTS = {
    # Words are lost or wrong.
    "mojibake": 40,
    "lossy": 20,
    "missing-parts": 30,
    # Words that are not the article's, or too few of them.
    "furniture": 15,
    "repeated": 10,
    "short-text": 20,
    "thin-page": 10,
    # Nobody claims the page, or a field is not there that nearly every page has.
    "generic-template": 15,
    "repaired": 5,
    "no-published": 20,
    "no-section": 5,
    "no-language": 5,
}

#: Fields that health watches: what most pages of some section print.
FIELDS = (
    "title",
    "published",
    "section",
    "breadcrumb",
    "source_name",
    "editor",
    "author",
    "photographer",
    "keywords",
    "text",
    "captions",
    "images",
    "institutes",
    "language",
)

# Field and rule that finds a value without the page printing one: a page that lost the field keeps the value.
_FALLBACKS = frozenset({("title", "title"), ("published", "url")})

#: Below this the text of a newsroom is more often a remnant than an article, in characters.
SHORT_TEXT = 200
#: Below this share of a page's bytes the text is more often a remnant than an article.
THIN_PAGE = 0.005
# Furniture stands in lines of its own; a paragraph may well tell of copyright.
_LINE = 160

# What bytes of UTF-8 look like when they were read as another encoding, and what stands for lost ones.
_MOJIBAKE = re.compile(
    r"\N{REPLACEMENT CHARACTER}|锟斤拷|烫烫|鈥[渙檚]|â€[\u0080-\u00bf\u2018-\u201e\u2020-\u203a™œžŸ]"
    r"|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|ï»¿|[\u0080-\u009f]"
)
_FURNITURE = re.compile(
    r"""
      ^(?:copyright\b|©|\(c\)\s*\d{4}|all\ rights\ reserved)
    | \ball\ rights\ reserved\b | ICP备\s*\d+ | 公网安备
    | ^(?:home|首页|当前位置)\s*(?:[>»›/]|：)
    | ^(?:print|e-?mail"?>?|text\ size|share(?:\ (?:to|this|on)\b.*)?|tweet|back\ to\ top|close)\s*[:>|]?$
    | ^(?:related\ (?:articles?|news|links)|more\ news|hot\ news|latest\ news|相关(?:新闻|文章|链接))\s*:?$
    | ^(?:contact|contacts|media\ contact|e-?mail|tel|fax)\s*[:：].*(?:@|\bat\b|\d{4})
    | ^(?:上一篇|下一篇|【?打印】?|【?关闭】?|分享到)
    | ^\(?(?:editor|责任编辑)\s*[:：]
    | ^doi\s*[:：]?\s*10\.\d{4,}\S*$
    | \b(?:your\ browser\ does\ not|enable\ javascript|javascript:|flash\ player)
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Quality:
    """How far a text can be trusted."""

    #: 0 to 100.
    score: int
    #: What speaks against it, the weightiest first: `word` or `word:detail`, never a contact.
    reasons: tuple[str, ...] = ()


def assess(item: ArticleItem, *, page_bytes: int | None = None, missing_parts: int = 0) -> Quality:
    """Judge an article as it was read.

    page_bytes: bytes of its pages, decoded; None: not known. missing_parts: parts that its pager promises and
    nobody could fetch.
    """
    reasons = [
        *_lost(item, missing_parts),
        *_foreign(item),
        *_short(item, page_bytes),
        *_unclaimed(item),
    ]
    reasons.sort(key=lambda reason: -_weight(reason))
    return Quality(max(0, BEST - sum(map(_weight, reasons))), tuple(reasons))


def found(item: ArticleItem) -> tuple[str, ...]:
    """Return which of `FIELDS` the page itself gave.

    A title that only the window's name tells is none, nor is a date that only the address tells, a section
    that only the source names for its folder, or a text as short as a remnant.
    """
    noted = {note.field for note in item.evidence if (note.field, note.rule) not in _FALLBACKS}
    lost = {note.field for note in item.evidence} - noted
    if "section" not in noted and not item.breadcrumb:
        lost.add("section")
    if _size(item) < SHORT_TEXT:
        lost.add("text")
    return tuple(name for name in FIELDS if name not in lost and getattr(item, name))


def _weight(reason: str) -> int:
    return WEIGHTS[reason.partition(":")[0]]


def _lost(item: ArticleItem, missing_parts: int) -> Iterator[str]:
    whole = f"{item.title}\n{item.text}"
    noted = {word for note in item.evidence for word in (note.field, note.rule)}
    if found := _MOJIBAKE.search(whole):
        yield f"mojibake:{_excerpt(whole, found)}"
    if "lossy" in noted:
        # A question mark that stands for a lost letter is recognised where the page is read.
        yield "lossy"
    if any("mojibake" in word or "repair" in word for word in noted):
        yield "repaired"
    if missing_parts:
        yield f"missing-parts:{missing_parts}"


def _excerpt(text: str, found: re.Match[str]) -> str:
    before = text[: found.start()].rpartition("\n")[2][-12:]
    after = text[found.end() :].partition("\n")[0][:12]
    return f"{before}{found.group()}{after}"


def _foreign(item: ArticleItem) -> Iterator[str]:
    marked = [block for block in item.blocks if len(block.text) <= _LINE and _FURNITURE.search(block.text)]
    if marked:
        # A contact's name or address must not come back in through a reason.
        yield f"furniture:{len(marked)}"
    counts = Counter(block.text for block in item.blocks if _is_prose(block))
    if again := sum(count - 1 for count in counts.values()):
        yield f"repeated:{again}"


def _is_prose(block: Block) -> bool:
    return len(block.text) > 40


def _short(item: ArticleItem, page_bytes: int | None) -> Iterator[str]:
    size = _size(item)
    if size < SHORT_TEXT:
        yield f"short-text:{size}"
    if page_bytes and len(item.text.encode()) < THIN_PAGE * page_bytes:
        yield "thin-page"


def _size(item: ArticleItem) -> int:
    # A Han character says about as much as three letters.
    return sum(3 if character > "\u2e80" else 1 for character in item.text)


def _unclaimed(item: ArticleItem) -> Iterator[str]:
    if item.template == "generic":
        yield "generic-template"
    for name in ("published", "section", "language"):
        if getattr(item, name) is None:
            yield f"no-{name}"
