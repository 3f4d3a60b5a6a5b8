"""Contact blocks: name, institute, e-mail, with the journal and DOI lines that stand among them.

Tells where such a block begins at the end of a text; whether it belongs to the story is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_OPENER = re.compile(
    r"(?:(?:media|press|news|scientific|research|corresponding)\s)?contacts?(?:\s(?:us|persons?"
    r"|information|info|details|authors?))?\s?[:：]?",
    re.IGNORECASE,
)
_OPENER_WITH_DATA = re.compile(
    r"(?:(?:media|press|news|scientific|research)\s)?contacts?(?:\s(?:persons?|information|info"
    r"|details|authors?))?\s?[:：]\s?\S",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:e-?mails?|tel|telephone|phone|mobile|fax|add|address|postcode|website|web|affiliation"
    r"|institute|institution|name"
    r"|corresponding author|first author|author)\s?[:：.]",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|\sAT\s)\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DOI = re.compile(
    r"(?:doi\s?[:：]?\s?)?(?:https?://(?:dx\.)?doi\.org/|doi\.org/)?10\.\d{4,9}/\S{1,200}\.?"
    r"|doi\s?[:：].{0,200}",
    re.IGNORECASE,
)
_JOURNAL = re.compile(
    r"(?:journal|journal title|article title|article|title|paper|publication|published in|reference"
    r"|references|original (?:paper|article|publication)|link|full text|related paper"
    r"|method of research|news release)"
    r"\s?[:：]",
    re.IGNORECASE,
)
_INSTITUTE = re.compile(
    r"\b(?:institutes?|academy|universit\w+|cent(?:er|re)|laborator\w+|college|school|department"
    r"|observator\w+|bureau|office|museum|hospital|branch|CAS)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[a-z0-9)\"”’]{2}[.!?][\"”’]?$")
_EMPTY = re.compile(r"(?:contacts?(?:\sus)?|e-?mail|tel|name|institute)\s?[:：]?", re.IGNORECASE)


def is_doi(text: str) -> bool:
    """Whether a line is a DOI and nothing else; a DOI within a sentence is text."""
    return (
        len(text) < 260
        and " " not in text.strip()[5:].replace(": ", ":", 1)
        and _DOI.fullmatch(text) is not None
    )


def is_reference(text: str) -> bool:
    """Whether a line names a journal or paper in the way contact blocks do."""
    return len(text) < 400 and _JOURNAL.match(text) is not None


def is_opener(text: str) -> bool:
    """Whether a line opens a contact block."""
    if len(text) > 300:
        return False
    first = text.split("\n", 1)[0]
    return _OPENER.fullmatch(first) is not None or _OPENER_WITH_DATA.match(first) is not None


def is_shell(texts: Sequence[str]) -> bool:
    """Whether a contact block is the template's own and was left empty."""
    lines = [line for text in texts for line in text.split("\n")]
    return all(_EMPTY.fullmatch(line.strip()) for line in lines)


def contact_start(texts: Sequence[str]) -> int:
    """Return where a contact block begins that reaches to the end; `len(texts)`: there is none."""
    start = opened = len(texts)
    while start and _is_part(texts[start - 1]):
        start -= 1
        if is_opener(texts[start]) or _has_address(texts[start]) or is_doi(texts[start]):
            opened = start
            if _OPENER.fullmatch(texts[start].split("\n", 1)[0]):
                break
    return _with_reference(texts, opened)


def _with_reference(texts: Sequence[str], start: int) -> int:
    """Take the journal and DOI lines right above into the block."""
    while start and start <= len(texts) - 1:
        above = texts[start - 1]
        below_is_doi = start < len(texts) and is_doi(texts[start])
        if is_doi(above) or is_reference(above) or (below_is_doi and _is_name(above)):
            start -= 1
        else:
            break
    return start


def _has_address(text: str) -> bool:
    first = text.split("\n", 1)[0]
    return len(text) < 300 and bool(
        re.match(r"e-?mails?\s?[:：]?", first, re.IGNORECASE) or _EMAIL.fullmatch(first.strip())
    )


def _is_part(text: str) -> bool:
    if len(text) > 500:
        return False
    return all(_is_part_line(line) for line in text.split("\n"))


def _is_part_line(line: str) -> bool:
    if len(line) > 260:
        return False
    if _OPENER.fullmatch(line) or _LABEL.match(line) or is_doi(line) or is_reference(line):
        return True
    if _SENTENCE_END.search(line) and not _EMAIL.search(line[-120:]):
        return False
    if is_opener(line) or _EMAIL.search(line):
        return len(line) < 260
    return _is_name(line) or (len(line) < 160 and _INSTITUTE.search(line) is not None and not _has_verb(line))


def _is_name(line: str) -> bool:
    """Whether a line is short and looks like a name: of a person, an institute, a journal."""
    words = line.split()
    capital = sum(
        1 for word in words if word[:1].isupper() or word in ("of", "the", "and", "for", "&", "in", "-")
    )
    return len(line) <= 90 and 0 < len(words) <= 10 and capital == len(words) and not line.endswith("!")


_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|said|says|can|could|may|been|found|showed|developed)\b"
)


def _has_verb(line: str) -> bool:
    return _VERB.search(line) is not None
