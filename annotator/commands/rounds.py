"""The commands that start rounds, show them, cancel them and let one serve."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, ROUND, opened
from annotator.commands.contradictions import Group
from annotator.commands.round_progress import follow, report_started, show_round
from annotator.commands.terminal import emit, say, show
from db.learning.round_records import round_name
from learner.acquisition_names import DEFAULT_ACQUISITION, KNOWN
from learner.loss_names import RECOMMENDED
from learner.registry import names

if TYPE_CHECKING:
    from annotator.rounds.measuring.measured import Measured

MOST_CHOSEN = 10_000
"""Sentences at the head of a queue: each has its saliency in the project."""


class _FirstSpellingShown(click.Option):
    """An option whose help shows its first spelling; the others are older ones that are still accepted."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option's line in the help."""
        spellings = self.opts
        self.opts = spellings[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = spellings


@click.group("round", cls=Group)
def round_() -> None:
    """Start rounds, show and compare them, choose which one serves, and free the disk of old ones."""


@round_.command("start")
@PROJECT
@click.option("--wait", is_flag=True, help="Show the round's progress until it has ended.")
@click.option("--loss", help=f"{', '.join(RECOMMENDED)}, or another sum; each model has its own default.")
@click.option(
    "--lambda",
    "--weight",
    "weight",
    cls=_FirstSpellingShown,
    type=float,
    help="λ, the weight of the saliency loss; each loss has its own default.",
)
@click.option("--seed", type=click.IntRange(0, MOST), default=0, show_default=True)
@click.option("--steps", type=click.IntRange(1, MOST), help="The maximum number of training steps.")
@click.option(
    "--encoder",
    default="auto",
    show_default=True,
    help="What reads the words: minilm, static, the directory of another pretrained encoder, or auto (minilm if it "
    "is installed, but static with --vectors or another package's model).",
)
@click.option(
    "--encoder-layer",
    type=click.IntRange(1, MOST),
    help="Read a pretrained encoder after this layer; the default is half of its layers.",
)
@click.option(
    "--model",
    default="auto",
    show_default=True,
    help=f"{', '.join(names('model'))}, or auto (the one that fits the encoder and the sentences).",
)
@click.option(
    "--vectors",
    default="auto",
    show_default=True,
    help="Of the static encoder: a vector file, glove-50d, random, or auto (glove-50d if it is installed).",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option(
    "--acquisition",
    default=DEFAULT_ACQUISITION,
    show_default=True,
    help=f"{', '.join(KNOWN)}, or a mix such as 0.7*margin+0.3*typical.",
)
@click.option(
    "--twin/--no-twin",
    default=True,
    show_default=True,
    help="Once the round serves, train the same without the marks, to show what they bought.",
)
@click.option("--random-share", type=float, default=0.2, show_default=True, help="The random share of the queue.")
@click.option(
    "--head",
    "queue_size",
    type=click.IntRange(1, MOST_CHOSEN),
    default=500,
    show_default=True,
    help="How many sentences the round puts at the head of the queue.",
)
@click.option(
    "--engine",
    type=click.Choice(["processes", "ray"]),
    help="What scores the shards of an attached pool: processes on this machine, the default, or a Ray cluster.",
)
@click.option(
    "--ray-address",
    metavar="ADDRESS",
    help="The Ray cluster, as HOST:PORT or auto; the default is RAY_ADDRESS, or one of this machine alone.",
)
@click.option(
    "--shared-folder",
    metavar="DIR",
    help="A folder that all machines of the Ray cluster find, for what they read and write while the round is at work; "
    "the default is next to the project.",
)
@click.option(
    "--pool-vectors",
    metavar="DIR",
    help="A folder, made if it is missing, to keep what a pretrained encoder reads of an attached pool, so that the "
    "next round reads only what is new there; about 20 GB for a million sentences of 25 words.",
)
@AS_PERSON
@AS_JSON
def start(project: Path, wait: bool, who: str | None, **choices: Any) -> None:
    """Train on PROJECT's answers, evaluate, score the pool and refill the queue.

    A pretrained encoder first reads each sentence, once.
    """
    from annotator.rounds.settings import RoundSettings
    from annotator.rounds.start import start_round

    with opened(project, who) as (store, actor):
        started = start_round(store, actor=actor, settings=RoundSettings(**choices))
        doing = "waits until the round at work has ended" if started.is_waiting else "has started"
        say(f"Round {started.id} {doing}; `whylight round show {project} {started.id}` shows its progress.")
        ended = follow(store, started.id) if wait else started
    report_started(ended, waited=wait)


@round_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_rounds(project: Path, who: str | None) -> None:
    """List PROJECT's rounds, newest first, each followed by its twin and its other seeds."""
    from annotator.commands.round_tables import rounds_table
    from annotator.rounds import listing
    from annotator.rounds.learning.rest import describe, rest_of_pool
    from annotator.rounds.measuring.measured import measure_round
    from annotator.rounds.overview import rounds_overview
    from annotator.wording import straddling_notes

    with opened(project, who) as (store, actor):
        now = rounds_overview(store, actor=actor)
        rest = rest_of_pool(store, now.serving_round)
        known = {one.id: one for one in now.every}
        measured = {number: measure_round(store, one) for number, one in known.items() if one.state == "ready"}
    rows = listing.list_rounds(now, measured)
    if not rows:
        say("No rounds yet; `whylight round start` starts the first.")
    else:
        show(rounds_table(rows, known, serving=now.serving))
        say(listing.LEGEND)
    for shown in now.rounds:
        for note in straddling_notes(shown):
            say(f"Round {shown.id}: {note}")
    if rest is not None:
        say(describe(rest))
    listed = [asdict(known[row.number]) | {"measured": _facts_of(measured.get(row.number))} for row in rows]
    emit({"rounds": listed, "reading": None if rest is None else asdict(rest)})


def _facts_of(measured: "Measured | None") -> dict[str, Any] | None:
    """Return the sentences that a round was measured on, and its figures with their intervals."""
    if measured is None:
        return None
    figures = {name: asdict(estimate) for name, estimate in measured.estimates.items() if estimate is not None}
    return {"split": measured.split, "sentences": measured.sentences, "figures": figures}


@round_.command("show")
@PROJECT
@ROUND
@AS_PERSON
@AS_JSON
def show_one(project: Path, number: int, who: str | None) -> None:
    """Show all that is known about a ROUND of PROJECT: 6, or 6-twin."""
    from annotator.rounds.overview import all_rounds
    from db.learning import rounds

    with opened(project, who) as (store, actor):
        all_rounds(store, actor=actor)
        shown = rounds.read(store, number)
    show_round(shown)
    emit(asdict(shown))


@round_.command("cancel")
@PROJECT
@ROUND
@AS_PERSON
@AS_JSON
def cancel(project: Path, number: int, who: str | None) -> None:
    """Ask a ROUND of PROJECT to stop at its next step; one that waits for its turn never begins."""
    from annotator.rounds.start import cancel_round

    with opened(project, who) as (store, actor):
        cancel_round(store, number, actor=actor)
    say(f"Round {round_name(number)} will stop at its next step.")
    emit({"round": number})


@round_.command("serve")
@PROJECT
@ROUND
@AS_PERSON
@AS_JSON
def serve(project: Path, number: int, who: str | None) -> None:
    """Let an earlier ROUND of PROJECT serve: it shades the next sentences, and its queue comes next."""
    from annotator.rounds.serve import serve_round

    with opened(project, who) as (store, actor):
        served = serve_round(store, number, actor=actor)
    say(f"Round {served.name} serves from now on.")
    emit({"round": served.id})
