"""The visible tree as events, and the events as lines: what a reader sees, in document order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from crawler.pages.text import normalize

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"  # noqa: SIM905
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main marquee"
    " menu nav ol p pre search section summary table tbody td tfoot th thead tr ul xmp".split()
)
#: Elements whose text is set as it is written, line by line.
PLAIN = frozenset(("pre", "listing", "xmp"))
#: What a reader with a working browser never sees: code, and what stands in for players and scripts.
_UNSEEN = frozenset(
    "script style head title template noscript iframe object embed applet video audio canvas svg select"  # noqa: SIM905
    " option button textarea datalist noframes noembed xml annotation annotation-xml".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_HIDDEN_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden)", re.IGNORECASE
)
#: Kinds of events of a walk over the visible tree.
TEXT, OPEN, CLOSE = 0, 1, 2


class Walk(NamedTuple):
    """The visible tree in document order: one entry an event in each of the first four lists.

    Lists side by side rather than objects: there are a thousand events on a page.
    """

    #: TEXT, OPEN or CLOSE.
    kinds: list[int]
    #: Element that opens or closes, or at which the text stands.
    elements: list[etree._Element]
    #: The text; empty for an element.
    texts: list[str]
    #: For an element that opens or closes the index of its other end; 0 for text.
    ends: list[int]
    #: Indexes of elements that open and have a class or an id.
    named: list[int]


@dataclass(slots=True)
class Line:
    """A line as a reader sees it: between two block boundaries or line breaks."""

    text: str
    #: Index of the first and last event of its text.
    first: int
    last: int
    #: The block element that holds it.
    block: etree._Element
    #: Pieces of text, each with the anchor that carries it.
    runs: list[tuple[str, etree._Element | None]] = field(default_factory=list)

    @property
    def heading(self) -> int:
        """Level of the heading it is, 0 when it is none."""
        return _HEADINGS.get(str(self.block.tag), 0)

    @property
    def linked(self) -> bool:
        """Whether nearly all of it is link text."""
        carried = sum(len(text) for text, anchor in self.runs if anchor is not None)
        return carried * 10 >= len(self.text) * 8 and carried > 0


def _is_hidden(element: etree._Element, names: list[str]) -> bool:
    """Whether an element with attributes of these names hides itself and what it holds."""
    if "hidden" in names:
        return True
    return "style" in names and _HIDDEN_STYLE.search((element.get("style") or "")[:4000]) is not None


def walk(root: etree._Element) -> Walk:
    """Return the events of the visible tree, without recursion."""
    kinds: list[int] = []
    elements: list[etree._Element] = []
    texts: list[str] = []
    ends: list[int] = []
    named: list[int] = []
    opened: list[int] = []
    unseen = False
    steps = etree.iterwalk(root, events=("start", "end"))
    for action, element in steps:
        tag = element.tag
        if action == "start":
            # Most elements have no attribute: their names are asked for once.
            if tag in _UNSEEN or ((names := element.keys()) and _is_hidden(element, names)):
                unseen = True
                steps.skip_subtree()
                continue
            at = len(kinds)
            if "class" in names or "id" in names:
                named.append(at)
            opened.append(at)
            kinds.append(OPEN)
            elements.append(element)
            texts.append("")
            ends.append(0)
            text = element.text
        else:
            if unseen:
                unseen = False
                # What is not shown bounds nothing; what stands before it may.
                tag = elements[-1].tag if kinds and kinds[-1] != TEXT else ""
            else:
                start = opened.pop()
                ends[start] = len(kinds)
                kinds.append(CLOSE)
                elements.append(element)
                texts.append("")
                ends.append(start)
            text = element.tail
        # Space at the boundary of a block is none to a reader.
        if text and not (text.isspace() and tag in BLOCKS):
            kinds.append(TEXT)
            elements.append(element)
            texts.append(text)
            ends.append(0)
    return Walk(kinds, elements, texts, ends, named)


def read_lines(walk: Walk) -> Iterator[Line]:
    """Yield the lines of a walk."""
    kinds, elements, texts, _, _ = walk
    blocks: list[etree._Element] = []
    anchors: list[etree._Element] = []
    inline: dict[str, list[etree._Element]] = {"a": anchors, "br": []}
    runs: list[tuple[str, etree._Element | None]] = []
    first = last = 0
    for index, (kind, element, text) in enumerate(zip(kinds, elements, texts, strict=True)):
        if kind == TEXT:
            if not runs:
                if text.isspace():
                    continue
                first = index
            last = index
            runs.append((text, anchors[-1] if anchors else None))
            continue
        tag = element.tag
        around = blocks if tag in BLOCKS else inline.get(tag)
        if around is None:
            continue
        if runs and around is not anchors:
            if line := _line(runs, first, last, blocks):
                yield line
            runs = []
        if kind == OPEN:
            around.append(element)
        else:
            around.pop()
    if runs and (line := _line(runs, first, last, blocks)):
        yield line


def _line(
    runs: list[tuple[str, etree._Element | None]], first: int, last: int, blocks: list[etree._Element]
) -> Line | None:
    text = normalize(runs[0][0] if len(runs) == 1 else "".join([run for run, _ in runs]))
    if not text or not blocks:
        return None
    return Line(text, first, last, blocks[-1], runs)
