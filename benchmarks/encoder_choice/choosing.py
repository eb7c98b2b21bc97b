"""Choose the layer and the loss by their figures on dev, as the protocol says."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from study_parts.means import mean
from study_parts.trials_file import Done

from encoder_choice.protocol import (
    CANDIDATES,
    CELLS,
    CHOOSING_SEEDS,
    CLOSE_ACCURACY,
    CLOSE_PRECISION,
    LAYER_LOSS,
    LAYERS,
    MOST_LOST,
    NO_SALIENCY,
    UNTAUGHT,
    Trial,
)

Dones = Sequence[Done[Trial]]


@dataclass(frozen=True)
class Chosen:
    """What the rule chose."""

    layer: int
    loss: str


@dataclass(frozen=True)
class OnDev:
    """The figures of a candidate on dev: per cell the means over the seeds, and their means over the sets."""

    accuracies: Mapping[tuple[str, int], float]
    precisions: Mapping[tuple[str, int], float]

    @property
    def accuracy(self) -> float:
        """Return the mean over the sets, of each its mean over the sizes."""
        return _over_sets(self.accuracies)

    @property
    def precision(self) -> float:
        """Return the same of the average precision of what is shown."""
        return _over_sets(self.precisions)

    def worst_against(self, untaught: "OnDev") -> float:
        """Return the cell's difference in accuracy in which it does worst against labels alone."""
        return min(accuracy - untaught.accuracies[cell] for cell, accuracy in self.accuracies.items())


def choose_layer(done: Dones) -> int:
    """Return the layer with the best mean accuracy; the lower one, which is read faster, if they are close.

    Raises ValueError if a trial is missing.
    """
    judged = {layer: on_dev(candidate(done, layer, LAYER_LOSS)) for layer in LAYERS}
    sound = {layer: figures.accuracy for layer, figures in judged.items() if figures is not None}
    if not sound:
        raise ValueError("no layer can be chosen: a trial of each failed")
    return min(layer for layer, accuracy in sound.items() if accuracy >= max(sound.values()) - CLOSE_ACCURACY)


def choose_loss(done: Dones, layer: int) -> str:
    """Return the default loss by the rule of the protocol. Raises ValueError if a trial is missing.

    Of the saliency losses that lose little in every cell (of all, if none does), those that explain nearly as
    well as the best of them; of these the one that answers best; the simplest of those that answer as well.
    """
    judged = {loss: on_dev(candidate(done, layer, loss)) for loss in CANDIDATES}
    untaught = judged[UNTAUGHT]
    sound = {loss: of for loss, of in judged.items() if of is not None and loss not in NO_SALIENCY}
    if untaught is None or not sound:
        raise ValueError("no loss can be chosen: a trial of `none` failed, or one of every saliency loss")
    safe = {loss: of for loss, of in sound.items() if of.worst_against(untaught) >= -MOST_LOST} or sound
    precise = max(of.precision for of in safe.values()) - CLOSE_PRECISION
    explaining = {loss: of for loss, of in safe.items() if of.precision >= precise}
    close = max(of.accuracy for of in explaining.values()) - CLOSE_ACCURACY
    return next(loss for loss in CANDIDATES if loss in explaining and explaining[loss].accuracy >= close)


def candidate(done: Dones, layer: int, loss: str) -> list[Done[Trial]]:
    """Return the trials on dev of one layer and loss."""
    return [each for each in done if (each.trial.layer, each.trial.loss, each.trial.judged_on) == (layer, loss, "dev")]


def on_dev(done: Dones) -> OnDev | None:
    """Return the figures of one candidate; None if one of its trials failed. Raises ValueError if one is missing."""
    by_cell = {cell: [each for each in done if (each.trial.data, each.trial.size) == cell] for cell in CELLS}
    for (data, size), of_cell in by_cell.items():
        if sorted(each.trial.seed for each in of_cell) != sorted(CHOOSING_SEEDS):
            raise ValueError(f"the trials of {data} {size} are not all done: run `choose` to its end")
    if any(each.failed for each in done):
        return None
    return OnDev(
        {cell: mean(of_cell, "accuracy") or 0.0 for cell, of_cell in by_cell.items()},
        {cell: mean(of_cell, "average_precision_shown") or 0.0 for cell, of_cell in by_cell.items()},
    )


def write_chosen(path: Path, chosen: Chosen) -> None:
    """Write what was chosen."""
    path.write_text(json.dumps(asdict(chosen), indent=1) + "\n", encoding="utf-8")


def read_chosen(path: Path) -> Chosen:
    """Return what `write_chosen` wrote."""
    return Chosen(**json.loads(path.read_text(encoding="utf-8")))


def _over_sets(by_cell: Mapping[tuple[str, int], float]) -> float:
    sets: Iterable[str] = dict.fromkeys(data for data, _ in by_cell)
    return fmean(fmean(value for (of, _), value in by_cell.items() if of == data) for data in sets)
