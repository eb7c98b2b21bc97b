"""The project that every trial begins with: made once per data set, and copied for each trial.

Next to it are the vectors of its sentences, so that a pretrained encoder reads each of them once and not in every
trial. Files of vectors never change, so a copy shares them.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.folders import vectors_of
from annotator.project.permissions import OWNER
from annotator.project.private_files import private_folder
from annotator.project.projects import create_project
from annotator.project.settings import SettingsChange, change_settings
from annotator.simulation.gold import Gold
from db.aside import aside, put_in_place
from db.store import Store
from learner.data.example import Example

PROJECT = "simulation.db"


def make_template(folder: Path, gold: Gold) -> Path:
    """Return the folder with the template for this data set under `folder`, made if it is missing, whole or not at all.

    The pool has no answers; dev has the gold ones.
    """
    template = folder / _name(gold)
    if template.exists():
        return template
    folder.mkdir(parents=True, exist_ok=True)
    with aside(template, is_folder=True) as half:
        half.mkdir(parents=True, exist_ok=True)
        _fill(half, gold)
        put_in_place(half, template)
    return template


def is_of(template: Path, gold: Gold) -> bool:
    """Return whether this is the template for the data set."""
    return template.name == _name(gold)


def _name(gold: Gold) -> str:
    return f"template-{gold.digest}"


@contextmanager
def copied(template: Path, *, into: Path) -> Iterator[Store]:
    """Yield a copy of the template, open, in a new folder in `into` that is removed afterwards."""
    with TemporaryDirectory(prefix=TRIAL, dir=into) as folder:
        path = Path(folder) / PROJECT
        shutil.copyfile(template / PROJECT, path)
        _share(vectors_of(template / PROJECT), vectors_of(path))
        with Store.open(path) as store:
            yield store


TRIAL = ".trial-"
"""How the folders of trials at work begin."""


def keep_vectors(store: Store, template: Path) -> None:
    """Let later copies of the template have the vectors that were read in this copy."""
    read, kept = vectors_of(store.path), vectors_of(template / PROJECT)
    if read.exists():
        shutil.rmtree(kept, ignore_errors=True)
        _share(read, kept)


def _fill(folder: Path, gold: Gold) -> None:
    lines = folder / f"{gold.name}.jsonl"
    with lines.open("w", encoding="utf-8") as file:
        for example in gold.pool:
            file.write(json.dumps(_line(example, gold, answered=False)) + "\n")
        for example in gold.dev:
            file.write(json.dumps(_line(example, gold, answered=True)) + "\n")
    with create_project(folder / PROJECT, labels=gold.labels, no_rationale=gold.unmarked_labels) as store:
        change_settings(store, SettingsChange(serving="always", saliency_mode="never"), actor=OWNER)
        import_file(store, lines, ImportSettings(format="native", hold_out=0), actor=OWNER)
    lines.unlink()


def _line(example: Example, gold: Gold, *, answered: bool) -> dict[str, object]:
    line: dict[str, object] = {
        "id": example.id,
        "text": " ".join(example.tokens),
        "tokens": example.tokens,
        "split": example.split,
    }
    if example.query is not None:
        line |= {"query": " ".join(example.query), "query_tokens": example.query}
    if answered:
        line["label"] = gold.labels[example.label]
        if example.marks is not None and line["label"] not in gold.unmarked_labels:
            line["marks"] = example.marks
    return line


def _share(source: Path, target: Path) -> None:
    """Give `target` the files of `source`, as second names of the same files where the disk allows that."""
    if not source.exists():
        return
    private_folder(target)
    for file in sorted(source.rglob("*")):
        there = target / file.relative_to(source)
        if file.is_dir():
            private_folder(there)
        else:
            _link(file, there)


def _link(file: Path, there: Path) -> None:
    try:
        os.link(file, there)
    except OSError:
        shutil.copyfile(file, there)
