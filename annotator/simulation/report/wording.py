"""The sentences that a report begins with, made from its figures; also where the answer is no."""

from dataclasses import dataclass

from annotator.rounds.measuring.comparison_tables import p_value
from annotator.simulation.comparing import FEWEST_FOR_A_TEST
from annotator.simulation.pairing import plainest_pairs, values_of
from annotator.simulation.report.gathering import Compared, Findings
from annotator.simulation.report.naming import (
    acting,
    against,
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
        direction = (
            f"shows that {what} is {'higher' if higher else 'lower'}" if shown else f"shows no difference in {what}"
        )
        return f"The one comparison over the whole curve {direction}."
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
        high = "" if saving.high is None else f" to {signed_plain(saving.high / per)}"
        return f"never reached{high}"
    return f"{signed_plain(saving.low / per)} to {signed_plain(saving.high / per)}"


def signed_plain(value: float, digits: int = 0) -> str:
    """Return a number with thousands apart and a minus as long as the plus."""
    return f"{round(value, 9):,.{digits}f}".replace("-", "−")


def _finding(compared: Compared, factors: list[str]) -> Finding:
    pair, difference = compared.pair, compared.over_answers
    arm = acting(pair.factor, getattr(pair.arm, pair.factor))
    baseline = against(pair.factor, getattr(pair.baseline, pair.factor))
    start = f"With {within(pair, factors)}, "
    about = f"{within(pair, factors)}: {value_name(pair.factor, getattr(pair.arm, pair.factor))}"
    unit = "points over the curve" if compared.is_shown else "points: no difference shown"
    points = Finding(signed(difference.mean), unit, about, "", is_shown=compared.is_shown)
    if not compared.is_shown:
        return _with(points, start + _nothing_shown(compared, arm, baseline))
    if difference.mean < 0:
        lower = f"{arm} does harm: {_over_the_curve(compared)}. {_falls_short(compared, baseline)}"
        return _with(points, (start + lower).strip())
    saved = compared.answers.saved
    if not saved or saved < 1:
        higher = f"{arm} helps: {_over_the_curve(compared)}. {_falls_short(compared, baseline)}"
        return _with(points, (start + higher).strip())
    least = "at least " if compared.answers.is_at_most else ""
    unit = f"of {signed_plain(compared.answers.of)} answers saved"
    sentence = f"{start}{arm} {_saves(compared, baseline)} {_in_minutes(compared)}{_whole_curve(compared)}."
    return Finding(f"{least}{signed_plain(saved)}", unit, about, sentence, is_shown=True)


def _with(finding: Finding, sentence: str) -> Finding:
    return Finding(finding.value, finding.unit, finding.about, sentence, finding.is_shown)


def _saves(compared: Compared, baseline: str) -> str:
    saving = compared.answers
    inside = saving_interval(saving)
    interval = f" (95 % interval {inside})" if inside else ""
    least = "at least " if saving.is_at_most else ""
    needed = f"{'at most ' if saving.is_at_most else ''}{signed_plain(saving.needed or 0)}"
    return (
        f"saves {least}{signed_plain(saving.saved or 0)} answers of {signed_plain(saving.of)}{interval}: it takes "
        f"{needed} to reach the {_figure(compared)} that {baseline} has after {signed_plain(saving.of)}, "
        f"{figure(saving.target)} %."
    )


def _in_minutes(compared: Compared) -> str:
    """Return what is saved in minutes, if an answer of the arm takes another time than one of the baseline."""
    saving, aligned = compared.minutes, compared.aligned
    if compared.over_minutes is None or not saving.of:
        return ""
    ratio = float(aligned.first_minutes[:, -1].mean()) / saving.of
    beginning = f"In minutes, where an answer takes {number(ratio, 2).rstrip('0').rstrip('.')} times as long, "
    if saving.saved is None:
        return f"{beginning}it never gets there. "
    share, inside = 100 * saving.saved / saving.of, saving_interval(saving, per=saving.of / 100)
    saves = f"saves {signed_plain(share)} %" if share >= 0 else f"needs {signed_plain(-share)} % more"
    return f"{beginning}it {saves}{f' (95 % interval of the saving {inside} %)' if inside else ''}. "


def _whole_curve(compared: Compared) -> str:
    words = _over_the_curve(compared)
    return f"{words[:1].upper()}{words[1:]}"


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
    last = signed_plain(saving.of)
    return f"After {last} answers it does not reach the {figure(saving.target)} % that {baseline} has."


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
