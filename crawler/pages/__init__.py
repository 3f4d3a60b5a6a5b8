"""From captured pages to items: bytes in, frozen values out; no network, no database, no Scrapy.

    read_article(pages, site) -> ArticleItem      read_listing(page, site) -> ListItem
    part_count(page) -> int                       decode(page) -> (text, encoding, rule)

What cannot be read raises `crawler.errors.ExtractionError` with its reason.
"""

from crawler.pages.encoding import Decoded, decode
from crawler.pages.listing import read_listing
from crawler.pages.read import EXTRACTOR, part_count, read_article

__all__ = ["EXTRACTOR", "Decoded", "decode", "part_count", "read_article", "read_listing"]
