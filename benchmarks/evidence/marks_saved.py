"""Question 1 and 3: what marks save, by set, size and encoder, and where they cost."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, product
from operator import itemgetter
from statistics import fmean, stdev

from annotator.simulation.saving import Saving
from evidence.comparisons import Compared, family, in_lines, in_words, signed
from evidence.found import BY_ANSWERS, Arm, Found
from evidence.protocol import DEFAULTS, FINE_TUNED, NAMES, PAPER, PICKED, RATIOS, SAMPLE, SETS, SIZES, SIZES_OF_SAMPLE
from learner.config import STATIC
from learner.encoders.choosing import MINILM
from learner.loss_names import NO_LOSS

ENCODERS = {MINILM: "MiniLM", STATIC: "the CNN"}
EVERY_ENCODER = ENCODERS | {FINE_TUNED: "MiniLM, fine-tuned"}
"""The last has one size, so that nothing can be said of answers saved."""
FIGURES = {
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "average_precision": "Average precision of what people are shown",
    "average_precision_ig": "Average precision under integrated gradients",
    "delta_tpr": "ΔTPR",
    "delta_tpr_control": "ΔTPR, control",
    "ece": "Expected calibration error",
}


def sizes_of(data: str) -> tuple[int, ...]:
    """Return the sizes at which this set's models are judged."""
    return SIZES_OF_SAMPLE if data == SAMPLE else SIZES


def curves(found: Found) -> Iterator[str]:
    """Yield a table of each figure, one row per set, encoder and loss."""
    for figure, title in FIGURES.items():
        yield from ("", f"### {title}", "")
        yield "| set | encoder | loss | seeds | " + " | ".join(f"{size:,}" for size in SIZES) + " |"
        yield "|---" * (len(SIZES) + 4) + "|"
        for arm in _arms(found):
            cells = " | ".join(found.cell(arm, figure, size) for size in SIZES)
            yield f"| {NAMES[arm.data]} | {EVERY_ENCODER[arm.encoder]} | {arm.loss} | {len(found.of(arm))} | {cells} |"


def cells(found: Found) -> Iterator[dict[str, object]]:
    """Yield every cell of these tables as a record with its name, "LitBank, MiniLM, log-mass, 300, accuracy"."""
    for arm in _arms(found):
        for size, figure in product(sizes_of(arm.data), FIGURES):
            values = list(found.values(arm, figure, size).values())
            if values:
                name = ", ".join((NAMES[arm.data], EVERY_ENCODER[arm.encoder], arm.loss, f"{size:,}", figure))
                deviation = stdev(values) if len(values) > 1 else None
                yield {"name": name, "mean": fmean(values), "sd": deviation, "seeds": len(values)}


def differences(found: Found) -> list[Compared]:
    """Return how far the default is from labels only in accuracy: one family, all sets, encoders and sizes."""
    curves = product(SETS, EVERY_ENCODER)
    return _against_labels(
        found, {f"{NAMES[data]}, {EVERY_ENCODER[encoder]}": taught(data, encoder) for data, encoder in curves}
    )


def of_picked(found: Found) -> list[Compared]:
    """Return the same of the loss that the rule picked: a family of its own, since it came later."""
    return _against_labels(found, {f"{NAMES[data]}, {PICKED}": Arm(data, PICKED) for data in SETS})


def _against_labels(found: Found, arms: Mapping[str, Arm]) -> list[Compared]:
    """Return how far these arms are from labels only in accuracy at all sizes, as one family."""
    return family(
        [
            (f"{name}, {size:,}", found.difference(arm, labels_only(arm.data, arm.encoder), "accuracy", size))
            for name, arm in arms.items()
            for size in sizes_of(arm.data)
        ]
    )


def savings(found: Found, *, at: Collection[int] = SIZES, ratios: Sequence[float] = RATIOS) -> Iterator[str]:
    """Yield the table of what the default saves of so many labels, in answers and in minutes."""
    yield "| set | encoder | labels | marked answers | saved | " + " | ".join(f"minutes ×{r:g}" for r in ratios) + " |"
    yield "|---" * (5 + len(ratios)) + "|"
    for data in SETS:
        for encoder, name in ENCODERS.items():
            for size in (size for size in sizes_of(data) if size in at):
                saved = [_saving(found, data, encoder, size, ratio) for ratio in (BY_ANSWERS, *ratios)]
                if saved[0] is not None:
                    cells = " | ".join(_share(each) for each in saved)
                    yield f"| {NAMES[data]} | {name} | {size:,} | {_needed(saved[0])} | {cells} |"


def answers_saved(found: Found, labels: Arm, marks: Arm, size: int) -> str:
    """Return the share of so many answers that marks save, a dash where that cannot be said."""
    saved = found.saving(marks, labels, size, ratio=BY_ANSWERS)
    return "–" if saved is None else _share(saved)


def in_sentences(found: Found) -> Iterator[str]:
    """Yield what marks save, a sentence for each set and encoder."""
    by_name = {each.name: each for each in differences(found)}
    for data in SETS:
        for encoder, name in ENCODERS.items():
            size = 200 if data == SAMPLE else 300
            saved = [_saving(found, data, encoder, size, ratio) for ratio in (BY_ANSWERS, *RATIOS)]
            compared = by_name.get(f"{NAMES[data]}, {name}, {size:,}")
            if saved[0] is not None and compared is not None:
                yield _sentence(data, name, size, saved, compared)


def without_gain(found: Found) -> Iterator[str]:
    """Yield where marks do not help, a sentence for each kind of cell."""
    compared = differences(found)
    lower = [each for each in compared if each.is_lower]
    equal = [each for each in compared if not each.is_lower and not each.is_higher]
    if lower:
        yield "Marks cost accuracy here: " + "; ".join(f"{e.name}: {in_words(e.difference)}" for e in lower) + "."
    elif compared:
        yield "In no cell do marks cost accuracy by a difference that these seeds can show."
    if equal:
        shown = [each.difference.detectable for each in equal if each.difference.detectable is not None]
        most = f" (the smallest differences that they would show: {min(shown):.1f} to {max(shown):.1f} points)" * bool(
            shown
        )
        yield (
            f"No difference to labels only in {len(equal)} of {len(compared)} cells{most}: "
            + "; ".join(_by_curve(equal))
            + "."
        )


def _by_curve(compared: Sequence[Compared]) -> Iterator[str]:
    """Yield the cells, those of one set and encoder together: "LitBank, MiniLM at 50, 100"."""
    parted = [each.name.rsplit(", ", 1) for each in compared]
    for curve, cells in groupby(parted, key=itemgetter(0)):
        yield f"{curve} at {', '.join(size for _, size in cells)}"


def tables(found: Found) -> Iterator[str]:
    """Yield all tables of question 1."""
    yield from curves(found)
    yield from ("", "### The default against labels only, accuracy", "", *in_lines(differences(found)))
    yield from ("", "### The loss that the rule picked against labels only, accuracy", "", *in_lines(of_picked(found)))
    yield from ("", "### Answers and minutes saved", "", *savings(found))


def _arms(found: Found) -> Iterator[Arm]:
    for data in SETS:
        for encoder in EVERY_ENCODER:
            picked = (PICKED,) if encoder == MINILM else ()
            arms = [Arm(data, loss, encoder) for loss in (NO_LOSS, DEFAULTS[encoder], *picked, PAPER)]
            yield from (arm for arm in arms if found.of(arm))


def taught(data: str, encoder: str) -> Arm:
    """Return the arm of the encoder's default, which learns from marks."""
    return Arm(data, DEFAULTS[encoder], encoder)


def labels_only(data: str, encoder: str) -> Arm:
    """Return the arm that learns from the same answers without marks."""
    return Arm(data, NO_LOSS, encoder)


def _saving(found: Found, data: str, encoder: str, size: int, ratio: float) -> Saving | None:
    return found.saving(taught(data, encoder), labels_only(data, encoder), size, ratio=ratio)


def _needed(saving: Saving) -> str:
    if saving.needed is None:
        return "not reached"
    return "from the first 50 on" if saving.is_at_most else f"{saving.needed:,.0f}"


def _share(saving: Saving | None) -> str:
    if saving is None or saving.needed is None:
        return "not reached"
    share = f"{signed(100 * (1 - saving.needed / saving.of), 0)} %"
    low, high = (None if end is None else 100 * end / saving.of for end in (saving.low, saving.high))
    if not saving.has_interval:
        return share
    ends = ("not reached" if low is None else signed(low, 0), "not reached" if high is None else signed(high, 0))
    return f"{'≥ ' * saving.is_at_most}{share} ({ends[0]} to {ends[1]})"


def _sentence(data: str, encoder: str, size: int, saved: list[Saving | None], compared: Compared) -> str:
    by_answers, *by_minutes = (_share(each) for each in saved)
    start = f"{NAMES[data]}, {encoder}: with {size:,} answers marks change accuracy by {in_words(compared.difference)}"
    if saved[0] is None or saved[0].needed is None:
        return f"{start}; so many labels are never reached, so marks save nothing."
    minutes = ", ".join(f"{share} at ×{ratio:g}" for share, ratio in zip(by_minutes, RATIOS, strict=True))
    return f"{start}; of the answers they save {by_answers}, of the minutes {minutes}."
