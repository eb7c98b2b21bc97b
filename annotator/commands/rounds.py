"""The commands about rounds."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, ROUND, opened, read_round_names
from annotator.commands.terminal import confirm, emit, progress_bar, say, show
from db.records import round_name
from learner.acquisition_names import DEFAULT_ACQUISITION, KNOWN
from learner.loss_names import RECOMMENDED
from learner.registry import names

if TYPE_CHECKING:
    from db.records import Round
    from db.store import Store


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


@click.group("round")
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
        ended = _follow(store, started.id) if wait else started
    _report(ended, waited=wait)


@round_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_rounds(project: Path, who: str | None) -> None:
    """List PROJECT's rounds, newest first."""
    from annotator.commands.tables import rounds_table
    from annotator.rounds.rest import describe, rest_of_pool
    from annotator.rounds.start import rounds_overview
    from annotator.wording import straddling_notes

    with opened(project, who) as (store, actor):
        now = rounds_overview(store, actor=actor)
        rest = rest_of_pool(store, now.serving_round)
    listed = now.rounds
    show(rounds_table(listed) if listed else "No rounds yet; `whylight round start` starts the first.")
    for shown in listed:
        for note in straddling_notes(shown):
            say(f"Round {shown.id}: {note}")
    if rest is not None:
        say(describe(rest))
    emit({"rounds": [asdict(shown) for shown in listed], "reading": None if rest is None else asdict(rest)})


@round_.command("show")
@PROJECT
@ROUND
@AS_PERSON
@AS_JSON
def show_one(project: Path, number: int, who: str | None) -> None:
    """Show all that is known about a ROUND of PROJECT: 6, or 6-twin."""
    from annotator.rounds.start import all_rounds
    from db import rounds

    with opened(project, who) as (store, actor):
        all_rounds(store, actor=actor)
        shown = rounds.read(store, number)
    _show(shown)
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


@round_.command("twin")
@PROJECT
@ROUND
@click.option("--wait", is_flag=True, help="Show its progress until it has ended.")
@AS_PERSON
@AS_JSON
def twin(project: Path, number: int, wait: bool, who: str | None) -> None:
    """Train a ROUND of PROJECT once more without the marks, to show what they bought."""
    from annotator.rounds.start import start_twin

    with opened(project, who) as (store, actor):
        started = start_twin(store, number, actor=actor)
        say(f"The twin of round {number} {'waits its turn' if started.is_waiting else 'has started'}.")
        ended = _follow(store, started.id) if wait else started
    _report(ended, waited=wait)


@round_.command("rebuild")
@PROJECT
@ROUND
@click.option("--out", type=click.Path(path_type=Path), help="Write the checkpoint to this new directory.")
@AS_PERSON
@AS_JSON
def rebuild(project: Path, number: int, out: Path | None, who: str | None) -> None:
    """Train a ROUND of PROJECT again and say whether it is the same model, bit for bit."""
    from annotator.rounds.rebuild import rebuild_round

    with opened(project, who) as (store, actor):
        rebuilt = rebuild_round(store, number, actor=actor, out=out)
    same = "is the same, bit for bit" if rebuilt.is_same else "differs from the one that was saved"
    say(f"The checkpoint of round {rebuilt.round} {same} (SHA-256 {rebuilt.checkpoint_hash[:12]}…).")
    if not rebuilt.is_same:
        say("Another machine, another torch or other packages round differently.")
    emit(asdict(rebuilt))


@round_.command("checkpoint")
@PROJECT
@ROUND
@click.argument("directory", type=click.Path(path_type=Path))
@AS_PERSON
@AS_JSON
def checkpoint(project: Path, number: int, directory: Path, who: str | None) -> None:
    """Copy the checkpoint of a ROUND of PROJECT to a new DIRECTORY, for `python -m learner predict`."""
    from annotator.rounds.checkpoints import copy_checkpoint

    with opened(project, who) as (store, actor):
        copy_checkpoint(store, number, directory, actor=actor)
    say(f"The checkpoint is in {directory}.")
    emit({"round": number, "checkpoint": str(directory)})


@round_.command("predict")
@PROJECT
@ROUND
@click.argument("texts", metavar="TEXT...", nargs=-1, required=True)
@click.option("--query", help="The query of the sentences, for a model that reads one.")
@AS_PERSON
@AS_JSON
def predict(project: Path, number: int, texts: tuple[str, ...], query: str | None, who: str | None) -> None:
    """Predict each TEXT with a ROUND of PROJECT, and show the words that speak for the label."""
    from annotator.commands.tables import predictions_table
    from annotator.rounds.checkpoints import predict_texts

    with opened(project, who) as (store, actor):
        predicted = predict_texts(store, number, texts, query=query, actor=actor)
    show(predictions_table(predicted))
    emit({"predictions": [asdict(one) for one in predicted]})


@round_.command("delete")
@PROJECT
@ROUND
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@AS_PERSON
@AS_JSON
def delete(project: Path, number: int, yes: bool, who: str | None) -> None:
    """Remove all files of a ROUND of PROJECT and of its twin, and show it no longer; its record stays.

    The round that serves cannot be deleted.
    """
    from annotator.care.freeing import delete_round
    from annotator.wording import in_bytes

    with opened(project, who) as (store, actor):
        if not yes:
            confirm(f"Remove all files of round {round_name(number)}?")
        freed = delete_round(store, number, actor=actor)
    say(f"Deleted round {round_name(number)} ({in_bytes(freed.bytes)}); its record stays.")
    emit(asdict(freed))


@round_.command()
@PROJECT
@click.argument("numbers", metavar="[ROUND]...", callback=read_round_names, nargs=-1)
@click.option(
    "--keep", type=click.IntRange(0, MOST), help="Instead of numbers: all but this many of the newest ready ones."
)
@click.option("--vectors", is_flag=True, help="Instead of rounds: the vectors that an encoder read.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@AS_PERSON
@AS_JSON
def free(project: Path, numbers: tuple[int, ...], keep: int | None, vectors: bool, yes: bool, who: str | None) -> None:
    """Remove the checkpoints and saliency of these ROUNDs of PROJECT and keep their records.

    The round that serves always stays. With --vectors, remove what an encoder has read instead: the next round that
    needs it reads the sentences again.
    """
    if [bool(numbers), keep is not None, vectors].count(True) != 1:
        raise click.UsageError("Give either the numbers of rounds, --keep or --vectors.")
    if vectors:
        _free_vectors(project, yes=yes, who=who)
    else:
        _free_rounds(project, numbers, keep, yes=yes, who=who)


def _free_vectors(project: Path, *, yes: bool, who: str | None) -> None:
    from annotator.care.freeing import free_vectors, measure_vectors
    from annotator.wording import in_bytes

    with opened(project, who) as (store, actor):
        size = measure_vectors(store)
        if size and not yes:
            confirm(f"Remove the vectors of all sentences ({in_bytes(size)}), which the next round reads again?")
        freed = free_vectors(store, actor=actor)
    say(f"Freed {in_bytes(freed)}; the next round reads the sentences again." if freed else "There is nothing to free.")
    emit({"vectors": freed})


def _free_rounds(project: Path, numbers: tuple[int, ...], keep: int | None, *, yes: bool, who: str | None) -> None:
    from annotator.care.freeing import free_rounds, freeable, measure
    from annotator.wording import in_bytes

    with opened(project, who) as (store, actor):
        chosen = numbers or [old.id for old in freeable(store, keep=keep or 0)]
        gain = measure(store, chosen)
        if gain and not yes:
            named = ", ".join(round_name(part.round) for part in gain)
            confirm(f"Remove the checkpoints of {named} ({in_bytes(sum(part.bytes for part in gain))})?")
        freed = free_rounds(store, chosen, actor=actor)
    for part in freed:
        say(f"Round {round_name(part.round)}: freed {in_bytes(part.bytes)}; its record stays.")
    if not freed:
        say("There is nothing to free.")
    emit({"freed": [asdict(part) for part in freed]})


def _show(shown: "Round") -> None:
    """Print all that is known about a round, and what a reader of its figures should know."""
    from annotator.commands.tables import round_table
    from annotator.wording import round_notes

    show(round_table(shown))
    for note in round_notes(shown):
        say(note)


def _report(started: "Round", *, waited: bool) -> None:
    """Print a round that was started; if it was waited for, raise RoundFailed unless it is ready."""
    from annotator.rounds.start import check_ready

    if started.state == "ready":
        _show(started)
    emit(asdict(started))
    if waited:
        check_ready(started)


def _follow(store: "Store", number: int) -> "Round":
    """Show the round's progress until it has ended: a bar on a terminal, a line per state elsewhere."""
    from annotator.rounds.start import follow_round

    doing, note = "", ""
    with progress_bar("Round") as progress:
        for now, rows in follow_round(store, number):
            note = rows[-1].note if rows else note
            before, doing = doing, "reading" if note and now.state == "training" else now.state
            if doing != before and not sys.stderr.isatty():
                click.echo(f"Round {number}: {doing}", err=True)
            if rows:
                progress(rows[-1].step, rows[-1].steps_total)
    return now
