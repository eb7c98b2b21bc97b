"""The predictions of a round's model for the sentences at the head of the queue.

The column `input_x_gradient` has the scores by the view that people see of the model, which is that one for many
models; the round's record names it.
"""

import json
from collections.abc import Sequence
from typing import Any

from db.learning.round_records import Prediction
from db.store import Store

_COLUMNS = "round_id, sentence_id, label, probabilities, input_x_gradient, gradient"


def add(store: Store, predictions: Sequence[Prediction]) -> None:
    """Store predictions of one round, one per sentence."""
    with store.writing() as db:
        db.conn.executemany(
            """
            INSERT INTO predictions (round_id, sentence_id, label, probabilities, input_x_gradient, gradient)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                (
                    prediction.round_id,
                    prediction.sentence_id,
                    prediction.label,
                    json.dumps(prediction.probabilities),
                    json.dumps(prediction.input_x_gradient),
                    json.dumps(prediction.gradient),
                )
                for prediction in predictions
            ],
        )


def of_round(store: Store, round_id: int) -> list[Prediction]:
    """Return all predictions of a round."""
    rows = store.db.execute(f"SELECT {_COLUMNS} FROM predictions WHERE round_id = ? ORDER BY sentence_id", [round_id])
    return [_prediction(row) for row in rows]


def find(store: Store, round_id: int, sentence_ids: Sequence[int]) -> dict[int, Prediction]:
    """Return the round's predictions for those of these sentences that have one, by sentence."""
    places = ", ".join("?" * len(sentence_ids))
    rows = store.db.execute(
        f"SELECT {_COLUMNS} FROM predictions WHERE round_id = ? AND sentence_id IN ({places})",
        [round_id, *sentence_ids],
    )
    return {prediction.sentence_id: prediction for prediction in map(_prediction, rows)}


def _prediction(row: tuple[Any, ...]) -> Prediction:
    round_id, sentence_id, label, *texts = row
    return Prediction(round_id, sentence_id, label, *(tuple(json.loads(text)) for text in texts))
