"""What people do with the checkpoint of a round: copy it, and predict texts with it."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import NoCheckpoint
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.files import checkpoint_of
from annotator.rounds.learning.reading import vectors_folder
from db.aside import aside, put_in_place
from db.store import Store
from db.team import project


@dataclass(frozen=True)
class PredictedText:
    """What a round's model says of a text."""

    text: str
    label: str
    probability: float
    """From 0 to 1."""
    tokens: tuple[str, ...]
    saliency: tuple[float, ...]
    """One signed score per token for `explained`, by the view that people are shown of the model."""
    explained: str
    """The label that these are for: `label`, unless the model answers that with a constant."""


def copy_checkpoint(store: Store, round_id: int, directory: Path, *, actor: Actor) -> None:
    """Copy the checkpoint of a round to a new directory, whole or not at all.

    Raises NoCheckpoint for a round without one, or if the directory exists.
    """
    check_may_act(store, actor, least="researcher")
    source = checkpoint_of(store, round_id)
    if directory.exists():
        raise NoCheckpoint(f"{directory} already exists; choose another directory.")
    with aside(directory, is_folder=True) as half:
        shutil.copytree(source, half, dirs_exist_ok=True)
        put_in_place(half, directory)


def predict_texts(
    store: Store, round_id: int, texts: Sequence[str], *, actor: Actor, query: str | None = None
) -> list[PredictedText]:
    """Return what the model of a round says of these texts.

    Raises NoCheckpoint for a round without one, and ExampleError for a text without words.
    """
    from learner.explaining import explain
    from learner.training.checkpoint import load_checkpoint

    check_may_act(store, actor, least="researcher")
    trained = load_checkpoint(checkpoint_of(store, round_id), vectors_in=vectors_folder(store))
    explained = [explain(trained, text, query=query) for text in texts]
    # The model's own names may be from before a label was renamed.
    names = dict(zip(trained.labels, (label.name for label in project.labels(store)), strict=False))
    return [
        PredictedText(
            one.text, names[one.predicted], one.predicted_probability, one.tokens, one.scores, names[one.label]
        )
        for one in explained
    ]
