"""The line under a sentence that says why it comes now. It names no label and no probability."""

from collections.abc import Sequence

from db.learning import rounds
from db.queue import picks, set_requests
from db.queue.set_requests import SetRequest
from db.records import Person, Slot
from db.store import Store
from db.team import people
from learner.acquisition_names import DEFAULT_ACQUISITION, TYPICAL, current_name, line_of

_AT_RANDOM = "Chosen at random, so that the model isn't the only one to choose."
_IN_LINE = "Next in line."
"""For projects whose people see nothing of the model, not even that it was unsure."""
_PICKED = "You chose it."
_SHUFFLED = "Next in random order."


def reason_lines(store: Store, held: Sequence[Slot], *, of_model: bool) -> dict[int, str]:
    """Return slot → its line; `of_model` is whether it may say anything about the model."""
    if not of_model:
        return {slot.id: "" if slot.reason == "held out" else _IN_LINE for slot in held}
    one_of_each = {slot.round_id: slot for slot in held}
    chosen_by = {round_id: acquisition_of(store, slot) for round_id, slot in one_of_each.items()}
    return {slot.id: _line(slot, chosen_by[slot.round_id]) for slot in held}


def picked_lines(store: Store, held: Sequence[Slot], person: Person) -> dict[int, str]:
    """Return slot → the line, for the sentences that a person chose: this one, or who asked them for a set."""
    picked = picks.picked_among(store, held, person.id)
    own = {slot.id: _PICKED for slot in held if slot.sentence_id in picked}
    return own | _requested_lines(store, held, person)


def _requested_lines(store: Store, held: Sequence[Slot], person: Person) -> dict[int, str]:
    by_request = {slot.id: slot.request_id for slot in held if slot.request_id is not None}
    if not by_request:
        return {}
    lines = {one.id: _requested(store, one, person) for one in set_requests.of_ids(store, set(by_request.values()))}
    return {slot_id: lines[request_id] for slot_id, request_id in by_request.items()}


def _requested(store: Store, request: SetRequest, person: Person) -> str:
    if request.person_id == person.id:
        return f"You chose it: set “{request.set_name}”."
    asked_by = None if request.person_id is None else people.read(store, request.person_id)
    who = "the project's owner" if asked_by is None else asked_by.name
    return f"Chosen by {who}: set “{request.set_name}”."


def acquisition_of(store: Store, slot: Slot) -> str | None:
    """Return the acquisition of the round that chose the slot's sentence; None if no round did."""
    if slot.round_id is None:
        return None
    return current_name(rounds.read(store, slot.round_id).config.get("acquisition", DEFAULT_ACQUISITION))


def _line(slot: Slot, acquisition: str | None) -> str:
    if slot.reason == "held out":
        return ""
    if acquisition is None:  # before the first round, where one order alone has scores, or after a round's head
        return _SHUFFLED if slot.score is None else line_of(TYPICAL)
    return _AT_RANDOM if slot.reason == "random" else line_of(acquisition)
