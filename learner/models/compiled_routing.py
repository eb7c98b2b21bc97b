"""The maxima of `routing.maxima_of_table`, and the saliency that goes through them, in one pass over each sentence.

Compiled by Numba, so this module can be imported only where the extra `fast` is installed. A sentence's projections
are read once, and stay in the processor's cache until its maxima are known; PyTorch's operations go through them, and
through tables of places, a dozen times. Only for predicting: there is no graph below the entries.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from learner.data.vocabulary import PADDING
from learner.models.routing import BLOCKS, MARGIN, WIDEST

_Floats = NDArray[np.float32]


class Entries(NamedTuple):
    """The entries of [D_seq ; D_dim], E = d + words of them in each row, and where each came from."""

    values: _Floats  # (rows, E); 0 at pads
    taps: _Floats  # (rows, E, 5): what each value is the sum of, but for its bias
    places: NDArray[np.int32]  # (rows, E): the position whose unit won
    channels: NDArray[np.int32]  # (rows, E): the channel that won
    is_wide: NDArray[np.bool_]  # (rows, E): whether the wide kernel won
    lengths: NDArray[np.int64]  # (rows,): the words of each sentence


def entries_of_table(table: Tensor, ids: Tensor, real: Tensor, biases: Tensor) -> Entries:
    """Return the entries of sentences, (rows, words), from a table of projected words, (words, 8 d), of 32-bit floats.

    At a tie an entry takes the unit that `routing` takes.
    """
    (rows, longest), d = ids.shape, biases.shape[1]
    words = functional.pad(ids, (MARGIN, MARGIN), value=PADDING).numpy()
    shape = (rows, d + longest)
    entries = Entries(
        np.zeros(shape, np.float32),
        np.zeros((*shape, WIDEST), np.float32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int32),
        np.zeros(shape, np.bool_),
        real.sum(dim=1).numpy(),
    )
    projections = table.detach().numpy().reshape(-1, BLOCKS, d)
    _for_all_rows(_find_entries, rows, projections, words, biases.detach().numpy(), *entries)
    return entries


def add_at_words(slopes: Tensor, entries: Entries, kernel_sums: Tensor) -> tuple[Tensor, Tensor]:
    """Return the views `input_x_gradient` and `gradient` at W, (rows, words) each, 0 at pads.

    `slopes`, (rows, E), is the gradient at the entries; `kernel_sums`, (8 d,), the projections of the all-ones vector.
    """
    rows, d = len(slopes), len(kernel_sums) // BLOCKS
    views = [np.zeros((rows, slopes.shape[1] - d), np.float32) for _ in range(2)]
    sums = kernel_sums.detach().numpy().reshape(BLOCKS, d)
    _for_all_rows(_add_entries, rows, slopes.numpy(), sums, *entries, *views)
    by_input, by_gradient = map(torch.from_numpy, views)
    return by_input, by_gradient


def _compiled(kernel: Callable[..., None]) -> Callable[..., None]:
    """Return the function compiled, and kept for the next process where there is a folder for it."""
    try:
        return numba.njit(nogil=True, cache=True)(kernel)
    except RuntimeError:  # neither the package's folder nor the user's can be written
        return numba.njit(nogil=True)(kernel)


def _for_all_rows(kernel: Callable[..., None], rows: int, *arrays: Any) -> None:
    """Call a kernel for parts of the rows, in as many threads as PyTorch has."""
    threads = min(torch.get_num_threads(), rows)
    if threads < 2:
        kernel(0, rows, *arrays)
        return
    cuts = np.linspace(0, rows, threads + 1, dtype=np.int64).tolist()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda start, end: kernel(start, end, *arrays), cuts[:-1], cuts[1:]))


@_compiled
def _find_entries(start, end, table, words, biases, values, taps, places, channels, is_wide, lengths):  # type: ignore[no-untyped-def]
    d = table.shape[2]
    units, of_wide = np.empty(d, np.float32), np.empty(d, np.bool_)
    for row in range(start, end):
        of_row, largest, wide, place = words[row], values[row, :d], is_wide[row, :d], places[row, :d]
        largest[:] = -np.inf
        for word in range(lengths[row]):
            one, two, three = table[of_row[word]], table[of_row[word + 1]], table[of_row[word + 2]]
            four, five = table[of_row[word + 3]], table[of_row[word + 4]]
            for c in range(d):
                narrow_unit = two[0, c] + three[1, c] + four[2, c] + biases[0, c]
                wide_unit = one[3, c] + two[4, c] + three[5, c] + four[6, c] + five[7, c] + biases[1, c]
                of_wide[c] = narrow_unit < wide_unit  # if equal, the narrow one
                units[c] = wide_unit if of_wide[c] else narrow_unit
                is_larger = not units[c] <= largest[c]  # so that NaN is passed on
                largest[c] = units[c] if is_larger else largest[c]
                wide[c] = of_wide[c] if is_larger else wide[c]
                place[c] = word if is_larger else place[c]
            channel = units.argmax()
            values[row, d + word], channels[row, d + word] = units[channel], channel
            places[row, d + word], is_wide[row, d + word] = word, of_wide[channel]
        for c in range(d):
            channels[row, c] = c
        for entry in range(d + lengths[row]):
            first, last = (0, WIDEST) if is_wide[row, entry] else (1, WIDEST - 1)
            block = 3 if is_wide[row, entry] else -1
            for tap in range(first, last):
                word = of_row[places[row, entry] + tap]
                taps[row, entry, tap] = table[word, block + tap, channels[row, entry]]


@_compiled
def _add_entries(start, end, slopes, sums, values, taps, places, channels, is_wide, lengths, by_input, by_gradient):  # type: ignore[no-untyped-def]
    d = sums.shape[1]
    for row in range(start, end):
        for entry in range(d + lengths[row]):
            first, last = (0, WIDEST) if is_wide[row, entry] else (1, WIDEST - 1)
            block = 3 if is_wide[row, entry] else -1
            for tap in range(first, last):
                word = places[row, entry] + tap - MARGIN
                if 0 <= word < lengths[row]:
                    by_input[row, word] += slopes[row, entry] * taps[row, entry, tap]
                    by_gradient[row, word] += slopes[row, entry] * sums[block + tap, channels[row, entry]]
