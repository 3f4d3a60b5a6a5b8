"""Text into the tokens that are indexed and searched, the same for every engine.

Compatibility forms and case folded, diacritics dropped, English words reduced to their stem, each Han
character a token of its own. A token holds no ASCII but `a-z0-9`: no engine's own tokenizer alters it.
Knows nothing of documents or queries.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

# Unified ideographs with their extensions and compatibility forms, the iteration mark and the zero.
_HAN = r"\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What a reader does not see inside a word: combining marks, soft hyphen, zero-width characters.
_INVISIBLE = r"\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_LETTER = rf"[^\W_{_HAN}]"
_WORD = re.compile(rf"[{_HAN}]|{_LETTER}(?:{_LETTER}|[{_INVISIBLE}]|['’](?={_LETTER}))*")
_ENGLISH = re.compile(r"[a-z]+(?:'[a-z]+)*\Z")
_SEPARATOR = re.compile(r"[^\w]|_")

# What the English stemmer takes off, as words end with it; and the letters it leaves at least.
_ENDINGS = (
    "ability", "able", "ably", "al", "alism", "ality", "alize", "ally", "ance", "ancy", "ant", "ate",
    "ated", "ating", "ation", "ational", "ations", "ative", "atively", "ator", "ators", "ed", "edly",
    "ement", "ements", "ence", "encies", "ency", "ent", "ently", "er", "ers", "es", "ful", "fully",
    "fulness", "ibility", "ible", "ibly", "ic", "ical", "ically", "icate", "icity", "ied", "ies", "ing",
    "ingly", "ings", "ion", "ions", "ism", "ities", "ity", "ive", "ively", "iveness", "ivity",
    "ization", "ize", "ized", "izer", "izing", "less", "lessly", "ly", "ment", "ments", "ness",
    "nesses", "ogy", "ous", "ously", "ousness", "s", "tion", "tional", "y",
)  # fmt: skip
_SHORTEST = 3

_local = threading.local()


class Token(NamedTuple):
    """A token and the characters of the text it came from."""

    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text` in order. One word can give several tokens with the same place."""
    for match in _WORD.finditer(text):
        for token in _fold(match.group()):
            yield Token(token, match.start(), match.end())


def terms(text: str) -> list[str]:
    """Return the tokens of `text` without their places."""
    return [token for word in _WORD.findall(text) for token in _fold(word)]


def indexed(text: str) -> str:
    """Return `text` as it is put into an index: its tokens separated by spaces."""
    return " ".join(terms(text))


def bare(word: str) -> list[str]:
    """Return the tokens of `word` without stemming its last one: the start of words, for a prefix search."""
    found = [folded for match in _WORD.findall(word) for folded in _plain(match)]
    return [*map(_stem, found[:-1]), found[-1].replace("'", "")] if found else []


def completed(start: str) -> tuple[str, ...]:
    """Return the stems of words that begin with `start` and whose stem does not.

    The index holds stems, and `happiness` stands there as `happi`: whoever looks for `happine*` means it. The
    endings that the stemmer takes off are tried on what was typed; a word that does not exist is in no text.
    """
    if not _ENGLISH.match(start):
        return ()
    # `mapp` is the beginning of `mapping`, which loses a letter of its own too.
    words = {start, f"{start}ing"} | {
        start[: len(start) - typed] + ending
        for ending in _ENDINGS
        for typed in range(1, min(len(ending), len(start) - _SHORTEST) + 1)
        if start.endswith(ending[:typed])
    }
    return tuple(sorted({stem for stem in map(_stem, words) if not stem.startswith(start)}))


@lru_cache(maxsize=65_536)
def _fold(word: str) -> tuple[str, ...]:
    return tuple(_stem(token) for token in _plain(word))


def _plain(word: str) -> list[str]:
    if word.isascii():
        return [word.lower()]
    decomposed = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    visible = "".join(
        c for c in decomposed if not unicodedata.combining(c) and c not in "\u00ad\u200b\u200c\u200d"
    )
    folded = unicodedata.normalize("NFKC", visible)
    return [piece for piece in _pieces(folded) if piece]


def _pieces(folded: str) -> list[str]:
    """Split again: a compatibility form can hold separators of its own (`½` is `1⁄2`)."""
    if _ENGLISH.match(folded):
        return [folded]
    return [match.lower() for part in _SEPARATOR.split(folded) for match in _WORD.findall(part)]


def _stem(token: str) -> str:
    if not _ENGLISH.match(token):
        return token.replace("'", "")
    try:
        stemmer = _local.stemmer
    except AttributeError:
        stemmer = _local.stemmer = snowballstemmer.stemmer("english")
    stem: str = stemmer.stemWord(token)
    return stem.replace("'", "")
