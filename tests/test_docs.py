"""The documents say what the software does: commands, options, exit codes, files and links."""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from archive.cli import ExitCode, app
from archive.cli.shell import PANELS
from archive.config import Config
from archive.db import open_database
from archive.export import record
from archive.items import ArticleItem
from archive.quality import WEIGHTS
from archive.query import get_article
from archive.store import Store
from crawler import cli, sources
from tests.archive import samples

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> Iterator[tuple[str, object]]:
    assert cli.app is app
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        if inner is None or command.invoke_without_command:
            yield name, command
        if inner is not None:
            yield from ((f"{name} {sub}", c) for sub, c in inner.items())


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help  # type: ignore[attr-defined]
    bare = [p.name for p in command.params if not getattr(p, "help", None)]  # type: ignore[attr-defined]
    assert not bare, f"{name}: no help for {bare}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    assert f"cas-archive {name}" in README


def test_every_command_stands_in_a_panel_of_the_help() -> None:
    group = typer.main.get_command(app)
    panels = {name: command.rich_help_panel for name, command in group.commands.items()}  # type: ignore[attr-defined]
    assert {name: panel for name, panel in panels.items() if panel not in PANELS} == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_data(name: str) -> None:
    assert any("--data" in p.opts for p in COMMANDS[name].params)  # type: ignore[attr-defined]


def typed(document: Path) -> Iterator[list[str]]:
    """Return every `cas-archive` command line that a document shows."""
    for block in re.findall(r"```(?:sh|console)\n(.*?)```", document.read_text("utf-8"), re.DOTALL):
        for line in block.splitlines():
            match = re.search(r"(?:^\$ |^|\s)cas-archive (.+)", line)
            if match and not line.startswith("#"):
                yield shlex.split(re.split(r"\s[|>#]\s?", match[1])[0])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_shown_commands_exist_with_their_options(document: Path) -> None:
    for words in typed(document):
        if words == ["--help"]:
            continue
        name = next((n for n in (" ".join(words[:2]), words[0]) if n in COMMANDS), None)
        assert name, f"{document.name} shows an unknown command: {words}"
        known = {o for p in COMMANDS[name].params for o in [*p.opts, *p.secondary_opts]}  # type: ignore[attr-defined]
        known |= {"--help", "-h", "--"}
        options = words[: words.index("--")] if "--" in words else words
        assert {w.partition("=")[0] for w in options if re.match(r"--?[a-z]", w)} <= known, words


def test_exit_codes_are_documented() -> None:
    table = dict(re.findall(r"^\| (\d+) \| (.+?) \|", README, re.MULTILINE))
    assert {int(code) for code in table} == {code.value for code in ExitCode}


def test_settings_are_documented() -> None:
    assert not [name for name in Config.model_fields if f"`{name}`" not in README]


def test_the_names_of_sources_are_documented() -> None:
    assert not [name for name in sources.names() if f"`{name}`" not in README]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: d.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_room_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for package in ("archive", "crawler"):
        for path in (ROOT / package).iterdir():
            if path.name.startswith(("__", "py.typed")):
                continue
            name = f"{package}/{path.name}" + ("/" if path.is_dir() else "")
            assert name in text, f"docs/architecture.md does not say what {name} is"


def test_what_the_architecture_names_exists() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for name in re.findall(r"`((?:archive|crawler|tests)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


FIELDS = (ROOT / "docs" / "fields.md").read_text("utf-8")


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(ArticleItem)])
def test_every_field_of_an_item_is_defined(name: str) -> None:
    assert re.search(rf"^\| `{name}` \|", FIELDS, re.MULTILINE)


def test_every_key_of_the_export_is_defined(tmp_path: Path) -> None:
    with open_database(tmp_path, create=True) as database:
        Store(database).save(samples.item(), samples.SOURCE)
        keys = record(get_article(database, "80493"), contacts=True).keys()
    assert keys == set(re.findall(r"^\| [^|]+ \| `(\w+)` \|", FIELDS, re.MULTILINE))


def test_every_reason_against_a_text_is_defined() -> None:
    points = {
        name: int(row[2])
        for row in re.finditer(r"^\| (`.+?) \| (\d+) \|", FIELDS, re.MULTILINE)
        for name in re.findall(r"`([a-z-]+)", row[1])
    }
    assert points == WEIGHTS


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert re.search(
        rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )


def test_the_help_teaches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "--help"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0
    for word in ("crawl", "search", "Exit codes", "Start with"):
        assert word in done.stdout
