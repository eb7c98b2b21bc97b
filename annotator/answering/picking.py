"""A researcher chooses a sentence of the pool to answer, instead of the one that the queue has for them.

That is on record for good, so that such a sentence never counts as one that chance chose.
"""

from annotator.errors import CannotPick
from annotator.project.permissions import check_may_act
from db.corpus import sentences
from db.errors import UnknownSentence
from db.finding import texts
from db.queue import picks
from db.records import Person
from db.store import Store
from db.team import project


def pick_sentence(store: Store, person: Person, external_id: str) -> int:
    """Lease this pool sentence to the person, and return its number.

    Raises CannotPick for a sentence of dev or test, or one whose text is also there: these are answered in random
    order only. The same for one that has its answers or that another person holds, and for one that they answered.
    """
    with store.writing():
        check_may_act(store, person, least="researcher")
        sentence = sentences.find(store, [external_id]).get(external_id)
        if sentence is None:
            raise UnknownSentence(f"The project has no sentence {external_id!r}; give the id that its file gave it.")
        if sentence.split != "pool" or sentence.id in texts.pool_held_out_elsewhere(store):
            raise CannotPick(
                f"The text of {external_id!r} is in dev or test, which are answered in random order only; "
                "choose a sentence of the pool."
            )
        lease_ms = project.read(store).lease_minutes * 60_000
        if not picks.pick(store, person.id, sentence.id, lease_ms=lease_ms):
            raise CannotPick(
                f"{external_id!r} has all its answers, or another person holds it now; choose another sentence."
            )
    return sentence.id
