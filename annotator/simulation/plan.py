"""What a simulation compares: arms, each with every seed, and what decides the outcome of each of these trials."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from annotator.errors import CannotSimulate
from annotator.rounds.settings import RoundSettings, check_possible, resolve, with_layer
from annotator.simulation.gold import Gold
from annotator.simulation.habits import Habits
from annotator.simulation.judging import Figures
from annotator.simulation.records import Arm
from learner.acquisition_names import DEFAULT_ACQUISITION
from learner.config import STATIC
from learner.data.file_parts import fingerprint_of
from learner.encoders.choosing import AUTO, find_encoder
from learner.encoders.directory import open_directory
from learner.loss_names import NO_LOSS
from learner.registry import names

GLOVE, RANDOM_VECTORS = "glove-50d", "random"
DEFAULT = "default"
"""The loss that the model is trained with if none is asked for."""
MOST_BY_DEFAULT, STEP_BY_DEFAULT, SEEDS_BY_DEFAULT = 1000, 100, 5
ALL_SIZES = (0,)
"""For `Plan.all_figures_at`: every size."""


@dataclass(frozen=True)
class Plan:
    """All that decides the outcome of a simulation."""

    data: Path
    sizes: tuple[int, ...]
    """After how many answers a round is trained; the first are drawn at random."""
    seeds: tuple[int, ...] = tuple(range(SEEDS_BY_DEFAULT))
    encoders: tuple[str, ...] = (AUTO,)
    """As `whylight round start --encoder` takes them; with `:MODEL`, on this model."""
    losses: tuple[str, ...] = (NO_LOSS, DEFAULT)
    acquisitions: tuple[str, ...] = (DEFAULT_ACQUISITION,)
    people: tuple[Habits, ...] = (Habits(),)
    random_share: float = 0.2
    vectors: str = AUTO
    """Of the static encoder."""
    steps: int | None = None
    """The most training steps of a round."""
    device: str = "auto"
    all_figures_at: tuple[int, ...] = ()
    """The sizes at which figures that take long are computed too."""
    with_test: bool = False
    word_rules: tuple[str, ...] = ()
    """Words that must not matter in any sentence, by a rule that is made before the first answer."""

    def figures_at(self, size: int) -> Figures:
        """Return which figures the model after this many answers has."""
        return "all" if self.all_figures_at == ALL_SIZES or size in self.all_figures_at else "usual"


@dataclass(frozen=True)
class Trial:
    """One arm with one seed: it becomes a learning curve."""

    arm: Arm
    seed: int
    settings: RoundSettings
    """Of each of its rounds."""


def sizes_up_to(gold: Gold, *, budget: int | None, step: int, start: int | None) -> tuple[int, ...]:
    """Return the sizes from `start` in steps up to the budget, which is always the last; None takes the defaults."""
    last = min(MOST_BY_DEFAULT, len(gold.pool)) if budget is None else budget
    first = min(step, last) if start is None else start
    return tuple(dict.fromkeys([*range(first, last, step), last]))


def check_sizes(sizes: Sequence[int], gold: Gold) -> tuple[int, ...]:
    """Return the sizes in order; raise CannotSimulate if the pool has fewer sentences."""
    ordered = tuple(sorted(set(sizes)))
    if ordered[-1] > len(gold.pool):
        raise CannotSimulate(
            f"{ordered[-1]:,} answers are asked for, and the pool of {gold.name} has {len(gold.pool):,} sentences with "
            "a label; give a smaller budget."
        )
    return ordered


def trials_of(plan: Plan, gold: Gold) -> list[Trial]:
    """Return the trials: every arm with the first seed, then every arm with the next.

    Raises CannotSimulate, CannotTrain or a LearnerError for an arm that no round can have.
    """
    has_queries = any(example.query for example in (*gold.pool, *gold.dev))
    found: dict[Trial, None] = {}
    for seed, encoder, losses, acquisition in product(plan.seeds, plan.encoders, plan.losses, plan.acquisitions):
        settings = _settings(plan, encoder, losses, acquisition, seed=seed, has_queries=has_queries)
        loss, chosen_by = settings.loss or DEFAULT, settings.acquisition
        arm = Arm(gold.name, _name(settings, encoder), loss, chosen_by, _people(plan, gold))
        found[Trial(arm, seed, settings)] = None
    return list(found)


def key_of(trial: Trial, plan: Plan, gold: Gold) -> dict[str, Any]:
    """Return what decides a trial's outcome, as JSON, without paths of this machine."""
    settings = asdict(trial.settings)
    for name in ("queue_size", "twin", "seed_of", "seed"):
        del settings[name]
    return {
        "arm": asdict(trial.arm),
        "seed": trial.seed,
        "sizes": list(plan.sizes),
        "made_from": gold.digest,
        "test": plan.with_test,
        "people": [asdict(person) for person in plan.people],
        "word_rules": list(plan.word_rules),
        "round": settings | _without_paths(trial.settings),
        "all_figures_at": [size for size in plan.sizes if plan.figures_at(size) == "all"],
    }


def _settings(
    plan: Plan, encoder: str, losses: str, acquisition: str, *, seed: int, has_queries: bool
) -> RoundSettings:
    name, model = _with_model(encoder)
    wanted = RoundSettings(
        loss=None if losses == DEFAULT else losses,
        seed=seed,
        steps=plan.steps,
        encoder=name,
        model=model,
        acquisition=acquisition,
        random_share=plan.random_share,
        device=_device(plan),
    )
    resolved = resolve(wanted, has_queries=has_queries)
    if resolved.encoder == STATIC:
        resolved = replace(resolved, vectors=_vectors(plan.vectors))
    check_possible(resolved)
    return with_layer(resolved)


def _device(plan: Plan) -> str:
    """Return the device that is meant; raise DeviceError if the machine does not have it."""
    if plan.device == "cpu":
        return plan.device
    from learner.device import choose_device

    return choose_device(plan.device).type


def _vectors(asked_for: str) -> str:
    """Return the word vectors that are meant: what `auto` is decides the outcome, so a key has to say it."""
    from learner.data.vectors import glove_is_installed

    if asked_for != AUTO:
        return asked_for
    return GLOVE if glove_is_installed() else RANDOM_VECTORS


def _with_model(encoder: str) -> tuple[str, str]:
    name, colon, model = encoder.rpartition(":")
    return (name, model) if colon and model in names("model") else (encoder, AUTO)


def _name(settings: RoundSettings, asked_for: str) -> str:
    """Return what the encoder is called: its own name, and that of the model if it is not the usual one."""
    name = Path(settings.encoder).name
    return f"{name}:{settings.model}" if ":" in asked_for and _with_model(asked_for)[1] != AUTO else name


def _people(plan: Plan, gold: Gold) -> str:
    rules = f", a rule for {', '.join(plan.word_rules)}" if plan.word_rules else ""
    if len(plan.people) == 1:
        return plan.people[0].in_words(gold.labels) + rules
    people = json.dumps([asdict(person) for person in plan.people], sort_keys=True)
    mark = hashlib.sha256(people.encode()).hexdigest()[:6]
    return f"{len(plan.people)} people ({', '.join(person.name for person in plan.people)}; {mark}){rules}"


def _without_paths(settings: RoundSettings) -> dict[str, str]:
    """Return what stands for the files that a path names."""
    found = {}
    if settings.encoder != STATIC:
        found["encoder"] = open_directory(find_encoder(settings.encoder)).digest()
    if Path(settings.vectors).is_file():
        found["vectors"] = fingerprint_of(Path(settings.vectors))
    return found
