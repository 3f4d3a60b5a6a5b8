"""The commands that tell what crawls did: runs, runs show, runs failures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from archive.cli.figures import fact, plural, rough_span, size, span
from archive.cli.manners import answers, print_asked
from archive.cli.shell import (
    DataOption,
    JsonOption,
    LimitOption,
    app,
    configuration,
    note,
    opened,
    out,
    print_json,
)

if TYPE_CHECKING:
    from archive.clock import Clock
    from archive.db import Database
    from archive.query import Account, FailedAddress, Run
    from archive.query.ledger import ListingWalk, Page

runs_app = typer.Typer(invoke_without_command=True)
app.add_typer(runs_app, name="runs", rich_help_panel="Watch")

RunArgument = Annotated[int, typer.Argument(metavar="ID", help="Number of a run, as `runs` lists it.")]

# Failed addresses that the text shows.
_SHOWN = 50


@runs_app.callback(epilog="Example: cas-archive runs --limit 5, then: cas-archive runs show 12")
def runs(
    context: typer.Context, limit: LimitOption = 20, as_json: JsonOption = False, data: DataOption = None
) -> None:
    """List the runs, newest first: when, how they ended, what they brought."""
    from archive import query  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    if context.invoked_subcommand:
        _require_no_options(context)
        return
    with opened(data) as database:
        ledger = query.runs(database, limit, clock=_clock())
    if as_json:
        print_json(ledger)
    else:
        _print_runs(ledger)


def _require_no_options(context: typer.Context) -> None:
    """Refuse options before a subcommand: they would go unheard, and --data would name another archive."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            command = context.invoked_subcommand
            raise typer.BadParameter(f"write options behind the command: cas-archive runs {command} …")


def _clock() -> Clock:
    return configuration().config.clock()


def _print_runs(ledger: Sequence[Run]) -> None:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    sources = {run.source for run in ledger}
    table.add_column("run", no_wrap=True, justify="right")
    if len(sources) > 1:
        # The figures are what the ledger is read for: in a narrow window this column gives way.
        table.add_column("source", overflow="ellipsis", min_width=6)
    for column in ("mode", "started (UTC)", "took", "ended"):
        table.add_column(column, no_wrap=True)
    for column in ("new", "changed", "same", "failed"):
        table.add_column(column, no_wrap=True, justify="right", min_width=len(column))
    for run in ledger:
        table.add_row(
            str(run.id),
            *([run.source] if len(sources) > 1 else []),
            run.mode,
            f"{run.started:%Y-%m-%d %H:%M}",
            rough_span(run.took.total_seconds()) if run.took else "",
            run.outcome,
            *(str(run.counts.get(name, 0)) for name in ("new", "changed", "unchanged")),
            str(len(run.failures)),
        )
    if len(sources) == 1:
        out.print(f"Runs of {', '.join(sources)}, the newest first:")
    out.print(table)


@runs_app.command(epilog="Example: cas-archive runs show 12")
def show(run: RunArgument, as_json: JsonOption = False, data: DataOption = None) -> None:
    """Show one run in full: what for, how it ended, what failed, what was slow, what it asked of the site."""
    from archive import query  # noqa: PLC0415

    with opened(data) as database:
        account = query.account(database, run, clock=_clock())
    if as_json:
        print_json(account)
    else:
        _print_account(account)


def _print_account(account: Account) -> None:
    run = account.run
    out.print(Text.assemble((f"Run {run.id}", "bold"), f" of {run.source}: {run.mode}, {run.outcome}"))
    fact("started", f"{run.started:%Y-%m-%d %H:%M:%S} UTC")
    if run.ended:
        alive = " (last sign of life)" if run.outcome == "killed" else ""
        fact("ended", f"{run.ended:%Y-%m-%d %H:%M:%S} UTC{alive}, after {span(account.seconds)}")
    else:
        fact("alive", f"{run.noted:%Y-%m-%d %H:%M:%S} UTC")
    fact("configuration", _joined((name, _plain(value)) for name, value in run.config.items() if value))
    fact("counts", _joined((name, f"{count:,}") for name, count in run.counts.items() if count))
    fact("answers", answers(account.statuses))
    if account.reasons:
        out.print(Text("Failures", "bold"))
    for reason in account.reasons:
        out.print(f"  {reason.count:>5,} {reason.reason}")
        for url in reason.urls:
            out.print(Text(f"        {url}", "dim"))
    if any(reason.count > len(reason.urls) for reason in account.reasons):
        out.print(f"  All of them: cas-archive runs failures {run.id}")
    _print_walks(account.walks, run.id)
    _print_pages("Slowest pages", account.slowest)
    _print_pages("Largest pages", account.largest)
    print_asked(account.asked)


def _print_walks(walks: Sequence[ListingWalk], run: int) -> None:
    if not walks:
        return
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("  section", overflow="fold")
    for column in ("pages", "entries", "known", "new"):
        table.add_column(column, no_wrap=True, justify="right")
    table.add_column("complete", overflow="fold", min_width=12)
    for walk in walks:
        figures = (f"{walk.pages} of {walk.total}", f"{walk.entries}", f"{walk.known}", f"{walk.new}")
        table.add_row(f"  {walk.section}", *figures, _completeness(walk, run))
    out.print(Text("Listings", "bold"))
    out.print(table)


def _completeness(walk: ListingWalk, run: int) -> str:
    if walk.is_open_gap:
        return "open gap" + (f": {walk.trouble}" if walk.trouble else "")
    if walk.ended is None:
        return "under way"
    later = f", by run {walk.last_run}" if walk.last_run != run else ""
    return f"{walk.proof or ''}{later}"


def _print_pages(title: str, pages: Sequence[Page]) -> None:
    if not pages:
        return
    out.print(Text(title, "bold"))
    for page in pages:
        figures = f"  {span(page.seconds):>8} {size(page.size):>8} {page.status or '':>4}  "
        out.print(Text.assemble(figures, (page.url, "dim")))


def _joined(facts: Iterable[tuple[str, str]]) -> str:
    return " · ".join(f"{name} {value}" for name, value in facts)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


@runs_app.command(epilog="Example: cas-archive runs failures --retry")
def failures(
    run: Annotated[
        int | None, typer.Argument(metavar="[ID]", help="A run; without one what is failed now.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Let what is failed now be due at once, however often it failed.")
    ] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """List what could not be fetched or read, and why; now, or in one run."""
    from archive import query  # noqa: PLC0415

    with opened(data, write=retry) as database:
        if run is None:
            failed = query.failed_addresses(database)
            print_json(failed) if as_json else _print_failed(failed)
        else:
            of_run = query.get_run(database, run, clock=_clock())
            print_json(of_run.failures) if as_json else _print_failures(of_run)
        if retry:
            count = _retry(database, {one.url for one in of_run.failures} if run is not None else None)
            due = f"{plural(count, 'failed address', 'failed addresses')} due at once"
            note(f"{due}; `cas-archive crawl` asks again" if count else "nothing to try again")


def _retry(database: Database, urls: Collection[str] | None) -> int:
    """Let what is failed now be due at once, all of it or only some addresses; return how many there are."""
    from archive import query  # noqa: PLC0415
    from archive.frontier import Frontier  # noqa: PLC0415

    chosen: dict[str, list[str]] = {}
    for one in query.failed_addresses(database):
        if urls is None or one.url in urls:
            chosen.setdefault(one.source, []).append(one.url)
    now = _clock()()
    with database.write() as connection:
        return sum(Frontier(connection, source, now).retry(theirs) for source, theirs in chosen.items())


def _print_failed(failed: Sequence[FailedAddress]) -> None:
    if not failed:
        out.print("No address is failed.")
        return
    out.print(f"{plural(len(failed), 'address', 'addresses')} could not be fetched or read:")
    for one in failed[:_SHOWN]:
        out.print(f"  {one.url}")
        tried = f"{one.reason}; {one.kind}, {plural(one.attempts, 'attempt')}"
        due = f", not before {one.not_before:%Y-%m-%d %H:%M} UTC" if one.not_before else ""
        out.print(Text(f"      {tried}{due}", "dim"))
    _print_more(len(failed))


def _print_failures(run: Run) -> None:
    if not run.failures:
        out.print(f"Nothing failed in run {run.id}.")
    for one in run.failures[:_SHOWN]:
        out.print(f"  {one.url}")
        reason = f"{one.reason}: {one.detail}" if one.detail else one.reason
        out.print(Text(f"      {reason}, {one.at:%Y-%m-%d %H:%M:%S} UTC", "dim"))
    _print_more(len(run.failures))


def _print_more(count: int) -> None:
    if count > _SHOWN:
        out.print(f"… and {count - _SHOWN:,} more: --json has all of them.")
