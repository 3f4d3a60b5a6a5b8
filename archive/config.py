"""Settings of an installation, and where each of them came from.

Order of trust: option on the command line, environment (`CAS_ARCHIVE_…`), file, default.
The only room that reads the environment.
"""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from archive.clock import Clock, starting_at, system
from archive.errors import BadInputError

#: The file read from the working directory unless `CAS_ARCHIVE_CONFIG` names another.
CONFIG_FILE = "cas-archive.toml"
_PREFIX = "CAS_ARCHIVE_"


class Config(BaseSettings):
    """Every setting, checked."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    data: Path = Field(Path("data"), description="Folder of the archive: SQLite file and WARC folder.")
    contact: str | None = Field(
        None,
        min_length=3,
        pattern=r"^[!-~]+$",
        description="E-mail or web address of the operator, sent in the User-Agent of every live request.",
    )
    delay: float | None = Field(
        None, ge=0, description="Seconds between two requests to one host; empty: what the source asks for."
    )
    backoff: float | None = Field(
        None,
        ge=0,
        description="Seconds of the first wait after trouble, doubled each time; empty: 10, with a mirror 0.",
    )
    timeout: float = Field(60.0, gt=0, description="Seconds to wait for a response.")
    max_bytes: int = Field(32 * 2**20, gt=0, description="Largest response that is read, in bytes.")
    warc_bytes: int = Field(2**30, ge=2**20, description="Size at which a new WARC file is begun, in bytes.")
    log_level: str = Field(
        "WARNING", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much the crawler logs."
    )
    alarm_command: str | None = Field(
        None,
        min_length=1,
        description="Command line that gets alarms as JSON on its standard input; run without a shell.",
    )
    alarm_webhook: str | None = Field(
        None, pattern=r"^https?://[^\s/]\S*$", description="Address that alarms are posted to as JSON."
    )
    now: AwareDatetime | None = Field(
        None, description="For rehearsals: the moment at which a command's clock starts; empty: the present."
    )

    @field_validator("alarm_command")
    @classmethod
    def _is_command_line(cls, value: str | None) -> str | None:
        """Refuse a command line whose quotes do not close, or without a word."""
        if value is not None and not shlex.split(value):
            raise ValueError("no command")
        return value

    def clock(self) -> Clock:
        """Return the clock that commands go by."""
        return system if self.now is None else starting_at(self.now)


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `config show`."""

    name: str
    value: object
    #: `default`, `file …`, `environment …` or `option`.
    origin: str
    description: str


@dataclass(frozen=True, slots=True)
class Configuration:
    """The settings in force and where each came from."""

    config: Config
    origins: Mapping[str, str]

    def settings(self) -> list[Setting]:
        """Return every setting with its value and origin."""
        return [
            Setting(name, getattr(self.config, name), self.origins[name], field.description or "")
            for name, field in Config.model_fields.items()
        ]


def load(options: Mapping[str, Any] | None = None) -> Configuration:
    """Read the settings.

    options: what was given on the command line; None values were not given.
    Raises BadInputError when a value cannot be used.
    """
    path = Path(os.environ.get(f"{_PREFIX}CONFIG", CONFIG_FILE))
    layers = [
        (f"file {path}", _read_file(path)),
        ("environment", EnvSettingsSource(Config)()),
        ("option", {k: v for k, v in (options or {}).items() if v is not None}),
    ]
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Config.model_fields, "default")
    for origin, layer in layers:
        values |= layer
        for name in layer:
            origins[name] = f"environment {_PREFIX}{name.upper()}" if origin == "environment" else origin
    try:
        return Configuration(Config.model_validate(values), origins)
    except ValidationError as error:
        raise BadInputError(_explain(error, origins)) from error


def _read_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        if f"{_PREFIX}CONFIG" in os.environ:
            raise BadInputError(f"{_PREFIX}CONFIG names {path}, which is not a file")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(f"cannot read the settings in {path}: {error}") from error


def _explain(error: ValidationError, origins: Mapping[str, str]) -> str:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    known = ", ".join(Config.model_fields)
    if first["type"] == "extra_forbidden":
        return f"unknown setting {name!r} ({origins.get(name, 'given')}); known settings: {known}"
    return f"setting {name!r} ({origins.get(name, 'given')}) cannot be {first['input']!r}: {first['msg']}"
