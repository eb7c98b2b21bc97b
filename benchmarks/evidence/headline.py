"""The one table of the README: what the marks of 300 answers change, a row for each set and encoder."""

from collections.abc import Iterator

from evidence import dose, marks_saved
from evidence.comparisons import Compared, shown
from evidence.found import Arm, Found
from evidence.marks_saved import EVERY_ENCODER, answers_saved, labels_only, taught
from evidence.protocol import MARKS, NAMES, NOT_PLANTED, ONE_SIZE, SETS, SIGNIFICANT, STRENGTH_OF_TARGETS
from learner.encoders.choosing import MINILM
from learner.loss_names import NO_LOSS


def lines(found: Found) -> Iterator[str]:
    """Yield the table: labels only → labels and marks, in per cent; a difference with p < 0.05 is bold."""
    yield (
        f"| {ONE_SIZE} answers, labels only → labels and marks | seeds | accuracy | difference (95 % interval) | AP | "
        "ΔTPR (control) | answers saved |"
    )
    yield "|---" * 7 + "|"
    yield from _of_sets(found)
    yield from _of_shortcuts(found)


def _of_sets(found: Found) -> Iterator[str]:
    compared = {each.name: each for each in marks_saved.differences(found)}
    for data in SETS:
        for encoder, name in EVERY_ENCODER.items():
            of = compared.get(f"{NAMES[data]}, {name}, {ONE_SIZE:,}")
            saved = answers_saved(found, data, encoder, ONE_SIZE) if encoder in marks_saved.ENCODERS else "–"
            if of is not None:
                arms = (labels_only(data, encoder), taught(data, encoder))
                yield _row(found, f"{NAMES[data]}, {name}", arms, of, saved)


def _of_shortcuts(found: Found) -> Iterator[str]:
    compared = {each.name: each for each in dose.against_labels(found)}
    for data in NOT_PLANTED:
        of = compared.get(f"{NAMES[data]}, {STRENGTH_OF_TARGETS} %, {MARKS}")
        if of is not None:
            planted = [Arm(data, loss, MINILM, shortcut=STRENGTH_OF_TARGETS) for loss in (NO_LOSS, MARKS)]
            name = f"{NAMES[data]}, {EVERY_ENCODER[MINILM]}, a shortcut of {STRENGTH_OF_TARGETS} %"
            yield _row(found, name, (planted[0], planted[1]), of, "–")


def _row(found: Found, name: str, arms: tuple[Arm, Arm], of: Compared, saved: str) -> str:
    accuracy, precision, reliance = (
        _pair(found, arms, each) for each in ("accuracy", "average_precision", "delta_tpr")
    )
    control = found.mean(arms[1], "delta_tpr_control", ONE_SIZE)
    if control is not None:
        reliance += f" ({control:.1f})".replace("-", "−")
    difference = shown(of.difference, is_certain=of.p < SIGNIFICANT)
    return f"| {name} | {of.difference.seeds} | {accuracy} | {difference} | {precision} | {reliance} | {saved} |"


def _pair(found: Found, arms: tuple[Arm, Arm], figure: str) -> str:
    values = [found.mean(arm, figure, ONE_SIZE) for arm in arms]
    return " → ".join("–" if value is None else f"{value:.1f}" for value in values)
