"""The head of an article page: breadcrumb, title and date line, found by what is printed.

Looks above the text only: a date below it belongs to other articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from lxml import etree

from crawler.pages import boilerplate
from crawler.pages.dateline import DateLine, is_fields, read_date_line, read_fields
from crawler.pages.dates import EARLIEST
from crawler.pages.document import Document
from crawler.pages.lines import Line
from crawler.pages.text import letters, normalize

#: What separates a title from the name of the site.
_SEPARATOR = re.compile(r"\s[-–—]\s|-{2,}|[_|｜·–—-]|\s?::\s?")
_HOME = ("home", "首页")
#: No title is longer; what is, is cut before it is compared.
_MAX_TITLE = 600
_OTHER_LANGUAGE = re.compile(r"^(?:中文(?:版)?|chinese)\s?[|｜]?$", re.IGNORECASE)
#: The bar that only one template prints; a lone link to the other language stands in menus too.
_LANGUAGE_BAR = re.compile(r"^(?:中文(?:版)?|chinese)\s?[|｜]$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the text; indexes are those of the document's lines."""

    breadcrumb: tuple[str, ...] = ()
    breadcrumb_at: int | None = None
    title: str | None = None
    title_rule: str = ""
    #: First and last line of the title.
    title_at: tuple[int, int] | None = None
    dated: DateLine | None = None
    #: First line that belongs to the text.
    body_at: int = 0
    tools: bool = False
    #: What the lines of the head say with a label: author, source, editor.
    fields: Mapping[str, str] = field(default_factory=dict)
    #: A line that leads to the Chinese site stands on top.
    language_bar: bool = False


def find_head(document: Document, limit: int, latest: date) -> Head:
    """Find the head above line `limit` (where the text begins or the furniture follows).

    `latest`: a date after it is no publication date, nor is one before there was an academy.
    """
    lines = document.lines[:limit]
    breadcrumb, breadcrumb_at = _breadcrumb(document, lines)
    dated_lines = _date_lines(lines, latest)
    title_at, title, rule = _title_by_name(document, lines, dated_lines)
    if title_at is None:
        # What follows the article has titles and dates too.
        lines = lines[: boilerplate.tail(lines, 0 if breadcrumb_at is None else breadcrumb_at + 1)]
        dated_lines = [line for line in dated_lines if line.index < len(lines)]
    dated = _choose_date(dated_lines, title_at, breadcrumb_at)
    if title is None:
        title_at, title, rule = _title_by_place(lines, dated, breadcrumb_at)
    dated = dated or _loose_date(lines, title_at, latest)
    if title is None:
        # Some texts begin with their own title: it stays where it is, and is told from there.
        _, title, rule = _title_by_name(document, document.lines[: limit + 6], ())
    ends = (breadcrumb_at, title_at[1] if title_at else None, dated.index if dated else None)
    last = max((at for at in ends if at is not None), default=-1)
    body_at = _skip_tools(document.lines, last + 1)
    return Head(
        breadcrumb=breadcrumb,
        breadcrumb_at=breadcrumb_at,
        title=title,
        title_rule=rule,
        title_at=title_at,
        dated=dated,
        body_at=body_at,
        fields=read_fields(document.lines[title_at[1] + 1 if title_at else last + 1 : body_at]),
        tools=_has_tools(document.lines[:body_at]),
        language_bar=any(_LANGUAGE_BAR.match(line.text) for line in lines[: (title_at or (0, 0))[0]]),
    )


def _date_lines(lines: Sequence[Line], latest: date, *, loose: bool = False) -> list[DateLine]:
    found = (read_date_line(index, line.text, loose=loose) for index, line in enumerate(lines))
    return [line for line in found if line is not None and EARLIEST <= line.day <= latest]


def _loose_date(lines: Sequence[Line], title_at: tuple[int, int] | None, latest: date) -> DateLine | None:
    """Take a date with a byline beside it, right at the title."""
    if title_at is None:
        return None
    found = _date_lines(lines[: title_at[1] + 5], latest, loose=True)
    below = [line for line in found if line.index > title_at[1]]
    above = [line for line in found if title_at[0] - 2 <= line.index < title_at[0]]
    return next(iter(below + above), None)


def _has_tools(lines: Sequence[Line]) -> bool:
    """Whether the tools stand in the head: on one line, or on lines of their own one after the other."""
    starts = [index for index, line in enumerate(lines) if "mail" in line.text.lower()]
    return any(
        boilerplate.has_tools(lines[i].text)
        or boilerplate.has_tools(" ".join([piece.text for piece in lines[i : i + 4]]))
        for i in starts
    )


def _skip_tools(lines: Sequence[Line], start: int) -> int:
    """Skip lines under the date that hold tools or labelled fields only."""
    index = start
    while index < len(lines) and index < start + 8:
        text = lines[index].text
        if not (boilerplate.is_tools(text) or boilerplate.has_tools(text) or is_fields(text)):
            break
        index += 1
    return index


def _breadcrumb(document: Document, lines: Sequence[Line]) -> tuple[tuple[str, ...], int | None]:
    for index, line in enumerate(lines):
        low = line.text.lower()
        if ("home" in low or "页" in low) and (steps := boilerplate.read_breadcrumb(line.text)):
            return steps, index
    # Steps on lines of their own: the element around them reads as one breadcrumb.
    homes = (i for i, line in enumerate(lines) if len(line.text) < 9 and letters(line.text) in _HOME)
    for index in islice(homes, 4):
        for element in _around(lines[index]):
            extent = document.extent_around(element, lines[index].first)
            near = [line for line in document.lines[index : index + 13] if line.last < extent[1]]
            if 2 <= len(near) <= 12 and (index == 0 or lines[index - 1].last < extent[0]):
                steps = boilerplate.read_breadcrumb(normalize(" ".join(line.text for line in near)))
                if steps:
                    return steps, index + len(near) - 1
    return (), None


def _around(line: Line) -> Iterator[etree._Element]:
    """Yield the parent and the grandparent of a line's block."""
    return islice(line.block.iterancestors(), 2)


def _names(document: Document) -> list[tuple[str, str, bool]]:
    """Return what the page calls itself: (rule, name, whether it is the whole title)."""
    found = [
        (f"meta:{name}", document.metas[name.lower()][:_MAX_TITLE], True)
        for name in ("ArticleTitle", "og:title", "twitter:title", "citation_title")
        if name.lower() in document.metas
    ]
    if document.title:
        found.append(("title", document.title[:_MAX_TITLE], False))
    return found


def _title_by_name(
    document: Document, lines: Sequence[Line], dated: Sequence[DateLine]
) -> tuple[tuple[int, int] | None, str | None, str]:
    """Find the printed line (or lines, when it is broken) that the page names as its title."""
    days = [line.index for line in dated]
    for rule, name, whole in _names(document):
        spans = list(_printed(name, lines, whole=whole))
        if spans:
            first, last = max(spans, key=lambda span: _rank(span, lines, days))
            return (first, last), _join(lines[first : last + 1]), f"line:{rule}"
    return None, None, ""


def _rank(span: tuple[int, int], lines: Sequence[Line], days: Sequence[int]) -> tuple[int, bool, bool, int]:
    """Rank a printing of the title: the longest; a heading; right above a date; else the first."""
    first, last = span
    length = sum(len(line.text) for line in lines[first : last + 1])
    dated = any(last < day <= last + 6 for day in days)
    return length, bool(lines[first].heading), dated, first if dated else -first


def _printed(name: str, lines: Sequence[Line], *, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield first and last line of every printing of a name; it may be followed by the site's own name."""
    key = letters(name)
    cuts = frozenset({key}) if whole else _cuts(name)
    for first, line in enumerate(lines):
        # Nearly every line begins with another letter: its key need not be made.
        if line.text[0].isalnum() and line.text[0].casefold() != key[:1]:
            continue
        joined = ""
        for last in range(first, min(first + 4, len(lines))):
            part = letters(lines[last].text)
            if not part:
                break
            joined += part
            if joined in cuts:
                yield first, last
            if not key.startswith(joined):
                break


def _cuts(name: str) -> frozenset[str]:
    """Return every reading of a title element: all of it, or what stands before a separator."""
    found = {letters(name)}
    found.update(letters(name[: match.start()]) for match in _SEPARATOR.finditer(name))
    return frozenset(found - {""})


def _join(lines: Sequence[Line]) -> str:
    """Join the lines of a broken title; Chinese needs no space between them."""
    title = ""
    for line in lines:
        glued = not title or (title[-1] > "\u2e7f" and line.text[0] > "\u2e7f")
        title += line.text if glued else f" {line.text}"
    return title


def _title_by_place(
    lines: Sequence[Line], dated: DateLine | None, breadcrumb_at: int | None
) -> tuple[tuple[int, int] | None, str | None, str]:
    """Take what stands right above the date line, or the first heading under the breadcrumb."""
    low = 0 if breadcrumb_at is None else breadcrumb_at + 1
    high = len(lines) if dated is None else dated.index
    candidates = [
        index
        for index in range(low, high)
        if not boilerplate.is_tools(lines[index].text)
        and not _OTHER_LANGUAGE.match(lines[index].text)
        and not is_fields(lines[index].text)
    ]
    headings = [index for index in candidates if 1 <= lines[index].heading <= 3 and not lines[index].linked]
    if headings and (dated is None or high - headings[-1] <= 6):
        last, rule = headings[-1 if dated else 0], "heading"
    elif candidates and dated is not None:
        last, rule = candidates[-1], "line:above-date"
    else:
        return None, None, ""
    first = last
    while (
        first - 1 >= low
        and first - 1 in candidates
        and lines[first - 1].block is lines[last].block
        and last - first < 3
    ):
        first -= 1
    return (first, last), _join(lines[first : last + 1]), rule


def _choose_date(
    dated: Sequence[DateLine], title_at: tuple[int, int] | None, breadcrumb_at: int | None
) -> DateLine | None:
    """Choose among the date lines: under the title and near it, one that says so before one that does not."""
    if not dated:
        return None
    if title_at is not None:
        below = [line for line in dated if title_at[1] < line.index <= title_at[1] + 12]
        near = below or [line for line in dated if title_at[0] - 6 <= line.index < title_at[0]]
        return next((line for line in near if line.labelled), near[0] if near else None)
    low = -1 if breadcrumb_at is None else breadcrumb_at
    below = [line for line in dated if line.index > low]
    return next((line for line in below if line.labelled), below[-1] if below else None)


def is_article_head(document: Document) -> bool:
    """Whether a page opens as an article does: its own title, a date line right below."""
    if "articletitle" not in document.metas and not any(
        boilerplate.has_tools(line.text) for line in document.lines
    ):
        return False
    dated = [
        line for index, text in enumerate(document.lines[:80]) if (line := read_date_line(index, text.text))
    ]
    title_at, _, _ = _title_by_name(document, document.lines[:80], dated)
    chosen = _choose_date(dated, title_at, None)
    return (
        chosen is not None
        and (chosen.labelled or title_at is not None)
        and (title_at is None or chosen.index - title_at[1] <= 4)
    )
