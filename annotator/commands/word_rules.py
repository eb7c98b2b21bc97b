"""The commands about words that must not matter anywhere."""

from dataclasses import asdict
from pathlib import Path

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, PROJECT, opened
from annotator.commands.contradictions import Group
from annotator.commands.terminal import emit, say


@click.group("word-rule", cls=Group)
def word_rule() -> None:
    """Name words that must not matter in any sentence, list them, or withdraw one."""


@word_rule.command()
@PROJECT
@click.argument("word")
@AS_PERSON
@AS_JSON
def add(project: Path, word: str, who: str | None) -> None:
    """Make the rule that WORD must not matter anywhere in PROJECT; rounds that start from now on learn it."""
    from annotator.project.word_rules import add_rule

    with opened(project, who) as (store, actor):
        added = add_rule(store, word, actor=actor)
    say(f"{added} must not matter anywhere; rounds that start from now on learn to look away from it.")
    emit({"word": added, "applies": True})


@word_rule.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_words(project: Path, who: str | None) -> None:
    """List the words that must not matter in PROJECT, with who made each rule and when."""
    from annotator.project.word_rules import list_rules
    from annotator.wording import clock

    with opened(project, who) as (store, actor):
        rules = list_rules(store, actor=actor)
    for rule in rules:
        say(f"{rule.word} · {rule.person or 'command line'}, {clock(rule.at_ms)}")
    if not rules:
        say("No word has a rule.")
    emit({"rules": [asdict(rule) for rule in rules]})


@word_rule.command()
@PROJECT
@click.argument("word")
@AS_PERSON
@AS_JSON
def withdraw(project: Path, word: str, who: str | None) -> None:
    """Withdraw the rule for WORD of PROJECT; earlier rounds stay as they are."""
    from annotator.project.word_rules import withdraw_rule

    with opened(project, who) as (store, actor):
        withdrawn = withdraw_rule(store, word, actor=actor)
    say(f"{withdrawn} may matter again in rounds that start from now on.")
    emit({"word": withdrawn, "applies": False})
