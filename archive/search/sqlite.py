"""Full text in SQLite: an FTS5 table of tokens that the analyzer made.

FTS5's `ascii` tokenizer splits at ASCII characters other than letters and digits and leaves the rest alone,
which is exactly what the analyzer's tokens need. The table's rowid is the article's `pk`.
"""

from __future__ import annotations

from sqlalchemy import Connection, Float, FromClause, Integer, text

from archive.search.analyzer import indexed
from archive.search.engine import Document
from archive.search.grammar import Query, Term

TABLE = "article_words"

#: How much a word in the title, the text and the keywords counts.
WEIGHTS = (8.0, 1.0, 4.0)

CREATE = f"CREATE VIRTUAL TABLE {TABLE} USING fts5(title, body, keywords, tokenize='ascii')"

_DELETE = text(f"DELETE FROM {TABLE} WHERE rowid = :pk")  # noqa: S608 - a constant
_INSERT = text(
    f"INSERT INTO {TABLE} (rowid, title, body, keywords) VALUES (:pk, :title, :body, :keywords)"  # noqa: S608
)
_MATCHES = (
    f"SELECT rowid AS pk, -bm25({TABLE}, {', '.join(map(str, WEIGHTS))}) AS score "  # noqa: S608
    f"FROM {TABLE} WHERE {TABLE} MATCH :match"
)


class Fts5:
    """The index in an SQLite database."""

    def add(self, connection: Connection, pk: int, document: Document) -> None:
        """Index the article `pk`, which is not in the index."""
        connection.execute(
            _INSERT,
            {
                "pk": pk,
                "title": indexed(document.title),
                "body": indexed(document.text),
                "keywords": indexed(" ; ".join(document.keywords)),
            },
        )

    def drop(self, connection: Connection, pk: int) -> None:
        """Take the article `pk` out of the index."""
        connection.execute(_DELETE, {"pk": pk})

    def matches(self, query: Query) -> FromClause:
        """Return a selectable of the columns `pk` and `score`, the larger the better."""
        statement = text(_MATCHES).bindparams(match=render(query))
        return statement.columns(pk=Integer, score=Float).subquery("matches")


def render(query: Query) -> str:
    """Return the query in FTS5's language; every token stands in quotation marks and holds none itself."""
    wanted = " AND ".join(_any(group) for group in query.groups)
    return f"({wanted}) NOT {_any(query.without)}" if query.without else wanted


def _any(alternatives: tuple[Term, ...]) -> str:
    return "(" + " OR ".join(map(_term, alternatives)) + ")"


def _term(term: Term) -> str:
    phrase = '"' + " ".join(term.tokens) + '"'
    if not term.prefix:
        return phrase
    # The index holds stems: what starts with "satellite" is found under "satellit".
    others = ('"' + " ".join((*term.tokens[:-1], token)) + '"' for token in term.completed)
    return "(" + " OR ".join((f"{phrase} *", *others)) + ")" if term.completed else f"{phrase} *"
