"""Furniture of a source: lines that recur on its pages and so are no article's own.

What a single page cannot tell, many can. Learning is bounded in memory, the table in size; reading with
a table depends on nothing else, so that the same capture and the same table give the same text for ever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from archive.items import CapturedPage
from crawler.pages.body import Draft
from crawler.pages.document import Document
from crawler.pages.lines import Line
from crawler.pages.text import letters

#: A line belongs to the furniture when it stands on this many pages, and on this share of them.
_LEAST_PAGES = 3
_LEAST_SHARE = 0.02
#: A short line that is no link may be a heading that authors like (`Background`): it has to stand on more.
_LEAST_SHARE_OF_LABELS = 0.25
_LABEL = 40
#: Lines with fewer letters (a number, `|`) say nothing.
_LEAST_LETTERS = 2
#: Lines in a table; of more, those on the most pages are kept.
_MAX_BLOCKS = 2_000
#: Lines remembered while learning; beyond it, the rarest half is forgotten.
_MAX_LEARNING = 100_000
#: Lines of one page that are looked at; a page of more is no article.
_MAX_LINES = 5_000
_SAMPLE = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnitureBlock:
    """One line of furniture."""

    #: Digest of its letters and digits: how it is printed does not matter.
    key: str
    #: How one page prints it, shortened.
    sample: str
    pages: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnitureTable:
    """The furniture of a source as learned at one time."""

    #: Given by whoever keeps it; 0 until then.
    number: int = 0
    source: str
    #: Pages it was learned from.
    pages: int
    #: On the most pages first.
    blocks: tuple[FurnitureBlock, ...]
    _keys: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keys", frozenset(block.key for block in self.blocks))

    def holds(self, text: str) -> bool:
        """Whether a line is furniture."""
        return _key(letters(text)) in self._keys

    def clear(self, drafts: Sequence[Draft]) -> list[Draft]:
        """Return drafts without furniture: whole blocks, and single lines, items and rows of what remains."""
        return [cleared for draft in drafts if (cleared := self._cleared(draft)) is not None]

    def _cleared(self, draft: Draft) -> Draft | None:
        if not draft.text:
            return draft
        if self.holds(draft.text):
            return None
        if draft.rows:
            rows = tuple(row for row in draft.rows if not self.holds("".join(row)))
            if len(rows) == len(draft.rows):
                return draft
            return replace(draft, rows=rows, text="\n".join("\t".join(row) for row in rows)) if rows else None
        lines = draft.text.split("\n")
        kept = [line for line in lines if not self.holds(line)]
        if len(kept) == len(lines):
            return draft
        return replace(draft, text="\n".join(kept)) if kept else None

    def to_json(self) -> str:
        """Return the table as JSON, its number apart: the same for the same table."""
        return json.dumps(
            {
                "source": self.source,
                "pages": self.pages,
                "blocks": [
                    [b.key, b.sample, b.pages, b.first_seen.isoformat(), b.last_seen.isoformat()]
                    for b in self.blocks
                ],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, text: str, *, number: int) -> FurnitureTable:
        """Return the table that `to_json` wrote; raises ValueError for anything else."""
        data: Any = json.loads(text)
        try:
            blocks = tuple(
                FurnitureBlock(
                    key=str(key),
                    sample=str(sample),
                    pages=int(pages),
                    first_seen=datetime.fromisoformat(first),
                    last_seen=datetime.fromisoformat(last),
                )
                for key, sample, pages, first, last in data["blocks"]
            )
            return cls(number=number, source=str(data["source"]), pages=int(data["pages"]), blocks=blocks)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a furniture table: {error!r}") from error


@dataclass(slots=True)
class _Seen:
    sample: str
    pages: int
    #: On how many of them it is a link.
    linked: int
    first: datetime
    last: datetime

    def recurs(self, articles: int) -> bool:
        """Whether it stands on enough of the pages."""
        label = len(self.sample) < _LABEL and self.linked * 2 < self.pages
        return self.pages >= max(_LEAST_PAGES, articles * (_LEAST_SHARE_OF_LABELS if label else _LEAST_SHARE))


def learn(
    pages: Iterable[CapturedPage],
    *,
    source: str,
    number: int = 0,
    article_of: Callable[[CapturedPage], str] = lambda page: page.url,
) -> FurnitureTable:
    """Learn the furniture of a source from captures of its articles.

    `article_of` names the article that a page belongs to: every article counts once, however often it was
    captured and under however many addresses, or its own paragraphs would seem to recur.
    """
    seen: dict[str, _Seen] = {}
    articles: set[str] = set()
    for page in pages:
        article = _key(article_of(page))
        if article in articles:
            continue
        articles.add(article)
        _count(page, seen)
        if len(seen) > _MAX_LEARNING:
            _forget(seen)
    recurring = [(key, one) for key, one in seen.items() if one.recurs(len(articles))]
    recurring.sort(key=lambda pair: (-pair[1].pages, pair[0]))
    blocks = tuple(
        FurnitureBlock(key=key, sample=one.sample, pages=one.pages, first_seen=one.first, last_seen=one.last)
        for key, one in recurring[:_MAX_BLOCKS]
    )
    return FurnitureTable(number=number, source=source, pages=len(articles), blocks=blocks)


def _count(page: CapturedPage, seen: dict[str, _Seen]) -> None:
    """Count every line of a page once."""
    at = page.fetched_at
    own: dict[str, Line] = {}
    for line in Document(page).lines[:_MAX_LINES]:
        text = letters(line.text)
        if len(text) >= _LEAST_LETTERS:
            own.setdefault(_key(text), line)
    for key, line in own.items():
        known = seen.setdefault(key, _Seen(line.text[:_SAMPLE], 0, 0, at, at))
        known.pages += 1
        known.linked += line.linked
        known.first, known.last = min(known.first, at), max(known.last, at)


def _forget(seen: dict[str, _Seen]) -> None:
    """Forget the rarest half; among equals, what was met first."""
    order = sorted(seen, key=lambda key: seen[key].pages)
    for key in order[: len(order) // 2]:
        del seen[key]


def _key(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
