"""`python -m learner shards`: a pool outside any project, as Parquet shards that any number of processes score."""

import argparse
import json
from collections.abc import Sequence
from functools import partial
from inspect import cleandoc
from pathlib import Path

from learner.acquisition_names import DEFAULT_ACQUISITION, KNOWN, current_name
from learner.commands.arguments import Parser, add_device, add_json, add_vectors_in, positive
from learner.commands.terminal import say, say_remark, sentences, show_figures
from learner.data.example import Example, read_examples
from learner.data.jsonlines import write_lines
from learner.data.suffixes import contradiction
from learner.errors import ArgumentError
from learner.shards.build import DEFAULT_ROWS, build_shards, whole_windows
from learner.shards.engines import ENGINES, PROCESSES, RAY, engine_called
from learner.shards.many import Part, score_shards
from learner.shards.score import Scoring
from learner.shards.shard import WINDOW


def add_arguments(parser: Parser) -> None:
    """Add the three steps."""
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=Parser)
    for name, (add, step) in _STEPS.items():
        description = cleandoc(step.__doc__ or "")
        add(steps.add_parser(name, help=description.partition("\n")[0], description=description))


def run(given: argparse.Namespace) -> None:
    """Build shards of a pool, score them anywhere, and choose the head of the queue out of all."""
    _STEPS[given.step][1](given)


def _add_build(parser: Parser) -> None:
    kinds = "what `predict` reads: JSON lines, CSV (.gz packs them), Parquet, a folder of datasets, other tools' files"
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help=kinds)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder for the shards")
    parser.add_argument(
        "--rows", type=positive, default=DEFAULT_ROWS, metavar="N", help=f"rows of a shard, in steps of {WINDOW:,}"
    )
    add_json(parser)


def _build(given: argparse.Namespace) -> None:
    """Write the sentences of each FILE as Parquet shards, in one pass.

    The shards are named by their content. Labels and marks are left out.
    """
    rows = whole_windows(given.rows)
    if rows != given.rows:
        say_remark(f"A shard has {rows:,} rows instead of {given.rows:,}: whole windows of {WINDOW:,}.")
    built = build_shards(
        given.files,
        given.out,
        rows=rows,
        remark=say_remark,
        report=lambda shard, total: say_remark(f"{shard.name}: {sentences(total)} so far"),
    )
    show_figures(f"wrote {given.out.name}", built._asdict(), as_json=given.as_json)


def _add_score(parser: Parser) -> None:
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="a checkpoint")
    parser.add_argument("shards", type=Path, metavar="DIR", help="a folder of shards")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR2", help="a folder for the scores")
    parser.add_argument(
        "--jobs", type=positive, metavar="N", help="how many at a time (default: one per core, or per GPU)"
    )
    parser.add_argument("--engine", choices=ENGINES, default=PROCESSES, help="what runs the scoring")
    parser.add_argument(
        "--ray-address",
        metavar="ADDRESS",
        help="the Ray cluster, as HOST:PORT or auto (default: RAY_ADDRESS, or one of this machine alone)",
    )
    parser.add_argument("--shard", metavar="i/N", help="only every N-th shard, from the i-th: 1/N to N/N are all")
    parser.add_argument("--embedding", action="store_true", help="also write 64 projections of the mean word vector")
    add_vectors_in(parser)
    add_device(parser)
    add_json(parser)


def _score(given: argparse.Namespace) -> None:
    """Write probabilities and saliency for each shard in DIR, by the checkpoint, a file per shard.

    Finished shards are left as they are, if shard and checkpoint are the same: stopped at any time, the same command
    continues. A process that torchrun started takes its own part of the shards.
    """
    from learner.device import choose_device
    from learner.training.process_group import group_of_environment

    group = group_of_environment()
    if given.shard is not None and group.size > 1:
        raise ArgumentError("--shard: torchrun gives each process its part already; leave --shard out")
    part = Part(group.rank + 1, group.size) if given.shard is None else _part(given.shard)
    if given.engine == RAY and group.size > 1:
        raise ArgumentError("--engine ray: torchrun gives each process its part already; use one of the two")
    engine = engine_called(given.engine, ray_address=given.ray_address)
    jobs = given.jobs or (1 if group.size > 1 else None)
    scoring = Scoring(given.embedding, choose_device(given.device).type, given.vectors_in)
    rows = scored = finished = 0
    for now in score_shards(
        given.checkpoint, given.shards, given.out, scoring=scoring, part=part, jobs=jobs, engine=engine
    ):
        rows, finished = rows + now.shard.rows, finished + now.shard.was_finished
        scored += not now.shard.was_finished
        how = "finished before" if now.shard.was_finished else sentences(now.shard.rows)
        say_remark(f"{now.done}/{now.of}, {now.minutes_left} min left: {now.shard.name}, {how}")
    figures = {"scored": scored, "finished_before": finished, "sentences": rows}
    show_figures(f"part {part.number} of {part.of} is in {given.out.name}", figures, as_json=given.as_json)


def _part(text: str) -> Part:
    try:
        return Part.parse(text)
    except ValueError as error:
        raise ArgumentError(f"--shard: {error}") from error


def _add_head(parser: Parser) -> None:
    parser.add_argument("scores", type=Path, metavar="DIR2", help="a folder of scores")
    known = f"{', '.join(KNOWN)}, or a mix such as 0.7*margin+0.3*typical"
    parser.add_argument("--acquisition", default=DEFAULT_ACQUISITION, metavar="NAME", help=known.replace("%", "%%"))
    parser.add_argument("--size", type=positive, default=500, metavar="N", help="how many sentences")
    parser.add_argument("--random-share", type=_share, default=0.2, metavar="S", help="part drawn at random, 0 to 1")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another one draws other sentences")
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSON lines to write instead of printing, gzip if .gz")
    parser.add_argument("--answered", type=Path, metavar="FILE", help="answered sentences, for what looks at them")
    parser.add_argument("--shards", type=Path, metavar="DIR", help="where the shards are, if they were moved")
    parser.add_argument("--checkpoint", type=Path, metavar="DIR", help="where the checkpoint is, if it was moved")
    add_vectors_in(parser)
    add_device(parser)


def _head(given: argparse.Namespace) -> None:
    """Print the sentences to ask about first, out of all shards, as JSON lines.

    They are the same for any number of shards and processes.
    """
    from learner.shards.head import Asked, Scores, choose_head, load_model

    if given.out is not None and (problem := contradiction(given.out, "JSON lines")):
        raise ArgumentError(problem)
    scores = Scores.of(given.scores, shards_in=given.shards)
    asked = Asked(given.size, current_name(given.acquisition), given.random_share, given.seed)
    head = choose_head(
        scores,
        asked,
        load=partial(load_model, scores.plan, given.checkpoint, device=given.device, vectors_in=given.vectors_in),
        answered=_answered(given.answered, scores.labels),
    )
    if given.out is not None:
        write_lines(given.out, head)
        return
    for record in head:
        say(json.dumps(record, ensure_ascii=False))


def _answered(file: Path | None, labels: Sequence[str]) -> Sequence[Example]:
    return () if file is None else read_examples(file, labels=labels, remark=say_remark).examples


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected a number from 0 to 1")
    return share


_STEPS = {"build": (_add_build, _build), "score": (_add_score, _score), "head": (_add_head, _head)}
