"""How long a round will take: what people read before they start it."""

import os
from collections.abc import Sequence
from pathlib import Path

from annotator.rounds.learning.reading import MOST_READ_FIRST
from annotator.rounds.settings import RoundSettings, resolve
from annotator.wording import about
from db.learning.round_records import Round
from learner.config import STATIC
from learner.encoders.choosing import MINILM, find_encoder
from learner.encoders.directory import open_directory
from learner.encoders.kept_vectors import count_kept
from learner.errors import EncoderError
from learner.model_names import trains_encoder

SENTENCES_READ_PER_S = {MINILM: 207}
"""On one core, through four of its six layers; sentences of 24 words on average (results/encoder_reading.json)."""
ROUND_S = 15
"""A round of some hundred answers on a pool of 10,000, apart from reading."""
_ENOUGH_TO_JUDGE = 200


def promise(settings: RoundSettings, *, known: Sequence[Round], sentences: int, kept_in: Path) -> str:
    """Return what a round with these resolved settings will cost, in a project with this many sentences.

    The rounds `known`, newest first, say how fast this machine is; until there are any, figures that were measured do.
    Vectors that are kept in the folder `kept_in` are not read again.
    """
    before = [one for one in known if one.state == "ready" and one.config.get("encoder") == settings.encoder]
    a_round = f"{about(seconds_of(before[0]) if before else ROUND_S)} a round"
    if trains_encoder(settings.model):
        return "Minutes on a CPU, because the encoder is trained as well."
    if settings.encoder == STATIC:
        return f"{a_round.capitalize()}."
    same = [one for one in before if one.config.get("encoder_layer") == settings.encoder_layer]
    kept = _kept(settings, kept_in)
    unread = _unread(same[0] if same else None, sentences=sentences, kept=kept)
    if unread <= 0:
        return f"The sentences have been read: {a_round}."
    rate = _rate([*same, *before]) or SENTENCES_READ_PER_S.get(settings.encoder, 0) * _cores()
    return f"{_about_reading(unread, rate, are_new=bool(same) and kept > 0)}, then {a_round}."


def promise_with_twin(
    settings: RoundSettings, *, known: Sequence[Round], twins: Sequence[Round], sentences: int, kept_in: Path
) -> str:
    """Return what a round with these chosen settings will cost, and what its twin adds."""
    resolved = resolve(settings, has_queries=False)
    of_round = promise(resolved, known=known, sentences=sentences, kept_in=kept_in)
    if not settings.twin:
        return of_round
    return f"{of_round} Its twin takes {about(twin_seconds(resolved, known=known, twins=twins))} more."


def _kept(settings: RoundSettings, kept_in: Path) -> int:
    """Return of how many sentences the vectors are kept; 0 without the encoder, as nothing can be read either."""
    try:
        encoder = open_directory(find_encoder(settings.encoder))
        return count_kept(kept_in, encoder, encoder.layer(settings.encoder_layer))
    except EncoderError:
        return 0


def _unread(last: Round | None, *, sentences: int, kept: int) -> int:
    """Return how many sentences are to be read, by what is kept now, and was when the last such round had read.

    Not every sentence is kept: equal ones are kept once, and held-out ones are read when they are answered.
    """
    if last is None:
        return sentences - kept
    read = _reading(last)
    of, left = int(read.get("of", sentences)), int(read.get("left", 0))
    was_kept = int(read.get("kept", of - left))
    return min(sentences, sentences - of + left + was_kept - kept)


def twin_seconds(settings: RoundSettings, *, known: Sequence[Round], twins: Sequence[Round]) -> float:
    """Return about how long the twin of a round with these resolved settings takes: like the last twin, or round.

    Its sentences have been read by then.
    """
    before = (one for one in (*twins, *known) if one.state == "ready" and one.config.get("model") == settings.model)
    same = next((one for one in before if one.config.get("encoder") == settings.encoder), None)
    return seconds_of(same) if same else ROUND_S


def _about_reading(unread: int, rate: float, *, are_new: bool) -> str:
    """Return what is read before the round trains, and how long that takes if the sentences per second are known."""
    at_first = min(unread, MOST_READ_FIRST)
    reading = f"{about(at_first / rate).capitalize()} to read" if rate else "Reads"
    rest = ", the rest later" if at_first < unread else ""
    return f"{reading} {at_first:,} {'new ' if are_new else ''}sentences once{rest}"


def seconds_of(ended: Round) -> float:
    """Return how long a round was worked on, apart from waiting for its turn and from reading sentences."""
    begun_ms = ended.begun_ms or ended.created_ms
    return max(0.0, ((ended.finished_ms or begun_ms) - begun_ms) / 1000 - _reading(ended).get("seconds", 0.0))


def _rate(before: Sequence[Round]) -> float:
    """Return how many sentences per second the first of these rounds read that read enough; 0 if there is none."""
    read = (_reading(one) for one in before)
    return next((one["sentences"] / one["seconds"] for one in read if one.get("sentences", 0) >= _ENOUGH_TO_JUDGE), 0.0)


def _reading(ended: Round) -> dict[str, float]:
    facts: dict[str, float] = ended.metrics.get("reading", {})
    return facts


def _cores() -> int:
    """Return on how many cores a round computes: all but one."""
    return max(1, (os.cpu_count() or 2) - 1)
