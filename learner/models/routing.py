"""Compute both convolutions from projections of words, and which word, kernel and channel each maximum came from.

A convolution is linear in the word vectors: with K the kernels of both widths, concatenated, one
matrix product gives each word its 3 + 5 = 8 projections, and a position's output is the sum of
three (or five) of its neighbours' projections. So every distinct word of a batch is projected once.

The maxima select only a few units: d of D_seq and one per word of D_dim. Each of these E
entries is the sum of at most five taps, numbers of the table of projections. Their gradient is
sparse, and the backward pass adds up only what reaches the vectors and kernels: no matrix product.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

WIDEST = 5
MARGIN = WIDEST // 2  # words past each end of a sentence that the widest kernel sees
BLOCKS = 3 + WIDEST  # projections per word
# (2, five): the block that a tap reads, of the narrow kernel and of the wide one.
_BLOCK_OF_TAP = ((0, 0, 1, 2, 0), (3, 4, 5, 6, 7))
_HAS_TAP = ((False, True, True, True, False), (True,) * WIDEST)
_LARGEST_BYTE = 255


class Kernels(NamedTuple):
    """Both convolutions' parameters: row block · d + c of `weights` is the channel c of a block."""

    weights: Tensor  # (8 d, d)
    biases: Tensor  # (2, d)


class Route(NamedTuple):
    """Where the maxima came from: entry c < d is D_seq's channel c, entry d + i is D_dim's word i."""

    places: Tensor  # (rows, E) int64: the position whose unit won
    channels: Tensor  # (rows, E) int64: the channel that won
    kernels: Tensor  # (rows, E, 5) int64: each tap's row of the kernels' weights
    has_tap: Tensor  # (rows, E, 5) bool: False past the narrow kernel
    is_wide: Tensor  # (rows, E) bool: whether the wide kernel won


class Maxima(NamedTuple):
    """The entries as tensors of the graph: an entry is the sum of its taps and a bias."""

    taps: Tensor  # (rows, E, 5)
    intermediate: Tensor  # (rows, words, d): I before any scale
    kernel_sums: Tensor  # (8 d,): Σ_j K, the projections of the all-ones vector
    route: Route


def join(three: nn.Conv1d, five: nn.Conv1d) -> Kernels:
    """Return the concatenated parameters of a convolution over three words and one over five."""
    weights = [conv.weight.permute(2, 0, 1).flatten(0, 1) for conv in (three, five)]
    biases = [conv.bias for conv in (three, five) if conv.bias is not None]
    return Kernels(torch.cat(weights), torch.stack(biases))


def convolve(word: Tensor, kernels: Kernels) -> Tensor:
    """Return I = max(conv₃(W), conv₅(W)), elementwise, with every position projected: (rows, words, d)."""
    words, d = word.shape[1:]
    padded = functional.pad(word, (0, 0, MARGIN, MARGIN))
    projected = (padded @ kernels.weights.t()).view(len(word), -1, BLOCKS, d)
    outputs = []
    for taps, blocks, bias in zip(_HAS_TAP, _BLOCK_OF_TAP, kernels.biases, strict=True):
        rows = [projected[:, tap : tap + words, blocks[tap]] for tap in range(WIDEST) if taps[tap]]
        outputs.append(sum(rows[1:], rows[0]) + bias)
    return torch.where(outputs[0] >= outputs[1], outputs[0], outputs[1])


def find_maxima(
    vectors: Tensor, windows: Tensor, real: Tensor, kernels: Kernels, *, scale: Tensor | None = None
) -> Maxima:
    """Return the maxima over I ⊙ scale of sentences whose words are rows of `vectors`, (distinct words, d).

    `windows` is (rows, words, 5): the five words around each position; `scale` is (rows, d). At a
    tie an entry takes the unit that `convolve` followed by `max` would take.
    """
    taps, intermediate, sums, *route = _Maxima.apply(vectors, *kernels, windows, real, scale)  # type: ignore[no-untyped-call]
    return Maxima(taps, intermediate, sums, Route(*route))


def maxima_of_table(
    table: Tensor, windows: Tensor, real: Tensor, kernels: Kernels, *, scale: Tensor | None = None
) -> Maxima:
    """Return the same from projected words, (words, 8 d), without a graph."""
    intermediate, words, route = _follow(table, windows, real, kernels.biases, scale)
    return Maxima(_read_taps(table, words, route), intermediate, kernels.weights.sum(dim=1), route)


def entries_of(maxima: Maxima, kernels: Kernels) -> Tensor:
    """Return the maxima's values, (rows, E), before any scale; those of pads have no meaning."""
    route = maxima.route
    rows = route.is_wide * kernels.biases.shape[1] + route.channels
    return maxima.taps.sum(dim=2) + kernels.biases.flatten().gather(0, rows.flatten()).view_as(rows)


def windows_of(words: Tensor) -> Tensor:
    """Return the windows, (rows, words, 5), of sentences given as rows of vectors with MARGIN pads at both ends."""
    return words.unfold(1, WIDEST, 1)


class _Maxima(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, vectors: Tensor, weights: Tensor, biases: Tensor, windows: Tensor, real: Tensor, scale: Tensor | None
    ) -> tuple[Tensor, ...]:
        table = vectors @ weights.t()
        intermediate, words, route = _follow(table, windows, real, biases, scale)
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(*route)
        ctx.save_for_backward(vectors, weights, biases, table, windows, words, route.kernels, route.has_tap)
        return _read_taps(table, words, route), intermediate, weights.sum(dim=1), *route

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, of_taps: Tensor | None, of_intermediate: Tensor | None, of_sums: Tensor | None, *_: None
    ) -> tuple[Any, ...]:
        vectors, weights, biases, table, windows, words, kernels, has_tap = ctx.saved_tensors
        of_taps = torch.zeros_like(has_tap, dtype=weights.dtype) if of_taps is None else of_taps
        sizes = (of_taps * has_tap).flatten()
        of_vectors = _add_up(weights, kernels.flatten(), into=words.flatten(), sizes=sizes, count=len(vectors))
        of_weights = _add_up(vectors, words.flatten(), into=kernels.flatten(), sizes=sizes, count=len(weights))
        of_biases = None
        if of_sums is not None:
            of_weights += of_sums[:, None]  # in place: a separate table would cost more than all the sums
        if of_intermediate is not None:
            of_intermediate, windows = _reached(of_intermediate, windows)
            three, five = _outputs(table, windows, biases)
            words, places = torch.unique(windows, return_inverse=True)
            of_table, of_biases = _spread(of_intermediate, places, three < five, len(words))
            of_vectors.index_add_(0, words, of_table @ weights)
            of_weights.addmm_(of_table.t(), vectors[words])
        return of_vectors, of_weights, of_biases, None, None, None


def _follow(
    table: Tensor, windows: Tensor, real: Tensor, biases: Tensor, scale: Tensor | None
) -> tuple[Tensor, Tensor, Route]:
    """Return I, each tap's word (rows, E, 5), and the route."""
    rows, words, _ = windows.shape
    d = biases.shape[1]
    three, five = _outputs(table, windows, biases)
    intermediate = torch.maximum(three, five)
    scaled = intermediate if scale is None else intermediate * scale[:, None]
    has_no_pad = not real.is_cuda and bool(real.all())
    of_words = scaled if has_no_pad else scaled.masked_fill(~real[..., None], -torch.inf)
    every_place = torch.arange(words, device=table.device).expand(rows, -1)
    every_channel = torch.arange(d, device=table.device).expand(rows, -1)
    places = torch.cat([_largest_word(of_words), every_place], 1)  # (rows, E)
    channels = torch.cat([every_channel, _largest_channel(scaled)], 1)
    positions = (torch.arange(rows, device=table.device)[:, None] * words + places).flatten()
    units = positions * d + channels.flatten()
    # If equal, the narrow one, as in `convolve`.
    is_wide = three.view(-1).index_select(0, units) < five.view(-1).index_select(0, units)
    blocks, has_tap = (
        torch.tensor(of_kernels, device=table.device).index_select(0, is_wide.int()).view(*places.shape, WIDEST)
        for of_kernels in (_BLOCK_OF_TAP, _HAS_TAP)
    )
    tapped = windows.reshape(-1, WIDEST).index_select(0, positions).view(*places.shape, WIDEST)
    route = Route(places, channels, blocks * d + channels[..., None], has_tap, is_wide.view_as(places))
    return intermediate, tapped, route


def _largest_word(units: Tensor) -> Tensor:
    """Return the word of each channel's largest unit, the first at a tie: (rows, d)."""
    words = units.shape[1]
    if units.is_cuda or words > _LARGEST_BYTE:
        return units.max(dim=1).indices
    # The same, four times as fast: the largest number of a countdown marks the first largest unit.
    is_largest = (units == units.amax(dim=1, keepdim=True)).view(torch.uint8)
    countdown = torch.arange(words, 0, -1, dtype=torch.uint8)
    first = words - (is_largest * countdown[:, None]).amax(dim=1).long()
    return first.clamp(max=words - 1)  # nothing equals NaN


def _largest_channel(units: Tensor) -> Tensor:
    """Return the channel of each word's largest unit, the first at a tie: (rows, words)."""
    if units.is_cuda:
        return units.max(dim=2).indices
    return torch.from_numpy(units.detach().numpy().argmax(axis=2))  # the same, five times as fast


def _outputs(table: Tensor, windows: Tensor, biases: Tensor) -> tuple[Tensor, Tensor]:
    """Return the convolutions over three and five words: (rows, words, d) each."""
    shape = (*windows.shape[:2], biases.shape[1])
    three, five = (_sum_of_taps(table.view(-1, shape[2]), windows, wide).view(shape) for wide in (0, 1))
    return three.add_(biases[0]), five.add_(biases[1])


def _sum_of_taps(projections: Tensor, windows: Tensor, wide: int) -> Tensor:
    """Return a convolution without its bias: (positions, d)."""
    taps = [tap for tap in range(WIDEST) if _HAS_TAP[wide][tap]]
    blocks = torch.tensor([_BLOCK_OF_TAP[wide][tap] for tap in taps], device=windows.device)
    rows = windows[..., taps[0] : taps[-1] + 1] * BLOCKS + blocks
    return functional.embedding_bag(rows.flatten(0, 1), projections, mode="sum")


def _read_taps(table: Tensor, words: Tensor, route: Route) -> Tensor:
    places = words * table.shape[1] + route.kernels
    # Not `take`, which is three times as slow.
    return table.view(-1).index_select(0, places.flatten()).view_as(places) * route.has_tap


def _add_up(table: Tensor, rows: Tensor, *, into: Tensor, sizes: Tensor, count: int) -> Tensor:
    """Return (count, d): row k is the sum of size · table[row] over the entries whose `into` is k."""
    into, order = into.int().sort(stable=True)
    starts = torch.searchsorted(into, torch.arange(count, dtype=torch.int32, device=into.device))
    return functional.embedding_bag(rows[order], table, starts, mode="sum", per_sample_weights=sizes[order])


def _reached(of_intermediate: Tensor, windows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows that a gradient reaches; on a GPU, where the host would have to wait, return all."""
    if of_intermediate.is_cuda:
        return of_intermediate, windows
    rows = of_intermediate.flatten(1).any(dim=1)
    return of_intermediate[rows], windows[rows]


def _spread(of_intermediate: Tensor, windows: Tensor, wide: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return what reaches the projections, (count, 8 d), and the biases, from a gradient at every unit of I."""
    d = of_intermediate.shape[2]
    of_table = of_intermediate.new_zeros(count * BLOCKS, d)
    of_outputs = (of_intermediate * ~wide).flatten(0, 1), (of_intermediate * wide).flatten(0, 1)
    for which, of_output in enumerate(of_outputs):
        for tap, block in enumerate(_BLOCK_OF_TAP[which]):
            if _HAS_TAP[which][tap]:
                of_table.index_add_(0, windows[..., tap].flatten() * BLOCKS + block, of_output)
    return of_table.view(count, BLOCKS * d), torch.stack([of_output.sum(dim=0) for of_output in of_outputs])
