"""The state of an archive for Prometheus: a text file for node-exporter's textfile collector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from archive.errors import StorageError
from archive.health.findings import Alarm, Kind
from archive.health.looks import Asked
from archive.health.operation import PROBE, SUCCESSES
from archive.health.survey import Health, SourceHealth
from archive.quality import FIELDS


def write(health: Health, alarms: Iterable[Alarm], path: Path) -> None:
    """Write the state and the alarms that stand to a file, whole at any moment. Raises StorageError."""
    registry = CollectorRegistry()
    Gauges(registry).fill(health, alarms)
    try:
        # Written beside it and renamed: the collector never reads half a file.
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}; name another file") from error


class Gauges:
    """Every metric of the archive, with its help. Times are seconds since 1970, shares are 0 to 1."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        source = ("source",)
        section = ("source", "section")
        mode = ("source", "mode")
        self._checked = self._gauge("checked_timestamp_seconds", "When health was looked at last")
        self._alarms = self._gauge("alarms", "Alarms that stand", ("source", "kind"))
        self._alarm = self._gauge(
            "alarm_raised_timestamp_seconds",
            "When an alarm that stands was raised",
            ("source", "kind", "section", "field"),
        )
        self._newest = self._gauge("section_newest_timestamp_seconds", "Newest publication date", section)
        self._silence = self._gauge("section_silence_days", "Days since the newest article", section)
        self._late = self._gauge("section_late_after_days", "Days of silence that raise an alarm", section)
        self._volume = self._gauge("section_articles_28d", "Articles of the last 28 days", section)
        self._field = self._gauge(
            "field_coverage_ratio", "Share of the recently read pages with the field", ("source", "field")
        )
        self._unclaimed = self._gauge(
            "pages_unclaimed_ratio", "Share of the recently read pages that no template claims", source
        )
        self._started = self._gauge("run_started_timestamp_seconds", "Start of the last run", mode)
        self._succeeded = self._gauge("run_succeeded_timestamp_seconds", "Start of the last success", mode)
        self._responses = self._gauge(
            "run_responses", "Requests of the last run by status, 0 for no answer", ("source", "status")
        )
        self._gaps = self._gauge("open_gaps", "Walks over listings that have not arrived", source)
        self._failed = self._gauge("failed_addresses", "Addresses that failed three times or more", source)
        self._free = self._gauge("disk_free_bytes", "Space left for the data folder")
        self._growth = self._gauge("growth_bytes_per_day", "Growth of the archive over the last week")

    def _gauge(self, name: str, words: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"cas_archive_{name}", words, labels, registry=self._registry)

    def fill(self, health: Health, alarms: Iterable[Alarm]) -> None:
        """Set every metric."""
        self._checked.set(health.checked_at.timestamp())
        for source in health.sources:
            self._of_sections(source)
            self._of_pages(source)
            self._of_operation(source)
        self._of_alarms(health, list(alarms))
        self._free.set(health.disk.free)
        if health.disk.growth is not None:
            self._growth.set(health.disk.growth)

    def _of_alarms(self, health: Health, alarms: list[Alarm]) -> None:
        for source in ("", *(s.source for s in health.sources)):
            # A series that is 0 before it is 1 lets a rule see the change.
            for kind in Kind:
                if (source == "") is (kind is Kind.DISK):
                    self._alarms.labels(source, kind).set(0)
        for (name, kind), count in Counter((a.source, a.kind) for a in alarms).items():
            self._alarms.labels(name, kind).set(count)
        for alarm in alarms:
            labels = (alarm.source, alarm.kind, alarm.section or "", alarm.field or "")
            self._alarm.labels(*labels).set(alarm.raised_at.timestamp())

    def _of_sections(self, health: SourceHealth) -> None:
        for section in health.sections:
            labels = (section.source, section.folder)
            self._newest.labels(*labels).set(_seconds(section.newest))
            self._silence.labels(*labels).set(section.silent)
            self._volume.labels(*labels).set(section.volume)
            if section.late_after is not None and not section.ended:
                self._late.labels(*labels).set(section.late_after)

    def _of_pages(self, health: SourceHealth) -> None:
        asked = [group for group in health.pages.asked if group.now is not None]
        if pages := sum(group.count for group in asked):
            for name in FIELDS:
                self._field.labels(health.source, name).set(_with(asked, name) / pages)
            unclaimed = sum(group.count for group in asked if group.now and not group.now.is_claimed)
            self._unclaimed.labels(health.source).set(unclaimed / pages)

    def _of_operation(self, health: SourceHealth) -> None:
        facts, source = health.operation, health.source
        for run in reversed(facts.runs):
            if run.mode == PROBE:
                continue
            self._started.labels(source, run.mode).set(run.started.timestamp())
            if run.outcome in SUCCESSES:
                self._succeeded.labels(source, run.mode).set(run.started.timestamp())
        if facts.answers:
            for status, count in facts.answers.by_status.items():
                self._responses.labels(source, str(status or 0)).set(count)
        self._gaps.labels(source).set(len(facts.walks))
        self._failed.labels(source).set(facts.failed.count)


def _with(asked: Iterable[Asked], name: str) -> int:
    return sum(group.count for group in asked if group.now and name in group.now.found)


def _seconds(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()
