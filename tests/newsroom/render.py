"""Pages of the sample newsroom as markup: shells filled with what the TOML files say.

Shells are files `<template>.html` (the frame), `<template>-article.html`, `-list.html`, `-landing.html`,
`-entry.html` and `-related.html`, with `{{name}}` for a value and `{{>file}}` for another file.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from posixpath import relpath

from tests.newsroom.truth import Article, Landing, Listed, Section, absolute, day

SHELLS = Path(__file__).parent / "shells"
#: Meta elements that templates print of their own accord.
_META = {
    "A": (),
    "B": ("Keywords",),
    "C": ("ArticleTitle", "PubDate"),
    "D": ("ArticleTitle", "PubDate"),
    "S": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all pages of one state of the site share."""

    shells: Path = SHELLS
    #: When the CMS wrote the pages; changes with every republish and means nothing.
    generated: str = "2026-08-20 03:12:45"
    footer_year: str = "2014"

    def page(self, name: str, values: Mapping[str, str]) -> str:
        """Fill one shell."""
        common = {"generated": self.generated, "footer_year": self.footer_year}
        return _fill(_shell(self.shells, name), {**common, **values})

    def framed(self, template: str, inner: str, values: Mapping[str, str]) -> str:
        """Fill the frame of a template around an inner shell."""
        return self.page(template, {**values, "main": self.page(f"{template}-{inner}", values)})


@cache
def _shell(folder: Path, name: str) -> str:
    text = (folder / f"{name}.html").read_text("utf-8")
    return re.sub(r"\{\{>([\w-]+)\}\}", lambda match: _shell(folder, match[1]), text)


def _fill(shell: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], shell)


def _text(words: str) -> str:
    return html.escape(words, quote=False)


def _up(path: str) -> str:
    """Return the relative link from a page to the root of the site."""
    return "../" * (path.count("/") - 1) or "./"


def relative(target: str, page: str) -> str:
    """Write a link as the CMS does: relative to the page's own folder, starting with `./` or `../`."""
    if not target.startswith("/"):
        return target
    link = relpath(target, page.rpartition("/")[0] or "/") + ("/" if target.endswith("/") else "")
    return link if link.startswith(".") else f"./{link}"


def _trail(template: str, trail: Sequence[str], root: str) -> str:
    """Return the breadcrumb; its last word is no link."""
    links = [f'<a href="{root}" class="CurrChnlCls">Home</a>']
    links += [f'<a href="{root}newsroom/" class="CurrChnlCls">{_text(word)}</a>' for word in trail[:-1]]
    links.append(f"<span>{_text(trail[-1])}</span>")
    if template == "D":
        return '<i class="sep">&gt;</i>'.join(links)
    gap = "&nbsp;&nbsp;&nbsp;"
    return f"/{gap}" + f"{gap}/{gap}".join(links)


def _metas(article: Article) -> str:
    own = {
        "ArticleTitle": article.title,
        "PubDate": f"{day(article.date)} 10:02:00" if article.date else "",
        "Keywords": article.listed.keywords,
    }
    printed = {name: own[name] for name in _META[article.template]}
    lines = []
    for number, (name, content) in enumerate({**printed, **article.meta}.items()):
        value = html.escape(content)
        # The CMS writes some of them content first.
        pair = f'content="{value}" name="{name}"' if number % 2 else f'name="{name}" content="{value}"'
        if content or name in article.meta:
            lines.append(f"<META {pair}>" if number % 3 == 2 else f"<meta {pair} />")
    return "\n".join(lines)


def article_page(article: Article, address: str, part: int, section: Section, look: Look) -> bytes:
    """Return one part of an article as the page at one of its addresses."""
    root = _up(address)
    declared = article.declared
    values = {
        "root": root,
        "charset": f'<meta http-equiv="Content-Type" content="text/html; charset={declared}" />'
        if declared
        else "",
        "url": absolute(address),
        "head_title": _text(f"{article.title}--Chinese Academy of Sciences"),
        "title": article.headline or _text(article.title),
        "title_attribute": _text(article.title),
        "date": article.date,
        "metas": _metas(article),
        "label": _text(section.label),
        "trail": _trail(article.template, section.trail, root),
        "body": article.bodies[part],
        "pager": _parts_pager(article, address, part),
        "contact_name": article.contact[0],
        "contact_mail": article.contact[1],
        "related": _related(article, look),
    }
    return look.framed(article.template, "article", values).encode(article.encoding)


def _parts_pager(article: Article, address: str, part: int) -> str:
    """Return the script that leads to the other parts: the CMS names the first part's file on all of them."""
    total = len(article.bodies)
    if total == 1:
        return ""
    stem, _, extension = address.rpartition("/")[2].rpartition(".")
    stem = stem.removesuffix(f"_{part}") if part else stem
    call = article.pager.format(total=total, page=part, page1=part + 1, stem=stem, extension=extension)
    return f'<script type="text/javascript">{call}</script>'


def _related(article: Article, look: Look) -> str:
    if not article.related or not (look.shells / f"{article.template}-related.html").exists():
        return ""
    entries = [
        look.page(
            "related-entry",
            {
                "keywords": _text(entry.keywords),
                "title": _text(entry.title),
                "date": entry.date,
                "abstract": _text(entry.abstract),
                "href": entry.href,
            },
        )
        for entry in article.related
    ]
    return look.page(f"{article.template}-related", {"entries": "\n".join(entries)})


def _entry(template: str, entry: Listed, look: Look) -> str:
    values = {
        "href": html.escape(entry.href or ""),
        "title": _text(entry.title),
        "date": entry.date,
        "keywords": _text(entry.keywords),
        "abstract": _text(entry.abstract),
    }
    return look.page(f"{template}-entry", values)


def list_page(
    section: Section, entries: Sequence[Listed], page: int, counts: tuple[int, int], look: Look
) -> bytes:
    """Return list page `page` of a section; `counts` are list pages claimed and entries in all."""
    root = _up(section.folder)
    pager = section.pager.format(total=counts[0], page=page, page1=page + 1, records=counts[1])
    values = {
        **_chrome(section.folder, section.label, root),
        "trail": _trail(section.template, section.trail, root),
        "entries": "\n".join(_entry(section.template, entry, look) for entry in entries),
        "pager": f'<script type="text/javascript">\n{pager}\n</script>',
    }
    return look.framed(section.template, "list", values).encode()


def landing_page(
    landing: Landing,
    blocks: Sequence[tuple[Section, Sequence[Listed]]],
    links: Sequence[tuple[str, str]],
    look: Look,
) -> bytes:
    """Return a landing page: blocks of newest entries, and links to sections."""
    root = _up(landing.folder)
    shown = [
        f'<div class="blk"><h2>{_text(section.label)}</h2>\n<ul>\n'
        + "\n".join(_entry(landing.template, entry, look) for entry in entries)
        + f'\n</ul><p class="vm"><a href="{section.folder}">View More</a></p></div>'
        for section, entries in blocks
    ]
    values = {
        **_chrome(landing.folder, landing.label, root),
        "trail": _trail(landing.template, landing.trail, root),
        "blocks": "\n".join(shown),
        "links": "\n".join(
            f'<li><a href="{html.escape(link)}">{_text(words)}</a></li>' for link, words in links
        ),
    }
    return look.framed(landing.template, "landing", values).encode()


def _chrome(folder: str, label: str, root: str) -> dict[str, str]:
    return {
        "root": root,
        "charset": '<meta http-equiv="Content-Type" content="text/html; charset=utf-8" />',
        "url": absolute(folder),
        "head_title": _text(f"{label}--Chinese Academy of Sciences"),
        "label": _text(label),
        "metas": f'<meta name="ColumnName" content="{html.escape(label)}" />',
    }
