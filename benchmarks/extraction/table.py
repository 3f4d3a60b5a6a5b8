"""What was measured, as a table for a person and as one line of JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from benchmarks.extraction.measure import Result
from benchmarks.extraction.tools import Tool
from benchmarks.extraction.truth import Collection

_HEAD = (
    f"{'tool':<28}{'precision':>10}{'recall':>8}{'F1':>8}{'±':>7}{'page F1':>9}{'exact':>9}{'leaking':>9}"
    f"{'pages/s':>9}{'ratio':>7}"
)


def text(collection: Collection, results: Sequence[Result]) -> str:
    """Return the table of a collection; the ratio is of speed, to the tool that reads metadata too."""
    articles = sum(not page.is_list for page in collection.pages)
    lines = [f"\n{collection.name}: {articles} articles, {len(collection.pages) - articles} listings", _HEAD]
    peer = next((one.speed for one in results if one.tool == "trafilatura, with metadata"), 0.0)
    lines += [_row(one, peer) for one in results if one.score]
    lines += [f"  {one.tool}, fields: {_fields(one)}" for one in results if one.fields]
    lines += [f"  {one.tool}, by path: {_counts(one.paths)}" for one in results if len(one.paths) > 1]
    return "\n".join(lines)


def _row(one: Result, peer: float) -> str:
    score = one.score
    if score is None:
        return one.tool
    speed = f"{one.speed:>9.1f}" if one.speed else f"{'':>9}"
    ratio = f"{one.speed / peer:>7.1f}" if one.speed and peer else ""
    return (
        f"{one.tool:<28}{score.precision:>10.4f}{score.recall:>8.4f}{score.f1:>8.4f}{score.interval:>7.3f}"
        f"{score.page_f1:>9.4f}{f'{one.exact}/{one.articles}':>9}{f'{one.leaking} ({one.leaked})':>9}"
        f"{speed}{ratio}"
    )


def _fields(one: Result) -> str:
    return "  ".join(f"{name} {right}/{asked}" for name, (right, asked) in one.fields.items())


def _counts(counts: dict[str, int]) -> str:
    return "  ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def failures(collection: Collection, results: Sequence[Result]) -> str:
    """Return every page that a path of ours did not read word for word, worst first, with furniture left."""
    lines = []
    for one in results[:2]:
        lines.append(f"\n{collection.name}, {one.tool}: not exact")
        for page in sorted(one.pages, key=lambda page: page.overlap.f1):
            if not page.exact or page.leaks:
                leaks = f"  left: {list(page.leaks)[:3]}" if page.leaks else ""
                scores = f"P {page.overlap.precision:.3f} R {page.overlap.recall:.3f}"
                lines.append(f"  {page.page[:60]:<60} {scores} {page.path}{leaks}")
    return "\n".join(lines)


def as_json(collections: Sequence[tuple[Collection, Sequence[Result]]], tools: Sequence[Tool]) -> str:
    """Return everything that was measured, with versions and machine, as one line."""
    return json.dumps(
        {
            "machine": _machine(),
            "versions": {"lxml": metadata.version("lxml"), **{tool.name: tool.version for tool in tools}},
            "results": {
                collection.name: {one.tool: _figures(one) for one in results}
                for collection, results in collections
            },
        },
        sort_keys=True,
    )


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }


def _figures(one: Result) -> dict[str, Any]:
    figures: dict[str, Any] = {"fields": one.fields, "pages_per_second": round(one.speed, 2)}
    if one.score:
        figures.update({name: round(value, 5) for name, value in one.score._asdict().items()})
        figures.update(
            exact=one.exact, articles=one.articles, leaking=one.leaking, leaked=one.leaked, paths=one.paths
        )
    return figures
