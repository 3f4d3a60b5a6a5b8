"""English sites of the academy's institutes, made with the same CMS.

They differ in every name; what they share is how they print where a page stands and when it was updated.
"""

from __future__ import annotations

import re
from typing import ClassVar

from crawler.pages.article import ArticlePage, Sight
from crawler.pages.templates.cas import is_newsroom

_LOCATION = re.compile(r"(?:your )?location\s?[:：]", re.IGNORECASE)
_LABEL = re.compile(r"\b(?:update time|posted|release time|date)\s?[:：]", re.IGNORECASE)
_LETTERS = re.compile(r"text ?size\s?[:：]?\s?A\s{0,3}A\s{0,3}A|\bbig\s{1,3}small\b", re.IGNORECASE)
_TOP_BAR = re.compile(r"home\s?\|\s?contact(?: us)?\s?\|\s?site ?map", re.IGNORECASE)
_FIELDS = re.compile(r"\b(?:author\s?[:：]|article ?source\s?[:：]|from\s?[:：])", re.IGNORECASE)
_SIGNS = (_LOCATION, _LABEL, _LETTERS, _TOP_BAR, _FIELDS)


class Institute(ArticlePage):
    """A page of an institute: two of the signs in its head are enough, so that one may change.

    Without the CMS's own container around the text it takes three: other sites print some of them too.
    """

    name: ClassVar[str] = "institute"

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """A title and a date, and two signs in the head of a page that is not the newsroom's."""
        head = sight.head
        if head.title is None or head.dated is None or is_newsroom(sight):
            return False
        texts = [line.text for line in sight.document.lines[: head.body_at] if len(line.text) <= 250]
        return sum(any(sign.search(text) for text in texts) for sign in _SIGNS) >= (
            2 if sight.containers else 3
        )
