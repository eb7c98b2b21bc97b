"""One trial: the app's loop in a project of its own, and the figures of each round's model.

It is the loop of `whylight simulate`, with its oracle, without what the study does not need: a round's row and files,
and the scores of the pool where sentences are asked for at random.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from annotator.project.permissions import OWNER
from annotator.project.word_rules import add_rule
from annotator.rounds.learning.filling import choose_head
from annotator.rounds.learning.pool import open_pool
from annotator.rounds.learning.pool_scores import score_sentences
from annotator.rounds.learning.training_set import TrainingSet, build_training_set
from annotator.rounds.settings import RoundSettings
from annotator.simulation.gold import Gold, read_gold
from annotator.simulation.oracle import Oracle
from annotator.simulation.template import copied, make_template
from db.answers import annotations
from db.queue import slots
from db.store import Store
from evidence.figures import judge
from evidence.people import WITHOUT_MARKS, people_of
from evidence.planting import planted_words
from evidence.protocol import AS_IS, FINE_TUNED, MINILM, RANDOM, RULE, Trial
from evidence.sets import file_of
from learner.config import STATIC, TrainingConfig
from learner.encoders.frozen import FrozenEncoder, open_encoder
from learner.training.run import train
from learner.training.trained import TrainedModel

Record = dict[str, Any]


@dataclass(frozen=True)
class Materials:
    """The folders of the sets as they come and of what trials share, and the file of word vectors of the CNN."""

    folder: Path | None
    kept_in: Path
    """It has the cut sets, the projects that trials copy, and what the encoder has read."""
    vectors: str | None

    @property
    def sets(self) -> Path:
        """Return the folder of the cut sets."""
        return self.kept_in / "sets"

    @property
    def projects(self) -> Path:
        """Return the folder of the projects that trials copy."""
        return self.kept_in / "projects"


def run_trial(trial: Trial, materials: Materials) -> Record:
    """Return the points of a trial, with the CPU seconds that it took; raise LearnerError if it fails."""
    began = time.process_time()
    gold = gold_of(trial, materials)
    template = make_template(materials.projects, gold)
    with copied(template, into=materials.projects) as store:
        points = list(_play(store, gold, trial, materials))
    return {"points": points, "cpu_s": round(time.process_time() - began, 1)}


def gold_of(trial: Trial, materials: Materials) -> Gold:
    """Return the sentences of a trial with what the oracle knows: of test only if the trial is judged on it."""
    gold = _read(file_of(trial, materials.sets), with_test=trial.judged_on == "test")
    return replace(gold, test=gold.dev) if trial.judged_on == "rehearsal" else gold


def encoder_of(trial: Trial, materials: Materials) -> FrozenEncoder | None:
    """Return the pretrained encoder of a trial, opened once per process; None if its vectors are trained."""
    return _open(materials.kept_in) if trial.encoder == MINILM else None


def _play(store: Store, gold: Gold, trial: Trial, materials: Materials) -> Iterator[Mapping[str, Any]]:
    oracle = Oracle(
        store, gold, people_of(trial.people, gold), trial.seed, marks_words=trial.people not in WITHOUT_MARKS
    )
    for word in planted_words(trial.data) if trial.people == RULE else ():
        add_rule(store, word, actor=OWNER)
    is_random = trial.acquisition == RANDOM
    oracle.draw_first(trial.sizes[-1] if is_random else trial.sizes[0])
    for before, size, after in zip((0, *trial.sizes), trial.sizes, (*trial.sizes[1:], None), strict=False):
        oracle.answer(size - before)
        learned = build_training_set(store, up_to=annotations.last_id(store))
        trained = _train(learned, gold, trial, materials)
        marked = sum(work.marked for work in oracle.work.values())
        figures = judge(trained, trial, gold, size=size)
        yield {"answers": size, "marked": marked, "step": trained.result.step, "figures": figures}
        if after and not is_random:
            _choose(store, trained, learned, trial, number=after - size)


def _train(learned: TrainingSet, gold: Gold, trial: Trial, materials: Materials) -> TrainedModel:
    return train(
        learned.examples["pool"],
        learned.examples["dev"],
        labels=gold.labels,
        config=_config(trial, materials),
        device="cpu",
        extra_words=_words(gold) if trial.encoder == STATIC else (),
        encoder=encoder_of(trial, materials),
    )


def _config(trial: Trial, materials: Materials) -> TrainingConfig:
    return TrainingConfig(
        loss=trial.loss,
        encoder=STATIC if trial.encoder == STATIC else MINILM,
        model=FINE_TUNED if trial.encoder == FINE_TUNED else None,
        vectors=materials.vectors if trial.encoder == STATIC else None,
        max_steps=trial.steps,
        seed=trial.seed,
        **({} if trial.choice == AS_IS else {"keep_step_by": trial.choice}),
    )


def _choose(store: Store, trained: TrainedModel, learned: TrainingSet, trial: Trial, *, number: int) -> None:
    """Put so many sentences at the head of the queue, as a round with this model does."""
    file = Path(store.path).with_name("saliency.npy")
    scores = score_sentences(store, trained, open_pool(store), file)
    settings = RoundSettings(acquisition=trial.acquisition, seed=trial.seed, queue_size=number)
    slots.refill(store, None, choose_head(store, trained, learned, scores, settings))


def _words(gold: Gold) -> Iterable[str]:
    """Return every word of the set: the paper's model has the vectors of all of them, as in a project."""
    every = (*gold.pool, *gold.dev, *gold.test)
    return sorted({word for example in every for word in (*example.tokens, *(example.query or ()))})


@cache
def _read(file: Path, *, with_test: bool) -> Gold:
    return read_gold(file, with_test=with_test)


@cache
def _open(vectors_in: Path) -> FrozenEncoder:
    return open_encoder(MINILM, vectors_in=vectors_in)
