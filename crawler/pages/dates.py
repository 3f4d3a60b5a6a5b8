"""Dates as pages print them.

A printed date is a local day in the source's zone: it is kept as that day and never shifted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_MONTH = "(?P<{0}>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?P<{0}>(?:19|20)\d\d)(?!\d)"
_DATE = re.compile(
    "|".join(
        (
            # Dec 29, 2011 · Dec. 29 2011 · December 29th, 2011 · Dec29, 2011
            _MONTH.format("m1")
            + r"\s{0,3}(?P<d1>\d{1,2})(?:st|nd|rd|th)?\s{0,2},?\s{0,3}"
            + _YEAR.format("y1"),
            # 3rd Jan 2017 · 22nd April, 2017
            r"(?<!\d)(?P<d2>\d{1,2})(?:st|nd|rd|th)?\s{0,3}"
            + _MONTH.format("m2")
            + r"\s{0,2},?\s{0,3}"
            + _YEAR.format("y2"),
            # 2008-06-27 · 2014-3-27 · 2019/12/20 · 2019.12.20
            r"(?<![\d-])(?P<y3>(?:19"
            r"|20)\d\d)\s?(?P<s3>[-/.])\s?(?P<m3>\d{1,2})\s?(?P=s3)\s?(?P<d3>\d{1,2})(?!\d)",
            # 2023年5月1日
            r"(?P<y4>(?:19|20)\d\d)\s?年\s?(?P<m4>\d{1,2})\s?月\s?(?P<d4>\d{1,2})\s?日",
            # 12/04/2017: month first, as the one institute that prints it so does
            r"(?<![\d/])(?P<m5>\d{1,2})/(?P<d5>\d{1,2})/" + _YEAR.format("y5"),
            # 06 16, 2024
            r"(?<!\d)(?P<m6>\d{2})\s(?P<d6>\d{1,2}),\s?" + _YEAR.format("y6"),
        )
    ),
    re.IGNORECASE,
)
#: The CMS counts days in China (no daylight saving since 1991).
_GROUPS = tuple(range(1, 7))


#: The academy was founded in this year: an earlier date is one of the story, not of its publication.
EARLIEST = date(1949, 1, 1)
#: The zone of the sources.
_ZONE = timezone(timedelta(hours=8))
_IN_UTC = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]00:?00)")
_DIGITS = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:\d{4}|\d{6})?")


class Found(NamedTuple):
    """A date and where in the text it stands."""

    day: date
    raw: str
    start: int
    end: int


def find_all(text: str) -> Iterator[Found]:
    """Yield every date in a text, in order; impossible days are left out."""
    for match in _DATE.finditer(text):
        day = _day(match)
        if day is not None:
            yield Found(day, match[0], match.start(), match.end())


def find(text: str) -> Found | None:
    """Return the first date in a text."""
    return next(find_all(text), None)


def parse(text: str) -> date | None:
    """Return the day that a text tells when a date stands at its start."""
    found = find(text.strip())
    return found.day if found and found.start == 0 else None


def parse_written(text: str) -> date | None:
    """Return the day that a machine wrote: in the zone of the sources where it wrote the time in UTC."""
    text = text.strip()
    if match := _DIGITS.fullmatch(text):
        return _make(int(match[1]), int(match[2]), int(match[3]), swap=False)
    if _IN_UTC.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(_ZONE).date()
        except ValueError:
            return None
    return parse(text)


def _day(match: re.Match[str]) -> date | None:
    for n in _GROUPS:
        year = match[f"y{n}"]
        if year is None:
            continue
        month, day = match[f"m{n}"], match[f"d{n}"]
        number = _MONTHS[month.lower()] if month.isalpha() else int(month)
        return _make(int(year), number, int(day), swap=n == 5)
    return None


def _make(year: int, month: int, day: int, *, swap: bool) -> date | None:
    if swap and month > 12:
        month, day = day, month
    try:
        return date(year, month, day)
    except ValueError:
        return None
