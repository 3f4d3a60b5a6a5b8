"""Articles on their way out: JSON lines, plain text, Markdown, HTML. Knows nothing of SQL."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4

import nh3

from archive.errors import StorageError
from archive.items import Block, BlockKind
from archive.query import Article


def record(article: Article, *, contacts: bool = False) -> dict[str, Any]:
    """Return an article as one line of the JSONL export holds it, as plain JSON values.

    contacts: whether the persons that the page names for questions are in it.
    """
    line = _record(article)
    if contacts:
        line["contacts"] = [asdict(contact) for contact in article.contacts]
    return line


def _record(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        "url": article.url,
        "other_urls": list(article.other_urls),
        "source": article.source,
        "section": article.section,
        "breadcrumb": list(article.breadcrumb),
        "language": article.language,
        "title": article.title,
        "published": article.published.isoformat() if article.published else None,
        "source_name": article.source_name,
        "editor": article.editor,
        "author": article.author,
        "photographer": article.photographer,
        "keywords": list(article.keywords),
        "abstract": article.abstract,
        "doi": list(article.dois),
        "journal": list(article.journals),
        "institutes": list(article.institutes),
        "text": article.text,
        "captions": list(article.captions),
        "parts": article.parts,
        "first_seen": article.first_seen.isoformat(),
        "last_changed": article.last_changed.isoformat(),
        "status": article.status,
        "template": article.template,
        "extractor": article.extractor,
        "quality": {"score": article.quality.score, "reasons": list(article.quality.reasons)},
        "capture": {
            "warc": article.capture.warc,
            "offset": article.capture.offset,
            "digest": article.capture.digest,
        },
    }


def jsonl(articles: Iterable[Article], stream: TextIO, *, contacts: bool = False) -> int:
    """Write one JSON object a line; return how many."""
    count = 0
    for article in articles:
        line = record(article, contacts=contacts)
        stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count


def write_jsonl(articles: Iterable[Article], path: Path, *, contacts: bool = False) -> int:
    """Write JSON lines to a file, which is there whole or not at all; return how many lines.

    A pipe or a device is written to as it is. Raises StorageError when nothing can be written.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8", newline="\n") as stream:
                return jsonl(articles, stream, contacts=contacts)
        part = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
        try:
            with part.open("w", encoding="utf-8", newline="\n") as stream:
                count = jsonl(articles, stream, contacts=contacts)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    return count


def text(article: Article) -> str:
    """Return an article for a terminal: what it is, a line of facts, its text, its captions."""
    lines = [article.title, " · ".join(_facts(article)), article.url]
    parts = ["\n".join(filter(None, lines)), *(_plain(block) for block in article.blocks)]
    parts += [f"[{caption}]" for caption in article.captions]
    return "\n\n".join(parts) + "\n"


def markdown(article: Article) -> str:
    """Return an article as Markdown (CommonMark with tables)."""
    parts = [f"# {_escaped(article.title)}", f"*{_escaped(' · '.join(_facts(article)))}*", f"<{article.url}>"]
    parts += [_marked(block) for block in article.blocks]
    parts += [f"*{_escaped(caption)}*" for caption in article.captions]
    return "\n\n".join(part for part in parts if part != "**") + "\n"


_TAGS = {"article", "header", "h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "ol", "ul", "li", "blockquote",
         "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img", "a", "time"}  # fmt: skip
_ATTRIBUTES = {
    "article": {"id", "lang"},
    "a": {"href"},
    "img": {"src", "alt"},
    "time": {"datetime"},
}


def html(article: Article) -> str:
    """Return an article as a piece of HTML that is safe to put into a page, whatever was archived.

    Everything is escaped where it is put together, and sanitised once more at the end.
    """
    head = f"<h1>{_safe(article.title)}</h1><p>{_safe(' · '.join(_facts(article)))}</p>"
    link = f'<p><a href="{_safe(article.url)}">{_safe(article.url)}</a></p>'
    parts = [f"<header>{head}{link}</header>", *map(_tagged, article.blocks), *_figures(article)]
    whole = f'<article id="{_safe(article.id)}" lang="{_safe(article.language or "")}">\n'
    return nh3.clean(
        whole + "\n".join(parts) + "\n</article>",
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )


def _safe(value: str) -> str:
    return escape(value, quote=True)


def _lines(value: str) -> str:
    return "<br>".join(map(_safe, value.splitlines()))


def _tagged(block: Block) -> str:
    if block.kind is BlockKind.HEADING:
        level = min(6, max(2, block.level))
        return f"<h{level}>{_safe(block.text)}</h{level}>"
    if block.kind is BlockKind.LIST:
        tag = "ol" if block.level else "ul"
        entries = "".join(f"<li>{_lines(' '.join(row))}</li>" for row in block.rows)
        return f"<{tag}>{entries}</{tag}>"
    if block.kind is BlockKind.TABLE and block.rows:
        rows = ("".join(f"<td>{_lines(cell)}</td>" for cell in row) for row in block.rows)
        return f"<table><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>"
    if block.kind is BlockKind.QUOTE:
        return f"<blockquote><p>{_lines(block.text)}</p></blockquote>"
    return f"<p>{_lines(block.text)}</p>"


def _figures(article: Article) -> Iterator[str]:
    """Pictures with their captions, then the captions that belong to no picture."""
    for image in article.images:
        caption = f"<figcaption>{_safe(image.caption)}</figcaption>" if image.caption else ""
        yield f'<figure><img src="{_safe(image.url)}" alt="{_safe(image.caption or "")}">{caption}</figure>'
    shown = {image.caption for image in article.images}
    for caption in article.captions:
        if caption not in shown:
            yield f"<figure><figcaption>{_safe(caption)}</figcaption></figure>"


def _facts(article: Article) -> Iterator[str]:
    if article.published:
        yield article.published.isoformat()
    yield from filter(None, (article.section, article.source_name))
    if article.author:
        yield f"by {article.author}"
    if article.editor:
        yield f"editor: {article.editor}"
    yield article.id


def _plain(block: Block) -> str:
    if block.kind is BlockKind.LIST:
        signs = (f"{n}. " if block.level else "- " for n in range(1, len(block.rows) + 1))
        return "\n".join(sign + " ".join(row) for sign, row in zip(signs, block.rows, strict=True))
    if block.kind is BlockKind.QUOTE:
        return "\n".join(f"    {line}" for line in block.text.splitlines())
    return block.text


def _marked(block: Block) -> str:
    if block.kind is BlockKind.HEADING:
        # The title is the only heading of the first level.
        return "#" * min(6, max(2, block.level)) + " " + _escaped(" ".join(block.text.split()))
    if block.kind is BlockKind.LIST:
        signs = (f"{n}. " if block.level else "- " for n in range(1, len(block.rows) + 1))
        rows = zip(signs, block.rows, strict=True)
        return "\n".join(sign + _escaped(" ".join(" ".join(row).split())) for sign, row in rows)
    if block.kind is BlockKind.TABLE and block.rows:
        return _table(block.rows)
    lines = [_escaped(line) for line in block.text.splitlines()]
    if block.kind is BlockKind.QUOTE:
        return "\n".join(f"> {line}" for line in lines)
    return "  \n".join(lines)


def _table(rows: tuple[tuple[str, ...], ...]) -> str:
    width = max(map(len, rows))
    cells = [[_escaped(" ".join(c.split())).replace("|", "\\|") for c in row] for row in rows]
    padded = [row + [""] * (width - len(row)) for row in cells]
    lines = [padded[0], ["---"] * width, *padded[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


_SPECIAL = str.maketrans({c: "\\" + c for c in "\\`*_[]<>#"})


def _escaped(line: str) -> str:
    """Return a line whose characters mean themselves in Markdown."""
    escaped = line.translate(_SPECIAL)
    if escaped[:2] in ("- ", "+ ") or escaped.partition(". ")[0].isdigit():
        # What would begin a list.
        head, sign, rest = escaped.partition(" ")
        return f"{head[:-1]}\\{head[-1]}{sign}{rest}"
    return escaped
