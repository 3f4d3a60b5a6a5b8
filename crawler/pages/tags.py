"""Tags that close a text: `(Xinhua)`, `(Source: …; Editor: …)`, `(By …, …)`, and the credits of pictures.

Decides by what is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crawler.pages.text import han_share

_OPEN, _CLOSE = "([（【〔", ")]）】〕"
#: `Source: …`, `Edited by …`, `By …`: what a tag says with a label.
_LABEL = re.compile(
    r"(?P<source_name>(?<![A-Za-z])(?:article ?source|source|from|(?:文章|信息|稿件)?来源|稿源)\s?[:：])"
    r"|(?P<editor>(?:(?:web ?)?editors?\s?[:：]|edited by\s?[:：]?|(?:责任|网络)?编辑\s?[:：]|责编\s?[:：]))"
    r"|(?P<author>(?:authors?|reporters?|writers?)\s?[:：]"
    r"|(?:written |reported |story )?\bby\s(?-i:(?![a-z0-9]))|(?:作者|记者)\s?[:：])"
    r"|(?P<photographer>(?:photos?|photographs?|photographed|images?|pictures?) by\s?[:：]?"
    r"|(?:摄影|摄)\s?[:：])",
    re.IGNORECASE,
)
#: `原载于《科学时报》 2025-06-10 第2版`
_REPRINTED = re.compile(r"(?:原载(?:于)?|转载自|来源\s?[:：]|据)\s?《(?P<name>[^《》]{1,40})》.{0,60}")
_CREDIT_WORD = re.compile(
    r"(?:photos?|images?|pictures?|pics?|graphics?|credits?|video|screenshot|infographic"
    r"|illustration|map|chart|courtesy)\b|图/|摄",
    re.IGNORECASE,
)
#: `Photo: ZHOU Ping`, `Credit: Island Ecology Station`, without brackets.
_BARE_CREDIT = re.compile(
    r"(?:^|(?<=[\s.,;。，|]))(?:photos?|images?|pictures?|graphics?|credits?|photo credits?|courtesy)"
    r"(?:\s?[:：/]\s?|\s(?:by|of|courtesy of)\s(?-i:(?=[A-Z])))(?P<name>[^:：\n]{2,60})$",
    re.IGNORECASE,
)
_PERSON_CREDIT = re.compile(
    r"(?:photos?|photographs?|images?|pictures?|pics?)(?: by| taken by| credits?)?\s?[:：/]?\s?"
    r"(?P<name>\S.{1,60})",
    re.IGNORECASE,
)
_AGENCIES = frozenset(("Xinhua", "VCG", "CFP", "AFP", "AP", "Reuters", "CNS", "IC", "CCTV"))
_MEDIUM = re.compile(
    r"\b(?:daily|times|news|agency|television|radio|press|online|post|network|CCTV|CGTN|CNS|journal|net)\b",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:institutes?|academy|universit\w+|cent(?:er|re)|laborator\w+|team|group|station|school|CAS"
    r"|observator\w+|museum|department|the|courtesy)\b",
    re.IGNORECASE,
)
_NO_SOURCE = frozenset(
    "end left right top bottom center updated continued see file above below to be continued".split()  # noqa: SIM905
)
_SMALL_WORDS = frozenset("of the and for on in & at de".split())  # noqa: SIM905
_SENTENCE_END = tuple(".!?。！？\"”'’…;；")
_BETWEEN = " .;；,，|"


#: Where a finding was published, not the text.
_JOURNAL = re.compile(r"(?:Nature|Cell|Lancet)(?:\s[A-Z]\w+){0,3}|Science(?: Advances| Bulletin)?|PNAS|eLife")
#: What stands in no name: an address; where nothing else says that it is a name, a label either.
_IS_ADDRESS = re.compile(r"[@＠]|://|\be-?mail\s?[:：]", re.IGNORECASE)
_IS_DATA = re.compile(r"[@＠:：]|\b(?:contact|e-?mail|tel|phone)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag at the end of a text: what it says, and the text without it."""

    rest: str
    #: Pairs of field name and value, as printed.
    fields: tuple[tuple[str, str], ...]
    raw: str


def read_tag(text: str) -> Tag | None:
    """Return the tag that a text ends with: in its last brackets, or alone on its last line."""
    rest, inner = split_closing(text)
    if inner is None:
        rest, _, inner = text.rpartition("\n")
        fields = _labelled(inner, bare=True)
        return Tag(rest.rstrip(), fields, inner) if fields else None
    if fields := _labelled(inner, bare=False):
        return Tag(rest, fields, text[len(rest) :].strip())
    alone = not rest or rest.endswith((*_SENTENCE_END, *_CLOSE))
    if alone and (name := source_of(inner)):
        return Tag(rest, (("source_name", name),), text[len(rest) :].strip())
    return None


def split_closing(text: str) -> tuple[str, str | None]:
    """Split `… text. (Xinhua)` into its text and what stands in the last brackets."""
    if not text or text[-1] not in _CLOSE:
        return text, None
    opener = _OPEN[_CLOSE.index(text[-1])]
    start = text.rfind(opener, max(0, len(text) - 160))
    if start < 0:
        return text, None
    return text[:start].rstrip(), text[start + 1 : -1].strip()


def _labelled(inner: str, *, bare: bool) -> tuple[tuple[str, str], ...]:
    """Return the fields of `Source: A; Editor: B`; () unless all of it is such fields."""
    if len(inner) > 160:
        return ()
    if match := _REPRINTED.fullmatch(inner):
        return (("source_name", match["name"]),)
    if _LABEL.match(inner) is None:
        return ()
    matches = list(_LABEL.finditer(inner))
    found: list[tuple[str, str]] = []
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        value = inner[match.end() : following.start() if following else len(inner)].strip(_BETWEEN)
        name = match.lastgroup or ""
        # A sentence that begins like a label is none.
        if (
            not value
            or len(value) > 80
            or _IS_ADDRESS.search(value)
            or (bare and not _is_value(name, inner, value))
        ):
            return ()
        found += _byline(value) if name == "author" else [(name, value)]
    return tuple(found)


def _is_value(name: str, inner: str, value: str) -> bool:
    if inner.endswith(("。", "!", "?")) or (inner.endswith(".") and len(value.split()) > 2):
        return False
    words = value.replace(",", " ").split()
    if len(words) > 8 or (name == "source_name" and source_of(value) is None):
        return False
    return name not in ("author", "photographer") or all(
        word[:1].isupper() or word == "and" for word in words
    )


def _byline(value: str) -> list[tuple[str, str]]:
    """Split `TANG Yue, China Daily` into who wrote and who published."""
    name, comma, place = value.rpartition(",")
    if comma and name and (source := source_of(place.strip())):
        return [("author", name.strip()), ("source_name", source)]
    return [("author", value)]


def source_of(tag: str) -> str | None:
    """Return who published a text when that is what brackets hold: `Xinhua`, `Xinhua/China Daily`."""
    if (
        not 2 <= len(tag) <= 50
        or _CREDIT_WORD.match(tag)
        or _IS_DATA.search(tag)
        or _JOURNAL.fullmatch(tag)
        or tag.lower() in _NO_SOURCE
        or tag.count("/") > 1
    ):
        return None
    if han_share(tag) > 0.5:
        return tag if len(tag) <= 12 and not any(char in "，。：；、" for char in tag) else None
    words = tag.replace("/", " ").split()
    if not words or len(words) > 6 or words[0].lower() in _NO_SOURCE:
        return None
    if not all(word[0].isupper() or word in _SMALL_WORDS or "." in word.strip(".") for word in words):
        return None
    agency, slash, second = (part.strip() for part in tag.partition("/"))
    if slash and agency in _AGENCIES and not _is_medium(second):
        return agency
    return tag


def _is_medium(name: str) -> bool:
    return name in _AGENCIES or _MEDIUM.search(name) is not None


def ends_with_credit(text: str) -> bool:
    """Whether a line ends as captions do: `[Photo/CCTV]`, `(Xinhua/Huang Bohan)`, `(Image by LIU)`."""
    _, tag = split_closing(text)
    if tag is None:
        return False
    agency, slash, person = tag.partition("/")
    return bool(_CREDIT_WORD.match(tag)) or bool(slash and agency.strip() in _AGENCIES and person)


def ends_with_bare_credit(text: str) -> bool:
    """Whether a line ends with a credit that stands in no brackets; beside a picture that is a caption."""
    return _BARE_CREDIT.search(text[-100:]) is not None


def photographer_of(caption: str) -> str | None:
    """Return the person that a caption names as having taken the picture."""
    _, tag = split_closing(caption)
    if tag is None:
        match = _BARE_CREDIT.search(caption[-100:])
        return _person(match["name"]) if match and match[0][:2].lower() in ("ph", "im", "pi") else None
    agency, slash, second = (part.strip() for part in tag.partition("/"))
    if slash and agency in _AGENCIES:
        return None if _is_medium(second) else _person(second)
    match = _PERSON_CREDIT.fullmatch(tag)
    return _person(match["name"]) if match else None


def _person(name: str) -> str | None:
    """Return a name when it can be that of a person, not of an institute or medium."""
    name = name.strip(" .,;")
    words = name.split()
    if not 1 < len(words) <= 4 or _BODY.search(name) or _is_medium(name) or any(c.isdigit() for c in name):
        return None
    return (
        name if all(word[:1].isupper() for word in words) and "’s" not in name and "'s" not in name else None
    )
