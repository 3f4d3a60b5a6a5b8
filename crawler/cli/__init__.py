"""The command `cas-archive`: everything of `archive.cli`, and what fetches and extracts.

fetching     crawl, probe, extract
rereading    reextract, furniture, quality
schedule     schedule: what is due, run, daemon, install
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.cli import ExitCode, app, note
from archive.cli import run as run_app
from crawler.cli import fetching, rereading, schedule
from crawler.errors import CrawlerError, SetupError, SourceError

__all__ = ["app", "fetching", "main", "rereading", "schedule"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command `cas-archive`."""
    try:
        code = run_app(app, arguments)
    except (SetupError, SourceError) as error:
        note(f"cas-archive: {error}")
        code = ExitCode.USAGE
    except CrawlerError as error:
        note(f"cas-archive: {error}")
        code = ExitCode.FAILED
    raise SystemExit(code)
