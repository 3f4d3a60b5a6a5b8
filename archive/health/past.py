"""Gathering what a source's sections gave before some runs: the measure of what is usual."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Text, and_, case, cast, func, or_, select

from archive.health.findings import Kind
from archive.health.looks import ELSEWHERE, Look, Past, kind_of
from archive.models import Base

#: Newest addresses of a section that tell what is usual.
MAX_PAST = 200

_TABLES = Base.metadata.tables
_ADDRESSES = _TABLES["addresses"].c
_ARTICLES = _TABLES["articles"].c
_READINGS = _TABLES["readings"].c
_VERSIONS = _TABLES["versions"].c
#: Fields as text: few lists differ, and each is parsed once.
FOUND = cast(_READINGS.found, Text)
#: Readings that tell what was found.
FIRST_PARTS = and_(_READINGS.part == 0, _READINGS.found.is_not(None))
# The source stands with the article: asked of the address, its index would be the long way round.
_OF_ARTICLES = _TABLES["addresses"].join(_TABLES["articles"], _ARTICLES.pk == _ADDRESSES.article_pk)


@cache
def names(found: str) -> frozenset[str]:
    """Return the fields of a list as it is stored."""
    return frozenset(json.loads(found))


def past_of(connection: Connection, source: str, before: datetime) -> dict[str, Past]:
    """Return by section what its newest pages gave before a moment, by date of publication."""
    looks: dict[str, list[tuple[Look, int]]] = {}
    for folder, template, found, count in connection.execute(_newest(source, before)):
        looks.setdefault(folder, []).append((Look(template, names(found)), count))
    asked: dict[str, int] = {}
    missing: dict[str, dict[Kind, int]] = {}
    for folder, reason, count in connection.execute(_answered(source, before)):
        asked[folder] = asked.get(folder, 0) + count
        if reason is not None and reason not in ELSEWHERE:
            kinds = missing.setdefault(folder, {})
            kinds[kind_of(reason)] = kinds.get(kind_of(reason), 0) + count
    return {
        folder: Past(tuple(looks.get(folder, ())), count, missing.get(folder, {}))
        for folder, count in asked.items()
    }


def _newest(source: str, before: datetime) -> Select[Any]:
    """Select what the newest pages of each section gave in all their readings before a moment."""
    place = func.row_number().over(
        partition_by=_ADDRESSES.folder, order_by=(_ARTICLES.published.desc().nulls_last(), _ADDRESSES.pk)
    )
    ranked = (
        select(_ADDRESSES.pk, _ADDRESSES.folder, place.label("place"))
        .select_from(_OF_ARTICLES)
        .where(_ARTICLES.source == source, _ADDRESSES.first_read < before)
        .subquery()
    )
    return (
        select(ranked.c.folder, _READINGS.template, FOUND, func.count())
        .select_from(ranked)
        .join(_TABLES["versions"], _VERSIONS.address_pk == ranked.c.pk)
        .join(_TABLES["readings"], _READINGS.version_pk == _VERSIONS.pk)
        .where(ranked.c.place <= MAX_PAST, _READINGS.read_at < before, FIRST_PARTS)
        .group_by(ranked.c.folder, _READINGS.template, FOUND)
    )


def _answered(source: str, before: datetime) -> Select[Any]:
    """Select by section how many addresses gave an article before a moment (no reason), or why not."""
    reason = case((_ADDRESSES.first_read < before, None), else_=_ADDRESSES.missing_reason)
    return (
        select(_ADDRESSES.folder, reason, func.count())
        .select_from(_OF_ARTICLES)
        .where(
            _ARTICLES.source == source,
            or_(_ADDRESSES.first_read < before, _ADDRESSES.missing_at < before),
        )
        .group_by(_ADDRESSES.folder, reason)
    )


def together(pasts: Iterable[Past]) -> Past:
    """Add up the past of all sections."""
    looks: list[tuple[Look, int]] = []
    asked, missing = 0, dict.fromkeys(Kind, 0)
    for past in pasts:
        looks += past.looks
        asked += past.asked
        for kind, count in past.missing.items():
            missing[kind] += count
    return Past(tuple(looks), asked, missing)
