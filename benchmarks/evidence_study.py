"""The study of what a minute of marking words buys (benchmarks/evidence_protocol.md).

    python benchmarks/evidence_study.py choose --folder DATA --vectors-in CACHE --jobs 2
    python benchmarks/evidence_study.py run --folder DATA --vectors GLOVE_100D --vectors-in CACHE --jobs 2
    python benchmarks/evidence_study.py default
    python benchmarks/evidence_study.py tables

DATA is the folder with litbank, hatexplain and cbt_ne; CACHE keeps the cut sets, the projects that trials begin with,
and what the encoder has read, so that it reads a sentence once. `choose` reads no answer of test; it writes the
acquisitions of experiment B, to be committed before `run`, which leaves B out while nothing is chosen. Both may be
stopped and started again: a finished trial is not repeated. `default` applies the rule for the app's default to dev
figures alone. Only then does `tables` write the tables, the targets and the answers from the trials that are finished.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from evidence import choosing, report
from evidence.default import ruled
from evidence.figure import draw_figure
from evidence.found import Found
from evidence.protocol import SETS, Chosen, Trial, choosing_trials, study_stages, study_trials, trials_of_default
from evidence.running import run_missing
from evidence.trial import Materials
from evidence.trials import runs_of, trials_file
from study_parts.report import asked_for

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Choose the acquisitions, run the study, apply the rule for the default, or write the tables."""
    options = _parser().parse_args()
    {"choose": _choose, "run": _run, "default": _default, "tables": _tables}[options.command](options)


def _choose(options: argparse.Namespace) -> None:
    trials = choosing_trials(steps=options.steps)
    _run_missing(trials, options)
    runs = runs_of(options.trials, trials=trials)
    try:
        chosen = choosing.choose(runs)
    except ValueError as missing:
        raise SystemExit(str(missing)) from missing
    choosing.write_chosen(options.chosen, chosen, runs)
    print(f"{chosen.diverse}, {chosen.ours}")


def _run(options: argparse.Namespace) -> None:
    for name, trials in study_stages(_chosen(options), steps=options.steps).items():
        print(f"experiment {name}", flush=True)
        _run_missing(trials, options)


def _default(options: argparse.Namespace) -> None:
    chosen = _chosen(options)
    needed = trials_of_default(chosen, steps=options.steps)
    if missing := trials_file(options.trials).missing(needed):
        raise SystemExit(
            f"{len(missing)} of the {len(needed)} trials that the rule reads are not finished: expected all of them in "
            f"{options.trials}. `run` them first."
        )
    runs = runs_of(options.trials, trials=study_trials(chosen, steps=options.steps))
    lines = report.rule_lines(list(ruled(Found(runs, "dev"), chosen)))
    _rule_page(options).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _tables(options: argparse.Namespace) -> None:
    if not options.dev_only and not _rule_page(options).is_file():
        raise SystemExit(
            f"{_rule_page(options)} is missing: by the protocol dev decides on the app's default before test is read. "
            "Run `default` first, or give --dev-only."
        )
    chosen = _chosen(options)
    trials = study_trials(chosen, steps=options.steps)
    found = Found(runs_of(options.trials, trials=trials), "dev" if options.dev_only else "test")
    outcomes = report.finished(options.trials, trials)
    contents = report.record(found, chosen, outcomes, trials)
    report.write(options.out, contents, report.lines(found, chosen, outcomes, trials))
    options.out.with_suffix(".svg").write_text(draw_figure(found), encoding="utf-8")
    print(f"wrote {options.out}, with a .md and a .svg next to it")


def _rule_page(options: argparse.Namespace) -> Path:
    out: Path = options.out
    return out.with_name(f"{out.stem}_default.md")


def _run_missing(trials: Sequence[Trial], options: argparse.Namespace) -> None:
    if options.vectors_in is None:
        raise SystemExit("--vectors-in: expected a folder, for the cut sets and what the encoder has read")
    picked = asked_for(trials, data=options.sets, encoder=options.encoders, loss=options.losses, seed=options.seeds)
    materials = Materials(options.folder, options.vectors_in.resolve(), options.vectors)
    run_missing(picked, materials, trials_file(options.trials), jobs=options.jobs)


def _chosen(options: argparse.Namespace) -> Chosen | None:
    return choosing.read_chosen(options.chosen) if options.chosen.is_file() else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("command", choices=("choose", "run", "default", "tables"))
    parser.add_argument("--folder", type=Path, help="the folder with the sets; the sample needs none")
    parser.add_argument("--vectors", help="of the CNN: a file of word vectors; random ones by default")
    parser.add_argument("--vectors-in", type=Path, help="the folder that keeps the cut sets and what the encoder read")
    parser.add_argument("--jobs", type=int, default=2, help="trials at a time, each with one thread")
    parser.add_argument("--trials", type=Path, default=RESULTS / "evidence_trials.jsonl", help="where trials are kept")
    parser.add_argument("--chosen", type=Path, default=RESULTS / "evidence_chosen.json", help="what was chosen")
    parser.add_argument("--out", type=Path, default=RESULTS / "evidence.json", help="the figures; a .md next to it")
    parser.add_argument("--sets", nargs="+", choices=SETS, help="all by default")
    parser.add_argument("--encoders", nargs="+", help="all by default")
    parser.add_argument("--losses", nargs="+", help="all by default")
    parser.add_argument("--seeds", type=int, nargs="+", help="all by default")
    parser.add_argument("--dev-only", action="store_true", help="make the tables of dev, and look at nothing of test")
    parser.add_argument("--steps", type=int, help="the most training steps, for a trial run")
    return parser


if __name__ == "__main__":
    main()
