"""Sentences for people to read: tables 3, 6 and 7 of the paper, with chosen and with random sentences."""

import random
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from learner.reproduction.categories import CATEGORIES, Case, sort_sentences
from learner.reproduction.plan import UNTAUGHT, Plan, Trial
from learner.reproduction.sets import ReadSet
from learner.reproduction.summary import Outcomes

_CHOSEN, _RANDOM = 2, 10
_SPECIAL = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_[]#|~"})


def choose_sentences(plan: Plan, outcomes: Outcomes, sets: Mapping[str, ReadSet]) -> list[dict[str, Any]]:
    """Return sentences of each set as JSON: of the first seed, the last size, and each loss of a taught model.

    Chosen: the shortest of each category; random: by a fixed seed, from all that have a mark.
    """
    shown: list[dict[str, Any]] = []
    for data in plan.sets:
        for kind in plan.taught():
            pair = [outcomes[Trial(data, plan.sizes[-1], loss, 0, kind.encoder)] for loss in (UNTAUGHT, kind.loss)]
            if any(outcome["failed"] for outcome in pair):
                continue
            cases = sort_sentences(sets[data].test, *pair)
            picked = [("chosen", case) for case in _shortest(sets[data], cases)]
            picked += [("random", case) for case in random.Random(0).sample(cases, k=min(_RANDOM, len(cases)))]
            predicted = [outcome["predicted"] for outcome in pair]
            shown += [
                {"data": data, "loss": kind.title, "why": why, **_sentence(sets[data], case, *predicted)}
                for why, case in picked
            ]
    return shown


def markdown(shown: list[dict[str, Any]]) -> str:
    """Return the sentences as Markdown: the six most salient words bold, the marked words underlined."""
    lines = ["# Tables 3, 6 and 7: sentences", "", "Bold: the six most salient words. Underlined: marked by people."]
    for case in shown:
        lines += ["", f"{case['data']}, {case['why']}: {case['category']} (gold label: {case['label']})", ""]
        for model in ("untaught", "taught"):
            words = " ".join(_in_markdown(case, place, model) for place in range(len(case["tokens"])))
            lines.append(f"- {_name(case, model)} predicts {case[model]['says']}: {words}")
    return "\n".join(lines) + "\n"


def _shortest(read: ReadSet, cases: list[Case]) -> Iterator[Case]:
    for category in CATEGORIES:
        of_category = [case for case in cases if case.category == category]
        yield from sorted(of_category, key=lambda case: (len(read.test[case.row].tokens), case.row))[:_CHOSEN]


def _sentence(read: ReadSet, case: Case, untaught: list[int], taught: list[int]) -> dict[str, Any]:
    example = read.test[case.row]
    models = {
        name: {"says": read.labels[predicted[case.row]], "places": top[0], "scores": top[1]}
        for name, predicted, top in (("untaught", untaught, case.untaught), ("taught", taught, case.taught))
    }
    about = {"row": case.row, "id": example.id, "category": case.category, "label": read.labels[example.label]}
    return {**about, "tokens": list(example.tokens), "marks": example.marks, **models}


def _in_markdown(shown: Mapping[str, Any], place: int, model: str) -> str:
    word = escape(shown["tokens"][place], quote=False).translate(_SPECIAL)
    if shown["marks"][place] == "+":
        word = f"<u>{word}</u>"
    return f"<b>{word}</b>" if place in shown[model]["places"] else word


def _name(shown: Mapping[str, Any], model: str) -> str:
    return "untaught" if model == "untaught" else shown["loss"]
