"""The archive's reading room: the same questions for the command line, exports and the web.

find(database, ArticleQuery("quantum -moon"))   ->  Hits
get_article(database, "cas-english-80493")      ->  Article
articles(database, query)                       ->  Article, one after another
stats(database), runs(database)
"""

from __future__ import annotations

from archive.query.article import Article, article_ids, articles, get_article
from archive.query.attempts import Attempt, attempts
from archive.query.captures import newest_capture
from archive.query.quality import Coverage, Coverages, Part, Weak, coverage, weakest
from archive.query.search import ArticleQuery, Hit, Hits, Sort, find
from archive.query.statistics import Stats, stats
from archive.runs import Run, runs
from archive.search.snippets import Snippet

__all__ = [
    "Article",
    "ArticleQuery",
    "Attempt",
    "Coverage",
    "Coverages",
    "Hit",
    "Hits",
    "Part",
    "Run",
    "Snippet",
    "Sort",
    "Stats",
    "Weak",
    "article_ids",
    "articles",
    "attempts",
    "coverage",
    "find",
    "get_article",
    "newest_capture",
    "runs",
    "stats",
    "weakest",
]
