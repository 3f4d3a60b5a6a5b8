"""Serve the sample newsroom from the command line: `python -m tests.newsroom [--port N]`."""

from __future__ import annotations

import argparse
import sys
import threading

from tests.newsroom import HOST, Newsroom, articles, serve
from tests.newsroom.site import ROBOTS, robots


def main() -> int:
    """Serve until interrupted; print the address on the first line of standard output."""
    parser = argparse.ArgumentParser(prog="python -m tests.newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before every answer")
    parser.add_argument("--crawl-delay", type=float, help="Crawl-delay that robots.txt asks for")
    parser.add_argument("--forbid", action="store_true", help="robots.txt forbids everything")
    options = parser.parse_args()
    rules = (
        robots(options.crawl_delay, forbid=options.forbid)
        if options.crawl_delay or options.forbid
        else ROBOTS
    )
    try:
        with serve(Newsroom(robots=rules), port=options.port, delay=options.delay) as server:
            print(server.url, flush=True)
            print(f"{len(articles())} articles of {HOST}; Ctrl-C ends.", file=sys.stderr, flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        print(f"cannot serve on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
