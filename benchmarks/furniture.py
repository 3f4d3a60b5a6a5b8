"""What learned furniture gains on a site that no template claims: `python -m benchmarks.furniture`.

Learned from one half of the pages, measured on the other.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from benchmarks.extraction import table
from benchmarks.extraction.measure import measure
from benchmarks.extraction.tools import Reading, Tool, captured, reading_of, site_of
from benchmarks.extraction.truth import Page
from benchmarks.unclaimed import unclaimed
from crawler.pages import read_article
from crawler.pages.furniture import FurnitureTable, learn


def tool(name: str, furniture: FurnitureTable | None) -> Tool:
    """Return a tool that reads with a table, or without any."""

    def read(page: Page) -> Reading:
        return reading_of(read_article(captured(page), site_of(page.url), furniture))

    return Tool(name=name, version="", read=read)


def main() -> int:
    """Measure with and without a table."""
    site = unclaimed()
    learned = learn(
        (part for page in site.pages[::2] for part in captured(page)), source="unclaimed", number=1
    )
    print(f"learned from {learned.pages} pages: {len(learned.blocks)} lines, {len(learned.to_json())} bytes")
    for block in learned.blocks:
        print(f"  {block.pages:>4} pages  {block.sample[:90]}")
    rest = replace(site, pages=site.pages[1::2])
    tools = [tool("without furniture", None), tool("with furniture", learned)]
    print(table.text(rest, measure(rest, tools, 0, lambda _: None)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
