"""Figures, times and facts as people read them, on the pages and in the terminal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from db.learning.round_records import Round
from learner.wording import counted as counted  # of the learner's messages too
from learner.wording import first_names as first_names
from learner.wording import verb_for as verb_for

_PRECISION = "average_precision_"
_PLAIN = "gradient"
"""The view by which every model is judged, next to the one that people see."""
_STOPPED_BY = {
    "dev": "It stopped improving on dev; the model of step {step} was kept.",
    "max_steps": "It ran all its steps; the model of step {step} was kept.",
    "fixed_steps": "Fewer than 20 dev answers: it ran a fixed number of steps, {step}, and kept the last model.",
}


def answer_notes(answer: Mapping[str, Any]) -> list[str]:
    """Return notes about an answer apart from its content, each of a few words."""
    notes = [note for note in ("superseded", "withdrawn", "surplus", "admitted", "imported") if answer[note]]
    if answer["flagged"]:
        notes.insert(0, "flagged")
    if answer["round_shown"] is not None:
        notes.append(f"saw round {answer['round_shown']}")
    if (suggestion := answer["suggestion"]) is not None:
        notes.append("saw a suggestion" if suggestion["taken"] is None else "took over a suggestion")
    if answer["given_label"] != answer["label"]:
        notes.append(f"given as {answer['given_label']}")
    return notes


def round_notes(shown: Round) -> list[str]:
    """Return sentences about how the model was made, for a reader of its figures."""
    notes = []
    training, vectors = shown.metrics.get("training"), shown.metrics.get("vectors")
    if training is not None:
        notes.append(_STOPPED_BY[training["stopped_by"]].format(step=training["step"]))
    made = shown.metrics.get("model", {})
    if made.get("batch_size"):
        notes.append(f"It trained with {made['batch_size']} sentences per step: the GPU's memory held no more.")
    if made.get("digest"):
        notes.append(
            f"Read by {Path(made['encoder']).name} after layer {made['layer']} (SHA-256 {made['digest'][:12]}…)."
        )
    elif vectors is not None:
        share = f"{vectors['found']} of {vectors['total']} words found in {vectors['source']}"
        notes.append("Word vectors: " + ("random." if vectors["source"] == "random" else f"{share}."))
    if training is not None and (past := training["truncated_marks"]):
        notes.append(_were(past, "marked word", "past the end of what the model sees"))
    if ties := shown.training_set.get("ties"):
        notes.append(_were(ties, "sentence", "left out because people disagree"))
    if retired := shown.training_set.get("retired"):
        notes.append(_were(retired, "answer", f"left out because {verb_for(retired, 'its', 'their')} label is retired"))
    notes += straddling_notes(shown)
    if shown.freed_ms is not None:
        notes.append(f"Its checkpoint and saliency were freed on {clock(shown.freed_ms)}.")
    return notes


def straddling_notes(shown: Round) -> list[str]:
    """Return a sentence about the texts that were in two splits when the round began; empty if there were none."""
    counts = shown.training_set
    if not (texts := counts.get("texts_in_two_splits")):
        return []
    return [
        f"{counted(texts, 'text')} {verb_for(texts, 'is', 'are')} in more than one split; the round left out "
        f"{counted(counts['left_out_of_pool'], 'answered pool sentence')} (text in dev or test) "
        f"and {counts['left_out_of_dev']:,} of dev (text in test)."
    ]


def _were(count: int, noun: str, what: str) -> str:
    return f"{counted(count, noun)} {verb_for(count, 'was', 'were')} {what}."


def model_of(shown: Round) -> str:
    """Return which model a round trained, and on which encoder; a dash for rounds that do not say."""
    made = shown.metrics.get("model") or shown.config
    if "model" not in made or "encoder" not in made:
        return "–"
    return f"{made['model']} on {Path(made['encoder']).name}"


def state_in_words(shown: Round) -> str:
    """Return the state of a round as the end of a sentence about it: `failed`, `was cancelled`, `is not ready yet`."""
    if shown.deleted_ms is not None:
        return "was deleted"
    return {"failed": "failed", "cancelled": "was cancelled", "ready": "is ready"}.get(shown.state, "is not ready yet")


def headline(shown: Round) -> tuple[str | None, Mapping[str, Any]]:
    """Return the split that represents the round, test before dev, and its figures."""
    for split in ("test", "dev"):
        if split in shown.metrics:
            return split, shown.metrics[split]
    return None, {}


def precision_of(figures: Mapping[str, Any], view: str | None) -> float | None:
    """Return the average precision of the marked words by the view that people see of the model, or None.

    A round from before rounds named their view, for which `view` is None, has it next to that by the plain gradient.
    """
    found = {name.removeprefix(_PRECISION): value for name, value in figures.items() if name.startswith(_PRECISION)}
    named = view or next((name for name in found if name != _PLAIN), _PLAIN)
    return None if (value := found.get(named)) is None else float(value)


def signed(points: float | None, digits: int = 1) -> str:
    """Return a difference with its sign, a minus as long as the plus; a dash if there is none."""
    if points is None:
        return "–"
    return f"{_exact(points):+.{digits}f}".replace("-", "−") if round(points, digits) else number(0.0, digits)


def figure(value: float | None) -> str:
    """Return a figure with one digit after the point and a minus as long as the plus; a dash if there is none."""
    return number(value).replace("-", "−")


def from_to(low: float, high: float, digits: int = 1) -> str:
    """Return an interval as `1.9 to 5.4`."""
    return f"{number(low, digits)} to {number(high, digits)}".replace("-", "−")


def what_intervals_cover(split: str) -> str:
    """Return the sentence that belongs to every interval of a figure."""
    return f"Intervals cover the draw of the {split} sentences, not the seed of the training."


def number(value: float | None, digits: int = 1) -> str:
    """Return the number with that many digits after the point; a dash if there is none."""
    return "–" if value is None else f"{_exact(value):.{digits}f}"


def _exact(value: float) -> float:
    """Return the value without the error of its last bits, so that a figure reads the same however it was computed."""
    return round(value, 9)


def ratio(value: float | None) -> str:
    """Return a figure from -1 to 1 with two digits and a minus as long as the plus; a dash if there is none."""
    return number(value, 2).replace("-", "−")


def in_bytes(number: float) -> str:
    """Return a number of bytes in a suitable unit."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def percent(part: float, whole: float, digits: int = 1) -> str:
    """Return a share as `12.5 %`."""
    return in_percent(100 * part / whole, digits)


def in_percent(value: float, digits: int = 1) -> str:
    """Return a figure from 0 to 100 as `12.5 %`."""
    return f"{number(value, digits)} %"


def details(facts: Mapping[str, Any]) -> str:
    """Return the details of an act, as the audit keeps them, in one line."""
    known = {name: words for name, value in facts.items() if (words := _in_words(value))}
    return ", ".join(f"{name.replace('_', ' ')}: {words}" for name, words in known.items())


def _in_words(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(map(str, value))
    return "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def about(seconds: float) -> str:
    """Return how long something takes, as a promise: `about 40 s`, `about 3 min`."""
    if seconds < 100:
        return f"about {max(1, round(seconds, -1 if seconds > 20 else None)):.0f} s"
    if seconds < 100 * 60:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.0f} h"


def time_left(seconds: float, *, done: int, total: int) -> str:
    """Return how long the rest takes if it continues as it began."""
    return f"{about(seconds / max(1, done) * (total - done))} left"


def day_of(at: datetime) -> str:
    """Return the day as `29 November 2026`."""
    return f"{at:%-d %B %Y}"


def listed(names: Sequence[str], last: str = "or") -> str:
    """Return names as a list in a sentence: `Anna`, `Anna or Ben`, `Anna, Ben or Cleo`."""
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def in_zone(at_ms: int, timezone: str | None) -> datetime:
    """Return a time in the browser's timezone, which may be any text; in UTC if it is unknown."""
    return datetime.fromtimestamp(at_ms / 1000, zone_of(timezone))


def zone_of(timezone: str | None) -> ZoneInfo:
    """Return the timezone of that name, UTC if there is none."""
    try:
        return ZoneInfo(timezone or "UTC")
    # "America" is a folder of zones: opening it as a file fails.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def clock(at_ms: int, *, short: bool = False) -> str:
    """Return the local date and time, without the year if `short`."""
    return datetime.fromtimestamp(at_ms / 1000).strftime("%d %b %H:%M" if short else "%Y-%m-%d %H:%M")
