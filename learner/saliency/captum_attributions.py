"""Attributions of Captum (Kokhlikyan et al. 2020), computed by the package `captum`: the extra `captum`.

Each word is one feature, and a zero vector replaces an absent word. Sentences are explained one by
one, with the same random seed each time. Captum's methods that replace the backward pass of a network's
modules (DeepLIFT, LRP, guided backpropagation) are not here: our network is more than its modules.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from captum.attr import GradientShap, KernelShap, NoiseTunnel, Saliency, ShapleyValueSampling
from torch import Tensor

from learner.data.batches import Batch
from learner.models.protocol import WordModel
from learner.saliency.gradients import answer

_SAMPLES = 32
_COALITIONS = 256
_AT_A_TIME = 64
_NOISE = 0.1  # of the standard deviation of the sentence's vectors

_Score = Callable[[Tensor], Tensor]
"""Copies of a sentence's vectors (copies, words, d) → f of each, (copies,)."""
_Explain = Callable[[_Score, Tensor, Tensor], Tensor]
"""(score, vectors (1, words, d), each word's feature (1, words, d)) → one number per dimension, (1, words, d)."""


def smooth_grad(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return Σ_j x_ij · the mean of ∂f/∂x_ij under Gaussian noise (Smilkov et al. 2017)."""

    def explain(score: _Score, vectors: Tensor, features: Tensor) -> Tensor:
        noise = float(vectors.std()) * _NOISE
        slope = NoiseTunnel(Saliency(score)).attribute(vectors, nt_samples=_SAMPLES, stdevs=noise, abs=False)
        return vectors * torch.as_tensor(slope)

    return _by_sentence(explain, model, batch, labels).sum(dim=2)


def gradient_shap(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return the expected gradients between no words and the sentence (Lundberg and Lee 2017)."""

    def explain(score: _Score, vectors: Tensor, features: Tensor) -> Tensor:
        nothing = torch.zeros_like(vectors)
        return torch.as_tensor(GradientShap(score).attribute(vectors, baselines=nothing, n_samples=_SAMPLES))

    return _by_sentence(explain, model, batch, labels).sum(dim=2)


def shapley_sampling(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return the words' Shapley values over random orders (Castro et al. 2009)."""

    def explain(score: _Score, vectors: Tensor, features: Tensor) -> Tensor:
        sampling = ShapleyValueSampling(score)
        return torch.as_tensor(sampling.attribute(vectors, feature_mask=features, n_samples=_SAMPLES))

    return _by_sentence(explain, model, batch, labels)[:, :, 0]


def kernel_shap(model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    """Return the words' Shapley values by a weighted linear fit (Lundberg and Lee 2017)."""

    def explain(score: _Score, vectors: Tensor, features: Tensor) -> Tensor:
        if features.max() == 0:  # a fit to one word is impossible, and its value needs none
            return (score(vectors) - score(torch.zeros_like(vectors))).expand_as(vectors)
        fit = KernelShap(score)
        shap = fit.attribute(vectors, feature_mask=features, n_samples=_COALITIONS, perturbations_per_eval=_AT_A_TIME)
        return torch.as_tensor(shap)

    return _by_sentence(explain, model, batch, labels)[:, :, 0]


def _by_sentence(explain: _Explain, model: WordModel, batch: Batch, labels: Tensor) -> Tensor:
    vectors = model(batch).levels["word"].detach()
    with _same_draws():
        rows = [_explain_row(explain, model, batch, labels, vectors, row) for row in range(len(labels))]
    return torch.cat(rows)


def _explain_row(
    explain: _Explain, model: WordModel, batch: Batch, labels: Tensor, vectors: Tensor, row: int
) -> Tensor:
    def score(words: Tensor) -> Tensor:
        copies = torch.full((len(words),), row, device=labels.device)
        return answer(model(batch.rows(copies), words=words).logits, labels[copies])

    one = vectors[row : row + 1]
    # Pads share the feature of the last word: they are zero vectors with it and without it.
    last = int(batch.real[row].sum()) - 1
    places = torch.arange(one.shape[1], device=one.device).clamp(max=last)
    return explain(score, one, places[None, :, None].expand_as(one).contiguous()).detach()


@contextmanager
def _same_draws() -> Iterator[None]:
    before = np.random.get_state()  # noqa: NPY002 - Captum draws from NumPy's global generator
    with torch.random.fork_rng():
        torch.manual_seed(0)
        np.random.seed(0)  # noqa: NPY002
        try:
            yield
        finally:
            np.random.set_state(before)  # noqa: NPY002
