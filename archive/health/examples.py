"""Pages that show what was found, saved as captured: what to look at when the markup has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from archive import warc
from archive.db import Database
from archive.errors import StorageError
from archive.health.findings import Example, Finding

#: Folder within the data folder.
FOLDER = "health"
#: Says what the files of a folder are.
ABOUT = "about.json"


def save_examples(database: Database, findings: Iterable[Finding], folder: Path) -> tuple[Path, ...]:
    """Save the pages of the findings' examples, each finding's in a folder of its own; return the files.

    Raises StorageError when nothing can be written, WarcError when a capture cannot be read.
    """
    saved: list[Path] = []
    for finding in findings:
        if finding.examples:
            saved += _save(database, finding, folder / _name(finding))
    return tuple(saved)


def _save(database: Database, finding: Finding, folder: Path) -> list[Path]:
    files = {folder / f"{_slug(example.url)}.html": example for example in finding.examples}
    about = {
        "message": finding.message,
        "pages": [{"file": path.name, **_told(example)} for path, example in files.items()],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, example in files.items():
            # Read before the file is made: one that is there is whole.
            path.write_bytes(warc.read(database.warcs, example.capture).body)
        (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise StorageError(f"cannot save example pages in {folder}: {error.strerror}") from error
    return list(files)


def _told(example: Example) -> dict[str, object]:
    capture = example.capture
    return {
        "url": example.url,
        "captured_at": capture.captured_at.isoformat(),
        "warc": capture.warc,
        "offset": capture.offset,
        "digest": capture.digest,
    }


def _name(finding: Finding) -> str:
    """Return the folder of a finding: one a kind, section, field and day of the newest capture."""
    day = max(example.capture.captured_at for example in finding.examples)
    parts = (f"{day:%Y%m%d}", finding.source, finding.kind, finding.section or "", finding.field or "")
    return "-".join(filter(None, map(_slug, parts)))


def _slug(words: str) -> str:
    """Return words as part of a file's name: no separators, no dots, not too long; the end tells most."""
    return re.sub(r"\W+", "-", words.removesuffix(".html").removesuffix(".shtml")).strip("-")[-80:]
