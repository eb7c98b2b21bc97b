"""The commands about sets: searches that are saved under a name."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.filters import chosen_sentences, takes_filters
from annotator.commands.terminal import confirm, emit, say, show


@click.group("set", cls=Group)
def set_() -> None:
    """Save a search as a set, ask people to answer it next, and list, rename or delete sets."""


@set_.command()
@PROJECT
@click.argument("name")
@takes_filters
@AS_PERSON
@AS_JSON
def save(project: Path, name: str, who: str | None, **asked: Any) -> None:
    """Save the sentences of PROJECT that the options choose now as the set NAME."""
    from annotator.project.sets import save_set
    from annotator.wording import counted

    with opened(project, who) as (store, actor):
        chosen, given = chosen_sentences(store, asked, actor)
        saved = save_set(store, name, chosen, given, actor=actor)
    say(f"Saved {counted(saved.sentences, 'sentence')} as “{saved.name}”.")
    emit({"set": saved.name, "sentences": saved.sentences})


@set_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_all(project: Path, who: str | None) -> None:
    """List the sets of PROJECT: how many sentences each has, how many are answered, and who is asked for it."""
    from annotator.commands.tables import sets_table
    from annotator.project.sets import list_sets

    with opened(project, who) as (store, actor):
        sets = list_sets(store, actor=actor)
    show(sets_table(sets) if sets else "There are no sets yet.")
    emit({"sets": [asdict(one) | {"left": one.left} for one in sets]})


@set_.command()
@PROJECT
@click.argument("name")
@click.argument("new_name")
@AS_PERSON
@AS_JSON
def rename(project: Path, name: str, new_name: str, who: str | None) -> None:
    """Give the set NAME of PROJECT another name."""
    from annotator.project.sets import rename_set

    with opened(project, who) as (store, actor):
        new_name = rename_set(store, name, new_name, actor=actor)
    say(f"The set is now called “{new_name}”.")
    emit({"set": new_name})


@set_.command()
@PROJECT
@click.argument("name")
@click.option("--yes", is_flag=True, help="Delete without asking.")
@AS_PERSON
@AS_JSON
def delete(project: Path, name: str, yes: bool, who: str | None) -> None:
    """Delete the set NAME of PROJECT; its sentences and their answers stay."""
    from annotator.project.sets import delete_set

    with opened(project, who) as (store, actor):
        if not yes:
            confirm(f"Delete the set “{name}”? Its sentences and their answers stay.")
        deleted = delete_set(store, name, actor=actor)
    say(f"Deleted the set “{deleted}”; its sentences and their answers stay.")
    emit({"set": deleted})


@set_.command()
@PROJECT
@click.argument("name")
@click.option(
    "--of", "people", multiple=True, metavar="PERSON", help="Ask this person only; can be given several times."
)
@AS_PERSON
@AS_JSON
def ask(project: Path, name: str, people: tuple[str, ...], who: str | None) -> None:
    """Ask everybody, or only those whom --of names, to answer the set NAME of PROJECT next."""
    from annotator.answering.asking_next import ask_next
    from annotator.wording import counted

    with opened(project, who) as (store, actor):
        asked = ask_next(store, name, people, actor=actor)
    number = counted(asked.sentences, f"sentence of “{asked.name}” comes", f"sentences of “{asked.name}” come")
    say(f"{number} next for {', '.join(asked.people) or 'everybody'}.")
    if asked.left_out:
        one = "does not: it is in dev or test, shares a text with one that is, or has its answers"
        several = "do not: they are in dev or test, share a text with one that is, or have their answers"
        say(f"{counted(asked.left_out, one, several)}.")
    emit({"set": asked.name, "sentences": asked.sentences, "left_out": asked.left_out, "of": asked.people})


@set_.command("take-back")
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def take_back_request(project: Path, name: str, who: str | None) -> None:
    """Ask no one for the set NAME of PROJECT any more."""
    from annotator.answering.asking_next import take_back

    with opened(project, who) as (store, actor):
        taken = take_back(store, name, actor=actor)
    say(f"No one is asked for “{taken}” any more.")
    emit({"set": taken})
