"""What every command of `cas-archive` shares: the application, its options, exit codes and complaints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from enum import IntEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup
from typer.exceptions import TyperException

from archive import config as settings
from archive.errors import ArchiveError, BadInputError, BadQueryError, RunningError


class ExitCode(IntEnum):
    """What the command says to whoever started it; documented in the README."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NO_ENTRIES = 3
    INCOMPLETE = 4
    UNREACHABLE = 5
    STOPPED = 6
    BUDGET = 7
    RUNNING = 8


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

#: Panels of the help, from what most people want to what few do.
PANELS = ("Read", "Crawl", "Watch", "Maintain")

EXIT_CODES = (
    "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 the listings gave no entries · "
    "4 finished, but pages could not be fetched · 5 the site cannot be reached · 6 stopped before the end · "
    "7 stopped by its budget · 8 another run of the source is under way."
)


class Commands(TyperGroup):
    """The commands in the order of their panels, within one in the order of their modules."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands as the help shows them."""

        def place(name: str) -> int:
            panel = getattr(self.commands[name], "rich_help_panel", None)
            return PANELS.index(panel) if panel in PANELS else len(PANELS)

        return sorted(super().list_commands(ctx), key=place)


app = typer.Typer(
    name="cas-archive",
    cls=Commands,
    help="Archive of the newsroom of the Chinese Academy of Sciences: exact bytes, clean text, searchable.",
    epilog=f"Start with: cas-archive crawl --limit 20, then: cas-archive search quantum.\n\n{EXIT_CODES}",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(no_args_is_help=True, help="Settings of this installation.")
app.add_typer(config_app, name="config", rich_help_panel="Maintain")

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
    except RunningError as error:
        return _complain(str(error), ExitCode.RUNNING)
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
