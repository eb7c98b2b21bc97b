"""Questions 2, 4 and 5: acquisition, marks on a share of the answers, and noise in the marks."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from annotator.simulation.comparing import Difference
from evidence.comparisons import Compared, family, in_lines, in_words, is_within, shown
from evidence.found import Arm, Found, paired
from evidence.protocol import (
    ACQUISITION_SETS,
    EXTRA,
    MARGIN,
    MARKS,
    MISSED,
    MOST_LOST,
    NAMES,
    NOISE_SETS,
    NOISY,
    ON_SHARES,
    ONE_SIZE,
    PERFECT,
    RANDOM,
    SIGNIFICANT,
    SIZES,
    TEAM,
    UNMARKED_WRONG,
    WRONG_LABELS,
    Chosen,
)
from learner.loss_names import NO_LOSS

Claim = Callable[[Found, str, str], bool | None]
"""Of a set and its people, whether they are too noisy; None while trials are missing."""
INDEPENDENT = "average_precision_ig"
_FIGURES = {"accuracy": "accuracy", "average_precision": "AP shown", INDEPENDENT: "AP IG", "delta_tpr": "ΔTPR"}


def of_acquisition(found: Found, chosen: Chosen | None) -> list[Compared]:
    """Return how far the area under each acquisition's accuracy is from random's: one family."""
    return family(
        [
            (
                f"{NAMES[data]}, {loss}, {name}",
                paired(_areas(found, data, loss, name), _areas(found, data, loss, RANDOM)),
            )
            for data in ACQUISITION_SETS
            for loss in (NO_LOSS, MARKS)
            for name in _names(chosen)
        ]
    )


def acquisition_tables(found: Found, chosen: Chosen | None) -> Iterator[str]:
    """Yield the accuracies of the acquisitions, and their areas against random's."""
    yield "| set | loss | acquisition | seeds | " + " | ".join(f"{size:,}" for size in SIZES) + " |"
    yield "|---" * (len(SIZES) + 4) + "|"
    for data in ACQUISITION_SETS:
        for loss in (NO_LOSS, MARKS):
            for name in (RANDOM, *_names(chosen)):
                arm = Arm(data, loss, acquisition=name)
                cells = " | ".join(found.cell(arm, "accuracy", size) for size in SIZES)
                yield f"| {NAMES[data]} | {loss} | {name} | {len(found.of(arm))} | {cells} |"
    yield from ("", "Area under the accuracy against random's:", "", *in_lines(of_acquisition(found, chosen)))


def about_acquisition(found: Found, chosen: Chosen | None) -> Iterator[str]:
    """Yield what acquisition adds."""
    compared = of_acquisition(found, chosen)
    if not compared:
        return
    higher, lower = ([each for each in compared if getattr(each, way)] for way in ("is_higher", "is_lower"))
    if higher:
        yield "Better than random: " + "; ".join(f"{e.name}: {in_words(e.difference)}" for e in higher) + "."
    if lower:
        yield "Worse than random: " + "; ".join(f"{e.name}: {in_words(e.difference)}" for e in lower) + "."
    rest = len(compared) - len(higher) - len(lower)
    shown = [e.difference.detectable for e in compared if e.difference.detectable is not None]
    if rest and shown:
        yield (
            f"For {rest} of {len(compared)} comparisons with random these seeds show no difference in the mean height "
            f"of the curve; they would show {min(shown):.1f} to {max(shown):.1f} points."
        )


def of_shares(found: Found) -> list[Compared]:
    """Return how far accuracy with marks on a share of the answers is from marks on all: one family."""
    return _of_people(found, ON_SHARES, lambda data, people: Arm(data, MARKS))


def about_shares(found: Found) -> Iterator[str]:
    """Yield whether marks on a share of the answers are as good as on all."""
    for each in of_shares(found):
        as_good = "as good as" if is_within(each.difference, MOST_LOST) else "not shown to be as good as"
        yield f"{each.name}: {as_good} marks on all ({in_words(each.difference)} of accuracy)."


def noise_tables(found: Found) -> Iterator[str]:
    """Yield the figures of every kind of people, and their accuracies against labels only and against perfect ones."""
    yield "| set | people | loss | seeds | " + " | ".join(_FIGURES.values()) + " |"
    yield "|---" * (len(_FIGURES) + 4) + "|"
    for data in NOISE_SETS:
        plain = [Arm(data, NO_LOSS), Arm(data, MARKS)]
        noisy = [Arm(data, MARKS, people=people) for people in NOISY]
        unmarked = [Arm(data, NO_LOSS, people=people) for people in UNMARKED_WRONG]
        for arm in (*plain, *noisy, *unmarked):
            cells = " | ".join(found.cell(arm, figure, ONE_SIZE) for figure in _FIGURES)
            yield f"| {NAMES[data]} | {arm.whole.people} | {arm.loss} | {len(found.of(arm))} | {cells} |"
    yield from ("", "Accuracy against labels only (with wrong labels, against the same labels):", "")
    yield from in_lines(of_noise(found))
    yield from ("", "Marks on a share against marks on all, accuracy:", "", *in_lines(of_shares(found)))


def noise_in_short(found: Found) -> Iterator[str]:
    """Yield the table of what marks by each kind of people change of the accuracy of labels only, one row per kind."""
    by_name = {each.name: each for each in of_noise(found)}
    yield "| people | " + " | ".join(NAMES[data] for data in NOISE_SETS) + " |"
    yield "|---" * (len(NOISE_SETS) + 1) + "|"
    for people in (PERFECT, *NOISY):
        yield f"| {people} | " + " | ".join(_gain_of(found, data, people, by_name) for data in NOISE_SETS) + " |"


def _gain_of(found: Found, data: str, people: str, by_name: Mapping[str, Compared]) -> str:
    if people == PERFECT:
        return shown(found.difference(Arm(data, MARKS), Arm(data, NO_LOSS), "accuracy", ONE_SIZE))
    compared = by_name.get(f"{NAMES[data]}, {people}")
    return "–" if compared is None else shown(compared.difference, is_certain=compared.p < SIGNIFICANT)


def of_noise(found: Found) -> list[Compared]:
    """Return how far accuracy with noisy people is from labels only: one family."""
    return _of_people(found, NOISY, _labels_of)


def about_noise(found: Found) -> Iterator[str]:
    """Yield how much noise is too much: for accuracy, and for where the model looks."""
    for data in NOISE_SETS:
        for what, doses in (("marked words missed", MISSED), ("wrong words for each marked one", EXTRA)):
            accuracy = _first(found, data, list(doses), _is_no_gain)
            looks = _where_it_looks(found, data, list(doses))
            if accuracy is not None and looks is not None:
                yield f"{NAMES[data]}, {what}: accuracy is no longer above labels only {accuracy}; {looks}."
        for people in (*WRONG_LABELS, TEAM):
            difference = _against(found, data, people, _labels_of(data, people))
            if difference is not None:
                yield f"{NAMES[data]}, {people}: marks change accuracy by {in_words(difference)}."


def _where_it_looks(found: Found, data: str, doses: Sequence[str]) -> str | None:
    """Return in words at which dose the gain in average precision under integrated gradients is halved, if any gain."""
    what = "average precision under integrated gradients"
    labels, perfect = (found.mean(Arm(data, loss), INDEPENDENT, ONE_SIZE) for loss in (NO_LOSS, MARKS))
    if labels is not None and perfect is not None and perfect <= labels:
        return f"marks do not raise {what} at all ({perfect:.1f}; labels only {labels:.1f})"
    halved = _first(found, data, doses, _has_lost_half)
    return None if halved is None else f"{what} has lost half of what marks gained {halved}"


def _first(found: Found, data: str, doses: Sequence[str], is_too_much: Claim) -> str | None:
    claims = [is_too_much(found, data, people) for people in doses]
    if None in claims:
        return None
    reached = [people for people, claim in zip(doses, claims, strict=True) if claim]
    return f"from “{reached[0]}” on" if reached else "at no dose that was tried"


def _is_no_gain(found: Found, data: str, people: str) -> bool | None:
    difference = _against(found, data, people, Arm(data, NO_LOSS))
    return None if difference is None else difference.mean <= 0


def _has_lost_half(found: Found, data: str, people: str) -> bool | None:
    arms = (Arm(data, NO_LOSS), Arm(data, MARKS), Arm(data, MARKS, people=people))
    labels, perfect, noisy = (found.mean(arm, INDEPENDENT, ONE_SIZE) for arm in arms)
    if labels is None or perfect is None or noisy is None:
        return None
    return noisy - labels <= (perfect - labels) / 2


def _of_people(found: Found, kinds: Sequence[str], baseline: Callable[[str, str], Arm]) -> list[Compared]:
    """Return how far these kinds of people are from a baseline of the set and the people, on every set."""
    return family(
        [
            (f"{NAMES[data]}, {people}", _against(found, data, people, baseline(data, people)))
            for data in NOISE_SETS
            for people in kinds
        ]
    )


def _against(found: Found, data: str, people: str, baseline: Arm) -> Difference | None:
    return found.difference(Arm(data, MARKS, people=people), baseline, "accuracy", ONE_SIZE)


def _labels_of(data: str, people: str) -> Arm:
    """Return labels only by people who give the same labels."""
    return Arm(data, NO_LOSS, people=people.replace("labels", "labels only,") if people in WRONG_LABELS else "")


def _areas(found: Found, data: str, loss: str, acquisition: str) -> dict[int, float]:
    return found.areas(Arm(data, loss, acquisition=acquisition), "accuracy", SIZES)


def _names(chosen: Chosen | None) -> tuple[str, ...]:
    return (MARGIN, chosen.diverse, chosen.ours) if chosen else (MARGIN,)
