"""Judging what pages gave: templates that claim them, fields that are found, articles that come out.

Pure: values in, findings out. Each section is compared with its own past, in two ways: pages that were read
before with what they gave then, and pages that are new with the pages before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive.health.chance import ALLOWED, MIN_PAGES, MIN_PAST, allowed_share, is_unusual
from archive.health.findings import Finding, Kind
from archive.health.looks import ELSEWHERE, MAX_EXAMPLES, Asked, Look, PageFacts, Past, kind_of
from archive.quality import FIELDS

#: What more sections than this show on most pages is one alarm of the whole source.
MANY_SECTIONS, MOST = 3, 0.8


@dataclass(frozen=True, slots=True)
class _Trial:
    """One thing that may be missing on pages of one kind."""

    kind: Kind
    field: str | None
    #: Whether the pages were read before.
    again: bool


@dataclass(slots=True)
class _Outcome:
    """How a trial went: how many lack it, of how many, and what is allowed."""

    missing: int = 0
    of: int = 0
    #: Sum over the pages of the share that may lack it.
    expected: float = 0.0
    bad: list[Asked] = field(default_factory=list)

    @property
    def allowed(self) -> float:
        return self.expected / self.of if self.of else ALLOWED

    @property
    def is_unusual(self) -> bool:
        return is_unusual(self.missing, self.of, self.allowed)


#: What findings are told apart by within a section.
_Key = tuple[Kind, str | None]

_TRIALS = tuple(
    _Trial(kind, name, again)
    for again in (True, False)
    for kind, name in (
        (Kind.EXTRACTION, None),
        (Kind.VANISHED, None),
        (Kind.DRIFT, None),
        *((Kind.COVERAGE, name) for name in FIELDS),
    )
)


def judge_pages(facts: PageFacts) -> tuple[Finding, ...]:
    """Return what is unusual about the pages of the recent runs.

    Of each section as many of the newest runs count as give three pages: an alarm is cleared by pages that
    are as they should be, not by a day without any. What no section shows may show in the whole source, and
    what many of them show on most of their pages is said of it once.
    """
    return tuple(_Judge(facts).findings())


class _Judge:
    def __init__(self, facts: PageFacts) -> None:
        self._facts = facts

    def findings(self) -> Iterator[Finding]:
        sections: dict[str, list[Asked]] = {}
        for asked in self._facts.asked:
            sections.setdefault(asked.section, []).append(asked)
        local: dict[_Key, dict[str, list[_Outcome]]] = {}
        for section in sorted(sections):
            for key, outcomes in self._unusual(sections[section]).items():
                local.setdefault(key, {})[section] = outcomes
        whole = self._unusual(self._facts.asked)
        for key in dict.fromkeys((*local, *whole)):
            shown = local.get(key, {})
            if key in whole and (not shown or (len(shown) > MANY_SECTIONS and _is_most(whole[key]))):
                yield self._finding(key, None, whole[key], tuple(shown))
            else:
                for section, outcomes in shown.items():
                    yield self._finding(key, section, outcomes)

    def _unusual(self, asked: Sequence[Asked]) -> dict[_Key, list[_Outcome]]:
        """Return what is unusual about some pages, by kind and field."""
        unusual: dict[_Key, list[_Outcome]] = {}
        for trial in _TRIALS:
            outcome = self._try(trial, asked)
            if outcome.is_unusual:
                unusual.setdefault((trial.kind, trial.field), []).append(outcome)
        return unusual

    def _try(self, trial: _Trial, asked: Iterable[Asked]) -> _Outcome:
        """Add up the newest runs until there are enough pages."""
        by_run: dict[int, list[tuple[Asked, bool, float]]] = {}
        for group in asked:
            if (group.before is not None) is trial.again and (seen := self._see(trial, group)):
                by_run.setdefault(group.run, []).append((group, *seen))
        outcome = _Outcome()
        for run in self._facts.runs:
            for group, lacks, allowed in by_run.get(run, ()):
                outcome.of += group.count
                outcome.expected += group.count * allowed
                if lacks:
                    outcome.missing += group.count
                    outcome.bad.append(group)
            if outcome.of >= MIN_PAGES:
                break
        return outcome

    def _see(self, trial: _Trial, group: Asked) -> tuple[bool, float] | None:
        """Return whether pages lack what is looked for, and the share that may; None: they do not count."""
        past = self._facts.past.get(group.section, Past())
        if trial.kind in (Kind.EXTRACTION, Kind.VANISHED):
            return self._see_reason(trial, group, past)
        if group.now is None:
            return None
        if trial.kind is Kind.DRIFT:
            return self._see_template(group, group.now, past)
        name = trial.field or ""
        lacks = name not in group.now.found
        if group.before is not None:
            lost_claim = group.before.is_claimed and not group.now.is_claimed
            # The fields of a page that its template lost are the drift's matter.
            return None if lost_claim else _again(lacks, name in group.before.found)
        if past.pages < MIN_PAST or (past.unclaimed * 2 < past.pages and not group.now.is_claimed):
            return None
        return lacks, allowed_share(past.without(name), past.pages)

    def _see_reason(self, trial: _Trial, group: Asked, past: Past) -> tuple[bool, float] | None:
        if group.reason in ELSEWHERE:
            return None
        lacks = group.reason is not None and kind_of(group.reason) is trial.kind
        if group.before is not None:
            return lacks, ALLOWED
        past = past if past.asked >= MIN_PAST else self._facts.whole
        if past.asked < MIN_PAST:
            return None
        return lacks, allowed_share(past.missing.get(trial.kind, 0), past.asked)

    def _see_template(self, group: Asked, now: Look, past: Past) -> tuple[bool, float] | None:
        if group.before is not None:
            return _again(not now.is_claimed, group.before.is_claimed)
        # A section that begins with a redesign has no past of its own.
        past = past if past.pages >= MIN_PAST else self._facts.whole
        if past.pages < MIN_PAST:
            return None
        return not now.is_claimed, allowed_share(past.unclaimed, past.pages)

    def _finding(
        self, key: _Key, section: str | None, outcomes: Sequence[_Outcome], sections: Sequence[str] = ()
    ) -> Finding:
        kind, name = key
        bad = [group for outcome in outcomes for group in outcome.bad]
        missing, of = sum(o.missing for o in outcomes), sum(o.of for o in outcomes)
        expected = sum(o.expected for o in outcomes)
        urls = [url for group in bad for url in group.urls]
        examples = [example for group in bad for example in group.examples]
        return Finding(
            source=self._facts.source,
            kind=kind,
            section=section,
            field=name,
            url=urls[0] if urls else None,
            message=_MESSAGES[kind].format(
                missing=missing,
                of=of,
                usual=_percent(expected / of),
                field=name,
                where=section or "the whole source",
                reasons=", ".join(sorted({group.reason for group in bad if group.reason})),
            )
            + _lost(kind, bad)
            + _among(sections),
            examples=tuple(examples[:MAX_EXAMPLES]),
        )


def _again(lacks: bool, had: bool) -> tuple[bool, float] | None:
    """Return how a page counts that was read before: one that never had it says nothing."""
    return (lacks, ALLOWED) if had or not lacks else None


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _lost(kind: Kind, bad: Iterable[Asked]) -> str:
    """Return which fields went with the template."""
    if kind is not Kind.DRIFT:
        return ""
    pairs = [(group.before, group.now) for group in bad if group.before and group.now]
    lost = [name for name in FIELDS if any(name in b.found and name not in n.found for b, n in pairs)]
    return f"; with it went {', '.join(lost)}" if lost else ""


def _is_most(outcomes: Iterable[_Outcome]) -> bool:
    return any(outcome.missing >= MOST * outcome.of for outcome in outcomes)


def _among(sections: Sequence[str]) -> str:
    """Return the sections that show it by themselves."""
    more = f" and {len(sections) - MANY_SECTIONS} more" if len(sections) > MANY_SECTIONS else ""
    return f"; sections: {', '.join(sections[:MANY_SECTIONS])}{more}" if sections else ""


_MESSAGES = {
    Kind.DRIFT: "no template claims {missing} of {of} pages read in {where} (up to {usual} is usual): "
    "the site's markup has changed",
    Kind.COVERAGE: "{field} is missing on {missing} of {of} pages read in {where} (up to {usual} is usual)",
    Kind.EXTRACTION: "{missing} of {of} pages asked for in {where} give no article ({reasons}; "
    "up to {usual} is usual)",
    Kind.VANISHED: "{missing} of {of} pages asked for in {where} are not there ({reasons}; "
    "up to {usual} is usual)",
}
