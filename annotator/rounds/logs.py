"""The log of a round: what its process wrote while it worked."""

from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.files import LOG, is_in_its_place, is_plain_file, round_folder
from db.learning import rounds
from db.store import Store

MOST_BYTES = 64_000


def read_log(store: Store, round_id: int, *, actor: Actor) -> str:
    """Return the end of a round's log; empty if there is none, or if it is not a file in the round's own folder."""
    check_may_act(store, actor, least="researcher")
    shown = rounds.read(store, round_id)
    file = round_folder(store, round_id) / LOG
    if not is_in_its_place(store, shown) or not is_plain_file(file):
        return ""
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - MOST_BYTES))
        return log.read().decode(errors="replace")
