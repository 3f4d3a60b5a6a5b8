"""What was read of the text of an article, while it is being sorted into text and fields."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.items import Contact, Evidence, Image, Link
from crawler.pages.body import Draft


@dataclass(slots=True)
class Reading:
    """What was read of the text of an article."""

    drafts: list[Draft] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    attachments: list[Link] = field(default_factory=list)
    videos: list[str] = field(default_factory=list)
    source_name: str | None = None
    editor: str | None = None
    author: str | None = None
    photographer: str | None = None
    contacts: list[Contact] = field(default_factory=list)
    #: Drafts that were taken out of the text as contacts and references, in reading order.
    taken: list[Draft] = field(default_factory=list)
    dois: list[str] = field(default_factory=list)
    journals: list[str] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    def note(self, name: str, rule: str, raw: str) -> None:
        """Keep why a field has its value."""
        self.evidence.append(Evidence(field=name, rule=rule, raw=raw[:300]))
