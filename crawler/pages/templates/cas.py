"""Templates A to D of the academy's English newsroom.

Recognised by what they print around an article; their class names were never seen, of D not even the text.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import ClassVar

from archive.items import BlockKind
from crawler.pages import boilerplate
from crawler.pages.article import ArticlePage, Sight
from crawler.pages.body import Draft

#: `Copyright © 2002 - 2014 Chinese Academy of Sciences`, with an end year in the oldest footer only.
_FOOTER = re.compile(r"copyright © 2002 ?[-–] ?(?P<year>\d{4})? ?chinese academy of sciences", re.IGNORECASE)

_HOST = re.compile(r"https?://english\.cas\.(?:ac\.)?cn/", re.IGNORECASE)
#: Names that the CMS gives to its meta tags.
_METAS = frozenset(
    ("siteidcode", "sitedomain", "columnname", "columntype", "articletitle", "pubdate", "contentsource")
)
_ADDRESS = "52 Sanlihe Rd."
_EDITOR = re.compile(r"[(（]editors?\s?[:：]", re.IGNORECASE)


def is_newsroom(sight: Sight) -> bool:
    """Whether the address is the newsroom's; for a copy elsewhere, whether the footer is the academy's."""
    if _HOST.match(sight.document.url):
        return True
    return _prints_footer("\n".join([line.text for line in sight.document.lines[-40:]]))


@lru_cache(maxsize=4)
def _prints_footer(shown: str) -> bool:
    """Whether the last lines of a page are the academy's; several families ask for one page."""
    return _ADDRESS in shown or _FOOTER.search(shown) is not None


def _has_related(sight: Sight) -> bool:
    return any(boilerplate.is_related(line.text) for line in sight.below)


def _has_editor(sight: Sight) -> bool:
    return any(_EDITOR.search(line.text) for line in sight.document.lines[sight.head.body_at : sight.tail])


def _is_later(sight: Sight) -> bool:
    """Whether a page with the old head has a sign of template B: what A does not have."""
    if _has_related(sight) or _has_editor(sight):
        return True
    footers = [match for line in sight.below if (match := _FOOTER.search(line.text))]
    return bool(footers) and not any(match["year"] for match in footers)


def _is_newer(sight: Sight) -> bool:
    """Whether a page of the newsroom has a head without tools."""
    head = sight.head
    dated = head.dated is not None or bool(sight.containers)
    return dated and not head.tools and head.title is not None and is_newsroom(sight)


def _is_barred(sight: Sight) -> bool:
    return sight.head.language_bar and not sight.head.breadcrumb


def _is_made_by_cms(sight: Sight) -> bool:
    return bool(sight.containers) or not _METAS.isdisjoint(sight.document.metas)


class CasA(ArticlePage):
    """2009 to 2014: breadcrumb, date beside the tools, side box and a footer that ends in 2014."""

    name: ClassVar[str] = "cas-a"

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """Tools in the head, and neither related articles nor an editor below."""
        return sight.head.tools and is_newsroom(sight) and not _is_later(sight)


class CasB(ArticlePage):
    """About 2015 to 2019: the same head, an editor, related articles, a footer without end year."""

    name: ClassVar[str] = "cas-b"

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """Tools in the head, and one of the signs that template A does not have."""
        return sight.head.tools and is_newsroom(sight) and _is_later(sight)


class CasC(ArticlePage):
    """From 2020: a language bar, the section's name, title and date on lines of their own, no tools."""

    name: ClassVar[str] = "cas-c"

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """A language bar on top, a date that stands alone, neither tools nor a breadcrumb."""
        return _is_newer(sight) and _is_barred(sight)

    def section(self) -> str | None:
        """Label of the section: last step of the breadcrumb, else the line above the title."""
        first = (self.head.title_at or (0, 0))[0]
        if self.breadcrumb() or not first:
            return super().section()
        above = self.document.lines[:first][-2:]
        label = above[-1]
        # The last of a row of links is the end of a menu.
        in_menu = label.linked and len(above) > 1 and above[0].linked
        if (
            not in_menu
            and 3 <= len(label.text) <= 60
            and "中文" not in label.text
            and label.text[-1] not in ".|"
        ):
            self._note("section", "line:above-title", label.text)
            return label.text
        return super().section()


class CasD(ArticlePage):
    """From 2026: nothing of it was seen, so it is known by what A to C have and it lacks."""

    name: ClassVar[str] = "cas-d"

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """A page that the CMS made, with a title, and with neither tools nor the bar of template C."""
        return _is_newer(sight) and not _is_barred(sight) and _is_made_by_cms(sight)

    def drafts(self) -> tuple[list[Draft], list[Draft]]:
        """Blocks of the text; without a container, lists of links beside it are none of it."""
        body, after = super().drafts()
        if self.sight.containers:
            return body, after
        return [draft for draft in body if not _is_menu(draft)], after


def _is_menu(draft: Draft) -> bool:
    return draft.kind is BlockKind.LIST and draft.link_chars * 10 >= len(draft.text) * 9
