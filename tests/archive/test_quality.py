"""What speaks against a text, and how much."""

from __future__ import annotations

from typing import Any

import pytest

from archive.items import Block, BlockKind, Contact, Evidence
from archive.quality import BEST, WEIGHTS, Quality, assess
from tests.archive.samples import item, paragraphs

GOOD = "The satellite was launched from its base on Monday and has reached its orbit as it was planned. " * 4
FIELDS = {"section": "Science", "language": "en"}


def judged(*texts: str, page_bytes: int | None = None, missing_parts: int = 0, **fields: Any) -> Quality:
    sent = item(None, GOOD, *texts, **(FIELDS | fields))
    return assess(sent, page_bytes=page_bytes, missing_parts=missing_parts)


def test_nothing_against_it() -> None:
    assert judged() == Quality(BEST, ())


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("no-published", {"published": None}),
        ("no-section", {"section": None}),
        ("no-language", {"language": None}),
        ("generic-template", {"template": "generic"}),
        ("short-text:12", {"blocks": paragraphs("A few words.")}),
        ("missing-parts:2", {"missing_parts": 2}),
        ("thin-page", {"page_bytes": 1_000_000}),
        ("lossy", {"evidence": (Evidence(field="lossy", rule="question marks", raw="caf?s"),)}),
        ("repaired", {"evidence": (Evidence(field="text", rule="mojibake", raw="cafÃ©"),)}),
        ("mojibake:CAS\u00e2\u20ac\u2122s hall", {"title": "CAS\u00e2\u20ac\u2122s hall"}),
    ],
)  # fmt: skip
def test_one_reason(reason: str, fields: dict[str, Any]) -> None:
    assert judged(**fields) == Quality(BEST - WEIGHTS[reason.partition(":")[0]], (reason,))


@pytest.mark.parametrize(
    "line",
    ["Copyright © 2002 - 2011 The Academy", "Home > Newsroom > Research", "E-mail\">", "Text Size",
     "Related Articles", "Contact: someone@example.org", "上一篇：没有了", "【打印】", "京ICP备05002857号",
     "(Editor: LI Si)", "DOI: 10.5555/abc", "Your browser does not support the video tag.",
     "当前位置：首页", "Share to Facebook"],
)  # fmt: skip
def test_furniture_left_in_the_text(line: str) -> None:
    assert judged(line).reasons == ("furniture:1",)


@pytest.mark.parametrize(
    "line",
    ["Applicants should contact the office in time.", "The home of pandas is larger than thought.",
     "Copyright law was the subject of the meeting, " + "and so on, " * 20 + "all rights reserved.",
     "They share this view.", "Is it true? Yes, it is.", "See https://example.org/find?q=orbit for more.",
     "Printed circuits are cheap.", "What now?we do not know is a slip of the keyboard? no"],
)  # fmt: skip
def test_what_an_article_may_say(line: str) -> None:
    assert judged(line).reasons == ()


def test_the_same_paragraph_again() -> None:
    assert judged(GOOD, GOOD).reasons == ("repeated:2",)


def test_headings_and_cells_may_recur() -> None:
    table = Block(kind=BlockKind.TABLE, text="x\ty", rows=(("x", "y"),))
    assert judged(blocks=(*paragraphs(GOOD), table, table)).reasons == ()


def test_chinese_says_more_in_fewer_characters() -> None:
    assert judged(blocks=paragraphs("量子" * 40), language="zh").reasons == ()


def test_reasons_come_in_order_and_the_score_has_a_floor() -> None:
    worst = judged(
        template="generic", published=None, section=None, language=None, missing_parts=1,
        blocks=paragraphs("锟斤拷", "Print"), page_bytes=10**6,
    )  # fmt: skip
    assert worst.score == 0
    weights = [WEIGHTS[reason.partition(":")[0]] for reason in worst.reasons]
    assert weights == sorted(weights, reverse=True)


def test_no_contact_is_in_a_reason() -> None:
    person = Contact(name="ZHAO Wu", email="zhaowu@example.org")
    found = judged("Contact: ZHAO Wu, zhaowu@example.org", contacts=(person,))
    assert "zhao" not in " ".join(found.reasons).lower()
