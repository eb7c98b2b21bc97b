"""What a pretrained encoder reads for a round before it trains, and what it leaves for later.

Each sentence is read once and its vectors are kept next to the project, so the next round reads only what is new. The
first round on a large pool reads a part of it, scores that part, and the rest is read once the round serves
(`annotator/rounds/learning/rest_process.py`).
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from annotator.progress import Progress
from annotator.project.folders import vectors_of
from annotator.project.private_files import private_folder
from annotator.rounds.learning.pool import in_chunks, open_pool
from annotator.rounds.learning.training_set import TrainingSet
from annotator.rounds.settings import RoundSettings, keeps_vectors, training_config
from annotator.wording import time_left
from db.corpus import sentences
from db.finding.tokens import SentenceTokens
from db.queue import slots
from db.store import Store
from learner.encoders.kept_vectors import count_kept

if TYPE_CHECKING:
    from learner.encoders.frozen import FrozenEncoder

MOST_READ_FIRST = 20_000
"""How many unread sentences of the pool a round reads before it trains, apart from those that the last one chose."""
SENTENCES_AT_A_TIME = 1_000

Pair = tuple[tuple[str, ...], tuple[str, ...] | None]
"""The words of a sentence that the model sees, and its query."""
Report = Callable[[int, int, str], None]
"""(sentences read, sentences to read, what to tell people)."""


@dataclass(frozen=True)
class Reading:
    """What was read for a round."""

    pool: list[int]
    """The sentences of the pool that the round scores, by id: those that were read for it or before it."""
    facts: dict[str, Any] = field(default_factory=dict)
    """How many sentences were read in how many seconds, how many of the pool are `left`, `of` how many in the project,
    the number whose vectors were `kept` then, and how many `words` of a sentence the model sees; empty for the static
    encoder."""


def vectors_folder(store: Store) -> Path:
    """Return the folder next to the project that keeps the vectors of pretrained encoders, made if it is missing.

    Raises NotPrivate if it is a link to elsewhere.
    """
    return private_folder(vectors_of(store.path))


def open_encoder(store: Store, settings: RoundSettings) -> "FrozenEncoder | None":
    """Return the pretrained encoder of these resolved settings, which keeps its vectors with the project.

    None for the static encoder, and for a model that trains its encoder and so keeps no vectors. Raises
    EncoderError if it is missing or damaged.
    """
    if not keeps_vectors(settings):
        return None
    from learner.encoders.frozen import open_encoder as open_frozen

    leave_a_core_free()
    return open_frozen(
        settings.encoder, layer=settings.encoder_layer, vectors_in=vectors_folder(store), device=settings.device
    )


def leave_a_core_free() -> None:
    """Leave one core to the people who annotate; on a busy machine, more threads than cores only wait.

    Where OMP_NUM_THREADS allows fewer, it is that many: each of several processes side by side has its share.
    """
    import torch

    allowed = os.environ.get("OMP_NUM_THREADS", "")
    free = max(1, (os.cpu_count() or 2) - 1)
    torch.set_num_threads(min(free, int(allowed)) if allowed.isdecimal() and int(allowed) else free)


def read_for_round(
    store: Store,
    encoder: "FrozenEncoder | None",
    settings: RoundSettings,
    training_set: TrainingSet,
    *,
    pool: Sequence[int],
    report: Report,
    should_stop: Callable[[], bool],
) -> Reading:
    """Read the training set and what is to be scored of the `pool`, if the encoder has not read it yet.

    Return early if `should_stop` says so; what was read before is kept.
    """
    if encoder is None:
        return Reading(list(pool))
    words = _words_seen(settings, training_set)
    unread = set(_unread(store, encoder, pool, words=words))
    chosen = _chosen(store, sorted(unread), settings)
    examples = [example for of_split in training_set.examples.values() for example in of_split]
    answered = [(example.tokens[:words], example.query) for example in examples]
    new = dict.fromkeys([*_unknown(encoder, answered), *_pairs(store, chosen, words=words)])
    seconds = _read(encoder, list(new), report=report, should_stop=should_stop)
    left = unread - set(chosen)
    facts = {
        "sentences": len(new),
        "seconds": round(seconds, 1),
        "left": len(left),
        "of": sentences.count(store),
        "kept": count_kept(vectors_of(store.path), encoder.directory, encoder.layer),
        "words": words,
    }
    return Reading([sentence for sentence in pool if sentence not in left], facts)


def _read(encoder: "FrozenEncoder", new: Sequence[Pair], *, report: Report, should_stop: Callable[[], bool]) -> float:
    """Read the sentences, say how far it is, and return the seconds that it took."""
    began = time.monotonic()

    def progress(done: int, total: int) -> None:
        left = f", {time_left(time.monotonic() - began, done=done, total=total)}" if done else ""
        report(done, total, f"Reading sentences: {done:,} of {total:,}{left}")

    if new:
        progress(0, len(new))
        tokens, queries = zip(*new, strict=True)
        encoder.read_ahead(tokens, queries, progress=progress, should_stop=should_stop)
    return time.monotonic() - began


def read_rest(
    store: Store,
    encoder: "FrozenEncoder",
    *,
    words: int,
    seed: int,
    report: Progress,
    should_stop: Callable[[], bool],
) -> None:
    """Read the rest of the pool, in random order, so that what has been read is at any time a fair sample of it."""
    unread = np.fromiter(_unread(store, encoder, open_pool(store), words=words), dtype=np.int64)
    order = np.random.default_rng(seed).permutation(unread).tolist()
    for start in range(0, len(order), SENTENCES_AT_A_TIME):
        if should_stop():
            return
        part = order[start : start + SENTENCES_AT_A_TIME]
        tokens, queries = zip(*_pairs(store, part, words=words), strict=True)
        encoder.read_ahead(tokens, queries)
        report(min(start + SENTENCES_AT_A_TIME, len(order)), len(order))


def _words_seen(settings: RoundSettings, training_set: TrainingSet) -> int:
    from learner.models.choosing import load_model
    from learner.training.reading import words_seen

    return words_seen(load_model(settings.model), training_config(settings), training_set.examples["pool"])


def _chosen(store: Store, unread: Sequence[int], settings: RoundSettings) -> list[int]:
    """Return the unread sentences to read now: all of them, or a random part and what the last round chose."""
    if len(unread) <= MOST_READ_FIRST:
        return list(unread)
    drawn = np.random.default_rng(settings.seed).choice(unread, MOST_READ_FIRST, replace=False).tolist()
    liked = {slot.sentence_id for slot in slots.upcoming(store, settings.queue_size) if slot.round_id is not None}
    return sorted({*drawn, *liked.intersection(unread)})


def _unread(store: Store, encoder: "FrozenEncoder", ids: Sequence[int], *, words: int) -> Iterator[int]:
    """Yield the sentences whose vectors are not kept yet."""
    for chunk in in_chunks(store, ids, size=SENTENCES_AT_A_TIME):
        unknown = set(_unknown(encoder, [_pair(sentence, words) for sentence in chunk]))
        yield from (sentence.id for sentence in chunk if _pair(sentence, words) in unknown)


def _unknown(encoder: "FrozenEncoder", pairs: Sequence[Pair]) -> list[Pair]:
    known = encoder.store.known(pairs) if encoder.store is not None else [False] * len(pairs)
    return [pair for pair, is_known in zip(pairs, known, strict=True) if not is_known]


def _pairs(store: Store, ids: Sequence[int], *, words: int) -> Iterator[Pair]:
    return (_pair(sentence, words) for chunk in in_chunks(store, ids) for sentence in chunk)


def _pair(sentence: SentenceTokens, words: int) -> Pair:
    return sentence.tokens[:words], sentence.query_tokens
