"""Telling the operator: a command or a webhook gets what was raised and what was cleared, as JSON."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from archive.db import Database
from archive.errors import NotificationError
from archive.health.alarms import tell, untold
from archive.health.findings import Alarm

#: Seconds that a command or a webhook may take.
TIMEOUT = 30.0


def notify(
    database: Database, *, command: str | None, webhook: str | None, now: datetime
) -> tuple[Alarm, ...]:
    """Tell the operator of alarms raised and cleared since the last time; return them.

    command: a command line, run without a shell, the document on its standard input. webhook: address that
    the document is posted to. With both, both are told. Alarms count as told only when all went well.
    Raises NotificationError when it did not: they are told the next time.
    """
    alarms = untold(database)
    if alarms and (command or webhook):
        body = document(alarms, now)
        if command:
            _run(shlex.split(command), body)
        if webhook:
            _post(webhook, body)
        tell(database, alarms)
        return alarms
    return ()


def document(alarms: Iterable[Alarm], now: datetime) -> bytes:
    """Return what is told, as JSON: `text` for a person, `raised` and `cleared` alarms for a program."""
    parts: dict[str, list[Alarm]] = {"raised": [], "cleared": []}
    for alarm in alarms:
        parts["raised" if alarm.cleared_at is None else "cleared"].append(alarm)
    lines = [_line(word, alarm) for word, those in parts.items() for alarm in those]
    told = {
        "checked_at": now,
        "text": "\n".join(lines),
        **{word: [asdict(alarm) for alarm in those] for word, those in parts.items()},
    }
    return json.dumps(told, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _line(word: str, alarm: Alarm) -> str:
    url = f" ({alarm.url})" if alarm.url else ""
    return f"{word}: {alarm.kind} of {alarm.source or 'the archive'}: {alarm.message}{url}"


def _run(words: Sequence[str], body: bytes) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own words, no shell between
            words, input=body, capture_output=True, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NotificationError(
            f"the alarm command {words[0]!r} did not end within {TIMEOUT:.0f} s"
        ) from error
    except OSError as error:
        raise NotificationError(f"the alarm command {words[0]!r} cannot be run: {error.strerror}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip().splitlines()
        why = f": {said[-1]}" if said else ""
        raise NotificationError(f"the alarm command {words[0]!r} ended with code {done.returncode}{why}")


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: a redirected POST becomes a GET that tells nobody anything."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - the library's own arguments
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _post(webhook: str, body: bytes) -> None:
    request = Request(  # noqa: S310 - the setting allows http and https only
        webhook, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    try:
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT):
            pass
    except HTTPError as error:
        error.close()
        raise _untold(webhook, f"it answered {error.code}") from error
    except (HTTPException, OSError, ValueError) as error:
        raise _untold(webhook, getattr(error, "reason", None) or error) from error


def _untold(webhook: str, reason: object) -> NotificationError:
    # Of the address only the host: the rest is often a secret.
    parts = urlsplit(webhook)
    return NotificationError(f"the alarm webhook {parts.scheme}://{parts.hostname} cannot be told: {reason}")
