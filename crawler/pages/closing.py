"""What stands among and after the paragraphs and is no text: captions, attachments, closing tags.

Takes drafts, gives fields and the drafts that remain; decides by what is printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.items import BlockKind, Evidence, Image, Link
from crawler.pages import boilerplate, people
from crawler.pages.body import Draft
from crawler.pages.text import han_share, letters, normalize

_VIDEO = re.compile(r"\[video:[^\[\]\n]{0,300}\]", re.IGNORECASE)
_OPEN, _CLOSE = "([（【〔", ")]）】〕"
_SOURCE = re.compile(
    r"(?:article ?source|source|from|来源|稿源|文章来源|信息来源|稿件来源)\s?[:：]\s?(?P<name>\S.{0,79})",
    re.IGNORECASE,
)
_EDITOR = re.compile(
    r"(?:web ?editors?|editors?|edited by|责任编辑|编辑|责编|网络编辑)"
    r"\s?(?:[:：]|(?<=by))\s?(?P<name>\S.{0,59})",
    re.IGNORECASE,
)
_CREDIT_WORD = re.compile(
    r"(?:photos?|images?|pictures?|pics?|graphics?|credits?|video|screenshot|infographic"
    r"|illustration|map|chart|courtesy|xinhua/)\b|图/|摄",
    re.IGNORECASE,
)
_NO_SOURCE = frozenset(
    "end left right top bottom center updated continued see file above below to be continued".split()  # noqa: SIM905
)
#: A contact block has no more lines.
_MAX_CONTACTS = 40
_SMALL_WORDS = frozenset("of the and for on in & at de".split())  # noqa: SIM905
_SENTENCE_END = tuple(".!?。！？\"”'’…;；")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|zip|rar|7z|csv|wps|et|ofd)(?:[?#]|$)", re.IGNORECASE)
_ATTACHMENT = re.compile(
    r"(?:attachments?|appendi(?:x|ces)|annex(?:es)?|downloads?|related documents?|附件(?:下载)?"
    r"|相关附件)\s?\d{0,2}\s?[:：]?",
    re.IGNORECASE,
)
_CALL_TITLE = re.compile(
    r"\b(?:fellowships?|scholarships?|recruit\w*|vacanc\w+|positions?|jobs?|careers?|openings?"
    r"|call for|announcement|contact|admissions?|internships?|postdoc\w*)\b",
    re.IGNORECASE,
)
_CALL_TEXT = re.compile(
    r"\b(?:applicants?|contact us|please contact|to apply|submit (?:your|an|the) applications?"
    r"|registration)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Reading:
    """What was read of the text of an article."""

    drafts: list[Draft] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    attachments: list[Link] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    source_name: str | None = None
    editor: str | None = None
    evidence: list[Evidence] = field(default_factory=list)

    def note(self, name: str, rule: str, raw: str) -> None:
        """Keep why a field has its value."""
        self.evidence.append(Evidence(field=name, rule=rule, raw=raw[:300]))


def read_text(drafts: list[Draft], after: list[Draft], title: str) -> Reading:
    """Sort the drafts of a text, and of what follows it on the page, into text and fields."""
    reading = Reading()
    reading.drafts = [draft for draft in drafts if _is_seen(draft)]
    _take_videos(reading)
    _drop_furniture(reading, title)
    _take_attachments(reading, reading.drafts)
    _take_captions(reading)
    _take_after(reading, after)
    is_call = _is_call(title, reading.drafts)
    while _close_once(reading, is_call=is_call):
        pass
    return reading


def _is_seen(draft: Draft) -> bool:
    return bool(draft.text or draft.images or (draft.appendix and draft.links))


def _take_videos(reading: Reading) -> None:
    for draft in reading.drafts:
        if "[video:" in draft.text.lower():
            reading.videos += _VIDEO.findall(draft.text)
            draft.text = "\n".join(filter(None, map(normalize, _VIDEO.sub(" ", draft.text).split("\n"))))
    reading.drafts = [draft for draft in reading.drafts if _is_seen(draft)]


def _drop_furniture(reading: Reading, title: str) -> None:
    """Cut related articles, tools, and a repeated title out of the text."""
    drafts = reading.drafts
    for index, draft in enumerate(drafts):
        if boilerplate.is_related(draft.text) and _mostly_links(drafts[index + 1 :]):
            drafts = drafts[:index]
            break
    kept = [draft for draft in drafts if draft.images or not boilerplate.has_only_tools(draft.text)]
    if kept and letters(kept[0].text) == letters(title) and len(kept) > 1:
        kept = kept[1:]
    reading.drafts = kept


def _mostly_links(drafts: Sequence[Draft]) -> bool:
    texts = [draft for draft in drafts if draft.text]
    short = sum(1 for d in texts if d.link_chars or len(d.text) < 60 or d.text.endswith(("...", "…")))
    return bool(texts) and short * 2 >= len(texts)


def _take_attachments(reading: Reading, drafts: list[Draft]) -> None:
    kept: list[Draft] = []
    for draft in drafts:
        files = [link for link in draft.links if draft.appendix or _FILE.search(link.url)]
        rest = draft.text
        for link in files:
            rest = rest.replace(link.text, " ", 1) if link.text else rest
        only_files = bool(files) and not letters(_ATTACHMENT.sub("", rest, count=1))
        if draft.appendix or only_files:
            reading.attachments += [Link(url=link.url, text=link.text) for link in files]
        else:
            kept.append(draft)
    # A headline of attachments is left without them.
    found = bool(reading.attachments)
    drafts[:] = [d for d in kept if not (found and _ATTACHMENT.fullmatch(d.text) and d.text[-1:] in ":：")]


def _take_captions(reading: Reading) -> None:
    kept: list[Draft] = []
    pictured = False
    for draft in reading.drafts:
        source = Image(url=draft.images[-1]) if draft.images else None
        if draft.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING) and _is_caption(
            draft, follows_image=pictured
        ):
            reading.captions.append(draft.text.replace("\n", " "))
            reading.images += [Image(url=url) for url in draft.images[:-1]]
            if source:
                reading.images.append(Image(url=source.url, caption=reading.captions[-1]))
            elif pictured and reading.images and reading.images[-1].caption is None:
                reading.images[-1] = Image(url=reading.images[-1].url, caption=reading.captions[-1])
            pictured = False
            continue
        reading.images += [Image(url=url) for url in draft.images]
        pictured = bool(draft.images)
        if draft.text:
            kept.append(draft)
    reading.drafts = kept


def _is_caption(draft: Draft, *, follows_image: bool) -> bool:
    text = draft.text
    if not text:
        return False
    if draft.caption:
        return True
    if len(text) > 500 or draft.link_chars * 2 > len(text):
        return False
    credited = ends_with_credit(text)
    if credited:
        return follows_image or bool(draft.images) or draft.centered or len(text) <= 300
    if draft.images or follows_image:
        return draft.centered and len(text) <= 300 and not _closing_tag(text)
    return False


def ends_with_credit(text: str) -> bool:
    """Whether a line ends as captions do: `[Photo/CCTV]`, `(Xinhua/Huang Bohan)`, `(Image by LIU)`."""
    _, tag = split_closing(text)
    if tag is None:
        return False
    if _CREDIT_WORD.match(tag):
        return True
    agency, slash, person = tag.partition("/")
    return (
        bool(slash)
        and agency.strip() in ("Xinhua", "VCG", "CFP", "AFP", "AP", "Reuters", "CNS")
        and bool(person)
    )


def split_closing(text: str) -> tuple[str, str | None]:
    """Split `… text. (Xinhua)` into its text and what stands in the last brackets."""
    if not text or text[-1] not in _CLOSE:
        return text, None
    opener = _OPEN[_CLOSE.index(text[-1])]
    start = text.rfind(opener, max(0, len(text) - 160))
    if start < 0:
        return text, None
    return text[:start].rstrip(), text[start + 1 : -1].strip()


def _closing_tag(text: str) -> tuple[str, str, str] | None:
    """Return (rest of the text, field, value) when a text ends with a source or editor tag."""
    rest, tag = split_closing(text)
    bare = tag is None
    inner = text.rpartition("\n")[2] if tag is None else tag
    if bare:
        rest = text.rpartition("\n")[0].rstrip()
    for name, pattern in (("editor", _EDITOR), ("source_name", _SOURCE)):
        match = pattern.fullmatch(inner)
        if match and (not bare or _is_label_value(match["name"])):
            return rest, name, match["name"].strip(" .;；")
    if not bare and is_source(inner) and (not rest or rest.endswith(_SENTENCE_END + tuple(_CLOSE))):
        return rest, "source_name", inner
    return None


def _is_label_value(value: str) -> bool:
    return len(value.split()) <= 8 and not value.endswith((".", "。"))


def is_source(tag: str) -> bool:
    """Whether what stands in brackets can be the name of who published a text."""
    if not 2 <= len(tag) <= 50 or _CREDIT_WORD.match(tag) or tag.lower() in _NO_SOURCE or tag.count("/") > 1:
        return False
    if han_share(tag) > 0.5:
        return len(tag) <= 12 and not any(char in "，。：；、" for char in tag)
    words = tag.replace("/", " ").split()
    if len(words) > 6 or words[0].lower() in _NO_SOURCE:
        return False
    return all(word[0].isupper() or word in _SMALL_WORDS or "." in word.strip(".") for word in words)


def _close_once(reading: Reading, *, is_call: bool) -> bool:
    """Take one closing tag or contact block off the end; False when nothing is left to take."""
    drafts = reading.drafts
    if not drafts:
        return False
    last = drafts[-1]
    if last.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.QUOTE) and (
        found := _closing_tag(last.text)
    ):
        rest, name, value = found
        if rest or len(drafts) > 1:
            _set(reading, name, value, last.text[-len(value) - 30 :])
            last.text = rest
            if not rest:
                drafts.pop()
            return True
    return _take_contacts(reading, is_call=is_call) or _take_trailing_links(drafts)


def _set(reading: Reading, name: str, value: str, raw: str) -> None:
    if name == "editor" and reading.editor is None:
        reading.editor = value
        reading.note("editor", "closing-tag", raw)
    elif name == "source_name" and reading.source_name is None:
        reading.source_name = value
        reading.note("source_name", "closing-tag", raw)


def _take_contacts(reading: Reading, *, is_call: bool) -> bool:
    texts = [draft.text for draft in reading.drafts[-_MAX_CONTACTS:]]
    first = len(reading.drafts) - len(texts)
    start = people.contact_start(texts)
    if start == len(texts) or (first + start == 0 and not people.is_shell(texts)):
        return False
    if is_call and not people.is_shell(texts[start:]) and not all(map(people.is_doi, texts[start:])):
        return False
    reading.note("contacts", "closing-block", f"{len(texts) - start} blocks")
    del reading.drafts[first + start :]
    return True


def _take_trailing_links(drafts: list[Draft]) -> bool:
    """Take a list of links off the end: related articles without a headline."""
    last = drafts[-1]
    is_list = last.kind is BlockKind.LIST and last.link_chars * 10 >= len(last.text) * 9
    if len(drafts) > 1 and is_list and all(not _FILE.search(link.url) for link in last.links):
        drafts.pop()
        return True
    return False


def _is_call(title: str, drafts: Sequence[Draft]) -> bool:
    """Whether the story is an invitation to get in touch: then its contacts are its text."""
    if _CALL_TITLE.search(title):
        return True
    return any(_CALL_TEXT.search(draft.text) for draft in drafts if len(draft.text) > 40)


def _take_after(reading: Reading, after: Sequence[Draft]) -> None:
    """Read closing tags and attachments that stand below the text; nothing of it is text."""
    rest = [draft for draft in after if _is_seen(draft)]
    _take_attachments(reading, rest)
    for draft in rest:
        if draft.kind is BlockKind.PARAGRAPH and len(draft.text) < 200:
            reading.videos += _VIDEO.findall(draft.text)
            text = draft.text
            while text and (found := _closing_tag(text)):
                rest_text, name, value = found
                _set(reading, name, value, text)
                if rest_text == text:
                    break
                text = rest_text
