"""Judging how the archive is run: runs, answers of the site, gaps, failed addresses, disk.

Pure: values in, findings out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.health.chance import MIN_PAGES, usual_pause
from archive.health.findings import WHOLE_ARCHIVE, Finding, Kind
from archive.runs import KILLED, RUNNING

#: Outcomes of runs that did what they were to do: read the listings from the top.
SUCCESSES = frozenset(("finished", "incomplete", "budget"))
FAILURES = frozenset(("failed", "no-entries", "unreachable", "refused"))
#: A mode of runs that look only.
PROBE = "probe"
#: The mode that brings what is new.
NEW = "new"
#: Statuses with which a site says that it does not want to be asked.
REFUSALS = frozenset((401, 403, 407, 412, 418, 429, 451))
#: Share of a run's requests from which refusals, and failures of the server, are alarming.
REFUSED_SHARE, UNANSWERED_SHARE = 0.02, 0.05
#: A walk to the last page may take some nights; without a page read for so long it is stuck.
STUCK = timedelta(days=2)
#: A run is overdue after twice its usual pause, and never sooner than so much after it.
OVERDUE, SLACK = 2, timedelta(hours=1)
#: Space that must be left, in bytes, and time at the present growth.
MIN_FREE, MIN_DAYS = 2**30, 14


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One line of the ledger, as far as health goes."""

    id: int
    source: str
    mode: str
    started: datetime
    #: As the ledger tells it, `running` and `killed` included.
    outcome: str
    #: Last sign of life.
    noted: datetime


@dataclass(frozen=True, slots=True)
class Answers:
    """What the site answered in one run: requests by status; None: no answer."""

    run: int
    by_status: Mapping[int | None, int]
    #: First address by status.
    urls: Mapping[int | None, str]


@dataclass(frozen=True, slots=True)
class OpenWalk:
    """A walk over a section's listings that has not arrived."""

    folder: str
    began: datetime
    #: When its last page so far was read; None: none was.
    last_read: datetime | None
    #: Whether it goes to the last page whatever is known.
    full: bool
    #: Why the next page could not be read; None: nothing is in the way.
    trouble: str | None
    next_url: str | None


@dataclass(frozen=True, slots=True)
class FailedPages:
    """Addresses that could not be fetched, attempt after attempt."""

    count: int = 0
    reasons: tuple[str, ...] = ()
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """Space for the archive, in bytes."""

    free: int
    #: Bytes a day, over the last week; None: too short a time to tell.
    growth: float | None

    @property
    def days(self) -> float | None:
        """Days until it is full at the present growth; None: it does not grow, or cannot be told."""
        return self.free / self.growth if self.growth else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFacts:
    """How a source is collected."""

    source: str
    #: Newest first.
    runs: tuple[RunFacts, ...]
    #: Of the newest run that asked for anything.
    answers: Answers | None
    walks: tuple[OpenWalk, ...]
    failed: FailedPages


def judge_operation(facts: OperationFacts, now: datetime) -> tuple[Finding, ...]:
    """Return what is wrong with the way a source is collected."""
    return tuple(
        finding for judge in (_runs, _overdue, _answers, _gaps, _failed) for finding in judge(facts, now)
    )


def judge_disk(disk: Disk) -> tuple[Finding, ...]:
    """Return whether the disk is about to be full."""
    if disk.free >= MIN_FREE and (disk.days is None or disk.days >= MIN_DAYS):
        return ()
    left = f", enough for {disk.days:.0f} days at the present growth" if disk.days is not None else ""
    message = f"{disk.free / 2**30:.1f} GiB are left on the disk of the data folder{left}"
    return (Finding(source=WHOLE_ARCHIVE, kind=Kind.DISK, message=message),)


def listing_runs(facts: OperationFacts) -> list[RunFacts]:
    """Return the runs that read listings to some end, newest first."""
    return [run for run in facts.runs if run.outcome in SUCCESSES and run.mode not in (PROBE, "recheck")]


def _runs(facts: OperationFacts, now: datetime) -> Iterator[Finding]:
    newest: dict[str, RunFacts] = {}
    for run in facts.runs:
        if run.outcome != RUNNING and run.mode != PROBE:
            newest.setdefault(run.mode, run)
    for kind, outcomes, word in (
        (Kind.FAILED_RUN, FAILURES, "failed"),
        (Kind.KILLED_RUN, {KILLED}, "was killed"),
    ):
        bad = [run for _, run in sorted(newest.items()) if run.outcome in outcomes]
        told = ", ".join(
            f"run {run.id} ({run.mode}, {run.started:%Y-%m-%d %H:%M} UTC: {run.outcome})" for run in bad
        )
        if bad:
            yield Finding(source=facts.source, kind=kind, message=f"the last run {word}: {told}")


def _overdue(facts: OperationFacts, now: datetime) -> Iterator[Finding]:
    starts = [run.started for run in facts.runs if run.mode == NEW and run.outcome in SUCCESSES]
    pause = usual_pause(start.timestamp() for start in starts)
    if pause is None:
        return
    allowed = max(timedelta(seconds=OVERDUE * pause), timedelta(seconds=pause) + SLACK)
    silent = now - max(starts)
    if silent > allowed:
        yield Finding(
            source=facts.source,
            kind=Kind.OVERDUE,
            message=f"no run for new articles has succeeded for {_time(silent)}; "
            f"one every {_time(timedelta(seconds=pause))} is usual",
        )


def _answers(facts: OperationFacts, now: datetime) -> Iterator[Finding]:
    if facts.answers is None:
        return
    counts = facts.answers.by_status
    refused = [status for status in counts if status in REFUSALS]
    unanswered = [status for status in counts if status is None or status >= 500]
    for kind, statuses, share, words in (
        (Kind.REFUSED, refused, REFUSED_SHARE, "were refused"),
        (Kind.UNANSWERED, unanswered, UNANSWERED_SHARE, "got no proper answer"),
    ):
        bad, of = sum(counts[status] for status in statuses), sum(counts.values())
        if bad >= MIN_PAGES and bad >= share * of:
            told = ", ".join(f"{status or 'none'} x {counts[status]}" for status in statuses)
            yield Finding(
                source=facts.source,
                kind=kind,
                url=facts.answers.urls[statuses[0]],
                message=f"{bad} of {of} requests of run {facts.answers.run} {words} ({told})",
            )


def _gaps(facts: OperationFacts, now: datetime) -> Iterator[Finding]:
    by_folder: dict[str, list[OpenWalk]] = {}
    for walk in facts.walks:
        if walk.trouble or not walk.full or now - (walk.last_read or walk.began) > STUCK:
            by_folder.setdefault(walk.folder, []).append(walk)
    for folder, walks in sorted(by_folder.items()):
        first = walks[0]
        why = f": {first.trouble}" if first.trouble else ""
        yield Finding(
            source=facts.source,
            kind=Kind.GAP,
            section=folder,
            url=first.next_url,
            message=f"the listings of {folder} were not read to a known article "
            f"since {first.began:%Y-%m-%d}{why}; articles may be missing",
        )


def _failed(facts: OperationFacts, now: datetime) -> Iterator[Finding]:
    failed = facts.failed
    if failed.count >= MIN_PAGES:
        yield Finding(
            source=facts.source,
            kind=Kind.FAILED_PAGES,
            url=failed.url,
            message=f"{failed.count} addresses could not be fetched ({', '.join(failed.reasons)}); "
            "see `cas-archive runs failures`",
        )


def _time(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
