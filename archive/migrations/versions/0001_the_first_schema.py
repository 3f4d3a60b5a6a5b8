"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("process_start", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_runs")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("urls", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    op.create_table(
        "furniture",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_furniture_source_sources")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_furniture")),
    )
    op.create_table(
        "promotions",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("furniture", sa.Integer(), nullable=True),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["furniture"], ["furniture.pk"], name=op.f("fk_promotions_furniture_furniture")
        ),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_promotions_source_sources")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_promotions")),
    )
    op.create_table(
        "articles",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("docid", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("gone_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version_pk", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_changed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_articles_source_sources")),
        sa.ForeignKeyConstraint(
            ["version_pk"], ["versions.pk"], name="fk_articles_version_pk_versions", use_alter=True
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_articles")),
        sa.UniqueConstraint("id", name=op.f("uq_articles_id")),
    )
    with op.batch_alter_table("articles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_articles_docid"), ["docid"], unique=False)
        batch_op.create_index("ix_articles_published_id", ["published", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_section"), ["section"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_source_name"), ["source_name"], unique=False)
        batch_op.create_index(batch_op.f("ix_articles_version_pk"), ["version_pk"], unique=False)

    op.create_table(
        "captures",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("mime", sa.Text(), nullable=True),
        sa.Column("warc", sa.Text(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("run_pk", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_captures_run_pk_runs")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_captures")),
        sa.UniqueConstraint("record_id", name=op.f("uq_captures_record_id")),
    )
    with op.batch_alter_table("captures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_captures_run_pk"), ["run_pk"], unique=False)
        batch_op.create_index(batch_op.f("ix_captures_url"), ["url"], unique=False)
        batch_op.create_index("ix_captures_warc_offset", ["warc", "offset"], unique=False)

    op.create_table(
        "failures",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("run_pk", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_pk"], ["runs.pk"], name=op.f("fk_failures_run_pk_runs")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_failures")),
    )
    with op.batch_alter_table("failures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_failures_run_pk"), ["run_pk"], unique=False)

    op.create_table(
        "addresses",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("section_id", sa.Text(), nullable=True),
        sa.Column("section_label", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_read", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_read", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing_reason", sa.Text(), nullable=True),
        sa.Column("missing_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["article_pk"], ["articles.pk"], name=op.f("fk_addresses_article_pk_articles")
        ),
        sa.ForeignKeyConstraint(["source"], ["sources.id"], name=op.f("fk_addresses_source_sources")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_addresses")),
        sa.UniqueConstraint("source", "url", name=op.f("uq_addresses_source_url")),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addresses_article_pk"), ["article_pk"], unique=False)
        batch_op.create_index(
            "ix_addresses_folder_section_id_section_label",
            ["folder", "section_id", "section_label"],
            unique=False,
        )

    op.create_table(
        "entries",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("address_pk", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("listing_url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_pk"], ["addresses.pk"], name=op.f("fk_entries_address_pk_addresses")
        ),
        sa.ForeignKeyConstraint(["article_pk"], ["articles.pk"], name=op.f("fk_entries_article_pk_articles")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_entries")),
        sa.UniqueConstraint("address_pk", "folder", name=op.f("uq_entries_address_pk_folder")),
    )
    with op.batch_alter_table("entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entries_article_pk"), ["article_pk"], unique=False)

    op.create_table(
        "versions",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("article_pk", sa.Integer(), nullable=False),
        sa.Column("address_pk", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("breadcrumb", sa.JSON(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=True),
        sa.Column("editor", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("photographer", sa.Text(), nullable=True),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("captions", sa.JSON(), nullable=False),
        sa.Column("images", sa.JSON(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("videos", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("dois", sa.JSON(), nullable=False),
        sa.Column("journals", sa.JSON(), nullable=False),
        sa.Column("institutes", sa.JSON(), nullable=False),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("extractor", sa.Text(), nullable=False),
        sa.Column("furniture", sa.Integer(), nullable=True),
        sa.Column("quality", sa.Integer(), nullable=False),
        sa.Column("quality_reasons", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_pk"], ["addresses.pk"], name=op.f("fk_versions_address_pk_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["article_pk"], ["articles.pk"], name=op.f("fk_versions_article_pk_articles")
        ),
        sa.ForeignKeyConstraint(
            ["furniture"], ["furniture.pk"], name=op.f("fk_versions_furniture_furniture")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_versions")),
    )
    with op.batch_alter_table("versions", schema=None) as batch_op:
        batch_op.create_index("ix_versions_address_pk_number", ["address_pk", "number"], unique=False)
        batch_op.create_index(batch_op.f("ix_versions_article_pk"), ["article_pk"], unique=False)

    op.create_table(
        "readings",
        sa.Column("version_pk", sa.Integer(), nullable=False),
        sa.Column("capture_pk", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=True),
        sa.Column("template", sa.Text(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["capture_pk"], ["captures.pk"], name=op.f("fk_readings_capture_pk_captures")
        ),
        sa.ForeignKeyConstraint(
            ["version_pk"], ["versions.pk"], name=op.f("fk_readings_version_pk_versions")
        ),
        sa.PrimaryKeyConstraint("version_pk", "capture_pk", name=op.f("pk_readings")),
    )
    with op.batch_alter_table("readings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_readings_capture_pk"), ["capture_pk"], unique=False)

    op.create_table(
        "extractions",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("promotion_pk", sa.Integer(), nullable=False),
        sa.Column("version_pk", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["promotion_pk"], ["promotions.pk"], name=op.f("fk_extractions_promotion_pk_promotions")
        ),
        sa.ForeignKeyConstraint(
            ["version_pk"], ["versions.pk"], name=op.f("fk_extractions_version_pk_versions")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_extractions")),
    )
    with op.batch_alter_table("extractions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extractions_promotion_pk"), ["promotion_pk"], unique=False)
        batch_op.create_index(batch_op.f("ix_extractions_version_pk"), ["version_pk"], unique=False)
    _crawl()
    _full_text()


def _crawl() -> None:
    """Make the tables of what is crawled when, and of what went wrong."""
    op.create_table(
        "frontier",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Text(), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_run", sa.Integer(), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("moved_to", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("capture_pk", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("run_pk", sa.Integer(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_check", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_missed", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["capture_pk"], ["captures.pk"], name=op.f("fk_frontier_capture_pk_captures")
        ),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_frontier")),
        sa.UniqueConstraint("source", "url", name=op.f("uq_frontier_source_url")),
    )
    op.create_index(
        op.f("ix_frontier_due"), "frontier", ["source", "kind", "state", "next_check"], unique=False
    )
    op.create_index(op.f("ix_frontier_moved_to"), "frontier", ["moved_to"], unique=False)
    op.create_table(
        "walks",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("run_pk", sa.Integer(), nullable=False),
        sa.Column("last_run_pk", sa.Integer(), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_read", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("proven_from", sa.Date(), nullable=True),
        sa.Column("next_url", sa.Text(), nullable=True),
        sa.Column("hole_url", sa.Text(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("rereads", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("shifted", sa.Boolean(), nullable=False),
        sa.Column("again_from", sa.Integer(), nullable=True),
        sa.Column("oldest", sa.Date(), nullable=True),
        sa.Column("newest", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_walks")),
    )
    op.create_index(op.f("ix_walks_run_pk"), "walks", ["run_pk"], unique=False)
    op.create_index(op.f("ix_walks_last_run_pk"), "walks", ["last_run_pk"], unique=False)
    _where("ix_walks_open", "walks", ["source"], "ended IS NULL")
    _where("ix_frontier_leased", "frontier", ["leased_until"], "leased_until IS NOT NULL")
    _where("ix_frontier_parts", "frontier", ["found_on"], "kind = 'part'")
    op.create_index(op.f("ix_walks_source_folder"), "walks", ["source", "folder"], unique=False)
    op.create_table(
        "sightings",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("frontier_pk", sa.Integer(), nullable=False),
        sa.Column("walk_pk", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("last_walk_pk", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["frontier_pk"], ["frontier.pk"], name=op.f("fk_sightings_frontier_pk_frontier")
        ),
        sa.ForeignKeyConstraint(["last_walk_pk"], ["walks.pk"], name=op.f("fk_sightings_last_walk_pk_walks")),
        sa.ForeignKeyConstraint(["walk_pk"], ["walks.pk"], name=op.f("fk_sightings_walk_pk_walks")),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_sightings")),
        sa.UniqueConstraint("frontier_pk", "folder", name=op.f("uq_sightings_frontier_pk_folder")),
    )
    op.create_index(op.f("ix_sightings_walk_pk"), "sightings", ["walk_pk"], unique=False)
    op.create_index(op.f("ix_sightings_last_walk_pk"), "sightings", ["last_walk_pk"], unique=False)
    op.create_table(
        "alarms",
        sa.Column("pk", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("pk", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_source"), "alarms", ["source"], unique=False)


def _where(name: str, table: str, columns: list[str], rows: str) -> None:
    """Make an index over some of the rows of a table."""
    where = sa.text(rows)
    op.create_index(op.f(name), table, columns, unique=False, sqlite_where=where, postgresql_where=where)


def _full_text() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE article_words USING fts5(title, body, keywords, tokenize='ascii')")
    else:
        # SQLite has the constraint from CREATE TABLE; engines that check it at once get it afterwards.
        op.create_foreign_key(
            "fk_articles_version_pk_versions", "articles", "versions", ["version_pk"], ["pk"]
        )
