"""The protocol of the study as code; benchmarks/evidence_protocol.md is the same in words.

A trial is one arm with one seed. Its fields are its key: a baseline that several experiments share is run once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

from learner.config import STATIC
from learner.encoders.choosing import MINILM
from learner.loss_names import DEFAULT_LOSS, NO_LOSS
from learner.model_names import FINE_TUNED

Judges = Literal["dev", "test", "rehearsal"]
"""A rehearsal costs what a trial on test costs, and reads dev in the place of test."""


@dataclass(frozen=True)
class Trial:
    """One arm with one seed: a learning curve. Equal trials have equal figures."""

    data: str
    shortcut: int | None
    """How often, in per cent, the planted word goes with its label; None: nothing is planted."""
    encoder: str
    """`minilm`, `static` or, for MiniLM that is trained as well, `fine-tuned`."""
    loss: str
    acquisition: str
    people: str
    """How the oracle answers, by a name of `PEOPLE`."""
    choice: str
    """What decides on dev which step is kept, by a name of `CHOICES`."""
    sizes: tuple[int, ...]
    seed: int
    judged_on: Judges
    steps: int | None = None
    """The most training steps; None: the learner's default."""

    @property
    def is_taught(self) -> bool:
        """Return whether it learns from marks."""
        return self.loss != NO_LOSS


def trial_of(fields: Mapping[str, Any]) -> Trial:
    """Return the trial whose fields, as JSON, these are."""
    return Trial(**{**fields, "sizes": tuple(fields["sizes"])})


# Sets

LITBANK, HATEXPLAIN, CBT_NE, SAMPLE = "litbank", "hatexplain", "cbt_ne", "sample"
SETS = (LITBANK, HATEXPLAIN, CBT_NE, SAMPLE)
NAMES = {LITBANK: "LitBank", HATEXPLAIN: "HateXplain", CBT_NE: "CBT-NE", SAMPLE: "the sample"}
FILES = {name: f"{name}/{name}.jsonl.gz" for name in (LITBANK, HATEXPLAIN, CBT_NE)}
POOL, CUT_SEED = 5000, 77
MOST_OF_TEST = {CBT_NE: 2000}
COUNTS = {
    LITBANK: (5000, 935, 2364),
    HATEXPLAIN: (5000, 1898, 1899),
    CBT_NE: (5000, 1894, 2000),
    SAMPLE: (300, 80, 160),
}
"""Sentences of pool, dev and test."""

# Arms

MARKS = "log-mass"
"""The default of the pretrained encoder before the study."""
PICKED = "0.3*log-even"
"""The loss that the rule picked for the app's default, on dev: an amendment of the protocol, before test was read."""
DEFAULTS = {MINILM: MARKS, STATIC: DEFAULT_LOSS, FINE_TUNED: MARKS}
PAPER = "hinge"
RANDOM = "random"
SIZES = (50, 100, 200, 300, 500, 1000, 2000)
SIZES_OF_SAMPLE = (50, 100, 200, 300)
ONE_SIZE = 300
DEAR_SIZES = (300, 1000)
"""Where attribution without training and deletion are judged too."""
SEEDS, HEADLINE_SEEDS, FEWER_SEEDS, FINE_TUNED_SEEDS = range(10), range(20), range(5), range(3)
HEADLINE = LITBANK

CHOOSING_SEEDS, CHOOSING_SIZES = range(1000, 1003), (50, 100, 200, 300, 500)
MARGIN = "margin"
DIVERSE = ("badge", "core-set", "typical")
OURS = ("gradient-length", "diffuse", "lexicon-conflict", "disagreement")
ACQUISITION_SETS = (LITBANK, HATEXPLAIN)

PERFECT, LABELS_ONLY = "perfect", "labels only"
ON_SHARES = {f"marks on {share} %": share for share in (10, 30)}
MISSED = {f"{share} % of marked words missed": share for share in (25, 50, 75)}
EXTRA = {f"{extra:g} wrong words for each marked one": extra for extra in (0.5, 1, 2)}
WRONG_LABELS = {f"labels wrong in {share} %": share for share in (10, 20)}
UNMARKED_WRONG = {f"labels only, wrong in {share} %": share for share in (10, 20)}
TEAM = "a team of three"
DASH, RULE = "a - on the planted word", "a rule for the planted word"
NOISY = (*ON_SHARES, *MISSED, *EXTRA, *WRONG_LABELS, TEAM)
PEOPLE = (PERFECT, LABELS_ONLY, *NOISY, *UNMARKED_WRONG, DASH, RULE)
NOISE_SETS = (LITBANK, HATEXPLAIN, SAMPLE)

STRENGTHS = (60, 70, 80, 90, 95)
EVEN = 50
"""The branch names of the sample are in every review: where nothing is planted they are handed out evenly."""
NOT_PLANTED: Mapping[str, int | None] = {LITBANK: None, SAMPLE: EVEN}
SHORTCUT_LOSSES = (NO_LOSS, MARKS, "1*log-mass", PICKED)
STRENGTH_OF_TARGETS = 90
AS_IS, BY_MARKS, BY_WORST_GROUP = "answers", "marks", "worst-group"
CHOICES = (AS_IS, BY_MARKS, BY_WORST_GROUP)


@dataclass(frozen=True)
class Chosen:
    """The acquisitions of experiment B that were chosen on dev."""

    diverse: str
    ours: str


Arms = Iterable[tuple[Trial, Sequence[int]]]


def choosing_trials(*, steps: int | None = None) -> list[Trial]:
    """Return the trials by which the acquisitions are chosen; they read dev alone."""
    arms = (
        (_arm(data, MARKS, acquisition=acquisition, sizes=CHOOSING_SIZES), CHOOSING_SEEDS)
        for data, acquisition in product(ACQUISITION_SETS, (*DIVERSE, *OURS))
    )
    return [replace(trial, judged_on="dev", steps=steps) for trial in _seed_by_seed(arms)]


def study_trials(chosen: Chosen | None, *, steps: int | None = None) -> list[Trial]:
    """Return the trials of the study in the order of the protocol; those of B only once it is chosen."""
    return [trial for stage in study_stages(chosen, steps=steps).values() for trial in stage]


def study_stages(chosen: Chosen | None, *, steps: int | None = None) -> dict[str, list[Trial]]:
    """Return the same by experiment; a trial that several need belongs to the first of them."""
    experiments: Mapping[str, Arms] = {
        "A on LitBank and HateXplain": marks_by_encoder((LITBANK, HATEXPLAIN)),
        "D": shortcuts(),
        "C": noise(),
        "B": acquisitions(chosen) if chosen else (),
        "A on the sample and CBT-NE": marks_by_encoder((SAMPLE, CBT_NE)),
        "A2": fine_tuned(),
        "A3": picked_by_the_rule(),
    }
    stages: dict[str, list[Trial]] = {}
    seen: set[Trial] = set()
    for name, arms in experiments.items():
        trials = [trial for trial in _seed_by_seed(arms) if trial not in seen]
        seen.update(trials)
        stages[name] = [replace(trial, steps=steps) for trial in trials]
    return stages


def trials_of_default(chosen: Chosen | None, *, steps: int | None = None) -> list[Trial]:
    """Return the trials that the rule for the app's default reads: A, B and D, the pretrained encoder, seeds 0 to 9."""
    arms = [*marks_by_encoder(SETS), *shortcuts(), *(acquisitions(chosen) if chosen else ())]
    read = [(arm, SEEDS) for arm, _ in arms if arm.encoder == MINILM and arm.loss != PAPER]
    return [replace(trial, steps=steps) for trial in dict.fromkeys(_seed_by_seed(read))]


def marks_by_encoder(sets: Sequence[str]) -> Iterator[tuple[Trial, Sequence[int]]]:
    """Yield the arms of experiment A with their seeds."""
    for data in sets:
        for loss in (NO_LOSS, MARKS):
            yield _arm(data, loss), HEADLINE_SEEDS if data == HEADLINE else SEEDS
        yield _arm(data, PAPER), FEWER_SEEDS
        for loss in (NO_LOSS, DEFAULTS[STATIC], PAPER):
            yield _arm(data, loss, encoder=STATIC), FEWER_SEEDS


def fine_tuned() -> Iterator[tuple[Trial, Sequence[int]]]:
    """Yield the arms of experiment A2 with their seeds."""
    for data, loss in product((LITBANK, SAMPLE), (NO_LOSS, MARKS)):
        yield _arm(data, loss, encoder=FINE_TUNED, sizes=(ONE_SIZE,)), FINE_TUNED_SEEDS


def picked_by_the_rule() -> Iterator[tuple[Trial, Sequence[int]]]:
    """Yield the arms of the loss that the rule picked, with their seeds: what it is compared with is in A."""
    for data in SETS:
        yield _arm(data, PICKED), SEEDS


def acquisitions(chosen: Chosen) -> Iterator[tuple[Trial, Sequence[int]]]:
    """Yield the arms of experiment B with their seeds; random is in A."""
    named = (MARGIN, chosen.diverse, chosen.ours)
    for data, loss, acquisition in product(ACQUISITION_SETS, (NO_LOSS, MARKS), named):
        yield _arm(data, loss, acquisition=acquisition), SEEDS


def noise() -> Iterator[tuple[Trial, Sequence[int]]]:
    """Yield the arms of experiment C with their seeds; perfect people are in A."""
    for data in NOISE_SETS:
        for people in NOISY:
            yield _arm(data, MARKS, people=people, sizes=(ONE_SIZE,)), SEEDS
        for people in UNMARKED_WRONG:
            yield _arm(data, NO_LOSS, people=people, sizes=(ONE_SIZE,)), SEEDS


def shortcuts() -> Iterator[tuple[Trial, Sequence[int]]]:
    """Yield the arms of experiment D with their seeds; LitBank with nothing planted is in A."""
    for data, nothing in NOT_PLANTED.items():
        for strength in (*STRENGTHS, nothing):
            for arm in _shortcut_arms(data, strength, is_planted=strength != nothing):
                yield arm, SEEDS


def _shortcut_arms(data: str, strength: int | None, *, is_planted: bool) -> Iterator[Trial]:
    def arm(loss: str, people: str | None = None, choice: str = AS_IS) -> Trial:
        whole_curve = strength is None and loss in (NO_LOSS, MARKS) and choice == AS_IS
        trial = _arm(data, loss, people=people, sizes=SIZES if whole_curve else (ONE_SIZE,))
        return replace(trial, shortcut=strength, choice=choice)

    yield from map(arm, SHORTCUT_LOSSES)
    if is_planted:
        yield from (arm(MARKS, people) for people in (DASH, RULE))
    if strength == STRENGTH_OF_TARGETS or not is_planted:
        yield from (arm(loss, choice=choice) for loss in (NO_LOSS, MARKS) for choice in (BY_MARKS, BY_WORST_GROUP))


def _arm(
    data: str,
    loss: str,
    *,
    encoder: str = MINILM,
    acquisition: str = RANDOM,
    people: str | None = None,
    sizes: Sequence[int] | None = None,
) -> Trial:
    usual = SIZES_OF_SAMPLE if data == SAMPLE else SIZES
    given = people or (LABELS_ONLY if loss == NO_LOSS else PERFECT)
    return Trial(data, None, encoder, loss, acquisition, given, AS_IS, tuple(sizes or usual), 0, "test")


def _seed_by_seed(arms: Arms) -> Iterator[Trial]:
    """Yield a whole pass over all arms before the next seed."""
    every = list(arms)
    for seed in sorted({seed for _, seeds in every for seed in seeds}):
        yield from (replace(arm, seed=seed) for arm, seeds in every if seed in seeds)


# Figures, rules and targets

WITHOUT_WORD = "dev accuracy without the word"

MOST_LOST = 1.0
"""Points of accuracy."""
SIGNIFICANT = 0.05
CHOICE_GAIN, CHOICE_MOST_LOST = 5.0, 0.5
LOSSES_FOR_DEFAULT = (MARKS, "1*log-mass", PICKED)
RATIOS = (1.0, 1.5, 2.0)
"""What marking costs: as much as a label alone, half as much more, twice as much."""
PAPERS_ACCURACY, PAPERS_F1 = 78.3, 73.5
"""Of the paper's CNN with all 5,263 labels of LitBank, in the study of the losses."""
LEAST_PRECISION, LEAST_DELTA_TPR = 75.0, 60.0
LEAST_GAIN_AT_SHORTCUT = 12.0
