"""Fields that are data, as tables: contacts, DOIs, journals, institutes, credits, closing tags, damage."""

from __future__ import annotations

import pytest

from archive.items import ArticleItem, Contact, Evidence
from crawler.pages import read_article
from crawler.pages.institutes import find_institutes
from crawler.pages.mojibake import lost, repair
from crawler.pages.references import find_dois, is_doi, is_reference
from crawler.pages.tags import photographer_of, read_tag
from tests.pages.samples import SITE, captured

STORY = (
    "<p>A pump that nobody has to wind has run for a year in a cellar of the old town, engineers said.</p>"
    * 3
)
PAGE = """<html><head><title>A Pump Runs</title>%s</head><body><p>/ Home / Newsroom / News Updates</p>
<h1>A Pump Runs</h1><p>Sep 10, 2024</p><div class="TRS_Editor">%s%s</div>
<p>Copyright © 2002 - Chinese Academy of Sciences</p></body></html>"""
LI = Contact(name="LI Ming", institute="Institute of Pumps", email="liming@p.example.org")
BARE = Contact(name="LI Ming", email="liming@p.example.org")


def read(markup: str, head: str = "", story: str = STORY) -> ArticleItem:
    return read_article([captured(PAGE % (head, story, markup))], SITE)


@pytest.mark.parametrize(
    ("markup", "contacts"),
    [
        ("<p>Contact: LI Ming, Institute of Pumps, E-mail: liming@p.example.org</p>", [LI]),
        ("<p>Contact:</p><p>LI Ming</p><p>Institute of Pumps</p><p>E-mail: liming@p.example.org</p>", [LI]),
        ("<p>Contact:<br>Prof. LI Ming<br>Institute of Pumps<br>Email: liming AT p.example.org</p>", [LI]),
        ("<p>Contact:</p><p>Institute of Pumps</p><p>LI Ming</p><p>E-mail: liming@p.example.org</p>", [LI]),
        ("<p>Contact</p><p>LI Ming (Institute of Pumps)</p><p>liming@p.example.org</p>", [LI]),
        ("<p>Contact:</p><p>LI Ming</p><p>E-mail: liming<br>@p.example.org</p>", [BARE]),
        ("<p>Contact:</p><p>LI Ming</p><p>E-mail: liming@<br>p.example.org</p>", [BARE]),
        ("<p>Contact:</p><p>LI Ming</p><p>E-mail: liming(at)p.example.org</p>", [BARE]),
        ("<p>Contact:</p><p>LI Ming</p><p>E-mail: liming [at] p[dot]example[dot]org</p>", [BARE]),
        ("<p>Contact:</p><p>LI Ming</p><p>E-mail：liming＠p.example.org</p>", [BARE]),
        ("<p>Contact:</p><p>LI Ming</p><p><a href='mailto:liming@p.example.org?a=b'>E-mail</a></p>", [BARE]),
        ("<p>Media Contact: LI Ming, Tel: 86-10-5550-0101, E-mail: liming@p.example.org</p>", [BARE]),
        ("<p>Contact</p><p>LI Ming, WU Fan</p><p>E-mail: liming@p.example.org; wufan@p.example.org</p>",
         [BARE, Contact(name="WU Fan", email="wufan@p.example.org")]),
        ("<table><tr><td>Name</td><td>Institute</td><td>E-mail</td></tr>"
         "<tr><td>LI Ming</td><td>Institute of Pumps</td><td>liming@p.example.org</td></tr></table>", [LI]),
        ("<p>Media Contact</p><p>LI Ming</p><p>E-mail: liming@p.example.org</p>"
         "<p>Scientific Contact</p><p>Dr. WU Fan</p><p>Email: wufan@wells.example.org</p>",
         [BARE, Contact(name="WU Fan", email="wufan@wells.example.org")]),
        ("<p>Contact</p><p></p><p>E-mail:</p>", []),
        ("<p>(Contact: LI Ming, E-mail: liming@p.example.org)</p>", [BARE]),
        ("<p>(Contact: LI Ming (Institute of Pumps), E-mail: liming@p.example.org)</p>", [LI]),
    ],
)  # fmt: skip
def test_contacts_become_data_and_leave_the_text(markup: str, contacts: list[Contact]) -> None:
    item = read(markup)
    assert list(item.contacts) == contacts
    assert item.text == read("").text
    assert (item.source_name, item.author) == (None, None)
    assert not any("liming" in note.raw or "Ming" in note.raw for note in item.evidence)


def test_a_contact_in_brackets_behind_a_sentence_leaves_the_sentence() -> None:
    item = read("<p>It ran. (Contact: LI Ming, E-mail: liming@p.example.org)</p>")
    assert (item.text.rpartition("\n")[2], item.source_name, item.contacts) == ("It ran.", None, (BARE,))


@pytest.mark.parametrize(
    ("lines", "journals", "names"),
    [
        (["Contact", "LI Ming", "DOI:"], (), ["LI Ming"]),
        (["Contact", "LI Ming", "DOI: 10.5555/f.1"], (), ["LI Ming"]),
        (["Contact", "E-mail: a@p.example.org", "LI Ming", "DOI: 10.5555/f.1"], (), [None, "LI Ming"]),
        (["Contact", "LI Ming", "Institute of Pumps", "DOI: 10.5555/f.1"], (), ["LI Ming"]),
        (
            ["Contact", "LI Ming", "E-mail: a@p.example.org", "Cold Pumps", "DOI: 10.5555/f.1"],
            ("Cold Pumps",),
            ["LI Ming"],
        ),
        (["Cold Pumps", "DOI: 10.5555/f.1", "Contact", "LI Ming"], ("Cold Pumps",), ["LI Ming"]),
        (
            ["Contact", "LI Ming", "E-mail: a@p.example.org", "ACS Pumps", "DOI: 10.5555/f.1"],
            ("ACS Pumps",),
            ["LI Ming"],
        ),
    ],
)
def test_who_is_to_be_contacted_is_no_journal(
    lines: list[str], journals: tuple[str, ...], names: list[str | None]
) -> None:
    item = read("".join(f"<p>{line}</p>" for line in lines))
    assert item.journals == journals
    assert [contact.name for contact in item.contacts] == names


@pytest.mark.parametrize(
    "head",
    [
        "<meta name=author content='liming@p.example.org'>",
        "<meta name=contentsource content='https://p.example.org/a'>",
        "<meta name=source content='www.p.example.org'>",
    ],
)
def test_an_address_is_nobodys_name(head: str) -> None:
    item = read("", head=head)
    assert (item.author, item.source_name) == (None, None)


@pytest.mark.parametrize(
    "call",
    [
        "<p>Applicants should contact the office before they apply for one of the two posts.</p>",
        "<p>For the workshop please contact the office of the station in the old town.</p>",
    ],
)
def test_a_story_that_is_a_call_keeps_its_contact(call: str) -> None:
    item = read("<p>Contact: LI Ming, E-mail: liming@p.example.org</p>", story=STORY + call)
    assert item.text.endswith("Contact: LI Ming, E-mail: liming@p.example.org")
    assert item.contacts == ()


@pytest.mark.parametrize(
    "story",
    [
        "<p>Applicants for patents on pumps had grown in number by far, the office of the town said.</p>",
        "<p>The registration of pumps has been a duty in the old town for more than a hundred years.</p>",
        "<p>Nobody had thought of the position of the pump, nor that an opening in the wall was there.</p>",
    ],
)
def test_words_of_research_make_no_call(story: str) -> None:
    item = read("<p>Contact: LI Ming, E-mail: liming@p.example.org</p>", story=STORY + story)
    assert item.contacts == (BARE,)
    assert "LI Ming" not in item.text


def test_a_title_with_a_word_of_calls_makes_no_call() -> None:
    page = PAGE % ("", STORY, "<p>Contact: LI Ming, E-mail: liming@p.example.org</p>")
    item = read_article([captured(page.replace("A Pump Runs", "Contact Position of Openings"))], SITE)
    assert item.contacts == (BARE,)


def test_reports_amid_the_story_are_text() -> None:
    reports = (
        "<h3>Related Reports</h3><p>Two reports were published on it, one of them by "
        "<a href='a.html'>the office</a> of the town, and both say that the pump runs.</p><p>Both agree.</p>"
    )
    assert read(reports).text.endswith("both say that the pump runs.\n\nBoth agree.")
    links = (
        "<h3>Related Reports</h3><p><a href='a.html'>A Pump Stops</a></p><p><a href='b.html'>A Well</a></p>"
    )
    assert read(links).text == read("").text


def test_a_title_that_only_machines_are_told_has_no_name_of_the_site() -> None:
    title = "Rice Sways | Institute of Botany, Chinese Academy of Sciences"
    page = f"<html><head><title>{title}</title></head><body>{STORY}"
    assert read_article([captured(page)], SITE).title == "Rice Sways"


LONG = "<p>" + "A pump of many parts runs, and its pipes are long. " * 40 + "</p>"


@pytest.mark.parametrize(
    ("box", "is_text"),
    [
        ("<p>But the engineers warned that nothing of it is sure.</p>", True),
        ("<p><a href='a.html'>A Pump Stops in the Old Town</a> 2024</p>", False),
        ("<p><img src='a.png'></p>", False),
    ],
)
def test_a_small_second_container_is_text_unless_it_is_a_box(box: str, is_text: bool) -> None:
    item = read(f"</div><div class=TRS_Editor>{box}", story=LONG)
    assert (len(item.blocks), len(item.images)) == (2 if is_text else 1, 0)


@pytest.mark.parametrize(
    ("below", "is_text"),
    [
        (
            "The last words stand outside of the box, and say that the town paid for the pump.",
            True,
        ),
        (
            "<a href='a.html'>The last words stand outside of the box</a>, and lead to a page on the pump.",
            False,
        ),
        (
            "Disclaimer: this page is a translation, for which nobody can be held to account.",
            False,
        ),
        (
            "Write to the office at pumps@p.example.org, which will tell you all about the pump.",
            False,
        ),
    ],
)
def test_a_paragraph_below_the_container_is_text_when_it_is_whole_sentences(
    below: str, is_text: bool
) -> None:
    item = read(f"</div><div><p>{below}</p>")
    assert item.text == (read("").text + "\n\n" + below if is_text else read("").text)


def test_a_small_container_above_the_title_is_a_banner() -> None:
    page = PAGE % ("", LONG, "")
    banner = "<div class=TRS_Editor>The academy of pumps wishes a good year.</div><h1>"
    item = read_article([captured(page.replace("<h1>", banner))], SITE)
    assert (item.title, len(item.blocks)) == ("A Pump Runs", 1)


def test_what_somebody_is_quoted_with_makes_no_call() -> None:
    story = (
        STORY
        + '<p>"Contact us when it stops, and bring a new belt with you," said LI Ming, who built it.</p>'
    )
    assert read("<p>Contact: LI Ming, E-mail: liming@p.example.org</p>", story=story).contacts == (BARE,)


@pytest.mark.parametrize(
    ("text", "dois"),
    [
        ("see https://doi.org/10.5555/ABC.1.", ["10.5555/abc.1"]),
        ("(DOI: 10.5555/x(99)1-2).", ["10.5555/x(99)1-2"]),
        ("(https://dx.doi.org/10.5555/y)", ["10.5555/y"]),
        ("doi:10.5555/a, doi:10.5555/b;", ["10.5555/a", "10.5555/b"]),
        ("version 10.5 of 2024/01", []),
        ("10.5555/", []),
    ],
)
def test_dois_are_found_without_what_surrounds_them(text: str, dois: list[str]) -> None:
    assert list(find_dois(text)) == dois


@pytest.mark.parametrize(
    ("line", "doi", "reference"),
    [
        ("DOI: 10.5555/abc", True, True),
        ("https://doi.org/10.5555/abc", True, True),
        ("The data are kept under doi:10.5555/abc and may be used.", False, False),
        ("Journal: Acta Pumporum", False, True),
        ("Link to paper: https://p.example.org/paper", False, True),
        ("Paper boats were folded from the maps.", False, False),
    ],
)
def test_lines_that_are_references(line: str, doi: bool, reference: bool) -> None:
    assert (is_doi(line), is_reference(line)) == (doi, reference)


@pytest.mark.parametrize(
    ("sentence", "journals"),
    [
        ("The study was published in Nature on Monday.", ("Nature",)),
        ("The study was published online in the journal Acta Pumporum last week.", ("Acta Pumporum",)),
        ("They report in Letters of the Wells (DOI: 10.5555/lw.1) that it runs.", ("Letters of the Wells",)),
        ("The study (Acta Pumporum, https://doi.org/10.5555/ap.1) took a year.", ("Acta Pumporum",)),
        ("The results were published in Proceedings of the Wells.", ("Proceedings of the Wells",)),
        ("The results were published in China on Monday.", ()),
        ("It was first described in Shanghai in March.", ()),
    ],
)
def test_journals_are_named_by_sentences(sentence: str, journals: tuple[str, ...]) -> None:
    assert read(f"<p>{sentence}</p>").journals == journals


def test_references_for_machines() -> None:
    head = """<meta name="citation_doi" content="doi:10.5555/M.1">
<meta name="citation_journal_title" content="Acta Pumporum">
<script type="application/ld+json">{"@type":"ScholarlyArticle","sameAs":"https://doi.org/10.5555/ld.2",
"isPartOf":{"@type":"Periodical","name":"Wells"}}</script>
<script type="application/ld+json">{broken</script>"""
    item = read("", head)
    assert item.dois == ("10.5555/m.1", "10.5555/ld.2")
    assert item.journals == ("Acta Pumporum", "Wells")
    assert {note.rule for note in item.evidence if note.field == "dois"} == {"meta:citation_doi", "json-ld"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("the Institute of Physics (IOP) of the Chinese Academy of Sciences", ["Institute of Physics"]),
        ("the Institute of Physics, Prague", []),
        ("the Max Planck Institute of Physics and CAS", []),
        ("CAS and the Institute of Physics of the Sea", []),
        ("the Dalian Institute of Chemical Physics & the Institute of Geology and Geophysics, CAS",
         ["Dalian Institute of Chemical Physics", "Institute of Geology and Geophysics"]),
        ("the Changchun Institute of Optics, Fine Mechanics and Physics said",
         ["Changchun Institute of Optics, Fine Mechanics and Physics"]),
        ("researchers of USTC", ["University of Science and Technology of China"]),
        ("the National Time Service Centre", ["National Time Service Center"]),
        ("the Kunming Institute of Botany and Yunnan University", ["Kunming Institute of Botany"]),
    ],
)  # fmt: skip
def test_institutes_of_the_academy(text: str, names: list[str]) -> None:
    assert [mention.name for mention in find_institutes(text)] == names


def test_institutes_are_named_once_with_their_evidence() -> None:
    story = (
        "<p>The Wuhan Institute of Virology said so. The Wuhan Institute of Virology said it twice.</p>"
        + STORY
    )
    item = read("", story=story)
    assert item.institutes == ("Wuhan Institute of Virology",)
    assert (
        Evidence(field="institutes", rule="list-of-names", raw="Wuhan Institute of Virology") in item.evidence
    )


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("A pump. (Photo by LI Ming)", "LI Ming"), ("A pump. (Xinhua/Huang Bohan)", "Huang Bohan"),
        ("A pump. Photo: LI Ming", "LI Ming"), ("A pump. [Photo/CCTV]", None),
        ("A pump. (Image by the Institute of Pumps)", None), ("A pump. (Image by LI Ming’s group)", None),
        ("A pump. Credit: Pump Station", None), ("A pump.", None), ("(Xinhua/China Daily)", None),
    ],
)  # fmt: skip
def test_photographer(caption: str, name: str | None) -> None:
    assert photographer_of(caption) == name


@pytest.mark.parametrize(
    ("text", "rest", "fields"),
    [
        ("It ran. (Xinhua)", "It ran.", {"source_name": "Xinhua"}),
        ("It ran. (Source: Science Daily; Editor: LIU Jia)", "It ran.",
         {"source_name": "Science Daily", "editor": "LIU Jia"}),
        ("(By LI Ming, China Daily)", "", {"author": "LI Ming", "source_name": "China Daily"}),
        ("Edited by SUN Li", "", {"editor": "SUN Li"}),
        ("(Xinhua/China Daily)", "", {"source_name": "Xinhua/China Daily"}),
        ("（原载于《样报》 2025-06-10 第2版）", "", {"source_name": "样报"}),
        ("It ran. (Science Daily)", "It ran.", {"source_name": "Science Daily"}),
        ("From: China Daily", "", {"source_name": "China Daily"}),
        ("It ran.\nSource: Xinhua", "It ran.", {"source_name": "Xinhua"}),
    ],
)  # fmt: skip
def test_closing_tags(text: str, rest: str, fields: dict[str, str]) -> None:
    tag = read_tag(text)
    assert tag is not None
    assert (tag.rest, dict(tag.fields)) == (rest, fields)


@pytest.mark.parametrize(
    "text",
    ["It ran (for a year)", "By the end of May it had stopped", "(By LI Ming, liming@p.example.org)",
     "From: Earth to Mars", "(Nature)", "It ran. (Nature Pumps)", "It ran. (Science Advances)",
     "Source: it came from the well and sank."],
)  # fmt: skip
def test_what_closes_no_text(text: str) -> None:
    assert read_tag(text) is None


@pytest.mark.parametrize(
    ("text", "meant", "rule"),
    [
        ("the worldĄŻs", "the world’s", "gb-as-latin"), ("Yu¡¯ao", "Yu’ao", "gb-as-latin"),
        ("¡°the ability¡± on Dec. 3¨C6", "“the ability” on Dec. 3–6", "gb-as-latin"),
        ("research£¨ which Harper£¬the", "research（ which Harper，the", "gb-as-latin"),
        ("H¨ąttl", "Hüttl", "gb-as-latin"), ("cafÃ© itâ€™s", "café it’s", "utf8-as-windows-1252"),
    ],
)  # fmt: skip
def test_certain_damage_is_undone_and_recorded(text: str, meant: str, rule: str) -> None:
    repaired = repair(text)
    assert repaired.text == meant
    assert [note.rule for note in repaired.evidence] == [rule]


@pytest.mark.parametrize("text", ["¡¡Hola!!", "a grade of ¨C", "£5 and ü", "Ångström", "São Paulo, â table"])
def test_what_somebody_may_have_meant_is_left_alone(text: str) -> None:
    assert repair(text) == (text, ())


def test_a_repair_reaches_title_and_text() -> None:
    item = read("<p>It is the worldĄŻs oldest pump.</p>")
    assert item.text.endswith("It is the world’s oldest pump.")
    assert [note.rule for note in item.evidence if note.field == "mojibake"] == ["gb-as-latin"]


@pytest.mark.parametrize(
    ("text", "is_lost"),
    [
        ("Svante P??bo", True), ("Pe?tera said", True), ("Why? Because", False), ("index.php?id=3", False),
        ("a \ufffd b", True),
    ],
)  # fmt: skip
def test_lost_letters_are_reported(text: str, is_lost: bool) -> None:
    assert (lost(text) is not None) is is_lost
    item = read(f"<p>It ran well, wrote {text}, and it ran on.</p>")
    assert any(note.field == "lossy" for note in item.evidence) is is_lost
    assert text in item.text
