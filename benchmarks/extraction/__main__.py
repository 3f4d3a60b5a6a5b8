"""The command: `python -m benchmarks.extraction FOLDER [--sample-newsroom]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.extraction import table
from benchmarks.extraction.measure import measure
from benchmarks.extraction.sample import sample_newsroom
from benchmarks.extraction.tools import Tool, tools
from benchmarks.extraction.truth import Collection, NoPagesError, read_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.folder and not options.sample_newsroom:
        parser.error("name a folder of pages, or --sample-newsroom")
    chosen, absent = tools()
    if options.tool:
        chosen = [tool for tool in chosen if any(words in tool.name for words in options.tool)]
    for name in absent:
        print(f"{name} is not installed: left out (make bench installs it)")
    return _run(options, chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("benchmarks.extraction", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="pages with truth, or a folder of such folders")
    parser.add_argument("--sample-newsroom", action="store_true", help="measure on the sample newsroom (too)")
    parser.add_argument("--limit", type=int, metavar="N", help="first N pages of each collection")
    parser.add_argument(
        "--repeat", type=int, default=5, metavar="N", help="timed passes; 0 for none (default 5)"
    )
    parser.add_argument("--tool", action="append", metavar="WORDS", help="only tools with these words")
    parser.add_argument("--failures", action="store_true", help="list pages that ours did not read exactly")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append one line of JSON to a file")
    return parser


def _run(options: argparse.Namespace, chosen: Sequence[Tool]) -> int:
    measured = []
    try:
        for collection in _collections(options):
            results = measure(collection, chosen, options.repeat, _tell)
            _tell("")
            print(table.text(collection, results), flush=True)
            if options.failures:
                print(table.failures(collection, results))
            measured.append((collection, results))
    except NoPagesError as error:
        print(error, file=sys.stderr)
        return 2
    line = table.as_json(measured, chosen)
    if options.json:
        with options.json.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    else:
        print(f"\n{line}")
    return 0


def _collections(options: argparse.Namespace) -> Iterator[Collection]:
    if options.folder:
        yield from read_folder(options.folder, options.limit)
    if options.sample_newsroom:
        yield sample_newsroom(options.limit)


def _tell(words: str) -> None:
    """Show progress on a terminal; a log stays short."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
