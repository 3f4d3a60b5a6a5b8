"""The line that prints the date of an article, and what else stands in a head with a label."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crawler.pages import boilerplate, dates
from crawler.pages.lines import Line

#: What stands before a date, or beside it, on the sites of the academy and on other sites of the CMS.
_LABEL = re.compile(
    r"(?:update(?:d)?(?: time| on)?|post(?:ed)?(?: time| on| date)?|publish(?:ed)?(?: time| on"
    r"| date)?|release(?:d)?(?: time| date)?|pub ?date|date|time"
    r"|发布时间|发布日期|发稿时间|更新时间|更新日期|成文日期|公告时间|时间|日期|【?发布时间)\s?[:：]?\s?$",
    re.IGNORECASE,
)
#: Nearly every line of a page goes without.
_YEAR = re.compile(r"(?:19|20)\d\d")
_CLOCK = re.compile(r"^[\sT-]?\s?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\.\d{1,6})?(?:Z|[+-]\d{2}:?\d{2})?")
#: `Author: …  ArticleSource: …`, `From:Xinhua Net`, `来源：长江网`, `By ZHAO Weiwei`.
_FIELD = re.compile(
    r"(?P<author>(?i:\bauthor|作者|记者)\s?[:：]|\b[Bb]y\s?[:：]?\s?(?=[A-Z]))"
    r"|(?P<source>(?i:article ?source|source|\bfrom|来源|稿源)\s?[:：])"
    r"|(?P<editor>(?i:\beditor|责任编辑|编辑)\s?[:：])"
)
#: A value ends where its bracket closes or a date begins.
_VALUE_END = re.compile(
    r"[)）\]】]|(?:19|20)\d\d[-/.年]"
    r"|(?i:\b(?:update[d]?|post(?:ed)?|publish(?:ed)?|release[d]?)(?: time| on| date)?\s?[:：]"
    r"|\bdate\s?[:：]|(?:发布|更新)?(?:时间|日期)\s?[:：])"
)


@dataclass(frozen=True, slots=True)
class DateLine:
    """The line that prints the date, and what else it prints."""

    index: int
    day: date
    raw: str
    #: It says so (`Update time:`), or carries the page's tools.
    labelled: bool
    author: str | None = None
    source: str | None = None
    editor: str | None = None


def read_date_line(index: int, text: str, *, loose: bool = False) -> DateLine | None:
    """Read a line that is a date and little else; None for a sentence with a date in it.

    `loose`: a few unlabelled words (a byline, a kind of text) may stand beside the date.
    """
    if len(text) > 250 or not _YEAR.search(text):
        return None
    tools = boilerplate.has_tools(text)
    found = dates.find(text)
    if found is None:
        return None
    before = boilerplate.strip_tools(text[: found.start])
    labelled = bool(_LABEL.search(before)) or tools
    before = _LABEL.sub("", before).strip(" |/()（）[]·•")
    after = _CLOCK.sub("", text[found.end :])
    after = boilerplate.strip_tools(after).strip(" |/()（）[],，·•")
    fields = {**_fields(before), **_fields(after)}
    left = fields.pop("", "")
    if len(left) > (60 if labelled or fields else 40 * loose):
        return None
    return DateLine(index, found.day, found.raw, labelled, **fields)


def _fields(text: str) -> dict[str, str]:
    """Split `Author: A  Source: B` into its fields; what carries no label stands under the empty name."""
    if not text:
        return {}
    matches = list(_FIELD.finditer(text))
    fields: dict[str, str] = {}
    rest = text[: matches[0].start()] if matches else text
    if left := _LABEL.sub("", boilerplate.strip_tools(rest)).strip(" |:："):
        fields[""] = left
    for match, following in zip(matches, [*matches[1:], None], strict=False):
        value = text[match.end() : following.start() if following else len(text)]
        value = _VALUE_END.split(value, maxsplit=1)[0]
        value = boilerplate.strip_tools(_LABEL.sub("", value.strip())).strip(" |:：;；,，")
        if value and len(value) <= 80 and match.lastgroup:
            fields.setdefault(match.lastgroup, value)
    return fields


def read_fields(lines: Sequence[Line]) -> dict[str, str]:
    """Return author, source and editor as the lines of a head label them."""
    fields: dict[str, str] = {}
    for line in lines:
        if len(line.text) <= 250:
            for name, value in _fields(line.text).items():
                if name:
                    fields.setdefault(name, value)
    return fields


def is_fields(text: str) -> bool:
    """Whether a line holds labelled fields only."""
    return len(text) <= 120 and bool(_FIELD.match(text)) and text[:1] not in "Bb" and "." not in text
