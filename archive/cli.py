"""The reading half of the command `cas-archive`: search, show, stats, runs, export, config.

`crawler.cli` adds the commands that fetch and extract. Wording, colours and exit codes are decided
here and nowhere below.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from enum import IntEnum, StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.exceptions import TyperException

from archive import config as settings
from archive.errors import ArchiveError, BadInputError, BadQueryError


class ExitCode(IntEnum):
    """What the command says to whoever started it; documented in the README."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_ENTRIES = 3
    INCOMPLETE = 4
    UNREACHABLE = 5
    STOPPED = 6


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


def parse_date(value: str) -> date:
    """Return the date that was typed; a wrong one is a usage error that says the form."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    # Python takes 20111229 and 2011-W52-4 too; what the message asks for is the only form.
    if day is None or day.isoformat() != value:
        raise typer.BadParameter(f"{value!r} is not a date; write YYYY-MM-DD, such as 2011-12-29")
    return day


DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Folder of the archive.  [default: ./data]", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
ContactsOption = Annotated[
    bool,
    typer.Option("--contacts", help="With the persons that pages name for questions: personal data."),
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")]

EXIT_CODES = (
    "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 the listings gave no entries · "
    "4 finished, but pages could not be fetched · 5 the site cannot be reached · 6 stopped before the end."
)

app = typer.Typer(
    name="cas-archive",
    help="Archive of the newsroom of the Chinese Academy of Sciences: exact bytes, clean text, searchable.",
    epilog=f"Start with: cas-archive crawl --limit 20, then: cas-archive search quantum.\n\n{EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(no_args_is_help=True, help="Settings of this installation.")
app.add_typer(config_app, name="config")

out = Console(highlight=False, soft_wrap=True)


def configuration(data: Path | None = None, **options: Any) -> settings.Configuration:
    """Return the settings in force for one command."""
    return settings.load({"data": data, **options})


@contextmanager
def opened(data: Path | None, *, write: bool = False) -> Iterator[Any]:
    """Open the archive for reading, or for writing too."""
    from archive.db import open_database  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    database = open_database(configuration(data).config.data, read_only=not write)
    try:
        yield database
    finally:
        database.close()


@app.command(
    epilog="Example: cas-archive search '\"gravitational waves\" -Mars' --from 2015-01-01 --sort date"
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


@app.command(epilog="Example: cas-archive show cas-english-80493 --format markdown")
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


@app.command()
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


@app.command()
def runs(limit: LimitOption = 20, as_json: JsonOption = False, data: DataOption = None) -> None:
    """List the runs, newest first: when, how they ended, what they brought."""
    from archive import query  # noqa: PLC0415

    with opened(data) as database:
        ledger = query.runs(database)[:limit]
    if as_json:
        print_json(ledger)
        return
    table = Table(box=None, padding=(0, 1))
    for column in ("run", "source", "started (UTC)", "took", "ended"):
        table.add_column(column, no_wrap=True)
    for column in ("new", "changed", "same", "failed"):
        # The figures are what the ledger is read for: in a narrow window the other columns give way.
        table.add_column(column, no_wrap=True, justify="right", min_width=len(column))
    for run in ledger:
        table.add_row(
            str(run.id),
            run.source,
            f"{run.started:%Y-%m-%d %H:%M}",
            f"{(run.ended - run.started).total_seconds():.0f} s" if run.ended else "",
            run.outcome,
            *(str(run.counts.get(name, 0)) for name in ("new", "changed", "unchanged")),
            str(len(run.failures)),
        )
    out.print(table)


@app.command(epilog="Example: cas-archive export --format jsonl -o newsroom.jsonl")
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


@config_app.command("show")
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


def print_json(value: Any) -> None:
    """Print a frozen value, or a sequence of them, as one JSON document."""
    plain = [asdict(v) for v in value] if isinstance(value, Sequence) else asdict(value)
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))


def note(message: str) -> None:
    """Say something to a person on standard error."""
    typer.echo(message, err=True)


def run(application: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors become one clear line."""
    # What is printed is UTF-8 wherever it goes: JSON has to be, and the texts are in two scripts.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = application(
            args=None if arguments is None else list(arguments),
            prog_name="cas-archive",
            standalone_mode=False,
        )
    except TyperException as error:
        return _complain(_usage(error), error.exit_code)
    except (BadInputError, BadQueryError) as error:
        return _complain(str(error), ExitCode.USAGE)
    except ArchiveError as error:
        return _complain(str(error), ExitCode.FAILED)
    except typer.Abort:
        return _complain("stopped", ExitCode.STOPPED)
    # Typer's word for Ctrl-C.
    return _complain("stopped", ExitCode.STOPPED) if code == 130 else int(code or 0)


def _usage(error: TyperException) -> str:
    message = error.format_message()
    if "no such option" in message.lower():
        message += " (a word that starts with '-' goes behind '--': cas-archive search -- WORDS)"
    return message


def _complain(message: str, code: int) -> int:
    if message:
        note(f"cas-archive: {message}")
    return code


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the reading commands alone: what works with Scrapy not installed."""
    raise SystemExit(run(app, arguments))
