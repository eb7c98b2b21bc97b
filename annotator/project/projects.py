"""Make a project, and describe its state."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from annotator.errors import BadFileName, BadLabels, BadOverlap
from annotator.project.labels import check_names
from annotator.project.permissions import OWNER, Actor, check_may_act
from annotator.project.settings import MOST_OVERLAP, SettingsChange, change_settings
from db.answers import annotations
from db.corpus import pools, sentences
from db.learning import rounds
from db.queue import slots
from db.records import SPLITS, Label, SaliencyMode
from db.store import Store
from db.team import audit, project
from learner.data.suffixes import contradiction


def create_project(
    path: Path,
    *,
    labels: Sequence[str],
    no_rationale: Sequence[str] = (),
    saliency_mode: SaliencyMode = "blind first",
    overlap: int = 1,
    overlap_share: float = 1.0,
) -> Store:
    """Make a project file with these labels, in this order, and open it.

    `overlap` people, 1 to 20, answer each sentence of the agreement sample, which is `overlap_share`
    of all sentences; one person answers each of the others. `no_rationale` names the labels under which
    no words are marked, like the paper's negative class.
    """
    labels, no_rationale = _trimmed(labels), _trimmed(no_rationale)
    if problem := contradiction(path, "a database"):
        raise BadFileName(problem)
    _check_labels(labels, no_rationale)
    if not 1 <= overlap <= MOST_OVERLAP:
        raise BadOverlap(f"The overlap is {overlap}; give 1 to {MOST_OVERLAP} people who answer each sentence.")
    if not 0 <= overlap_share <= 1:
        raise BadOverlap(f"The share of the agreement sample is {overlap_share}; give a number from 0 to 1.")
    store = Store.create(
        path,
        labels=[Label(index, name, name not in no_rationale) for index, name in enumerate(labels)],
        saliency_mode=saliency_mode,
        overlap=overlap,
    )
    if overlap_share != 1:
        change_settings(store, SettingsChange(overlap_share=overlap_share), actor=OWNER)
    detail = {"labels": list(labels), "no_rationale": list(no_rationale), "overlap": overlap}
    audit.record(store, OWNER, "project made", detail)
    return store


def describe_project(store: Store, *, actor: Actor) -> dict[str, Any]:
    """Return the project's settings and counts as one object, which `whylight stats` prints."""
    check_may_act(store, actor, least="researcher")
    by_label = annotations.count_answers_by_label(store)
    return {
        "project": asdict(project.read(store)),
        "sentences": {split: sentences.count(store, split) for split in SPLITS},
        "answers_by_label": {
            label.name: dict(zip(("answers", "with_marks"), by_label.get(label.index, (0, 0)), strict=True))
            for label in project.labels(store)
        },
        "retired_labels": [label.name for label in project.labels(store) if label.retired],
        "people": annotations.count_by_person(store),
        "slots": slots.counts(store) | {"held_out_open": slots.count_held_out_open(store)},
        "rounds": {round_.id: round_.state for round_ in rounds.all_of(store)},
        **_outside(store),
    }


def _outside(store: Store) -> dict[str, Any]:
    """Return what is in the pool outside the project, if one is attached."""
    pool = pools.attached(store)
    if pool is None:
        return {}
    return {"outside": {"folder": pool.folder, "shards": len(pool.shards), "sentences": pool.rows}}


def _trimmed(names: Sequence[str]) -> list[str]:
    return [name.strip() for name in names]


def _check_labels(labels: Sequence[str], no_rationale: Sequence[str]) -> None:
    check_names(labels)
    for name in no_rationale:
        if name not in labels:
            raise BadLabels(f"`--no-rationale {name}` is not one of the labels {', '.join(labels)}; name one of them.")
    if set(no_rationale) == set(labels):
        raise BadLabels("No label would take a rationale; leave `--no-rationale` out for at least one.")
