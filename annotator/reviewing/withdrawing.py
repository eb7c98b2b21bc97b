"""Decisions that were wrong: take one back, or put it back. The decision itself stays in the log."""

from annotator.errors import BadDecision
from annotator.project.permissions import Actor, check_may_act
from annotator.reviewing.admitting import admit
from annotator.reviewing.message import Garbled, ReviewMessage, Withdrawal, receipt, refuse_garbled
from db.answers import annotations, withdrawals
from db.records import Annotation, Kind, Person, id_of
from db.store import Store
from db.team import audit


def withdraw(store: Store, number: int, *, withdrawn: bool = True, actor: Actor) -> Annotation:
    """Take back the decision with this number, or put it back if not `withdrawn`; return it as it is then.

    Without it, the decision before it holds, if there is one; else the sentence is to be settled again. Raises
    BadDecision if there is no such decision.
    """
    check_may_act(store, actor, least="researcher")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        decision = _decision(store, number)
        if decision.withdrawn == withdrawn:
            return decision
        withdrawals.add(store, number, withdrawn, person_id=id_of(actor))
        action = "decision withdrawn" if withdrawn else "decision put back"
        audit.record(store, actor, action, {"decision": number, "sentence": decision.sentence_id})
        return _decision(store, number)


def let_count(store: Store, number: int, *, counts: bool, actor: Actor) -> Kind:
    """Let a decision hold, or a surplus answer count, or no longer if not `counts`; return which kind it is."""
    check_may_act(store, actor, least="researcher")
    found = annotations.read(store, number)
    if found is not None and found.kind == "adjudicated":
        withdraw(store, number, withdrawn=not counts, actor=actor)
        return "adjudicated"
    admit(store, number, admitted=counts, actor=actor)
    return "answer"


def withdraw_all(store: Store, actor: Person, message: ReviewMessage) -> list[dict[str, str]]:
    """Take back and put back what a message asks for; return a receipt for each."""
    return [_withdraw_one(store, actor, withdrawal) for withdrawal in message.withdrawals]


def _decision(store: Store, number: int) -> Annotation:
    found = annotations.read(store, number)
    if found is None or found.kind != "adjudicated":
        raise BadDecision(f"There is no decision {number}; `whylight history` lists a sentence's, with their numbers.")
    return found


def _withdraw_one(store: Store, actor: Person, withdrawal: Withdrawal | Garbled) -> dict[str, str]:
    if isinstance(withdrawal, Garbled):
        return refuse_garbled(withdrawal)
    try:
        withdraw(store, withdrawal.decision, withdrawn=withdrawal.withdrawn, actor=actor)
    except BadDecision as error:
        return receipt(withdrawal.key, refused=str(error))
    return receipt(withdrawal.key)
