"""The sentences that a report begins with, made from its figures; also where the answer is no."""

from dataclasses import dataclass

from annotator.rounds.measuring.comparison_tables import p_value
from annotator.simulation.comparing import FEWEST_FOR_A_TEST
from annotator.simulation.pairing import plainest_pairs, values_of
from annotator.simulation.report.gathering import Compared, Findings
from annotator.simulation.report.naming import (
    acting,
    against,
    capitalised,
    constants,
    figure_name,
    value_name,
    varying,
    within,
)
from annotator.simulation.saving import Saving
from annotator.wording import counted, figure, from_to, listed, number, signed


@dataclass(frozen=True)
class Finding:
    """What one comparison shows."""

    value: str
    """The figure that says most."""
    unit: str
    about: str
    """Which arm against which, in a few words."""
    sentence: str
    is_shown: bool


def about_runs(found: Findings) -> str:
    """Return what was run, in one or two sentences."""
    arms = list(found.arms)
    data = listed(values_of("data", arms), "and")
    seeds = sorted({len([run for run in found.runs if run.arm == arm]) for arm in arms})
    of_each = f"{counted(seeds[0], 'seed')} each" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds each"
    shared = constants(arms)
    common = f" All with {shared}." if shared else ""
    return f"{counted(len(found.runs), 'run')}: {counted(len(arms), 'arm')} on {data}, {of_each}.{common}"


def findings_of(found: Findings) -> list[Finding]:
    """Return what the main figure shows of each two values that were compared, where all else is plainest."""
    chosen = plainest_pairs([each.pair for each in found.compared[found.main]])
    factors = varying(found.arms)
    return [_finding(each, factors) for each in found.compared[found.main] if each.pair in chosen]


def summary_of(found: Findings) -> str:
    """Return how many of all comparisons show a difference."""
    compared = found.compared[found.main]
    if not compared:
        return "No arm could be compared: there is no baseline that differs from it in one thing only."
    shown = [each.over_answers.mean for each in compared if each.is_shown]
    higher = sum(mean > 0 for mean in shown)
    what = figure_name(found.main)
    if len(compared) == 1:
        shows = f"that {what} is {'higher' if higher else 'lower'}" if shown else f"no difference in {what}"
        return f"The one comparison over the whole curve shows {shows}."
    if not shown:
        return f"Of {len(compared)} comparisons over the whole curve, none shows a difference in {what}."
    how_many = f"{len(shown)} {'shows' if len(shown) == 1 else 'show'} a difference in {what}"
    counts = f"{higher} higher, {len(shown) - higher} lower"
    return f"Of {len(compared)} comparisons over the whole curve, {how_many} after Holm's correction: {counts}."


def saving_interval(saving: Saving, *, per: float = 1.0) -> str:
    """Return the interval of what is saved, in whole units of `per`; empty if there is none."""
    if not saving.has_interval:
        return ""
    if saving.low is None or saving.high is None:
        high = "" if saving.high is None else f" to {whole(saving.high / per)}"
        return f"never reached{high}"
    return f"{whole(saving.low / per)} to {whole(saving.high / per)}"


def whole(value: float) -> str:
    """Return the nearest whole number, with thousands apart and a minus as long as the plus."""
    return f"{round(round(value, 9)):,}".replace("-", "−")


def _finding(compared: Compared, factors: list[str]) -> Finding:
    pair = compared.pair
    place = within(pair, factors)
    value, unit = _largest_figure(compared)
    return Finding(
        value,
        unit,
        about=f"{place}: {value_name(pair.factor, getattr(pair.arm, pair.factor))}",
        sentence=f"With {place}, {_shown(compared)}",
        is_shown=compared.is_shown,
    )


def _largest_figure(compared: Compared) -> tuple[str, str]:
    """Return what says most about a comparison, and its unit: the answers that are saved, if some are."""
    if _saves_answers(compared):
        saving = compared.answers
        return f"{_least(saving)}{whole(saving.saved or 0)}", f"of {whole(saving.of)} answers saved"
    unit = "points over the curve" if compared.is_shown else "points: no difference shown"
    return signed(compared.over_answers.mean), unit


def _saves_answers(compared: Compared) -> bool:
    saved = compared.answers.saved
    return compared.is_shown and compared.over_answers.mean > 0 and saved is not None and saved >= 1


def _shown(compared: Compared) -> str:
    """Return what a comparison shows, as the end of a sentence, with what follows from it."""
    pair = compared.pair
    arm = acting(pair.factor, getattr(pair.arm, pair.factor))
    baseline = against(pair.factor, getattr(pair.baseline, pair.factor))
    if not compared.is_shown:
        return _nothing_shown(compared, arm, baseline)
    if _saves_answers(compared):
        return f"{arm} {_saves(compared, baseline)} {_in_minutes(compared)}{capitalised(_over_the_curve(compared))}."
    verb = "helps" if compared.over_answers.mean > 0 else "does harm"
    return f"{arm} {verb}: {_over_the_curve(compared)}.{_falls_short(compared, baseline)}"


def _least(saving: Saving) -> str:
    return "at least " if saving.is_at_most else ""


def _saves(compared: Compared, baseline: str) -> str:
    saving, inside = compared.answers, saving_interval(compared.answers)
    interval = f" (95 % interval {inside})" if inside else ""
    needed = f"{'at most ' if saving.is_at_most else ''}{whole(saving.needed or 0)}"
    return (
        f"saves {_least(saving)}{whole(saving.saved or 0)} answers of {whole(saving.of)}{interval}: it takes {needed} "
        f"to reach the {_figure(compared)} that {baseline} has after {whole(saving.of)}, {figure(saving.target)} %."
    )


def _in_minutes(compared: Compared) -> str:
    """Return what is saved in minutes, if an answer of the arm takes another time than one of the baseline."""
    saving, aligned = compared.minutes, compared.aligned
    if compared.over_minutes is None or not saving.of:
        return ""
    ratio = (
        number(float(aligned.first_minutes[:, -1].mean() / aligned.second_minutes[:, -1].mean()), 2)
        .rstrip("0")
        .rstrip(".")
    )
    beginning = f"In minutes, where an answer takes {'as' if ratio == '1' else f'{ratio} times as'} long, "
    if saving.saved is None:
        return f"{beginning}it never gets there. "
    share, inside = 100 * saving.saved / saving.of, saving_interval(saving, per=saving.of / 100)
    saves = f"saves {whole(share)} %" if share >= 0 else f"needs {whole(-share)} % more"
    return f"{beginning}it {saves}{f' (95 % interval of the saving {inside} %)' if inside else ''}. "


def _over_the_curve(compared: Compared) -> str:
    difference = compared.over_answers
    size = number(abs(difference.mean))
    apart = "the same" if size == "0.0" else f"{size} points {'higher' if difference.mean > 0 else 'lower'}"
    interval = difference.interval
    inside = [f"95 % interval {from_to(interval.low, interval.high)}"] if interval else []
    inside += [p_value(compared.corrected["answers"])] if "answers" in compared.corrected else []
    brackets = f" ({'; '.join(inside)})" if inside else ""
    return f"over the whole curve {_figure(compared)} is {apart}{brackets}"


def _falls_short(compared: Compared, baseline: str) -> str:
    saving = compared.answers
    if saving.needed is not None:
        return ""
    last = whole(compared.aligned.sizes[-1])
    return f" After {last} answers it does not reach the {figure(saving.target)} % that {baseline} has."


def _nothing_shown(compared: Compared, arm: str, baseline: str) -> str:
    difference = compared.over_answers
    if difference.t_p is None:
        return (
            f"{arm} cannot be compared with {baseline}: {counted(difference.seeds, 'seed')} "
            f"{'is' if difference.seeds == 1 else 'are'} too few, it takes {FEWEST_FOR_A_TEST}."
        )
    words = f"no difference between {arm} and {baseline} could be shown: {_over_the_curve(compared)}."
    if difference.detectable is None:
        return words
    least = number(difference.detectable)
    return f"{words} The smallest difference that {difference.seeds} seeds could show is {least} points."


def _figure(compared: Compared) -> str:
    return figure_name(compared.figure)
