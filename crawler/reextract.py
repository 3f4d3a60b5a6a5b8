"""Reads stored captures again by today's rules, and says what would change of what is kept.

    articles(database, source)        what there is to read: the captures of each article
    read(database, articles, …)       the same way as in a crawl, in several processes if wanted
    Comparison                        what the archive says, what the rules say; proposals for a promotion

No network: bytes come from the WARC files. The grouping of parts is the intake's own.
"""

from __future__ import annotations

import pickle
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from types import TracebackType
from typing import Any

from archive import warc
from archive.db import Database
from archive.errors import BadUrlError, WarcError
from archive.items import ArticleItem, Capture, CapturedPage, ListItem
from archive.quality import Quality, assess
from archive.query import extractions
from archive.query.extractions import KeptVersion
from archive.store import Furniture, Outcome, Saved, SavedListing, Source
from archive.store.furniture import numbered
from archive.store.promotion import PROVENANCE, Addition, Change, compare, said
from archive.urls import UrlKind
from crawler import sources
from crawler.intake import Intake
from crawler.pages import furniture
from crawler.replay import Replay
from crawler.sources import SourceConfig

#: Articles that a process reads at a time.
BATCH = 50
#: Examples that a comparison keeps of each field.
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Stored:
    """An article's captures, parts and redirects included, in the order they were made."""

    url: str
    captures: tuple[tuple[str, Capture], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules of today make of one reading of an article."""

    item: ArticleItem
    quality: Quality


@dataclass(frozen=True, slots=True)
class Unread:
    """A reading that gives no article, and why."""

    url: str
    #: When the first part was captured; None: not known.
    at: datetime | None
    reason: str


@dataclass(slots=True)
class Batch:
    """What some articles gave."""

    urls: tuple[str, ...]
    readings: list[Reading] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    #: Captures whose bytes are not what was stored, with the reason.
    damaged: list[tuple[str, str]] = field(default_factory=list)


class Collector:
    """Stands in the place of the archive: sees what an intake would keep."""

    def __init__(self, batch: Batch, furniture: Furniture | None) -> None:
        self._batch = batch
        self._furniture = furniture

    def furniture(self, source: Source) -> Furniture | None:
        """Return the table that was chosen."""
        return self._furniture

    def save(
        self,
        item: ArticleItem,
        source: Source,
        *,
        quality: Quality | None = None,
        run: int | None = None,
        reread: object = None,
    ) -> Saved:
        """Collect an article."""
        self._batch.readings.append(Reading(item, quality or assess(item)))
        return Saved(Outcome.UNCHANGED, "")

    def save_missing(self, url: str, source: Source, *, at: datetime, reason: str) -> None:
        """Collect that a page gave no article."""
        self._batch.unread.append(Unread(url, at, reason))

    def save_listing(
        self, item: ListItem, source: Source, folder: str, *, run: int | None = None
    ) -> SavedListing:
        """Leave listings alone: they are no part of a version."""
        return SavedListing(0, 0)

    def save_confirmed(self, url: str, source: Source, *, at: datetime) -> None:
        """Leave it alone: a reading is made from bytes."""

    def save_redirect(self, url: str, target: str, source: Source, *, at: datetime) -> None:
        """Leave redirects alone, as listings."""


def articles(database: Database, source: SourceConfig, since: datetime | None = None) -> list[Stored]:
    """Return the captures of every article of a source. since: captured then or later."""
    found: dict[str, list[tuple[str, Capture]]] = defaultdict(list)
    for url, capture in extractions.responses(database, since):
        try:
            address = source.urls.address(url)
        except BadUrlError:
            continue
        if address.kind is UrlKind.ARTICLE:
            found[address.article_url].append((url, capture))
    return [Stored(url, tuple(captures)) for url, captures in found.items()]


def learn_furniture(database: Database, source: SourceConfig, stored: Sequence[Stored]) -> Furniture:
    """Learn which blocks recur on the articles of a source, from the newest page of each.

    Raises WarcError when a capture is damaged: a table is not to depend on what happens to be readable.
    """

    def newest() -> Iterator[CapturedPage]:
        for one in stored:
            first_parts = [c for url, c in one.captures if source.urls.address(url).part == 0]
            page = warc.read(database.warcs, first_parts[-1]) if first_parts else None
            if page and page.status == 200 and not page.defect:
                yield page

    table = furniture.learn(
        newest(), source=source.id, article_of=lambda page: source.urls.address(page.url).article_url
    )
    return numbered(database, source.id, table.to_json())


def read_batch(
    folder: Path, source: SourceConfig, batch: Sequence[Stored], table: Furniture | None = None
) -> Batch:
    """Read some articles again from their captures."""
    result = Batch(tuple(stored.url for stored in batch))
    collector = Collector(result, table)
    for stored in batch:
        intake = Intake(source, collector, None)
        replay = Replay(intake)
        for url, capture in stored.captures:
            try:
                page = warc.read(folder, capture)
            except WarcError as error:
                result.damaged.append((url, str(error)))
                continue
            replay.take(page)
        result.unread += [Unread(stored.url, None, failure.reason) for failure in intake.tally.failures]
    return result


def read(
    folder: Path,
    source: SourceConfig,
    stored: Sequence[Stored],
    *,
    jobs: int = 1,
    table: Furniture | None = None,
) -> Iterator[Batch]:
    """Read articles again, in `jobs` processes, and yield what they gave, batch by batch in order."""
    batches = (stored[start : start + BATCH] for start in range(0, len(stored), BATCH))
    if jobs == 1:
        for batch in batches:
            yield read_batch(folder, source, batch, table)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:

        def ask(batch: Sequence[Stored]) -> Future[Batch]:
            return pool.submit(_read_batch, folder, source.id, batch, table)

        # No more under way than the processes need: a batch holds whole articles.
        under_way = deque(map(ask, islice(batches, 2 * jobs)))
        while under_way:
            yield under_way.popleft().result()
            under_way.extend(map(ask, islice(batches, 1)))


def _read_batch(folder: Path, source_id: str, batch: Sequence[Stored], table: Furniture | None) -> Batch:
    return read_batch(folder, sources.load(source_id), batch, table)


@dataclass(frozen=True, slots=True)
class Example:
    """What one article would say instead."""

    url: str
    old: str
    new: str


class Comparison:
    """What is kept beside what today's rules read; proposals wait in a file of their own. Close it."""

    def __init__(self, database: Database, source: SourceConfig, since: datetime | None = None) -> None:
        self._database = database
        self._source = source
        self._since = since
        self._spool = tempfile.TemporaryFile(prefix="cas-archive-reextract-")  # noqa: SIM115 - closed by close
        #: Articles and versions that were compared.
        self.articles = self.versions = 0
        #: Versions that would say something else of the article.
        self.changed = 0
        #: Versions that would only name other rules, evidence or quality.
        self.relabelled = 0
        #: Versions that would change, by field.
        self.fields: Counter[str] = Counter()
        self.examples: dict[str, list[Example]] = defaultdict(list)
        #: Templates that would change: (old, new).
        self.templates: Counter[tuple[str, str]] = Counter()
        #: Articles without a text whose page reads now.
        self.new: list[str] = []
        #: Versions whose page no longer reads, with the reason: they stay as they are.
        self.lost: list[tuple[str, str]] = []
        #: Captures whose bytes are not what was stored.
        self.damaged: list[tuple[str, str]] = []

    def __enter__(self) -> Comparison:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()

    def take(self, batch: Batch) -> None:
        """Compare what some articles gave with what is kept of them."""
        self.articles += len(batch.urls)
        self.damaged += batch.damaged
        first = {reading.item.captures[0].record_id: reading for reading in batch.readings}
        kept = extractions.versions_at(self._database, self._source.id, batch.urls)
        for version in kept:
            if self._since and version.first_seen < self._since:
                continue
            self.versions += 1
            reading = first.get(version.captures[0])
            if reading is None:
                self.lost.append((version.url, _why(version, batch)))
            else:
                self._compare(version, reading, first.get(version.last))
        self._additions(batch, {version.url for version in kept})

    def _compare(self, version: KeptVersion, reading: Reading, last: Reading | None) -> None:
        read_now = said(reading.item, reading.quality)
        # Keywords are those of the last reading: see `archive.store.history`.
        read_now["keywords"] = list(last.item.keywords) if last else version.values["keywords"]
        change = compare(version.pk, version.values, read_now)
        if change is None:
            return
        self._propose(change)
        names = change.after.keys()
        self.fields.update(names)
        if names <= PROVENANCE:
            self.relabelled += 1
        else:
            self.changed += 1
        if "template" in names:
            self.templates[change.before["template"], change.after["template"]] += 1
        for name in names - PROVENANCE - {"blocks", "captures"}:
            if len(self.examples[name]) < EXAMPLES:
                old, new = excerpt(name, change.before[name], change.after[name])
                self.examples[name].append(Example(version.url, old, new))

    def _additions(self, batch: Batch, kept: set[str]) -> None:
        missing = [url for url in batch.urls if url not in kept]
        refused = extractions.refused_at(self._database, self._source.id, missing) if missing else set()
        for reading in batch.readings:
            if reading.item.url in refused:
                self._propose(Addition(reading.item, reading.quality))
                if reading.item.url not in self.new:
                    self.new.append(reading.item.url)

    def _propose(self, proposal: Change | Addition) -> None:
        pickle.dump(proposal, self._spool)

    def proposals(self) -> Iterator[Change | Addition]:
        """Yield what a promotion would do, in the order it was found."""
        self._spool.seek(0)
        while True:
            try:
                yield pickle.load(self._spool)  # noqa: S301 - written by this process, to a file of its own
            except EOFError:
                return


def _why(version: KeptVersion, batch: Batch) -> str:
    """Say why a version's page gives no article now."""
    mine = [unread for unread in batch.unread if unread.url == version.url]
    exact = [unread.reason for unread in mine if unread.at == version.first_seen]
    if exact:
        return exact[0]
    if any(url == version.url for url, _ in batch.damaged):
        return "damaged-capture"
    return next((unread.reason for unread in mine if unread.at is None), "incomplete")


def excerpt(name: str, old: Any, new: Any) -> tuple[str, str]:
    """Return where two values of a field differ, short enough for a line. Of contacts only their number."""
    if name == "contacts":
        return f"{len(old)} contacts", f"{len(new)} contacts"
    before, after = _flat(old), _flat(new)
    start = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    return _cut(before, start), _cut(after, start)


def _flat(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return " ".join(_flat(v) for v in value.values() if v)
    if isinstance(value, list):
        return "; ".join(map(_flat, value))
    return " ".join(str(value).split())


def _cut(text: str, start: int, length: int = 80) -> str:
    begin = max(0, start - 20)
    end = begin + length
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")
