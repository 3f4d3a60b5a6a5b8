"""The house rules of docs/architecture.md, as data."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("archive", "crawler")

#: room -> modules that it must never import, by prefix.
FORBIDDEN = {
    "archive": ("crawler", "scrapy", "twisted"),
    "archive.items": ("archive", "!archive.items"),
    "archive.urls": ("archive", "!archive.errors", "!archive.urls"),
    "archive.clock": ("archive", "!archive.clock"),
    "archive.config": ("archive", "!archive.errors", "!archive.clock"),
    "archive.models": (
        "archive", "!archive.models", "!archive.items", "!archive.errors", "!archive.urls", "!archive.config",
    ),
    "archive.warc": ("archive", "!archive.items", "!archive.errors", "!archive.warc", "sqlalchemy"),
    "archive.cli": ("sqlalchemy",),
    "archive.export": ("sqlalchemy",),
    "crawler.pages": (
        "scrapy", "twisted", "sqlalchemy", "crawler", "archive",
        "!crawler.pages", "!crawler.errors", "!archive.items", "!archive.urls", "!archive.errors",
    ),
    "crawler.sources": (
        "scrapy", "twisted", "sqlalchemy", "crawler", "archive",
        "!crawler.sources", "!crawler.errors", "!archive.urls", "!archive.errors",
    ),
    "crawler.intake": ("scrapy", "twisted", "sqlalchemy", "crawler.run", "crawler.spiders", "crawler.cli"),
    "crawler.agenda": ("scrapy", "twisted", "sqlalchemy", "crawler.run", "crawler.spiders", "crawler.cli"),
    "crawler.listings": ("scrapy", "twisted", "sqlalchemy", "crawler.agenda", "crawler.run", "crawler.cli"),
    "crawler.arrivals": ("scrapy", "twisted", "sqlalchemy", "crawler.agenda", "crawler.run", "crawler.cli"),
    "crawler.walk": ("scrapy", "twisted", "sqlalchemy", "crawler", "archive", "!archive.walks"),
    "crawler.recheck": ("scrapy", "twisted", "sqlalchemy", "crawler", "archive"),
    "crawler.spiders": ("sqlalchemy", "archive.store", "archive.query", "crawler.pages", "crawler.cli"),
    "crawler.middlewares": ("sqlalchemy", "archive.store", "archive.query", "crawler.pages", "crawler.cli"),
    "crawler.cli": ("sqlalchemy",),
}  # fmt: skip

#: module -> the only rooms that may import it.
ONLY = {
    "warcio": ("archive.warc",),
    "sqlalchemy": (
        "archive.models", "archive.search", "archive.db", "archive.store", "archive.query",
        "archive.frontier", "archive.walks", "archive.runs", "archive.health", "archive.migrations",
    ),
    "trafilatura": ("crawler.pages",),
}  # fmt: skip


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), path


def imports(module: str, path: Path) -> set[str]:
    """Return the full names that a module imports, those for type checkers only included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the room they come from"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def lies_in(name: str, room: str) -> bool:
    return name == room or name.startswith(room + ".")


def breaks(name: str, rules: tuple[str, ...]) -> bool:
    allowed = [rule[1:] for rule in rules if rule.startswith("!")]
    refused = [rule for rule in rules if not rule.startswith("!")]
    return any(lies_in(name, r) for r in refused) and not any(lies_in(name, a) for a in allowed)


MODULES = list(modules())


def test_every_room_that_a_rule_names_exists() -> None:
    known = {name for name, _ in MODULES}
    named = set(FORBIDDEN) | {room for rooms in ONLY.values() for room in rooms}
    assert not {r for r in named if not any(lies_in(m, r) for m in known)}


@pytest.mark.parametrize(("module", "path"), MODULES, ids=[name for name, _ in MODULES])
def test_imports_point_one_way(module: str, path: Path) -> None:
    found = imports(module, path)
    for room, rules in FORBIDDEN.items():
        if lies_in(module, room):
            assert not [name for name in found if breaks(name, rules)], f"{room} must not import that"
    for library, rooms in ONLY.items():
        if any(lies_in(name, library) for name in found):
            assert any(lies_in(module, room) for room in rooms), f"only {rooms} may import {library}"


def test_only_config_reads_the_environment() -> None:
    readers = [
        module
        for module, path in MODULES
        if any(
            isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
        )
    ]
    assert readers == ["archive.config"]


def test_the_imports_have_no_cycle() -> None:
    names = {name for name, _ in MODULES}
    graph = {
        module: {m for i in imports(module, path) if (m := owner(i, names))} - {module}
        for module, path in MODULES
    }
    tuple(TopologicalSorter(graph).static_order())


def owner(name: str, names: set[str]) -> str | None:
    """Return the module that an imported name belongs to."""
    while name and name not in names:
        name = name.rpartition(".")[0]
    return name or None


BLOCKER = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""


def run_without(absent: set[str], code: str) -> subprocess.CompletedProcess[str]:
    script = BLOCKER.format(absent=absent) + code
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_the_archive_works_with_scrapy_not_installed(tmp_path: Path) -> None:
    names = [m for m, _ in MODULES if lies_in(m, "archive") and "migrations" not in m]
    code = f"import {', '.join(names)}\n"
    code += f"from archive.cli import main\nmain(['stats', '--data', {str(tmp_path)!r}])"
    done = run_without({"scrapy", "twisted", "crawler"}, code)
    assert "ModuleNotFoundError" not in done.stderr
    assert "no archive" in done.stderr


def test_extraction_needs_neither_scrapy_nor_sql() -> None:
    code = "import crawler.pages, sys; assert 'trafilatura' not in sys.modules"
    done = run_without({"scrapy", "twisted", "sqlalchemy"}, code)
    assert done.returncode == 0, done.stderr


def test_the_command_starts_without_scrapy() -> None:
    code = (
        "import sys, crawler.cli; assert not {'scrapy', 'twisted', 'trafilatura', 'lxml'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
