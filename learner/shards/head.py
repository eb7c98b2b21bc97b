"""The head of a queue out of scored shards: which sentences to ask about first.

An acquisition of probabilities alone sees every row. One that looks at more, and a mix, works on candidates: half of
them those that the model is least sure of, half random, as in a round.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from learner.acquisition.choosing import Drawing, QueueEntry, choose_drawn, most_candidates, reasons_of
from learner.acquisition.duplicates import MOST_LOOKED_AT
from learner.acquisition.mixing import load_mix
from learner.acquisition.pool import NO_FEATURES, Array, Features, Pool
from learner.acquisition.protocol import Acquisition
from learner.acquisition_names import DEFAULT_ACQUISITION, RANDOM, parse_mix
from learner.data.example import Example
from learner.errors import ConfigError, ShardError
from learner.shards.candidates import NO_KEYS, Candidates, Keeping, Kept, Keys, ScoreRows, gumbel_noise, keep_of_files
from learner.shards.features import Contents, WordsOfShards, features_of_model
from learner.shards.folder import Plan, check_none_missing, read_plan
from learner.shards.score import check_made, checkpoint_digest
from learner.shards.scores import labels_of

if TYPE_CHECKING:
    from learner.training.trained import TrainedModel


@dataclass(frozen=True)
class Asked:
    """What head is asked for."""

    size: int = 500
    acquisition: str = DEFAULT_ACQUISITION
    random_share: float = 0.2
    seed: int = 0

    @property
    def drawn(self) -> int:
        """Return how many of the places are drawn at random, if there are rows enough."""
        reasons = reasons_of(self.size, acquisition=self.acquisition, random_share=self.random_share)
        return reasons.count("random")


@dataclass(frozen=True)
class Scores:
    """The folder of scores of one plan, complete and of one checkpoint, with the files in one order."""

    plan: Plan
    shards: tuple[Path, ...]
    files: tuple[Path, ...]
    labels: tuple[str, ...]
    without: tuple[Keys, ...] = ()
    """For each file, the keys of rows that are not to be chosen; empty for none."""

    def leaving_out(self, keys: Keys) -> "Scores":
        """Return these scores as if the rows with these keys were not there."""
        return replace(self, without=(keys,) * len(self.files))

    def joined(self, other: "Scores") -> "Scores":
        """Return these scores and those of another folder, by the same checkpoint."""
        without = [keys for each in (self, other) for keys in each.without or (NO_KEYS,) * len(each.files)]
        return replace(self, shards=self.shards + other.shards, files=self.files + other.files, without=tuple(without))

    @classmethod
    def of(cls, folder: Path, *, shards_in: Path | None = None) -> "Scores":
        """Return the scores in a folder; raise ShardError for a file that is missing, changed or foreign."""
        plan = read_plan(folder)
        check_none_missing(folder, plan)
        shards = sorted(plan.shards)
        files = tuple(folder / shard.name for shard in shards)
        made = [check_made(file, shard, checkpoint=plan.checkpoint) for file, shard in zip(files, shards, strict=True)]
        if plan.embedding and not all(each.embedding for each in made):
            raise ShardError(f"{folder}: found scores without embeddings; score the shards with the same command again")
        where = shards_in or Path(plan.shards_in)
        return cls(plan, tuple(where / shard.name for shard in shards), files, labels_of(files[0]))


@dataclass(frozen=True)
class Head:
    """The sentences to ask about, the first one first: why each was chosen, and where it is."""

    chosen: Sequence[QueueEntry]
    contents: Contents
    """Of the same sentences, in the same order."""


def choose_head(
    scores: Scores, asked: Asked, *, load: Callable[[], "TrainedModel"] | None = None, answered: Sequence[Example] = ()
) -> Iterator[dict[str, Any]]:
    """Yield what `choose` returns, as records, with what the model says about each sentence."""
    yield from _records(choose(scores, asked, load=load, answered=answered), scores.labels)


def choose(
    scores: Scores, asked: Asked, *, load: Callable[[], "TrainedModel"] | None = None, answered: Sequence[Example] = ()
) -> Head:
    """Return the sentences to ask about.

    They are the same for any number of shards, in whatever order they were scored and by however many processes.
    For an acquisition that looks at more than probabilities, `load` returns the model, else it is that of the plan, and
    `answered` are sentences that people have answered.
    """
    acquisition = load_mix(asked.acquisition)
    kept = keep_of_files(scores.files, _keeping(acquisition, asked, scores.labels), without=scores.without)
    every = kept.all()
    contents = Contents(every, scores.shards, scores.files)
    features: Features = NO_FEATURES
    if acquisition.of_candidates:
        trained = load() if load is not None else load_model(scores.plan)
        features = features_of_model(trained, contents, answered=answered, embedded=scores.plan.embedding)
    elif asked.acquisition != RANDOM:
        features = WordsOfShards(contents)
    chosen = _choose(kept, every, Pool(every.probabilities, scores.labels, features), asked)
    places = every.take(np.array([entry.row for entry in chosen], dtype=np.int64))
    return Head(chosen, Contents(places, scores.shards, scores.files))


def load_model(
    plan: Plan, checkpoint: Path | None = None, *, device: str = "cpu", vectors_in: Path | None = None
) -> "TrainedModel":
    """Return the model that has scored the shards; raise ShardError for another one in its place."""
    from learner.training.checkpoint import load_checkpoint

    where = checkpoint or Path(plan.checkpoint_in)
    if checkpoint_digest(where) != plan.checkpoint:
        raise ShardError(f"{where}: found another checkpoint than the one that has scored the shards; name that one")
    return load_checkpoint(where, device=device, vectors_in=vectors_in)


def _choose(kept: Kept, every: Candidates, pool: Pool, asked: Asked) -> list[QueueEntry]:
    drawing = Drawing(
        np.arange(len(every)),
        np.random.default_rng(asked.seed),
        out_of=kept.total,
        noise=gumbel_noise(every.keys, seed=asked.seed),
    )
    return choose_drawn(pool, drawing, size=asked.size, random_share=asked.random_share, acquisition=asked.acquisition)


def _keeping(acquisition: Acquisition, asked: Asked, labels: Sequence[str]) -> Keeping:
    """Return what to keep so that the choice is the one out of all rows."""
    if asked.acquisition == RANDOM:
        return Keeping(0, asked.size, _unsureness, asked.seed)
    if acquisition.of_candidates or len(parse_mix(asked.acquisition)) > 1:
        most = most_candidates(asked.size)
        return Keeping(most // 2 + asked.drawn, most + asked.drawn, _unsureness, asked.seed)
    score = _score_of_rows(acquisition, asked, labels)
    return Keeping(MOST_LOOKED_AT * asked.size + asked.drawn + 1, asked.drawn, score, asked.seed)


def _unsureness(probabilities: Array, keys: NDArray[np.uint64]) -> Array:
    return Pool(probabilities).unsureness


def _score_of_rows(acquisition: Acquisition, asked: Asked, labels: Sequence[str]) -> ScoreRows:
    _check_rows_are_independent(acquisition, asked, labels)

    def score(probabilities: Array, keys: NDArray[np.uint64]) -> Array:
        scored = acquisition.score(Pool(probabilities, labels), asked.size, np.random.default_rng(asked.seed))
        if scored.log_weights is not None:
            return np.asarray(scored.log_weights + gumbel_noise(keys, seed=asked.seed))
        return scored.scores

    return score


def _check_rows_are_independent(acquisition: Acquisition, asked: Asked, labels: Sequence[str]) -> None:
    """Raise ConfigError if a row's score depends on other rows, or on chance, as that of another package may."""
    some = np.random.default_rng(0).dirichlet(np.ones(len(labels)), size=20)
    whole, half = (
        acquisition.score(Pool(rows, labels), asked.size, np.random.default_rng(seed))
        for seed, rows in enumerate((some, some[::2]))
    )
    of_whole, of_half = ((each.scores if each.log_weights is None else each.log_weights) for each in (whole, half))
    if not np.array_equal(of_whole[::2], of_half):
        raise ConfigError(
            f"acquisition {asked.acquisition!r}: found other scores for the same probabilities, expected the score of "
            "a row to depend on nothing else; for shards, register it with of_candidates"
        )


def _records(head: Head, labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    contents = head.contents
    scored = contents.scored(np.arange(len(head.chosen)), ["probabilities", "explained", "saliency", "gradient"])
    for entry, sentence, about in zip(head.chosen, contents.sentences, scored, strict=True):
        query = {} if sentence.query is None else {"query_tokens": sentence.query}
        probabilities = about["probabilities"]
        yield {
            "id": sentence.id,
            "tokens": sentence.tokens,
            **query,
            "probabilities": dict(zip(labels, probabilities, strict=True)),
            "predicted": labels[int(np.argmax(probabilities))],
            "explained": labels[about["explained"]],
            "saliency": list(map(float, about["saliency"])),
            "gradient": list(map(float, about["gradient"])),
            "reason": entry.reason,
            "score": entry.score,
            "chance": entry.probability,
            "parts": dict(entry.parts),
            "why": entry.why,
        }
