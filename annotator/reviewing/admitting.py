"""Surplus answers that a researcher may let count: list them, admit one, and withdraw the admission."""

from typing import Any

from annotator.errors import BadAdmission
from annotator.project.permissions import Actor, check_may_act
from annotator.reviewing.message import Admission, Garbled, ReviewMessage, receipt, refuse_garbled
from annotator.reviewing.review import list_surplus
from db.answers import admissions, annotations
from db.corpus import sentences
from db.queue import slots
from db.records import Annotation, Person, id_of
from db.store import Store
from db.team import audit, people, project


def admit(store: Store, number: int, *, admitted: bool = True, actor: Actor) -> None:
    """Let the surplus answer with this number count from now on, or no longer if not `admitted`.

    It takes a free slot of its sentence, if there is one, and gives it back when it no longer counts.
    Raises BadAdmission unless the answer is surplus and its person's newest.
    """
    with store.writing():
        check_may_act(store, actor, least="researcher")
        answer = _surplus(store, number)
        if answer.admitted == admitted:
            return
        admissions.add(store, number, admitted, person_id=id_of(actor))
        _place(store, answer, admitted)
        action = "answer admitted" if admitted else "admission withdrawn"
        audit.record(store, actor, action, {"answer": number, "sentence": answer.sentence_id})


def admit_all(store: Store, actor: Person, message: ReviewMessage) -> list[dict[str, str]]:
    """Admit and withdraw what a message asks for; return a receipt for each."""
    return [_admit_one(store, actor, admission) for admission in message.admissions]


def surplus_answers(store: Store, *, actor: Actor) -> list[dict[str, Any]]:
    """Return every surplus answer as a list shows it, first those that wait to be admitted."""
    surplus = list_surplus(store, actor=actor)
    read = {sentence.id: sentence for sentence in sentences.of_ids(store, [each.sentence_id for each in surplus])}
    names = {person.id: person.name for person in people.all_of(store)}
    labels = [label.name for label in project.labels(store)]
    return [
        {
            "number": answer.id,
            "at_ms": answer.created_ms,
            "person": names[answer.person_id],
            "sentence": read[each.sentence_id].external_id,
            "label": labels[answer.label] if answer.label is not None else None,
            "marks": answer.marks,
            "admitted": answer.admitted,
        }
        for each in surplus
        for answer in (*each.waiting, *each.answers)
        if answer.surplus
    ]


def _surplus(store: Store, number: int) -> Annotation:
    answer = annotations.read(store, number)
    if answer is None or not answer.surplus or answer.kind != "answer":
        raise BadAdmission(f"There is no surplus answer {number}; `whylight review surplus` lists them all.")
    if answer.superseded:
        raise BadAdmission(f"Answer {number} has since been corrected by its person; look at the newer one.")
    return answer


def _place(store: Store, answer: Annotation, admitted: bool) -> None:
    if admitted:
        free = slots.place_for(store, answer.person_id, answer.sentence_id)
        if free is not None:
            slots.fill(store, free, answer.person_id, answer.id)
        return
    taken = slots.held_by(store, answer.id)
    if taken is not None:
        slots.empty(store, taken)


def _admit_one(store: Store, actor: Person, admission: Admission | Garbled) -> dict[str, str]:
    if isinstance(admission, Garbled):
        return refuse_garbled(admission)
    try:
        admit(store, admission.answer, admitted=admission.admitted, actor=actor)
    except BadAdmission as error:
        return receipt(admission.key, refused=str(error))
    return receipt(admission.key)
