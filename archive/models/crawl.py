"""The crawl: runs and failures, the frontier, walks over listings, alarms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base


def _where(name: str, column: str, rows: str) -> Index:
    """Return an index over some of the rows of a table."""
    return Index(name, column, sqlite_where=text(rows), postgresql_where=text(rows))


class RunRow(Base):
    """One execution for one source."""

    __tablename__ = "runs"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    mode: Mapped[str]
    config: Mapped[dict[str, Any]]
    started: Mapped[datetime]
    #: Last time it said that it is alive.
    noted: Mapped[datetime]
    #: NULL: still running, or killed: the last sign of life stands in `noted`.
    ended: Mapped[datetime | None]
    #: How it ended, in the crawler's words, or `killed`; NULL: still running, or killed and not yet noticed.
    outcome: Mapped[str | None]
    counts: Mapped[dict[str, Any]]
    #: Process that runs it, so that a killed run can be told from a working one.
    host: Mapped[str]
    pid: Mapped[int]
    #: Start of that process in the system's own ticks; NULL: the system does not tell.
    process_start: Mapped[str | None]


class FailureRow(Base):
    """An address that a run could not fetch or read, and why."""

    __tablename__ = "failures"

    pk: Mapped[int] = mapped_column(primary_key=True)
    run_pk: Mapped[int] = mapped_column(ForeignKey("runs.pk"), index=True)
    url: Mapped[str]
    #: As counted: one short word.
    reason: Mapped[str]
    #: For a person; may be empty.
    detail: Mapped[str]
    at: Mapped[datetime]


class FrontierRow(Base):
    """An address that a crawl knows: what became of it, and when to ask for it again."""

    __tablename__ = "frontier"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    #: Canonical address (of a part: with its number).
    url: Mapped[str]
    #: `archive.frontier.Kind`.
    kind: Mapped[str]
    #: `archive.frontier.State`.
    state: Mapped[str]
    #: Folder of the section that it was found in, or that it lists; empty: a landing page.
    folder: Mapped[str]
    #: Page that named it first; NULL: the source's own file did.
    found_on: Mapped[str | None]
    found_at: Mapped[datetime]
    #: Last run in which a listing named it; NULL: none did.
    named_run: Mapped[int | None]
    #: Date that the listing prints; NULL: none, or no article.
    published: Mapped[date | None]
    #: Where exactly to ask, when the site redirects to another spelling of the same address; NULL: at `url`.
    location: Mapped[str | None]
    #: Canonical address of the article that it leads to; NULL: it leads nowhere else.
    moved_to: Mapped[str | None] = mapped_column(index=True)
    #: Validators of the newest capture that gave the page; NULL: it came without.
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    #: The newest capture that gave the page; NULL: never.
    capture_pk: Mapped[int | None] = mapped_column(ForeignKey("captures.pk"))
    #: Requests in a row that brought nothing, and why the last one did not; 0 and NULL: the last one did.
    attempts: Mapped[int]
    reason: Mapped[str | None]
    #: Run that leased it last, and until when; NULL: it is not leased.
    run_pk: Mapped[int | None]
    leased_until: Mapped[datetime | None]
    #: Last answer of any kind; NULL: never.
    last_check: Mapped[datetime | None]
    #: Due from then on (after a failure: not before); NULL: due when something asks for it.
    next_check: Mapped[datetime | None]
    #: Seconds between checks, as they have adapted; NULL: not checked again by itself.
    interval: Mapped[int | None]
    #: Last time that it gave its page; NULL: never.
    last_seen: Mapped[datetime | None]
    #: First time it was missing since; NULL: it is not gone.
    first_missed: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("source", "url"),
        Index("ix_frontier_due", "source", "kind", "state", "next_check"),
        # Few rows of many: leases under way, parts of articles.
        _where("ix_frontier_leased", "leased_until", "leased_until IS NOT NULL"),
        _where("ix_frontier_parts", "found_on", "kind = 'part'"),
    )


class WalkRow(Base):
    """One pass over the listings of one section, from the top down: the ledger of completeness."""

    __tablename__ = "walks"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    folder: Mapped[str]
    #: Runs that began it and that went on with it last.
    run_pk: Mapped[int] = mapped_column(index=True)
    last_run_pk: Mapped[int] = mapped_column(index=True)
    #: Whether it goes to the last page whatever is known.
    full: Mapped[bool]
    #: Publication date before which it does not go; NULL: to the end.
    since: Mapped[date | None]
    began: Mapped[datetime]
    #: When its last page so far was read; NULL: none was.
    last_read: Mapped[datetime | None]
    #: NULL: it has not arrived: an open gap.
    ended: Mapped[datetime | None]
    #: `archive.walks.Proof`: how it arrived; NULL as `ended`.
    proof: Mapped[str | None]
    #: Publication date from which all is known once it has arrived; NULL: from the first article.
    proven_from: Mapped[date | None]
    #: Address of the page to read next; NULL: none is left.
    next_url: Mapped[str | None]
    #: First list page that its pager promises and that is not there; NULL: none.
    hole_url: Mapped[str | None]
    #: Why the next page could not be read; NULL: nothing is in the way.
    trouble: Mapped[str | None]
    #: List pages read, and of them those read again because the list had shifted.
    pages: Mapped[int]
    rereads: Mapped[int]
    #: List pages of the section, as far as known.
    total: Mapped[int]
    #: Entries seen, those that earlier walks had proven, and those that no listing of the section had named.
    entries: Mapped[int]
    known: Mapped[int]
    new: Mapped[int]
    #: Proven entries in a row, up to the last one read.
    streak: Mapped[int]
    #: The list shifted while it was walked: its top is to be read again before the walk has arrived.
    shifted: Mapped[bool]
    #: Pages it had read when it went back to the top for that; NULL: it did not.
    again_from: Mapped[int | None]
    #: Publication dates of the entries; NULL: none prints one.
    oldest: Mapped[date | None]
    newest: Mapped[date | None]

    __table_args__ = (
        Index("ix_walks_source_folder", "source", "folder"),
        _where("ix_walks_open", "source", "ended IS NULL"),
    )


class SightingRow(Base):
    """That the listings of a section name an address, and which walk saw it first."""

    __tablename__ = "sightings"

    pk: Mapped[int] = mapped_column(primary_key=True)
    folder: Mapped[str]
    frontier_pk: Mapped[int] = mapped_column(ForeignKey("frontier.pk"))
    #: Walk that proves it once it has arrived.
    walk_pk: Mapped[int] = mapped_column(ForeignKey("walks.pk"), index=True)
    #: Which of the pages that the last walk read named it first.
    ordinal: Mapped[int]
    #: Walk that read it last.
    last_walk_pk: Mapped[int] = mapped_column(ForeignKey("walks.pk"), index=True)

    __table_args__ = (UniqueConstraint("frontier_pk", "folder"),)


class AlarmRow(Base):
    """Something that an operator should look at: raised once, seen again, cleared when it is over."""

    __tablename__ = "alarms"

    pk: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    #: `archive.health.Kind`.
    kind: Mapped[str]
    #: Folder of the section; NULL: the whole source.
    section: Mapped[str | None]
    #: NULL: it is about no field.
    field: Mapped[str | None]
    #: First address that shows it; NULL: none does.
    url: Mapped[str | None]
    #: One line for a person.
    message: Mapped[str]
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    #: NULL: it stands.
    cleared_at: Mapped[datetime | None]
    #: What the operator was told of it last: `raised` or `cleared`; NULL: nothing yet.
    told: Mapped[str | None]
