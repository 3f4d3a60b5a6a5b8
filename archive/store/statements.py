"""The statements of the writing room, built once: building them costs more than running them.

A parameter that is no column is called `key`, `url`, `at` or as the column it is compared with, with a `_`.
"""

from __future__ import annotations

from sqlalchemy import BindParameter, Integer, bindparam, delete, insert, select, update

from archive.models import Base

_TABLES = Base.metadata.tables
_ADDRESSES = _TABLES["addresses"]
_ARTICLES = _TABLES["articles"]
_CAPTURES = _TABLES["captures"]
_ENTRIES = _TABLES["entries"]
_EXTRACTIONS = _TABLES["extractions"]
_READINGS = _TABLES["readings"]
_VERSIONS = _TABLES["versions"]
_KEY: BindParameter[int] = bindparam("key")

CAPTURE = select(_CAPTURES.c.pk, _CAPTURES.c.status).where(_CAPTURES.c.record_id == bindparam("record_id_"))
ADD_CAPTURE = insert(_CAPTURES)
SET_CAPTURE = update(_CAPTURES).where(_CAPTURES.c.pk == _KEY)

ADDRESS = select(_ADDRESSES).where(
    _ADDRESSES.c.source == bindparam("source_"), _ADDRESSES.c.url == bindparam("url_")
)
ADDRESSES = select(_ADDRESSES).where(_ADDRESSES.c.article_pk == _KEY)
ADD_ADDRESS = insert(_ADDRESSES)
SET_ADDRESS = update(_ADDRESSES).where(_ADDRESSES.c.pk == _KEY)
#: Takes back that any address of an article ever gave it.
UNREAD_ADDRESSES = (
    update(_ADDRESSES).where(_ADDRESSES.c.article_pk == _KEY).values(first_read=None, last_read=None)
)

ARTICLE_PK = select(_ARTICLES.c.pk).where(_ARTICLES.c.id == bindparam("id_"))
#: The article as it is kept, and the address that its text was read from.
ARTICLE = (
    select(_ARTICLES, _VERSIONS.c.address_pk.label("text_address"))
    .outerjoin(_VERSIONS, _VERSIONS.c.pk == _ARTICLES.c.version_pk)
    .where(_ARTICLES.c.pk == _KEY)
)
ADD_ARTICLE = insert(_ARTICLES)
SET_ARTICLE = update(_ARTICLES).where(_ARTICLES.c.pk == _KEY)
DROP_ARTICLE = delete(_ARTICLES).where(_ARTICLES.c.pk == _KEY)

ENTRY = select(_ENTRIES).where(_ENTRIES.c.address_pk == _KEY, _ENTRIES.c.folder == bindparam("folder_"))
#: What listings say of an article, and of which of its addresses.
ENTRIES = (
    select(_ENTRIES.c.folder, _ADDRESSES.c.url, _ENTRIES.c.keywords, _ENTRIES.c.abstract)
    .join(_ADDRESSES, _ADDRESSES.c.pk == _ENTRIES.c.address_pk)
    .where(_ENTRIES.c.article_pk == _KEY)
)
ADD_ENTRY = insert(_ENTRIES)
SET_ENTRY = update(_ENTRIES).where(_ENTRIES.c.pk == _KEY)
MOVE_ENTRIES = update(_ENTRIES).where(_ENTRIES.c.address_pk == _KEY)

#: Whether a capture has been read into a version of an address.
WAS_READ = (
    select(_READINGS.c.version_pk)
    .join(_VERSIONS, _VERSIONS.c.pk == _READINGS.c.version_pk)
    .where(_READINGS.c.capture_pk == bindparam("capture"), _VERSIONS.c.address_pk == _KEY)
)
ADD_READING = insert(_READINGS)
#: First parts of the readings of a version, oldest first.
READ_TIMES = (
    select(_READINGS.c.read_at, _READINGS.c.keywords)
    .where(_READINGS.c.version_pk == _KEY, _READINGS.c.part == 0)
    .order_by(_READINGS.c.read_at, _READINGS.c.capture_pk)
)
#: Captures of the readings of a version up to a moment, the latest reading first.
READ_FROM = (
    select(_CAPTURES, _READINGS.c.read_at)
    .join(_READINGS, _READINGS.c.capture_pk == _CAPTURES.c.pk)
    .where(_READINGS.c.version_pk == _KEY, _READINGS.c.read_at <= bindparam("at"))
    .order_by(_READINGS.c.read_at.desc(), _READINGS.c.part)
)
#: Gives the readings of a version after a moment to another version.
MOVE_READINGS = update(_READINGS).where(_READINGS.c.version_pk == _KEY, _READINGS.c.read_at > bindparam("at"))

#: Places of the versions of an address, oldest first.
SPANS = (
    select(_VERSIONS.c.pk, _VERSIONS.c.digest, _VERSIONS.c.first_seen, _VERSIONS.c.last_seen)
    .where(_VERSIONS.c.address_pk == _KEY)
    .order_by(_VERSIONS.c.number)
)
VERSION = select(_VERSIONS).where(_VERSIONS.c.pk == _KEY)
#: The newest version of an address, without what only a reader of the article needs.
NEWEST = (
    select(
        _VERSIONS.c.pk,
        _VERSIONS.c.title,
        _VERSIONS.c.published,
        _VERSIONS.c.section,
        _VERSIONS.c.source_name,
        _VERSIONS.c.language,
        _VERSIONS.c.keywords,
        _VERSIONS.c.text,
        _VERSIONS.c.first_seen,
        _VERSIONS.c.last_seen,
    )
    .where(_VERSIONS.c.address_pk == _KEY)
    .order_by(_VERSIONS.c.number.desc())
    .limit(1)
)
#: Gives a version made from another one the promotions of that one.
COPY_EXTRACTIONS = insert(_EXTRACTIONS).from_select(
    ["version_pk", "promotion_pk", "before", "after"],
    select(
        bindparam("copy", type_=Integer),
        _EXTRACTIONS.c.promotion_pk,
        _EXTRACTIONS.c.before,
        _EXTRACTIONS.c.after,
    )
    .where(_EXTRACTIONS.c.version_pk == _KEY)
    .order_by(_EXTRACTIONS.c.pk),
)
ADD_VERSION = insert(_VERSIONS)
SET_VERSION = update(_VERSIONS).where(_VERSIONS.c.pk == _KEY)
#: Makes room for a version before the later ones of its address.
RENUMBER = (
    update(_VERSIONS)
    .where(_VERSIONS.c.address_pk == _KEY, _VERSIONS.c.number >= bindparam("from_"))
    .values(number=_VERSIONS.c.number + 1)
)
