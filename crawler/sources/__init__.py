"""What is known of each source, read from one TOML file a source.

    load("cas-english")  ->  SourceConfig

A source is data first: hosts, sections, URL shapes, zone, politeness. No such list stands in Python.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from zoneinfo import ZoneInfo

from archive.urls import Address, SiteUrls, UrlKind
from crawler.errors import SourceError, UnknownSectionError, UnknownSourceError
from crawler.sources import timetable
from crawler.sources.timetable import Rhythm

_PLACEHOLDERS = {"year": r"(?:19|20)\d{2}", "topic": r"[\w-]+"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of a source that lists articles."""

    id: str
    label: str
    #: Folder on the site; may hold `{year}` and `{topic}`.
    path: str
    #: Years in which articles were observed there, in words.
    era: str
    pattern: re.Pattern[str]

    @property
    def is_pattern(self) -> bool:
        """Whether its folders have to be found on the landing pages."""
        return "{" in self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """An outlet: where its news lies, what its addresses mean, how it wants to be treated."""

    id: str
    name: str
    #: BCP 47 tag.
    language: str
    #: Zone of the dates that its pages print.
    zone: ZoneInfo
    #: Seconds between two requests to one host.
    delay: float
    #: Requests to one host at once.
    concurrency: int
    urls: SiteUrls
    #: Extension of a list page whose pager does not say it.
    list_extension: str
    sections: tuple[Section, ...]
    #: Folders of pages read for links only.
    landings: tuple[str, ...]
    #: A folder that no section describes is read as a section when it lies under one of these.
    roots: tuple[str, ...]
    #: Folders that are never news.
    exclude: tuple[str, ...]
    #: How often each kind of run is made, the most urgent first; empty: only by hand.
    schedule: Mapping[str, Rhythm] = field(default_factory=dict)

    def url_of(self, folder: str) -> str:
        """Return the address of a folder on the source's own host."""
        return f"{self.urls.scheme}://{self.urls.host}{folder}"

    def section_of(self, folder: str) -> Section | None:
        """Return the section whose path describes `folder`."""
        return next((s for s in self.sections if s.pattern.fullmatch(folder)), None)

    def is_news(self, address: Address) -> bool:
        """Whether a listing or article at that address belongs to the newsroom."""
        if address.kind not in (UrlKind.ARTICLE, UrlKind.LISTING):
            return False
        folder = address.folder
        if folder.startswith(self.exclude):
            return False
        return self.section_of(folder) is not None or folder.startswith(self.roots)


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of a source that one run is about: everything, or one section."""

    source: SourceConfig
    #: Id, label or folder of the section; None: every section.
    section: str | None = None

    def __post_init__(self) -> None:
        if self.section is not None and not any(map(self._means, self.source.sections)):
            raise UnknownSectionError(self.section, [s.id for s in self.source.sections])

    def covers(self, folder: str) -> bool:
        """Whether articles listed in `folder` are asked for.

        A concrete folder of a section with a pattern means the whole section.
        """
        if folder.startswith(self.source.exclude):
            return False
        section = self.source.section_of(folder)
        if section is None:
            return self.section is None and folder.startswith(self.source.roots)
        return self._means(section)

    def folders(self) -> list[str]:
        """Return the folders that are known beforehand."""
        return [s.path for s in self.source.sections if not s.is_pattern and self._means(s)]

    def landings(self) -> list[str]:
        """Return the landing pages: needed whenever a folder has yet to be found."""
        needed = self.section is None or any(s.is_pattern for s in self.source.sections if self._means(s))
        return list(self.source.landings) if needed else []

    def _means(self, section: Section) -> bool:
        if self.section is None:
            return True
        wanted = self.section.strip().casefold()
        names = (section.id, section.label, section.path.strip("/"))
        is_folder = section.pattern.fullmatch(f"/{self.section.strip().strip('/')}/") is not None
        return is_folder or wanted.strip("/") in (name.casefold() for name in names)


def names() -> list[str]:
    """Return the ids of the sources that come with the software."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in files(__name__).iterdir()
        if entry.name.endswith(".toml")
    )


def load(source_id: str) -> SourceConfig:
    """Return the source of that id.

    Raises UnknownSourceError when there is none, SourceError when its file is wrong.
    """
    if source_id not in names():
        raise UnknownSourceError(source_id, names())
    return read(files(__name__) / f"{source_id}.toml")


def read(file: Traversable) -> SourceConfig:
    """Read one source file."""
    try:
        return _source(tomllib.loads(file.read_text("utf-8")))
    except SourceError as error:
        raise SourceError(f"{file.name}: {error}") from error
    except KeyError as error:
        raise SourceError(f"{file.name}: the key {error} is missing") from error
    except (tomllib.TOMLDecodeError, re.error, ValueError, TypeError) as error:
        raise SourceError(f"{file.name}: {error}") from error


def _source(data: dict[str, Any]) -> SourceConfig:
    sections = tuple(_section(table) for table in data["section"])
    urls, discovery, politeness = data["urls"], data["discovery"], data["politeness"]
    return SourceConfig(
        id=data["id"],
        name=data["name"],
        language=data["language"],
        zone=ZoneInfo(data["zone"]),
        delay=float(politeness["delay"]),
        concurrency=int(politeness["concurrency"]),
        urls=SiteUrls(
            scheme=urls["scheme"],
            host=urls["host"],
            aliases=tuple(urls["aliases"]),
            article=re.compile(urls["article"]),
            listing=re.compile(urls["listing"]),
            asset=re.compile(urls["asset"]),
            preferred_folders=tuple(section.pattern for section in sections),
        ),
        list_extension=urls["list_extension"],
        sections=sections,
        landings=tuple(discovery["landings"]),
        roots=tuple(discovery["roots"]),
        exclude=tuple(discovery["exclude"]),
        schedule=timetable.read(data.get("schedule", {})),
    )


def _section(table: dict[str, str]) -> Section:
    literal = re.split(r"\{(\w+)\}", table["path"])
    pattern = "".join(
        _PLACEHOLDERS[part] if index % 2 else re.escape(part) for index, part in enumerate(literal)
    )
    return Section(
        id=table["id"],
        label=table["label"],
        path=table["path"],
        era=table["era"],
        pattern=re.compile(pattern),
    )
