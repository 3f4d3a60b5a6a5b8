"""What makes an operating system look regularly at what is due: units of systemd, lines for cron.

Texts are made apart from writing them: `for_systemd` and `for_cron` decide, `put` writes.
"""

from __future__ import annotations

import os
import pwd
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.errors import BadInputError, StorageError

NAME = "cas-archive"
#: Every quarter of an hour, as `crawler.sources.timetable.TICK` promises, and not on the hour as everybody.
_CALENDAR = "*:07/15"
_CRON = "7-59/15 * * * *"
#: In the place of a file: the crontab of the account, which only the command `crontab` can write.
CRONTAB = Path("crontab")
_BEGIN = f"# BEGIN {NAME} (written by `{NAME} schedule install --cron`)"
_END = f"# END {NAME}"


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be started regularly."""

    #: Words of the command; the first an absolute path.
    command: Sequence[str]
    #: Settings that it needs in its environment.
    environment: Mapping[str, str]
    #: Absolute path of the data folder.
    data: Path
    #: Account that it runs under; None: that of the service manager or crontab it is written to.
    account: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written where, and what is left to a person."""

    #: Text by file; CRONTAB stands for the crontab of the account.
    files: Mapping[Path, str]
    next: Sequence[str]


def service(job: Job) -> str:
    """Return the unit of one look at what is due."""
    lines = [
        "[Unit]",
        "Description=Collect the newsrooms that are due",
        # A user's own manager knows no network.
        *(["Wants=network-online.target", "After=network-online.target"] if job.account else []),
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(_argument(word) for word in job.command)}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in job.environment.items()),
        *([f"User={job.account}"] if job.account else []),
        "# Pages left over, stopped, budget spent: the next look goes on from there.",
        "SuccessExitStatus=4 6 7",
        "# The schedule passes the signal on to its crawl, which ends after the requests in flight.",
        "KillMode=mixed",
        "TimeoutStopSec=5min",
        "Nice=10",
        *_hardening(job),
    ]
    return "\n".join(lines) + "\n"


def timer() -> str:
    """Return the unit that starts the service."""
    return f"""[Unit]
Description=Look every quarter of an hour what is due

[Timer]
OnCalendar={_CALENDAR}
RandomizedDelaySec=2min
Persistent=true

[Install]
WantedBy=timers.target
"""


def cron_line(job: Job) -> str:
    """Return the line of a crontab; with an account, as in /etc/cron.d."""
    words = ["/usr/bin/env", *(f"{n}={v}" for n, v in job.environment.items()), *job.command]
    _require_printable(*words)
    # In a crontab a bare % ends the command.
    command = shlex.join(words).replace("%", r"\%")
    return " ".join([_CRON, *([job.account] if job.account else []), command]) + "\n"


def merged(crontab: str, line: str) -> str:
    """Return a crontab with our line in it, once, and everything else as it was."""
    block = f"{_BEGIN}\n{line}{_END}\n"
    ours = re.compile(rf"^{re.escape(_BEGIN)}\n.*?^{re.escape(_END)}\n", re.MULTILINE | re.DOTALL)
    if ours.search(crontab):
        return ours.sub(lambda _: block, crontab, count=1)
    return crontab + ("\n" if crontab and not crontab.endswith("\n") else "") + block


def for_systemd(job: Job, folder: Path | None, *, user: bool) -> Plan:
    """Return the units and what to do with them. folder: where to write them; None: where systemd looks."""
    home = Path.home() / ".config" / "systemd" / "user" if user else Path("/etc/systemd/system")
    folder = folder or home
    control = "systemctl --user" if user else "systemctl"
    return Plan(
        {folder / f"{NAME}.service": service(job), folder / f"{NAME}.timer": timer()},
        (
            *_preparation(job),
            *([f"copy the two files to {home}"] if folder != home else []),
            f"{control} daemon-reload",
            f"{control} enable --now {NAME}.timer",
            *(["loginctl enable-linger    # or it stops when you log out"] if user else []),
            f"{control} list-timers {NAME}.timer    # when it looks next",
            f"journalctl {'--user ' if user else ''}-u {NAME}    # what it did",
        ),
    )


def for_cron(job: Job, folder: Path | None, *, user: bool) -> Plan:
    """Return the crontab and what to do with it. folder: where to write it; None: where cron looks."""
    if user and folder is None:
        return Plan({CRONTAB: cron_line(job)}, ("crontab -l    # to see it",))
    home = Path("/etc/cron.d")
    file = (folder or home) / NAME
    if user:
        return Plan({file: cron_line(job)}, (f"add the line in {file} to your crontab: crontab -e",))
    moving = [f"copy {file} to {home}"] if file.parent != home else []
    done = [f"nothing: cron reads {home} by itself"]
    return Plan({file: cron_line(job)}, (*_preparation(job), *moving) or tuple(done))


def put(plan: Plan) -> list[Path]:
    """Write the files that do not say it yet, and return them. Raises StorageError."""
    return [
        file
        for file, text in plan.files.items()
        if (_put_crontab(text) if file == CRONTAB else _put(file, text))
    ]


def owner(data: Path) -> str:
    """Return the account that a data folder belongs to; where there is none yet, our own."""
    number = data.stat().st_uid if data.exists() else os.getuid()
    return pwd.getpwuid(number).pw_name


def _preparation(job: Job) -> list[str]:
    """Return what is to be done before the first run."""
    missing = job.account is not None and not job.data.is_dir()
    own = shlex.quote(job.account or "")
    return [
        *([f"install -d -o {own} {shlex.quote(str(job.data))}"] if missing else []),
        *(["better: an account of its own, --account NAME; it is root now"] if job.account == "root" else []),
    ]


def _put(file: Path, content: str) -> bool:
    try:
        if file.is_file() and file.read_text("utf-8") == content:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
    except OSError as error:
        raise StorageError(
            f"cannot write {file}: {error.strerror}; name another folder with --output, or use --user"
        ) from error
    return True


def _put_crontab(line: str) -> bool:
    before = _crontab("-l")
    after = merged(before, line)
    if after != before:
        _crontab("-", after)
    return after != before


def _crontab(word: str, content: str | None = None) -> str:
    command = ["crontab", word]
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the words are ours
            command, input=content, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise StorageError("there is no command crontab; install cron, or use --systemd") from error
    # Whoever has no crontab yet is told so in words, with the code of a failure.
    if done.returncode != 0 and not (word == "-l" and "no crontab" in done.stderr):
        raise StorageError(f"`crontab {word}` failed: {done.stderr.strip()}")
    return done.stdout if done.returncode == 0 else ""


def _hardening(job: Job) -> list[str]:
    everywhere = [
        "NoNewPrivileges=yes",
        "LockPersonality=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        # Netlink is how the C library learns which kinds of addresses this machine has.
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
    ]
    if job.account is None:
        # A user's own manager may not be allowed what follows, and would then start nothing at all.
        return everywhere
    temporary = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - not written to: compared with
    paths = (job.data, Path(job.command[0]))
    return [
        *everywhere,
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        f"ReadWritePaths={_quoted(str(job.data))}",
        "ProtectHome=read-only",
        # A private /tmp would hide what lies in the real one.
        *([] if any(p.is_relative_to(t) for p in paths for t in temporary) else ["PrivateTmp=yes"]),
        "PrivateDevices=yes",
        "ProtectClock=yes",
        "ProtectControlGroups=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "RestrictNamespaces=yes",
    ]


def _quoted(value: str) -> str:
    """Return a value as unit files quote it: spaces kept, % no specifier."""
    _require_printable(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if re.search(r"[^\w@%+=:,./-]", escaped) else escaped


def _argument(word: str) -> str:
    """Return a word of ExecStart, where $ would name a variable."""
    return _quoted(word).replace("$", "$$")


def _require_printable(*values: str) -> None:
    for value in values:
        if not value.isprintable():
            raise BadInputError(f"cannot write {value!r} into a timer: it holds control characters")
