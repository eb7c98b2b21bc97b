"""The commands about a project's people, and about what they did and hold."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened
from annotator.commands.contradictions import Command, Group
from annotator.commands.terminal import emit, say, show


@click.group(cls=Group)
def person() -> None:
    """Add people, and change what they may do."""


@person.command()
@PROJECT
@click.argument("name")
@click.option("--role", type=click.Choice(["annotator", "researcher", "admin"]), default="annotator", show_default=True)
@AS_PERSON
@AS_JSON
def add(project: Path, name: str, role: Any, who: str | None) -> None:
    """Let NAME sign in to PROJECT."""
    from annotator.project.people import add_person

    with opened(project, who) as (store, actor):
        added = add_person(store, name, role=role, actor=actor)
    say(f"Added {added.name}, {added.role}.")
    emit(asdict(added))


@person.command()
@PROJECT
@click.argument("name")
@click.argument("role", type=click.Choice(["annotator", "researcher", "admin"]))
@AS_PERSON
@AS_JSON
def role(project: Path, name: str, role: Any, who: str | None) -> None:
    """Give NAME of PROJECT the role ROLE."""
    from annotator.project.people import set_role

    with opened(project, who) as (store, actor):
        changed = set_role(store, name, role, actor=actor)
    say(f"{changed.name} is now {changed.role}.")
    emit(asdict(changed))


@person.command()
@PROJECT
@click.argument("name")
@click.option("--issuer", required=True, help="The identity provider, as it names itself (the claim iss).")
@click.option("--subject", required=True, help="The person, as the provider names them (the claim sub).")
@AS_PERSON
@AS_JSON
def link(project: Path, name: str, issuer: str, subject: str, who: str | None) -> None:
    """Let NAME sign in to PROJECT through their identity provider."""
    from annotator.project.people import link_identity

    with opened(project, who) as (store, actor):
        linked = link_identity(store, name, issuer, subject, actor=actor)
    say(f"{linked.name} signs in as {subject} of {issuer}.")
    emit(asdict(linked))


@person.command()
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def deactivate(project: Path, name: str, who: str | None) -> None:
    """Stop NAME from signing in to PROJECT and from answering; what they did stays."""
    _set_active(project, name, False, who)


@person.command()
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def activate(project: Path, name: str, who: str | None) -> None:
    """Let NAME sign in to PROJECT and answer again."""
    _set_active(project, name, True, who)


@person.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_people(project: Path, who: str | None) -> None:
    """List PROJECT's people."""
    from annotator.commands.tables import people_table
    from annotator.project.permissions import check_may_act
    from db.team import people

    with opened(project, who) as (store, actor):
        check_may_act(store, actor, least="admin")
        members = people.all_of(store)
    show(people_table(members) if members else "No people yet; signing in adds them, and so does `person add`.")
    emit({"people": [asdict(member) for member in members]})


@person.command()
@PROJECT
@AS_PERSON
@AS_JSON
def figures(project: Path, who: str | None) -> None:
    """Show who of PROJECT is fast, who marks much, and who differs from others and from the model."""
    from annotator.commands.tables import listing
    from annotator.reviewing.people_figures import ABOUT, HEAD, figures_of_people, rows_of

    with opened(project, who) as (store, actor):
        found = figures_of_people(store, actor=actor)
    if found:
        show(listing(HEAD, rows_of(found)))
    say(ABOUT if found else "No one has answered yet.")
    emit({"people": [asdict(one) for one in found]})


@click.command(cls=Command)
@PROJECT
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="How many lines.")
@click.option("--before", type=click.IntRange(1, MOST), help="Only lines with a lower number, to go further back.")
@AS_PERSON
@AS_JSON
def audit(project: Path, limit: int, before: int | None, who: str | None) -> None:
    """Show who did what in PROJECT, newest first."""
    from annotator.commands.tables import audit_table
    from annotator.reviewing.history import audit_log

    with opened(project, who) as (store, actor):
        rows = audit_log(store, limit, before=before, actor=actor)
    show(audit_table(rows))
    emit({"audit": [asdict(row) for row in rows]})


@click.command(cls=Command)
@PROJECT
@click.argument("sentence")
@AS_PERSON
@AS_JSON
def history(project: Path, sentence: str, who: str | None) -> None:
    """Show all that happened to one SENTENCE of PROJECT, named by its id in the imported file."""
    from annotator.commands.tables import history_table
    from annotator.reviewing.history import removal_of, removed_in_words, sentence_history

    with opened(project, who) as (store, actor):
        removal = removal_of(store, sentence, actor=actor)
        if removal is not None:
            say(removed_in_words(removal))
            emit({"id": sentence, "removed": {name: asdict(removal)[name] for name in ("person", "reason", "at_ms")}})
            return
        facts = sentence_history(store, sentence, actor=actor)
    say(f"{facts['id']} ({facts['split']}): {facts['text']}")
    show(history_table(facts))
    emit(facts)


@click.command(cls=Command)
@PROJECT
@click.option("--release", is_flag=True, help="Release abandoned leases; live ones stay.")
@AS_PERSON
@AS_JSON
def leases(project: Path, release: bool, who: str | None) -> None:
    """Show who holds which sentences of PROJECT, and why its queue may be empty."""
    from annotator.answering.leases import held_sentences, release_abandoned, why_nothing_is_next
    from annotator.commands.tables import leases_table

    with opened(project, who) as (store, actor):
        released = release_abandoned(store, actor=actor) if release else 0
        held, why = held_sentences(store, actor=actor), why_nothing_is_next(store)
    if release:
        say(f"Released {released} abandoned leases.")
    show(leases_table(held) if held else "No one holds a sentence.")
    if why:
        say(why)
    emit({"leases": [asdict(lease) for lease in held], "released": released, "why_empty": why})


@click.command(cls=Command)
@PROJECT
@AS_PERSON
@AS_JSON
def agreement(project: Path, who: str | None) -> None:
    """Show how far PROJECT's people agree, on labels and on marks."""
    from annotator.commands.tables import agreement_table
    from annotator.reviewing.review import list_shared, report

    with opened(project, who) as (store, actor):
        shown = report(store, list_shared(store, actor=actor), actor=actor)
    show(agreement_table({"all": shown.overall, **shown.pairs, **shown.labels, **shown.weeks}))
    emit(asdict(shown))


def _set_active(project: Path, name: str, active: bool, who: str | None) -> None:
    from annotator.project.people import set_active

    with opened(project, who) as (store, actor):
        changed = set_active(store, name, active, actor=actor)
    say(f"{changed.name} may {'answer again' if active else 'no longer answer; their answers stay'}.")
    emit(asdict(changed))
