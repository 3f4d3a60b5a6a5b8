"""Pages with truth: what the bytes are, and what a careful reader finds on them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class NoPagesError(Exception):
    """A folder holds no pages in a form that is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a page holds; None and () where the truth says nothing."""

    #: Blocks or lines of the main text, in order.
    lines: tuple[str, ...] = ()
    #: Lines that may be in the text or not.
    optional: tuple[str, ...] = ()
    #: Fields by name: each the values that are right.
    fields: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    #: Strings that stand on the page and must not be in the text.
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One article or listing: its address, its bytes (one entry a part), its truth."""

    name: str
    url: str
    bodies: tuple[bytes, ...]
    truth: Truth
    is_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Pages that are scored together."""

    name: str
    pages: tuple[Page, ...]


def read_folder(folder: Path, limit: int | None = None) -> Iterator[Collection]:
    """Yield the collections of a folder, or of the folders in it; raises NoPagesError when there are none."""
    if not folder.is_dir():
        raise NoPagesError(f"{folder}: no such folder")
    found = False
    for place in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        reader = _reader(place)
        if reader is not None:
            found = True
            yield Collection(name=place.name, pages=tuple(reader(place))[:limit])
    if not found:
        raise NoPagesError(f"{folder}: neither a ground-truth.json with html/ nor pages with their JSON")


def _reader(folder: Path) -> Any:
    """Return what reads a folder, told by what it holds, never by its name."""
    if (folder / "ground-truth.json").is_file() and (folder / "html").is_dir():
        return _benchmark
    if any("kind" in _json(path) for path in sorted(folder.glob("*.json"))[:1]):
        return _saved
    return None


def _json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text("utf-8"))
    return found if isinstance(found, dict) else {}


def _benchmark(folder: Path) -> Iterator[Page]:
    """Read pages in the form of the public article-extraction-benchmark."""
    for name, truth in _json(folder / "ground-truth.json").items():
        with gzip.open(folder / "html" / f"{name}.html.gz") as file:
            body = file.read()
        lines = tuple(filter(None, truth["articleBody"].split("\n")))
        yield Page(name=name, url=truth["url"], bodies=(body,), truth=Truth(lines=lines))


def _saved(folder: Path) -> Iterator[Page]:
    """Read saved pages, each with a JSON of its truth beside it."""
    for path in sorted(folder.glob("*.json")):
        data = _json(path)
        is_list = data["kind"] == "list"
        url = data.get("url") or f"https://example.org/{path.stem}/{'' if is_list else 'page.html'}"
        truth = _list_truth(data) if is_list else _article_truth(data)
        number = path.stem
        for file in sorted(folder.glob(f"{number}-*.html")):
            yield Page(name=file.stem, url=url, bodies=(file.read_bytes(),), truth=truth, is_list=is_list)


def _article_truth(data: dict[str, Any]) -> Truth:
    fields: dict[str, tuple[Any, ...]] = {}
    if data.get("title"):
        fields["title"] = (data["title"],)
    if data.get("date"):
        fields["date"] = (data["date"][:10],)
    # A page whose truth has no source name must give none.
    fields["source_name"] = (data.get("source_name"),)
    return Truth(
        lines=tuple(filter(None, data["body"].split("\n"))),
        optional=tuple(data.get("optional_lines") or ()),
        fields=fields,
    )


def _list_truth(data: dict[str, Any]) -> Truth:
    entries = tuple((entry["title"], entry.get("date")) for entry in data["entries"])
    fields: dict[str, tuple[Any, ...]] = {"entries": (entries,)}
    if data.get("total_pages"):
        fields["pages"] = (data["total_pages"],)
    return Truth(fields=fields)
