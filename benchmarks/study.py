"""The study of the losses: what each gains, on which set, with how many answers (benchmarks/study_protocol.md).

    python benchmarks/study.py choose DATA --vectors FILE --jobs 2
    python benchmarks/study.py run DATA --vectors FILE --jobs 2

DATA is the folder with litbank, hatexplain and cbt_ne. `choose` reads no test sentence; it writes the
setting of each loss, to be committed before `run`. Both may be stopped and started again: a finished
trial is not repeated. `tables` writes the tables of the trials that are finished so far.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path

from marks_study import choosing
from marks_study.default import find_default
from marks_study.protocol import CANDIDATES, Trial, choosing_trials, study_trials, trial_of
from marks_study.running import run_missing
from marks_study.tables import cells_of, markdown, summary
from marks_study.targets import Reached, reached
from marks_study.trial import Materials
from study_parts.report import asked_for, write_report
from study_parts.trials_file import TrialsFile

from learner.data.vectors import GLOVE_50D

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Choose settings, run the study, or write its tables."""
    options = _parser().parse_args()
    {"choose": _choose, "run": _run, "tables": _write_tables}[options.command](options)


def _choose(options: argparse.Namespace) -> None:
    file, trials = TrialsFile(options.trials, trial_of), _picked(choosing_trials(steps=options.steps), options)
    run_missing(trials, Materials(options.data, options.vectors), file, jobs=options.jobs)
    done = file.read_these(trials)
    try:
        chosen = choosing.choose(done)
    except ValueError as missing:
        raise SystemExit(str(missing)) from missing
    choosing.write_chosen(options.chosen, chosen, done)
    for variant, setting in chosen.items():
        print(f"{variant}: {setting.loss}, {setting.warmup_steps} steps of warm-up")


def _run(options: argparse.Namespace) -> None:
    if not options.chosen.is_file():
        raise SystemExit(f"{options.chosen} does not exist: run `study.py choose` first and commit what it wrote.")
    trials = _picked(study_trials(choosing.read_chosen(options.chosen), steps=options.steps), options)
    run_missing(
        trials, Materials(options.data, options.vectors), TrialsFile(options.trials, trial_of), jobs=options.jobs
    )
    _write_tables(options)


def _write_tables(options: argparse.Namespace) -> None:
    chosen = choosing.read_chosen(options.chosen)
    file, trials = TrialsFile(options.trials, trial_of), study_trials(chosen, steps=options.steps)
    cells = cells_of(file.read_these(_picked(trials, options)))
    targets = list(reached(cells))
    default = find_default(cells, chosen, file.read_these(list(choosing_trials(steps=options.steps))))
    vectors = Path(options.vectors or "random").name
    record = {
        "command": f"python benchmarks/study.py {options.command} DATA --vectors {vectors}",
        "default": default,
        "cells": list(summary(cells)),
        "targets": [{**target._asdict(), "met": target.is_met} for target in targets],
    }
    lines = ["# Study of the losses", "", "Mean ± standard deviation over seeds; per cent.", *markdown(cells)]
    safest = ["", f"By dev, the app's default: {default or 'none is safe, or trials are missing'}."]
    write_report(options.out, record, [*lines, *_target_lines(targets), *safest])


def _target_lines(targets: list[Reached]) -> list[str]:
    rows = [
        f"| {each.target} | {each.variant} | {each.figure:+.1f} | {each.bound:+g} | {'yes' if each.is_met else 'no'} |"
        for each in sorted(targets)
    ]
    return ["", "## Targets", "", "| target | loss | reached | at least | met |", "|---|---|---|---|---|", *rows]


def _picked(trials: Iterable[Trial], options: argparse.Namespace) -> list[Trial]:
    return asked_for(trials, data=options.sets, variant=options.losses, seed=options.seeds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("command", choices=("choose", "run", "tables"))
    parser.add_argument("data", type=Path, help="the folder with the sets")
    parser.add_argument("--vectors", help=f"{GLOVE_50D} or a file of word vectors; random ones by default")
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time, each with one thread")
    parser.add_argument("--trials", type=Path, default=RESULTS / "study_trials.jsonl", help="where trials are kept")
    parser.add_argument("--chosen", type=Path, default=RESULTS / "study_chosen.json", help="the chosen settings")
    parser.add_argument("--out", type=Path, default=RESULTS / "study.json", help="the figures; a .md next to it")
    parser.add_argument("--sets", nargs="+", help="any of litbank, hatexplain, cbt_ne; all by default")
    parser.add_argument("--losses", nargs="+", choices=tuple(CANDIDATES), help="all by default")
    parser.add_argument("--seeds", type=int, nargs="+", help="all by default")
    parser.add_argument("--steps", type=int, help="the most training steps, for a trial run")
    return parser


if __name__ == "__main__":
    main()
