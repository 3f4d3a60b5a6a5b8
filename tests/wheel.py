"""Builds the wheel, installs it alone in an empty environment, and uses it there.

    python -m tests.wheel

Nothing of the checkout is on the path of the installed command; the sample newsroom is served from here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests import newsroom

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Fail with the output of the first command that fails."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "dist"), str(ROOT))
        (wheel,) = (folder / "dist").glob("*.whl")
        venv.create(folder / "env", with_pip=True)
        python = folder / "env" / "bin" / "python"
        pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        run(*pip, "-r", str(ROOT / "requirements" / "base.txt"))
        run(*pip, "--no-deps", str(wheel))
        use(folder / "env" / "bin" / "cas-archive", folder)
    print(f"{wheel.name}: installed alone, it crawls, searches and exports")


def use(command: Path, folder: Path) -> None:
    """Walk the whole path once with the installed command."""
    data = ("--data", str(folder / "data"))
    run(str(command), "config", "show", *data, cwd=folder)
    with newsroom.serve() as site:
        run(
            str(command),
            "crawl",
            "--mirror",
            site.url,
            "--section",
            "research-in-china-2011",
            *data,
            cwd=folder,
        )
    found = run(str(command), "search", "satellite", *data, cwd=folder)
    if "Space" not in found:
        raise SystemExit(f"the installed command does not find the seed article:\n{found}")
    if '"url"' not in run(str(command), "export", "--format", "jsonl", *data, cwd=folder):
        raise SystemExit("the installed command exports nothing")


def run(*command: str, cwd: Path = ROOT) -> str:
    """Run a command and return what it printed; leave with its output when it fails."""
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("CAS_ARCHIVE_", "PYTHON"))
    }
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\nleft with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
