"""Pages that are no page: soft 404s, challenges, bytes that are no markup.

Decides from what a reader would see; a long text that speaks of missing pages is an article.
"""

from __future__ import annotations

import re

from crawler.errors import ExtractionError, Reason
from crawler.pages.document import Document

_MISSING = re.compile(
    r"(?:page|file|document|url|resource|article|content)s?\b.{0,60}\b(?:not (?:be )?found"
    r"|does(?: not|n[’']t) exist|do not exist|no longer (?:exists?|available)|(?:has"
    r"|have) been (?:removed|deleted|moved)|cannot be found|can[’']t be found|is missing|unavailable)"
    r"|\bnot found\b|(?:^|\b)(?:error )?404\b|页面不存在|页面没有找到|找不到(?:该|您|您要|相关)?.{0,12}页"
    r"|无法找到"
    r"|页面已(?:被)?(?:删除|移除)|您(?:所)?访问的.{0,12}不存在|文章不存在|内容不存在",
    re.IGNORECASE,
)
#: A headline that is nothing but the notice; one that goes on is that of an article.
_MISSING_TITLE = re.compile(
    r"(?:error )?(?:404|410)(?: error)?(?:\W{1,5}(?:page )?not found)?|not found"
    r"|(?:sorry,? )?(?:the |this )?(?:page|file|document|article|content)"
    r"(?: you (?:requested|are looking for))?(?: (?:was|is|could|can))? ?"
    r"(?:not be found|not found|cannot be found|does not exist|has been (?:removed|deleted)"
    r"|no longer exists|missing|unavailable)"
    r"|.{0,12}(?:页面|文章|内容)(?:不存在|没有找到|已删除|已被删除)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"verify (?:that )?you are (?:a )?human|are you (?:a )?(?:human|robot)|checking your browser"
    r"|enable javascript|javascript is (?:required|disabled)|captcha|access denied"
    r"|request (?:has been |was )?(?:blocked|rejected|denied)|unusual traffic|security (?:check"
    r"|verification)|web application firewall|forbidden"
    r"|安全验证|人机验证|访问被(?:拦截|拒绝|阻断)|请求被(?:拦截|拒绝)|请开启javascript|验证码|访问过于频繁",
    re.IGNORECASE,
)
_MAGIC = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xd0\xcf\x11\xe0",
    b"Rar!",
    b"RIFF",
)
#: Control characters that no text holds.
_ODD = bytes((*range(0x09), *range(0x0E, 0x20)))
#: More text than this is no notice.
_NOTICE = 1200


def refuse(document: Document, *, dated: bool, titled: str | None = None, boxed: bool = False) -> None:
    """Raise ExtractionError for what cannot be an article or a listing.

    `dated`: the page prints a date line, so it is no notice. `titled`: its headline. `boxed`: it has a
    container of the CMS with a text: then only a headline that says so makes it a notice.
    """
    body = document.page.body
    if not body.strip():
        raise ExtractionError(document.url, Reason.NO_BODY, "empty response")
    if body.startswith(_MAGIC) or _is_binary(document.source):
        raise ExtractionError(document.url, Reason.NOT_AN_ARTICLE, "not a web page")
    if document.page.status in (403, 412, 429):
        raise ExtractionError(document.url, Reason.BLOCKED, f"status {document.page.status}")
    if dated:
        return
    if titled and len(titled) <= 80 and _MISSING_TITLE.fullmatch(titled):
        raise ExtractionError(document.url, Reason.SOFT_404, titled)
    if boxed:
        return
    texts = [line.text for line in document.lines]
    shown = sum(len(line.text) for line in document.lines if not line.linked)
    if shown > _NOTICE:
        return
    heads = [text for text in (document.title, *texts) if len(text) <= 300]
    if notice := next((text for text in heads if _CHALLENGE.search(text)), None):
        raise ExtractionError(document.url, Reason.BLOCKED, notice)
    if notice := next((text for text in heads if _MISSING.search(text)), None):
        raise ExtractionError(document.url, Reason.SOFT_404, notice)
    if shown < 60 and not document.title and _runs_scripts(document):
        raise ExtractionError(document.url, Reason.BLOCKED, "nothing but scripts")
    if shown < 20 and len(texts) < 3 and _runs_scripts(document):
        raise ExtractionError(document.url, Reason.BLOCKED, "nothing but scripts")


def _runs_scripts(document: Document) -> bool:
    return next(document.root.iter("script"), None) is not None


def _is_binary(source: str) -> bool:
    sample = source[:4000]
    shown = sample.encode("utf-8", "replace")
    odd = len(shown) - len(shown.translate(None, _ODD)) + sample.count("\ufffd")
    return odd * 10 > len(sample)
