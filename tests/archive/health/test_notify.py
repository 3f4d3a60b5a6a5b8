"""The operator's command and webhook: real processes, a real server on loopback."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from archive.db import Database
from archive.errors import NotificationError
from archive.health import Finding, Kind, notify, record
from archive.health.alarms import untold
from tests.archive.health.rehearsal import at

DRIFT = Finding(source="s", kind=Kind.DRIFT, section="/a/", url="https://n.example/1", message="all is new")


class Hook:
    """A webhook and what was posted to it."""

    def __init__(self) -> None:
        self.status = 204
        self.posts: list[tuple[str, dict[str, Any]]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.posts.append((self.headers["Content-Type"], json.loads(body)))
                self.send_response(hook.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook/secret?token=1"


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def command(code: str, *arguments: Path | str) -> str:
    return shlex.join([sys.executable, "-c", code, *map(str, arguments)])


KEEP = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


def test_the_command_gets_json_on_standard_input(database: Database, tmp_path: Path) -> None:
    record(database, [DRIFT], at(1))
    # A shell would make three words of the name, and a second command.
    kept = tmp_path / "a b; $(touch c)"
    (alarm,) = notify(database, command=command(KEEP, kept), webhook=None, now=at(1))
    document = json.loads(kept.read_text())
    assert alarm.kind is Kind.DRIFT
    assert document["text"] == "raised: drift of s: all is new (https://n.example/1)"
    assert document["cleared"] == []
    assert document["raised"][0] == {
        "source": "s",
        "kind": "drift",
        "section": "/a/",
        "field": None,
        "url": "https://n.example/1",
        "message": "all is new",
        "raised_at": "2026-01-02T08:00:00+00:00",
        "seen_at": "2026-01-02T08:00:00+00:00",
        "cleared_at": None,
    }


def test_nothing_new_starts_nothing(database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert notify(database, command=command(KEEP, kept), webhook=None, now=at(1)) == ()
    record(database, [DRIFT], at(1))
    notify(database, command=command(KEEP, kept), webhook=None, now=at(1))
    kept.unlink()
    record(database, [DRIFT], at(2))
    assert notify(database, command=command(KEEP, kept), webhook=None, now=at(2)) == ()
    assert not kept.exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (command("import sys; sys.exit('no mail today')"), "ended with code 1: no mail today"),
        ("/nowhere/at-all", "cannot be run: No such file or directory"),
    ],
)
def test_a_command_that_fails_is_tried_again(
    database: Database, tmp_path: Path, line: str, said: str
) -> None:
    record(database, [DRIFT], at(1))
    with pytest.raises(NotificationError, match=said):
        notify(database, command=line, webhook=None, now=at(1))
    assert len(untold(database)) == 1
    assert len(notify(database, command=command(KEEP, tmp_path / "kept"), webhook=None, now=at(2))) == 1
    assert untold(database) == ()


def test_the_webhook_is_told_what_was_raised_and_cleared(database: Database, hook: Hook) -> None:
    record(database, [DRIFT], at(1))
    notify(database, command=None, webhook=hook.address, now=at(1))
    record(database, [], at(2))
    notify(database, command=None, webhook=hook.address, now=at(2))
    (kind, raised), (_, cleared) = hook.posts
    assert kind == "application/json"
    assert ([a["kind"] for a in raised["raised"]], raised["cleared"]) == (["drift"], [])
    assert (cleared["raised"], [a["kind"] for a in cleared["cleared"]]) == ([], ["drift"])
    assert cleared["checked_at"] == "2026-01-03T08:00:00+00:00"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_webhook_that_refuses_is_tried_again(database: Database, hook: Hook, status: int) -> None:
    record(database, [DRIFT], at(1))
    hook.status = status
    with pytest.raises(NotificationError, match=r"http://127.0.0.1 cannot be told") as caught:
        notify(database, command=None, webhook=hook.address, now=at(1))
    assert "secret" not in str(caught.value)
    hook.status = 200
    assert len(notify(database, command=None, webhook=hook.address, now=at(2))) == 1
    assert len(hook.posts) == 2


def test_a_webhook_that_is_not_there(database: Database, hook: Hook) -> None:
    record(database, [DRIFT], at(1))
    with pytest.raises(NotificationError, match="Connection refused"):
        notify(database, command=None, webhook="http://127.0.0.1:1/", now=at(1))


def test_with_both_both_are_told(database: Database, hook: Hook, tmp_path: Path) -> None:
    record(database, [DRIFT], at(1))
    notify(database, command=command(KEEP, tmp_path / "kept"), webhook=hook.address, now=at(1))
    assert json.loads((tmp_path / "kept").read_text()) == hook.posts[0][1]
