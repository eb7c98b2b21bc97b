"""What people read about a round that was held back."""

from annotator.rounds.measuring.holding_back import HeldBack, held_back
from annotator.rounds.overview import RoundsOverview
from annotator.wording import from_to, signed
from db.learning.round_records import Round


def waits_for_a_person(now: RoundsOverview) -> tuple[Round, str] | None:
    """Return the newest ready round and why it does not serve; None if it serves, or was not held back."""
    newest = next((one for one in now.rounds if one.state == "ready"), None)
    reason = None if newest is None or newest.id == now.serving else held_back(newest)
    if newest is None or reason is None or (now.serving or 0) > newest.id:
        return None
    return newest, why_held_back(newest, reason)


def serve_label(shown: Round) -> str:
    """Return what the button says that lets a round serve that was held back."""
    reason = held_back(shown)
    return "Serve it anyway" if reason is not None and reason.rule == "ask" else "Serve it"


def why_held_back(shown: Round, reason: HeldBack) -> str:
    """Return one sentence that says why a round does not serve by itself."""
    if reason.rule == "never" or reason.against is None:
        return f"Round {shown.id} is ready and does not serve: in this project a person decides that."
    interval = "" if reason.low is None or reason.high is None else f", {from_to(reason.low, reason.high)}"
    return (
        f"Round {shown.id} is worse than round {reason.against} on dev ({signed(reason.points)}{interval}) "
        "and does not serve."
    )
