"""Page objects of articles: one method a field, tried the same way on every template.

A template family says what recognises it and overrides what is different there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import ClassVar

from archive.items import BlockKind, Evidence
from archive.urls import Address
from crawler.pages import boilerplate, dates
from crawler.pages.body import Draft, read_blocks
from crawler.pages.captions import name_file
from crawler.pages.closing import read_text
from crawler.pages.containers import find_containers
from crawler.pages.document import Document
from crawler.pages.head import Head, find_head
from crawler.pages.lines import Line
from crawler.pages.reading import Reading
from crawler.pages.references import read_machine_references
from crawler.pages.restored import restore
from crawler.pages.tags import ends_with_credit
from crawler.pages.text import han_share, letters, normalize
from crawler.pages.titles import without_site

_SENTENCE_END = (".", "!", "?", "。", "！", "？", "”", '"')
_SPLIT_KEYWORDS = re.compile(r"[;；,，、|]")
_DATELINE = re.compile(r"^[^()（）]{0,80}[(（](Xinhua|China Daily|CNS|新华社)[)）]")
#: What publishing software writes where it knows no author.
_NOBODY = frozenset(
    ("admin", "administrator", "author", "editor", "webmaster", "root", "none", "null", "unknown")
)
#: The clock of the sources is eight hours ahead: a page read on the evening of a day may print the next.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page shows that tells its family: signs, none of them a class of the site's own."""

    document: Document
    head: Head
    #: Outermost containers of the CMS that hold the text, as half-open ranges of events.
    containers: tuple[tuple[int, int], ...]
    #: Index of the first line after the article.
    tail: int

    @property
    def below(self) -> Sequence[Line]:
        """Lines under the article."""
        return self.document.lines[self.tail :]


def look(document: Document) -> Sight:
    """See what is needed to tell the family of a page."""
    lines = document.lines
    latest = document.page.fetched_at.date() + _AHEAD
    containers = find_containers(document, latest)
    start = end = None
    if containers:
        firsts = [line.first for line in lines]
        start, end = bisect_left(firsts, containers[0][0]), bisect_left(firsts, containers[-1][1])
    head = find_head(document, len(lines) if start is None else start, latest)
    tail = boilerplate.tail(lines, head.body_at if end is None else end)
    return Sight(document, head, containers, max(tail, head.body_at))


class ArticlePage:
    """One page of an article in a template that the CMS made; families override what differs."""

    #: Name of the family, kept with every version.
    name: ClassVar[str] = "trs"

    def __init__(self, sight: Sight, address: Address) -> None:
        self.sight = sight
        self.document = sight.document
        self.head = sight.head
        self.address = address
        self._evidence: list[Evidence] = []

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """Whether the page is of this family."""
        return bool(sight.containers)

    def _note(self, field: str, rule: str, raw: str) -> None:
        self._evidence.append(Evidence(field=field, rule=rule, raw=raw[:300]))

    def title(self) -> str | None:
        """Title as printed; the page's own name for itself when it is not printed."""
        if self.head.title:
            self._note("title", self.head.title_rule, self.head.title)
            return self.head.title
        for name in ("articletitle", "og:title"):
            if name in self.document.metas:
                self._note("title", f"meta:{name}", self.document.metas[name])
                return without_site(self.document.metas[name], self._site_name())
        return self._title_element()

    def _title_element(self) -> str | None:
        text = self.document.title
        if not text:
            return None
        self._note("title", "title", text)
        if (cut := without_site(text, self._site_name())) != text:
            return cut
        short = re.split(r"_{1,3}|-{2,}|\s[-–—|]\s|\s?\|\s?", text, maxsplit=1)[0].strip()
        return short if len(short) * 3 >= len(text) else text

    def _site_name(self) -> str:
        return self.document.metas.get("og:site_name", "")

    def published(self) -> date | None:
        """Page date, else the date in the meta tags, else that of the address."""
        latest = self.document.page.fetched_at.date() + _AHEAD
        if self.head.dated:
            self._note("published", "page", self.head.dated.raw)
            return self.head.dated.day
        for name in (
            "pubdate",
            "publishdate",
            "firstpublishedtime",
            "article:published_time",
            "datepublished",
            "date",
        ):
            value = self.document.metas.get(name, "")
            day = dates.parse_written(value)
            if day and dates.EARLIEST <= day <= latest:
                self._note("published", f"meta:{name}", value)
                return day
        return self._url_date(latest)

    def _url_date(self, latest: date) -> date | None:
        day = self.address.url_date
        if day is None or day > latest:
            return None
        year = re.search(r"/(?:nu|cn|rp)?((?:19|20)\d{2})/", self.address.folder)
        if year and int(year[1]) != day.year:
            # The folder's year is right where the page was moved: the address tells the day of the move.
            return None
        self._note("published", "url", str(day))
        return day

    def breadcrumb(self) -> tuple[str, ...]:
        """Steps of the breadcrumb, `Home` first, the title left out."""
        steps = self.head.breadcrumb
        title = letters(self.head.title or "")
        if len(steps) > 1 and title and _names_title(steps[-1], title):
            steps = steps[:-1]
        return tuple(step for step in steps if step not in ("正文", "Content", "Text"))

    def section(self) -> str | None:
        """Label of the section: last step of the breadcrumb."""
        steps = self.breadcrumb()
        if len(steps) > 1:
            self._note("section", "breadcrumb", " / ".join(steps))
            return steps[-1]
        if name := self.document.metas.get("columnname"):
            self._note("section", "meta:columnname", name)
            return name
        return None

    def keywords(self) -> tuple[str, ...]:
        """Keywords of the meta tag."""
        raw = self.document.metas.get("keywords", "")
        words = dict.fromkeys(filter(None, (normalize(word) for word in _SPLIT_KEYWORDS.split(raw))))
        if words:
            self._note("keywords", "meta:keywords", raw)
        return tuple(words)

    @cached_property
    def reading(self) -> Reading:
        """The text and what was taken out of it."""
        body, after = self.drafts()
        if not self.sight.containers and not any(draft.images for draft in body):
            body = self._restored(body)
        reading = read_text(body, after, self.head.title or "")
        read_machine_references(reading, self.document.metas, self.document.data)
        return reading

    def _restored(self, found: list[Draft]) -> list[Draft]:
        """Add what the page prints between the blocks, where a library found them."""
        marked = ("img", "h2", "h3", "h4", "h5", "h6")
        if not any(element.tag in marked for element in self.document.walk.elements):
            return found
        return restore(found, self._between(self.head.body_at, self.sight.tail))

    def drafts(self) -> tuple[list[Draft], list[Draft]]:
        """Blocks of the text, and blocks that stand between it and the end of the article."""
        extents = self.sight.containers
        if not extents:
            return self._between(self.head.body_at, self.sight.tail), []
        walk = self.document.walk
        beside = [self._lead_range(extents[0][0]), *((one[1], two[0]) for one, two in pairwise(extents))]
        body: list[Draft] = []
        for around, extent in zip(beside, extents, strict=True):
            body += _captions(read_blocks(walk, *around)) + read_blocks(walk, *extent)
        # Below the text only whole sentences are text: of lists there, those that offer files are asked for.
        below = extents[-1][1], self._start_of(self.sight.tail)
        after = read_blocks(walk, *below, lists_with=name_file)
        body += filter(_is_sentences, after)
        return body, [draft for draft in after if not _is_sentences(draft)]

    def _start_of(self, line: int) -> int:
        lines = self.document.lines
        return lines[line].first if line < len(lines) else len(self.document.events)

    def _lead_range(self, end: int) -> tuple[int, int]:
        """Range between the head and the container: pictures with captions, a first paragraph."""
        lines = self.document.lines
        first = self.head.body_at
        if first >= len(lines) or lines[first].first >= end:
            return end, end
        return (lines[first - 1].last + 1 if first else 0), end

    def _between(self, first: int, last: int) -> list[Draft]:
        """Blocks from one line up to another."""
        lines = self.document.lines
        start = lines[first - 1].last + 1 if 0 < first <= len(lines) else 0
        return self._from(start, last)

    def _from(self, start: int, last: int) -> list[Draft]:
        return read_blocks(self.document.walk, start, self._start_of(last))

    def source_name(self) -> str | None:
        """Who first published the text: head, closing tag, meta tag, dateline."""
        if (name := self.head.fields.get("source")) and not _is_url(name):
            self._note("source_name", "head-line", name)
            return name
        if self.reading.source_name:
            return self.reading.source_name
        for meta in ("contentsource", "source"):
            if (name := self.document.metas.get(meta)) and not _is_url(name):
                self._note("source_name", f"meta:{meta}", name)
                return name
        first = self.reading.drafts[0].text if self.reading.drafts else ""
        if match := _DATELINE.match(first[:120]):
            self._note("source_name", "dateline", match[0])
            return match[1]
        return None

    def editor(self) -> str | None:
        """Editor of the closing tag, else of the date line."""
        if self.reading.editor:
            return self.reading.editor
        return self.head.fields.get("editor")

    def author(self) -> str | None:
        """Author: head, byline at the end, meta tag."""
        if (name := self.head.fields.get("author")) and "@" not in name:
            self._note("author", "head-line", name)
            return name
        if self.reading.author:
            return self.reading.author
        name = self.document.metas.get("author", "")
        if not 1 < len(name) <= 80 or "://" in name or "@" in name or name.lower() in _NOBODY:
            return None
        self._note("author", "meta:author", name)
        return name

    def photographer(self) -> str | None:
        """Who took the pictures: first credit of a caption that names a person."""
        return self.reading.photographer

    def evidence(self) -> tuple[Evidence, ...]:
        """Why each field has its value."""
        encoding = Evidence(field="encoding", rule=self.document.encoding_rule, raw=self.document.encoding)
        return (*self._evidence, *self.reading.evidence, encoding, *self.document.repairs)


def _captions(drafts: list[Draft]) -> list[Draft]:
    """Return what belongs to the article of the blocks above its container, or between two."""
    kept: list[Draft] = []
    for draft, above in zip(drafts, [None, *drafts], strict=False):
        if draft.caption or ends_with_credit(draft.text):
            # A picture without a caption is an icon of the tools.
            kept += [above] if above and above.images and not above.text else []
            kept.append(draft)
        elif _has_sentence(draft):
            kept.append(draft)
    return kept


def _has_sentence(draft: Draft) -> bool:
    return len(draft.text) >= 80 and not draft.link_chars and draft.text.endswith(_SENTENCE_END)


def _is_sentences(draft: Draft) -> bool:
    """Whether a block below the container is of the story: a paragraph without address, notice or caption."""
    if draft.kind is not BlockKind.PARAGRAPH or not _has_sentence(draft) or draft.images or draft.caption:
        return False
    text = draft.text
    return "@" not in text and not (
        boilerplate.is_notice(text) or boilerplate.is_footer(text) or boilerplate.is_copyright(text)
    )


def _is_url(name: str) -> bool:
    return "://" in name or "@" in name or name.startswith("www.")


def _names_title(step: str, title: str) -> bool:
    """Whether the last step of a breadcrumb is the title (as letters), or a cut of it."""
    key = letters(step)
    is_cut = step.endswith(("...", "…", "..")) or len(key) * 2 >= len(title)
    return key == title or (is_cut and title.startswith(key))


def language_of(text: str, declared: str | None) -> str | None:
    """Return the BCP 47 tag of a text: by script, commonest English words, or as declared."""
    if han_share(text[:5000]) > 0.3:
        return "zh"
    words = text[:5000].lower().split()
    common = sum(map(_ENGLISH.__contains__, words))
    if words and common * 12 >= len(words):
        return "en"
    tag = (declared or "").strip()
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", tag) else None


_ENGLISH = frozenset("the of and to in a is for that with on by as from it was are at be".split())  # noqa: SIM905
