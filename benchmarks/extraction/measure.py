"""Every tool over every page of a collection: read once for the scores, then timed passes."""

from __future__ import annotations

import gc
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.extraction import scoring
from benchmarks.extraction.tools import Reading, Tool, prepare
from benchmarks.extraction.truth import Collection, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """How one tool did on one article."""

    page: str
    overlap: scoring.Overlap
    exact: bool
    leaks: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How one tool did on a collection."""

    tool: str
    #: None when the collection holds no articles.
    score: scoring.Score | None
    exact: int
    articles: int
    #: Pages with furniture in the text, and how many pieces in all.
    leaking: int
    leaked: int
    #: Field -> how often right, how often asked.
    fields: dict[str, tuple[int, int]]
    #: Path or template -> pages.
    paths: dict[str, int]
    #: Pages a second of processor time, median of the passes; 0: not timed.
    speed: float = 0.0
    pages: tuple[PageResult, ...] = field(default=(), repr=False)


def measure(
    collection: Collection, tools: Sequence[Tool], repeat: int, tell: Callable[[str], None]
) -> list[Result]:
    """Score every tool on a collection, then time `repeat` passes of each, tool by tool in turn."""
    prepare(collection.pages)
    results = []
    for tool in tools:
        tell(f"{collection.name}: {tool.name}")
        results.append(_result(tool, collection.pages))
    speeds = _speeds(tools, collection.pages, repeat, tell)
    return [_with_speed(result, speed) for result, speed in zip(results, speeds, strict=True)]


def _result(tool: Tool, pages: Sequence[Page]) -> Result:
    fields: Counter[tuple[str, bool]] = Counter()
    scored: list[PageResult] = []
    for page in pages:
        if page.is_list and not tool.lists:
            continue
        reading = tool.read(page)
        fields.update(_fields(page, reading))
        if not page.is_list:
            scored.append(_page_result(page, reading))
    return Result(
        tool=tool.name,
        score=scoring.score([one.overlap for one in scored]) if scored else None,
        exact=sum(one.exact for one in scored),
        articles=len(scored),
        leaking=sum(bool(one.leaks) for one in scored),
        leaked=sum(len(one.leaks) for one in scored),
        fields={name: (fields[name, True], fields[name, True] + fields[name, False]) for name, _ in fields},
        paths=dict(Counter(one.path for one in scored if one.path)),
        pages=tuple(scored),
    )


def _page_result(page: Page, reading: Reading) -> PageResult:
    true = scoring.without(page.truth.lines, page.truth.optional)
    found = scoring.without(reading.text.split("\n"), page.truth.optional)
    everything = "\n".join((*page.truth.lines, *page.truth.optional))
    return PageResult(
        page=page.name,
        overlap=scoring.overlap(true, found),
        exact=scoring.squeeze(true) == scoring.squeeze(found),
        leaks=tuple(scoring.leaks(found, everything, page.truth.absent)),
        path=reading.path,
    )


def _fields(page: Page, reading: Reading) -> list[tuple[str, bool]]:
    """Return for each field that has a truth, and that the tool reads, whether it is right."""
    empty = not reading.fields
    return [
        (name, not empty and _same(reading.fields[name], right))
        for name, right in page.truth.fields.items()
        if name in reading.fields or (empty and reading.path)
    ]


def _same(found: Any, right: Sequence[Any]) -> bool:
    return _folded(found) in [_folded(one) for one in right]


def _folded(value: Any) -> Any:
    """Return a value with white space folded wherever it stands, and None for nothing."""
    if isinstance(value, str):
        return scoring.squeeze(value) or None
    return tuple(map(_folded, value)) or None if isinstance(value, tuple) else value


def _speeds(
    tools: Sequence[Tool], pages: Sequence[Page], repeat: int, tell: Callable[[str], None]
) -> list[float]:
    articles = [page for page in pages if not page.is_list]
    spent: list[list[float]] = [[] for _ in tools]
    for number in range(repeat if articles else 0):
        tell(f"timed pass {number + 1} of {repeat}")
        for tool, times in zip(tools, spent, strict=True):
            gc.collect()
            start = time.process_time()
            for page in articles:
                tool.read(page)
            times.append(time.process_time() - start)
    return [len(articles) / statistics.median(times) if times else 0.0 for times in spent]


def _with_speed(result: Result, speed: float) -> Result:
    values = {name: getattr(result, name) for name in Result.__slots__}
    return Result(**{**values, "speed": speed})
