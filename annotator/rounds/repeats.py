"""Whether a round would only repeat another one: the same answers, settings and rules give the same model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from annotator.rounds.settings import RoundSettings, resolve, with_layer
from db.answers import annotations, withdrawals
from db.learning.round_records import WORKING_STATES, Round
from db.store import Store
from db.team import word_rules
from learner.acquisition_names import current_name
from learner.errors import EncoderError

_OF_NO_MODEL = ("twin", "device", "seed_of")
"""The settings that do not change what a round learns. (A device changes the last digits only.)"""


def find_repeated(store: Store, settings: RoundSettings, *, known: Sequence[Round]) -> Round | None:
    """Return the newest round that learned, or is about to, from the same answers with the same settings and rules.

    A decision that was withdrawn since then, or put back, is another answer.
    """
    rules, withdrawn = _ruled_out(store), withdrawals.withdrawn(store)
    last = annotations.last_id(store)
    wanted = _wanted(settings)
    return next(
        (
            one
            for one in known
            if not one.is_companion
            and one.state in ("ready", *WORKING_STATES)
            and one.last_annotation == last
            and _model_of(one.config) in wanted
            and _ruled_out(store, up_to_ms=one.created_ms) == rules
            and withdrawals.withdrawn(store, up_to_ms=one.created_ms) == withdrawn
        ),
        None,
    )


def about_repeated(repeated: Round) -> str:
    """Return a sentence that says so before anyone waits for the same model again."""
    since = "Nothing is new since round" if repeated.state == "ready" else "Nothing is new since the start of round"
    return f"{since} {repeated.id}; the same settings give the same model. Another seed?"


def _wanted(settings: RoundSettings) -> list[dict[str, Any]]:
    """Return the models that these settings may mean, without queries and with them; none without the encoder."""
    resolved = [resolve(settings, has_queries=has_queries) for has_queries in (False, True)]
    try:
        return [_model_of(asdict(with_layer(one))) for one in resolved]
    except EncoderError:
        return []


def _ruled_out(store: Store, *, up_to_ms: int | None = None) -> set[str]:
    return {rule.word for rule in word_rules.applying(store, up_to_ms=up_to_ms)}


def _model_of(config: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in config.items() if name not in _OF_NO_MODEL}
    return kept | {"acquisition": current_name(str(config.get("acquisition")))}
