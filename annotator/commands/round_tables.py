"""The tables that commands print about rounds, and what their models say of texts; the same rows feed `--json`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from annotator.commands.tables import flatten, listing
from annotator.wording import clock, in_percent, model_of, number, ratio
from db.learning.round_records import Round

if TYPE_CHECKING:
    from rich.table import Table

    from annotator.demo import DemoRow
    from annotator.rounds.learning.checkpoints import PredictedText
    from annotator.rounds.listing import Listed

LONGEST_TEXT = 80


def rounds_table(rows: "Sequence[Listed]", rounds: Mapping[int, Round], *, serving: int | None) -> "Table":
    """Draw one line per round, newest first, each followed by its twin and its other seeds."""
    from annotator.rounds.listing import HEAD

    lines = [_round_line(row, rounds[row.number], serving=serving) for row in rows]
    return listing((HEAD[0], "state", "model", *HEAD[1:-1]), lines)


def _round_line(row: "Listed", shown: Round, *, serving: int | None) -> tuple[object, ...]:
    state = [shown.state, *(["freed"] if shown.freed_ms is not None else [])]
    if shown.id == serving:
        state.append("serving")
    return (f"└ {row.title}" if row.is_nested else row.title, ", ".join(state), model_of(shown), *row.cells)


def round_table(shown: Round) -> "Table":
    """Draw all that is known about one round, one fact per line."""
    facts: dict[str, Any] = {
        "state": shown.state + (f": {shown.error}" if shown.error else ""),
        "started": clock(shown.created_ms),
        "device": shown.device,
        "answers up to": shown.last_annotation,
        "training set": shown.training_set_hash,
        "checkpoint": shown.checkpoint,
        "checkpoint sha256": shown.checkpoint_hash,
        "saliency": shown.saliency_file,
        "checkpoint and saliency": "kept" if shown.freed_ms is None else f"freed on {clock(shown.freed_ms)}",
    }
    facts |= flatten({"settings": shown.config, "learned from": shown.training_set} | shown.metrics)
    lines = [
        (name, number(value) if isinstance(value, float) else "–" if value is None else value)
        for name, value in facts.items()
    ]
    return listing(("round", shown.name), lines)


def predictions_table(predicted: "Sequence[PredictedText]") -> "Table":
    """Draw what a model says of each text, and the words that speak most for it."""
    lines = [
        (_shortened(one.text), one.label, in_percent(100 * one.probability, 0), _because(one)) for one in predicted
    ]
    return listing(("text", "label", "probability", "because of"), lines)


def _because(predicted: "PredictedText") -> str:
    """Return the words that speak for the label, or for the likeliest other one, which is named then."""
    words = ", ".join(_strongest(predicted))
    return words if predicted.explained == predicted.label else f"{words} (for {predicted.explained})"


def _strongest(predicted: "PredictedText") -> list[str]:
    """Return the words that speak for the label, the strongest first, at most five."""
    order = sorted(range(len(predicted.tokens)), key=lambda place: -predicted.saliency[place])
    return [predicted.tokens[place] for place in order[:5] if predicted.saliency[place] > 0]


def surprises_table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Draw the answers that a model finds surprising."""
    lines = [
        (
            row["sentence"],
            row["given"],
            ratio(row["self_confidence"]),
            f"{row['says']} {ratio(row['probability'])}",
            "asked again" if row["asked"] else "",
            _shortened(row["text"]),
        )
        for row in rows
    ]
    return listing(("sentence", "people say", "likelihood", "a model says", "", "text"), lines)


def queue_table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Draw the head of the queue."""
    lines = [(place, *_queue_line(row)) for place, row in enumerate(rows, start=1)]
    return listing(("next", "round", "place", "by", "score", "probability", "sentence", "why"), lines)


def _queue_line(row: Mapping[str, Any]) -> tuple[object, ...]:
    by = row["acquisition"] if row["reason"] == "unsure" else row["reason"]
    numbers = (number(row["score"], 3), number(row["probability"], 4))
    return (row["round"] or "–", row["place"] or "–", by, *numbers, _shortened(row["text"]), row["why"])


def demo_table(rows: "Sequence[DemoRow]") -> "Table":
    """Draw what each model learned from the sample, and which words it looks at, in per cent."""
    columns = ("trained on", "accuracy", "macro-F1", "AP", "looks at marked words", "at the branch's name")
    lines = [
        (
            row.title,
            row.shown("accuracy"),
            row.shown("macro_f1"),
            row.shown("average_precision_shown"),
            row.shown("share_marked"),
            row.shown("share_branch"),
        )
        for row in rows
    ]
    return listing(columns, lines)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
