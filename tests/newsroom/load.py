"""The TOML files of the sample newsroom, read into its values."""

from __future__ import annotations

import html
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from tests.newsroom.truth import (
    Article,
    Contact,
    Expected,
    Landing,
    Listed,
    Outcome,
    Related,
    Section,
    absolute,
    day,
)

HERE = Path(__file__).parent

T = TypeVar("T")


@cache
def articles() -> tuple[Article, ...]:
    """Return every article of the sample, in the order of their slugs."""
    found = [article for file in sorted((HERE / "articles").glob("*.toml")) for article in _file(file)]
    addresses = [address for article in found for address in article.addresses]
    twice = {address for address in addresses if addresses.count(address) > 1}
    if twice:
        raise ValueError(f"two articles at one address: {sorted(twice)}")
    return tuple(sorted(found, key=lambda article: article.slug))


def expected() -> dict[str, Expected]:
    """Return the truth of every article by its canonical address."""
    return {article.expected.url: article.expected for article in articles()}


@cache
def sections() -> tuple[Section, ...]:
    """Return the sections of the sample."""
    return tuple(_build(Section, table) for table in _toml(HERE / "sections.toml")["section"])


@cache
def landings() -> tuple[Landing, ...]:
    """Return the landing pages of the sample."""
    return tuple(_build(Landing, table) for table in _toml(HERE / "sections.toml")["landing"])


@cache
def outcomes() -> tuple[Outcome, ...]:
    """Return every address of the sample that gives no article."""
    return tuple(_build(Outcome, table) for table in _toml(HERE / "outcomes.toml")["outcome"])


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file}: {error}") from error


def _file(file: Path) -> Iterator[Article]:
    data = _toml(file)
    try:
        if "article" in data:
            yield from (_short(f"{file.stem}-{number:02}", t) for number, t in enumerate(data["article"]))
        else:
            yield _article(file.stem, data)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{file.name}: {error!r}") from error


def _article(slug: str, data: dict[str, Any]) -> Article:
    listed = {"title": data["title"], "date": data["date"], **data.pop("list", {})}
    bodies = (data.pop("body"), *data.pop("parts", ()))
    return _build(Article, {**data, "slug": slug, "listed": listed, "bodies": bodies})


def _short(slug: str, data: dict[str, Any]) -> Article:
    """Make an article of plain paragraphs from its short form: page and truth follow from `text`."""
    source, editor, text = data.get("source_name"), data.get("editor"), data["text"]
    tags = [f"({source})"] if source else []
    tags += [f"(Editor: {editor})"] if editor else []
    body = "\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in [*text, *tags])
    truth = {
        "url": absolute(data["address"]),
        "title": data["title"],
        "published": day(data["date"]),
        "section": data["section"],
        "source_name": source,
        "editor": editor,
        "keywords": [word for word in data.get("keywords", "").split(";") if word],
        "text": text,
        "absent": ["86-10-68597289", *tags],
    }
    listed = {key: data[key] for key in ("title", "date", "keywords", "abstract", "href") if key in data}
    return _build(
        Article,
        {
            **{key: data[key] for key in ("address", "template", "title", "date")},
            "slug": slug,
            "listed": listed,
            "bodies": (f'<div class="{_CONTAINER[data["template"]]}">\n{body}\n</div>',),
            "expected": truth,
        },
    )


_TRS_EDITOR, _UEDITOR = "TRS_Editor", "trs_editor_view TRS_UEDITOR trs_paper_default trs_web"
_CONTAINER = {"A": _TRS_EDITOR, "B": _TRS_EDITOR, "C": _TRS_EDITOR, "D": _UEDITOR}

_NESTED = {"expected": Expected, "listed": Listed, "related": Related, "contacts": Contact}


def _build(shape: type[T], table: Mapping[str, Any]) -> T:
    """Make a frozen value of a table: arrays become tuples, tables of known fields their own values."""
    unknown = set(table) - set(get_type_hints(shape))
    if unknown:
        raise TypeError(f"{shape.__name__} knows no {', '.join(sorted(unknown))}")
    return shape(**{name: _value(name, value) for name, value in table.items()})


def _value(name: str, value: Any) -> Any:
    if name in _NESTED and isinstance(value, dict):
        return _build(_NESTED[name], value)
    if isinstance(value, list | tuple):
        return tuple(_value(name, one) for one in value)
    return value
