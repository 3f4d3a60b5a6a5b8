"""What a run of characters looks like to a reader: white space, invisible characters, residue.

Words and quotes are never rewritten.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: No-break, en/em, thin, narrow, mathematical and ideographic spaces are spaces to a reader.
SPACES = " \t\r\n\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_SPACE_RUN = re.compile(f"[{SPACES}]+")
#: Soft hyphen, zero-width space and joiners, directional marks, word joiner, BOM.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
#: Style rules that some stores keep as bare text; bounded, so that no text can make it slow.
_CSS_RULE = re.compile(r"\.TRS_Editor\b[^{}<>]{0,80}\{[^{}]{0,600}\}")
#: Tags that were escaped once too often and are shown as text.
_SHOWN_TAG = re.compile(
    r"</?(?:em|i|b|strong|sub|sup|span|font|p|br|u|a|o:p)(?:\s[^<>]{0,200})?/?>", re.IGNORECASE
)
_HAN = re.compile("[\u4e00-\u9fff]+")
_LETTER = re.compile(r"[^\W\d_]+")
_LETTERS = re.compile(r"[\W_]+")


def normalize(text: str) -> str:
    """Return text with white space collapsed and invisible characters left out."""
    if ".TRS_Editor" in text:
        text = _CSS_RULE.sub(" ", text)
    if "\x85" not in text:
        # What Python splits at are the spaces above, and three more controls that no parser lets pass.
        joined = " ".join(text.split())
        if joined.isprintable():
            return joined
    text = _INVISIBLE.sub("", text)
    return _CONTROL.sub("", _SPACE_RUN.sub(" ", text)).strip(" ")


def strip_shown_tags(text: str) -> str:
    """Return text without tags that a reader would see as `<EM>`."""
    return normalize(_SHOWN_TAG.sub("", text)) if "<" in text else text


@lru_cache(maxsize=64)
def letters(text: str) -> str:
    """Return only letters and digits, case folded: a key to compare two printings of one line.

    A page asks for the key of its title again and again: the last few are remembered.
    """
    return _LETTERS.sub("", text).casefold()


def han_share(text: str) -> float:
    """Return the share of Han characters among letters."""
    if text.isascii():
        return 0.0
    han = sum(map(len, _HAN.findall(text)))
    if not han:
        return 0.0
    total = sum(map(len, _LETTER.findall(text)))
    return han / total if total else 0.0
