"""The commands that tell what crawls did: runs."""

from __future__ import annotations

from rich.table import Table

from archive.cli.shell import DataOption, JsonOption, LimitOption, app, opened, out, print_json


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
