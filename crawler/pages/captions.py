"""Pictures with their captions, attachments and video tokens: what stands in a text and is none of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.items import BlockKind, Image, Link
from crawler.pages.body import Draft
from crawler.pages.reading import Reading
from crawler.pages.tags import (
    ends_with_bare_credit,
    ends_with_credit,
    photographer_of,
    read_tag,
    split_closing,
)
from crawler.pages.text import letters, normalize

_VIDEO = re.compile(r"\[video:[^\[\]\n]{0,300}\]", re.IGNORECASE)
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|csv|wps|et|ofd)(?:[?#\n]|$)", re.IGNORECASE)
_HEADLINE = re.compile(
    r"(?:attachments?|appendi(?:x|ces)|annex(?:es)?|downloads?|related documents?|附件(?:下载)?"
    r"|相关附件)\s?\d{0,2}\s?[:：]?",
    re.IGNORECASE,
)
_PROSE = (BlockKind.PARAGRAPH, BlockKind.HEADING)
#: No caption is longer; one with a credit may stand without its picture.
_LONGEST, _LONGEST_ALONE = 500, 300


def is_seen(draft: Draft) -> bool:
    """Whether a draft shows anything."""
    return bool(draft.text or draft.images or (draft.appendix and draft.links))


def name_file(addresses: str) -> bool:
    """Whether one of the addresses, one a line, is that of a document to be downloaded."""
    return _FILE.search(addresses) is not None


def is_file(link: Link) -> bool:
    """Whether a link leads to a document to be downloaded."""
    return name_file(link.url)


def take_videos(reading: Reading) -> None:
    """Take the tokens that stand for players out of the text."""
    for draft in reading.drafts:
        if "[video:" in draft.text.lower():
            reading.videos += _VIDEO.findall(draft.text)
            draft.text = "\n".join(filter(None, map(normalize, _VIDEO.sub(" ", draft.text).split("\n"))))
    reading.drafts = [draft for draft in reading.drafts if is_seen(draft)]


def take_attachments(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Gather linked documents; return the drafts without those that only list them."""
    kept: list[Draft] = []
    for draft in drafts:
        files = [link for link in draft.links if draft.appendix or is_file(link)]
        reading.attachments += [link for link in files if link not in reading.attachments]
        if not draft.appendix and not _lists_only(draft, files):
            kept.append(draft)
    # A headline of attachments is left without them.
    found = bool(reading.attachments)
    return [d for d in kept if not (found and _HEADLINE.fullmatch(d.text) and d.text[-1:] in ":：")]


def _lists_only(draft: Draft, files: Sequence[Link]) -> bool:
    """Whether a draft holds nothing but links to documents."""
    if not files:
        return False
    rest = draft.text
    for link in files:
        rest = rest.replace(link.text, " ", 1) if link.text else rest
    return not letters(_HEADLINE.sub("", rest, count=1))


def take_captions(reading: Reading) -> None:
    """Take captions out of the text, each beside its picture."""
    kept: list[Draft] = []
    pictured = False
    for draft in reading.drafts:
        if draft.kind in _PROSE and _is_caption(draft, pictured=pictured):
            _add_caption(reading, draft, pictured=pictured)
            pictured = False
            continue
        reading.images += [Image(url=url) for url in draft.images]
        pictured = bool(draft.images)
        if draft.text:
            kept.append(draft)
    reading.drafts = kept


def _add_caption(reading: Reading, draft: Draft, *, pictured: bool) -> None:
    caption = draft.text.replace("\n", " ")
    reading.captions.append(caption)
    reading.images += [Image(url=url) for url in draft.images]
    if (draft.images or pictured) and reading.images and reading.images[-1].caption is None:
        reading.images[-1] = Image(url=reading.images[-1].url, caption=caption)
    if reading.photographer is None and (name := photographer_of(caption)):
        reading.photographer = name
        reading.note("photographer", "caption-credit", caption[-100:])


def _is_caption(draft: Draft, *, pictured: bool) -> bool:
    text = draft.text
    if not text or draft.caption:
        return bool(text)
    if len(text) > _LONGEST or draft.link_chars * 2 > len(text):
        return False
    beside = pictured or bool(draft.images)
    if ends_with_credit(text):
        # Brackets and nothing else are a credit only beside a picture.
        return beside or bool(split_closing(text)[0] and (draft.centered or len(text) <= _LONGEST_ALONE))
    if not beside or len(text) > _LONGEST_ALONE:
        return False
    return ends_with_bare_credit(text) or (draft.centered and read_tag(text) is None)
