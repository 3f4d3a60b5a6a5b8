"""Characters that were broken before a page was published: repaired where that is certain, else reported.

Certain is what no writer means: GB bytes that were read as a Latin set, and UTF-8 bytes that were read as
Windows-1252. A question mark that stands for a lost letter is never guessed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from archive.items import Evidence

#: Pairs of Latin characters that GB bytes become, and what they were; each is seen on real pages.
_PAIRS = {
    "¡¯": "’",
    "¡®": "‘",
    "¡°": "“",
    "¡±": "”",
    "¨C": "–",
    "¡ª": "—",
    "£¬": "，",
    "£¨": "（",
    "£©": "）",
    "ĄŻ": "’",
    "ˇŻ": "’",
    "¨¹": "ü",
    "¨š": "ü",
    "¨ą": "ü",
}
#: `¡¡` opens a Spanish cry: it is an ideographic space only on a page with a sure pair.
_UNSURE = {"¡¡": "\u3000", "ĦĦ": "\u3000"}
_SURE = re.compile(r"¡[¯®°±ª]|£[¬¨©]|[ĄˇÀ]Ż|(?<=[\w.])¨C(?=\w)|(?<=[A-Za-z])¨[¹šą](?=[a-z])|\d¨C")
_ANY = re.compile("|".join(map(re.escape, sorted((*_PAIRS, *_UNSURE)))))
_LEADS = "¡£¨ĄˇĦ"
#: UTF-8 of quotes, dashes and accents read as Windows-1252: `â€™`, `Ã©`.
_UTF8_RUN = re.compile("[ÂÃ][\u0080-\u00bfŒœŠšŸŽžƒ€™]|â[€‚„][\u0080-\u00bf\u2013-\u2122ŒœŠšŸŽžˆ˜]")
#: A question mark inside a word, or several where none is asked: letters that were lost.
_LOST = re.compile(r"(?<![\w/=&?])[A-Za-z]{1,30}\?{1,2}[a-z]{2,30}(?![\w/=&?.])|[A-Za-z]\?\?[a-z]|\ufffd")
_AROUND = 20


class Repair(NamedTuple):
    """A text as it was meant, and what was repaired or seen."""

    text: str
    evidence: tuple[Evidence, ...]


def repair(text: str) -> Repair:
    """Return a text with certain damage undone; the raw strings are kept as evidence."""
    if text.isascii():
        return Repair(text, ())
    evidence: list[Evidence] = []
    if any(lead in text for lead in _LEADS) and (sure := _SURE.search(text)):
        evidence.append(_evidence("gb-as-latin", text, sure))
        text = _ANY.sub(lambda match: _PAIRS.get(match[0]) or _UNSURE[match[0]], text)
    if any(lead in text for lead in "ÂÃâ") and (match := _UTF8_RUN.search(text)):
        repaired = _UTF8_RUN.sub(_from_utf8, text)
        if repaired != text:
            evidence.append(_evidence("utf8-as-windows-1252", text, match))
            text = repaired
    return Repair(text, tuple(evidence))


def lost(text: str) -> Evidence | None:
    """Return evidence of letters that were lost for good; None when none are missing."""
    if "?" not in text and "\ufffd" not in text:
        return None
    match = _LOST.search(text)
    return None if match is None else _evidence("question-mark", text, match, field="lossy")


def _from_utf8(match: re.Match[str]) -> str:
    try:
        return b"".join(map(_byte, match[0])).decode("utf-8")
    except UnicodeError:
        return match[0]


def _byte(char: str) -> bytes:
    """Return the byte that browsers show as a character: Windows-1252 with its gaps filled."""
    return char.encode("latin-1" if char <= "\xff" else "cp1252")


def _evidence(rule: str, text: str, match: re.Match[str], field: str = "mojibake") -> Evidence:
    return Evidence(field=field, rule=rule, raw=text[max(0, match.start() - _AROUND) : match.end() + _AROUND])
