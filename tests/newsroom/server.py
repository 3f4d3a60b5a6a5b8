"""The sample newsroom served on loopback: faults on request, and a log of what was asked."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.newsroom.site import Newsroom, Reply
from tests.newsroom.truth import ALIAS, HOST

#: Body of the firewall's challenge page: 200, a tiny body, a script and nothing to read.
CHALLENGE = (
    b'<!DOCTYPE html><html><head><meta charset="utf-8"><title></title></head><body>'
    b"<script>var arg1='3000176000856006061501533003690027800375';"
    b"document.cookie='acw_sc__v2='+arg1+';path=/';location.reload();</script></body></html>"
)
_GZIP_FROM = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How the server misbehaves on one path, for the first `times` requests (None: always)."""

    status: int | None = None
    #: Seconds before anything is answered.
    delay: float = 0.0
    #: Close the connection with a reset instead of answering.
    reset: bool = False
    #: Send only so many bytes of the body that Content-Length promised, and close the connection.
    truncate: int | None = None
    #: Promise so many bytes more (less, when negative) than are sent; the connection stays open.
    misstate: int = 0
    #: Seconds between the thirty pieces in which the body is sent.
    drip: float = 0.0
    #: Ask for so many seconds of quiet, by a date in Retry-After.
    quiet: float | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    times: int | None = None


#: Fault that answers with the challenge page of a firewall.
CHALLENGED = Fault(status=200, body=CHALLENGE)
_NO_FAULT = Fault()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the server saw it."""

    #: Seconds of the monotonic clock when it arrived.
    at: float
    #: Seconds of the monotonic clock when its answer began to go out.
    ended: float
    method: str
    host: str
    #: Path with its query.
    path: str
    status: int
    #: Requests that had arrived and not yet been answered when it arrived, itself included.
    concurrent: int
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Traffic:
    """Requests seen and under way, and connections that are open. Guarded by its lock."""

    lock: threading.Condition = field(default_factory=threading.Condition)
    requests: list[Request] = field(default_factory=list)
    arrived: int = 0
    under_way: int = 0
    connections: set[socket.socket] = field(default_factory=set)
    faulted: dict[str, int] = field(default_factory=dict)


class Server(ThreadingHTTPServer):
    """A running sample newsroom. `newsroom` and `faults` may be changed while it runs."""

    request_queue_size = 128

    def __init__(self, newsroom: Newsroom, faults: Mapping[str, Fault], port: int, delay: float) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.newsroom = newsroom
        #: Path (without query), or `*` for every path -> fault.
        self.faults = dict(faults)
        #: Seconds before every answer.
        self.delay = delay
        self.closing = threading.Event()
        self.traffic = _Traffic()

    @property
    def url(self) -> str:
        """Address of the server itself: the value for `--mirror`."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """What was asked so far, in the order of the answers."""
        with self.traffic.lock:
            return tuple(self.traffic.requests)

    @property
    def under_way(self) -> int:
        """Number of requests that have arrived and are not answered yet."""
        with self.traffic.lock:
            return self.traffic.under_way

    def wait_for(self, arrived: int, seconds: float = 60.0) -> bool:
        """Wait until so many requests have arrived in all; return False when they do not in time."""
        with self.traffic.lock:
            return self.traffic.lock.wait_for(lambda: self.traffic.arrived >= arrived, seconds)

    def wait_idle(self, seconds: float = 60.0) -> bool:
        """Wait until the clients are gone and their requests in the log; return False if it takes longer."""
        with self.traffic.lock:
            return self.traffic.lock.wait_for(lambda: not self.traffic.connections, seconds)

    @property
    def most_at_once(self) -> int:
        """Largest number of requests that were under way at the same time."""
        return max((request.concurrent for request in self.requests), default=0)

    def count(self, path: str) -> int:
        """Return how often a path was asked for, whatever the query."""
        return sum(urlsplit(request.path).path == path for request in self.requests)

    def forget(self) -> None:
        """Empty the log, for the next day of a test."""
        with self.traffic.lock:
            self.traffic.requests.clear()

    def fault(self, path: str) -> Fault | None:
        """Return the fault that applies to a request of `path` now, and count it."""
        fault = self.faults.get(path) or self.faults.get("*")
        if fault is None:
            return None
        with self.traffic.lock:
            seen = self.traffic.faulted.get(path, 0)
            self.traffic.faulted[path] = seen + 1
        return fault if fault.times is None or seen < fault.times else None

    def close(self) -> None:
        """Stop answering and end every open connection."""
        self.closing.set()
        self.shutdown()
        with self.traffic.lock:
            for connection in self.traffic.connections:
                with suppress(OSError):  # the client may have ended it at this moment
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _Connection(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: Server
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        with self.server.traffic.lock:
            self.server.traffic.connections.add(self.connection)

    def finish(self) -> None:
        with self.server.traffic.lock:
            self.server.traffic.connections.discard(self.connection)
            self.server.traffic.lock.notify_all()
        with suppress(OSError):  # the client went away before it had all
            super().finish()

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            # The client went away, or we reset the connection ourselves: nobody is left to tell.
            self.close_connection = True

    def version_string(self) -> str:
        """Return the field `Server`."""
        return "nginx"

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the log is `Server.requests`."""

    def do_GET(self) -> None:
        traffic, started = self.server.traffic, time.monotonic()
        with traffic.lock:
            traffic.arrived += 1
            traffic.under_way += 1
            concurrent = traffic.under_way
            traffic.lock.notify_all()
        reply = None
        try:
            fault = self.server.fault(urlsplit(self.path).path)
            reply = self._reply(fault)
        finally:
            status = 0 if reply is None else reply.status
            # Before the answer goes out: who has it must find it in the log, and may ask again at once.
            with traffic.lock:
                traffic.under_way -= 1
                traffic.requests.append(self._request(started, status, concurrent))
                traffic.lock.notify_all()
        if reply is None:
            self._reset()
        else:
            self._send(reply, fault or _NO_FAULT)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _request(self, started: float, status: int, concurrent: int) -> Request:
        return Request(
            at=started,
            ended=time.monotonic(),
            method=self.command,
            host=self._host(),
            path=self.path,
            status=status,
            concurrent=concurrent,
            headers=dict(self.headers.items()),
        )

    def _host(self) -> str:
        return self.headers.get("Host", "").partition(":")[0].lower()

    def _reply(self, fault: Fault | None) -> Reply | None:
        """Return the answer after its delay, None when the connection is to be reset."""
        delay = self.server.delay + (fault.delay if fault else 0.0)
        if delay:
            self.server.closing.wait(delay)
        if fault and fault.reset:
            return None
        target = urlsplit(self.path)
        if self._host() in (HOST, ALIAS):
            reply = self.server.newsroom.answer(target.path, target.query)
        else:
            reply = Reply.text(404, "no such host")
        if fault:
            reply = reply.changed(fault.status, fault.headers, fault.body)
        if fault and fault.quiet is not None:
            until = formatdate(time.time() + fault.quiet, usegmt=True)
            reply = replace(reply, headers=(*reply.headers, ("Retry-After", until)))
        if reply.status == HTTPStatus.OK and self._is_known(reply.etag, reply.modified):
            return replace(reply, status=HTTPStatus.NOT_MODIFIED, headers=(), body=b"")
        return reply

    def _reset(self) -> None:
        self.close_connection = True
        # Linger 0: the kernel sends RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise ConnectionResetError("reset on request of the test")

    def _send(self, reply: Reply, fault: Fault) -> None:
        body, headers = self._encoded(reply)
        self.send_response(reply.status)
        for name, value in (*reply.headers, *headers):
            self.send_header(name, value)
        if reply.status in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            self.send_header("Last-Modified", formatdate(reply.modified, usegmt=True))
            self.send_header("ETag", reply.etag)
        if reply.status == HTTPStatus.NOT_MODIFIED:
            self.end_headers()
            return
        # nginx compresses on the fly and cannot know the length: such bodies come in chunks.
        has_length = fault.truncate is not None or fault.misstate or fault.drip
        self._send_body(body, fault, chunked=bool(headers) and not has_length)

    def _send_body(self, body: bytes, fault: Fault, *, chunked: bool) -> None:
        length = ("Content-Length", str(len(body) + fault.misstate))
        self.send_header(*(("Transfer-Encoding", "chunked") if chunked else length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if chunked:
            for start in range(0, len(body), 4096):
                piece = body[start : start + 4096]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self._trickle(body[: fault.truncate], fault.drip)
        if fault.truncate is not None:
            self.close_connection = True

    def _trickle(self, body: bytes, pause: float) -> None:
        """Send a body, at once or in pieces with a pause before each."""
        size = len(body) // 30 + 1 if pause else len(body) or 1
        for start in range(0, len(body), size):
            self.server.closing.wait(pause)
            self.wfile.write(body[start : start + size])
            self.wfile.flush()

    def _is_known(self, etag: str, modified: float) -> bool:
        if tags := self.headers.get("If-None-Match"):
            return etag in [tag.strip() for tag in tags.split(",")]
        if since := self.headers.get("If-Modified-Since"):
            return int(modified) <= parsedate_to_datetime(since).timestamp()
        return False

    def _encoded(self, reply: Reply) -> tuple[bytes, list[tuple[str, str]]]:
        if any(name == "Content-Encoding" for name, _ in reply.headers):
            return reply.body, []
        wanted = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (wanted and reply.is_text and len(reply.body) >= _GZIP_FROM):
            return reply.body, []
        return gzip.compress(reply.body, mtime=0), [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]


@contextmanager
def serve(
    newsroom: Newsroom | None = None,
    *,
    faults: Mapping[str, Fault] | None = None,
    port: int = 0,
    delay: float = 0.0,
) -> Iterator[Server]:
    """Serve the sample newsroom (or another state of it) from a thread while the context lasts."""
    server = Server(newsroom or Newsroom(), faults or {}, port, delay)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
