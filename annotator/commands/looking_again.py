"""The commands about answers that may be errors."""

import sys
from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import emit, progress_bar, say, show

SENTENCE = click.argument("sentence", metavar="SENTENCE")


@click.group("look-again", cls=Group)
def look_again() -> None:
    """Find the answers that a model finds most surprising, and ask about them again."""


@look_again.command()
@PROJECT
@click.option("--wait", is_flag=True, help="Show its progress until it has ended.")
@AS_PERSON
@AS_JSON
def start(project: Path, wait: bool, who: str | None) -> None:
    """Train five models on PROJECT's answers, each without a fifth of them, and ask each about that fifth."""
    from annotator.rounds.looking_again.look_again import (
        follow_look_again,
        look_again_state,
        promise_of,
        start_look_again,
    )

    with opened(project, who) as (store, actor):
        started = start_look_again(store, actor=actor)
        promised = promise_of(look_again_state(store, actor=actor))
        say(f"Looking again with the settings of round {started.name}: {promised}.")
        if wait:
            with progress_bar("Looking again") as progress:
                for state in follow_look_again(store, actor=actor):
                    progress(round(1000 * (state.looking.done if state.looking else 1)), 1000)
    if wait and not sys.stderr.isatty():
        click.echo("Looking again: ready", err=True)
    emit({"round": started.id, "ready": wait})


@look_again.command("list")
@PROJECT
@click.option("--limit", type=click.IntRange(1, MOST), default=50, show_default=True, help="How many to list.")
@AS_PERSON
@AS_JSON
def list_surprising(project: Path, limit: int, who: str | None) -> None:
    """List PROJECT's answers to which a model trained without them gives another label, the least likely first."""
    from annotator.commands.round_tables import surprises_table
    from annotator.rounds.looking_again.look_again import describe, look_again_state
    from annotator.rounds.looking_again.surprises import as_row, count_in_words, find_surprises, read_surprising

    with opened(project, who) as (store, actor):
        state = describe(look_again_state(store, actor=actor))
        chosen = find_surprises(store, actor=actor)
        listed = [] if chosen is None else read_surprising(store, chosen, chosen.rows[:limit], actor=actor)
    rows = [as_row(one) for one in listed]
    if state:
        say(state)
    say("No one has looked again yet; `whylight look-again start` does." if chosen is None else count_in_words(chosen))
    if rows:
        show(surprises_table(rows))
    emit({"round": chosen and chosen.round.id, "found": len(chosen or ()), "answers": rows})


@look_again.command()
@PROJECT
@AS_PERSON
@AS_JSON
def cancel(project: Path, who: str | None) -> None:
    """Cancel the look that is in progress on PROJECT; the result of an earlier one stays."""
    from annotator.rounds.looking_again.look_again import cancel_look_again

    with opened(project, who) as (store, actor):
        cancel_look_again(store, actor=actor)
    say("Looking again was cancelled.")
    emit({})


@look_again.command()
@PROJECT
@SENTENCE
@AS_PERSON
@AS_JSON
def ask(project: Path, sentence: str, who: str | None) -> None:
    """Reopen SENTENCE of PROJECT, named by its id, for a new decision on the page Review."""
    _ask(project, sentence, True, who)


@look_again.command()
@PROJECT
@SENTENCE
@AS_PERSON
@AS_JSON
def withdraw(project: Path, sentence: str, who: str | None) -> None:
    """Take back that SENTENCE of PROJECT was reopened."""
    _ask(project, sentence, False, who)


def _ask(project: Path, sentence: str, asked: bool, who: str | None) -> None:
    from annotator.reviewing.asking_again import ask_again

    with opened(project, who) as (store, actor):
        changed = ask_again(store, sentence, asked=asked, actor=actor)
    done = "is under To settle on the page Review" if asked else "is no longer reopened"
    say(f"Sentence {sentence} {done}{'' if changed else ', as before'}.")
    emit({"sentence": sentence, "asked": asked, "changed": changed})
