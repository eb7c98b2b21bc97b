"""What a round's model did on dev and test: its figures, and the judged sentences that comparisons are made from."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from annotator.rounds.learning.training_set import TrainingSet
from db.learning import judgements
from db.records import Split
from db.store import Store
from learner.judging.judged import Judged, from_bytes

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel

HELD_OUT: tuple[Split, ...] = ("test", "dev")
"""The splits that judge a model, the one that represents it first."""


@dataclass(frozen=True)
class Judgement:
    """A model's figures and judged sentences."""

    figures: dict[str, Any]
    """On `dev` and `test` where they have examples, how the `training` went, and what the `model` is."""
    judged: dict[Split, Judged] = field(repr=False)


def judge_model(trained: "TrainedModel", training_set: TrainingSet) -> Judgement:
    """Judge a model on the held-out sentences that people answered.

    Only those of test, or of dev if there is no test, are read again without their marked words.
    """
    from learner.judging.evaluation import figures_of, read_examples
    from learner.judging.judge import judge

    figures: dict[str, Any] = {}
    judged: dict[Split, Judged] = {}
    for split in HELD_OUT:
        examples, ids = training_set.examples[split], training_set.ids[split]
        if examples:
            readings = read_examples(trained, examples)
            figures[split] = figures_of(trained, examples, readings)
            judged[split] = judge(trained, examples, readings, ids=ids, without_words=not judged)
    about = {
        "training": asdict(trained.result),
        "vectors": asdict(trained.vectors),
        "model": trained.made_of(),
    }
    return Judgement(figures | about, judged)


def judged_by(store: Store, round_id: int) -> dict[str, Judged]:
    """Return the judged sentences of a round by split; empty for a round of an older Whylight."""
    data = judgements.read(store, round_id)
    return {} if data is None else from_bytes(data)
