"""A source as the archive keeps it, so that a reader can tell what an address means without the crawler."""

from __future__ import annotations

import re
from typing import Any, Protocol

from sqlalchemy import Connection, insert, select, update

from archive.models import SourceRow
from archive.urls import SiteUrls


class SectionName(Protocol):
    """A section as the source names it."""

    @property
    def id(self) -> str:
        """Short name."""

    @property
    def label(self) -> str:
        """Name as the site prints it."""


class Source(Protocol):
    """What the archive asks of a source; the crawler's `SourceConfig` is one."""

    @property
    def id(self) -> str:
        """Short name: `cas-english`."""

    @property
    def name(self) -> str:
        """Name in words."""

    @property
    def language(self) -> str:
        """BCP 47 tag."""

    @property
    def urls(self) -> SiteUrls:
        """What the source's addresses mean."""

    def section_of(self, folder: str) -> SectionName | None:
        """Return the section that a folder belongs to."""


def keep_source(connection: Connection, source: Source) -> None:
    """Write down what is known of a source, in place of what was."""
    row = {"name": source.name, "language": source.language, "urls": _packed(source.urls)}
    found = connection.execute(select(SourceRow.urls).where(SourceRow.id == source.id)).first()
    if found is None:
        connection.execute(insert(SourceRow).values(id=source.id, **row))
    else:
        connection.execute(update(SourceRow).where(SourceRow.id == source.id).values(**row))


def kept_sites(connection: Connection) -> dict[str, SiteUrls]:
    """Return the addresses of every source that the archive knows, by source."""
    return {row.id: _unpacked(row.urls) for row in connection.execute(select(SourceRow.id, SourceRow.urls))}


def _packed(urls: SiteUrls) -> dict[str, Any]:
    return {
        "host": urls.host,
        "aliases": list(urls.aliases),
        "scheme": urls.scheme,
        "article": urls.article.pattern,
        "listing": urls.listing.pattern,
        "asset": urls.asset.pattern,
        "preferred_folders": [pattern.pattern for pattern in urls.preferred_folders],
    }


def _unpacked(kept: dict[str, Any]) -> SiteUrls:
    return SiteUrls(
        host=kept["host"],
        aliases=tuple(kept["aliases"]),
        scheme=kept["scheme"],
        article=re.compile(kept["article"]),
        listing=re.compile(kept["listing"]),
        asset=re.compile(kept["asset"]),
        preferred_folders=tuple(re.compile(pattern) for pattern in kept["preferred_folders"]),
    )
