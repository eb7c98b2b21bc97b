"""Play one trial: answers and rounds in turn, up to the last size, and the figures of each round's model."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from annotator.errors import Refused
from annotator.processes import process_start
from annotator.project.permissions import OWNER
from annotator.project.word_rules import add_rule
from annotator.rounds.files import checkpoint_of
from annotator.rounds.learning.judgement import judged_by
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.reading import vectors_folder
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import check_ready, queue_round
from annotator.simulation.gold import Gold, read_gold
from annotator.simulation.judging import Figures, figures_of, independent_figures, judge_trained
from annotator.simulation.oracle import Oracle
from annotator.simulation.plan import Plan, Trial
from annotator.simulation.template import copied, is_of
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store
from learner.acquisition_names import RANDOM
from learner.errors import TrainingError
from learner.loss_names import NO_LOSS

Result = dict[str, Any]
"""The result of a trial, as JSON: `points`, a list with an entry for each size

answers   how many there were
asked     stands for the sentences that were answered, in their order
work      name of a person → how many answers they gave, and how many of them with marks
figures   of records.Point
"""


def run_trial(trial: Trial, *, plan: Plan, template: Path) -> Result:
    """Return the result of a trial; raise TrainingError if a round could not be trained."""
    gold = read_once(plan.data, plan.with_test)
    if not is_of(template, gold):
        raise TrainingError(f"{plan.data.name} was changed while it was played; run the command again")
    with copied(template, into=template.parent) as store, _as_training_errors(), _without_logs():
        return {"points": list(_points(store, gold, trial, plan))}


@cache
def read_once(data: Path, with_test: bool) -> Gold:
    """Return the data set of a plan, read once per process."""
    return read_gold(data, with_test=with_test)


def play_round(store: Store, settings: RoundSettings) -> Round:
    """Start a round on all answers so far, work on it in this process, and return its row once it is ready."""
    queued = queue_round(store, actor=OWNER, settings=settings)
    rounds.begin_next(store)
    rounds.set_process(store, queued.id, pid=os.getpid(), process=process_start(os.getpid()))
    work_on_round(store, queued.id)
    ended = rounds.read(store, queued.id)
    check_ready(ended)
    return ended


def judge_round(store: Store, ready: Round, gold: Gold, *, figures: Figures) -> dict[str, float]:
    """Return the figures of a round's model: what the round itself found on dev, and what else is asked for."""
    found = {"dev": figures_of(judged_by(store, ready.id)["dev"])}
    if figures == "all" or gold.test:
        from learner.training.checkpoint import load_checkpoint

        trained = load_checkpoint(
            checkpoint_of(store, ready.id), device=str(ready.device), vectors_in=vectors_folder(store)
        )
        if figures == "all":
            found["dev"] |= independent_figures(trained, gold.dev)
        if gold.test:
            found["test"] = judge_trained(trained, gold.test, figures=figures)
    return {f"{split} {name}": round(value, 6) for split, of_split in found.items() for name, value in of_split.items()}


def _points(store: Store, gold: Gold, trial: Trial, plan: Plan) -> Iterator[Mapping[str, Any]]:
    oracle = Oracle(store, gold, plan.people, trial.seed, marks_words=trial.arm.losses != NO_LOSS)
    for word in plan.word_rules:
        add_rule(store, word, actor=OWNER)
    answered, is_random = 0, trial.settings.acquisition == RANDOM
    for size, following in zip(plan.sizes, [*plan.sizes[1:], None], strict=True):
        if not answered or is_random:  # so that what is asked by chance does not depend on where rounds are
            oracle.draw_first(size - answered)
        oracle.answer(size - answered)
        answered = size
        ready = play_round(store, replace(trial.settings, queue_size=following - size if following else 1))
        yield {
            "answers": size,
            "asked": oracle.asked,
            "work": {name: list(done) for name, done in sorted(oracle.work.items())},
            "figures": judge_round(store, ready, gold, figures=plan.figures_at(size)),
        }


@contextmanager
def _without_logs() -> Iterator[None]:
    """Keep what a round writes into its log from the terminal: the outcome says why a round failed."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _as_training_errors() -> Iterator[None]:
    """Raise what the application refuses as an error of the trial alone: the others can continue."""
    try:
        yield
    except Refused as error:
        raise TrainingError(str(error)) from error
