"""The commands that remove the files of rounds."""

from dataclasses import asdict
from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, ROUND, opened, read_round_names
from annotator.commands.contradictions import Command
from annotator.commands.terminal import confirm, emit, say
from db.learning.round_records import round_name


@click.command("delete", cls=Command)
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


@click.command(cls=Command)
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
