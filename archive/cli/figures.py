"""Durations, sizes and shares as people read them, and facts in lines."""

from __future__ import annotations

import math
import textwrap

from rich.text import Text

from archive.cli.shell import out

# Columns of a fact's name.
_NAME = 14


def span(seconds: float | None) -> str:
    """Return a duration in at most two units; empty for None."""
    if seconds is None:
        return ""
    if seconds < 10:
        return "<0.01 s" if 0 < seconds < 0.005 else f"{round(seconds, 2):g} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d {whole % 86400 // 3600:02} h"


def rough_span(seconds: float | None) -> str:
    """Return a duration in one unit, at most six characters up to a hundred days; empty for None."""
    if seconds is None:
        return ""
    for limit, length, unit in ((99.5, 1, "s"), (99.5 * 60, 60, "min"), (99.5 * 3600, 3600, "h")):
        if seconds < limit:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86400:.0f} d"


def size(count: int | None) -> str:
    """Return a number of bytes in the unit that leaves few digits; empty for None."""
    if count is None:
        return ""
    if count < 1000:
        return f"{count} B"
    value, units = count / 1000, iter(("kB", "MB", "GB"))
    unit = next(units)
    while value >= 999.5 and (larger := next(units, None)):
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:,.0f} {unit}"


def percent(share: float | None) -> str:
    """Return a share in percent, rounded down: 100 % means all; empty for None."""
    return "" if share is None else f"{math.floor(share * 1000) / 10:g} %"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun. many: where it is more than an s longer."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def fact(name: str, value: str) -> None:
    """Print one named fact, broken into lines under one another; nothing when it is empty."""
    if not value:
        return
    lines = textwrap.wrap(
        value, max(out.width - _NAME - 2, 30), break_long_words=False, break_on_hyphens=False
    )
    for number, line in enumerate(lines):
        out.print(Text.assemble((f"  {'' if number else name:<{_NAME}}", "dim"), line))
