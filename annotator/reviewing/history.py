"""Who did what in a project, and all that happened to one sentence."""

from dataclasses import asdict
from typing import Any

from annotator.project.permissions import Actor, check_may_act
from db import annotations, audit, people, project, sentences, slots
from db.errors import UnknownSentence
from db.records import Annotation, AuditRow
from db.store import Store


def audit_log(store: Store, limit: int, *, actor: Actor) -> list[AuditRow]:
    """Give the last things that were done, newest first."""
    check_may_act(store, actor, least="researcher")
    return audit.newest(store, limit)


def sentence_history(store: Store, external_id: str, *, actor: Actor) -> dict[str, Any]:
    """Give one sentence, named as its source does, with every answer to it and who holds it now.

    The answers come oldest first, those too that were superseded, skipped or surplus.
    """
    check_may_act(store, actor, least="researcher")
    # Half of a character, as an address may hold it, is no id that a file could give.
    known = sentences.find(store, [external_id]) if _is_text(external_id) else {}
    sentence = known.get(external_id)
    if sentence is None:
        raise UnknownSentence(f"The project has no sentence {external_id!r}; give the id that its file gave it.")
    names = {person.id: person.name for person in people.all_of(store)}
    labels = {label.index: label.name for label in project.labels(store)}
    log = annotations.of_sentences(store, [sentence.id])[sentence.id]
    held = slots.leases(store, sentence_id=sentence.id)
    return {
        "id": sentence.external_id,
        "split": sentence.split,
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "answers": [_answer(each, names, labels) for each in log],
        "leases": [asdict(lease) for lease in held],
    }


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _answer(each: Annotation, names: dict[int, str], labels: dict[int, str]) -> dict[str, Any]:
    return {
        "number": each.id,
        "at_ms": each.created_ms,
        "person": names[each.person_id],
        "kind": each.kind,
        "label": None if each.label is None else labels[each.label],
        "marks": each.marks,
        "note": each.observed.note,
        "flagged": each.observed.flagged,
        "seconds": each.observed.seconds,
        "round_shown": each.observed.saliency_round,
        "supersedes": each.supersedes,
        "superseded": each.superseded,
        "surplus": each.surplus,
        "admitted": each.admitted,
        "imported": each.import_id is not None,
    }
