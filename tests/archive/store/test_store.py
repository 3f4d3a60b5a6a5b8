"""Saving: what is kept, what is said about it, and the full text in step."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from archive.db import Database
from archive.errors import BadInputError, NotFoundError
from archive.items import Contact, Evidence, Image, Link
from archive.query import ArticleQuery, Stats, articles, find, get_article, stats
from archive.store import Outcome, Response, SavedListing, Store
from tests.archive.samples import (
    FRONT,
    OLD,
    SCIENCE,
    SOURCE,
    capture,
    entry,
    item,
    listing,
    moment,
    paragraphs,
    url,
)

ID = "sample-80493"


def ids(database: Database, words: str) -> list[str]:
    return [hit.id for hit in find(database, ArticleQuery(words)).hits]


def test_a_new_article(database: Database, store: Store) -> None:
    saved = store.save(item(source_name="Xinhua", keywords=("orbit",), editor="LI Si"), SOURCE)
    assert (saved.outcome, saved.article_id) == (Outcome.NEW, ID)
    article = get_article(database, ID)
    assert (article.title, article.url, article.source, article.status) == (
        "A title",
        url(),
        "sample",
        "live",
    )
    assert (article.source_name, article.editor, article.keywords) == ("Xinhua", "LI Si", ("orbit",))
    assert article.published == date(2020, 1, 2)
    assert article.first_seen == article.last_seen == article.last_changed == moment(0)
    assert article.capture == capture(url())
    assert article.version == 1


def test_everything_of_an_item_comes_back(database: Database, store: Store) -> None:
    sent = item(
        blocks=paragraphs("One.", "Zwei – 二."),
        captions=("A caption",),
        images=(Image(url="https://news.example.org/W1.jpg", caption="A caption"),),
        attachments=(Link(url="https://news.example.org/P1.pdf", text="Data"),),
        links=(Link(url="https://example.org/", text="there"),),
        videos=("[video:x]",),
        breadcrumb=("Home", "News"),
        language="en",
        author="ZHANG San",
        photographer="SUN Wu",
        dois=("10.5555/abc",),
        journals=("Journal of Samples",),
        institutes=("Institute of Samples",),
        contacts=(Contact(name="ZHAO Wu", email="zhaowu@example.org"),),
        evidence=(Evidence(field="title", rule="head", raw="A title"),),
    )
    store.save(sent, SOURCE)
    article = get_article(database, ID)
    for name in ("blocks", "captions", "images", "attachments", "links", "videos", "breadcrumb", "text",
                 "language", "author", "photographer", "dois", "journals", "institutes", "contacts",
                 "furniture", "template", "extractor", "parts", "evidence", "captures"):  # fmt: skip
        assert getattr(article, name) == getattr(sent, name), name


def test_the_section_is_the_printed_one_else_that_of_the_folder(database: Database, store: Store) -> None:
    store.save(item(url(1111), section="As printed"), SOURCE)
    store.save(item(url(2222)), SOURCE)
    store.save(item(url(3333, OLD)), SOURCE)
    sections = [get_article(database, str(docid)).section for docid in (1111, 2222, 3333)]
    assert sections == ["As printed", "Science News", None]


def test_nothing_new_adds_no_version(database: Database, store: Store) -> None:
    store.save(item(), SOURCE)
    assert store.save(item(hours=24, template="C", extractor="2"), SOURCE).outcome is Outcome.UNCHANGED
    article = get_article(database, ID)
    assert (article.version, article.last_seen, article.last_changed) == (1, moment(24), moment(0))
    assert article.template == "A"
    assert article.capture == capture(url(), 0)


def test_keywords_alone_are_taken_over_without_a_version(database: Database, store: Store) -> None:
    store.save(item(keywords=("panda",)), SOURCE)
    assert store.save(item(hours=24, keywords=("rice",)), SOURCE).outcome is Outcome.UNCHANGED
    article = get_article(database, ID)
    assert (article.version, article.keywords, article.last_changed) == (1, ("rice",), moment(0))
    assert (ids(database, "panda"), ids(database, "rice")) == ([], [ID])


def test_a_change_is_a_version(database: Database, store: Store) -> None:
    store.save(item(None, "The panda sleeps."), SOURCE)
    assert store.save(item(None, "The fossil wakes.", hours=24), SOURCE).outcome is Outcome.CHANGED
    article = get_article(database, ID)
    assert (article.version, article.text) == (2, "The fossil wakes.")
    assert (article.first_seen, article.last_changed) == (moment(0), moment(24))
    assert article.capture == capture(url(), 24)
    assert ids(database, "panda") == []
    assert ids(database, "fossil") == [ID]


def test_the_same_capture_twice_changes_nothing(database: Database, store: Store) -> None:
    store.save(item(), SOURCE)
    before = dump(database)
    assert store.save(item(), SOURCE).outcome is Outcome.UNCHANGED
    assert dump(database) == before


def test_a_late_capture_finds_its_place(database: Database, store: Store) -> None:
    store.save(item(None, "First."), SOURCE)
    store.save(item(None, "First.", hours=20), SOURCE)
    assert store.save(item(None, "Between.", hours=10), SOURCE).outcome is Outcome.CHANGED
    article = get_article(database, ID)
    assert (article.version, article.text, article.last_changed) == (3, "First.", moment(20))
    assert article.capture == capture(url(), 20)


def test_parts_are_captures_in_order(database: Database, store: Store) -> None:
    captures = (capture("one", 0), capture("two", 1), capture("three", 2))
    store.save(item(parts=3, captures=captures), SOURCE)
    assert get_article(database, ID).captures == captures
    with database.read() as connection:
        urls = list(connection.scalars(text("SELECT url FROM captures ORDER BY captured_at")))
    assert urls == [url(), url().replace("80493", "80493_1"), url().replace("80493", "80493_2")]


def test_another_address_of_the_same_article(database: Database, store: Store) -> None:
    store.save(item(url(folder=SCIENCE)), SOURCE)
    saved = store.save(item(url(folder=FRONT), "Hardly different."), SOURCE)
    assert (saved.outcome, saved.article_id) == (Outcome.DUPLICATE_OF, ID)
    article = get_article(database, ID)
    assert (article.url, article.other_urls) == (url(), (url(folder=FRONT),))
    assert article.text == "A text about satellites."
    assert stats(database).versions == 1
    assert len(dump(database)["versions"]) == 1


def test_the_preferred_address_wins_when_it_comes_later(database: Database, store: Store) -> None:
    store.save(item(url(folder=FRONT), "Hardly different panda."), SOURCE)
    assert store.save(item(url(folder=SCIENCE)), SOURCE).outcome is Outcome.DUPLICATE_OF
    article = get_article(database, ID)
    assert (article.url, article.text, article.version) == (url(), "A text about satellites.", 1)
    assert ids(database, "panda") == []
    assert store.save(item(url(folder=FRONT), "More.", hours=1), SOURCE).outcome is Outcome.DUPLICATE_OF
    assert store.save(item(url(folder=SCIENCE), hours=1), SOURCE).outcome is Outcome.UNCHANGED


def test_parts_and_aliases_are_one_address(database: Database, store: Store) -> None:
    store.save(item("http://news.example.net/science/202001/t20200102_80493_2.html?from=x#top"), SOURCE)
    assert get_article(database, ID).url == url()


def test_an_address_of_another_site_is_refused(database: Database, store: Store) -> None:
    with pytest.raises(BadInputError, match="not an address of the source sample"):
        store.save(item("https://example.com/science/202001/t20200102_80493.html"), SOURCE)
    assert stats(database).captures == 0


def test_captures_of_pages_without_articles(database: Database, store: Store) -> None:
    store.save_capture(
        "https://news.example.org/robots.txt", capture("robots"), response=Response(404, "text/plain")
    )
    store.save_capture(
        "https://news.example.org/robots.txt", capture("robots"), response=Response(404, "text/plain")
    )
    store.save(item(), SOURCE)
    store.save_capture(url(), capture(url()), response=Response(200, "text/html"))
    with database.read() as connection:
        rows = connection.execute(text("SELECT url, status, mime FROM captures ORDER BY url")).all()
    assert rows == [("https://news.example.org/robots.txt", 404, "text/plain"), (url(), 200, "text/html")]


# Listings


def test_a_listed_article_is_known_and_not_shown(database: Database, store: Store) -> None:
    assert store.save_listing(listing(entry(url(1111)), entry()), SOURCE, SCIENCE) == SavedListing(2, 0)
    assert store.save_listing(listing(entry(), entry(url(2222)), hours=1), SOURCE, SCIENCE) == SavedListing(
        1, 1
    )
    facts = stats(database)
    assert (facts.articles, facts.listed) == (0, 3)
    assert list(articles(database)) == []
    with pytest.raises(NotFoundError, match="named by a listing, but its page has not been read"):
        get_article(database, ID)
    assert store.save(item(), SOURCE).outcome is Outcome.NEW


@pytest.mark.parametrize("listing_first", [True, False])
def test_keywords_and_abstract_of_a_listing(database: Database, store: Store, listing_first: bool) -> None:
    said = listing(entry(keywords=("panda", "bamboo"), abstract="In short."))
    if listing_first:
        store.save_listing(said, SOURCE, SCIENCE)
    store.save(item(), SOURCE)
    if not listing_first:
        assert ids(database, "bamboo") == []
        store.save_listing(said, SOURCE, SCIENCE)
    article = get_article(database, ID)
    assert (article.keywords, article.abstract) == (("panda", "bamboo"), "In short.")
    assert ids(database, "bamboo") == [ID]


def test_the_pages_own_keywords_come_first(database: Database, store: Store) -> None:
    store.save_listing(listing(entry(keywords=("panda",))), SOURCE, SCIENCE)
    store.save(item(keywords=("own",)), SOURCE)
    assert get_article(database, ID).keywords == ("own",)
    assert ids(database, "panda") == []


def test_keywords_that_change_are_found_anew(database: Database, store: Store) -> None:
    store.save(item(), SOURCE)
    store.save_listing(listing(entry(keywords=("panda",))), SOURCE, SCIENCE)
    store.save_listing(listing(entry(keywords=("rice",)), page=3, hours=5), SOURCE, SCIENCE)
    store.save_listing(listing(entry(keywords=("early",)), page=1, hours=2), SOURCE, SCIENCE)
    assert (ids(database, "panda"), ids(database, "rice"), ids(database, "early")) == ([], [ID], [])


# What leads nowhere, or elsewhere


def test_a_listed_address_that_is_dead_is_not_the_articles(database: Database, store: Store) -> None:
    store.save_listing(listing(entry(url(folder=SCIENCE))), SOURCE, SCIENCE)
    store.save(item(url(folder=FRONT)), SOURCE)
    assert get_article(database, ID).url == url(folder=SCIENCE)
    store.save_missing(url(folder=SCIENCE), SOURCE, at=moment(2), reason="dead-link")
    article = get_article(database, ID)
    assert (article.url, article.other_urls) == (url(folder=FRONT), (url(folder=SCIENCE),))


@pytest.mark.parametrize("listed", [None, "before", "after"])
def test_a_redirect_is_an_address_of_its_target(database: Database, store: Store, listed: str | None) -> None:
    old = url(1111, OLD)
    steps = [
        lambda: store.save_redirect(old, url(), SOURCE, at=moment(1)),
        lambda: store.save(item(), SOURCE),
    ]
    if listed:
        said = listing(entry(old, keywords=("panda",)), folder=OLD)
        steps.insert(0 if listed == "before" else 2, lambda: store.save_listing(said, SOURCE, OLD))
    for step in steps:
        step()
    article = get_article(database, old)
    assert (article.id, article.url, article.other_urls) == (ID, url(), (old,))
    assert article.keywords == (("panda",) if listed else ())
    assert stats(database).listed == 0


def test_an_article_that_moved_keeps_its_history(database: Database, store: Store) -> None:
    store.save(item(url(1111, OLD)), SOURCE)
    store.save_redirect(url(1111, OLD), url(), SOURCE, at=moment(1))
    store.save(item(hours=1), SOURCE)
    assert {article.id for article in articles(database)} == {"sample-1111", ID}


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is kept, but the full-text index's own tables."""
    with database.read() as connection:
        names = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'article_words_%'")
        ).all()
        return {
            name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")]  # noqa: S608
            for name in names
        }


def test_figures(database: Database, store: Store) -> None:
    store.save(item(url(1111), published=date(2019, 5, 1)), SOURCE)
    store.save(item(url(2222), template="B", published=None), SOURCE)
    store.save(item(url(2222), "Changed.", hours=3, template="C"), SOURCE)
    store.save_listing(listing(entry(url(3333)), folder=OLD), SOURCE, OLD)
    facts = stats(database)
    assert facts == Stats(
        articles=2,
        listed=1,
        versions=3,
        captures=4,
        addresses=3,
        runs=0,
        first_published=date(2019, 5, 1),
        last_published=date(2020, 1, 2),
        by_section={"Science News": 2},
        by_year={"2020": 1, "2019": 1},
        by_template={"A": 1, "C": 1},
        warc_bytes=400,
        database_bytes=facts.database_bytes,
    )
    assert facts.database_bytes > 0
