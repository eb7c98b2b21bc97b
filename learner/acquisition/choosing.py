"""Choose which sentences to ask about next: the head of the queue.

A share of it is drawn uniformly from the whole pool and never ends, so that its answers are not biased by the model's
choice. The others come by an acquisition. One that looks at more than probabilities gets at most 50,000 candidates:
half of them those that the model is least sure of, half of them random.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from learner.acquisition.duplicates import near_duplicates_last
from learner.acquisition.mixing import load_mix
from learner.acquisition.pool import NO_FEATURES, Array, Pool, Rows
from learner.acquisition.protocol import Scored
from learner.acquisition_names import DEFAULT_ACQUISITION, RANDOM

MOST_CANDIDATES = 50_000
Reason = Literal["unsure", "random"]


@dataclass(frozen=True)
class QueueEntry:
    """A sentence chosen for the queue: its row in the pool, and why.

    `probability` is the chance that it had of this place's kind, so that an estimate can weigh its answer. Of a random
    one it is (random entries) / (rows of the pool). Of one by a lottery it is that of a score above the best one left
    out, given the random draw (priority sampling: Kool et al. 2019). Of any other it is None: whether the k best
    include a row is not a matter of chance, and no answers to them can stand for the pool.
    """

    row: int
    reason: Reason
    score: float | None = None
    """The acquisition's; None for a random one."""
    probability: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    """Acquisition → its score; several of a mix, none of a random one."""
    why: str = ""


@dataclass(frozen=True)
class Drawing:
    """All the chance in a choice.

    `shuffled` are the rows of the pool in random order. They may be candidates only, the first of a larger pool of
    `out_of` rows. `noise`, (rows of the pool,), is the Gumbel noise of lotteries; without it `rng` draws some.
    """

    shuffled: Rows
    rng: np.random.Generator
    out_of: int
    noise: Array | None = None


def choose_queue(
    pool: Pool,
    *,
    size: int,
    random_share: float = 0.2,
    acquisition: str = DEFAULT_ACQUISITION,
    rng: np.random.Generator,
) -> list[QueueEntry]:
    """Return at most `size` sentences in the order to ask about them; all randomness comes from `rng`.

    One of every 1 / `random_share` entries is random. Equal scores are in random order. Near-duplicates of a better
    entry come only after all others; random entries and lotteries are not thinned, because that would change their
    chances. Rows that no model has scored can only be drawn at random; they also fill the queue if others run out.
    """
    drawing = Drawing(rng.permutation(len(pool)), rng, out_of=len(pool))
    return choose_drawn(pool, drawing, size=size, random_share=random_share, acquisition=acquisition)


def choose_drawn(
    pool: Pool, drawing: Drawing, *, size: int, random_share: float = 0.2, acquisition: str = DEFAULT_ACQUISITION
) -> list[QueueEntry]:
    """Return what `choose_queue` does, by chance that is given: equal scores are in the order of `shuffled`."""
    reasons = reasons_of(min(size, len(pool)), acquisition=acquisition, random_share=random_share)
    drawn, rest = np.split(drawing.shuffled, [reasons.count("random")])
    is_scored = pool.is_scored[rest]
    chosen = _by_acquisition(
        pool, rest[is_scored], acquisition, size=reasons.count("unsure"), before=drawn, drawing=drawing
    )
    unscored = rest[~is_scored][: reasons.count("unsure") - len(chosen)]
    sources = {
        "random": iter(_drawn(drawn, of=drawing.out_of)),
        "unsure": iter([*chosen, *_drawn(unscored, of=int((~is_scored).sum()))]),
    }
    return [next(sources[reason]) for reason in reasons]


def reasons_of(size: int, *, acquisition: str, random_share: float) -> list[Reason]:
    """Return the reason of each place of a queue."""
    return list(_reasons(size, 1.0 if acquisition == RANDOM else random_share))


def _by_acquisition(
    pool: Pool, rows: Rows, name: str, *, size: int, before: Rows, drawing: Drawing
) -> list[QueueEntry]:
    acquisition = load_mix(name)
    if not size or not len(rows):
        return []
    part = pool.part(_candidates(pool, rows, size=size) if acquisition.of_candidates else rows)
    scored = acquisition.score(part, size, drawing.rng)
    if scored.log_weights is not None and drawing.noise is not None:
        scored = replace(scored, scores=scored.log_weights + drawing.noise[part.own_rows])
    ranked = np.argsort(-scored.scores, kind="stable")  # equal ones as shuffled
    if scored.log_weights is None and pool.features is not NO_FEATURES:
        ranked = near_duplicates_last(ranked, part.compared_words, size=size, before=pool.compared_words(before))
    chances = _chances(scored, ranked, size)
    scores = scored.parts or {name: scored.scores}
    return [
        QueueEntry(
            row=int(part.own_rows[row]),
            reason="unsure",
            score=float(scored.scores[row]),
            probability=chance,
            parts={each: float(of_part[row]) for each, of_part in scores.items()},
            why=scored.why(row),
        )
        for row, chance in zip(ranked[:size].tolist(), chances, strict=True)
    ]


def most_candidates(size: int) -> int:
    """Return to how many rows an acquisition is limited that looks at more than probabilities."""
    return max(MOST_CANDIDATES, 2 * size)


def _candidates(pool: Pool, rows: Rows, *, size: int) -> Rows:
    """Return the shuffled rows, or of too many the least sure ones and as many others, which are random."""
    most = most_candidates(size)
    if len(rows) <= most:
        return rows
    is_candidate = np.zeros(len(rows), dtype=bool)
    is_candidate[np.argpartition(-pool.unsureness[rows], most // 2)[: most // 2]] = True
    others = np.flatnonzero(~is_candidate)[: most - most // 2]
    is_candidate[others] = True
    return rows[is_candidate]


def _chances(scored: Scored, ranked: Rows, size: int) -> list[float | None]:
    """Return 1 - exp(-exp(log weight - threshold)) for each entry of a lottery, where all who are in exceed it."""
    best = ranked[:size]
    if scored.log_weights is None:
        return [None] * len(best)
    if len(ranked) <= size:
        return [1.0] * len(best)
    chances: Array = -np.expm1(-np.exp(scored.log_weights[best] - scored.scores[ranked[size]]))
    return [float(chance) for chance in chances]


def _drawn(rows: Rows, *, of: int) -> list[QueueEntry]:
    why = f"Drawn at random: one of {len(rows):,} out of {of:,} sentences, whatever the model predicts."
    return [QueueEntry(row, "random", probability=len(rows) / of, why=why) for row in rows.tolist()]


def _reasons(size: int, random_share: float) -> Iterator[Reason]:
    """Yield the reasons, the random ones evenly spread: with a share of 0.2, every fifth."""
    for place in range(size):
        is_random = int((place + 1) * random_share + 1e-9) > int(place * random_share + 1e-9)
        yield "random" if is_random else "unsure"
