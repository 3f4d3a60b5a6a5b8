"""What no template claims: the text is what libraries agree on, the fields are found as everywhere."""

from __future__ import annotations

from typing import ClassVar

from crawler.pages.agreement import Letters, prose, settle
from crawler.pages.article import ArticlePage, Sight
from crawler.pages.body import Draft
from crawler.pages.boilerplate import is_copyright
from crawler.pages.furniture import FurnitureTable
from crawler.pages.libraries import MANY_EVENTS, MAX_EVENTS, MAX_SOURCE, by_readability, by_trafilatura
from crawler.pages.lines import Line
from crawler.pages.text import letters

#: Prose of no more than this may be a notice in the footer.
_NOTICE = 150
#: Lines shorter than this are labels rather than text.
_LABEL = 20


class GenericPage(ArticlePage):
    """An article of any site."""

    name: ClassVar[str] = "generic"
    #: Lines that recur on pages of the source, where they were learned.
    furniture: FurnitureTable | None = None

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """Claims whatever no other does."""
        return True

    def drafts(self) -> tuple[list[Draft], list[Draft]]:
        """Blocks that the libraries take for the text; without any, the lines under the head."""
        document = self.document
        if len(document.source) <= MAX_SOURCE and len(document.events) <= MAX_EVENTS:
            found = self._settled()
            if found and not self._is_elsewhere(found):
                return self._without_head(found), []
        drafts = self._own(self._between(self.head.body_at, self.sight.tail))
        return [draft for draft in drafts if draft.link_chars * 2 < len(draft.text) or draft.images], []

    def _settled(self) -> list[Draft]:
        document = self.document
        fast = len(document.events) > MANY_EVENTS
        first = self._own(by_trafilatura(document.source, document.url, precise=True, fast=fast))
        if _length(first) * 2 < self._long_paragraphs():
            # The careful mode sometimes keeps one paragraph of a long story.
            usual = self._own(by_trafilatura(document.source, document.url, precise=False, fast=fast))
            first = max(first, usual, key=_length)
        extent = Letters(line.text for line in self._under_head())
        settlement = settle(first, self._own(by_readability(document.source)), extent)
        self._note("text", f"libraries:{settlement.rule}", str(len(settlement.drafts)))
        return settlement.drafts

    def _own(self, drafts: list[Draft]) -> list[Draft]:
        """Leave out what is known to be furniture."""
        return drafts if self.furniture is None else self.furniture.clear(drafts)

    def _under_head(self) -> list[Line]:
        lines = self.document.lines[self.head.body_at : self.sight.tail]
        return [line for line in lines if self.furniture is None or not self.furniture.holds(line.text)]

    def _is_elsewhere(self, drafts: list[Draft]) -> bool:
        """Whether a line or two hold nothing of a longer text under the head: a footer taken for the text."""
        if prose(drafts) > min(_NOTICE, self._long_paragraphs()):
            return False
        found = Letters(draft.text for draft in drafts)
        lines = (letters(line.text) for line in self._under_head() if len(line.text) >= _LABEL)
        return not any(map(found.hold, lines))

    def _long_paragraphs(self) -> int:
        """Characters in paragraphs of some length under the head: a rough measure of the story."""
        return sum(len(line.text) for line in self._under_head() if _is_long(line))

    def _without_head(self, drafts: list[Draft]) -> list[Draft]:
        """Leave out lines of the head that the library took for text, and a closing copyright notice."""
        first = self.head.title_at[0] if self.head.title_at else self.head.body_at
        head = {letters(line.text) for line in self.document.lines[first : self.head.body_at]}
        kept = [draft for i, draft in enumerate(drafts) if i >= 3 or letters(draft.text) not in head]
        while len(kept) > 1 and is_copyright(kept[-1].text):
            kept.pop()
        return kept


def _is_long(line: Line) -> bool:
    return line.block.tag == "p" and len(line.text) >= 60 and not line.linked


def _length(drafts: list[Draft]) -> int:
    return sum(len(draft.text) for draft in drafts)
