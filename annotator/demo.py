"""The sample project, trained untaught and taught: what marks gain, in a minute on a laptop.

The sample holds a shortcut: in pool and dev the name of the branch gives the label away nine
times out of ten; in test it does not. A model taught where to look has less reason to rely on it.
"""

import shutil
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annotator.errors import CannotTrain
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.progress import Progress
from annotator.project.folders import vectors_of
from annotator.project.guidelines import write_guidelines
from annotator.project.projects import create_project
from annotator.rounds.files import checkpoint_of, rounds_folder
from annotator.rounds.learning.judgement import judge_model
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.reading import open_encoder
from annotator.rounds.learning.teaching import teach
from annotator.rounds.learning.training_set import TrainingSet, build_training_set
from annotator.rounds.measuring.telling import about_marks, compare_with_twin
from annotator.rounds.settings import RoundSettings, resolve
from annotator.rounds.start import check_ready, queue_round
from annotator.sample import BRANCHES, LABELS, sample_guidelines, sample_path
from annotator.wording import number
from db.answers import annotations
from db.errors import AlreadyExists
from db.learning import rounds
from db.records import OWNER
from db.store import Store
from learner.config import STATIC
from learner.loss_names import DEFAULT_LOSS, NO_LOSS, PAPERS_LOSS
from learner.model_names import KNOWN, model_of_evidence

if TYPE_CHECKING:
    from learner.data.example import Example
    from learner.training.trained import TrainedModel

ON_STATIC = {NO_LOSS: "labels only", PAPERS_LOSS: "the paper's hinge (Eq. 4)", DEFAULT_LOSS: "labels and marks"}
ON_PRETRAINED = {NO_LOSS: "labels only", KNOWN[model_of_evidence()].loss: "labels and marks"}
"""The losses of the demo and what people read of them. The last round serves, and `none` is its twin."""

Figures = dict[str, float]


@dataclass(frozen=True)
class DemoRow:
    """One loss: its figures on the sample's test split, one mapping per seed."""

    loss: str
    title: str
    """What people read of it."""
    seeds: tuple[Figures, ...]

    def mean(self, figure: str) -> float:
        """Return the mean of a figure over the seeds."""
        return statistics.fmean(seed[figure] for seed in self.seeds)

    def shown(self, figure: str) -> str:
        """Return mean ± standard deviation, or the one number if there is only one."""
        values = [seed[figure] for seed in self.seeds]
        return number(self.mean(figure)) + (f" ± {number(statistics.stdev(values))}" if len(values) > 1 else "")


@dataclass(frozen=True)
class Demo:
    """The built project and what its models learned."""

    project: Path
    rows: tuple[DemoRow, ...]

    def figures(self) -> dict[str, float | str | int]:
        """Return every mean as one flat object, with the project's path."""
        flat: dict[str, float | str | int] = {"project": str(self.project), "seeds": len(self.rows[0].seeds)}
        for row in self.rows:
            flat |= {f"{row.loss}_{figure}": round(row.mean(figure), 2) for figure in row.seeds[0]}
        return flat


def demo_project(folder: Path) -> Path:
    """Return the path of the demo's project file in this folder, whether it exists or not."""
    return folder / "demo.db"


def about_demo(project: Path) -> list[str]:
    """Return what the demo's round and its twin learned, and where both are shown, a line each.

    None for a project whose round that serves has no twin any more.
    """
    with Store.open(project) as store:
        compared = compare_with_twin(store, actor=OWNER)
    if compared is None:
        return []
    shown = "The page Model shows both as they read the same sentence, and lets you change a word of it."
    return [about_marks(compared), shown]


def build_demo(
    folder: Path,
    *,
    seeds: int = 1,
    settings: RoundSettings | None = None,
    progress: Progress | None = None,
) -> Demo:
    """Make the demo's project in `folder`, with a round for each loss, and measure `seeds` seeds of each.

    All rounds have the same `settings`, apart from loss and seed. The project is built in a
    folder of its own and moved into place, so a project file that exists is complete.
    """
    path = demo_project(folder)
    if path.exists():
        raise AlreadyExists(f"{path} already exists; serve it with `whylight serve {path}`, or give another --dir.")
    building = folder / ".building"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    rows = _build(demo_project(building), seeds, settings or RoundSettings(), progress or (lambda done, total: None))
    for name in (rounds_folder(path).name, vectors_of(path).name, path.name):
        if (building / name).exists():
            (building / name).rename(folder / name)
    shutil.rmtree(building)
    return Demo(path, rows)


def _build(path: Path, seeds: int, settings: RoundSettings, progress: Progress) -> tuple[DemoRow, ...]:
    with create_project(path, labels=LABELS) as store:
        import_file(store, sample_path(), ImportSettings(answers="keep"), actor=OWNER)
        write_guidelines(store, sample_guidelines(), actor=OWNER)
        training_set = build_training_set(store, up_to=annotations.last_id(store))
        is_static = resolve(settings, has_queries=training_set.has_queries).encoder == STATIC
        titles = ON_STATIC if is_static else ON_PRETRAINED
        figures: dict[str, list[Figures]] = {loss: [] for loss in titles}
        *taught, last = [loss for loss in titles if loss != NO_LOSS]
        for seed in range(seeds):
            for place, loss in enumerate([*taught, last, NO_LOSS]):
                progress(seed * len(titles) + place, seeds * len(titles))
                chosen = replace(settings, loss=loss, seed=seed, twin=loss == last)
                # The first seed's models are rounds of the project; the others are only measured.
                trained = _round(store, chosen) if seed == 0 else _teach(store, training_set, chosen)
                figures[loss].append(_figures(trained, training_set))
    return tuple(DemoRow(loss, titles[loss], tuple(by_seed)) for loss, by_seed in figures.items())


def _teach(store: Store, training_set: TrainingSet, settings: RoundSettings) -> "TrainedModel":
    resolved = resolve(settings, has_queries=training_set.has_queries)
    return teach(store, training_set, resolved, encoder=open_encoder(store, resolved))


def _round(store: Store, settings: RoundSettings) -> "TrainedModel":
    """Work on a round, or on the twin that the round before it queued, and return its model."""
    from learner.training.checkpoint import load_checkpoint

    if settings.loss != NO_LOSS:
        queue_round(store, actor=OWNER, settings=settings)
    if (begun := rounds.begin_next(store)) is None:
        raise CannotTrain("Another round is being worked on; wait until it has ended.")
    work_on_round(store, begun.id)
    check_ready(rounds.read(store, begun.id))
    return load_checkpoint(checkpoint_of(store, begun.id), vectors_in=vectors_of(store.path))


def _figures(trained: "TrainedModel", training_set: TrainingSet) -> Figures:
    test = training_set.examples["test"]
    figures = {name: float(value) for name, value in judge_model(trained, training_set).figures["test"].items()}
    shown = {"average_precision_shown": figures[f"average_precision_{trained.model.shown_view}"]}
    return figures | shown | _where_it_looks(trained, test)


def _where_it_looks(trained: "TrainedModel", examples: "Sequence[Example]") -> Figures:
    """Return the mean share, in per cent, of what a sentence's shading shows on marked words and the branch's name."""
    from learner.prediction import predict

    marked, branch = [], []
    for example, prediction in zip(examples, predict(trained, [example.tokens for example in examples]), strict=True):
        weight = np.abs(prediction.saliency[trained.model.shown_view])
        share = weight / weight.sum() if weight.any() else weight
        marked.append(share[[mark == "+" for mark in example.marks or "." * len(share)]].sum())
        branch.append(share[[token in BRANCHES for token in example.tokens]].sum())
    return {"share_marked": 100 * float(np.mean(marked)), "share_branch": 100 * float(np.mean(branch))}
