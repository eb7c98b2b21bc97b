"""The commands about a project's people, and about what they did and hold."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT
from annotator.commands.terminal import emit, say, show


@click.group()
def person() -> None:
    """Add people, and let them act or not."""


@person.command()
@PROJECT
@click.argument("name")
@click.option("--role", type=click.Choice(["annotator", "researcher", "admin"]), default="annotator", show_default=True)
@AS_PERSON
@AS_JSON
def add(project: Path, name: str, role: Any, who: str | None, as_json: bool) -> None:
    """Let NAME sign in to PROJECT."""
    from annotator.project.people import acting_person, add_person
    from db.store import Store

    with Store.open(project) as store:
        added = add_person(store, name, role=role, actor=acting_person(store, who))
    say(f"Added {added.name}, {added.role}.")
    emit(as_json, asdict(added))


@person.command()
@PROJECT
@click.argument("name")
@click.argument("role", type=click.Choice(["annotator", "researcher", "admin"]))
@AS_PERSON
@AS_JSON
def role(project: Path, name: str, role: Any, who: str | None, as_json: bool) -> None:
    """Let NAME of PROJECT do what ROLE does."""
    from annotator.project.people import acting_person, set_role
    from db.store import Store

    with Store.open(project) as store:
        changed = set_role(store, name, role, actor=acting_person(store, who))
    say(f"{changed.name} is now {changed.role}.")
    emit(as_json, asdict(changed))


@person.command()
@PROJECT
@click.argument("name")
@click.option("--issuer", required=True, help="The identity provider, as it names itself (the claim iss).")
@click.option("--subject", required=True, help="The person, as the provider names them (the claim sub).")
@AS_PERSON
@AS_JSON
def link(project: Path, name: str, issuer: str, subject: str, who: str | None, as_json: bool) -> None:
    """Let NAME sign in to PROJECT through their identity provider."""
    from annotator.project.people import acting_person, link_identity
    from db.store import Store

    with Store.open(project) as store:
        linked = link_identity(store, name, issuer, subject, actor=acting_person(store, who))
    say(f"{linked.name} signs in as {subject} of {issuer}.")
    emit(as_json, asdict(linked))


@person.command()
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def deactivate(project: Path, name: str, who: str | None, as_json: bool) -> None:
    """Let NAME neither sign in to PROJECT nor answer any more; what they did stays."""
    _set_active(project, name, False, who, as_json)


@person.command()
@PROJECT
@click.argument("name")
@AS_PERSON
@AS_JSON
def activate(project: Path, name: str, who: str | None, as_json: bool) -> None:
    """Let NAME sign in to PROJECT and answer again."""
    _set_active(project, name, True, who, as_json)


@person.command("list")
@PROJECT
@AS_PERSON
@AS_JSON
def list_people(project: Path, who: str | None, as_json: bool) -> None:
    """List PROJECT's people."""
    from annotator.commands.tables import people_table
    from annotator.project.people import acting_person
    from annotator.project.permissions import check_may_act
    from db import people
    from db.store import Store

    with Store.open(project) as store:
        check_may_act(store, acting_person(store, who), least="admin")
        everybody = people.all_of(store)
    show(people_table(everybody) if everybody else "Nobody yet; signing in adds people, and so does `person add`.")
    emit(as_json, {"people": [asdict(each) for each in everybody]})


@click.command()
@PROJECT
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="How many lines.")
@AS_PERSON
@AS_JSON
def audit(project: Path, limit: int, who: str | None, as_json: bool) -> None:
    """Show who did what in PROJECT, newest first."""
    from annotator.commands.tables import audit_table
    from annotator.project.people import acting_person
    from annotator.reviewing.history import audit_log
    from db.store import Store

    with Store.open(project) as store:
        rows = audit_log(store, limit, actor=acting_person(store, who))
    show(audit_table(rows))
    emit(as_json, {"audit": [asdict(row) for row in rows]})


@click.command()
@PROJECT
@click.argument("sentence")
@AS_PERSON
@AS_JSON
def history(project: Path, sentence: str, who: str | None, as_json: bool) -> None:
    """Show all that happened to one SENTENCE of PROJECT, named by the id that its file gave it."""
    from annotator.commands.tables import history_table
    from annotator.project.people import acting_person
    from annotator.reviewing.history import sentence_history
    from db.store import Store

    with Store.open(project) as store:
        facts = sentence_history(store, sentence, actor=acting_person(store, who))
    say(f"{facts['id']} ({facts['split']}): {facts['text']}")
    show(history_table(facts))
    emit(as_json, facts)


@click.command()
@PROJECT
@click.option("--release", is_flag=True, help="Give back those that were abandoned; live ones stay.")
@AS_PERSON
@AS_JSON
def leases(project: Path, release: bool, who: str | None, as_json: bool) -> None:
    """Show who holds which sentences of PROJECT, and why its queue may be empty."""
    from annotator.answering.leases import held_sentences, release_abandoned, why_nothing_is_next
    from annotator.commands.tables import leases_table
    from annotator.project.people import acting_person
    from db.store import Store

    with Store.open(project) as store:
        actor = acting_person(store, who)
        released = release_abandoned(store, actor=actor) if release else 0
        held, why = held_sentences(store, actor=actor), why_nothing_is_next(store)
    if release:
        say(f"Released {released} abandoned leases.")
    show(leases_table(held) if held else "Nobody holds a sentence.")
    if why:
        say(why)
    emit(as_json, {"leases": [asdict(each) for each in held], "released": released, "why_empty": why})


@click.command()
@PROJECT
@AS_PERSON
@AS_JSON
def agreement(project: Path, who: str | None, as_json: bool) -> None:
    """Show how far PROJECT's people agree, on labels and on marks."""
    from annotator.commands.tables import agreement_table
    from annotator.project.people import acting_person
    from annotator.reviewing.review import list_shared, report
    from db.store import Store

    with Store.open(project) as store:
        actor = acting_person(store, who)
        found = report(store, list_shared(store, actor=actor), actor=actor)
    show(agreement_table({"all": found.overall, **found.pairs, **found.labels, **found.weeks}))
    emit(as_json, asdict(found))


def _set_active(project: Path, name: str, active: bool, who: str | None, as_json: bool) -> None:
    from annotator.project.people import acting_person, set_active
    from db.store import Store

    with Store.open(project) as store:
        changed = set_active(store, name, active, actor=acting_person(store, who))
    say(f"{changed.name} may {'answer again' if active else 'not answer any more; their answers stay'}.")
    emit(as_json, asdict(changed))


PEOPLE: tuple[click.Command, ...] = (person, agreement, audit, history, leases)
"""What `whylight` adds to its commands."""
