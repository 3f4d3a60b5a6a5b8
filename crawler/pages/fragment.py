"""A range of the visible tree as HTML that holds only what text needs: the fragment that is cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from lxml import etree

from crawler.pages.lines import BLOCKS, OPEN, TEXT, Walk

_CENTERED = re.compile(r"text-align\s{0,5}:\s{0,5}center", re.IGNORECASE)
_VOID = frozenset(("br", "hr", "img"))
_KEPT = frozenset(
    "a blockquote br caption dd dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr img li ol p pre"  # noqa: SIM905
    " table td th tr ul".split()
)
#: Pictures no wider or higher than this show nothing.
_SPACER = 3
#: Deeper than this no text is nested; the tags below are left out, their text stays.
_MAX_DEPTH = 120


def serialize(walk: Walk, start: int, end: int) -> Iterator[str]:
    """Yield the pieces of the fragment; an element that reaches beyond the range leaves its boundary."""
    depth = 0
    written: set[int] = set()
    kinds, elements, texts, ends, _ = walk
    for index in range(start, end):
        kind, element, at = kinds[index], elements[index], ends[index]
        if kind == TEXT:
            yield escape(texts[index], quote=False)
        elif kind == OPEN:
            tag = _start_tag(element)
            if at >= end:
                yield "<hr>" if element.tag in BLOCKS else ""
            elif tag and depth < _MAX_DEPTH:
                depth += 1
                written.add(index)
                yield tag
            elif element.tag in BLOCKS:
                yield "<hr>"
        elif at in written:
            depth -= 1
            yield _end_tag(element)
        elif element.tag in BLOCKS:
            yield "<hr>"


def _start_tag(element: etree._Element) -> str:
    """Return the tag that stands for an element in a fragment; empty for what text does not need."""
    tag = str(element.tag)
    if tag == "a":
        appendix = ' appendix="true"' if (element.get("appendix") or "").lower() == "true" else ""
        return f'<a href="{escape(element.get("href") or "")}"{appendix}>'
    if tag == "img":
        if _is_spacer(element):
            return ""
        return f'<img src="{escape(element.get("src") or "")}" alt="{escape(element.get("alt") or "")}">'
    if tag in BLOCKS:
        name = tag if tag in _KEPT else "div"
        mark = ' id="appendix"' if (element.get("id") or "").lower() == "appendix" else ""
        centered = ' align="center"' if _is_centered(element) else ""
        return f"<{name}{mark}{centered}>"
    if tag == "span" and (element.get("id") or "").lower() == "appendix":
        return '<div id="appendix">'
    return "<br>" if tag == "br" else ""


def _end_tag(element: etree._Element) -> str:
    tag = str(element.tag)
    if tag in _VOID:
        return ""
    if tag in _KEPT:
        return f"</{tag}>"
    return "</div>"


def _is_spacer(element: etree._Element) -> bool:
    """Whether an image only holds a place: a point of a few pixels."""
    sizes = (element.get("width") or "", element.get("height") or "")
    return any(size.isascii() and size.isdigit() and len(size) < 5 and int(size) <= _SPACER for size in sizes)


def _is_centered(element: etree._Element) -> bool:
    if element.tag == "center" or (element.get("align") or "").lower() == "center":
        return True
    style = element.get("style")
    return style is not None and bool(_CENTERED.search(style[:4000]))
