"""Scores of texts against truth: pure.

Shingles, tokens and averages are those of the public article-extraction-benchmark, so that figures compare:
precision and recall are means over pages, and F1 is of these two means.
"""

from __future__ import annotations

import random
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_TOKEN = re.compile(r"\w+")
_SHINGLE = 4
_CELLS = re.compile(r"[\t|]")
#: What sites print around articles: a line that begins so, and is not in the truth, is furniture.
_FURNITURE = re.compile(
    r"(?:copyright\b|©|all rights reserved|advertisements?$|related (?:articles?|stories|news|links|topics)\b"
    r"|read (?:more|next|also)\b|see also\b|most (?:read|popular|viewed)\b|trending\b|recommended\b"
    r"|more from\b|share (?:this|on|via|to)\b|follow us\b|sign up\b|subscribe\b|newsletter"
    r"|(?:view |leave a )?comments?$|log ?in\b|print\b.{0,12}text size|e-?mail\b.{0,3}>|contact us$"
    r"|back to top|privacy policy|cookies?\b|terms of (?:use|service)|click here to|download the app"
    r"|版权所有|责任编辑|分享到|扫一扫|上一篇|下一篇|相关(?:文章|新闻|阅读|链接|报道)|返回顶部|打印本页"
    r"|关闭窗口|打印)",
    re.IGNORECASE,
)


class Overlap(NamedTuple):
    """Shares of shingles in both texts, in the output only, in the truth only; they add up to 1, or to 0."""

    both: float
    extra: float
    missing: float

    @property
    def precision(self) -> float:
        """Share of the output that is right."""
        return 1.0 if self.extra == self.missing == 0 else self._share(self.extra)

    @property
    def recall(self) -> float:
        """Share of the truth that was found."""
        return 1.0 if self.extra == self.missing == 0 else self._share(self.missing)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return harmonic(self.precision, self.recall)

    def _share(self, other: float) -> float:
        return self.both / (self.both + other) if self.both + other else 0.0


class Score(NamedTuple):
    """Means over pages."""

    precision: float
    recall: float
    #: Harmonic mean of the two means: the public benchmark's F1.
    f1: float
    #: Mean of the pages' own F1.
    page_f1: float
    #: Half the width of F1's 95 % interval, by bootstrap over pages.
    interval: float


def harmonic(first: float, second: float) -> float:
    """Return the harmonic mean."""
    return 2 * first * second / (first + second) if first + second else 0.0


def overlap(true: str, found: str) -> Overlap:
    """Compare two texts by their 4-grams of words, as multisets; long pages weigh no more than short ones."""
    wanted, given = _shingles(true), _shingles(found)
    both = sum((wanted & given).values())
    extra, missing = given.total() - both, wanted.total() - both
    total = both + extra + missing
    return Overlap(both / total, extra / total, missing / total) if total else Overlap(0, 0, 0)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _TOKEN.findall(text)
    grams = (tuple(tokens[i : i + _SHINGLE]) for i in range(max(1, len(tokens) - _SHINGLE + 1)))
    return Counter(gram for gram in grams if gram)


def score(overlaps: Sequence[Overlap], rounds: int = 1000) -> Score:
    """Average over pages; the interval is the same in every run."""
    chance = random.Random(0)  # noqa: S311 - a bootstrap, no secret
    draws = [_means(chance.choices(overlaps, k=len(overlaps)))[2] for _ in range(rounds)]
    interval = 1.96 * statistics.stdev(draws) if len(overlaps) > 1 and rounds > 1 else 0.0
    return Score(*_means(overlaps), statistics.mean(one.f1 for one in overlaps), interval)


def _means(overlaps: Sequence[Overlap]) -> tuple[float, float, float]:
    """Return precision over pages that gave a text, recall over pages that have one, and their F1."""
    precision = statistics.mean([one.precision for one in overlaps if one.both + one.extra] or [0.0])
    recall = statistics.mean([one.recall for one in overlaps if one.both + one.missing] or [0.0])
    return precision, recall, harmonic(precision, recall)


def without(lines: Iterable[str], optional: Sequence[str]) -> str:
    """Return lines as a text, less those (and rows of a table) that may be in it or not."""
    free = {squeeze(line) for line in optional}
    kept = (line for line in lines if not free or not _is_free(line, free))
    return "\n".join(kept)


def _is_free(line: str, free: set[str]) -> bool:
    cells = [squeeze(cell) for cell in _CELLS.split(line)]
    return squeeze(line) in free or all(cell in free or not cell.strip("-: ") for cell in cells)


def squeeze(text: str) -> str:
    """Return text with white space folded."""
    return " ".join(text.split())


def leaks(found: str, true: str, absent: Sequence[str]) -> list[str]:
    """Return the furniture in a text: what the truth names, and lines that begin as furniture does."""
    named = [words for words in absent if words in found]
    whole = squeeze(true)
    lines = (squeeze(line) for line in found.split("\n"))
    return named + [line for line in lines if _FURNITURE.match(line) and line not in whole]
