"""Judging whether sections bring what they use to bring: freshness and volume.

Pure: values in, findings out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from archive.health.chance import usual_pause
from archive.health.findings import Finding, Kind

#: A section is late when it is silent for so many times its usual pause, and at least so many days.
PATIENCE, MIN_SILENCE = 3, 2
#: A section that is silent for so many times what makes it late has ended; bounded by days.
ENDED, MIN_ENDED, MAX_ENDED = 10, 60, 365
#: Days of a window in which articles are counted; windows of the past that are compared, and needed.
WINDOW, MAX_WINDOWS, MIN_WINDOWS = 28, 12, 6
#: Articles of a usual window below which a section is too small to count.
MIN_VOLUME = 8
#: Times the usual window below and above which a count is unusual, when the past knows no such window.
FEW, MANY = 0.4, 3.0


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """What the listings of a section name, by date of publication; a local date in the source's zone."""

    source: str
    folder: str
    #: Articles by day, of the last years.
    days: Mapping[date, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section against its own rhythm."""

    source: str
    folder: str
    newest: date
    #: Days since then, as of the last run that read the listings.
    silent: int
    #: Days that nine in ten pauses do not exceed; None: too few to tell.
    pause: float | None
    #: Days of silence after which it is late; None: too few pauses to tell.
    late_after: float | None
    #: Whether it is silent for so long that nothing more is expected.
    ended: bool
    #: Articles of the last 28 days, and of each 28 days before them, newest first.
    volume: int
    past: tuple[int, ...]

    @property
    def is_late(self) -> bool:
        """Whether it is silent for longer than its rhythm explains."""
        return self.late_after is not None and self.silent > self.late_after and not self.ended

    @property
    def usual(self) -> float | None:
        """Articles of a usual 28 days; None: too short a past, or too few articles to count."""
        if len(self.past) < MIN_WINDOWS:
            return None
        usual = median(self.past)
        return usual if usual >= MIN_VOLUME else None


def measure(facts: SectionFacts, until: date) -> Section | None:
    """Return a section's rhythm up to the day when its listings were read last; None: nothing has a date."""
    # A date in the future is an event announced, or a slip.
    days = {day: count for day, count in facts.days.items() if day <= until}
    if not days:
        return None
    newest = max(days)
    silent = (until - newest).days
    pause = usual_pause(day.toordinal() for day in days)
    late_after = None if pause is None else max(MIN_SILENCE, PATIENCE * pause)
    over = MAX_ENDED if late_after is None else min(MAX_ENDED, max(MIN_ENDED, ENDED * late_after))
    volumes = _windows(days, until)
    return Section(
        source=facts.source,
        folder=facts.folder,
        newest=newest,
        silent=silent,
        pause=pause,
        late_after=late_after,
        ended=silent > over,
        volume=volumes[0],
        past=tuple(volumes[1:]),
    )


def _windows(days: Mapping[date, int], until: date) -> list[int]:
    """Count articles by window, newest first; windows that begin before the first article are left out."""
    whole = (until - min(days)).days // WINDOW
    counts = [0] * (min(whole, MAX_WINDOWS) + 1)
    for day, count in days.items():
        if (window := (until - day).days // WINDOW) < len(counts):
            counts[window] += count
    return counts[: max(1, min(whole, MAX_WINDOWS + 1))]


def judge_sections(sections: Sequence[Section], watched_since: date | None) -> tuple[Finding, ...]:
    """Return sections that are late or bring far less or far more than they use to.

    watched_since: day of the first run that read the listings; what was late by then had ended before.
    None: no run did.
    """
    if watched_since is None:
        return ()
    return tuple(finding for section in sections for finding in _judge(section, watched_since))


def _judge(section: Section, watched_since: date) -> Iterator[Finding]:
    late_after = section.late_after
    if section.ended or (
        late_after is not None and section.newest + timedelta(days=late_after) < watched_since
    ):
        return
    if section.is_late:
        yield _finding(
            section,
            Kind.STALE,
            f"nothing new in {section.folder} for {section.silent} days; "
            f"its pauses are {section.pause:.0f} days at most, nine times in ten",
        )
    elif (usual := section.usual) is not None:
        if section.volume < min(FEW * usual, *section.past):
            yield _volume(section, usual, "only ")
        elif section.volume > max(MANY * usual, *section.past):
            yield _volume(section, usual, "")


def _volume(section: Section, usual: float, only: str) -> Finding:
    return _finding(
        section,
        Kind.VOLUME,
        f"{only}{section.volume} articles of the last {WINDOW} days in {section.folder}; "
        f"{usual:.0f} are usual",
    )


def _finding(section: Section, kind: Kind, message: str) -> Finding:
    return Finding(source=section.source, kind=kind, section=section.folder, message=message)
