"""What no template claims: the text is found by trafilatura, the fields as everywhere."""

from __future__ import annotations

from typing import ClassVar

from lxml import etree

from archive.items import BlockKind, Link
from crawler.pages.article import ArticlePage, Sight
from crawler.pages.body import Draft
from crawler.pages.boilerplate import is_copyright
from crawler.pages.text import letters, normalize

#: Beyond this the library is not asked: its time and its recursion are not bounded.
_MAX_SOURCE = 3_000_000
_MAX_EVENTS = 120_000


class GenericPage(ArticlePage):
    """An article of any site."""

    name: ClassVar[str] = "generic"

    @classmethod
    def claims(cls, sight: Sight) -> bool:
        """Claims whatever no other does."""
        return True

    def drafts(self) -> tuple[list[Draft], list[Draft]]:
        """Blocks that the library takes for the text; without any, the lines under the head."""
        document = self.document
        if len(document.source) <= _MAX_SOURCE and len(document.events) <= _MAX_EVENTS:
            found = _blocks(document.source, document.url, precise=True)
            if _length(found) * 2 < self._long_paragraphs():
                # The careful mode sometimes keeps one paragraph of a long story.
                found = max(found, _blocks(document.source, document.url, precise=False), key=_length)
            if found:
                return self._without_head(found), []
        drafts = self._between(self.head.body_at, self.sight.tail)
        return [draft for draft in drafts if draft.link_chars * 2 < len(draft.text) or draft.images], []

    def _long_paragraphs(self) -> int:
        """Characters in paragraphs of some length under the head: a rough measure of the story."""
        lines = self.document.lines[self.head.body_at : self.sight.tail]
        return sum(
            len(line.text)
            for line in lines
            if line.block.tag == "p" and len(line.text) >= 60 and not line.linked
        )

    def _without_head(self, drafts: list[Draft]) -> list[Draft]:
        """Leave out lines of the head that the library took for text, and a closing copyright notice."""
        first = self.head.title_at[0] if self.head.title_at else self.head.body_at
        head = {letters(line.text) for line in self.document.lines[first : self.head.body_at]}
        kept = [draft for i, draft in enumerate(drafts) if i >= 3 or letters(draft.text) not in head]
        while len(kept) > 1 and is_copyright(kept[-1].text):
            kept.pop()
        return kept


def _length(drafts: list[Draft]) -> int:
    return sum(len(draft.text) for draft in drafts)


def _blocks(source: str, url: str, *, precise: bool) -> list[Draft]:
    # Imported here: half a second that pages with a template need not wait for.
    from trafilatura import bare_extraction  # noqa: PLC0415

    try:
        found = bare_extraction(
            source, url=url, include_comments=False, include_links=True, include_images=False,
            favor_precision=precise, with_metadata=False,
        )  # fmt: skip
    except (RecursionError, ValueError, TypeError, AttributeError, LookupError, etree.LxmlError):
        return []
    body = getattr(found, "body", None)
    return [] if body is None else [draft for element in body for draft in _draft(element)]


def _draft(element: etree._Element) -> list[Draft]:
    tag = str(element.tag)
    links = [
        Link(url=ref.get("target") or "", text=text)
        for ref in element.iter("ref")
        if (text := _text(ref)) and ref.get("target")
    ]
    if tag in ("list", "table"):
        rows = tuple(
            tuple(_text(cell) for cell in row.iter("cell")) if tag == "table" else (_text(row),)
            for row in element.iter("row" if tag == "table" else "item")
        )
        rows = tuple(row for row in rows if any(row))
        text = "\n".join("\t".join(row) for row in rows)
        kind = BlockKind.LIST if tag == "list" else BlockKind.TABLE
        return [Draft(kind=kind, text=text, rows=rows, links=links)] if rows else []
    text = _text(element)
    if not text:
        return []
    if tag == "head":
        return [Draft(kind=BlockKind.HEADING, text=text, level=int((element.get("rend") or "h2")[1:2] or 2))]
    kind = BlockKind.QUOTE if tag == "quote" else BlockKind.PARAGRAPH
    return [Draft(kind=kind, text=text, links=links, link_chars=sum(len(link.text) for link in links))]


def _text(element: etree._Element) -> str:
    return "\n".join(filter(None, map(normalize, _ordered(element).split("\n"))))


def _ordered(element: etree._Element) -> str:
    """Return the text of an element in document order, `lb` as a line feed."""
    pieces: list[str] = []
    for action, part in etree.iterwalk(element, events=("start", "end")):
        if action == "start":
            pieces.append("\n" if part.tag == "lb" else "")
            pieces.append((part.text or "").replace("\n", " "))
        elif part is not element:
            pieces.append((part.tail or "").replace("\n", " "))
    return "".join(pieces)
