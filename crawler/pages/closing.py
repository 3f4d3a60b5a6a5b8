"""The text of an article without what opens, interrupts and closes it.

Takes drafts, gives fields and the drafts that remain; decides by what is printed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from archive.items import BlockKind
from crawler.pages import boilerplate, people, references
from crawler.pages.body import Draft
from crawler.pages.captions import is_file, is_seen, take_attachments, take_captions, take_videos
from crawler.pages.reading import Reading
from crawler.pages.tags import Tag, read_tag
from crawler.pages.text import letters

#: A contact block has no more drafts.
_MAX_CONTACTS = 40
_PROSE = (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.QUOTE)
#: Titles that can only be those of invitations; `position`, `contact` and `opening` are words of research.
_CALL_TITLE = re.compile(
    r"\b(?:fellowships?|scholarships?|vacanc(?:y|ies)|call for|internships?|recruitment of|jobs?)\b",
    re.IGNORECASE,
)
#: What asks the reader to do something; that somebody applied or registered asks nobody.
_CALL_TEXT = re.compile(
    r"\b(?:please (?:contact|apply|send|register|submit)|contact us (?:at|by|via|on|for|if)"
    r"|(?:applicants?|candidates?) (?:should|must|may|can|need|are (?:asked|invited|requested|required|to))"
    r"|for (?:applications?|registration|[ei]nquir(?:y|ies)),?\s(?:contact|please|write|see|send)"
    r"|to (?:apply|register),?\s(?:please|contact|send|write|submit|visit|for)"
    r"|(?:invited|welcome|encouraged) to (?:apply|register|submit)|submit (?:your|an|the) applications?"
    r"|apply (?:by|before|online)|(?:registration|applications?) (?:is|are) (?:now )?open"
    r"|applications? (?:should|must) be)\b",
    re.IGNORECASE,
)
_QUOTES = re.compile('["“”]')


def read_text(drafts: list[Draft], after: list[Draft], title: str) -> Reading:
    """Sort the drafts of a text, and of what follows it on the page, into text and fields."""
    reading = Reading()
    reading.drafts = [draft for draft in drafts if is_seen(draft)]
    take_videos(reading)
    _drop_furniture(reading, title)
    reading.drafts = take_attachments(reading, reading.drafts)
    take_captions(reading)
    slot = _take_after(reading, after)
    whole = tuple(reading.drafts)
    # Asked only where there is a contact block.
    is_call = cache(lambda: _is_call(title, whole))
    while _close_once(reading, is_call=is_call):
        pass
    reading.taken += slot
    journals = people.journal_lines(reading.taken)
    references.read_references(reading, journals)
    people.read_contacts(reading, journals)
    return reading


def _drop_furniture(reading: Reading, title: str) -> None:
    """Cut related articles, tools, and a repeated title out of the text."""
    drafts = reading.drafts
    for index, draft in enumerate(drafts):
        if boilerplate.is_related(draft.text) and _mostly_links(drafts[index + 1 :]):
            drafts = drafts[:index]
            break
    kept = [draft for draft in drafts if draft.images or not _is_tool(draft)]
    if kept and letters(kept[0].text) == letters(title) and len(kept) > 1:
        kept = kept[1:]
    reading.drafts = kept


def _is_tool(draft: Draft) -> bool:
    """Whether a draft only leads somewhere: the page's tools, `Full story`, the numbers of the parts."""
    text = draft.text
    if len(text) > 120:
        return False
    if draft.link_chars and (boilerplate.is_page_links(text) or _only_leads_on(draft)):
        return True
    return boilerplate.has_only_tools(text)


def _only_leads_on(draft: Draft) -> bool:
    return boilerplate.MORE.fullmatch(draft.text) is not None and draft.link_chars * 10 >= len(draft.text) * 6


def _mostly_links(drafts: Sequence[Draft]) -> bool:
    """Whether at least half of the characters are those of links."""
    size = sum(len(draft.text) for draft in drafts)
    return size > 0 and sum(draft.link_chars for draft in drafts) * 2 >= size


def _close_once(reading: Reading, *, is_call: Callable[[], bool]) -> bool:
    """Take one closing tag or contact block off the end; False when nothing is left to take."""
    drafts = reading.drafts
    if not drafts:
        return False
    last = drafts[-1]
    if len(drafts) > 1 and boilerplate.is_notice(last.text):
        drafts.pop()
        return True
    if last.kind in _PROSE and _take_bracket(reading, is_call=is_call):
        return True
    if last.kind in _PROSE and (tag := read_tag(last.text)) and (tag.rest or len(drafts) > 1):
        _set(reading, tag)
        last.text = tag.rest
        if not tag.rest:
            drafts.pop()
        return True
    return _take_contacts(reading, is_call=is_call) or _take_trailing_links(drafts)


def _set(reading: Reading, tag: Tag) -> None:
    """Keep what a closing tag says, unless a later one has said it."""
    for name, value in tag.fields:
        if getattr(reading, name) is None:
            setattr(reading, name, value)
            reading.note(name, "closing-tag", tag.raw)


def _take_contacts(reading: Reading, *, is_call: Callable[[], bool]) -> bool:
    texts = [draft.text for draft in reading.drafts[-_MAX_CONTACTS:]]
    first = len(reading.drafts) - len(texts)
    start = people.contact_start(texts)
    block = texts[start:]
    if not block or (first + start == 0 and not people.is_shell(block)):
        return False
    plain = people.is_shell(block) or all(map(references.is_reference, block))
    if not plain and is_call():
        return False
    reading.taken[:0] = reading.drafts[first + start :]
    del reading.drafts[first + start :]
    return True


def _take_bracket(reading: Reading, *, is_call: Callable[[], bool]) -> bool:
    """Take a contact in brackets off the end of the last paragraph."""
    last = reading.drafts[-1]
    parts = _bracketed(last.text)
    if parts is None or not (parts[0] or len(reading.drafts) > 1) or is_call():
        return False
    rest, contact = parts
    reading.taken.insert(0, replace(last, text=contact, images=[]))
    last.text = rest
    if not rest:
        reading.drafts.pop()
    return True


def _bracketed(text: str) -> tuple[str, str] | None:
    """Split `… text. (Contact: LI Ming, E-mail: …)` into its text and the contact; None without one."""
    if not text.endswith((")", "）")):
        return None
    near = max(0, len(text) - 300)
    for match in re.finditer("[(（]", text[near:]):
        start = near + match.start()
        if people.is_opener(inner := text[start + 1 : -1].strip()):
            return text[:start].rstrip(), inner
    return None


def _take_trailing_links(drafts: list[Draft]) -> bool:
    """Take a list of links off the end: related articles without a headline."""
    last = drafts[-1]
    is_list = last.kind is BlockKind.LIST and last.link_chars * 10 >= len(last.text) * 9
    if len(drafts) > 1 and is_list and not any(map(is_file, last.links)):
        drafts.pop()
        return True
    return False


def _is_call(title: str, drafts: Sequence[Draft]) -> bool:
    """Whether the story is an invitation to get in touch: then its contacts are its text.

    What somebody is quoted with invites nobody.
    """
    if _CALL_TITLE.search(title):
        return True
    said = ("".join(_QUOTES.split(draft.text)[::2]) for draft in drafts if len(draft.text) > 40)
    return any(_CALL_TEXT.search(text) for text in said)


def _take_after(reading: Reading, after: Sequence[Draft]) -> list[Draft]:
    """Read closing tags and attachments that stand below the text; return what may be a contact block.

    Nothing of it is text.
    """
    slot: list[Draft] = []
    for draft in take_attachments(reading, [draft for draft in after if is_seen(draft)]):
        if draft.kind is not BlockKind.PARAGRAPH or len(draft.text) >= 200:
            continue
        take = Reading(drafts=[draft])
        take_videos(take)
        reading.videos += take.videos
        text = draft.text
        while text and (tag := read_tag(text)):
            _set(reading, tag)
            text = tag.rest
        if text:
            slot.append(draft)
    start = people.contact_start([draft.text for draft in slot[-_MAX_CONTACTS:]])
    return slot[-_MAX_CONTACTS:][start:]
