"""`python -m learner reproduce`: the paper's tables, on sets that anyone can have."""

from pathlib import Path

import click

from learner import registry
from learner.errors import LearnerError

_ALL = "all"
_SETS = ("litbank", "hatexplain", "hatexplain-3", "cbt_ne")


@click.command()
@click.option("--data", "folder", type=click.Path(path_type=Path), required=True, metavar="PATH", help="Of the sets.")
@click.option("--sets", default=",".join(_SETS), show_default=True, help="With commas; or any NAME.jsonl there.")
@click.option("--losses", default="hinge", show_default=True, help="Those that teach, with commas; see train --loss.")
@click.option("--sizes", default=_ALL, show_default=True, help="Numbers of answered sentences, with commas; or all.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Models of each kind.")
@click.option("--vectors", help="glove-50d or a file of word vectors; random ones without it.")
@click.option("--steps", type=click.IntRange(1), help="Most steps of a training, for a try.")
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True, help="Models at a time, a thread each.")
@click.option("--device", default="auto", show_default=True, help="auto (CUDA, else CPU), cpu or cuda.")
@click.option("--out", type=click.Path(path_type=Path), default="reproduced", show_default=True, metavar="DIR")
def reproduce(
    folder: Path,
    sets: str,
    losses: str,
    sizes: str,
    seeds: int,
    vectors: str | None,
    steps: int | None,
    jobs: int,
    device: str,
    out: Path,
) -> None:
    """Repeat the paper's experiments: untaught and taught models, and its tables with its own figures beside ours.

    DIR gets tables (.md, .json) without a sentence of the data, sentences (.md, .json), and both as
    report.html. Stopped at any time and given again, the command goes on with the missing models.
    """
    from learner.device import choose_device
    from learner.reproduction.plan import Plan
    from learner.reproduction.report import write_report
    from learner.reproduction.running import run
    from learner.reproduction.sets import read_set

    taught = _listed(losses)
    for loss in taught:
        registry.check("loss", loss)
    plan = Plan(folder, _listed(sets), taught, _sizes(sizes), seeds, vectors, steps, str(choose_device(device)))
    read = {name: read_set(folder, name) for name in plan.sets}
    out.mkdir(parents=True, exist_ok=True)
    write_report(plan, run(plan, out, jobs=jobs), read, out)
    click.echo(f"wrote {out / 'tables.md'}, tables.json, sentences.md, sentences.json and report.html")


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _sizes(text: str) -> tuple[int | None, ...]:
    return tuple(None if part == _ALL else _size(part) for part in _listed(text))


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise LearnerError(f"--sizes: found {text!r}, expected a number of sentences from 1 on, or {_ALL}")
    return int(text)
