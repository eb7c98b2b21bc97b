"""A sentence under two models as the browser draws it."""

from collections.abc import Sequence
from typing import Any

from annotator.rounds.loss_wording import loss_in_words
from annotator.rounds.measuring.changed import ChangedSentence, Seen
from annotator.rounds.measuring.comparing import RoundComparison, title_of
from db.learning.round_records import Round


def drawn_pair(changed: ChangedSentence, compared: RoundComparison) -> dict[str, Any]:
    """Return what a card shows of a sentence: its words, people's marks, and both models."""
    return {
        "id": changed.id,
        "gold": changed.gold,
        "text": changed.text,
        "tokens": list(changed.tokens),
        "starts": list(changed.starts),
        "query": changed.query,
        "marks": changed.marks,
        "sides": [_side(changed.before, compared.before), _side(changed.after, compared.after)],
    }


def scaled(saliency: Sequence[float]) -> list[float]:
    """Return the scores as shares of the largest, for the browser's five shades."""
    largest = max((abs(score) for score in saliency), default=0.0)
    return [round(score / largest, 3) if largest else 0.0 for score in saliency]


def words_for(explained: str | None, predicted: str) -> str:
    """Return a sentence about the label that the shaded words are for; empty if it is the predicted one."""
    if explained is None or explained == predicted:
        return ""
    return f"Words for \u201c{explained}\u201d, although the model says \u201c{predicted}\u201d."


def _side(seen: Seen, round_: Round) -> dict[str, Any]:
    return {
        "model": f"{title_of(round_)} · {loss_in_words(round_)}",
        "label": seen.label,
        "probability": f"{seen.probability:.2f}",
        "right": seen.is_right,
        "saliency": None if seen.saliency is None else scaled(seen.saliency),
        "words_for": words_for(seen.explained, seen.label),
        "missing": "Its shading is not kept.",
    }
