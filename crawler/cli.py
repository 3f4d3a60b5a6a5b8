"""The command `cas-archive`: everything of `archive.cli`, and what fetches and extracts.

Scrapy is imported only when something is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from archive.cli import (
    DataOption,
    ExitCode,
    JsonOption,
    LimitOption,
    app,
    configuration,
    note,
    opened,
    parse_date,
)
from archive.cli import run as run_app
from archive.errors import BadUrlError
from archive.urls import UrlKind
from crawler.errors import CrawlerError, SetupError, SourceError

if TYPE_CHECKING:
    from archive.items import CapturedPage
    from crawler.probe import Probe
    from crawler.run import CrawlRun, Plan
    from crawler.sources import SourceConfig

SourceArgument = Annotated[str, typer.Argument(help="Which source; `cas-english` is the CAS newsroom.")]
MirrorOption = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="Ask this server instead of the source's hosts; addresses kept stay real."
    ),
]
DelayOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        min=0,
        help="Seconds between two requests.  [default: the source's; 0 with --mirror]",
    ),
]


@app.command(
    epilog="Example: CAS_ARCHIVE_CONTACT=you@example.org cas-archive crawl --section research-news --limit 20"
)
def crawl(
    source: SourceArgument = "cas-english",
    section: Annotated[str | None, typer.Option(help="Only this section: its id, label or folder.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only articles published on or after YYYY-MM-DD.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Fetch at most so many articles.")] = None,
    delay: DelayOption = None,
    mirror: MirrorOption = None,
    data: DataOption = None,
) -> None:
    """Collect a newsroom: capture every page, clean the text, make it searchable.

    A live crawl identifies itself: set CAS_ARCHIVE_CONTACT to your e-mail or web address first.
    """
    from crawler import report  # noqa: PLC0415 - the help must not wait for Scrapy
    from crawler.run import Plan  # noqa: PLC0415

    begin = parse_date(since) if since else None
    plan = Plan.from_arguments(source, section, begin, limit, delay, mirror, data)
    raise typer.Exit(report.print_run(_execute(plan)))


@app.command(epilog="Example: CAS_ARCHIVE_CONTACT=you@example.org cas-archive probe cas-english")
def probe(
    source: SourceArgument = "cas-english",
    section: Annotated[str | None, typer.Option(help="Only this section: its id, label or folder.")] = None,
    delay: DelayOption = None,
    mirror: MirrorOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Make first contact with a site: robots.txt, one listing and one article of each section.

    Says what was recognised and what falls to the generic path. Captures are kept, no article is saved.
    """
    from crawler import report  # noqa: PLC0415
    from crawler.probe import Probe  # noqa: PLC0415
    from crawler.run import Plan  # noqa: PLC0415

    plan = Plan.from_arguments(source=source, section=section, delay=delay, mirror=mirror, data=data)
    survey = Probe(plan.source, plan.scope)
    run = _execute(plan, survey)
    if as_json:
        report.print_json(survey.findings, run.robots)
    else:
        report.print_findings(survey.findings, run.robots)
    raise typer.Exit(report.conclude(run))


@app.command(epilog="Example: cas-archive extract saved.html --json")
def extract(
    page: Annotated[str, typer.Argument(metavar="FILE|URL", help="A saved page, or the address of one.")],
    url: Annotated[str | None, typer.Option(help="The address that a saved page came from.")] = None,
    source: Annotated[str, typer.Option(help="The source that the page belongs to.")] = "cas-english",
    mirror: MirrorOption = None,
    as_json: JsonOption = False,
    data: DataOption = None,
) -> None:
    """Show all that is extracted from one page, and which rule found it.

    An address is read from its newest capture; one that was never captured is fetched and kept first.
    """
    from crawler import probe as inspection  # noqa: PLC0415
    from crawler import report, sources  # noqa: PLC0415
    from crawler.run import Plan  # noqa: PLC0415

    config = sources.load(source)
    _require_page(page, config)
    captured = inspection.saved(page, url, config) or _newest(page, config, data)
    if captured is None:
        plan = Plan.from_arguments(source=source, mirror=mirror, data=data)
        single = inspection.Probe(config, plan.scope, only=page)
        run = _execute(plan, single)
        if not single.findings:
            raise typer.Exit(report.conclude(run))
        finding = single.findings[-1]
    else:
        finding = inspection.inspect(captured, config)
    if as_json:
        report.print_json([finding])
    else:
        report.print_page(finding)
    raise typer.Exit(ExitCode.FAILED if finding.problem else ExitCode.DONE)


@app.command(
    "reextract", epilog="Example: cas-archive reextract --jobs 2, then: cas-archive reextract --promote"
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


@app.command(epilog="Example: cas-archive furniture --limit 50")
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


@app.command(epilog="Example: cas-archive quality --template generic --limit 10")
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


def _require_page(page: str, source: SourceConfig) -> None:
    """Raise SetupError unless `page` is a file or an address of the source."""
    if Path(page).is_file():
        return
    if Path(page).is_dir():
        raise SetupError(f"{page} is a folder; name a saved page in it")
    try:
        address = source.urls.address(page)
    except BadUrlError as error:
        raise SetupError(f"there is no file {page}, and it is no address either") from error
    if address.kind is UrlKind.OFFSITE:
        raise SetupError(f"{page} is on none of the hosts of {source.id}")


def _newest(url: str, source: SourceConfig, data: Path | None) -> CapturedPage | None:
    """Return the newest capture of an address; None when there is none or no archive at all."""
    from archive import query, warc  # noqa: PLC0415

    address = source.urls.address(url)
    if not (configuration(data).config.data / "archive.sqlite").exists():
        return None
    with opened(data) as database:
        capture = query.newest_capture(database, address.url)
        return warc.read(database.warcs, capture) if capture else None


def _execute(plan: Plan, intake: Probe | None = None) -> CrawlRun:
    from crawler.process import execute  # noqa: PLC0415 - the help must not wait for Scrapy
    from crawler.progress import shown  # noqa: PLC0415
    from crawler.run import CrawlRun  # noqa: PLC0415

    run = CrawlRun(plan, intake)
    execute(run, shown(lambda: run.intake.tally, Console(stderr=True, soft_wrap=True), lambda: run.delay))
    return run


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command `cas-archive`."""
    try:
        code = run_app(app, arguments)
    except (SetupError, SourceError) as error:
        note(f"cas-archive: {error}")
        code = ExitCode.USAGE
    except CrawlerError as error:
        note(f"cas-archive: {error}")
        code = ExitCode.FAILED
    raise SystemExit(code)
