"""What health finds: frozen values, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archive.items import Capture

#: Source of a finding that is about the whole archive.
WHOLE_ARCHIVE = ""


class Kind(StrEnum):
    """What an alarm is about; documented in docs/operations.md."""

    #: Pages are claimed by no template that were, or whose like were.
    DRIFT = "drift"
    #: A field is no longer found.
    COVERAGE = "coverage"
    #: Pages give no article: no title, no text, not an article.
    EXTRACTION = "extraction"
    #: Pages are gone, many at a time.
    VANISHED = "vanished"
    #: A section brings nothing new for longer than it ever did.
    STALE = "stale"
    #: Far fewer or far more articles than usual.
    VOLUME = "volume"
    #: The site refuses: 403, 429 …
    REFUSED = "refused"
    #: The site fails or does not answer.
    UNANSWERED = "unanswered"
    #: A walk over a section's listings did not arrive.
    GAP = "gap"
    #: Addresses that could not be fetched, attempt after attempt.
    FAILED_PAGES = "failed-pages"
    #: The last run of a mode failed.
    FAILED_RUN = "failed-run"
    #: The last run of a mode was killed.
    KILLED_RUN = "killed-run"
    #: No run for new articles succeeded for longer than usual.
    OVERDUE = "overdue"
    #: The disk of the data folder is nearly full.
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Example:
    """A captured page that shows what was found."""

    url: str
    capture: Capture


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that an operator should look at, as it is now."""

    source: str
    kind: Kind
    #: One line for a person.
    message: str
    #: Folder of the section; None: the whole source.
    section: str | None = None
    #: None: it is about no field.
    field: str | None = None
    #: First address that shows it; None: none does.
    url: str | None = None
    examples: tuple[Example, ...] = ()

    @property
    def key(self) -> tuple[str, Kind, str | None, str | None]:
        """What makes it the same alarm at another time."""
        return self.source, self.kind, self.section, self.field


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A finding as it is kept from the time it was raised to the time it was cleared."""

    source: str
    kind: Kind
    section: str | None
    field: str | None
    url: str | None
    message: str
    raised_at: datetime
    #: Last time that it was found.
    seen_at: datetime
    #: None: it stands.
    cleared_at: datetime | None = None

    @property
    def key(self) -> tuple[str, Kind, str | None, str | None]:
        """Equals that of the finding."""
        return self.source, self.kind, self.section, self.field


@dataclass(frozen=True, slots=True)
class Changes:
    """What became of the alarms."""

    raised: tuple[Alarm, ...]
    #: Raised before, and found again.
    standing: tuple[Alarm, ...]
    cleared: tuple[Alarm, ...]
