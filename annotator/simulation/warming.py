"""Read the sentences of a simulation with its pretrained encoders before the trials begin, so that none has to.

A round with one step of training reads whatever a round reads, also the sentences of dev without their marked words.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from annotator.errors import Refused
from annotator.rounds.learning.reading import open_encoder
from annotator.rounds.settings import RoundSettings, keeps_vectors
from annotator.simulation.gold import Gold
from annotator.simulation.habits import Habits
from annotator.simulation.judging import Figures
from annotator.simulation.oracle import Oracle
from annotator.simulation.plan import Plan, Trial
from annotator.simulation.playing import judge_round, play_round
from annotator.simulation.template import copied, keep_vectors
from db.store import Store
from learner.acquisition_names import RANDOM
from learner.errors import LearnerError
from learner.trials.reading import ReadingReport

_ANSWERS = 100


def read_ahead(trials: Sequence[Trial], plan: Plan, gold: Gold, template: Path) -> None:
    """Read everything that these trials need, and keep its vectors next to the template."""
    for settings in dict.fromkeys(_alike(trial.settings) for trial in trials if keeps_vectors(trial.settings)):
        mark = template / f"read-{settings.encoder_layer}-{_name(settings)}-{_figures(plan)}"
        if not mark.exists():
            with copied(template, into=template.parent) as store:
                _read(store, settings, plan, gold)
                keep_vectors(store, template)
            mark.touch()


def _alike(settings: RoundSettings) -> RoundSettings:
    """Return the settings in which all trials that read the same are equal."""
    return replace(settings, loss=None, seed=0, steps=1, acquisition=RANDOM, queue_size=1)


def _read(store: Store, settings: RoundSettings, plan: Plan, gold: Gold) -> None:
    encoder = open_encoder(store, settings)
    assert encoder is not None
    every = [*gold.pool, *gold.dev, *gold.test]
    encoder.read_ahead(
        [each.tokens for each in every], [each.query for each in every], progress=ReadingReport(_name(settings))
    )
    oracle = Oracle(store, gold, (Habits(),), seed=0)
    number = min(_ANSWERS, len(gold.pool))
    oracle.draw_first(number)
    oracle.answer(number)
    try:
        judge_round(store, play_round(store, settings), gold, figures=_figures(plan))
    except (Refused, LearnerError):
        return  # nothing can be learned from these answers; the trials read what they need, or say why they fail


def _figures(plan: Plan) -> Figures:
    return "all" if plan.all_figures_at else "usual"


def _name(settings: RoundSettings) -> str:
    return Path(settings.encoder).name
