"""Ask about a sentence again: it is reopened on *Review*, for a person to decide. No answer changes."""

from annotator.project.permissions import Actor, check_may_act
from db.answers import annotations
from db.corpus import sentences
from db.errors import UnknownSentence
from db.queue import asked_again
from db.records import id_of
from db.store import Store
from db.team import audit


def ask_again(store: Store, external_id: str, *, asked: bool = True, actor: Actor) -> bool:
    """Reopen a sentence for a new decision, or take that back if not `asked`; return whether that changed anything.

    Raises UnknownSentence for an id that the project does not have.
    """
    check_may_act(store, actor, least="researcher")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        sentence = sentences.find(store, [external_id]).get(external_id)
        if sentence is None:
            raise UnknownSentence(f"The project has no sentence {external_id!r}; give the id that its file gave it.")
        if _is_asked(store, sentence.id) == asked:
            return False
        asked_again.add(store, sentence.id, asked=asked, person_id=id_of(actor))
        audit.record(store, actor, "asked again" if asked else "no longer asked again", {"sentence": sentence.id})
    return True


def _is_asked(store: Store, sentence_id: int) -> bool:
    """Return whether the sentence is asked about and has had no decision since."""
    after = asked_again.find(store, sentence_id)
    log = annotations.of_sentences(store, [sentence_id])[sentence_id]
    decisions = [each for each in log if each.kind == "adjudicated" and not each.withdrawn]
    return after is not None and not any(each.id > after for each in decisions)
