"""The trials as tables: the candidates on dev, and the models on test, one table per set and size."""

from collections.abc import Iterator, Mapping

from study_parts.means import cell_of, summary_of, values_of
from study_parts.trials_file import Done

from encoder_choice.choosing import Dones, candidate, on_dev
from encoder_choice.protocol import CANDIDATES, CELLS, LAYER_LOSS, LAYERS, UNTAUGHT, Trial

COLUMNS = {
    "accuracy": "acc.",
    "macro_f1": "macro-F1",
    "accuracy_calibrated": "acc., calibrated",
    "average_precision_shown": "AP shown",
    "average_precision_input_x_gradient": "AP i×g",
    "average_precision_gradient": "AP g",
    "average_precision_integrated_gradients": "AP IG",
    "saliency_accuracy_word": "s_acc W",
    "saliency_accuracy_word_unmarked": "W unmarked",
    "delta_tpr": "ΔTPR",
    "delta_tpr_control": "control",
    "share_branch": "on the branch",
    "train_cpu_s": "train CPU s",
}

Cells = Mapping[tuple[str, int], Mapping[str, Dones]]
"""(set, answers) → model → its trials on test, in the order of their seeds."""


def cells_of(done: Dones) -> Cells:
    """Return the trials on test by cell and model."""
    cells: dict[tuple[str, int], dict[str, list[Done[Trial]]]] = {}
    on_test = [each for each in done if each.trial.judged_on == "test"]
    for each in sorted(on_test, key=lambda each: (each.trial.layer is None, each.trial.is_taught, each.trial.seed)):
        cells.setdefault((each.trial.data, each.trial.size), {}).setdefault(each.trial.model, []).append(each)
    return {cell: cells[cell] for cell in CELLS if cell in cells}


def summary(cells: Cells) -> Iterator[dict[str, object]]:
    """Yield one record per cell and model: means and standard deviations (ddof 0), trials and failures."""
    for (data, size), models in cells.items():
        for model, trials in models.items():
            record: dict[str, object] = {"data": data, "size": size, "model": model, "loss": trials[0].trial.loss}
            record |= {"trials": len(trials), "failed": sum(each.failed is not None for each in trials)}
            yield record | {name: summary_of(trials, name) for name in COLUMNS if values_of(trials, name)}


def markdown(cells: Cells) -> Iterator[str]:
    """Yield the lines of one table per cell."""
    for (data, size), models in cells.items():
        yield from ("", f"## {data}, {size} answers", "")
        yield from _heading("model", "loss", "seeds", *COLUMNS.values())
        for model, trials in models.items():
            failed = sum(each.failed is not None for each in trials)
            seeds = f"{len(trials)}" + (f", {failed} failed" if failed else "")
            figures = " | ".join(cell_of(trials, name) for name in COLUMNS)
            yield f"| {model} | {trials[0].trial.loss} | {seeds} | {figures} |"


def markdown_of_dev(done: Dones, layer: int) -> Iterator[str]:
    """Yield the lines of the tables by which the layer and the loss were chosen."""
    layers = {f"layer {of}": candidate(done, of, LAYER_LOSS) for of in LAYERS}
    losses = {loss: candidate(done, layer, loss) for loss in CANDIDATES}
    yield from ("", f"## The layer, on dev ({LAYER_LOSS})", *_on_dev(layers, untaught=None))
    yield from ("", f"## The loss, on dev (layer {layer})", *_on_dev(losses, untaught=losses[UNTAUGHT]))


def _on_dev(candidates: Mapping[str, Dones], *, untaught: Dones | None) -> Iterator[str]:
    yield ""
    yield from _heading("", "accuracy", "AP shown", "worst cell", *(f"{data} {size}" for data, size in CELLS))
    labels = None if untaught is None else on_dev(untaught)
    for name, trials in candidates.items():
        figures = on_dev(trials)
        if figures is None:
            yield f"| {name} | failed |" + " – |" * (len(CELLS) + 2)
            continue
        worst = "–" if labels is None else f"{figures.worst_against(labels):+.1f}"
        cells = " | ".join(f"{figures.accuracies[cell]:.1f} / {figures.precisions[cell]:.1f}" for cell in CELLS)
        yield f"| {name} | {figures.accuracy:.1f} | {figures.precision:.1f} | {worst} | {cells} |"


def _heading(*columns: str) -> tuple[str, str]:
    return f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"
