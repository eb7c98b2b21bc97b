"""The study that chooses the default encoder, layer and loss (docs/decisions/0015-the-default-encoder.md).

    python benchmarks/encoder_study.py choose --folder DATA --vectors-in CACHE --processes 2
    python benchmarks/encoder_study.py test --folder DATA --vectors-in CACHE --vectors GLOVE_100D --processes 2
    python benchmarks/encoder_study.py tables

DATA is the folder with litbank, hatexplain and cbt_ne; CACHE keeps what the encoder has read, so that it reads a
sentence once. `choose` reads no test sentence; it writes the layer and the loss, to be committed before `test`.
Both may be stopped and started again: a finished trial is not repeated, nor is one of the CNN that the study
of the losses has. `tables` writes the tables and the targets of the trials that are finished so far.
"""

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from encoder_choice import choosing
from encoder_choice.borrowed import borrow
from encoder_choice.choosing import Chosen
from encoder_choice.protocol import FILES, SAMPLE, SIZES, Trial, layer_trials, loss_trials, trial_of, trials_on_test
from encoder_choice.running import run_missing
from encoder_choice.tables import cells_of, markdown, markdown_of_dev, summary
from encoder_choice.targets import Reached, reached
from encoder_choice.trial import Materials
from study_parts.report import asked_for, write_report
from study_parts.trials_file import Done, TrialsFile

from learner.data.vectors import GLOVE_50D

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Choose the layer and the loss, judge them on test, or write the tables."""
    options = _parser().parse_args()
    {"choose": _choose, "test": _test, "tables": _write_tables}[options.command](options)


def _choose(options: argparse.Namespace) -> None:
    layer = options.layer
    try:
        if layer is None:
            layer = choosing.choose_layer(_run(options, layer_trials(steps=options.steps)))
        done = _run(options, loss_trials(layer, steps=options.steps))
        chosen = Chosen(layer, choosing.choose_loss(done, layer))
    except ValueError as missing:
        raise SystemExit(str(missing)) from missing
    choosing.write_chosen(options.chosen, chosen)
    print(f"layer {chosen.layer}, {chosen.loss}")


def _test(options: argparse.Namespace) -> None:
    chosen = _read_chosen(options)
    trials = list(trials_on_test(chosen.layer, chosen.loss, steps=options.steps))
    borrowed = {done.trial for done in borrow(trials, options.study)}
    _run(options, [trial for trial in trials if trial not in borrowed])
    _write_tables(options)


def _run(options: argparse.Namespace, trials: Iterable[Trial]) -> list[Done[Trial]]:
    """Run those of the trials that were asked for and are not finished; return the finished ones."""
    if options.vectors_in is None:
        raise SystemExit("--vectors-in: expected a folder, for what the encoder has read")
    picked = asked_for(trials, data=options.sets, size=options.sizes, loss=options.losses, seed=options.seeds)
    file = TrialsFile(options.trials, trial_of)
    if options.folder is None and any(trial.data != SAMPLE for trial in picked):
        raise SystemExit("--folder: expected the folder with litbank, hatexplain and cbt_ne")
    materials = Materials(options.folder, options.vectors, options.vectors_in)
    run_missing(picked, materials, file, processes=options.processes)
    return file.read_these(picked)


def _write_tables(options: argparse.Namespace) -> None:
    chosen = _read_chosen(options)
    file = TrialsFile(options.trials, trial_of)
    trials = list(trials_on_test(chosen.layer, chosen.loss, steps=options.steps))
    borrowed = borrow(trials, options.study)
    cells = cells_of([*file.read_these(trials), *borrowed])
    targets = list(reached(cells))
    record = {
        "commands": [f"python benchmarks/encoder_study.py {command}" for command in ("choose", "test")],
        "chosen": asdict(chosen),
        "borrowed": f"{len(borrowed)} trials of the CNN are those of {options.study.name}",
        "cells": list(summary(cells)),
        "targets": [{**asdict(target), "met": target.is_met} for target in targets],
    }
    lines = ["# Study of the encoder", "", "Mean ± standard deviation over seeds; per cent."]
    lines += [*_target_lines(targets), *_dev_lines(file, chosen, options), *markdown(cells)]
    print("\n".join(_target_lines(targets)))
    write_report(options.out, record, lines)


def _target_lines(targets: list[Reached]) -> list[str]:
    rows = [
        f"| {each.name} | {each.figure:.1f} | {each.relation} {each.bound:g} | {'yes' if each.is_met else 'no'} |"
        for each in targets
    ]
    return ["", "## Targets", "", "| target | reached | bound | met |", "|---|---|---|---|", *rows]


def _dev_lines(file: TrialsFile[Trial], chosen: Chosen, options: argparse.Namespace) -> list[str]:
    trials = [*layer_trials(steps=options.steps), *loss_trials(chosen.layer, steps=options.steps)]
    try:
        return list(markdown_of_dev(file.read_these(trials), chosen.layer))
    except ValueError as missing:
        return ["", f"No tables of dev: {missing}."]


def _read_chosen(options: argparse.Namespace) -> Chosen:
    if not options.chosen.is_file():
        raise SystemExit(f"{options.chosen} does not exist: run `choose` first and commit what it wrote.")
    return choosing.read_chosen(options.chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("command", choices=("choose", "test", "tables"))
    parser.add_argument("--folder", type=Path, help="the folder with the sets; the sample needs none")
    parser.add_argument("--vectors-in", type=Path, help="the folder that keeps what the encoder has read")
    parser.add_argument("--vectors", help=f"of the CNN: {GLOVE_50D} or a file of word vectors; random ones by default")
    parser.add_argument("--processes", type=int, default=2, help="trials at a time, each with one thread")
    parser.add_argument("--trials", type=Path, default=RESULTS / "encoder_study_trials.jsonl", help="where trials go")
    parser.add_argument("--chosen", type=Path, default=RESULTS / "encoder_study_chosen.json", help="what was chosen")
    parser.add_argument("--out", type=Path, default=RESULTS / "encoder_study.json", help="figures; a .md next to it")
    parser.add_argument("--study", type=Path, default=RESULTS / "study_trials.jsonl", help="the study of the losses")
    parser.add_argument("--sets", nargs="+", choices=(*FILES, SAMPLE), help="all by default")
    parser.add_argument("--sizes", type=int, nargs="+", choices=SIZES, help="all by default")
    parser.add_argument("--losses", nargs="+", help="all by default")
    parser.add_argument("--seeds", type=int, nargs="+", help="all by default")
    parser.add_argument("--steps", type=int, help="the most training steps, for a trial run")
    parser.add_argument("--layer", type=int, help="take this layer and choose the loss only, for a trial run")
    return parser


if __name__ == "__main__":
    main()
