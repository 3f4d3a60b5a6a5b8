"""The command that tells how the site was treated: manners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from archive.cli.figures import fact, percent, plural, size, span
from archive.cli.shell import DataOption, JsonOption, app, opened, out, parse_date, print_json

if TYPE_CHECKING:
    from archive.query import Asked, Manners

# Runs that the text shows.
_SHOWN_RUNS = 20


@app.command(
    rich_help_panel="Watch", epilog="Example: cas-archive manners --since 2026-11-01, or: --run 12 --json"
)
def manners(
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what was sent on or after YYYY-MM-DD (UTC).")
    ] = None,
    run: Annotated[int | None, typer.Option(metavar="ID", help="Only what that run asked.")] = None,
    source: Annotated[str | None, typer.Option(help="Only what runs of this source asked.")] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Report what was asked of the site: requests, bytes, largest burst, delays kept."""
    from archive import query  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    with opened(data) as database:
        report = query.manners(database, since=parse_date(since) if since else None, run=run, source=source)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _print(report: Manners) -> None:
    if report.first is None:
        out.print("Nothing was asked of the site.")
        return
    out.print(
        f"{plural(report.requests, 'request')}, {size(report.bytes)}, by {plural(len(report.runs), 'run')}, "
        f"{report.first:%Y-%m-%d %H:%M} to {report.last:%Y-%m-%d %H:%M} UTC"
    )
    print_asked(report.hosts)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("run", no_wrap=True, justify="right")
    table.add_column("host", overflow="fold")
    for column in ("asked", "size", "in 10 s", "at once", "shortest", "delay", "kept"):
        table.add_column(column, no_wrap=True, justify="right", min_width=len(column))
    for by_run in report.runs[:_SHOWN_RUNS]:
        for one in by_run.hosts:
            table.add_row(
                str(by_run.run), one.host, f"{one.requests:,}", size(one.bytes), str(one.most_in_10s),
                str(one.most_at_once), span(one.shortest), _delays(one.delays), percent(one.share),
            )  # fmt: skip
    out.print()
    out.print(table)
    if len(report.runs) > _SHOWN_RUNS:
        out.print(f"… and {plural(len(report.runs) - _SHOWN_RUNS, 'earlier run')}: --json has all of them.")


def print_asked(hosts: Sequence[Asked]) -> None:
    """Print what was asked, host by host."""
    for one in hosts:
        out.print(Text(one.host, "bold"))
        robots = f", {one.robots:,} of them of robots.txt" if one.robots else ""
        fact("asked", f"{plural(one.requests, 'request')}{robots}, {size(one.bytes)}")
        fact("answers", answers(one.statuses))
        fact(
            "at most",
            f"{one.most_at_once:,} under way at once, {one.most_in_1s:,} sent within 1 s, "
            f"{one.most_in_10s:,} within 10 s",
        )
        if one.shortest is not None:
            fact("distances", f"shortest {span(one.shortest)}, median {span(one.median)}")
        fact("delay", _kept(one))
        fact("trouble", _troubles(one))


def answers(statuses: Mapping[str, int]) -> str:
    """Return how often which HTTP status came."""
    said = {"none": "no response"}
    return " · ".join(f"{said.get(status, status)}: {count:,}" for status, count in statuses.items())


def _kept(one: Asked) -> str:
    if not one.delays:
        return "none was promised"
    if not one.promised:
        return f"{_delays(one.delays)} promised"
    kept = f"{one.kept:,} of {plural(one.promised, 'distance')}"
    return f"{_delays(one.delays)} promised, kept by {percent(one.share)} ({kept}, the jitter allowed for)"


def _delays(delays: Sequence[float]) -> str:
    if not delays:
        return ""
    ends = sorted({delays[0], delays[-1]})
    return " to ".join(f"{seconds:g}" for seconds in ends) + " s"


def _troubles(one: Asked) -> str:
    if not one.troubles:
        return ""
    troubles = f"{plural(one.troubles, 'time')} a refusal, a server error or a time-out"
    if one.shortest_wait is None:
        return f"{troubles}; nothing was asked afterwards"
    waits = " to ".join(dict.fromkeys((span(one.shortest_wait), span(one.longest_wait))))
    return f"{troubles}; the next request {waits} later"
