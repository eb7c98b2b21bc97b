"""Whether a round is at work, for those who have to wait until it has ended."""

from annotator.rounds.start import is_silent
from annotator.rounds.watch import has_ended, lives
from db.errors import RoundInProgress
from db.learning import rounds
from db.store import Store


def refuse_working(store: Store) -> None:
    """Raise RoundInProgress while a round is at work in the project."""
    working = rounds.in_progress(store)
    if working is None or has_ended(working):
        return
    if not is_silent(working) or lives(store, working):
        raise RoundInProgress(f"Round {working.name} is {working.state}; wait until it has ended, or cancel it.")
