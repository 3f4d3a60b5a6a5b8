"""The commands that fetch: crawl, probe, extract. Scrapy is imported only when something is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from archive.cli import (
    DataOption,
    ExitCode,
    JsonOption,
    app,
    configuration,
    opened,
    parse_date,
)
from archive.errors import BadUrlError
from archive.urls import UrlKind
from crawler.errors import SetupError

if TYPE_CHECKING:
    from archive.items import CapturedPage
    from crawler.plan import Plan
    from crawler.probe import Probe
    from crawler.run import CrawlRun
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
    rich_help_panel="Crawl",
    epilog="Example: CAS_ARCHIVE_CONTACT=you@example.org cas-archive crawl --section research-news --limit 5",
)
def crawl(
    source: SourceArgument = "cas-english",
    mode: Annotated[
        str,
        typer.Option(
            metavar="new|backfill|recheck",
            help="What is new in the listings; every section to its last page; articles that are due again.",
        ),
    ] = "new",
    all_: Annotated[
        bool, typer.Option("--all", help="With recheck: every article, whether it is due or not.")
    ] = False,
    section: Annotated[str | None, typer.Option(help="Only this section: its id, label or folder.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Only articles published on or after YYYY-MM-DD.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Fetch at most so many articles.")] = None,
    budget_pages: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after so many requests.")
    ] = None,
    budget_bytes: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after so many bytes of pages.")
    ] = None,
    delay: DelayOption = None,
    mirror: MirrorOption = None,
    data: DataOption = None,
) -> None:
    """Collect a newsroom: capture every page, clean the text, make it searchable.

    A live crawl identifies itself: set CAS_ARCHIVE_CONTACT to your e-mail or web address first.
    """
    from crawler import report  # noqa: PLC0415 - the help must not wait for Scrapy
    from crawler.plan import Plan  # noqa: PLC0415

    begin = parse_date(since) if since else None
    plan = Plan.from_arguments(
        source, section, begin, limit, delay, mirror, data,
        mode=mode, all=all_, budget_pages=budget_pages, budget_bytes=budget_bytes,
    )  # fmt: skip
    raise typer.Exit(report.print_run(_execute(plan)))


@app.command(
    rich_help_panel="Crawl",
    epilog="Example: CAS_ARCHIVE_CONTACT=you@example.org cas-archive probe cas-english",
)
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
    from crawler.plan import Plan  # noqa: PLC0415
    from crawler.probe import Probe  # noqa: PLC0415

    plan = Plan.from_arguments(source=source, section=section, delay=delay, mirror=mirror, data=data)
    survey = Probe(plan.source, plan.scope)
    run = _execute(plan, survey)
    if as_json:
        report.print_json(survey.findings, run.robots)
    else:
        report.print_findings(survey.findings, run.robots)
    raise typer.Exit(report.conclude(run))


@app.command(rich_help_panel="Crawl", epilog="Example: cas-archive extract saved.html --json")
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
    from crawler.plan import Plan  # noqa: PLC0415

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


def _execute(plan: Plan, probe: Probe | None = None) -> CrawlRun:
    from crawler.process import execute  # noqa: PLC0415 - the help must not wait for Scrapy
    from crawler.run import CrawlRun  # noqa: PLC0415

    run = CrawlRun(plan, probe)
    execute(run, Console(stderr=True))
    return run
