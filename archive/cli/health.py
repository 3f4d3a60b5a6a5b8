"""The command that tells whether all is well: health."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from archive.cli.shell import DataOption, ExitCode, JsonOption, app, configuration, note, opened, out
from archive.errors import ArchiveError, BadInputError

if TYPE_CHECKING:
    from archive.config import Config
    from archive.health import Alarm, Changes, Health, Section, SourceHealth


@app.command(
    rich_help_panel="Watch",
    epilog="Example: cas-archive health --notify --prometheus /var/lib/node_exporter/cas-archive.prom",
)
def health(
    source: Annotated[str | None, typer.Option("--source", metavar="ID", help="This source only.")] = None,
    notify: Annotated[
        bool,
        typer.Option(
            "--notify",
            help="Tell the setting alarm_command or alarm_webhook what was raised and what was cleared.",
        ),
    ] = False,
    prometheus: Annotated[
        Path | None,
        typer.Option(
            "--prometheus", metavar="FILE", help="Write metrics for node-exporter's textfile collector."
        ),
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(
            "--examples",
            metavar="DIR",
            help="Save example pages of every alarm there (otherwise of new alarms, in DATA/health).",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> ExitCode:
    """Tell whether runs, sections and pages are as they use to be. Ends with 1 when an alarm stands."""
    from archive import health as rooms  # noqa: PLC0415 - the help must not wait for SQLAlchemy

    config = configuration(data).config
    if notify and not (config.alarm_command or config.alarm_webhook):
        raise BadInputError(
            "--notify needs somebody to tell: set CAS_ARCHIVE_ALARM_COMMAND or CAS_ARCHIVE_ALARM_WEBHOOK,"
            " or alarm_command or alarm_webhook in cas-archive.toml"
        )
    now = config.clock()()
    with opened(data, write=True) as database:
        state = rooms.survey(database, source, now)
        looked_at = [rooms.WHOLE_ARCHIVE, *(s.source for s in state.sources)]
        changes = rooms.record(database, state.findings, now, sources=looked_at)
        saved = _save(database, state, changes, examples)
        if prometheus is not None:
            from archive.health.prometheus import write  # noqa: PLC0415 - only here is its library needed

            write(state, rooms.standing(database), prometheus)
        if as_json:
            typer.echo(
                json.dumps(_document(state, changes, saved), ensure_ascii=False, indent=2, default=str)
            )
        else:
            _print(state, changes, saved)
        if notify:
            rooms.notify(database, command=config.alarm_command, webhook=config.alarm_webhook, now=now)
    return ExitCode.FAILED if changes.raised or changes.standing else ExitCode.DONE


def tell_operator(config: Config) -> None:
    """Look whether all is well and tell the operator of what is not, when there is somebody to tell.

    For whoever runs crawls unattended: that it fails is said, and ends nothing.
    """
    from archive import health as rooms  # noqa: PLC0415 - the help must not wait for SQLAlchemy
    from archive.db import FILE_NAME  # noqa: PLC0415

    if not (config.alarm_command or config.alarm_webhook) or not (config.data / FILE_NAME).exists():
        return
    now = config.clock()()
    try:
        with opened(config.data, write=True) as database:
            state = rooms.survey(database, None, now)
            looked_at = [rooms.WHOLE_ARCHIVE, *(s.source for s in state.sources)]
            changes = rooms.record(database, state.findings, now, sources=looked_at)
            _save(database, state, changes, None)
            rooms.notify(database, command=config.alarm_command, webhook=config.alarm_webhook, now=now)
    except ArchiveError as error:
        note(f"cas-archive: whether all is well could not be told: {error}")


def _save(database: Any, state: Health, changes: Changes, folder: Path | None) -> tuple[Path, ...]:
    """Save example pages; that one cannot be read is said and hides no alarm."""
    from archive.health import FOLDER, save_examples  # noqa: PLC0415

    raised = {alarm.key for alarm in changes.raised}
    findings = [finding for finding in state.findings if folder or finding.key in raised]
    try:
        return save_examples(database, findings, folder or database.folder / FOLDER)
    except ArchiveError as error:
        note(f"cas-archive: example pages could not be saved: {error}")
        return ()


def _document(state: Health, changes: Changes, saved: Sequence[Path]) -> dict[str, Any]:
    alarms = (*changes.standing, *changes.raised)
    return {
        "checked_at": state.checked_at,
        "healthy": not alarms,
        "alarms": [asdict(alarm) | {"is_new": alarm in changes.raised} for alarm in alarms],
        "cleared": [asdict(alarm) for alarm in changes.cleared],
        "examples": [str(path) for path in saved],
        "disk": asdict(state.disk) | {"days": state.disk.days},
        "sources": [_source(source) for source in state.sources],
    }


def _source(source: SourceHealth) -> dict[str, Any]:
    operation = source.operation
    return {
        "source": source.source,
        "sections": [asdict(s) | {"is_late": s.is_late, "usual": s.usual} for s in source.sections],
        "answers": asdict(operation.answers) if operation.answers else None,
        "open_gaps": [asdict(walk) for walk in operation.walks],
        "failed": asdict(operation.failed),
    }


def _print(state: Health, changes: Changes, saved: Sequence[Path]) -> None:
    for source in state.sources:
        _sections(source)
    free = f"{state.disk.free / 2**30:.1f} GiB left on disk"
    days = state.disk.days
    # Further than ten years nobody sees.
    soon = days is not None and days < 3650
    out.print(free + (f", enough for {days:.0f} days at the present growth" if soon else ""))
    for word, alarms in (("new", changes.raised), ("stands", changes.standing), ("cleared", changes.cleared)):
        _alarms(word, alarms)
    for folder in sorted({path.parent for path in saved}):
        out.print(Text.assemble(("example pages  ", "dim"), str(folder)))
    if not changes.raised and not changes.standing:
        out.print("No alarm stands.")


def _sections(source: SourceHealth) -> None:
    living = [section for section in source.sections if not section.ended]
    table = Table(title=source.source, title_justify="left", box=None, padding=(0, 1))
    table.add_column("section", overflow="fold")
    for column in ("newest", "silent", "late after", "28 days", "usual"):
        table.add_column(column, justify="right", no_wrap=True)
    for section in living:
        table.add_row(*_row(section), style="red" if section.is_late else "")
    if living:
        out.print(table)
    if ended := len(source.sections) - len(living):
        out.print(Text(f" {ended} sections have ended, nothing new is expected of them", "dim"))


def _row(section: Section) -> Iterable[str]:
    yield section.folder
    yield str(section.newest)
    yield f"{section.silent} d"
    yield "" if section.late_after is None else f"{section.late_after:.0f} d"
    yield str(section.volume)
    yield "" if section.usual is None else f"{section.usual:.0f}"


def _alarms(word: str, alarms: Iterable[Alarm]) -> None:
    for alarm in alarms:
        style = "green" if alarm.cleared_at else "red"
        what = " ".join(filter(None, (alarm.source, alarm.section, alarm.field)))
        out.print(Text.assemble((f"{word:<8}", style), (f"{alarm.kind}  ", "bold"), what))
        since = f"since {alarm.raised_at:%Y-%m-%d %H:%M} UTC"
        for line in filter(None, (alarm.message, alarm.url, since)):
            out.print(Padding(Text(line), (0, 0, 0, 8)), soft_wrap=False)
