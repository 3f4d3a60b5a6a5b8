"""The commands that read articles: search, show, stats, export, config."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from archive.cli.shell import (
    ContactsOption,
    DataOption,
    JsonOption,
    LimitOption,
    app,
    config_app,
    configuration,
    note,
    opened,
    out,
    parse_date,
    print_json,
)


class Sort(StrEnum):
    """Order of search results."""

    RELEVANCE = "relevance"
    DATE = "date"


class ShowFormat(StrEnum):
    """How `show` prints an article."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


class ExportFormat(StrEnum):
    """What `export` writes."""

    JSONL = "jsonl"


@app.command(
    rich_help_panel="Read",
    epilog="Example: cas-archive search '\"gravitational waves\" -Mars' --from 2015-01-01 --sort date",
)
def search(
    words: Annotated[
        list[str],
        typer.Argument(help='Words; "a phrase"; -without; one OR other; begin*.', show_default=False),
    ],
    section: Annotated[str | None, typer.Option(help="Label or folder of a section.")] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="Published on or after YYYY-MM-DD.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="DATE", help="Published on or before YYYY-MM-DD.")] = None,
    source_name: Annotated[str | None, typer.Option(help="Who published it first, such as Xinhua.")] = None,
    sort: Annotated[Sort, typer.Option(help="Best first, or newest first.")] = Sort.RELEVANCE,
    limit: LimitOption = 10,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Find articles. A query that starts with "-" goes behind "--": cas-archive search -- moon -Mars."""
    from archive.query import ArticleQuery, find  # noqa: PLC0415

    query = ArticleQuery(
        text=" ".join(words),
        section=section,
        date_from=parse_date(from_) if from_ else None,
        date_to=parse_date(to) if to else None,
        source_name=source_name,
        sort=sort.value,
        limit=limit,
    )
    with opened(data) as database:
        hits = find(database, query)
    if as_json:
        print_json(hits)
        return
    if not hits.total:
        out.print("No article matches. Try fewer words, or begin* for words that begin so.")
    for number, hit in enumerate(hits.hits, 1):
        out.print(Text.assemble((f"{number:>2}. ", "dim"), (hit.title, "bold")))
        facts = " · ".join(str(fact) for fact in (hit.published, hit.section, hit.id) if fact)
        out.print(Text(f"    {facts}", "cyan"))
        snippet = Text("    " + hit.snippet.text)
        for start, end in hit.snippet.spans:
            snippet.stylize("bold yellow", start + 4, end + 4)
        out.print(snippet)
        out.print(Text(f"    {hit.url}", "dim"))
    if hits.total > len(hits.hits):
        out.print(f"{len(hits.hits)} of {hits.total} articles; --limit shows more.")
    elif hits.total:
        out.print(f"{hits.total} article{'s' * (hits.total != 1)}.")


@app.command(rich_help_panel="Read", epilog="Example: cas-archive show cas-english-80493 --format markdown")
def show(
    name: Annotated[str, typer.Argument(metavar="ID|URL", help="Id, document number or any address of it.")],
    format_: Annotated[ShowFormat, typer.Option("--format", help="How to print it.")] = ShowFormat.TEXT,
    contacts: ContactsOption = False,
    data: DataOption = None,
) -> None:
    """Print one article. JSON is the record that `export` writes; only there --contacts has a place."""
    from archive import export as exports  # noqa: PLC0415
    from archive.query import get_article  # noqa: PLC0415

    with opened(data) as database:
        article = get_article(database, name)
    if format_ is ShowFormat.JSON:
        out.print_json(json.dumps(exports.record(article, contacts=contacts), ensure_ascii=False))
    elif format_ is ShowFormat.MARKDOWN:
        out.print(Text(exports.markdown(article)))
    elif format_ is ShowFormat.HTML:
        typer.echo(exports.html(article))
    else:
        out.print(Text(exports.text(article)))


@app.command(rich_help_panel="Read", epilog="Example: cas-archive stats --json")
def stats(as_json: JsonOption = False, data: DataOption = None) -> None:
    """Say how much is kept, from when to when, in which sections."""
    from archive import query  # noqa: PLC0415

    with opened(data) as database:
        facts = query.stats(database)
    if as_json:
        print_json(facts)
        return
    table = Table(show_header=False, box=None)
    for name in ("articles", "versions", "captures", "addresses", "runs"):
        table.add_row(name, f"{getattr(facts, name):,}")
    table.add_row("published", f"{facts.first_published} to {facts.last_published}")
    out.print(table)
    for title, counts in (
        ("section", facts.by_section), ("year", facts.by_year), ("template", facts.by_template),
    ):  # fmt: skip
        table = Table(title, "articles", box=None)
        table.columns[1].justify = "right"
        for name, count in counts.items():
            table.add_row(str(name), f"{count:,}")
        out.print(table)


@app.command(rich_help_panel="Read", epilog="Example: cas-archive export --format jsonl -o newsroom.jsonl")
def export(
    words: Annotated[
        list[str] | None, typer.Argument(help="Only what this query finds; without one everything.")
    ] = None,
    format_: Annotated[ExportFormat, typer.Option("--format", help="What to write.")] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; without one standard output.")
    ] = None,
    contacts: ContactsOption = False,
    data: DataOption = None,
) -> None:
    """Write articles out, one JSON object a line."""
    from archive import export as exports  # noqa: PLC0415
    from archive.query import ArticleQuery, articles  # noqa: PLC0415

    query = ArticleQuery(text=" ".join(words)) if words else None
    with opened(data) as database:
        if output is None:
            exports.jsonl(articles(database, query), sys.stdout, contacts=contacts)
        else:
            count = exports.write_jsonl(articles(database, query), output, contacts=contacts)
            note(f"{count} articles written to {output}")


@config_app.command("show", epilog="Example: cas-archive config show")
def config_show(as_json: JsonOption = False, data: DataOption = None) -> None:
    """Print every setting, its value, and where it came from."""
    lines = configuration(data).settings()
    if as_json:
        print_json(lines)
        return
    table = Table("setting", "value", "from", "meaning", box=None)
    for line in lines:
        table.add_row(line.name, "" if line.value is None else str(line.value), line.origin, line.description)
    out.print(table)
