"""The report of the study: targets, answers in plain words, and tables, from finished trials alone."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evidence import default, dose, headline, marks_saved, others, targets
from evidence.comparisons import Compared, in_lines
from evidence.found import Found
from evidence.protocol import DEAR_SIZES, NAMES, NOT_PLANTED, RATIOS, Chosen, Trial
from evidence.trials import trials_file
from learner.trials.trial_file import Outcome

DEARER = tuple(ratio for ratio in RATIOS if ratio > 1)
"""Where marking costs as much as a label, minutes are answers."""
Record = dict[str, Any]

QUESTIONS = (
    "How many answers, and how many minutes, do marks save?",
    "What does acquisition add?",
    "When should a team not mark words?",
    "Are marks on 30 % of the answers as good as on all?",
    "How much noise in marks is too much?",
    "How strong must a shortcut be before marks pay, and what protects from it?",
)
REPEATED = (
    "Cells that repeat those of earlier studies, whose test figures were known: labels only, `log-mass` and the CNN at "
    "100, 300 and 1,000 answers of LitBank, HateXplain and CBT-NE and at 300 of the sample, and the shortcut of 90 %."
)


def lines(found: Found, chosen: Chosen | None, outcomes: dict[Trial, Outcome], wanted: Sequence[Trial]) -> list[str]:
    """Return the report as lines of Markdown; `found` says which split it reads."""
    answers = dict(answers_of(found, chosen))
    parts = [
        "# What a minute of marking buys",
        *("", "Made by `python benchmarks/evidence_study.py tables` from evidence_trials.jsonl alone."),
        f"Figures on {found.split}; mean ± standard deviation over seeds, per cent; differences in points.",
        *("", *_finished(outcomes, wanted), "", REPEATED),
        *("", "## In short", "", *headline.lines(found)),
        *("", "## Targets", "", *targets.in_lines(found)),
        *("", "## Answers", *_answers(answers)),
        *("", "## Question 1: marks and encoder", *marks_saved.tables(found)),
        *("", "## Question 2: acquisition", "", *others.acquisition_tables(found, chosen)),
        *("", "## Questions 4 and 5: people", "", *others.noise_tables(found)),
        *("", "## Question 6: shortcuts", *dose.tables(found)),
    ]
    return parts


def answers_of(found: Found, chosen: Chosen | None) -> Iterator[tuple[str, list[str]]]:
    """Yield each question with its answer in sentences; none while trials are missing."""
    sentences = (
        marks_saved.in_sentences(found),
        others.about_acquisition(found, chosen),
        marks_saved.without_gain(found),
        others.about_shares(found),
        others.about_noise(found),
        dose.in_sentences(found),
    )
    for question, answer in zip(QUESTIONS, sentences, strict=True):
        yield question, list(answer)


def short_tables(found: Found, chosen: Chosen | None) -> dict[str, list[str]]:
    """Return the tables that README.md, docs/results.md and docs/report.md show, as lines of Markdown by name."""
    return {
        "headline": list(headline.lines(found)),
        "targets": targets.in_lines(found),
        "savings": list(marks_saved.savings(found, at=DEAR_SIZES, ratios=DEARER)),
        "acquisition": list(in_lines(others.of_acquisition(found, chosen))),
        "people": list(others.noise_in_short(found)),
        **{f"shortcut, {NAMES[data]}": list(dose.accuracies(found, data)) for data in NOT_PLANTED},
    }


def record(found: Found, chosen: Chosen | None, outcomes: dict[Trial, Outcome], wanted: Sequence[Trial]) -> Record:
    """Return the report's numbers as JSON; those of the rule for the default are always of dev."""
    rules = list(default.ruled(replace(found, split="dev"), chosen))
    families = {
        "marks": marks_saved.differences(found),
        "picked": marks_saved.of_picked(found),
        "acquisition": others.of_acquisition(found, chosen),
        "shares": others.of_shares(found),
        "noise": others.of_noise(found),
        "shortcuts": dose.against_labels(found),
        "choices": dose.choices(found),
    }
    return {
        "command": "python benchmarks/evidence_study.py tables",
        "split": found.split,
        "trials": {"finished": len(outcomes), "of": len(wanted), "cpu_hours": _hours(outcomes)},
        "tables": short_tables(found, chosen),
        "rule": {"settings": [asdict(each) for each in rules], "sentences": list(default.in_sentences(rules))},
        "targets": [{**asdict(each), "met": each.is_met} for each in targets.reached(found)],
        "answers": dict(answers_of(found, chosen)),
        "comparisons": {name: [_as_json(each) for each in compared] for name, compared in families.items()},
        "cells": list(marks_saved.cells(found)),
    }


def write(path: Path, contents: Record, page: Iterable[str]) -> None:
    """Write the record, and next to it the lines as Markdown: the same bytes from the same trials."""
    rounded = json.loads(json.dumps(contents), parse_float=lambda text: round(float(text), 4))
    path.write_text(json.dumps(rounded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text("\n".join(page) + "\n", encoding="utf-8")


def finished(path: Path, wanted: Sequence[Trial]) -> dict[Trial, Outcome]:
    """Return the outcomes of the trials that are finished."""
    return trials_file(path).outcomes(wanted)


def rule_lines(rules: Sequence[default.Ruled]) -> list[str]:
    """Return the lines of the rule for the default, from dev alone."""
    return ["# The app's default, by the rule", "", "From figures on dev alone.", "", *default.in_lines(rules)]


def _finished(outcomes: dict[Trial, Outcome], wanted: Sequence[Trial]) -> Iterator[str]:
    yield f"{len(outcomes):,} of {len(wanted):,} trials are finished; they took {_hours(outcomes):.1f} CPU hours."
    failed = Counter(outcome.failed for outcome in outcomes.values() if outcome.failed is not None)
    yield from (f"{count} failed: {reason}" for reason, count in sorted(failed.items()))


def _hours(outcomes: dict[Trial, Outcome]) -> float:
    return sum(outcome.result.get("cpu_s", 0) for outcome in outcomes.values()) / 3600


def _answers(answers: dict[str, list[str]]) -> Iterator[str]:
    for number, (question, sentences) in enumerate(answers.items(), start=1):
        yield from ("", f"**{number}. {question}**", "")
        yield from (f"- {sentence}" for sentence in sentences or ["No answer: trials are missing."])


def _as_json(compared: Compared) -> dict[str, Any]:
    return {"name": compared.name, **asdict(compared.difference), "p_holm": compared.p}
