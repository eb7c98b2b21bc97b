"""What a click on the pages of rounds does: each calls one use case and keeps why it refused."""

from collections.abc import Callable
from functools import partial

from annotator.care.freeing import delete_round, free_rounds
from annotator.errors import Refused
from annotator.pages import session, waiting, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.rounds.again import start_again
from annotator.rounds.overview import all_rounds
from annotator.rounds.repeats import about_repeated, find_repeated
from annotator.rounds.seeds import start_more_seeds
from annotator.rounds.serve import serve_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import cancel_round, start_round, start_twin
from db.errors import StoreError
from db.store import Store


@guarded(session.round_trouble.keep)
def start(here: Here, settings: RoundSettings) -> None:
    """Start a round on all answers, including those that this browser sent with the click.

    Warn once of answers that are unsent, and of a round that would only repeat another one.
    """
    waiting.take_sent(here)
    left = session.left_in_browser.get()
    if left and not session.was_warned_of(left):
        session.round_trouble.keep(_unsent(left))
        return
    with Store.open(here.path) as store:
        repeated = find_repeated(store, settings, known=all_rounds(store, actor=here.actor))
    if repeated is not None and not session.was_warned_of_repeating(repeated.id):
        session.round_trouble.keep(f"{about_repeated(repeated)} A second click starts it anyway.")
        return
    _act(here, partial(start_round, settings=settings))


@guarded(session.round_trouble.keep)
def start_like(here: Here, round_id: int) -> None:
    """Start a round with the settings of one that failed or was cancelled."""
    waiting.take_sent(here)
    _act(here, start_again, round_id)


@guarded(session.round_trouble.keep)
def cancel(here: Here, round_id: int) -> None:
    """Ask a round to stop."""
    _act(here, cancel_round, round_id)


@guarded(session.round_trouble.keep)
def train_twin(here: Here, round_id: int) -> None:
    """Train the twin of a round."""
    _act(here, start_twin, round_id)


@guarded(session.round_trouble.keep)
def train_more_seeds(here: Here, round_id: int) -> None:
    """Train a round again with as many other seeds as were asked for."""
    number, twin = widgets.asked_seeds()
    _act(here, partial(start_more_seeds, number=number, twin=twin), round_id)


@guarded(session.round_trouble.keep)
def serve(here: Here, round_id: int) -> None:
    """Let a round serve."""
    _act(here, serve_round, round_id)


@guarded(session.round_trouble.keep)
def free(here: Here, round_id: int) -> None:
    """Remove the checkpoint and saliency of a round."""
    _act(here, free_rounds, [round_id])


@guarded(session.round_trouble.keep)
def delete(here: Here, round_id: int, on_deleted: Callable[[], None]) -> None:
    """Remove all files of a round and show it no longer."""
    if _act(here, delete_round, round_id):
        on_deleted()


def _act(here: Here, use_case: Callable[..., object], *values: object) -> bool:
    """Run a use case on behalf of the person here, and return whether it did what it was asked."""
    try:
        with Store.open(here.path) as store:
            use_case(store, *values, actor=here.actor)
    except (Refused, StoreError) as refusal:
        session.round_trouble.keep(str(refusal))
        return False
    return True


def _unsent(left: int) -> str:
    are, they = ("answer of yours is", "it is") if left == 1 else ("answers of yours are", "they are")
    return (
        f"{left} {are} still in this browser, and the round would miss {'it' if left == 1 else 'them'}. Start the "
        f"round again once {they} stored; a second click now starts it without {'it' if left == 1 else 'them'}."
    )
