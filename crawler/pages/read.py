"""From captured pages to an article: every part is read, the first one tells the fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from archive.errors import BadUrlError
from archive.items import ArticleItem, Block, BlockKind, CapturedPage, Evidence, Image, Link
from archive.urls import Address, SiteUrls, UrlKind
from crawler.errors import ExtractionError, Reason
from crawler.pages.article import ArticlePage, language_of, look
from crawler.pages.document import Document
from crawler.pages.furniture import FurnitureTable
from crawler.pages.institutes import Mention, find_institutes
from crawler.pages.listing import ListPage
from crawler.pages.mojibake import lost
from crawler.pages.pager import find_pagers
from crawler.pages.reading import Reading
from crawler.pages.refusals import refuse
from crawler.pages.templates import choose
from crawler.pages.templates.generic import GenericPage

#: Version of the rules; changes with everything that changes what is read.
EXTRACTOR = "3"
#: An article in more parts than this is a broken or hostile pager.
_MAX_PARTS = 100


def read_article(
    pages: Sequence[CapturedPage], site: SiteUrls, furniture: FurnitureTable | None = None
) -> ArticleItem:
    """Read an article from its parts, first part first.

    `furniture` helps with pages that no template claims; the item names the table when a page used it.
    Raises ExtractionError when the first page is no article, or no part has a text.
    """
    if not pages:
        raise ValueError("an article has at least one page")
    address = _address(pages[0], site)
    objects = [_page_object(Document(page), address, site, furniture) for page in pages]
    return _item(objects, pages, address)


def part_count(page: CapturedPage) -> int:
    """Return in how many parts the article on a page is published, as its pager claims."""
    stem = _stem(page.url)
    for pager in find_pagers(Document(page).scripts):
        if stem and pager.stem in (stem, stem.rpartition("_")[0] if stem.count("_") > 1 else stem):
            return pager.total if pager.total <= _MAX_PARTS else 1
    return 1


def _stem(url: str) -> str:
    return url.partition("?")[0].partition("#")[0].rpartition("/")[2].partition(".")[0]


def _address(page: CapturedPage, site: SiteUrls) -> Address:
    try:
        return site.address(page.url)
    except BadUrlError as error:
        raise ExtractionError(page.url, Reason.NOT_AN_ARTICLE, str(error)) from error


def _page_object(
    document: Document, address: Address, site: SiteUrls, furniture: FurnitureTable | None
) -> ArticlePage:
    sight = look(document)
    head = sight.head
    refuse(document, dated=head.dated is not None, titled=head.title, boxed=bool(sight.containers))
    if address.kind is UrlKind.LISTING and ListPage(document, site).is_list():
        raise ExtractionError(document.url, Reason.NOT_AN_ARTICLE, "a list of articles")
    page = choose(sight)(sight, address)
    if isinstance(page, GenericPage):
        page.furniture = furniture
    return page


def _item(objects: Sequence[ArticlePage], pages: Sequence[CapturedPage], address: Address) -> ArticleItem:
    first = objects[0]
    title = first.title()
    if title is None:
        raise ExtractionError(first.document.url, Reason.NO_TITLE, "no title is printed or named")
    readings = [page.reading for page in objects]
    blocks = tuple(_joined(readings))
    if not blocks:
        raise ExtractionError(first.document.url, Reason.NO_BODY, f"nothing under the title {title!r}")
    text = " ".join(block.text for block in blocks)
    institutes = _institutes(readings)
    return ArticleItem(
        url=address.article_url,
        title=title,
        blocks=blocks,
        captures=tuple(page.capture for page in pages),
        parts=len(pages),
        published=first.published(),
        section=first.section(),
        breadcrumb=first.breadcrumb(),
        source_name=_source_name(objects),
        editor=next((found for page in reversed(objects) if (found := page.editor())), None),
        author=first.author() or next((page.reading.author for page in objects if page.reading.author), None),
        photographer=next((found for page in objects if (found := page.photographer())), None),
        dois=_all(objects, lambda reading: reading.dois),
        journals=_all(objects, lambda reading: reading.journals),
        institutes=tuple(mention.name for mention in institutes),
        contacts=tuple(dict.fromkeys(contact for reading in readings for contact in reading.contacts)),
        keywords=first.keywords(),
        language=language_of(text, first.document.root.get("lang")),
        captions=tuple(caption for reading in readings for caption in reading.captions),
        images=tuple(_images(objects)),
        attachments=tuple(_links(objects, lambda reading: reading.attachments)),
        videos=tuple(token for reading in readings for token in reading.videos),
        links=tuple(_links(objects, lambda reading: [link for d in reading.drafts for link in d.links])),
        template=first.name,
        extractor=EXTRACTOR,
        furniture=_furniture(objects),
        evidence=(
            *first.evidence(),
            *(note for page in objects[1:] for note in page.reading.evidence),
            *(Evidence(field="institutes", rule="list-of-names", raw=raw) for _, raw in institutes),
            *filter(None, [lost(text)]),
        ),
    )


def _furniture(objects: Sequence[ArticlePage]) -> int | None:
    tables = (page.furniture for page in objects if isinstance(page, GenericPage))
    return next((table.number for table in tables if table is not None), None)


def _source_name(objects: Sequence[ArticlePage]) -> str | None:
    """Return who first published the text: it is said on the first part or closes the last."""
    closing = next((page.reading.source_name for page in reversed(objects) if page.reading.source_name), None)
    first = objects[0]
    return closing if closing and "source" not in first.head.fields else first.source_name()


def _institutes(readings: Sequence[Reading]) -> tuple[Mention, ...]:
    """Return the first mention of every institute that the text, its captions or its contacts name."""
    said = [text for r in readings for text in (*(d.text for d in [*r.drafts, *r.taken]), *r.captions)]
    first: dict[str, Mention] = {}
    for mention in find_institutes("\n".join(said)):
        first.setdefault(mention.name, mention)
    return tuple(first.values())


def _all(objects: Sequence[ArticlePage], of: Callable[[Reading], Iterable[str]]) -> tuple[str, ...]:
    """Return what all parts say, once, in order."""
    return tuple(dict.fromkeys(value for page in objects for value in of(page.reading)))


def _joined(readings: Sequence[Reading]) -> Iterable[Block]:
    """Return the blocks of all parts; a line that only repeats the headline of a part is none."""
    for reading in readings:
        for draft in reading.drafts:
            if draft.text or draft.kind in (BlockKind.LIST, BlockKind.TABLE):
                yield draft.block


def _images(objects: Sequence[ArticlePage]) -> Iterable[Image]:
    seen: set[str] = set()
    for page in objects:
        for image in page.reading.images:
            url = page.document.absolute(image.url)
            if url and url not in seen:
                seen.add(url)
                yield replace(image, url=url)


def _links(objects: Sequence[ArticlePage], of: Callable[[Reading], Iterable[Link]]) -> Iterable[Link]:
    seen: set[Link] = set()
    for page in objects:
        for link in of(page.reading):
            url = page.document.absolute(link.url)
            if url and (found := replace(link, url=url)) not in seen:
                seen.add(found)
                yield found
