"""The sentences that an export is of: all of them, or those that a filter finds."""

from collections.abc import Iterator

from db.corpus import sentences
from db.finding import browse
from db.finding.filters import EVERYTHING, SentenceFilter
from db.records import Sentence
from db.store import Store

_PAGE = 500


def pages_of(store: Store, chosen: SentenceFilter, *, answered: bool = False) -> Iterator[list[Sentence]]:
    """Yield them in the order of their import, a page at a time.

    If only the `answered` ones matter, most of the others are left out.
    """
    if chosen == EVERYTHING:
        return sentences.pages(store, answered=answered, size=_PAGE)
    return browse.pages(store, chosen, size=_PAGE)


def number_of(store: Store, chosen: SentenceFilter) -> int:
    """Count them, however long that takes."""
    return sentences.count(store) if chosen == EVERYTHING else browse.count_all(store, chosen)
