"""The command that tells how complete the archive is: coverage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from archive.cli.figures import plural
from archive.cli.shell import DataOption, ExitCode, JsonOption, app, configuration, opened, out

if TYPE_CHECKING:
    from archive.query import Completeness, SectionCompleteness
    from archive.query.became import Counts, Lack
    from archive.query.proof import Gap

# Counts that have a column of their own when any section has them, and what the column is called.
_COLUMNS = {"gone": "gone", "none": "none", "failed": "failed", "unfetched": "to do", "parts": "parts"}
_LACKS = {
    "failed": ("article could not be fetched", "articles could not be fetched"),
    "unfetched": ("article is known and was not fetched", "articles are known and were not fetched"),
    "parts": ("part of an article is missing", "parts of articles are missing"),
}


@app.command(
    rich_help_panel="Watch", epilog="Example: cas-archive coverage --section research-news, or: --json"
)
def coverage(
    source: Annotated[str | None, typer.Option("--source", metavar="ID", help="This source only.")] = None,
    section: Annotated[str | None, typer.Option(help="This section only: its id, label or folder.")] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> ExitCode:
    """Tell from when to when each section is complete, how that is proven, and what is not.

    Ends with 4 when something is not proven.
    """
    from archive import query  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    with opened(data) as database:
        found = query.completeness(database, source, section, clock=configuration(data).config.clock())
    if as_json:
        typer.echo(json.dumps(_document(found), ensure_ascii=False, indent=2, default=str))
    else:
        _print(found)
    return ExitCode.DONE if found.is_proven else ExitCode.INCOMPLETE


def _document(found: Completeness) -> dict[str, Any]:
    sections = [asdict(one) | {"is_proven": one.is_proven} for one in found.sections]
    return asdict(found) | {"is_proven": found.is_proven, "sections": sections}


def _print(found: Completeness) -> None:
    if not found.sections:
        out.print("No section was walked: `cas-archive crawl` does that.")
        return
    for source in sorted({one.source for one in found.sections}):
        theirs = [one for one in found.sections if one.source == source]
        _print_table(source, [one for one in theirs if one.state == "walked" or one.complete_to])
    troubles = {(one.source, one.folder): list(_troubles(one)) for one in found.sections}
    open_ = [one for one in found.sections if not one.is_proven and one.state != "never-walked"]
    if open_ or found.unread_landings:
        out.print(Text("Not proven", "bold"))
    for one in open_:
        _print_lines(one.folder, troubles[one.source, one.folder], "red")
    for url in found.unread_landings:
        _print_lines(url, ["it leads to sections and was not read: there may be more of them"], "red")
    _print_folders("Never walked", found.sections, "never-walked")
    _print_folders("Not on the site", found.sections, "absent")
    _print_folders("Moved to another section", found.sections, "moved")
    for one in found.sections:
        if one.is_proven and one.rereading:
            _print_lines(one.folder, troubles[one.source, one.folder], "dim")
    _print_totals(found)


def _print_table(source: str, sections: Sequence[SectionCompleteness]) -> None:
    counted = [name for name in _COLUMNS if any(getattr(one.articles, name) for one in sections)]
    names = ["from", "to", "proof", "listed", "kept", *(_COLUMNS[name] for name in counted)]
    rows = [[*_claim(one), *_figures(one.articles, ["listed", "kept", *counted])] for one in sections]
    widths = [max(len(row[place]) for row in [names, *rows]) for place in range(len(names))]
    width = max(out.width - sum(widths) - len(widths) - 1, 16)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(source, no_wrap=True, width=width)
    for place, name in enumerate(names):
        is_text = name in ("from", "to", "proof")
        table.add_column(name, no_wrap=True, justify="left" if is_text else "right", min_width=widths[place])
    for one, row in zip(sections, rows, strict=True):
        table.add_row(_short(one.folder, width), *row, style="" if one.is_proven else "red")
    if sections:
        out.print(table)


def _claim(one: SectionCompleteness) -> Iterator[str]:
    if one.complete_to is None:
        yield from ("", "", "open")
        return
    yield str(one.complete_from or "")
    yield f"{one.complete_to:%Y-%m-%d}"
    yield one.proof or ""


def _figures(counts: Counts, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        count = getattr(counts, name)
        yield f"{count:,}" if count or name in ("listed", "kept") else ""


def _short(folder: str, width: int) -> str:
    """Return a folder in so many columns: its end tells it from others."""
    return folder if len(folder) <= width else "…" + folder[1 - width :]


def _troubles(one: SectionCompleteness) -> Iterator[str]:
    """Yield what is to be said of a section beside its line."""
    if one.state == "vanished" and one.absent_at:
        last = f"; it was read last on {one.complete_to:%Y-%m-%d}" if one.complete_to else ""
        yield f"the site said on {one.absent_at:%Y-%m-%d} that there is no such section{last}"
    for gap in one.gaps:
        yield from _gap(gap)
    for gap in one.rereading:
        why = f"; next page {gap.next_url}: {gap.trouble}" if gap.trouble else ""
        yield f"also walked {_progress(gap)}, over what is proven{why}"
    yield from _lacks(one.articles, one.lacking)


def _gap(gap: Gap) -> Iterator[str]:
    match gap.after, gap.before:
        case None, None:
            which = "all articles"
        case None, before:
            which = f"articles before {before}"
        case after, None:
            which = f"articles since {after}"
        case after, before:
            which = f"articles between {after} and {before}"
    if gap.opening == "since":
        yield f"{which} were left out by --since"
        return
    yield f"{which} may be missing: the list is read {_progress(gap)}"
    why = f": {gap.trouble}" if gap.trouble else ""
    yield f"next page {gap.next_url}{why}"


def _progress(gap: Gap) -> str:
    pages = f"{gap.pages} of {plural(gap.total, 'page')}" if gap.pages else "no page yet"
    now = ", under way" if gap.is_running else ""
    return f"since {gap.began:%Y-%m-%d %H:%M} UTC, {pages} (run {gap.run}{now})"


def _lacks(counts: Counts, lacking: Iterable[Lack]) -> Iterator[str]:
    for lack in lacking:
        why = f" ({lack.reason})" if lack.reason else ""
        yield f"{plural(getattr(counts, lack.count), *_LACKS[lack.count])}, first {lack.url}{why}"


def _print_lines(title: str, lines: Iterable[str], style: str) -> None:
    out.print(Text(title, style))
    for line in lines:
        out.print(Padding(Text(line), (0, 0, 0, 4)), soft_wrap=False)


def _print_folders(title: str, sections: Iterable[SectionCompleteness], state: str) -> None:
    """Print the folders of sections that have no line, under one title."""
    folders = [one.folder for one in sections if one.state == state and not one.complete_to]
    if folders:
        out.print(Text(title, "bold" if state == "never-walked" else "dim"))
        out.print(Padding(Text("  ".join(folders)), (0, 0, 0, 4)), soft_wrap=False)


def _print_totals(found: Completeness) -> None:
    counts = found.articles
    figures = [f"{counts.kept:,} kept"]
    figures += [f"{counts.gone:,} kept and gone from the site"] if counts.gone else []
    figures += [f"{counts.none:,} gave no article"] if counts.none else []
    figures += [f"{counts.failed:,} failed"] if counts.failed else []
    figures += [f"{counts.unfetched:,} not fetched"] if counts.unfetched else []
    figures += [f"{plural(counts.parts, 'part')} missing"] if counts.parts else []
    out.print(f"{plural(counts.listed, 'article')}: {', '.join(figures)}.", soft_wrap=False)
    proven = sum(one.is_proven for one in found.sections if one.state != "absent")
    all_ = sum(one.state != "absent" for one in found.sections)
    missing = "" if found.is_proven else "; `cas-archive crawl` goes on where lists and articles are open"
    out.print(f"{proven} of {plural(all_, 'section')} proven complete{missing}.", soft_wrap=False)
