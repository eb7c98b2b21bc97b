"""All rounds with their states and companions, and the answers that the next one would learn from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.start import settle
from db.answers import annotations
from db.answers.annotations import PoolAnswers
from db.corpus import sentences
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from db.team import project


@dataclass(frozen=True)
class RoundsOverview:
    """A project's rounds, and the answers that the next one would learn from."""

    answers: PoolAnswers
    """Answers to pool sentences; `new` counts those since the round that serves."""
    rounds: list[Round]
    """Newest first, without deleted ones and those that are only there to be compared."""
    twins: dict[int, Round]
    """By the round that they are the twins of."""
    seeds: dict[int, list[Round]]
    """The same rounds with other seeds, oldest first, by the round that they repeat; without deleted ones."""
    next_id: int
    """The number of the next round."""
    serving: int | None
    sentences: int
    """How many there are in the project: an encoder reads each once."""
    labels: int
    """How many the project has, apart from retired ones."""

    @property
    def every(self) -> list[Round]:
        """Return the rounds, their other seeds, and the twins of all of them."""
        return [*self.rounds, *chain.from_iterable(self.seeds.values()), *self.twins.values()]

    @property
    def serving_round(self) -> Round | None:
        """Return the round that serves, or None."""
        return next((round_ for round_ in self.rounds if round_.id == self.serving), None)


def rounds_overview(store: Store, *, actor: Actor) -> RoundsOverview:
    """Return what there is to learn from, and the state of every round."""
    known = all_rounds(store, actor=actor)
    serving = project.read(store).serving_round
    after = next((round_.last_annotation for round_ in known if round_.id == serving), None)
    answers = annotations.count_pool_answers(store, after_id=after or 0)
    return RoundsOverview(
        answers,
        rounds=_of_people(known),
        twins=_twins(known),
        seeds=_seeds(known),
        next_id=max((round_.id for round_ in known), default=0) + 1,
        serving=serving,
        sentences=sentences.count(store),
        labels=sum(not label.retired for label in project.labels(store)),
    )


def refresh(store: Store, before: RoundsOverview, *, actor: Actor) -> RoundsOverview:
    """Return the overview with the rounds as they are now; its counts, slow in a large project, stay as they were."""
    known = all_rounds(store, actor=actor)
    serving = project.read(store).serving_round
    return replace(before, rounds=_of_people(known), twins=_twins(known), seeds=_seeds(known), serving=serving)


def _of_people(known: Sequence[Round]) -> list[Round]:
    return [round_ for round_ in known if not round_.is_companion and round_.deleted_ms is None]


def _twins(known: Sequence[Round]) -> dict[int, Round]:
    return {round_.twin_of: round_ for round_ in known if round_.twin_of is not None}


def _seeds(known: Sequence[Round]) -> dict[int, list[Round]]:
    found: dict[int, list[Round]] = {}
    for one in reversed(known):
        if one.seed_of is not None and one.twin_of is None and one.deleted_ms is None:
            found.setdefault(one.seed_of, []).append(one)
    return found


def all_rounds(store: Store, *, actor: Actor) -> list[Round]:
    """Return every round and twin, newest first; those whose process died are marked as failed."""
    check_may_act(store, actor, least="researcher")
    settle(store)
    return rounds.all_of(store)
