"""The targets of the study, with the figures that the taught losses reached."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from study_parts.means import mean, values_of
from study_parts.trials_file import Done

from marks_study.protocol import PAPER, SAVED_ANSWERS, UNTAUGHT, Trial
from marks_study.tables import Cells, Place


class Reached(NamedTuple):
    """One target for one loss: the figure that it reached, and the bound."""

    target: str
    variant: str
    figure: float
    bound: float

    @property
    def is_met(self) -> bool:
        """Return whether the figure is the bound or more."""
        return self.figure >= self.bound


def reached(cells: Cells) -> Iterator[Reached]:
    """Yield the targets that the cells have trials for; a figure is a difference in points, the higher the better."""
    for place, variants in sorted(cells.items()):
        for variant in (name for name in variants if name != UNTAUGHT):
            yield from _against_untaught(place, variants, variant)
            yield from _saved_answers(cells, place, variant)
            if variant != PAPER and place.shortcut == "none":
                yield from _against_paper(place, variants, variant)


def _against_untaught(place: Place, variants: Mapping[str, Sequence[Done[Trial]]], variant: str) -> Iterator[Reached]:
    taught, untaught = variants[variant], variants.get(UNTAUGHT, ())
    where = f"{place.data} {place.size or 'all'}"
    if place.shortcut != "none":
        name = f"planted shortcut ({place.shortcut}): accuracy against untaught"
        yield from _difference(name, variant, (taught, untaught), "accuracy", bound=10)
        return
    name = f"{where}: mean accuracy against untaught"
    yield from _difference(name, variant, (taught, untaught), "accuracy", bound=-1)
    by_seed = {done.trial.seed: done for done in untaught if not done.failed}
    losses = [
        values_of([done], "f1")[0] - values_of([by_seed[done.trial.seed]], "f1")[0]
        for done in taught
        if not done.failed and done.trial.seed in by_seed
    ]
    if losses:
        yield Reached(f"{where}: worst seed's F1 against untaught", variant, min(losses), -3)


def _saved_answers(cells: Cells, place: Place, variant: str) -> Iterator[Reached]:
    """Yield the comparison of marked answers with 1,000 labels."""
    labels = cells.get(Place(place.data, "none", 1000), {}).get(UNTAUGHT, ())
    if (place.data, place.size) in SAVED_ANSWERS and place.shortcut == "none":
        for figure in ("accuracy", "f1"):
            name = f"{place.data}: {figure} of {place.size} marked answers against 1,000 labels"
            yield from _difference(name, variant, (cells[place][variant], labels), figure, bound=0)


def _against_paper(place: Place, variants: Mapping[str, Sequence[Done[Trial]]], variant: str) -> Iterator[Reached]:
    pair = (variants[variant], variants.get(PAPER, ()))
    where = f"{place.data} {place.size or 'all'}"
    for figure, bound in (("average_precision_integrated_gradients", 12), ("delta_tpr", 10)):
        yield from _difference(f"{where}: {figure} against Eq. 4", variant, pair, figure, bound=bound)


def _difference(
    target: str, variant: str, pair: tuple[Sequence[Done[Trial]], Sequence[Done[Trial]]], figure: str, *, bound: float
) -> Iterator[Reached]:
    one, other = (mean(trials, figure) for trials in pair)
    if one is not None and other is not None:
        yield Reached(target, variant, one - other, bound)
