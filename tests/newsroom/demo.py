"""The demo: serves the sample newsroom on loopback, crawls it with the real command, and searches it.

python -m tests.newsroom.demo FOLDER
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests import newsroom

SEARCHES = (
    ["search", "BeiDou satellites", "--limit", "3"],
    ["search", '"Tibetan Plateau"', "--sort", "date", "--limit", "3"],
    ["search", "高原", "--limit", "3"],
)


def main(folder: str) -> int:
    """Run the demo anew in `folder` and return the worst exit code."""
    data = Path(folder)
    if data.exists() and not (data / "archive.sqlite").exists() and any(data.iterdir()):
        print(f"{data} holds something else; name an empty folder: make demo DEMO=DIR", file=sys.stderr)
        return 2
    shutil.rmtree(data, ignore_errors=True)
    with newsroom.serve() as site:
        print(
            f"The sample newsroom is served on {site.url}, in the place of https://english.cas.cn\n",
            flush=True,
        )
        code = run("crawl", "--mirror", site.url, "--data", folder)
    for search in SEARCHES:
        code = max(code, run(*search, "--data", folder))
    print(
        f"\nThe archive lies in {data}: archive.sqlite (articles, versions, full text), warc/ (every byte)."
        f"\nRun next, after `source .venv/bin/activate`:"
        f"\n  cas-archive show cas-english-80493 --data {folder}"
        f"\n  cas-archive stats --data {folder}"
        f"\n  cas-archive export --format jsonl --data {folder} | head -1"
    )
    return code


def run(*arguments: str) -> int:
    """Run `cas-archive` as a user would, showing what was typed."""
    print(f"\n$ cas-archive {shlex.join(arguments)}", flush=True)
    return subprocess.run([Path(sys.executable).parent / "cas-archive", *arguments], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
