"""What has to end before a text may leave the project."""

from collections.abc import Iterator
from contextlib import contextmanager

from annotator.errors import CannotRemove
from annotator.project.permissions import OWNER
from annotator.rounds.at_work import refuse_working
from annotator.rounds.learning.rest import rest_of_pool
from annotator.rounds.looking_again.look_again import look_again_state
from db.learning import rounds
from db.store import Store
from db.team import project


@contextmanager
def nothing_else_at_work(store: Store) -> Iterator[None]:
    """Keep imports out while the block runs; raises a refusal while one, or a training, is at work."""
    refuse_training(store)
    with store.importing():
        yield


def refuse_training(store: Store) -> None:
    """Raise a refusal while a model learns: it holds all sentences' words in its memory, and would write them down."""
    refuse_working(store)
    if look_again_state(store, actor=OWNER).is_alive:
        raise CannotRemove("Models look at the answers again; wait until that has ended, or cancel it.")
    serving = project.read(store).serving_round
    rest = rest_of_pool(store, None if serving is None else rounds.read(store, serving))
    if rest is not None and rest.is_being_read:
        raise CannotRemove("The rest of the pool is being read in the background; wait until that has ended.")
