"""Families of markup: what recognises each, and what is different there."""

from __future__ import annotations

from crawler.pages.article import ArticlePage, Sight
from crawler.pages.templates.cas import CasA, CasB, CasC, CasD
from crawler.pages.templates.generic import GenericPage
from crawler.pages.templates.institute import Institute

#: Families that recognise a page by signs of their own; no two may claim one page.
FAMILIES: tuple[type[ArticlePage], ...] = (CasA, CasB, CasC, CasD, Institute)


def claiming(sight: Sight) -> list[type[ArticlePage]]:
    """Return every family that claims a page."""
    return [family for family in FAMILIES if family.claims(sight)]


def choose(sight: Sight) -> type[ArticlePage]:
    """Return the family of a page: the one that claims it, else by the container of the CMS, else generic."""
    for family in FAMILIES:
        if family.claims(sight):
            return family
    return ArticlePage if ArticlePage.claims(sight) else GenericPage
