"""Contact blocks: name, institute, e-mail, with the journal and DOI lines that stand among them.

Tells where such a block begins at the end of a text; whether it belongs to the story is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from archive.items import Contact
from crawler.pages.body import Draft
from crawler.pages.reading import Reading
from crawler.pages.references import is_doi, is_reference

_KIND = r"(?:(?:media|press|news|scientific|science|research|corresponding|academic)\s)?"
_OPENER = re.compile(
    _KIND + r"contacts?(?:\s(?:us|persons?|information|info|details|authors?))?\s?[:：]?", re.IGNORECASE
)
_OPENER_WITH_DATA = re.compile(
    _KIND + r"contacts?(?:\s(?:persons?|information|info|details|authors?))?\s?[:：]\s?(?=\S)", re.IGNORECASE
)
#: Labels within a block; the group that matches says what follows.
_LABEL = re.compile(
    r"\b(?:(?P<email>e-?mails?(?:\saddress)?)|(?P<none>tel(?:ephone)?|phone|mobile|fax|add(?:ress)?|post\s?code"
    r"|web(?:site)?|homepage|wechat)|(?P<institute>affiliation|institut(?:e|ion)|organi[sz]ation)"
    r"|(?P<name>(?:corresponding |first |contact )?(?:authors?|persons?)|name))\s?[:：.](?!\w+@)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
#: `name AT ihep.ac.cn`, `name(at)ihep.ac.cn`, `name @ ihep.ac.cn`, full-width signs, broken lines.
_SPELLED = re.compile(
    r"(?<=[\w.+-])(?:\s?[(\[{]\s?at\s?[)\]}]\s?|\s+AT\s+|\s{0,3}[@＠]\s{0,3})(?=[\w-]{1,63}(?:\.|\s?[(\[{]dot)|[\w-]{1,63}\s?\.)",
)
#: What every spelling of an address holds; few lines do.
_MAY_SPELL = re.compile(r"[@＠(\[{]|AT")
_BROKEN = re.compile(r"(?<=[\w.+-])\n?@\n?(?=[\w-])")
_DOT = re.compile(r"\s?[(\[{]\s?dot\s?[)\]}]\s?", re.IGNORECASE)
_INSTITUTE = re.compile(
    r"\b(?:institutes?|academy|universit\w+|cent(?:er|re)|laborator\w+|college|school|department|division"
    r"|observator\w+|bureau|office|museum|hospital|branch|station|garden|group|CAS)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^(?:(?:dr|prof|professor|assoc|associate|mr|mrs|ms|miss|academician|ph\.?d)\b\.?\s?)+", re.IGNORECASE
)
#: Between names and institutes; `and` within the name of an institute separates nothing.
_SEPARATOR = re.compile(r"[,;，；、()（）]|\band\b(?![^,;]*\b(?:of|for)\b)")
_SENTENCE_END = re.compile(r"[a-z0-9)\"”’]{2}[.!?][\"”’]?$")
#: Words in capitals that begin the names of journals and no family name.
_PUBLISHERS = frozenset("ACS PLOS IEEE AIP APL PRX RSC BMC EMBO ISME SIAM PNAS AMB JAMA NPG CCS".split())  # noqa: SIM905
_EMPTY = re.compile(r"(?:contacts?(?:\sus)?|e-?mail|tel|name|institute)\s?[:：]?", re.IGNORECASE)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|said|says|can|could|may|been|found|showed|developed)\b"
)
_JOINING = frozenset(("of", "the", "and", "for", "&", "in", "-"))


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
    texts = [_mended(text) for text in texts]
    start = opened = len(texts)
    while start and _is_part(texts[start - 1]):
        start -= 1
        text = texts[start]
        if is_opener(text) or _has_address(text) or is_reference(text):
            opened = start
        # Above an opener only another block of the same kind may stand.
        if _OPENER.fullmatch(text.split("\n", 1)[0]) and not (start and _ends_block(texts[start - 1])):
            break
    return _with_reference(texts, opened)


def _with_reference(texts: Sequence[str], start: int) -> int:
    """Take the journal and DOI lines right above into the block."""
    while 0 < start < len(texts):
        above = texts[start - 1]
        if is_reference(above) or (is_doi(texts[start]) and _is_name(above)):
            start -= 1
        else:
            break
    return start


def _ends_block(text: str) -> bool:
    last = text.rpartition("\n")[2]
    return len(text) < 300 and (_LABEL.match(last) is not None or _has_address(last) or is_reference(last))


def _has_address(text: str) -> bool:
    """Whether a line of a block holds an address with or without its label, and no sentence."""
    if len(text) >= 500:
        return False
    lines = text.split("\n")
    if any(re.match(r"e-?mails?\s?[:：]", line, re.IGNORECASE) for line in lines):
        return True
    return any(_ADDRESS.fullmatch(cell.strip()) for line in lines for cell in _joined(line).split("\t"))


def _is_part(text: str) -> bool:
    if len(text) > 700:
        return False
    return all(_is_part_line(line) for line in text.split("\n"))


def _is_part_line(line: str) -> bool:
    if len(line) > 260:
        return False
    if _OPENER.fullmatch(line) or _LABEL.match(line) or is_reference(line):
        return True
    joined = _joined(line)
    addressed = "@" in joined and _ADDRESS.search(joined) is not None
    if _SENTENCE_END.search(line[-4:]) and not (addressed and _ADDRESS.search(line[-120:])):
        return False
    if is_opener(line) or addressed:
        return True
    return _is_name(line) or _is_institute(line)


def _is_name(line: str) -> bool:
    """Whether a line is short and looks like a name: of a person, an institute, a journal."""
    words = line.split()
    capital = sum(1 for word in words if word[:1].isupper() or word in _JOINING)
    return len(line) <= 90 and 0 < len(words) <= 10 and capital == len(words) and not line.endswith("!")


def _is_institute(line: str) -> bool:
    return len(line) < 160 and _INSTITUTE.search(line) is not None and not _VERB.search(line)


def _mended(text: str) -> str:
    """Return a text without the breaks that part an address at its `@`."""
    return _BROKEN.sub("@", text) if "@" in text else text


def _joined(text: str) -> str:
    """Return a text with its addresses written as addresses."""
    if not _MAY_SPELL.search(text):
        return text
    return _SPELLED.sub("@", _DOT.sub(".", text))


@dataclass(slots=True)
class _Group:
    """What belongs to one person, or to several that are named together."""

    names: list[str] = field(default_factory=list)
    institutes: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)

    def contacts(self) -> Iterator[Contact]:
        institute = ", ".join(dict.fromkeys(self.institutes)) or None
        for name, email in zip_longest(self.names, self.emails):
            yield Contact(name=name, institute=institute, email=email)


def journal_lines(drafts: Sequence[Draft]) -> frozenset[str]:
    """Return the lines of contact blocks that name a journal without a label: right above a DOI.

    Who was to be contacted is none, nor where they work; a block that named nobody yet names one there.
    """
    found: set[str] = set()
    above, awaited = "", False
    for line in (cell for draft in drafts for cell in re.split(r"[\n\t]", draft.text)):
        if is_opener(line):
            awaited = _OPENER.fullmatch(line) is not None
        elif is_doi(line) and above and not awaited and _may_be_journal(above):
            found.add(above)
        if above and not is_doi(line):
            awaited = awaited and not _is_free_name(above)
        above = "" if is_opener(line) else line
    return frozenset(found)


def _is_free_name(line: str) -> bool:
    return not (_LABEL.match(line) or _has_address(line) or _INSTITUTE.search(line))


def _may_be_journal(line: str) -> bool:
    if not 2 < len(line) < 120 or re.search(r"[:：@\d]", line) or _INSTITUTE.search(line):
        return False
    first, _, more = line.partition(" ")
    return not more or first in _PUBLISHERS or not _is_surely_person(line)


def read_contacts(reading: Reading, journals: frozenset[str] = frozenset()) -> None:
    """Fill in the persons whom the blocks name that were taken out of the text.

    `journals`: lines that name a journal, not a person.
    """
    groups = [_Group()]
    for draft in reading.taken:
        for line in _lines(draft):
            if line not in journals and not is_reference(line):
                _read_line(line, groups)
    contacts = (contact for group in groups for contact in group.contacts())
    reading.contacts += dict.fromkeys(contacts)
    if reading.contacts:
        # What a block says of persons is kept as contacts only.
        reading.note("contacts", "closing-block", "")


def _lines(draft: Draft) -> list[str]:
    """Return the lines of a block, broken addresses joined, one that only a link holds beside its words."""
    mails = [link.url[7:].partition("?")[0] for link in draft.links if link.url.lower().startswith("mailto:")]
    text = _joined(_mended(draft.text))
    if mails and not _ADDRESS.search(text):
        text += "\n" + "\n".join(mails)
    return text.split("\n")


def _read_line(line: str, groups: list[_Group]) -> None:
    """Read one line: `Contact: LI Ming, Institute of …, E-mail: …`, or a part of it."""
    if match := (_OPENER_WITH_DATA.match(line) or _OPENER.fullmatch(line)):
        _open(groups)
        line = line[match.end() :]
    for cell in line.split("\t"):
        labels = list(_LABEL.finditer(cell))
        _read_free(cell[: labels[0].start()] if labels else cell, groups)
        for label, following in zip(labels, [*labels[1:], None], strict=False):
            value = cell[label.end() : following.start() if following else len(cell)].strip(" ,;，；.")
            if label.lastgroup == "institute" and value:
                groups[-1].institutes.append(value)
            elif label.lastgroup in ("email", "name"):
                _read_free(value, groups)


def _open(groups: list[_Group]) -> None:
    last = groups[-1]
    if last.names or last.emails or last.institutes:
        groups.append(_Group())


def _read_free(text: str, groups: list[_Group]) -> None:
    """Read what has no label: addresses, then names, then an institute."""
    emails = _ADDRESS.findall(text)
    rest = _ADDRESS.sub("", text).strip(" ,;:()（）<>，；、|")
    if rest and not _EMPTY.fullmatch(rest) and not re.fullmatch(r"[\d\s()+-]*", rest):
        _read_words(rest, groups)
    if emails and groups[-1].emails and groups[-1].institutes and rest:
        _open(groups)
    groups[-1].emails += [email.strip(".") for email in emails]


def _read_words(text: str, groups: list[_Group]) -> None:
    pieces = [piece.strip() for piece in _SEPARATOR.split(text) if piece.strip()]
    if not pieces:
        return
    last = groups[-1]
    if last.names and not last.institutes and not last.emails and not _is_surely_person(pieces[0]):
        last.institutes.append(text)
        return
    persons = 0
    while persons < len(pieces) and _is_person(pieces[persons]):
        persons += 1
    if persons:
        if last.emails or (last.names and last.institutes):
            _open(groups)
        groups[-1].names += [_TITLE.sub("", piece) for piece in pieces[:persons]]
    if rest := ", ".join(pieces[persons:]):
        if last.institutes and last.emails:
            _open(groups)
        groups[-1].institutes.append(rest)


def _is_person(text: str) -> bool:
    name = _TITLE.sub("", text)
    words = name.split()
    if not 0 < len(words) <= 5 or _INSTITUTE.search(name) or any(char.isdigit() for char in name):
        return False
    return all(word[:1].isupper() or word[:1] > "\u2e7f" for word in words)


def _is_surely_person(text: str) -> bool:
    """Whether a name has its family name in capitals, as the site prints them, or a title."""
    if not _is_person(text):
        return False
    return _TITLE.match(text) is not None or any(len(word) > 1 and word.isupper() for word in text.split())
