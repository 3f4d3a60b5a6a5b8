"""Articles on their way out."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from lxml.html import fromstring

from archive.db import Database
from archive.errors import StorageError
from archive.export import html, jsonl, markdown, record, text, write_jsonl
from archive.items import Block, BlockKind, Contact, Evidence, Image
from archive.query import ArticleQuery, articles, find, get_article
from archive.store import Store
from tests.archive.samples import FRONT, SOURCE, item, paragraphs, url

CONTACT = Contact(name="ZHAO Wu", institute="Institute of Samples", email="zhaowu@example.org")
REFERENCES = {
    "photographer": "SUN Wu",
    "dois": ("10.5555/abc",),
    "journals": ("Journal of Samples",),
    "institutes": ("Institute of Samples",),
}
BLOCKS = (
    *paragraphs("One *star* paragraph."),
    Block(kind=BlockKind.HEADING, text="A # heading", level=1),
    Block(kind=BlockKind.LIST, text="a\nb", level=1, rows=(("a",), ("b",))),
    Block(kind=BlockKind.LIST, text="c", rows=(("c",),)),
    Block(kind=BlockKind.TABLE, text="x\ty\n1|2", rows=(("x", "y"), ("1|2",))),
    Block(kind=BlockKind.QUOTE, text="said\nso"),
    *paragraphs("1. no list", "- nor here", "line\nbreak"),
)


def test_a_line(database: Database, store: Store) -> None:
    fields = {
        "section": "Science",
        "source_name": "Xinhua",
        "editor": "LI Si",
        "keywords": ("a", "b"),
        **REFERENCES,
    }
    store.save(
        item(None, "One.", "二。", captions=("C",), breadcrumb=("Home",), language="en", **fields), SOURCE
    )
    store.save(item(url(folder=FRONT)), SOURCE)
    stream = StringIO()
    assert jsonl(articles(database), stream) == 1
    assert json.loads(stream.getvalue()) == {
        "id": "sample-80493",
        "url": url(),
        "other_urls": [url(folder=FRONT)],
        "source": "sample",
        "section": "Science",
        "breadcrumb": ["Home"],
        "language": "en",
        "title": "A title",
        "published": "2020-01-02",
        "source_name": "Xinhua",
        "editor": "LI Si",
        "author": None,
        "photographer": "SUN Wu",
        "keywords": ["a", "b"],
        "abstract": None,
        "doi": ["10.5555/abc"],
        "journal": ["Journal of Samples"],
        "institutes": ["Institute of Samples"],
        "text": "One.\n\n二。",
        "captions": ["C"],
        "parts": 1,
        "first_seen": "2026-01-01T08:00:00+00:00",
        "last_changed": "2026-01-01T08:00:00+00:00",
        "status": "live",
        "template": "A",
        "extractor": "1",
        "quality": {"score": 80, "reasons": ["short-text:12"]},
        "capture": {
            "warc": "sample-20260101080000-00000.warc.gz",
            "offset": get_article(database, "80493").capture.offset,
            "digest": f"sha256:{url()}@0",
        },
    }
    assert "二" in stream.getvalue()


def test_contacts_leave_only_when_they_are_asked_for(database: Database, store: Store) -> None:
    store.save(item(contacts=(CONTACT,)), SOURCE)
    article = get_article(database, "80493")
    assert "contacts" not in record(article)
    assert record(article, contacts=True)["contacts"] == [
        {"name": "ZHAO Wu", "institute": "Institute of Samples", "email": "zhaowu@example.org"}
    ]
    for asked in (False, True):
        stream = StringIO()
        jsonl(articles(database), stream, contacts=asked)
        assert ("zhaowu" in stream.getvalue()) is asked
    for shown in (text(article), markdown(article)):
        assert "zhaowu" not in shown


def test_contacts_are_in_no_index_and_no_evidence(database: Database, store: Store) -> None:
    noted = Evidence(field="contacts", rule="closing", raw="ZHAO Wu zhaowu@example.org")
    store.save(item(contacts=(CONTACT,), evidence=(noted,)), SOURCE)
    article = get_article(database, "80493")
    assert article.contacts == (CONTACT,)
    assert article.evidence == (Evidence(field="contacts", rule="closing", raw=""),)
    assert find(database, ArticleQuery("zhaowu")).total == 0


def test_no_date_is_null(database: Database, store: Store) -> None:
    store.save(item(published=None), SOURCE)
    assert record(get_article(database, "80493"))["published"] is None


def test_plain_text(database: Database, store: Store) -> None:
    store.save(item(blocks=BLOCKS, captions=("A picture",)), SOURCE)
    shown = text(get_article(database, "80493"))
    assert shown.startswith(
        f"A title\n2020-01-02 · Science News · sample-80493\n{url()}\n\nOne *star* paragraph.\n"
    )
    assert "\n\n1. a\n2. b\n\n- c\n\nx\ty\n1|2\n\n    said\n    so\n" in shown
    assert shown.endswith("\n\n[A picture]\n")


def test_markdown(database: Database, store: Store) -> None:
    store.save(item(blocks=BLOCKS, title="A_title"), SOURCE)
    shown = markdown(get_article(database, "80493"))
    assert shown.startswith("# A\\_title\n\n*2020-01-02 · Science News · sample-80493*\n\n<https://")
    for expected in (
        "One \\*star\\* paragraph.",
        "## A \\# heading",
        "1. a\n2. b",
        "- c",
        "| x | y |\n| --- | --- |\n| 1\\|2 |  |",
        "> said\n> so",
        "1\\. no list",
        "\\- nor here",
        "line  \nbreak",
    ):
        assert f"\n\n{expected}\n" in shown


def test_html(database: Database, store: Store) -> None:
    images = (
        Image(url="https://x.example/1.jpg", caption="Seen"),
        Image(url="https://x.example/2.jpg"),
    )
    store.save(item(blocks=BLOCKS, images=images, captions=("Seen", "Apart"), language="en"), SOURCE)
    shown = html(get_article(database, "80493"))
    assert shown.startswith('<article id="sample-80493" lang="en">\n<header><h1>A title</h1>')
    for expected in (
        f'<a href="{url()}" rel="noopener noreferrer">{url()}</a>',
        "<p>One *star* paragraph.</p>",
        "<h2>A # heading</h2>",
        "<ol><li>a</li><li>b</li></ol>",
        "<ul><li>c</li></ul>",
        "<table><tbody><tr><td>x</td><td>y</td></tr><tr><td>1|2</td></tr></tbody></table>",
        "<blockquote><p>said<br>so</p></blockquote>",
        "<p>line<br>break</p>",
        '<figure><img src="https://x.example/1.jpg" alt="Seen"><figcaption>Seen</figcaption></figure>',
        '<figure><img src="https://x.example/2.jpg" alt=""></figure>',
        "<figure><figcaption>Apart</figcaption></figure>",
    ):
        assert shown.count(expected) == 1, expected


HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(1)">&lt;b&gt;"\'</article><iframe>'


def test_html_is_safe_whatever_was_archived(database: Database, store: Store) -> None:
    rows = ((HOSTILE, HOSTILE),)
    blocks = tuple(
        Block(kind=kind, text=HOSTILE, rows=rows if kind in ("list", "table") else ()) for kind in BlockKind
    )
    images = (Image(url="javascript:alert(1)", caption=HOSTILE),)
    fields = {"title": HOSTILE, "section": HOSTILE, "author": HOSTILE, "language": '"><script>'}
    store.save(item(blocks=blocks, images=images, captions=(HOSTILE,), **fields), SOURCE)
    root = fromstring(html(get_article(database, "80493")))
    assert root.tag == "article"
    for element in root.iter():
        assert element.tag not in ("script", "iframe")
        assert not [name for name in element.attrib if name.startswith("on")]
        assert "javascript" not in "".join(element.attrib.values())
    assert [p.text_content() for p in root.findall("p")] == [HOSTILE]


def test_a_file_is_there_whole(database: Database, store: Store, tmp_path: Path) -> None:
    store.save(item(), SOURCE)
    out = tmp_path / "out.jsonl"
    assert write_jsonl(articles(database), out) == 1
    assert json.loads(out.read_text("utf-8"))["id"] == "sample-80493"
    assert not list(tmp_path.glob(".*part"))


def test_a_file_that_fails_is_not_there_at_all(tmp_path: Path) -> None:
    def broken():  # type: ignore[no-untyped-def]
        raise OSError(28, "No space left on device")
        yield

    with pytest.raises(StorageError, match="No space left on device"):
        write_jsonl(broken(), tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StorageError, match="cannot write"):
        write_jsonl([], tmp_path / "absent" / "out.jsonl")
