"""The commands of runs that nobody starts: schedule, and its run, daemon and install."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from archive.cli import DataOption, ExitCode, JsonOption, app, configuration, note, out
from archive.cli.health import tell_operator
from crawler.cli.fetching import MirrorOption
from crawler.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive.config import Configuration
    from crawler.schedule.install import Job
    from crawler.schedule.rounds import Event, Schedule
    from crawler.sources import SourceConfig

schedule_app = typer.Typer(invoke_without_command=True)
app.add_typer(schedule_app, name="schedule", rich_help_panel="Crawl")

SourcesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source", metavar="ID", help="Only this source; may be given again.  [default: every one]"
    ),
]


@schedule_app.callback(epilog="Example: cas-archive schedule --json")
def schedule(
    context: typer.Context,
    source: SourcesOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show what is due by source and mode, when it last ran and succeeded; or run what is due.

    Intervals, windows and budgets stand in the source's file. Times are UTC.
    """
    if context.invoked_subcommand is not None:
        if source or as_json or data:
            name = context.invoked_subcommand
            raise typer.BadParameter(f"put the options behind the word: cas-archive schedule {name} …")
        return
    from crawler.schedule import report  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    plan = _schedule(source, data)
    turns = plan.turns()
    if as_json:
        typer.echo(json.dumps([report.plain(turn) for turn in turns], ensure_ascii=False, indent=2))
        return
    for config in plan.sources:
        out.print(f"{config.id}, windows by the clocks of {config.zone}")
        out.print(report.table(turn for turn in turns if turn.source == config.id))
    if not plan.sources:
        out.print("No source has a timetable: write [schedule.new] into its file.")


@schedule_app.command("run", epilog="Example: cas-archive schedule run --dry-run")
def run_(
    source: SourcesOption = None,
    mirror: MirrorOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the commands.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when nothing is due.")] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Run what is due, one crawl after another, each in its own process.

    Ends with the worst code of its crawls; a source that is being crawled already is no failure.
    Ctrl-C lets the crawl under way end cleanly.
    """
    from crawler.schedule import report  # noqa: PLC0415
    from crawler.schedule.crawl import Stop  # noqa: PLC0415
    from crawler.schedule.rounds import worst  # noqa: PLC0415

    plan = _schedule(source, data, mirror, tell=report.say, output=sys.stderr if as_json else None)
    if dry_run:
        commands = plan.commands()
        _report(commands, [shlex.join(words) for words in commands], as_json=as_json, quiet=quiet)
        return
    _require_contact(configuration(data), mirror)
    with Stop() as stop:
        done = plan.round(stop)
        stopped = [ExitCode.STOPPED] * stop.asked
    plain = [asdict(one) | {"verdict": one.verdict.name.lower().replace("_", "-")} for one in done]
    lines = [f"{len(done)} {'crawl' if len(done) == 1 else 'crawls'} made"] if done else []
    _report(plain, lines, as_json=as_json, quiet=quiet)
    raise typer.Exit(worst([one.verdict for one in done] + stopped))


@schedule_app.command(epilog="Example: CAS_ARCHIVE_CONTACT=you@example.org cas-archive schedule daemon")
def daemon(
    source: SourcesOption = None,
    mirror: MirrorOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Stay, and run whatever falls due: for containers. One line an event, to standard error.

    SIGTERM and Ctrl-C let the crawl under way end cleanly. Several may stand beside one another: a source is
    crawled by one of them at a time.
    """
    from crawler.schedule import report  # noqa: PLC0415
    from crawler.schedule.crawl import Stop  # noqa: PLC0415

    plan = _schedule(source, data, mirror, tell=report.log_json if as_json else report.say)
    _require_contact(configuration(data), mirror)
    if not plan.sources:
        raise SetupError("no source has a timetable: write [schedule.new] into its file")
    with Stop() as stop:
        plan.keep_on(stop)


@schedule_app.command(epilog="Example: cas-archive schedule install --systemd --user --data /srv/cas")
def install(
    systemd: Annotated[bool, typer.Option("--systemd", help="Write a service and its timer.")] = False,
    cron: Annotated[bool, typer.Option("--cron", help="Write a line for cron.")] = False,
    user: Annotated[bool, typer.Option("--user", help="For your own account, not for the machine.")] = False,
    account: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who runs the crawls.  [default: owner of the data folder]"),
    ] = None,
    source: SourcesOption = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write into this folder; - prints.")
    ] = None,
    print_: Annotated[bool, typer.Option("--print", help="Print, write nothing.")] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Make the machine run what is due: looks every quarter of an hour. Can be said again at any time.

    Settings given in the environment or in a file now hold for these runs too.
    """
    from crawler.schedule import install as writing  # noqa: PLC0415

    if systemd == cron:
        raise typer.BadParameter("say --systemd or --cron")
    if user and account:
        raise typer.BadParameter("--account is for the machine's timers: leave it or --user out")
    settings = configuration(data)
    _require_contact(settings, None)
    words = [word for one in _sources(source) if source for word in ("--source", one.id)]
    job = _job(settings, words, None if user else account or writing.owner(settings.config.data))
    plan = (writing.for_systemd if systemd else writing.for_cron)(job, None if print_ else output, user=user)
    printing = print_ or output == Path("-")
    changed = [] if printing else writing.put(plan)
    if as_json:
        files = {str(file): text for file, text in plan.files.items()}
        document = {"files": files, "changed": list(map(str, changed)), "next": plan.next}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if printing:
        typer.echo("\n".join(f"# {file}\n{text}" for file, text in plan.files.items()), nl=False)
    for file in () if printing else plan.files:
        note(f"{file}: {'written' if file in changed else 'is as it should be'}")
    note("\n".join(("Next:", *(f"  {line}" for line in plan.next))))


def _job(settings: Configuration, words: list[str], account: str | None) -> Job:
    """Return what a timer starts: this interpreter, and the settings that hold here and now."""
    from crawler.schedule.install import Job  # noqa: PLC0415

    environment = {}
    for setting in settings.settings():
        kind, _, where = setting.origin.partition(" ")
        if kind == "file":
            environment["CAS_ARCHIVE_CONFIG"] = str(Path(where).absolute())
        elif kind == "environment" and setting.name not in ("data", "now"):
            environment[where] = str(setting.value)
    data = settings.config.data.absolute()
    command = [sys.executable, "-m", "crawler", "schedule", "run", "--quiet", *words, "--data", str(data)]
    return Job(command, environment, data, account)


def _sources(names: Iterable[str] | None) -> list[SourceConfig]:
    """Return the sources that were named, else every one that has a timetable. Raises SourceError."""
    from crawler import sources  # noqa: PLC0415 - the help must not wait

    if names:
        chosen = [sources.load(name) for name in dict.fromkeys(names)]
        for one in chosen:
            if not one.schedule:
                raise SetupError(f"{one.id} has no timetable: write [schedule.new] into its file")
        return chosen
    return [one for one in map(sources.load, sources.names()) if one.schedule]


def _schedule(
    names: list[str] | None,
    data: Path | None,
    mirror: str | None = None,
    *,
    tell: Callable[[Event], None] | None = None,
    output: TextIO | None = None,
) -> Schedule:
    from crawler.schedule.rounds import Schedule  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    config = configuration(data).config
    return Schedule(
        sources=_sources(names),
        data=config.data,
        mirror=mirror,
        clock=config.clock(),
        tell=tell or (lambda event: None),
        output=output,
        after=lambda: tell_operator(config),
    )


def _require_contact(settings: Configuration, mirror: str | None) -> None:
    if mirror is None and settings.config.contact is None:
        raise SetupError(
            "live crawls need an address the site can write to: set CAS_ARCHIVE_CONTACT=you@example.org"
            ' or contact = "…" in cas-archive.toml'
        )


def _report(plain: list[Any], lines: Sequence[str], *, as_json: bool, quiet: bool) -> None:
    """Print what was done as JSON, or as lines; without any, that nothing is due."""
    if as_json:
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2, default=str))
    elif lines:
        typer.echo("\n".join(lines))
    elif not quiet:
        typer.echo("Nothing is due; `cas-archive schedule` shows what comes next.")
