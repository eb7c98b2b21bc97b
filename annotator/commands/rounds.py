"""The commands about rounds."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, NUMBER, PROJECT
from annotator.commands.terminal import confirm, emit, follow, say, show, show_round
from learner.loss_names import DEFAULT_LOSS, RECOMMENDED


class _FirstSpellingShown(click.Option):
    """An option whose help shows its first spelling; the others are older ones that are still taken."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what the help says of the option."""
        spellings = self.opts
        self.opts = spellings[:1]
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts = spellings


@click.group("round")
def round_() -> None:
    """Start rounds, look at them, and free the disk of old ones."""


@round_.command("start")
@PROJECT
@click.option("--wait", is_flag=True, help="Follow the round until it has ended.")
@click.option("--loss", default=DEFAULT_LOSS, show_default=True, help=f"{', '.join(RECOMMENDED)}, or another sum.")
@click.option(
    "--lambda",
    "--weight",
    "weight",
    cls=_FirstSpellingShown,
    type=float,
    help="λ, the weight of the saliency loss; by default the loss's own.",
)
@click.option("--seed", type=click.IntRange(0, MOST), default=0, show_default=True)
@click.option("--steps", type=click.IntRange(1, MOST), help="The most training steps.")
@click.option(
    "--vectors",
    default="auto",
    show_default=True,
    help="A vector file, glove-50d, random, or auto (glove-50d if there).",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--acquisition", default="uncertainty", show_default=True, help="uncertainty or random.")
@click.option("--random-share", type=float, default=0.2, show_default=True, help="The random part of the queue.")
@AS_PERSON
@AS_JSON
def start(project: Path, wait: bool, who: str | None, as_json: bool, **choices: Any) -> None:
    """Train on PROJECT's answers, evaluate, score the pool and refill the queue."""
    from annotator.project.people import acting_person
    from annotator.rounds.start import RoundSettings, check_ready, start_round
    from db.store import Store

    with Store.open(project) as store:
        started = start_round(store, actor=acting_person(store, who), settings=RoundSettings(**choices))
        say(f"Round {started.id} has started; `whylight round show {project} {started.id}` tells how it stands.")
        ended = follow(store, started.id) if wait else started
    if ended.state == "ready":
        show_round(ended)
    emit(as_json, asdict(ended))
    if wait:
        check_ready(ended)


@round_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_rounds(project: Path, who: str | None, as_json: bool) -> None:
    """List PROJECT's rounds, newest first."""
    from annotator.commands.tables import rounds_table
    from annotator.project.people import acting_person
    from annotator.rounds.start import all_rounds
    from annotator.wording import straddling_notes
    from db.store import Store

    with Store.open(project) as store:
        everything = all_rounds(store, actor=acting_person(store, who))
    show(rounds_table(everything) if everything else "No rounds yet; `whylight round start` makes the first.")
    for each in everything:
        for note in straddling_notes(each):
            say(f"Round {each.id}: {note}")
    emit(as_json, {"rounds": [asdict(each) for each in everything]})


@round_.command("show")
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def show_one(project: Path, number: int, who: str | None, as_json: bool) -> None:
    """Show all that is known of round NUMBER of PROJECT."""
    from annotator.project.people import acting_person
    from annotator.rounds.start import all_rounds
    from db import rounds
    from db.store import Store

    with Store.open(project) as store:
        all_rounds(store, actor=acting_person(store, who))
        shown = rounds.read(store, number)
    show_round(shown)
    emit(as_json, asdict(shown))


@round_.command("cancel")
@PROJECT
@NUMBER
@AS_PERSON
@AS_JSON
def cancel(project: Path, number: int, who: str | None, as_json: bool) -> None:
    """Ask round NUMBER of PROJECT to stop at its next step."""
    from annotator.project.people import acting_person
    from annotator.rounds.start import cancel_round
    from db.store import Store

    with Store.open(project) as store:
        cancel_round(store, number, actor=acting_person(store, who))
    say(f"Round {number} will stop at its next step.")
    emit(as_json, {"round": number})


@round_.command()
@PROJECT
@click.argument("numbers", metavar="[NUMBER]...", type=click.IntRange(1, MOST), nargs=-1)
@click.option(
    "--keep", type=click.IntRange(0, MOST), help="Instead of numbers: all but so many of the newest ready ones."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@AS_PERSON
@AS_JSON
def free(project: Path, numbers: tuple[int, ...], keep: int | None, yes: bool, who: str | None, as_json: bool) -> None:
    """Remove the checkpoints and saliency of PROJECT's rounds NUMBER and keep their records.

    The round that serves always stays.
    """
    from annotator.care.freeing import free_rounds, freeable, measure
    from annotator.project.people import acting_person
    from annotator.wording import in_bytes
    from db.store import Store

    if bool(numbers) == (keep is not None):
        raise click.UsageError("Give the numbers of rounds, or --keep, and not both.")
    with Store.open(project) as store:
        actor = acting_person(store, who)
        chosen = numbers or [each.id for each in freeable(store, keep=keep or 0)]
        gain = measure(store, chosen)
        if gain and not yes:
            named = ", ".join(str(each.round) for each in gain)
            confirm(f"Remove the checkpoints of {named} ({in_bytes(sum(each.bytes for each in gain))})?")
        freed = free_rounds(store, chosen, actor=actor)
    for each in freed:
        say(f"Round {each.round}: freed {in_bytes(each.bytes)}; its record stays.")
    if not freed:
        say("There is nothing to free.")
    emit(as_json, {"freed": [asdict(each) for each in freed]})
