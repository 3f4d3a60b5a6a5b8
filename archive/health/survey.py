"""The state of an archive: facts are gathered, then judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archive.db import Database
from archive.errors import BadInputError
from archive.health import facts, readings
from archive.health.findings import Finding
from archive.health.looks import PageFacts
from archive.health.operation import (
    Disk,
    OperationFacts,
    RunFacts,
    judge_disk,
    judge_operation,
    listing_runs,
)
from archive.health.pages import judge_pages
from archive.health.sections import Section, judge_sections, measure
from archive.models import SourceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """A source as it is now."""

    source: str
    sections: tuple[Section, ...]
    pages: PageFacts
    operation: OperationFacts
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The archive as it is now."""

    checked_at: datetime
    sources: tuple[SourceHealth, ...]
    disk: Disk
    #: Everything an operator should look at, that of the whole archive last.
    findings: tuple[Finding, ...]


def survey(database: Database, source: str | None, now: datetime) -> Health:
    """Return how the archive is.

    source: None: all of them. Raises BadInputError for a source of which nothing is kept.
    """
    runs = facts.run_facts(database, now)
    with database.read() as connection:
        known = sorted({*connection.scalars(select(SourceRow.id)), *(run.source for run in runs)})
        if source is not None and source not in known:
            raise BadInputError(
                f"nothing is kept of the source {source!r}; there are: {', '.join(known) or 'none'}"
            )
        sources = tuple(_source(connection, name, runs, now) for name in known if source in (None, name))
        disk = facts.disk_facts(database, connection, now)
    findings = [finding for health in sources for finding in health.findings]
    return Health(checked_at=now, sources=sources, disk=disk, findings=(*findings, *judge_disk(disk)))


def examine(database: Database, source: str | None, now: datetime) -> tuple[Finding, ...]:
    """Return what an operator should look at now. source: None: all of them. Raises BadInputError."""
    return survey(database, source, now).findings


def after_run(database: Database, run_pk: int, now: datetime) -> tuple[Finding, ...]:
    """Return what is unusual about the pages of one run, which may be under way; cheap.

    Looks at drift, coverage and extraction only: `record` what it returns with clear=False.
    """
    runs = facts.run_facts(database, now)
    chosen = [run for run in runs if run.id == run_pk]
    if not chosen:
        return ()
    source = chosen[0].source
    own = [run for run in runs if run.source == source and run.id <= run_pk]
    with database.read() as connection:
        return judge_pages(readings.page_facts(connection, source, own, chosen, now))


def _source(connection: Connection, source: str, runs: Sequence[RunFacts], now: datetime) -> SourceHealth:
    operation = facts.operation_facts(connection, source, runs)
    listed = listing_runs(operation)
    until = listed[0].started.date() if listed else now.date()
    found = (measure(section, until) for section in facts.section_facts(connection, source, now))
    sections = tuple(section for section in found if section is not None)
    recent = readings.recent(operation.runs, now)
    pages = readings.page_facts(connection, source, operation.runs, recent, now)
    since = listed[-1].started.date() if listed else None
    return SourceHealth(
        source=source,
        sections=sections,
        pages=pages,
        operation=operation,
        findings=(
            *judge_pages(pages),
            *judge_sections(sections, since),
            *judge_operation(operation, now),
        ),
    )
