"""What on a page is not the article: landmarks of the site's furniture, and tags that close a text.

Decides by what is printed (literal markers), never by the names of classes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.pages.lines import Line

#: `Email"> Print Text Size`, the residue of a broken attribute, in any order and spacing.
_TOOL = re.compile(
    r"""(?:^|(?<=[\s|"'>】:：]))(?:e-?mail(?:\s?["'”]?\s?/?>)?|print(?:er)?(?:\s(?:version|this page"""
    r"""|friendly))?|close(?: window)?|text ?size\s?[:：]?"""
    r"""|font ?size\s?[:：]?|share(?: to)?\s?[:：]?|big|small|large|medium"""
    r"""|【?\s?(?:大|中|小|打印|关闭|字体|字号|分享"""
    r"""|推荐)\s?】?\s?[:：]?|A\+|A-|A)(?=$|[\s|"'>：:【】]|print|text ?size)""",
    re.IGNORECASE,
)
_EDGES = " |[]【】()（）·•/\\\"'”>:："
TOOLS = re.compile(r"e-?mail\s?(?:[\"'”]\s?/?>)?[\s|]{0,9}print[\s|]{0,9}text\s?size", re.IGNORECASE)

_BREADCRUMB = re.compile(
    r"^(?:(?:your |current )?(?:location|position)|you are here|当前位置|您的位置|您现在的位置|所在位置"
    r"|位置)?\s?[:：]?\s?[/>»›]{0,2}\s?"
    r"(?:home(?: ?page)?|首页|主页)\s?(?:[/»›]|>{1,2}|-{1,2}>|::)\s?",
    re.IGNORECASE,
)
_CRUMB_SPLIT = re.compile(r"\s?(?:[/»›]|>{1,2}|::)\s?")

#: Lines that begin what follows an article, whatever the era.
_RELATED = re.compile(
    r"(?:related (?:articles?|news|stories|links?|reading|reports?)|相关(?:文章|新闻|阅读|链接|报道|稿件|推荐"
    r"|信息))\s?[:：]?(?:\s?(?:more|>>|更多))?",
    re.IGNORECASE,
)
_BOX = re.compile(
    r"cas institutes|view more|>>\s?more|more\s?>>?|back to top|top of page|返回顶部"
    r"|share (?:this (?:story|article|page|news|post)|on|to)\s?[:：]?|分享到\s?[:：]?"
    r"|more (?:from|on|in) this [a-z]{2,20}|more (?:news|stories|articles)",
    re.IGNORECASE,
)
#: Words of a link that only leads on to another page.
MORE = re.compile(
    r"(?:(?:view|read|learn)? ?more|>>|details?|(?:read )?(?:the )?full (?:story|text)|更多|详细|全文"
    r"|\.\.\.|…)[\s.>»…]*",
    re.IGNORECASE,
)
_PAGE_WORD = re.compile(
    r"\b(?:pages?|previous|prev|next|first|last)\b|[第页共上下一首尾]|[\d\s|<>«»‹›…,.:：\[\]()-]",
    re.IGNORECASE,
)
_CONTACT_US = re.compile(r"contact us\s?[:：]?", re.IGNORECASE)
_COPYRIGHT = re.compile(r"(?:copyrights?\s?(?:©|\(c\)|&copy;|\d{4}|by)|©\s?\d{4}|版权所有)", re.IGNORECASE)
_NOTICE = re.compile(
    r"(?:.{0,8}声明|disclaimer|copyright notice)\s?[:：]\s?(?=.{0,30}(?:凡|本[网站]|版权|this|the))",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"copyrights?\s?(?:©|\(c\)|\d{4})|©\s?\d{4}|52 sanlihe|86-10-6859|postcode:\s?100864|100864"
    r"|cas_en@|京ICP备|ICP备",
    re.IGNORECASE,
)
_INSTITUTIONS = re.compile(r"there are \d+ institutions directly under the cas", re.IGNORECASE)


def strip_tools(text: str) -> str:
    """Return what is left of a line without print, e-mail and text-size tools."""
    if len(text) > 300:
        return text
    rest = TOOLS.sub(" ", text)
    previous = None
    while previous != rest:
        previous = rest
        rest = _TOOL.sub(" ", rest)
    return rest.strip(_EDGES).strip()


def is_tools(text: str) -> bool:
    """Whether a line holds nothing but tools."""
    return len(text) <= 120 and not strip_tools(text)


def has_only_tools(text: str) -> bool:
    """Whether a line is the tool line of the site and nothing else."""
    return has_tools(text) and is_tools(text)


def has_tools(text: str) -> bool:
    """Whether a line holds the e-mail, print and text-size tools of the site."""
    return len(text) <= 300 and TOOLS.search(text) is not None


def read_breadcrumb(text: str) -> tuple[str, ...]:
    """Return the steps of a breadcrumb line, `Home` included; () when it is none."""
    if len(text) > 400:
        return ()
    match = _BREADCRUMB.match(text)
    if match is None:
        return ()
    home = "首页" if "首页" in match[0] else "Home"
    steps = (step.strip() for step in _CRUMB_SPLIT.split(text[match.end() :]))
    return (home, *(step for step in steps if step))


def is_page_links(text: str) -> bool:
    """Whether a line counts the parts of an article: `Page 1 2 3`, `Previous | Next`."""
    return (
        len(text) < 120
        and re.search(r"\d\D+\d|next|下一页", text, re.IGNORECASE) is not None
        and not (_PAGE_WORD.sub("", text))
    )


def is_related(text: str) -> bool:
    """Whether a line is the headline of the related articles."""
    return len(text) < 60 and _RELATED.fullmatch(text) is not None


def is_copyright(text: str) -> bool:
    """Whether a line is a copyright notice rather than a sentence on copyright."""
    is_sentence = text.endswith(".") and not text.lower().endswith("reserved.")
    return len(text) < 300 and not is_sentence and _COPYRIGHT.match(text) is not None


def is_notice(text: str) -> bool:
    """Whether a line is a site's notice of rights or liability: `免责声明：…`, `Disclaimer: …`."""
    return _NOTICE.match(text) is not None


def is_footer(text: str) -> bool:
    """Whether a line belongs to the site's footers: address, telephone, copyright."""
    return len(text) < 300 and _FOOTER.search(text) is not None


def tail(lines: Sequence[Line], start: int) -> int:
    """Return the index of the first line from `start` on that no longer belongs to the article."""
    for index in range(start, len(lines)):
        text = lines[index].text
        if is_related(text) or is_copyright(text) or _INSTITUTIONS.match(text):
            return index
        if _BOX.fullmatch(text) or (_CONTACT_US.fullmatch(text) and _footer_follows(lines, index + 1)):
            return index
    return len(lines)


def _footer_follows(lines: Sequence[Line], start: int) -> bool:
    """Whether a footer stands within the next lines: then `Contact Us` above it is furniture."""
    return any(is_footer(line.text) for line in lines[start : start + 10])
