"""Start a round again that failed or was cancelled: the same settings, on all answers there are by now."""

from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.seeds import start_seed_again
from annotator.rounds.settings import RoundSettings, settings_of, without_pool
from annotator.rounds.start import start_round
from db.corpus import pools
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store


def start_again(store: Store, round_id: int, *, actor: Actor) -> Round:
    """Start a new round with the settings of this one and return its row; refuses what `start_round` refuses.

    Another seed of a round is trained on the answers of that round again.
    """
    check_may_act(store, actor, least="researcher")
    before = rounds.read(store, round_id)
    if before.seed_of is not None:
        return start_seed_again(store, before, actor=actor)
    return start_round(store, actor=actor, settings=settings_again(store, before))


def settings_again(store: Store, before: Round) -> RoundSettings:
    """Return the settings of a round for another one, without what is for a pool outside if there no longer is one."""
    settings = settings_of(before)
    return without_pool(settings) if pools.attached(store) is None else settings
