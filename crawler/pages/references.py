"""DOIs and journals: as lines of a contact block, in sentences, in links and in meta tags."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from crawler.pages.body import Draft
from crawler.pages.reading import Reading
from crawler.pages.text import normalize

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>，。；、）】”’|]{1,200}", re.IGNORECASE)
_OPENS = {")": "(", "]": "["}
_DOI_LINE = re.compile(
    r"(?:doi\s?[:：]?\s?)?(?:https?://)?(?:(?:dx\.)?doi\.org/)?10\.\d{4,9}/\S{1,200}\.?|doi\s?[:：].{0,200}",
    re.IGNORECASE,
)
#: Labels of lines that name a journal or a paper in the way contact blocks do.
_LABEL = re.compile(
    r"(?:journal(?: reference| title| name)?|article title|article|title|paper|publication|published in"
    r"|references?|original (?:paper|article|publication)|full text|related (?:paper|article)"
    r"|(?:article|paper|journal|study|full text)?\s?(?:link|url)"
    r"|link to (?:the )?(?:paper|article|study|journal)"
    r"|(?:for )?more information|further information|method of research|news release)"
    r"\s?[:：]",
    re.IGNORECASE,
)
#: Such a line is one even without a link or DOI.
_JOURNAL_LABEL = re.compile(
    r"(?:journal(?: reference| title| name)?|published in|publication)\s?[:：]\s?(?P<name>\S.{1,120})",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(r",?\s?(?:doi\b|https?:|10\.\d{4})", re.IGNORECASE)
#: `Nature on Monday`, `Science in March`: when, not where.
_DAY = re.compile(
    r"\s(?:on|in|of)\s(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July"
    r"|August|September|October|November|December|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b).*",
    re.DOTALL,
)
_URL = re.compile(r"https?://\S+|\b10\.\d{4,9}/\S+", re.IGNORECASE)
_NAME = r"(?P<name>[A-Z][\w’'-]*(?:(?:\s(?:of|the|and|in|for|on|&)){0,2}[\s:]\s?[A-Z&][\w’'-]*){0,9})"
#: A name in brackets with its DOI: `(Acta Ranarum, https://doi.org/10.5555/…)`.
_BEFORE_DOI = re.compile(
    r"[(（]" + _NAME + r",\s?(?i:doi\s?[:：]?\s?)?(?:https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/"
)
# Begins with letters, so that it leaps from one to the next; that a word begins there is asked after it.
_PUBLISHED = re.compile(
    r"(?:publish(?:ed|es)|report(?:s|ed)?|appear(?:s|ed|ing)?|described|detailed|featured|presented|released)"
    r"(?:\s[a-z]+){0,2}?\sin\s(?P<said>(?:the\s)?(?:journal|magazine)\s(?:of\s)?)?(?:the\s)?" + _NAME
)
_FOLLOWED_BY_DOI = re.compile(
    r",?\s?[(（]?\s?(?:https?://(?:dx\.)?doi\.org/|doi\s?[:：]?\s?(?:https?://(?:dx\.)?doi\.org/)?)?10\.\d{4,9}/",
    re.IGNORECASE,
)
#: Words that only the name of a journal has, where nothing else says that it is one.
_JOURNAL_WORD = re.compile(
    r"\b(?:journal|letters|proceedings|reviews?|communications|advances|acta|annals|transactions|bulletin of"
    r"|nature|science|cell|lancet)\b",
    re.IGNORECASE,
)
_ALONE = frozenset("Nature Science Cell PNAS eLife Neuron Joule Matter Chem Immunity Gut Brain".split())  # noqa: SIM905
_METAS = ("citation_doi", "dc.identifier.doi", "prism.doi", "dc.identifier", "bepress_citation_doi")
#: JSON-LD is looked at only so far.
_MAX_NODES = 2000


def is_doi(text: str) -> bool:
    """Whether a line is a DOI and nothing else; a DOI within a sentence is text."""
    return (
        len(text) < 260
        and " " not in text.strip()[5:].replace(": ", ":", 1)
        and _DOI_LINE.fullmatch(text) is not None
    )


def is_reference(text: str) -> bool:
    """Whether a line names a journal or paper in the way contact blocks do."""
    if len(text) >= 400:
        return False
    if is_doi(text) or _JOURNAL_LABEL.match(text):
        return True
    if _LABEL.match(text) is None:
        return False
    return _URL.search(text) is not None or (len(text) < 200 and not text.endswith("."))


def find_dois(text: str) -> Iterator[str]:
    """Yield every DOI in a text in lower case, without prefix and what closes a sentence."""
    if "10." not in text:
        return
    for match in _DOI.finditer(text):
        found = match[0].rstrip(".,;:!?*'’”\"")
        while found.endswith((")", "]")) and found.count(found[-1]) > found.count(_OPENS[found[-1]]):
            found = found[:-1].rstrip(".,;:")
        yield found.lower()


def read_references(reading: Reading, bare: frozenset[str]) -> None:
    """Fill in DOIs and journals from the text, then from what was taken out of it.

    `bare`: lines of what was taken out that name a journal without a label.
    """
    for draft in [*reading.drafts, *reading.taken]:
        _add(reading, "dois", "text", find_dois(draft.text))
        for link in draft.links:
            if "doi.org/" in link.url:
                _add(reading, "dois", "text", find_dois(link.url))
    for draft in reading.drafts:
        _add(reading, "journals", "sentence", _journals_in(draft.text))
    _add(reading, "journals", "closing-block", _journals_of(reading.taken, bare))


def read_machine_references(reading: Reading, metas: dict[str, str], scripts: Iterable[str]) -> None:
    """Fill in DOIs and journals that the page tells to machines only."""
    for name in _METAS:
        if name in metas:
            _add(reading, "dois", f"meta:{name}", find_dois(metas[name]))
    if "citation_journal_title" in metas:
        _add(reading, "journals", "meta:citation_journal_title", [metas["citation_journal_title"]])
    for script in scripts:
        for node in _nodes(script):
            if isinstance(node.get("@type"), str) and node["@type"] in ("Periodical", "PublicationIssue"):
                _add(reading, "journals", "json-ld", filter(None, [_string(node.get("name"))]))
            for key in ("doi", "identifier", "sameAs", "citation"):
                _add(reading, "dois", "json-ld", find_dois(_string(node.get(key))))


def _string(value: object) -> str:
    if isinstance(value, list):
        return " ".join(one for one in value if isinstance(one, str))
    return normalize(value) if isinstance(value, str) else ""


def _nodes(script: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a piece of JSON-LD, without recursion; none of it when it is broken."""
    try:
        waiting: list[Any] = [json.loads(script)]
    except (ValueError, RecursionError):
        return
    for _ in range(_MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += reversed(node.values())
        elif isinstance(node, list):
            waiting += reversed(node)


def _add(reading: Reading, name: str, rule: str, values: Iterable[str]) -> None:
    """Add what is not known yet, and keep why."""
    known: list[str] = getattr(reading, name)
    for value in values:
        if value not in known:
            known.append(value)
            reading.note(name, rule, value)


def _journals_in(text: str) -> Iterator[str]:
    """Yield journals that a sentence names as the place of a publication."""
    if " in " in text:
        for match in _PUBLISHED.finditer(text):
            if match.start() and text[match.start() - 1].isalnum():
                continue
            name = _clean(match["name"])
            with_doi = _FOLLOWED_BY_DOI.match(text, match.start("name") + len(match["name"])) is not None
            if match["said"] and "journal of" in match["said"].lower() + name[:3].lower():
                name = "Journal of " + name if not name.startswith("Journal") else name
            if match["said"] or with_doi or name in _ALONE or (" " in name and _JOURNAL_WORD.search(name)):
                yield name
    if "10." in text:
        for match in _BEFORE_DOI.finditer(text):
            yield _clean(match["name"])


def _journals_of(drafts: Iterable[Draft], bare: frozenset[str]) -> Iterator[str]:
    """Yield journals that a contact block names: with a label, or bare above a DOI."""
    for draft in drafts:
        for line in re.split(r"[\n\t]", draft.text):
            if match := _JOURNAL_LABEL.match(line):
                name = _BEFORE_NUMBER.split(match["name"], maxsplit=1)[0]
                if name := _clean(name):
                    yield name
            elif line in bare:
                yield _clean(line)


def _clean(name: str) -> str:
    return _DAY.sub("", name).strip(" .,;:").removesuffix("’s").removesuffix("'s")
