"""Figures, times and facts as people read them, the same on the pages and in the terminal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from db.records import Round

_STOPPED_BY = {
    "dev": "It got no better on dev; the model of step {step} was kept.",
    "max_steps": "It ran all its steps; the model of step {step} was kept.",
    "fixed_steps": "Fewer than 20 dev answers: it ran a fixed number of steps, {step}, without a choice.",
}


def answer_notes(answer: Mapping[str, Any]) -> list[str]:
    """Give what there is to know of an answer besides what it says, a few words each."""
    notes = [note for note in ("superseded", "surplus", "admitted", "imported") if answer[note]]
    if answer["flagged"]:
        notes.insert(0, "flagged")
    if answer["round_shown"] is not None:
        notes.append(f"saw round {answer['round_shown']}")
    return notes


def round_notes(shown: Round) -> list[str]:
    """Give in sentences what a reader of the figures should know about how the model was made."""
    notes = []
    training, vectors = shown.metrics.get("training"), shown.metrics.get("vectors")
    if training is not None:
        notes.append(_STOPPED_BY[training["stopped_by"]].format(step=training["step"]))
    if vectors is not None:
        found = f"{vectors['found']} of {vectors['total']} words found in {vectors['source']}"
        notes.append("Word vectors: " + ("random." if vectors["source"] == "random" else f"{found}."))
    if training is not None and training["truncated_marks"]:
        notes.append(f"{training['truncated_marks']} marked words lay behind the words that the model sees.")
    if shown.training_set.get("ties"):
        notes.append(f"{shown.training_set['ties']} sentences were left out because people disagree.")
    if shown.training_set.get("retired"):
        notes.append(f"{shown.training_set['retired']} answers were left out because their label is retired.")
    notes += straddling_notes(shown)
    if shown.freed_ms is not None:
        notes.append(f"Its checkpoint and saliency were freed on {clock(shown.freed_ms)}.")
    return notes


def straddling_notes(shown: Round) -> list[str]:
    """Return a sentence about the texts that were in two splits when the round began; nothing where none was."""
    counted = shown.training_set
    if not counted.get("texts_in_two_splits"):
        return []
    left_out = f"{counted['left_out_of_pool']} answered pool sentences and {counted['left_out_of_dev']} of dev"
    return [
        f"{counted['texts_in_two_splits']} texts are in more than one split; {left_out} were left out, "
        "because their text is in dev or test, or in test."
    ]


def headline(shown: Round) -> tuple[str | None, Mapping[str, Any]]:
    """Give the split that speaks for the round, test before dev, and its figures."""
    for split in ("test", "dev"):
        if split in shown.metrics:
            return split, shown.metrics[split]
    return None, {}


def marked_and_unmarked(figures: Mapping[str, Any]) -> str:
    """Give the saliency accuracy at the words beside its complement, as one piece of text."""
    return f"{number(figures.get('saliency_accuracy_word'))} / {number(figures.get('saliency_accuracy_word_unmarked'))}"


def number(value: float | None, digits: int = 1) -> str:
    """Give the number with so many digits after the point; a dash when there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def ratio(value: float | None) -> str:
    """Write a figure from -1 to 1 with two digits, or a dash where there is none."""
    return "–" if value is None else f"{value:.2f}"


def in_bytes(number: float) -> str:
    """Give a number of bytes in the unit that suits it."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def clock(at_ms: int, *, short: bool = False) -> str:
    """Give the local date and time, without the year where it is `short`."""
    return datetime.fromtimestamp(at_ms / 1000).strftime("%d %b %H:%M" if short else "%Y-%m-%d %H:%M")
