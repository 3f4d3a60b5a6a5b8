"""The archive's reading room: the same questions for the command line, exports and the web.

find(database, ArticleQuery("quantum -moon"))   ->  Hits
get_article(database, "cas-english-80493")      ->  Article
articles(database, query)                       ->  Article, one after another
stats(database), runs(database)
account(database, 12), manners(database)        ->  Account of one run, Manners towards the site
completeness(database)                          ->  Completeness, section by section
"""

from __future__ import annotations

from archive.query.article import Article, article_ids, articles, get_article
from archive.query.asked import Asked
from archive.query.attempts import Attempt, attempts
from archive.query.captures import newest_capture
from archive.query.completeness import Completeness, SectionCompleteness, completeness
from archive.query.ledger import Account, FailedAddress, account, failed_addresses
from archive.query.manners import Manners, manners
from archive.query.quality import Coverage, Coverages, Part, Weak, coverage, weakest
from archive.query.search import ArticleQuery, Hit, Hits, Sort, find
from archive.query.statistics import Stats, stats
from archive.runs import Run, runs
from archive.runs import get as get_run
from archive.search.snippets import Snippet

__all__ = [
    "Account",
    "Article",
    "ArticleQuery",
    "Asked",
    "Attempt",
    "Completeness",
    "Coverage",
    "Coverages",
    "FailedAddress",
    "Hit",
    "Hits",
    "Manners",
    "Part",
    "Run",
    "SectionCompleteness",
    "Snippet",
    "Sort",
    "Stats",
    "Weak",
    "account",
    "article_ids",
    "articles",
    "attempts",
    "completeness",
    "coverage",
    "failed_addresses",
    "find",
    "get_article",
    "get_run",
    "manners",
    "newest_capture",
    "runs",
    "stats",
    "weakest",
]
