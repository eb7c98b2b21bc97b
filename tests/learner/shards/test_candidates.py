"""What is kept of scored rows is the same whatever the shards, their order, and who has merged which."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from learner.acquisition.pool import Pool
from learner.shards.candidates import Keeping, draws, gumbel_noise
from learner.shards.scores import keys_of

ROWS = 60
KEYS = keys_of([f"s{number}" for number in range(ROWS)])
COARSE = np.round(np.random.default_rng(0).dirichlet((1, 1, 1), ROWS), 1)
"""Many rows tie."""


def keeping(best, drawn, seed):
    return Keeping(best, drawn, lambda probabilities, keys: Pool(probabilities).unsureness, seed)


def kept_keys(kept):
    return kept.best.keys.tolist(), kept.drawn.keys.tolist(), kept.all().keys.tolist(), kept.total


@st.composite
def splits(draw):
    """All rows in any order, cut anywhere, and the pairs to be merged in any order."""
    order = draw(st.permutations(range(ROWS)))
    cuts = sorted(draw(st.sets(st.integers(1, ROWS - 1), max_size=6)))
    return [part.tolist() for part in np.split(np.array(order), cuts)], draw(st.randoms(use_true_random=False))


@given(splits(), st.integers(0, 70), st.integers(0, 70), st.integers(0, 3))
def test_the_same_rows_are_kept_of_any_shards_merged_in_any_order(split, best, drawn, seed):
    shards, chance = split
    keep = keeping(best, drawn, seed)
    parts = [keep.of_rows(COARSE[rows], KEYS[rows], file=n, first_row=0) for n, rows in enumerate(shards)]
    while len(parts) > 1:
        chance.shuffle(parts)
        parts.append(keep.merge(parts.pop(), parts.pop()))
    whole = keep.of_rows(COARSE, KEYS, file=0, first_row=0)
    assert kept_keys(parts[0]) == kept_keys(whole)
    assert len(whole.best) == min(best, ROWS)


def test_the_best_are_those_with_the_highest_scores_and_ties_are_drawn():
    whole = keeping(10, 0, 0).of_rows(COARSE, KEYS, file=0, first_row=0)
    unsureness = Pool(COARSE).unsureness
    assert sorted(unsureness[whole.best.rows]) == sorted(np.sort(unsureness)[-10:])
    tied = [keeping(5, 0, seed).of_rows(COARSE * 0 + 0.5, KEYS, file=0, first_row=0) for seed in (0, 1)]
    assert set(tied[0].best.rows) != set(tied[1].best.rows)


def test_draws_are_uniform_and_noise_is_gumbel_and_independent_of_them():
    keys = keys_of([str(number) for number in range(20_000)])
    uniform = draws(keys, seed=0, of="the order") / 2**64
    assert np.abs(np.histogram(uniform, 10, (0, 1))[0] - 2000).max() < 200  # 4.7 standard deviations
    noise = gumbel_noise(keys, seed=0)
    assert abs(noise.mean() - 0.5772) < 0.05  # Euler's constant; 5.5 standard errors
    assert abs(noise.std() - np.pi / 6**0.5) < 0.05
    assert abs(np.corrcoef(uniform, noise)[0, 1]) < 0.03
    assert abs(np.corrcoef(uniform, draws(keys, seed=1, of="the order") / 2**64)[0, 1]) < 0.03
