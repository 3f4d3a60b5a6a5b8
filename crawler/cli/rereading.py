"""The commands that read stored captures again: reextract, furniture, quality."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer

from archive.cli import (
    DataOption,
    ExitCode,
    JsonOption,
    LimitOption,
    app,
    opened,
    parse_date,
)

if TYPE_CHECKING:
    pass


@app.command(
    "reextract",
    rich_help_panel="Maintain",
    epilog="Example: cas-archive reextract --jobs 2, then: cas-archive reextract --promote",
)
def reextract_(
    source: Annotated[str | None, typer.Option(help="Only this source.  [default: every one]")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only what was captured on or after YYYY-MM-DD (UTC).")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change: the default.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, max=256, help="Processes that read.")] = 1,
    learn: Annotated[
        bool,
        typer.Option("--learn", help="Learn anew which blocks recur on the pages, and read without them."),
    ] = False,
    promote: Annotated[
        bool, typer.Option("--promote", help="Let the archive say what was read, as a numbered set.")
    ] = False,
    rollback: Annotated[
        int | None, typer.Option(metavar="SET", help="Put back what was there before that set.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the sets that were promoted.")] = False,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Read the stored captures again by today's rules; compare, and promote what is better.

    Needs no network. A better reading is no change of an article: no version is added, and when the article
    changed stays as it was. A promotion is one transaction, and can be rolled back.
    """
    from crawler import review  # noqa: PLC0415 - the help must not wait for extraction

    if learn and since:
        raise typer.BadParameter("--learn needs every page: leave --since out")
    if sum((dry_run, promote, rollback is not None, list_)) > 1:
        raise typer.BadParameter("--dry-run, --promote, --rollback and --list exclude one another")
    begin = datetime.combine(parse_date(since), time(), UTC) if since else None
    with opened(data, write=promote or rollback is not None) as database:
        if list_:
            review.print_sets(database, as_json=as_json)
        elif rollback is not None:
            review.roll_back(database, rollback)
        else:
            review.require_warcs(database.warcs)
            codes = [
                review.again(
                    database, one, since=begin, jobs=jobs, learn=learn, promote=promote, as_json=as_json
                )
                for one in review.kept_sources(database, source)
            ]
            raise typer.Exit(max(codes, default=ExitCode.DONE))


@app.command(rich_help_panel="Maintain", epilog="Example: cas-archive furniture --limit 50")
def furniture(
    source: Annotated[str | None, typer.Option(help="Only this source.  [default: every one]")] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show the table of recurring blocks that pages are read without: `reextract --learn` makes it."""
    from crawler import review  # noqa: PLC0415 - the help must not wait for extraction

    with opened(data) as database:
        for one in review.kept_sources(database, source):
            review.print_furniture(database, one, limit=limit, as_json=as_json)


@app.command(rich_help_panel="Watch", epilog="Example: cas-archive quality --template generic --limit 10")
def quality(
    section: Annotated[str | None, typer.Option(help="Only this section: its label, id or folder.")] = None,
    template: Annotated[str | None, typer.Option(help="Only articles read by this template.")] = None,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Only what was published then.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare kept texts with the generic path on the same bytes.")
    ] = False,
    sample: Annotated[
        int, typer.Option(min=1, help="Articles that --compare reads, the same every time.")
    ] = 100,
    source: Annotated[str | None, typer.Option(help="The source that --compare reads.")] = None,
    limit: LimitOption = 20,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """List the articles whose text can be trusted least, with the reasons, and the coverage of each field."""
    from archive.query import Part  # noqa: PLC0415
    from crawler import review  # noqa: PLC0415 - the help must not wait for extraction

    if compare and (section or template or month):
        raise typer.BadParameter("--compare reads a sample of a whole source: leave the other bounds out")
    with opened(data) as database:
        if compare:
            for one in review.kept_sources(database, source):
                review.disagreement(database, one, size=sample, limit=limit, as_json=as_json)
        else:
            review.quality(database, Part(section, template, month), limit=limit, as_json=as_json)
