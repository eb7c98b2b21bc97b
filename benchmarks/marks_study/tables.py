"""The study's trials as cells: means and standard deviations over seeds, and one Markdown table per place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from study_parts.means import cell_of, summary_of, values_of
from study_parts.trials_file import Done

from marks_study.protocol import CANDIDATES, UNTAUGHT, Trial

COLUMNS = {
    "f1": "F1",
    "accuracy": "acc.",
    "accuracy_calibrated": "acc., calibrated",
    "saliency_accuracy_word": "s_acc W",
    "saliency_accuracy_word_unmarked": "W unmarked",
    "saliency_accuracy_intermediate": "s_acc I",
    "saliency_accuracy_intermediate_unmarked": "I unmarked",
    "saliency_accuracy_decision": "s_acc D",
    "saliency_accuracy_decision_unmarked": "D unmarked",
    "average_precision_gradient": "AP g",
    "average_precision_input_x_gradient": "AP i×g",
    "average_precision_integrated_gradients": "AP IG",
    "r_precision_input_x_gradient": "R-prec. i×g",
    "r_precision_integrated_gradients": "R-prec. IG",
    "delta_tpr": "ΔTPR",
    "delta_tpr_control": "control",
    "comprehensiveness": "compr.",
    "sufficiency": "suff.",
}


@dataclass(frozen=True, order=True)
class Place:
    """What the trials of a cell share, except the variant; a size of 0 means all."""

    data: str
    shortcut: str
    size: int


OF_DEV = ("dev_accuracy", "dev_macro_f1", "dev_accuracy_calibrated")
"""Figures that the record has in addition to the columns: the default is chosen by them."""

Cells = Mapping[Place, Mapping[str, Sequence[Done[Trial]]]]


def cells_of(trials: Sequence[Done[Trial]]) -> dict[Place, dict[str, list[Done[Trial]]]]:
    """Return place → variant → trials in the order of their seeds."""
    cells: dict[Place, dict[str, list[Done[Trial]]]] = {}
    for done in sorted(trials, key=lambda done: done.trial.seed):
        if done.trial.judged_on == "test":
            place = Place(done.trial.data, done.trial.shortcut, done.trial.size or 0)
            cells.setdefault(place, {}).setdefault(done.trial.variant, []).append(done)
    return cells


def summary(cells: Cells) -> Iterator[dict[str, object]]:
    """Yield one record per cell and variant: means, standard deviations (ddof 0), trials and failures."""
    for place, variants in sorted(cells.items()):
        for variant in _in_order(variants):
            trials = variants[variant]
            record: dict[str, object] = {"data": place.data, "shortcut": place.shortcut, "size": place.size or "all"}
            record |= {"variant": variant, "loss": trials[0].trial.setting.loss, "trials": len(trials)}
            record |= {"failed": sum(done.failed is not None for done in trials)}
            yield record | {name: summary_of(trials, name) for name in (*COLUMNS, *OF_DEV) if values_of(trials, name)}


def markdown(cells: Cells) -> Iterator[str]:
    """Yield the lines of one table per place."""
    for place, variants in sorted(cells.items()):
        yield from ("", f"## {_title(place)}", "")
        yield f"| loss | seeds | {' | '.join(COLUMNS.values())} |"
        yield f"|---|---|{'---|' * len(COLUMNS)}"
        for variant in _in_order(variants):
            trials = variants[variant]
            failed = sum(done.failed is not None for done in trials)
            seeds = f"{len(trials)}" + (f", {failed} failed" if failed else "")
            yield f"| {variant} | {seeds} | {' | '.join(cell_of(trials, name) for name in COLUMNS)} |"


def _title(place: Place) -> str:
    planted = {"none": "", "marks": ", planted shortcut", "dash": ", planted shortcut with `-` marks on it"}
    return f"{place.data}, {place.size or 'all'} answers{planted[place.shortcut]}"


def _in_order(variants: Mapping[str, object]) -> list[str]:
    """Return the variants as the protocol lists them, each followed by its `irrelevant` form."""
    return sorted(variants, key=_rank)


def _rank(variant: str) -> tuple[int, bool]:
    of = variant.removesuffix("irrelevant").rstrip("+") or UNTAUGHT
    return list(CANDIDATES).index(of), variant.endswith("irrelevant")
