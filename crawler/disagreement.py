"""How far the kept texts are from what the generic path reads on the same bytes, on a sample.

Two readings that agree are seldom both wrong; where they disagree, a person should look.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from archive import warc
from archive.db import Database
from archive.query import Article, article_ids, get_article
from crawler.pages.article import look
from crawler.pages.document import Document
from crawler.pages.templates.generic import GenericPage
from crawler.sources import SourceConfig

#: Words that are compared together.
SHINGLE = 4
_WORD = re.compile(r"[\u3400-\u9fff]|\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """An article, and how much of its text the generic path reads too."""

    id: str
    url: str
    title: str
    template: str
    #: Score of the kept version.
    score: int
    #: F1 over shingles of words: 1 when both read the same.
    agreement: float
    #: Share of the kept text that the generic path does not have, and the other way round.
    kept_only: float
    generic_only: float


def sample(database: Database, source: SourceConfig, size: int) -> list[str]:
    """Return ids of `size` articles of a source, the same ones every time."""
    ids = article_ids(database, source.id)
    return sorted(sorted(ids, key=lambda name: sha256(name.encode()).digest())[:size])


def measure(database: Database, source: SourceConfig, ids: list[str]) -> Iterator[Disagreement]:
    """Read the captures of articles by the generic path and yield how far it agrees.

    Raises WarcError when a capture is damaged.
    """
    for name in ids:
        article = get_article(database, name)
        kept = _shingles(article.text)
        generic = _shingles("\n\n".join(_generic(database, source, article)))
        common = (kept & generic).total()
        yield Disagreement(
            id=article.id,
            url=article.url,
            title=article.title,
            template=article.template,
            score=article.quality.score,
            agreement=_share(2 * common, kept.total() + generic.total()),
            kept_only=_share(kept.total() - common, kept.total()),
            generic_only=_share(generic.total() - common, generic.total()),
        )


def _generic(database: Database, source: SourceConfig, article: Article) -> Iterator[str]:
    for number, capture in enumerate(article.captures):
        page = warc.read(database.warcs, capture)
        address = source.urls.address(source.urls.part_url(article.url, number))
        reading = GenericPage(look(Document(page)), address).reading
        yield from (draft.text for draft in reading.drafts)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    if len(words) < SHINGLE:
        return Counter([tuple(words)] if words else [])
    return Counter(zip(*(words[i:] for i in range(SHINGLE)), strict=False))
