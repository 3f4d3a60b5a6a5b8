"""What a run calls at its end, so that a redesign is told by the run that saw it."""

from __future__ import annotations

from datetime import datetime

from archive.db import Database
from archive.health.alarms import record
from archive.health.examples import FOLDER, save_examples
from archive.health.findings import Finding
from archive.health.survey import after_run


def watch(database: Database, run_pk: int, now: datetime) -> tuple[Finding, ...]:
    """Look at the pages of a run: keep alarms, save example pages of new ones; return what was found.

    The run may be under way. Clears nothing: that is for those who `examine` everything.
    Raises StorageError or WarcError when example pages cannot be saved; the alarms are kept then.
    """
    findings = after_run(database, run_pk, now)
    if findings:
        changes = record(database, findings, now, clear=False)
        raised = {alarm.key for alarm in changes.raised}
        new = [finding for finding in findings if finding.key in raised]
        save_examples(database, new, database.folder / FOLDER)
    return findings
