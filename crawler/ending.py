"""How a run ended, decided from what it did. Pure."""

from __future__ import annotations

from enum import StrEnum

from crawler.intake import Tally

#: Reason with which the spider is closed when the site is left alone for now.
REFUSED = "refused"


class Ending(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    INCOMPLETE = "incomplete"
    NO_ENTRIES = "no-entries"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"
    BUDGET = "budget"


#: Articles at which nothing was to be had: more are no coincidence.
MANY = 5
#: Endings after which a later run of the same mode goes on with what this one was about.
GOES_ON = ("killed", Ending.STOPPED, Ending.BUDGET, Ending.UNREACHABLE, Ending.REFUSED, Ending.FAILED)


def conclude(tally: Tally, reason: str, *, saves: bool = True, left: int = 0) -> Ending:
    """Decide how a run ended from what it did.

    reason: why the spider was closed. saves: whether the run was to save articles. left: addresses that its
    budget left due.
    """
    # A few dead links are an outcome; when nothing of many gave an article, the site has changed.
    several = [count for count in (tally.dead, tally.failed_articles) if count >= MANY]
    asked = tally.articles + sum(several)
    saved = tally.saved.total() or tally.skipped["before-since"]
    given_up = reason in ("unreachable", REFUSED)
    unheard = tally.responses == 0 and (given_up or tally.failures or tally.skipped["forbidden"])
    verdicts = (
        (reason in ("storage", "failed"), Ending.FAILED),
        (reason not in ("finished", "unreachable", REFUSED), Ending.STOPPED),
        (unheard, Ending.UNREACHABLE),
        (reason == REFUSED, Ending.REFUSED),
        (tally.lists and tally.entries == 0, Ending.NO_ENTRIES),
        (saves and asked and not saved, Ending.FAILED),
        (left, Ending.BUDGET),
        (tally.failures, Ending.INCOMPLETE),
    )
    return next((ending for holds, ending in verdicts if holds), Ending.FINISHED)


def counts(tally: Tally) -> dict[str, int]:
    """Return the tally as the ledger keeps it."""
    return {
        "responses": tally.responses,
        "landings": tally.landings,
        "listings": tally.listings,
        "entries": tally.entries,
        "articles": tally.articles,
        "not-modified": tally.not_modified,
        "gone": tally.gone,
        "back": tally.back,
        **tally.saved,
        **{f"skipped:{reason}": count for reason, count in tally.skipped.items()},
    }
