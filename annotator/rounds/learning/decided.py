"""What people decided about each answered sentence as of now, for lists and parts: quick, for all sentences at once.

A round learns from the same decisions (`annotator/rounds/learning/deciding.py`), at the time when it begins.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotator.rounds.learning.deciding import majority_marks
from db.answers import votes
from db.answers.votes import Vote
from db.store import Store


@dataclass(frozen=True)
class Decided:
    """The labels that people decided on, and where several people answered, whether they agreed."""

    labels: Mapping[int, int]
    """By sentence; ties are left out."""
    agreed: frozenset[int]
    """Sentences to which two people or more gave the same label."""
    differed: frozenset[int]
    """Sentences to which people gave different labels."""


def decisions(store: Store) -> Decided:
    """Return what the answers that count now decide."""
    return _decided(votes.votes(store))


def decisions_about(store: Store, sentence_ids: Sequence[int]) -> Decided:
    """Return what the answers that count now decide about these sentences."""
    return _decided(votes.votes(store, sentence_ids))


def _decided(every: Iterable[Vote]) -> Decided:
    of_sentence: dict[int, list[Vote]] = defaultdict(list)
    for vote in every:
        of_sentence[vote.sentence_id].append(vote)
    labels, agreed, differed = {}, set(), set()
    for sentence_id, given in of_sentence.items():
        label = _label(given)
        if label is not None:
            labels[sentence_id] = label
        people = [vote for vote in given if not vote.is_decision]
        if len(people) > 1:
            differed.add(sentence_id)
        elif people and people[0].answers > 1:
            agreed.add(sentence_id)
    return Decided(labels, frozenset(agreed), frozenset(differed))


def decided_marks(store: Store, sentence_ids: Sequence[int], labels: Mapping[int, int]) -> dict[int, str]:
    """Return the marks of those of these sentences that have any, given with the label that was decided on."""
    rows: dict[int, list[str]] = defaultdict(list)
    overruled = set()
    for sentence_id, label, marks, is_decision in votes.marks(store, sentence_ids):
        if is_decision and sentence_id not in overruled:
            overruled.add(sentence_id)
            rows[sentence_id] = []
        if label == labels.get(sentence_id) and (is_decision or sentence_id not in overruled):
            rows[sentence_id].append(marks)
    # The marks of one person, of most sentences, are their own majority.
    return {
        sentence_id: given[0] if len(given) == 1 else majority_marks(given)
        for sentence_id, given in rows.items()
        if given
    }


def _label(given: Sequence[Vote]) -> int | None:
    """Return the label of the newest decision, else the one that more than half of the people gave, else None."""
    made = [vote for vote in given if vote.is_decision]
    if made:
        return max(made, key=lambda vote: vote.newest).label
    first = max(given, key=lambda vote: vote.answers)
    return first.label if 2 * first.answers > sum(vote.answers for vote in given) else None
