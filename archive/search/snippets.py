"""The part of a text that is worth showing for a query, and the places of the words that were found.

Text and spans, never markup: the edge that shows it decides how a found word looks.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from archive.search.analyzer import Token, tokens
from archive.search.grammar import Query, Term

#: Characters of a snippet, about.
LENGTH = 240
# Characters of a snippet that stand before its first found word.
_LEAD = 60


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a text in one line, and the character ranges (start, end) of the words that were found."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    term: int


def snippet(text: str, query: Query | None) -> Snippet:
    """Return about 240 characters of `text` around the place where most of the query's terms stand together.

    Without a query, or when no term stands in the text itself, the beginning of the text.
    """
    line = " ".join(text.split())
    matches = _matches(line, query.wanted) if query else []
    start, end = _window(line, matches)
    spans = _merged([(m.start, m.end) for m in matches if start <= m.start and m.end <= end])
    before = "… " if start else ""
    after = " …" if end < len(line) else ""
    shift = len(before) - start
    return Snippet(before + line[start:end] + after, tuple((a + shift, b + shift) for a, b in spans))


def _matches(line: str, wanted: tuple[Term, ...]) -> list[_Match]:
    """Return every word or phrase of the line that meets a term, in reading order."""
    found = list(tokens(line))
    starts: dict[str, list[tuple[int, Term]]] = {}
    prefixes: list[tuple[int, Term]] = []
    for number, term in enumerate(wanted):
        if term.prefix and len(term.tokens) == 1:
            prefixes.append((number, term))
        else:
            starts.setdefault(term.tokens[0], []).append((number, term))
    matches = []
    for index, token in enumerate(found):
        for number, term in (*starts.get(token.text, ()), *prefixes):
            if _meets(found, index, term):
                last = found[index + len(term.tokens) - 1]
                matches.append(_Match(token.start, last.end, number))
    return matches


def _meets(found: list[Token], index: int, term: Term) -> bool:
    if index + len(term.tokens) > len(found):
        return False
    *first, last = term.tokens
    if any(found[index + i].text != token for i, token in enumerate(first)):
        return False
    candidate = found[index + len(first)].text
    return candidate == last or (term.prefix and (candidate.startswith(last) or candidate in term.completed))


def _window(line: str, matches: list[_Match]) -> tuple[int, int]:
    """Return the bounds of the stretch with the most different terms, then the most matches."""
    if len(line) <= LENGTH:
        return 0, len(line)
    best, anchor = (0, 0), 0
    ends = [match.start for match in matches]
    for index, match in enumerate(matches):
        inside = matches[index : min(bisect_left(ends, match.start + LENGTH - _LEAD), index + 50)]
        weight = (len({m.term for m in inside}), len(inside))
        if weight > best:
            best, anchor = weight, match.start
    return _at_words(line, anchor, [m.end for m in matches if m.start == anchor])


def _at_words(line: str, anchor: int, ends: list[int]) -> tuple[int, int]:
    """Widen an anchor to whole words where the text has spaces near the edges."""
    start = max(0, min(anchor - _LEAD, len(line) - LENGTH))
    end = min(len(line), max([start + LENGTH, *ends]))
    if start:
        space = line.find(" ", start, anchor)
        start = space + 1 if 0 <= space < start + 30 else start
    if end < len(line):
        space = line.rfind(" ", max([anchor, *ends]), end)
        end = space if space > end - 30 else end
    return start, end


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, those that overlap or touch as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
