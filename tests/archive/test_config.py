"""Settings: which layer wins, where each came from, what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive import config
from archive.errors import BadInputError


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in config.Config.model_fields:
        monkeypatch.delenv(f"CAS_ARCHIVE_{name.upper()}", raising=False)


def test_defaults() -> None:
    loaded = config.load()
    assert loaded.config.data == Path("data")
    assert loaded.config.contact is None
    assert set(loaded.origins.values()) == {"default"}


def test_option_beats_environment_beats_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("cas-archive.toml").write_text('data = "file"\ncontact = "file@example.org"\ndelay = 1.5\n')
    monkeypatch.setenv("CAS_ARCHIVE_DATA", "environment")
    monkeypatch.setenv("CAS_ARCHIVE_CONTACT", "environment@example.org")
    loaded = config.load({"data": Path("option"), "delay": None})
    assert loaded.config.data == Path("option")
    assert loaded.config.contact == "environment@example.org"
    assert loaded.config.delay == 1.5
    assert loaded.origins["data"] == "option"
    assert loaded.origins["contact"] == "environment CAS_ARCHIVE_CONTACT"
    assert loaded.origins["delay"] == "file cas-archive.toml"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('colour = "blue"', ["unknown setting 'colour'", "known settings", "contact"]),
        ("delay = -1", ["delay", "file cas-archive.toml", "greater than or equal to 0"]),
        ("delay =", ["cannot read the settings in cas-archive.toml"]),
    ],
)
def test_a_wrong_setting_says_which_and_where(text: str, words: list[str]) -> None:
    Path("cas-archive.toml").write_text(text)
    with pytest.raises(BadInputError) as caught:
        config.load()
    assert all(word in str(caught.value) for word in words)


def test_a_named_file_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAS_ARCHIVE_CONFIG", "nowhere.toml")
    with pytest.raises(BadInputError, match=r"nowhere\.toml, which is not a file"):
        config.load()
