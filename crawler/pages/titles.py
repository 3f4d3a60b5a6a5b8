"""Titles without the name of the site: `Rice Sways | Institute of Botany, Chinese Academy of Sciences`.

Cuts known names only; what else stands behind a separator may be the title's own.
"""

from __future__ import annotations

import re

from crawler.pages.institutes import find_institutes

_SEPARATOR = re.compile(r"(\s?(?:_{1,3}|-{2,}|[|｜])\s?|\s[-–—]\s)")
_ACADEMY = ("chinese academy of sciences", "cas", "中国科学院")
#: Behind the name of an institute.
_OF_ACADEMY = re.compile(r"(?:,|\sof|\s)\s?(?:the\s)?(?:Chinese Academy of Sciences|CAS)$")


def without_site(title: str, site: str = "") -> str:
    """Return a title without the names of sources at either end; whole when nothing else is in it.

    `site`: what the page calls its site, where it does.
    """
    pieces = _SEPARATOR.split(title)
    names = [_is_source(piece.strip(), site) for piece in pieces[::2]]
    first, last = 0, len(names)
    while last > first and names[last - 1]:
        last -= 1
    while first < last and names[first]:
        first += 1
    return "".join(pieces[2 * first : 2 * last - 1]).strip() or title


def _is_source(name: str, site: str) -> bool:
    low = name.lower()
    if not low or low in _ACADEMY or low == site.strip().lower():
        return True
    alone = _OF_ACADEMY.sub("", name).removeprefix("The ").strip()
    # A name that others use too counts beside that of the academy.
    return any(mention.raw == alone for mention in find_institutes(f"{alone}, CAS"))
