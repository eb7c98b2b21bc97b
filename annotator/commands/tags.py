"""The commands about tags: short words on sentences."""

from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.filters import chosen_sentences, takes_filters
from annotator.commands.terminal import emit, say


@click.group("tag", cls=Group)
def tag_() -> None:
    """Tag the sentences that a search finds, remove a tag from them, or list the tags."""


@tag_.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_tags(project: Path, who: str | None) -> None:
    """List the tags of PROJECT, with how many sentences have each."""
    from annotator.project.tags import count_tags

    with opened(project, who) as (store, actor):
        counts = count_tags(store, actor=actor)
    for tag, number in counts.items():
        say(f"{tag} · {number}")
    if not counts:
        say("No sentence has a tag.")
    emit({"tags": counts})


@tag_.command()
@PROJECT
@click.argument("word")
@takes_filters
@AS_PERSON
@AS_JSON
def add(project: Path, word: str, who: str | None, **asked: Any) -> None:
    """Give the tag WORD to the sentences of PROJECT that the options choose."""
    from annotator.project.tags import tag_found
    from annotator.wording import counted

    with opened(project, who) as (store, actor):
        chosen, _ = chosen_sentences(store, asked, actor)
        done = tag_found(store, word, chosen, actor=actor)
    say(f"Tagged {counted(done.sentences, 'sentence')} “{done.tag}”; {done.had_it} already had the tag.")
    emit({"tag": done.tag, "sentences": done.sentences, "had_it": done.had_it})


@tag_.command()
@PROJECT
@click.argument("word")
@takes_filters
@AS_PERSON
@AS_JSON
def remove(project: Path, word: str, who: str | None, **asked: Any) -> None:
    """Remove the tag WORD from the sentences of PROJECT that the options choose."""
    from annotator.project.tags import untag_found
    from annotator.wording import counted

    with opened(project, who) as (store, actor):
        chosen, _ = chosen_sentences(store, asked, actor)
        removed = untag_found(store, word, chosen, actor=actor)
    say(f"Removed the tag from {counted(removed, 'sentence')}.")
    emit({"tag": word, "sentences": removed})
