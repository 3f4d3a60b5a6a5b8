"""Libraries that find the main text of any page, their answers as drafts.

They are asked for where the text is; what a block is and what of it is an article is decided here, not there.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from archive.items import BlockKind, Link
from crawler.pages.body import Draft, read_blocks
from crawler.pages.document import parse
from crawler.pages.lines import walk
from crawler.pages.text import normalize

#: Beyond this no library is asked: their time and their recursion are not bounded.
MAX_SOURCE = 3_000_000
MAX_EVENTS = 60_000
#: Beyond this they are asked for their first opinion only; the longest of 190 real pages has half of it.
MANY_EVENTS = 10_000
#: A piece of a story scores at least this much: readability's own threshold for what stands beside the best.
_LEAST_SCORE = 10
#: What libraries raise on markup that they did not expect.
_FAILURES = (RecursionError, ValueError, TypeError, AttributeError, LookupError, etree.LxmlError)


def by_trafilatura(source: str, url: str, *, precise: bool, fast: bool = False) -> list[Draft]:
    """Return the blocks that trafilatura takes for the text, in its careful or its usual mode.

    `fast` leaves out its second opinions, one of which (justext) takes quadratic time.
    """
    # Imported here: half a second that pages with a template need not wait for.
    from trafilatura import bare_extraction  # noqa: PLC0415

    try:
        found = bare_extraction(
            source, url=url, include_comments=False, include_links=True, include_images=False,
            favor_precision=precise, with_metadata=False, fast=fast,
        )  # fmt: skip
    except _FAILURES:
        return []
    body = getattr(found, "body", None)
    return [] if body is None else [draft for element in body for draft in _draft(element)]


def by_readability(source: str) -> list[Draft]:
    """Return the blocks of the element that readability takes for the text, and of others made just like it.

    The fork that trafilatura ships: readability-lxml beside trafilatura cannot be installed with the pip of
    Python 3.11. A story cut in pieces, by advertisements mostly, is put together here.
    """
    from trafilatura.readability_lxml import Document  # noqa: PLC0415
    from trafilatura.utils import load_html  # noqa: PLC0415

    class Whole(Document):
        def get_article(self, candidates: dict[Any, Any], best_candidate: Any) -> Any:
            best = best_candidate.elem
            before, after = _pieces(best, candidates)
            for piece in reversed(before):
                best.insert(0, piece)
            best.extend(after)
            return super().get_article(candidates, best_candidate)

    try:
        tree = load_html(source)
        found = "" if tree is None else Whole(tree).summary()
    except _FAILURES:
        return []
    seen = walk(parse(found))
    return [draft for draft in read_blocks(seen, 0, len(seen.kinds)) if draft.text]


def _pieces(best: Any, candidates: dict[Any, Any]) -> tuple[list[Any], list[Any]]:
    """Return the elements before and after the best one that have its names and another parent."""
    names = best.get("class")
    around = set(best.iterancestors())
    found: tuple[list[Any], list[Any]] = ([], [])
    passed = False
    # In the order of the page: each was met when its first paragraph was.
    for element, candidate in candidates.items():
        if element is best:
            passed = True
        elif (
            names
            and (element.tag, element.get("class")) == (best.tag, names)
            and candidate.score >= _LEAST_SCORE
            and element not in around
            and best not in element.iterancestors()
            and element.getparent() is not best.getparent()
        ):
            found[passed].append(element)
    return found


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
