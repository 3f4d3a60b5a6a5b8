"""The command `cas-archive`, run as a user would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

#: A line of the log that a crawl writes while it works; what libraries log is `event=log`.
PROGRESS = re.compile(r"time=\S+Z level=\w+ event=(start|progress|failed|end) run=\d+ ")

#: Puts a command under the permissions of files even where root runs the tests.
UNPRIVILEGED = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all"]
    if os.getuid() == 0
    else []
)


def cas_archive(
    *arguments: str | Path, cwd: Path = ROOT, prefix: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in an environment without settings of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("CAS_ARCHIVE_")}
    path = os.pathsep.join([str(ROOT), clean.get("PYTHONPATH", "")])
    command = [*prefix, sys.executable, "-m", "crawler", *map(str, arguments)]
    return subprocess.run(
        command,
        env=clean | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=300,
    )


def exported(data: Path) -> dict[str, dict[str, Any]]:
    """Return every article of an archive by its address, as the export writes it."""
    done = cas_archive("export", "--format", "jsonl", "--data", data)
    assert done.returncode == 0, done.stderr
    return {line["url"]: line for line in map(json.loads, done.stdout.splitlines())}


def complaints(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what a command said on standard error, the log of its progress apart."""
    return [line for line in done.stderr.splitlines() if not PROGRESS.match(line)]
