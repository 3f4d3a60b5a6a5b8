"""One text from two readings of a page that no template claims: pure, without a look at any truth.

Libraries that work differently rarely err on the same block. So what both found stays, what only one found
needs a reason, and one that found far more than the other is believed alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.items import BlockKind
from crawler.pages.body import Draft
from crawler.pages.text import letters

#: A paragraph of this length is prose rather than a label.
_LONG = 60
#: In a text of more letters than this, blocks are looked for as a whole only: looking inside is not linear.
_MAX_SEARCHED = 100_000
#: Letters of a block are looked for in pieces of this length, so that a lost word does not lose the block.
_PIECE = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When one reading is believed over another.

    Chosen by cross-validation on public pages; none is critical (135 settings around these: F1 .971 to .974).
    """

    #: Where the landmarks of the page see the article is believed when this share of a reading lies there.
    landmarks: float = 0.8
    #: A second reading with this many times the prose is believed alone.
    longer: float = 1.6
    #: A second reading with less than this share of the prose is no witness.
    thin: float = 0.5
    #: A block of which the other reading has this share is the same block, damaged in the first.
    damaged: float = 0.7
    #: First blocks that may stand without a witness, when they are prose: a lead is often marked up apart.
    opening: int = 2


CHOSEN = Thresholds()


class Letters:
    """A text, as letters, in which blocks are looked for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.blocks = frozenset(texts := list(map(letters, texts)))
        whole = "".join(texts)
        self._whole = whole if len(whole) <= _MAX_SEARCHED else ""

    def hold(self, text: str) -> bool:
        """Whether a block stands in it; `text` as letters."""
        return text in self.blocks or text in self._whole

    def share(self, text: str) -> float:
        """Return the share of a block's pieces that stand in it; `text` as letters."""
        return _share_of(text, self._whole)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The blocks that were settled on, and how."""

    drafts: list[Draft]
    #: `first`, `second` (that reading alone) or `both`.
    rule: str


def settle(
    first: Sequence[Draft], second: Sequence[Draft], extent: Letters, thresholds: Thresholds = CHOSEN
) -> Settlement:
    """Settle on one text.

    `first` has the finer blocks and is preferred. `extent` is the text between the landmarks of the page: its
    head, and what follows an article.
    """
    if max(_share_within(first, extent), _share_within(second, extent)) >= thresholds.landmarks:
        first, second = within(first, extent), within(second, extent)
    mine, other = prose(first), prose(second)
    if second and other > thresholds.longer * mine:
        return Settlement(list(second), "second")
    if not second or other < thresholds.thin * mine:
        return Settlement(list(first), "first")
    return Settlement(_agreed(first, second, thresholds), "both")


def _agreed(first: Sequence[Draft], second: Sequence[Draft], thresholds: Thresholds) -> list[Draft]:
    """Return the blocks of the first reading that the second has too, or that may stand alone."""
    texts = [letters(draft.text) for draft in second]
    witness = Letters(draft.text for draft in second)
    kept: list[Draft] = []
    used: set[int] = set()
    for index, draft in enumerate(first):
        text = letters(draft.text)
        if witness.hold(text):
            kept.append(draft)
        elif witness.share(text) >= thresholds.damaged:
            whole = max(range(len(second)), key=lambda i: _share_of(text, texts[i]))
            if whole not in used:
                kept.append(second[whole])
            used.add(whole)
        elif _stands_alone(first, index, thresholds.opening):
            kept.append(draft)
    return kept


def _share_of(text: str, other: str) -> float:
    """Return the share of a text's pieces that another text has."""
    pieces = [text[i : i + _PIECE] for i in range(0, max(1, len(text) - _PIECE + 1), _PIECE)]
    return sum(piece in other for piece in pieces) / len(pieces)


def _stands_alone(drafts: Sequence[Draft], index: int, opening: int) -> bool:
    """Whether a block may stay that only one reading has: a quote, an early paragraph, a heading inside."""
    draft = drafts[index]
    if draft.kind is BlockKind.HEADING:
        return 0 < index < len(drafts) - 1
    return draft.kind is BlockKind.QUOTE or (index < opening and _is_prose(draft))


def within(drafts: Sequence[Draft], extent: Letters) -> list[Draft]:
    """Return the blocks whose text lies in an extent."""
    return [draft for draft in drafts if extent.hold(letters(draft.text))]


def prose(drafts: Sequence[Draft]) -> int:
    """Return how many characters stand in paragraphs of some length that are not links, repeats left out."""
    return sum(len(text) for text in {draft.text for draft in drafts if _is_prose(draft)})


def _is_prose(draft: Draft) -> bool:
    is_text = draft.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE)
    return is_text and len(draft.text) >= _LONG and draft.link_chars * 2 < len(draft.text)


def _share_within(drafts: Sequence[Draft], extent: Letters) -> float:
    total = prose(drafts)
    return prose(within(drafts, extent)) / total if total else 0.0
