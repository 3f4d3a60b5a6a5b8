"""Items into the values of rows, and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from archive.items import ArticleItem, Block, BlockKind, Capture, Contact, Evidence, Image, Link
from archive.quality import Quality

#: Columns of a version that are plain values of the item.
_PLAIN = ("title", "published", "section", "source_name", "editor", "author", "photographer", "language",
          "text", "parts", "template", "extractor", "furniture")  # fmt: skip
_LISTS = ("breadcrumb", "keywords", "captions", "videos", "dois", "journals", "institutes")


def version_values(item: ArticleItem, quality: Quality) -> dict[str, Any]:
    """Return the columns of a version that an item fills."""
    return {
        **{name: getattr(item, name) for name in _PLAIN},
        **{name: list(getattr(item, name)) for name in _LISTS},
        "blocks": [_block_values(block) for block in item.blocks],
        "images": [asdict(image) for image in item.images],
        "attachments": [asdict(link) for link in item.attachments],
        "links": [asdict(link) for link in item.links],
        "contacts": [asdict(contact) for contact in item.contacts],
        "evidence": [_evidence_values(evidence) for evidence in item.evidence],
        "quality": quality.score,
        "quality_reasons": list(quality.reasons),
    }


def _evidence_values(evidence: Evidence) -> dict[str, Any]:
    """Return stored values; of contacts the rule only, whatever the item says: they are personal data."""
    is_personal = evidence.field == "contacts"
    return {"field": evidence.field, "rule": evidence.rule, "raw": "" if is_personal else evidence.raw}


def _block_values(block: Block) -> dict[str, Any]:
    values: dict[str, Any] = {"kind": block.kind.value, "text": block.text}
    if block.level:
        values["level"] = block.level
    if block.rows:
        values["rows"] = [list(row) for row in block.rows]
    return values


def block(values: dict[str, Any]) -> Block:
    """Return the block of stored values."""
    return Block(
        kind=BlockKind(values["kind"]),
        text=values["text"],
        level=values.get("level", 0),
        rows=tuple(tuple(row) for row in values.get("rows", ())),
    )


def blocks(stored: list[Any]) -> tuple[Block, ...]:
    """Return the blocks of stored values."""
    return tuple(map(block, stored))


def images(stored: list[Any]) -> tuple[Image, ...]:
    """Return the images of stored values."""
    return tuple(Image(**values) for values in stored)


def links(stored: list[Any]) -> tuple[Link, ...]:
    """Return the links of stored values."""
    return tuple(Link(**values) for values in stored)


def capture(row: Any) -> Capture:
    """Return the capture of a row of `captures`."""
    return Capture(
        warc=row.warc,
        offset=row.offset,
        length=row.length,
        record_id=row.record_id,
        digest=row.digest,
        captured_at=row.captured_at,
    )


def contacts(stored: list[Any]) -> tuple[Contact, ...]:
    """Return the contacts of stored values."""
    return tuple(Contact(**values) for values in stored)


def evidence(stored: list[Any]) -> tuple[Evidence, ...]:
    """Return the evidence of stored values."""
    return tuple(Evidence(**values) for values in stored)
