"""Rounds that start by themselves: each time enough new answers have come, with the settings of the last round."""

from annotator.rounds.again import settings_again
from annotator.rounds.overview import all_rounds
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import start_round
from db.answers import annotations
from db.errors import RoundInProgress
from db.learning.round_records import WORKING_STATES, Round
from db.records import OWNER
from db.store import Store
from db.team import project


def start_round_if_due(store: Store) -> Round | None:
    """Start a round if the project wants one after some number of answers, and as many are new; return it, or None.

    While a round is at work or waits, none starts. A round that failed or was cancelled is not tried again before as
    many answers have come again. Raises what `start_round` raises.
    """
    every = project.read(store).round_every
    if every is None:
        return None
    known = [one for one in all_rounds(store, actor=OWNER) if not one.is_companion]
    if any(one.state in WORKING_STATES for one in known):
        return None
    last = known[0] if known else None
    new = annotations.count_pool_answers(store, after_id=(last.last_annotation if last else None) or 0).new
    if new < every:
        return None
    settings = settings_again(store, last) if last else RoundSettings(twin=True)
    try:
        return start_round(store, actor=OWNER, settings=settings, alone=True)
    except RoundInProgress:
        return None  # a person was faster
