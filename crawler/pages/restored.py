"""What a library leaves out of a text that it found: pictures, captions and headings among paragraphs."""

from __future__ import annotations

from collections.abc import Sequence

from archive.items import BlockKind
from crawler.pages.body import Draft
from crawler.pages.text import letters

#: A block of this length is not on a page twice by chance.
_DISTINCT = 20


def restore(found: Sequence[Draft], printed: Sequence[Draft]) -> list[Draft]:
    """Return the blocks that were found, with what the page prints between the first and the last of them.

    `printed`: every block between the landmarks of the page, in order.
    """
    places = {letters(draft.text): index for index, draft in enumerate(found) if len(draft.text) >= _DISTINCT}
    added: list[tuple[int, Draft]] = []
    begun, waiting = False, list[Draft]()
    for draft in printed:
        place = places.get(letters(draft.text)) if draft.text and not draft.caption else None
        if place is not None:
            added += [(place, one) for one in waiting if begun]
            begun, waiting = True, []
        elif draft.caption or (draft.images and not draft.text) or _is_heading(draft):
            waiting.append(draft)
        elif draft.text:
            # A heading stands right above its paragraph; one above something else belongs to that.
            waiting = [one for one in waiting if one.kind is not BlockKind.HEADING]
    return _merged(found, added)


def _is_heading(draft: Draft) -> bool:
    return draft.kind is BlockKind.HEADING and bool(draft.text) and not draft.link_chars


def _merged(found: Sequence[Draft], added: Sequence[tuple[int, Draft]]) -> list[Draft]:
    new = {letters(draft.text) for _, draft in added if draft.text}
    # What the page marks as a caption or heading is that and no paragraph.
    kept = [[draft] if letters(draft.text) not in new else [] for draft in found]
    for place, draft in reversed(added):
        kept[place].insert(0, draft)
    return [draft for drafts in kept for draft in drafts]
