"""The sets of the study: cut as the protocol says, written once as JSON lines, and read for each trial.

The pool loses the sentences whose text is in dev or test, as a project does, before it is cut. A file has all splits;
the oracle of `whylight simulate` reads the answers of test only where a trial is judged on it.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from encoder_choice.sample import answered_reviews
from study_parts import sentences

from annotator.sample import LABELS
from evidence.planting import plant, planted_words, with_dashes
from evidence.protocol import CUT_SEED, DASH, FILES, MOST_OF_TEST, POOL, SAMPLE, Trial
from learner.data.example import Example, Examples, write_examples
from learner.data.splits import of_split, sample


def file_of(trial: Trial, sets: Path) -> Path:
    """Return the file with the sentences of a trial, in the folder of the sets that are written."""
    strength = "" if trial.shortcut is None else f"-{trial.shortcut}"
    return sets / f"{trial.data}{strength}{'-dash' if trial.people == DASH else ''}.jsonl"


def write_sets(trials: Iterable[Trial], folder: Path | None, sets: Path) -> None:
    """Write the files of these trials that are not written yet; `folder` has the sets as they come."""
    for trial in {file_of(trial, sets): trial for trial in trials}.values():
        path = file_of(trial, sets)
        if not path.exists():
            examples, labels = _examples_of(trial, folder)
            sets.mkdir(parents=True, exist_ok=True)
            half = path.with_suffix(".half")
            write_examples(half, examples, labels)
            os.replace(half, path)


def cut(examples: Sequence[Example], *, most_of_test: int | None = None) -> list[Example]:
    """Return a set cut to the protocol's sizes, with the split `pool` for what trains."""
    dev, test = of_split(examples, "dev"), of_split(examples, "test")
    held_out = {(each.tokens, each.query) for each in (*dev, *test)}
    pool = [each for each in of_split(examples, "train") if (each.tokens, each.query) not in held_out]
    drawn = [replace(each, split="pool") for each in sample(pool, POOL, seed=CUT_SEED)]
    return [*drawn, *dev, *(test if most_of_test is None else sample(test, most_of_test, seed=CUT_SEED))]


def _examples_of(trial: Trial, folder: Path | None) -> Examples:
    examples, labels = _cut_set(trial.data, folder)
    if trial.shortcut is not None:
        examples = plant(trial.data, examples, strength=trial.shortcut)
    if trial.people == DASH:
        examples = with_dashes(examples, planted_words(trial.data))
    return Examples(examples, labels)


@cache
def _cut_set(data: str, folder: Path | None) -> Examples:
    if data == SAMPLE:
        return Examples(answered_reviews(with_test=True), LABELS)
    if folder is None:
        raise SystemExit("--folder: expected the folder with litbank, hatexplain and cbt_ne")
    examples, labels = sentences.with_test(folder / FILES[data])
    return Examples(cut(examples, most_of_test=MOST_OF_TEST.get(data)), labels)
