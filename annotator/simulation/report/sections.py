"""What both the Markdown and the page of a report say, in the same order."""

from annotator.simulation.comparing import FEWEST_FOR_AN_INTERVAL, RESAMPLES
from annotator.simulation.report.gathering import Findings
from annotator.simulation.report.naming import figure_name
from annotator.simulation.report.wording import about_runs

FOUND, LEFT_OUT, HOW = "What was found", "What was left out", "How this was computed"


def beginning(found: Findings) -> str:
    """Return what was run, as the line below the title."""
    return about_runs(found)


def how_it_was_computed(found: Findings) -> list[str]:
    """Return how to read the figures, a sentence or two each."""
    return [
        "Answers come from a simulation: gold labels and marks play the people. "
        f"Only {figure_name(found.main)} is tested.",
        "Each arm is compared, seed by seed, with the arm that differs in one thing only: labels only, asking at "
        "random, perfect people, or the plainest encoder. The area under a curve is its mean height over common sizes, "
        "on a logarithmic axis: each doubling of the answers weighs the same.",
        f"Intervals are the middle 95 % of {RESAMPLES:,} bootstrap resamples of the seeds; below "
        f"{FEWEST_FOR_AN_INTERVAL} seeds there is none. They cover the draw of seeds, not that of the measured "
        "sentences.",
        "A difference is shown if Holm's p of the paired t-test is below .05 and the interval is on one side of zero. "
        "The p of the sentences is Holm's: corrected for all areas by answers that answer one question (losses, "
        "encoder, acquisition or people); single sizes and areas by minutes are another family "
        "for each question.",
        "The smallest difference is that of one t-test at .05, two-sided, with a power of 80 %; corrected ones "
        "need more.",
        "What is saved is read off the mean curves: when an arm reaches what its baseline has after its last answers, "
        "and when the baseline itself was first as good. An arm that was as good at its first size may need even less.",
        "Standard deviations are those of a sample of seeds.",
    ]
