"""What the commands of the crawler print: the end of a run, what a probe found, one page in full."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from typing import Any

import typer
from rich.text import Text

from archive.cli import ExitCode, note, out
from archive.frontier import Kind
from archive.items import ArticleItem, CapturedPage, ListItem
from crawler.ending import Ending
from crawler.intake import Failure, Tally
from crawler.probe import Finding
from crawler.run import CrawlRun

#: Failed addresses that a report prints.
SHOWN_FAILURES = 5

_CODES = {
    Ending.FINISHED: ExitCode.DONE,
    Ending.INCOMPLETE: ExitCode.INCOMPLETE,
    Ending.NO_ENTRIES: ExitCode.NO_ENTRIES,
    Ending.UNREACHABLE: ExitCode.UNREACHABLE,
    Ending.REFUSED: ExitCode.UNREACHABLE,
    Ending.FAILED: ExitCode.FAILED,
    Ending.STOPPED: ExitCode.STOPPED,
    Ending.BUDGET: ExitCode.BUDGET,
}
#: What remains, in words.
_KINDS = {
    Kind.LANDING: "landing pages",
    Kind.LISTING: "list pages",
    Kind.PART: "parts of articles",
    Kind.ARTICLE: "articles that are known and were not asked for",
}
_ADVICE = {
    Ending.INCOMPLETE: "finished, but pages could not be fetched; the next crawl asks for them again",
    Ending.NO_ENTRIES: "the listings gave no entries: the site may have changed; try `cas-archive probe`",
    Ending.UNREACHABLE: "nothing of {host} could be fetched: {reason}; check the network and the address",
    Ending.REFUSED: "{host} wants to be left alone: {reason}; what was fetched is kept, crawl again later",
    Ending.FAILED: "the run has failed: articles were named and none was saved; try `cas-archive probe`",
    Ending.STOPPED: "stopped before the end; what was fetched is kept, the next crawl goes on from there",
    Ending.BUDGET: "the budget is spent; what was fetched is kept, the next crawl goes on from there",
}


def print_run(run: CrawlRun) -> ExitCode:
    """Say what a run brought, and return the code it ends with."""
    tally, plan = run.agenda.tally, run.plan
    saved = tally.saved
    for name in run.damaged:
        note(f"cas-archive: {name} is damaged and was left as it is; restore it from a backup")
    out.print(f"Run {run.id} of {plan.source.id}: {run.ending}")
    _fact("listings", f"{tally.listings} read, {tally.entries} articles named")
    _fact(
        "articles",
        f"{tally.articles} fetched{_unmodified(tally)}: {saved['new']} new, {saved['changed']} changed, "
        f"{saved['unchanged']} unchanged, {saved['duplicate-of']} at another address of the same article",
    )
    _fact("left alone", " · ".join(f"{count} {reason}" for reason, count in sorted(tally.skipped.items())))
    _fact("found", " ".join(tally.found_folders))
    _fact("removed", f"{tally.gone} that were there are gone" if tally.gone else "")
    _fact("back", f"{tally.back} that were gone are there again" if tally.back else "")
    _fact("remaining", ", ".join(f"{count} {_KINDS[kind]}" for kind, count in run.remaining.items()))
    if run.ending is not Ending.UNREACHABLE:
        _failures(tally.failures, run.id)
    if tally.responses and not saved["new"] and not saved["changed"] and run.ending is Ending.FINISHED:
        _fact("", "Nothing new: no version was added.")
    _fact("archive", f"{plan.config.data} (archive.sqlite, warc/)")
    return conclude(run)


def conclude(run: CrawlRun) -> ExitCode:
    """Say what to do about the way a run ended, and return its code."""
    ending = run.ending or Ending.FAILED
    for finding in run.findings:
        note(f"cas-archive: {finding.message}" + (f", first {finding.url}" if finding.url else ""))
    if advice := _ADVICE.get(ending):
        failures = run.agenda.tally.failures
        forbidden = run.agenda.tally.skipped["forbidden"]
        reason = "its robots.txt forbids it" if forbidden and not failures else "no answer"
        reason = run.refusal or (failures[-1].reason if failures else reason)
        note(f"cas-archive: {advice.format(host=run.plan.source.urls.host, reason=reason)}")
    return _CODES[ending]


def _unmodified(tally: Tally) -> str:
    return f" ({tally.not_modified} by the word that nothing changed)" if tally.not_modified else ""


def _failures(failures: list[Failure], run: int) -> None:
    for failure in failures[:SHOWN_FAILURES]:
        _fact("failed", f"{failure.url}: {failure.reason}")
    if len(failures) > SHOWN_FAILURES:
        _fact("failed", f"… and {len(failures) - SHOWN_FAILURES} more: cas-archive runs failures {run}")


def _fact(name: str, value: str) -> None:
    if value:
        out.print(Text.assemble((f"  {name:<11}", "dim"), value))


def print_findings(findings: Iterable[Finding], robots: Iterable[CapturedPage]) -> None:
    """Print what a probe found, page by page."""
    for page in robots:
        rules = sum(b":" in line for line in page.body.splitlines()) if page.status == 200 else 0
        out.print(f"{page.url}: HTTP {page.status}, {rules} rules")
        for line in page.body.decode("utf-8", "replace").splitlines()[:20] if rules else []:
            out.print(Text(f"    {line}", "dim"))
    for finding in findings:
        out.print()
        out.print(Text.assemble((finding.section, "bold"), f"  {finding.purpose}  ", (finding.url, "dim")))
        _fact("encoding", finding.encoding)
        _fact("headers", "; ".join(f"{name}: {value}" for name, value in finding.headers))
        if finding.problem:
            out.print(Text.assemble((f"  {'not read':<11}", "dim"), (finding.problem, "red")))
        elif isinstance(finding.item, ListItem):
            _listing(finding, finding.item)
        else:
            family = finding.template or ""
            _fact("template", family + (" (no template claims this page)" if family == "generic" else ""))
            _fact("found", ", ".join(finding.found()))
            _fact("missing", ", ".join(finding.missing()))


def _listing(finding: Finding, item: ListItem) -> None:
    dated = sum(entry.published is not None for entry in item.entries)
    pager = f"{item.pager.total} pages by its pager" if item.pager else "no pager recognised"
    if finding.purpose is Kind.LANDING:
        _fact("links", f"{len(item.listings)} folders")
    else:
        _fact(
            "entries", f"{len(item.entries)}, {dated} with a date; {pager}; {len(item.strays)} lead elsewhere"
        )


def print_page(finding: Finding) -> None:
    """Print everything that one page gave, and by which rule."""
    print_findings([finding], [])
    item = finding.item
    if isinstance(item, ListItem):
        for entry in item.entries:
            out.print(Text(f"  {entry.published or ''!s:<11}{entry.title}  {entry.url}"))
    if not isinstance(item, ArticleItem):
        return
    rules = {evidence.field: evidence for evidence in item.evidence}
    for field in dataclasses.fields(item):
        value = getattr(item, field.name)
        if field.name in ("blocks", "evidence", "captures") or not value:
            continue
        line = Text.assemble((f"  {field.name:<11} ", "bold"), _plain(value))
        if found := rules.get(field.name):
            line.append(f"  ({found.rule}: {found.raw})", "dim")
        out.print(line)
    for block in item.blocks:
        out.print(Text.assemble((f"  {block.kind:<11}", "dim"), block.text))


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return " | ".join(_plain(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return "  ".join(str(part) for part in dataclasses.asdict(value).values() if part)
    return str(value)


def print_json(findings: Iterable[Finding], robots: Iterable[CapturedPage] = ()) -> None:
    """Print findings as one JSON document."""
    document = {
        "robots": [
            {"url": p.url, "status": p.status, "text": p.body.decode("utf-8", "replace")} for p in robots
        ],
        "pages": [dataclasses.asdict(f) | {"found": f.found(), "missing": f.missing()} for f in findings],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
