"""The half of the command `cas-archive` that only reads; works with Scrapy not installed.

    shell      the application, its options and exit codes
    reading    search, show, stats, export, config
    ledger     runs: what crawls did
    manners    what they asked of the site
    coverage   how complete the archive is
    health     whether all is well

`crawler.cli` adds the commands that fetch and extract. Wording, colours and exit codes are decided in
these two rooms and nowhere below.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.cli import coverage, health, ledger, manners, reading
from archive.cli.shell import (
    DataOption,
    ExitCode,
    JsonOption,
    LimitOption,
    app,
    configuration,
    note,
    opened,
    out,
    parse_date,
    print_json,
    run,
)

__all__ = [
    "DataOption",
    "ExitCode",
    "JsonOption",
    "LimitOption",
    "app",
    "configuration",
    "coverage",
    "health",
    "ledger",
    "main",
    "manners",
    "note",
    "opened",
    "out",
    "parse_date",
    "print_json",
    "reading",
    "run",
]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the reading commands alone: what works with Scrapy not installed."""
    raise SystemExit(run(app, arguments))
