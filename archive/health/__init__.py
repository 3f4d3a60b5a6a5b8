"""The archive's health: whether runs, sections and pages are as they use to be, and who is told when not.

    facts, readings, past   what the database says: SQL, nothing decided
    looks, pages, sections, operation     judging: values in, findings out
    survey              both together: `survey`, `examine`, `after_run`
    alarms              findings kept: raised once, seen again, cleared
    watch               what a run calls at its end
    examples, prometheus, notify   example pages, a metrics file, the operator's command or webhook

Prints nothing, and knows nothing of the crawler: what a run did stands in the database.
"""

from __future__ import annotations

from archive.health.alarms import record, standing
from archive.health.examples import FOLDER, save_examples
from archive.health.findings import WHOLE_ARCHIVE, Alarm, Changes, Example, Finding, Kind
from archive.health.notify import notify
from archive.health.sections import Section
from archive.health.survey import Health, SourceHealth, after_run, examine, survey
from archive.health.watch import watch

__all__ = [
    "FOLDER",
    "WHOLE_ARCHIVE",
    "Alarm",
    "Changes",
    "Example",
    "Finding",
    "Health",
    "Kind",
    "Section",
    "SourceHealth",
    "after_run",
    "examine",
    "notify",
    "record",
    "save_examples",
    "standing",
    "survey",
    "watch",
]
