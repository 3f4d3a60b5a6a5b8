"""What a user typed, as a small tree of tokens.

    quantum satellite      both words, in any form: satellites finds satellite
    "quantum satellite"    one after the other
    panda OR fossil        either; binds tighter than the space
    -moon                  without
    satell*                words that start so
    北斗                   a run of Han characters is a phrase

Knows nothing of engines: each renders the tree itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.errors import BadQueryError
from archive.search.analyzer import bare, completed, terms

#: Longest query that is read, in characters, and most terms in it.
MAX_LENGTH = 1000
MAX_TERMS = 64

_QUOTES = {'"': '"', "“": "”", "”": "”", "„": "“", "＂": "＂"}
_LEXEME = re.compile(r'\s*(?P<minus>[-－](?=\S))?(?:(?P<quote>["“”„＂])|(?P<word>[^\s"“”„＂]+))')


@dataclass(frozen=True, slots=True)
class Term:
    """Tokens that follow one another; with `prefix`, the last one is the start of a word."""

    tokens: tuple[str, ...]
    prefix: bool = False
    #: For a prefix: tokens of words that start so, and whose own tokens do not.
    completed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """Every group must be met by at least one of its terms; none of `without` may occur."""

    groups: tuple[tuple[Term, ...], ...]
    without: tuple[Term, ...] = ()

    @property
    def wanted(self) -> tuple[Term, ...]:
        """The terms that a hit may contain."""
        return tuple(term for group in self.groups for term in group)


@dataclass(frozen=True, slots=True)
class _Lexeme:
    text: str
    position: int
    minus: bool = False
    quoted: bool = False

    @property
    def is_or(self) -> bool:
        return self.text == "OR" and not self.quoted and not self.minus


def parse(query: str) -> Query:
    """Read a query.

    Raises BadQueryError, with the place and what to write instead, when it means nothing.
    """
    if len(query) > MAX_LENGTH:
        raise BadQueryError(f"the query is longer than {MAX_LENGTH} characters", query, MAX_LENGTH)
    groups: list[list[Term]] = []
    without: list[Term] = []
    pending: _Lexeme | None = None
    for lexeme in _lexemes(query):
        if lexeme.is_or:
            if pending or not groups:
                raise _dangling(query, lexeme)
            pending = lexeme
        elif lexeme.minus:
            if pending:
                raise _dangling(query, pending)
            without += _term(lexeme)
        elif found := _term(lexeme):
            if pending:
                groups[-1] += found
            else:
                groups.append(found)
            pending = None
    if pending:
        raise _dangling(query, pending)
    return _checked(query, groups, without)


def _checked(query: str, groups: list[list[Term]], without: list[Term]) -> Query:
    if not groups and without:
        raise BadQueryError(
            "the query says only what to leave out: add a word that has to occur, before the -", query
        )
    if not groups:
        raise BadQueryError(
            "there is no word to search for: use letters, digits or Chinese characters", query
        )
    if len(without) + sum(map(len, groups)) > MAX_TERMS:
        raise BadQueryError(f"the query has more than {MAX_TERMS} words", query)
    return Query(tuple(map(tuple, groups)), tuple(without))


def _dangling(query: str, lexeme: _Lexeme) -> BadQueryError:
    return BadQueryError(
        f'OR at character {lexeme.position + 1} needs a word on both sides; for the word itself write "or"',
        query,
        lexeme.position,
    )


def _lexemes(query: str) -> Iterator[_Lexeme]:
    position = 0
    while match := _LEXEME.match(query, position):
        minus = match["minus"] is not None
        if match["word"]:
            yield _Lexeme(match["word"], match.start("word"), minus)
            position = match.end()
            continue
        start = match.end()
        end = query.find(_QUOTES[match["quote"]], start)
        if end < 0:
            raise _unbalanced(query, match.start("quote"))
        yield _Lexeme(query[start:end], match.start("quote"), minus, quoted=True)
        position = end + 1


def _unbalanced(query: str, position: int) -> BadQueryError:
    rest = query[position + 1 :].strip()
    advice = f'write "{rest}" or leave the quotation mark out' if rest else "leave it out"
    return BadQueryError(
        f"the quotation mark at character {position + 1} is never closed: {advice}", query, position
    )


def _term(lexeme: _Lexeme) -> list[Term]:
    """Return the term of one lexeme; none when it holds no letter or digit."""
    if not lexeme.quoted and lexeme.text.endswith("*"):
        start = bare(lexeme.text)
        if start:
            return [Term(tuple(start), prefix=True, completed=completed(start[-1]))]
        return []
    found = terms(lexeme.text)
    return [Term(tuple(found))] if found else []
