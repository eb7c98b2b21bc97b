"""A sentence that was tried on models, as the browser draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotator.rounds.asking.editing import words_of
from annotator.rounds.asking.trying import Trial, Version
from annotator.rounds.measuring.pair_drawing import words_for
from annotator.wording import percent


@dataclass(frozen=True)
class People:
    """What people said of a sentence that is tried."""

    label: str
    marks: str


def drawn_trial(trial: Trial, models: Sequence[str], *, people: People | None = None, note: str = "") -> dict[str, Any]:
    """Return a trial under these names of its models; `people` is about its first version, `note` about its change."""
    versions = [_version([], trial.before, [False] * len(trial.rounds), people)]
    if trial.change is not None:
        versions.append(_version(titled(trial), trial.change.after, trial.flips, None) | {"note": note})
    return {"query": trial.query, "models": list(models), "versions": versions}


def titled(trial: Trial) -> list[str]:
    """Return what was changed in parts, of which every other is a word from a person."""
    if trial.change is None:
        return []
    if not trial.change.instead:
        return ["Without ", trial.change.word]
    return ["With ", trial.change.instead, " instead of ", trial.change.word]


def offered_change(place: int, word: str, instead: str) -> dict[str, Any]:
    """Return a change that the page offers, with its title in the same parts; an empty `instead` deletes the word."""
    title = ["Try ", instead, " instead of ", word] if instead else ["Try it without ", word]
    return {"place": place, "instead": instead, "title": title}


def unbroken_percent(probability: float) -> str:
    """Return a probability, 0 to 1, as `73 %`, which no line breaks."""
    return percent(probability, 1, digits=0).replace(" ", "\u00a0")


def _version(title: Sequence[str], version: Version, flips: Sequence[bool], people: People | None) -> dict[str, Any]:
    tokens, starts = words_of(version.text)
    results = [
        {
            "label": one.label,
            "percent": unbroken_percent(one.probability),
            "right": None if people is None else one.label == people.label,
            "saliency": list(one.saliency),
            "words_for": words_for(one.explained, one.label),
            "flip": flip,
        }
        for one, flip in zip(version.scored, flips, strict=True)
    ]
    text = {"text": version.text, "tokens": tokens, "starts": starts, "marks": people and people.marks}
    return {"title": title, "results": results, **text}
