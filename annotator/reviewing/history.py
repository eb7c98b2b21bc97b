"""Who did what in a project, and all that happened to one sentence."""

from dataclasses import asdict
from typing import Any

from annotator.formats.answers.observed import name_facts
from annotator.project.permissions import Actor, check_may_act
from annotator.wording import clock
from db.answers import annotations
from db.corpus import removals, sentences
from db.corpus.removals import Removal
from db.errors import UnknownSentence
from db.queue import claims
from db.records import Annotation, AuditRow
from db.store import Store
from db.team import audit, people, project


def audit_log(store: Store, limit: int, *, before: int | None = None, actor: Actor) -> list[AuditRow]:
    """Return the latest rows of the audit, newest first; with `before`, the latest of those with a lower number."""
    check_may_act(store, actor, least="researcher")
    return audit.newest(store, limit, before=before)


def sentence_history(store: Store, external_id: str, *, actor: Actor) -> dict[str, Any]:
    """Return one sentence, named by its source's id, with every answer to it and who holds it now.

    The answers are oldest first, including superseded and surplus ones and skips; the corrections of its text are
    newest first.
    """
    check_may_act(store, actor, least="researcher")
    # Half a character, which a web address may contain, cannot be in an id from a file.
    known = sentences.find(store, [external_id]) if _is_text(external_id) else {}
    sentence = known.get(external_id)
    if sentence is None:
        raise UnknownSentence(_why_unknown(store, external_id))
    names = {person.id: person.name for person in people.all_of(store)}
    labels = {label.index: label.name for label in project.labels(store)}
    log = annotations.of_sentences(store, [sentence.id])[sentence.id]
    held = claims.leases(store, sentence_id=sentence.id)
    return {
        "id": sentence.external_id,
        "split": sentence.split,
        "text": sentence.text,
        "tokens": list(sentence.tokens),
        "answers": [_answer(annotation, names, labels) for annotation in log],
        "leases": [asdict(lease) for lease in held],
        "corrections": [_correction(one) for one in removals.before(store, sentence.id)],
    }


def removal_of(store: Store, external_id: str, *, actor: Actor) -> Removal | None:
    """Return when a sentence was removed for good, by whom and why; None if it was not."""
    check_may_act(store, actor, least="researcher")
    return removals.find_removed(store, external_id) if _is_text(external_id) else None


def removed_in_words(removal: Removal) -> str:
    """Return that a sentence was removed, in a sentence without its text."""
    by, why = removal.person or "the owner of the file", "" if removal.reason is None else f" ({removal.reason})"
    return f"The sentence {removal.external_id!r} was removed for good by {by} on {clock(removal.at_ms)}{why}."


def _why_unknown(store: Store, external_id: str) -> str:
    removal = removals.find_removed(store, external_id) if _is_text(external_id) else None
    if removal is not None:
        return removed_in_words(removal)
    return f"The project has no sentence {external_id!r}; give the id that its file gave it."


def _correction(one: Removal) -> dict[str, Any]:
    return {"person": one.person, "reason": one.reason, "at_ms": one.at_ms}


def _is_text(name: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _answer(annotation: Annotation, names: dict[int, str], labels: dict[int, str]) -> dict[str, Any]:
    return {
        "number": annotation.id,
        "at_ms": annotation.created_ms,
        "person": names[annotation.person_id],
        "kind": annotation.kind,
        "label": None if annotation.label is None else labels[annotation.label],
        "given_label": None if annotation.given_label is None else labels[annotation.given_label],
        "marks": annotation.marks,
        **name_facts(annotation.observed),
        "supersedes": annotation.supersedes,
        "superseded": annotation.superseded,
        "surplus": annotation.surplus,
        "admitted": annotation.admitted,
        "withdrawn": annotation.withdrawn,
        "imported": annotation.import_id is not None,
    }
