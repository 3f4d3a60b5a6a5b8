"""What the commands that extract again do and print: comparison, promotion, sets, disagreement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from archive.cli import ExitCode, note, out
from archive.db import Database
from archive.errors import NotFoundError
from archive.query import Coverage, Part, coverage, extractions, weakest
from archive.store import promotion
from archive.store.furniture import furniture_in_force
from archive.store.promotion import PROVENANCE, Applied, Rules
from crawler import reextract, sources
from crawler.disagreement import measure, sample
from crawler.pages import EXTRACTOR
from crawler.pages.furniture import FurnitureTable
from crawler.reextract import Comparison
from crawler.sources import SourceConfig

#: Articles that a report names of those that are new, lost or damaged.
SHOWN = 5


def kept_sources(database: Database, wanted: str | None) -> list[SourceConfig]:
    """Return the source that was asked for, or every one of which something is kept."""
    kept = extractions.sources(database)
    if wanted is None:
        return [sources.load(name) for name in kept]
    source = sources.load(wanted)
    if source.id not in kept:
        raise NotFoundError(f"nothing is kept of the source {wanted!r}; kept: {', '.join(kept) or 'none'}")
    return [source]


def progress(total: int, label: str) -> tuple[Progress, Any]:
    """Return a progress display on standard error; in a log it shows nothing."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    display = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    return display, display.add_task(label, total=total)


def again(  # noqa: PLR0913 - what was asked for
    database: Database,
    source: SourceConfig,
    *,
    since: datetime | None,
    jobs: int,
    learn: bool,
    promote: bool,
    as_json: bool,
) -> ExitCode:
    """Read a source again, say what would change, and make it so if that is asked for."""
    stored = reextract.articles(database, source, since)
    kept = furniture_in_force(database, source.id)
    table = reextract.learn_furniture(database, source, stored) if learn else kept
    display, task = progress(len(stored), f"reading {source.id}")
    with Comparison(database, source, since) as comparison:
        with display:
            for batch in reextract.read(database.warcs, source, stored, jobs=jobs, table=table):
                comparison.take(batch)
                display.update(task, advance=len(batch.urls))
        applied = None
        if promote and (comparison.changed or comparison.relabelled or comparison.new or table != kept):
            config = {"since": since.date().isoformat() if since else None}
            rules = Rules(extractor=EXTRACTOR, furniture=table, config=config)
            applied = promotion.promote(database, source, comparison.proposals(), rules)
        if as_json:
            typer.echo(json.dumps(summary(source, comparison, applied), ensure_ascii=False, indent=2))
        else:
            _print_comparison(source, comparison, applied)
    if comparison.damaged:
        note(f"cas-archive: {len(comparison.damaged)} captures are damaged; restore their WARC files")
        return ExitCode.INCOMPLETE
    return ExitCode.DONE


def summary(source: SourceConfig, comparison: Comparison, applied: Applied | None) -> dict[str, Any]:
    """Return what a comparison found as plain JSON values."""
    return {
        "source": source.id,
        "extractor": EXTRACTOR,
        "articles": comparison.articles,
        "versions": comparison.versions,
        "changed": comparison.changed,
        "relabelled": comparison.relabelled,
        "fields": dict(comparison.fields.most_common()),
        "templates": [
            {"old": old, "new": new, "versions": count} for (old, new), count in comparison.templates.items()
        ],
        "new": comparison.new,
        "lost": [{"url": url, "reason": reason} for url, reason in comparison.lost],
        "damaged": [{"url": url, "reason": reason} for url, reason in comparison.damaged],
        "examples": {name: [asdict(e) for e in found] for name, found in comparison.examples.items()},
        "promoted": asdict(applied) if applied else None,
    }


def _print_comparison(source: SourceConfig, comparison: Comparison, applied: Applied | None) -> None:
    c = comparison
    out.print(
        f"{source.id}: {c.versions} versions at {c.articles} addresses read again by the rules {EXTRACTOR}"
    )
    said = {name: count for name, count in c.fields.most_common() if name not in PROVENANCE}
    _fact("differ", f"{c.changed} versions" + (f": {_counts(said)}" if said else ""))
    how = {name: count for name, count in c.fields.most_common() if name in PROVENANCE - {"digest"}}
    _fact("read by", f"{c.relabelled} more say the same and name other rules" if c.relabelled else "")
    _fact("", _counts(how) if how else "")
    for (old, new), count in c.templates.most_common(SHOWN):
        _fact("template", f"{old} → {new}: {count} versions")
    _some("new", [f"{url} could not be read before" for url in c.new])
    _some("lost", [f"{url} no longer reads ({reason}) and stays as it is" for url, reason in c.lost])
    _some("damaged", [f"{url}: {reason}" for url, reason in c.damaged])
    for name, examples in c.examples.items():
        for example in examples:
            out.print(Text.assemble((f"  {name}", "bold"), f"  {example.url}"))
            out.print(Text.assemble(("    - ", "red"), example.old))
            out.print(Text.assemble(("    + ", "green"), example.new))
    if applied:
        _print_applied("promoted as", applied)
    elif c.changed or c.relabelled or c.new:
        out.print("Nothing was changed. `cas-archive reextract --promote` makes it so.")
    else:
        out.print("Nothing would change.")


def _print_applied(what: str, applied: Applied) -> None:
    out.print(
        f"{what} set {applied.number}: {applied.versions} versions, {applied.articles} articles"
        + (f"; {applied.left} were written anew in the meantime and left" if applied.left else "")
    )


def _some(name: str, lines: list[str]) -> None:
    for line in lines[:SHOWN]:
        _fact(name, line)
    if len(lines) > SHOWN:
        _fact(name, f"… and {len(lines) - SHOWN} more: --json names them all")


def _counts(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{name} {count}" for name, count in counts.items())


def _fact(name: str, value: str) -> None:
    if value:
        out.print(Text.assemble((f"  {name:<9} ", "dim"), value))


def quality(database: Database, part: Part, *, limit: int, as_json: bool) -> None:
    """Print the articles that can be trusted least, and which share of all has which field."""
    weak, covered = weakest(database, part, limit), coverage(database, part)
    if as_json:
        plain = {"worst": [asdict(one) for one in weak], "coverage": asdict(covered)}
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))
        return
    for one in weak:
        out.print(Text.assemble((f"{one.quality.score:>3}  ", "bold red"), one.title))
        facts = " · ".join(str(f) for f in (one.published, one.section, one.template, one.id) if f)
        out.print(Text(f"     {facts}", "cyan"))
        out.print(Text(f"     {', '.join(one.quality.reasons)}"))
    if not weak:
        out.print("Nothing speaks against any article.")
    _coverage("all", (covered.whole,), limit)
    _coverage("by section", covered.by_section, limit)
    _coverage("by template", covered.by_template, limit)
    _coverage("by month", covered.by_month, limit)


def _coverage(title: str, groups: Sequence[Coverage], limit: int) -> None:
    """Print a line a group: how many articles, their mean score, and each field's share in per cent."""
    out.print(Text(f"\n{title}", "bold"))
    for group in groups[:limit]:
        name = group.group or ("" if title == "all" else "(none)")
        out.print(
            Text.assemble((f"  {name}", "cyan"), f"  {group.articles} articles, score {group.score:.0f}")
        )
        everywhere = [field for field, share in group.shares.items() if share == 1]
        some = [f"{field} {100 * share:.0f}" for field, share in group.shares.items() if 0 < share < 1]
        never = [field for field, share in group.shares.items() if share == 0]
        for what, fields in (("all", everywhere), ("%", some), ("none", never)):
            if fields:
                out.print(Text(f"    {what:<5}{' · '.join(fields)}", "dim" if what == "none" else ""))
    if len(groups) > limit:
        out.print(f"  … and {len(groups) - limit} more: --limit or --json shows them")


def disagreement(database: Database, source: SourceConfig, *, size: int, limit: int, as_json: bool) -> None:
    """Compare kept texts with the generic path on a sample, and print where they disagree most."""
    require_warcs(database.warcs)
    ids = sample(database, source, size)
    display, task = progress(len(ids), f"comparing {source.id}")
    found = []
    with display:
        for one in measure(database, source, ids):
            found.append(one)
            display.update(task, advance=1)
    found.sort(key=lambda one: (one.agreement, one.id))
    mean = sum(one.agreement for one in found) / len(found) if found else 0.0
    if as_json:
        plain = {
            "sample": len(found),
            "agreement": round(mean, 4),
            "worst": [asdict(d) for d in found[:limit]],
        }
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    out.print(f"{source.id}: kept texts and the generic path agree to {mean:.3f} on {len(found)} articles")
    table = Table("agreement", "only kept", "only generic", "template", "score", "id", box=None)
    for one in found[:limit]:
        figures = (one.agreement, one.kept_only, one.generic_only)
        table.add_row(*(f"{value:.2f}" for value in figures), one.template, str(one.score), one.id)
    out.print(table)


def roll_back(database: Database, number: int) -> None:
    """Take a promoted set back and say what that did."""
    found = next((p for p in extractions.promotions(database) if p.number == number), None)
    if found is None:
        raise NotFoundError(f"there is no set {number}; `cas-archive reextract --list` shows them")
    _print_applied("rolled back", promotion.roll_back(database, sources.load(found.source), number))


def print_furniture(database: Database, source: SourceConfig, *, limit: int, as_json: bool) -> None:
    """Print the furniture table that a source's pages are read with, its commonest blocks first."""
    kept = furniture_in_force(database, source.id)
    if as_json:
        typer.echo(kept.content if kept else "null")
        return
    if kept is None:
        out.print(f"{source.id}: no table is in force; `cas-archive reextract --learn --promote` makes one")
        return
    table = FurnitureTable.from_json(kept.content, number=kept.number)
    out.print(f"{source.id}: table {table.number}, {len(table.blocks)} blocks from {table.pages} pages")
    for block in table.blocks[:limit]:
        seen = f"{block.first_seen:%Y-%m-%d} to {block.last_seen:%Y-%m-%d}"
        out.print(Text.assemble((f"  {block.pages:>6} pages  {seen}  ", "dim"), block.sample))


def print_sets(database: Database, *, as_json: bool) -> None:
    """List the promoted sets, newest first."""
    sets = extractions.promotions(database)
    if as_json:
        plain = [asdict(one) for one in sets]
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))
        return
    if not sets:
        out.print("No set was promoted yet.")
        return
    table = Table(
        "set", "source", "promoted (UTC)", "rules", "furniture", "versions", "articles", "stands", box=None
    )
    for one in sets:
        taken_back = f"rolled back {one.rolled_back_at:%Y-%m-%d %H:%M}" if one.rolled_back_at else "yes"
        table.add_row(
            str(one.number),
            one.source,
            f"{one.promoted_at:%Y-%m-%d %H:%M}",
            one.extractor,
            str(one.furniture or ""),
            str(one.counts.get("versions", 0)),
            str(one.counts.get("articles", 0)),
            taken_back,
        )
    out.print(table)


def require_warcs(folder: Path) -> None:
    """Refuse to go on without the bytes: everything would look lost."""
    if not folder.is_dir():
        raise NotFoundError(f"there is no WARC folder {folder}; put it back beside the database")
