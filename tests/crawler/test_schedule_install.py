"""What is written for systemd and cron: contents, quoting, and that saying it again changes nothing."""

from __future__ import annotations

import json
import os
import pwd
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import BadInputError
from crawler.schedule import install
from crawler.schedule.install import Job
from tests.command import cas_archive

ME = pwd.getpwuid(os.getuid()).pw_name
ANALYZE = shutil.which("systemd-analyze") or ""
CONTACT = {"CAS_ARCHIVE_CONTACT": "you@example.org"}
ODD = Path('/srv/my "news" archive/100% $HOME')
JOB = Job(
    ["/opt/my venv/bin/python", "-m", "crawler", "schedule", "run", "--data", str(ODD)],
    {"CAS_ARCHIVE_CONTACT": "https://example.org/%7Ecas", "CAS_ARCHIVE_CONFIG": "/etc/my settings.toml"},
    ODD,
    "cas",
)


def values(unit: str, name: str) -> list[str]:
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{name}=")]


def test_a_service_quotes_what_systemd_would_read_otherwise() -> None:
    unit = install.service(JOB)
    (command,) = values(unit, "ExecStart")
    assert command == (
        '"/opt/my venv/bin/python" -m crawler schedule run --data '
        r'"/srv/my \"news\" archive/100%% $$HOME"'
    )
    assert values(unit, "Environment") == [
        "CAS_ARCHIVE_CONTACT=https://example.org/%%7Ecas",
        '"CAS_ARCHIVE_CONFIG=/etc/my settings.toml"',
    ]
    assert values(unit, "ReadWritePaths") == [r'"/srv/my \"news\" archive/100%% $HOME"']
    assert values(unit, "User") == ["cas"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Type", "oneshot"),
        # The crawl gets one signal, from the schedule: a second one would end it at once.
        ("KillMode", "mixed"),
        ("SuccessExitStatus", "4 6 7"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("PrivateTmp", "yes"),
        ("CapabilityBoundingSet", ""),
    ],
)
def test_a_service_is_confined(name: str, value: str) -> None:
    assert values(install.service(JOB), name) == [value]


def test_a_service_of_a_user_asks_for_nothing_that_a_user_may_not() -> None:
    unit = install.service(Job(JOB.command, {}, ODD, None))
    for name in ("User", "ProtectSystem", "ReadWritePaths", "PrivateDevices", "After"):
        assert values(unit, name) == []
    assert values(unit, "NoNewPrivileges") == ["yes"]


def test_an_archive_in_a_temporary_folder_stays_visible() -> None:
    unit = install.service(Job(JOB.command, {}, Path("/tmp/archive"), "cas"))  # noqa: S108 - a name only
    assert values(unit, "PrivateTmp") == []


def test_a_timer_looks_every_quarter_of_an_hour_and_after_a_pause() -> None:
    unit = install.timer()
    assert values(unit, "OnCalendar") == ["*:07/15"]
    assert values(unit, "Persistent") == ["true"]
    assert values(unit, "WantedBy") == ["timers.target"]


@pytest.mark.skipif(not ANALYZE, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("account", [ME, None])
def test_systemd_understands_the_units(tmp_path: Path, account: str | None) -> None:
    python = tmp_path / "my venv" / "python %"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    job = Job([str(python), *JOB.command[1:]], JOB.environment, ODD, account)
    files = install.put(install.for_systemd(job, tmp_path / "units", user=account is None))
    done = subprocess.run(
        [ANALYZE, "verify", "--man=no", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "cas-archive" in line]
    assert (done.returncode, said) == (0, []), done.stderr


def as_cron_does(line: str, fields: int) -> list[str]:
    """Return the words that the shell gets from a line of a crontab."""
    command = line.rstrip("\n").split(" ", fields)[-1]
    assert "%" not in command.replace(r"\%", ""), "a bare % ends the command"
    return shlex.split(command.replace(r"\%", "%"))


def test_a_line_for_cron_quotes_what_cron_and_the_shell_would_read_otherwise() -> None:
    line = install.cron_line(JOB)
    assert line.startswith("7-59/15 * * * * cas /usr/bin/env ")
    assert as_cron_does(line, 6) == [
        "/usr/bin/env",
        "CAS_ARCHIVE_CONTACT=https://example.org/%7Ecas",
        "CAS_ARCHIVE_CONFIG=/etc/my settings.toml",
        *JOB.command,
    ]
    own = install.cron_line(Job(JOB.command, {}, ODD, None))
    assert as_cron_does(own, 5) == ["/usr/bin/env", *JOB.command]


def test_control_characters_are_refused() -> None:
    odd = Job(["/bin/true", "a\nb"], {}, ODD, "cas")
    for write in (install.service, install.cron_line):
        with pytest.raises(BadInputError, match="control characters"):
            write(odd)


def test_a_crontab_keeps_what_is_in_it() -> None:
    theirs = "MAILTO=me\n0 3 * * * backup"
    once = install.merged(theirs, "7 * * * * first\n")
    assert once.startswith("MAILTO=me\n0 3 * * * backup\n# BEGIN cas-archive")
    assert install.merged(once, "7 * * * * first\n") == once
    after = install.merged(once + "@reboot other\n", "7 * * * * second \\1\n")
    assert "first" not in after
    assert after.count("BEGIN") == 1
    assert "second \\1\n# END cas-archive\n@reboot other\n" in after


# The command


def test_units_are_written_once(tmp_path: Path) -> None:
    units, data = tmp_path / "units", tmp_path / "my archive"
    words = ("schedule", "install", "--systemd", "--output", units, "--account", ME, "--data", data)
    done = cas_archive(*words, **CONTACT, CAS_ARCHIVE_TIMEOUT="30", CAS_ARCHIVE_NOW="2026-11-23T12:00:00Z")
    assert done.returncode == 0, done.stderr
    assert "systemctl enable --now cas-archive.timer" in done.stderr
    assert f"install -d -o {ME} '{data}'" in done.stderr
    unit = (units / "cas-archive.service").read_text("utf-8")
    assert values(unit, "ExecStart") == [f'{sys.executable} -m crawler schedule run --quiet --data "{data}"']
    # The clock of a rehearsal stays here; every other setting goes along.
    assert sorted(values(unit, "Environment")) == [
        "CAS_ARCHIVE_CONTACT=you@example.org",
        "CAS_ARCHIVE_TIMEOUT=30.0",
    ]
    before = {file: file.stat().st_mtime_ns for file in units.iterdir()}
    again = cas_archive(*words, **CONTACT, CAS_ARCHIVE_TIMEOUT="30")
    assert again.stderr.count("is as it should be") == 2
    assert {file: file.stat().st_mtime_ns for file in units.iterdir()} == before
    changed = cas_archive(*words, "--json", **CONTACT)
    assert json.loads(changed.stdout)["changed"] == [str(units / "cas-archive.service")]


def test_settings_in_a_file_go_along(tmp_path: Path) -> None:
    (tmp_path / "cas-archive.toml").write_text('contact = "you@example.org"\ndata = "kept"\n', "utf-8")
    done = cas_archive("schedule", "install", "--cron", "--print", "--source", "cas-english", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    words = as_cron_does(done.stdout.splitlines()[1], 6)
    assert words[:2] == ["/usr/bin/env", f"CAS_ARCHIVE_CONFIG={tmp_path}/cas-archive.toml"]
    assert words[-4:] == ["--source", "cas-english", "--data", f"{tmp_path}/kept"]


def test_printing_writes_nothing(tmp_path: Path) -> None:
    for words in (("--systemd", "--user", "--print"), ("--systemd", "--output", "-"), ("--cron", "--print")):
        done = cas_archive(
            "schedule", "install", *words, "--data", tmp_path / "d", HOME=str(tmp_path), **CONTACT
        )
        assert "schedule run --quiet" in done.stdout
    assert list(tmp_path.iterdir()) == []


CRONTAB = """#!/bin/sh
if [ "$1" = -l ]; then
  [ -f "$HOME/table" ] || { echo "no crontab for me" >&2; exit 1; }
  cat "$HOME/table"
else
  echo written >> "$HOME/log"
  cat > "$HOME/table"
fi
"""


def test_the_crontab_of_a_user(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(CRONTAB, "utf-8")
    (tmp_path / "crontab").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"

    def say_it() -> str:
        done = cas_archive(
            "schedule", "install", "--cron", "--user", "--data", tmp_path / "d",
            HOME=str(tmp_path), PATH=path, **CONTACT,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return (tmp_path / "table").read_text("utf-8")

    first = say_it()
    assert first.count("schedule run --quiet") == 1
    assert say_it() == first
    assert (tmp_path / "log").read_text("utf-8") == "written\n"
    (tmp_path / "crontab").write_text("#!/bin/sh\necho 'not allowed' >&2\nexit 1\n", "utf-8")
    refused = cas_archive("schedule", "install", "--cron", "--user", HOME=str(tmp_path), PATH=path, **CONTACT)
    assert refused.returncode == 1
    assert refused.stderr == "cas-archive: `crontab -l` failed: not allowed\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "say --systemd or --cron"),
        (("--systemd", "--cron"), "say --systemd or --cron"),
        (("--systemd", "--user", "--account", "x"), "leave it or --user out"),
        (("--cron", "--print", "--source", "nowhere"), "unknown source 'nowhere'"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], line: str) -> None:
    done = cas_archive("schedule", "install", *words, **CONTACT)
    assert done.returncode == 2
    assert line in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_contact_nothing_is_installed() -> None:
    done = cas_archive("schedule", "install", "--systemd", "--print")
    assert done.returncode == 2
    assert "CAS_ARCHIVE_CONTACT" in done.stderr
