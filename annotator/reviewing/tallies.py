"""How what a search finds is spread over splits, answers and labels, to compare it with other sentences."""

from dataclasses import dataclass

from annotator.project.permissions import Actor, check_may_act
from db.corpus import sentences
from db.finding import browse, tallies
from db.finding.filters import EVERYTHING, SentenceFilter
from db.records import SPLITS
from db.store import Store
from db.team import project


@dataclass(frozen=True)
class Tally:
    """Counts of some sentences."""

    ids: tuple[int, ...] | None
    """The sentences, by id; None for the whole project."""
    sentences: int
    by_split: dict[str, int]
    answered: int
    """Those with an answer that counts."""
    by_label: dict[str, int]
    """Those with an answer of each label; a sentence on which people disagree is counted under several."""

    @property
    def unanswered(self) -> int:
        """Return how many have no answer that counts."""
        return self.sentences - self.answered


def tally(store: Store, chosen: SentenceFilter, *, actor: Actor) -> Tally:
    """Count all sentences that a filter finds, however long that takes."""
    check_may_act(store, actor, least="researcher")
    ids = None if chosen == EVERYTHING else browse.all_ids(store, chosen)
    by_split, by_label = tallies.by_split(store, ids), tallies.by_label(store, ids)
    return Tally(
        ids=None if ids is None else tuple(ids),
        sentences=sentences.count(store) if ids is None else len(ids),
        by_split={split: by_split.get(split, 0) for split in SPLITS},
        answered=tallies.answered(store, ids),
        by_label={label.name: by_label.get(label.index, 0) for label in project.labels(store)},
    )
