"""The filters of the Data page that ask the model."""

from collections.abc import Callable
from functools import partial

from annotator.project.permissions import Actor
from annotator.rounds.asking.model_filters import (
    FINDINGS,
    ModelChoice,
    earlier_rounds,
    sentences_changed_since,
    sentences_found,
)
from db.store import Store

_MOST_ROUNDS = 20


def options(store: Store, *, actor: Actor) -> dict[str, Callable[[Store], ModelChoice]]:
    """Return what each choice of the filter selects; empty while no round serves."""
    found = {finding.capitalize(): partial(sentences_found, finding=finding, actor=actor) for finding in FINDINGS}
    earlier = {
        f"Changed since round {round_id}": partial(sentences_changed_since, round_id=round_id, actor=actor)
        for round_id in earlier_rounds(store, actor=actor)[:_MOST_ROUNDS]
    }
    return {**found, **earlier}
