"""The sample newsroom: a small site in the markup of english.cas.cn with its dirt, and the truth beside it.

    with serve() as server:      a server on loopback, in a thread; answers by Host header
        server.url               http://127.0.0.1:PORT, for `--mirror`
        server.requests          what was asked of it, with time, host and concurrency
    articles(), expected()       what its pages print, and what a good reading of them gives
    outcomes()                   addresses that give no article, and why

`python -m tests.newsroom` serves it from the command line. Standard library only.
"""

from tests.newsroom.load import articles, expected, landings, outcomes, sections
from tests.newsroom.render import Look
from tests.newsroom.server import CHALLENGED, Fault, Request, Server, serve
from tests.newsroom.site import Newsroom, robots
from tests.newsroom.truth import ALIAS, HOST, Article, Expected, Listed, Outcome, Section

__all__ = [
    "ALIAS",
    "CHALLENGED",
    "HOST",
    "Article",
    "Expected",
    "Fault",
    "Listed",
    "Look",
    "Newsroom",
    "Outcome",
    "Request",
    "Section",
    "Server",
    "articles",
    "expected",
    "landings",
    "outcomes",
    "robots",
    "sections",
    "serve",
]
