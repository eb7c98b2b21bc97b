"""BERT and its relatives (RoBERTa, XLM-R, CamemBERT, DistilBERT) in plain torch.

The parameters have Hugging Face's names for BERT, so that its files load unchanged. The embeddings, which end with a
LayerNorm, are a part of their own: a caller may put something between them and the layers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from learner.encoders.directory import EncoderDirectory
from learner.errors import EncoderError

_ROBERTA = ("roberta", "xlm-roberta", "camembert")
_ACTIVATIONS = {
    "gelu": nn.GELU(),
    "gelu_new": nn.GELU("tanh"),
    "gelu_pytorch_tanh": nn.GELU("tanh"),
    "relu": nn.ReLU(),
}
_OF_DISTILBERT = {
    "dim": "hidden_size",
    "n_heads": "num_attention_heads",
    "hidden_dim": "intermediate_size",
    "activation": "hidden_act",
    "dropout": "hidden_dropout_prob",
    "attention_dropout": "attention_probs_dropout_prob",
}
_RENAMED = {
    "transformer.layer.": "encoder.layer.",
    "attention.q_lin.": "attention.self.query.",
    "attention.k_lin.": "attention.self.key.",
    "attention.v_lin.": "attention.self.value.",
    "attention.out_lin.": "attention.output.dense.",
    "sa_layer_norm.": "attention.output.LayerNorm.",
    "ffn.lin1.": "intermediate.dense.",
    "ffn.lin2.": "output.dense.",
    "output_layer_norm.": "output.LayerNorm.",
    "LayerNorm.gamma": "LayerNorm.weight",
    "LayerNorm.beta": "LayerNorm.bias",
}
"""DistilBERT's names, and those of BERT's oldest files, with what they are called here."""

_PREFIXES = ("bert.", "roberta.", "distilbert.")


@dataclass(frozen=True)
class BertShape:
    """The sizes of a network of this family."""

    dimension: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    first_position: int  # RoBERTa's positions begin after the id of its padding
    types: int  # 0: the two texts of a pair are not told apart
    activation: str
    epsilon: float
    dropout: float
    attention_dropout: float

    @property
    def window(self) -> int:
        """Return the most pieces that can be read at once."""
        return self.positions - self.first_position


def is_of_the_family(config: Mapping[str, Any]) -> bool:
    """Return whether the network that a config.json describes is one of these."""
    known = config["model_type"] in ("bert", "distilbert", *_ROBERTA)
    places = config.get("position_embedding_type") or "absolute"
    activation = config.get("hidden_act", config.get("activation", "gelu"))
    return known and places == "absolute" and activation in _ACTIVATIONS


def shape_of(directory: EncoderDirectory) -> BertShape:
    """Return the sizes that the config.json of the directory gives."""
    given = {_OF_DISTILBERT.get(key, key): value for key, value in directory.config.items()}
    kind = given["model_type"]
    try:
        shape = BertShape(
            dimension=int(given["hidden_size"]),
            heads=int(given["num_attention_heads"]),
            inner=int(given["intermediate_size"]),
            vocabulary=int(given["vocab_size"]),
            positions=int(given["max_position_embeddings"]),
            first_position=int(given.get("pad_token_id", 1)) + 1 if kind in _ROBERTA else 0,
            types=0 if kind == "distilbert" else int(given.get("type_vocab_size", 2)),
            activation=str(given.get("hidden_act", "gelu")),
            epsilon=float(given.get("layer_norm_eps", 1e-12)),
            dropout=float(given.get("hidden_dropout_prob", 0.1)),
            attention_dropout=float(given.get("attention_probs_dropout_prob", 0.1)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EncoderError(f"{directory.path / 'config.json'} gives no size for {error}: download it again") from error
    if min(shape.dimension, shape.heads, shape.inner, shape.vocabulary) < 1 or shape.dimension % shape.heads:
        found = f"{shape.dimension} numbers in {shape.heads} heads"
        raise EncoderError(f"{directory.path / 'config.json'} describes no network ({found}): download it again")
    return shape


class Bert(nn.Module):
    """An encoder with the first `layers` of its layers."""

    def __init__(self, shape: BertShape, layers: int) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = _Embeddings(shape)
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleList(_Layer(shape) for _ in range(layers))

    def forward(self, ids: Tensor, types: Tensor, real: Tensor | None = None) -> Tensor:
        """Return the states after the last layer, (rows, pieces, dimension); `real` is false at padding."""
        return self.read(self.embeddings(ids, types), real)

    @property
    def layers(self) -> list[nn.Module]:
        """Return the layers, the first one first."""
        return list(cast(nn.ModuleList, self.encoder.layer))

    def read(self, states: Tensor, real: Tensor | None = None, *, recomputes: bool = False) -> Tensor:
        """Return the states after the last layer, given those of the embeddings.

        If it `recomputes`, a backward pass computes each layer again instead of keeping what is inside: less memory.
        """
        seen = None if real is None else real[:, None, None]
        for layer in self.layers:
            states = checkpoint(layer, states, seen, use_reentrant=False) if recomputes else layer(states, seen)
        return states


class _Embeddings(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self._first = shape.first_position
        self.word_embeddings = _table(shape.vocabulary, shape.dimension)
        self.position_embeddings = _table(shape.positions, shape.dimension)
        self.token_type_embeddings = _table(shape.types, shape.dimension) if shape.types else None
        self.LayerNorm = nn.LayerNorm(shape.dimension, eps=shape.epsilon)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, ids: Tensor, types: Tensor) -> Tensor:
        places = self._first + torch.arange(ids.shape[1], device=ids.device)
        states = self.word_embeddings(ids) + self.position_embeddings(places)
        if self.token_type_embeddings is not None:
            last = self.token_type_embeddings.num_embeddings - 1
            states = states + self.token_type_embeddings(types.clamp(max=last))
        normed: Tensor = self.dropout(self.LayerNorm(states))
        return normed


def _table(rows: int, dimension: int) -> nn.Embedding:
    """Return a table without values, as it is filled from a file: drawing them first takes longer than reading them."""
    return nn.Embedding(rows, dimension, _weight=torch.empty(rows, dimension))


class _Layer(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self._activation = _ACTIVATIONS[shape.activation]
        self.attention = _Attention(shape)
        self.intermediate = _Dense(shape.dimension, shape.inner)
        self.output = _Closing(shape.inner, shape)

    def forward(self, states: Tensor, seen: Tensor | None) -> Tensor:
        states = self.attention(states, seen)
        after: Tensor = self.output(self._activation(self.intermediate.dense(states)), states)
        return after


class _Attention(nn.Module):
    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self._heads, self._dropout = shape.heads, shape.attention_dropout
        self.self = nn.Module()
        for part in ("query", "key", "value"):
            self.self.add_module(part, nn.Linear(shape.dimension, shape.dimension))
        self.output = _Closing(shape.dimension, shape)

    def forward(self, states: Tensor, seen: Tensor | None) -> Tensor:
        query, key, value = (
            part(states).unflatten(2, (self._heads, -1)).transpose(1, 2) for part in self.self.children()
        )
        dropout = self._dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen, dropout_p=dropout)
        after: Tensor = self.output(mixed.transpose(1, 2).flatten(2), states)
        return after


class _Dense(nn.Module):
    def __init__(self, width: int, to: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, to)


class _Closing(_Dense):
    """A linear layer whose result is added to what the part before it was given."""

    def __init__(self, width: int, shape: BertShape) -> None:
        super().__init__(width, shape.dimension)
        self.LayerNorm = nn.LayerNorm(shape.dimension, eps=shape.epsilon)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, inner: Tensor, states: Tensor) -> Tensor:
        normed: Tensor = self.LayerNorm(self.dropout(self.dense(inner)) + states)
        return normed


def load_bert(directory: EncoderDirectory, layers: int) -> Bert:
    """Return the encoder with its first `layers` layers in float32, ready to read; other weights are not loaded."""
    with torch.device("meta"):
        bert = Bert(shape_of(directory), layers)
    expected = {name: tensor.shape for name, tensor in bert.state_dict().items()}
    bert.load_state_dict(_read_weights(directory.weights, expected), strict=True, assign=True)
    return bert.eval()


def _read_weights(files: Sequence[Path], expected: Mapping[str, torch.Size]) -> dict[str, Tensor]:
    weights = {name: tensor for file in files for name, tensor in _tensors_of(file, expected)}
    missing = expected.keys() - weights.keys()
    if missing:
        raise EncoderError(
            f"{files[0]} has no weights {min(missing)}, which its config.json asks for: download it again"
        )
    return weights


def _tensors_of(file: Path, expected: Mapping[str, torch.Size]) -> Iterator[tuple[str, Tensor]]:
    try:
        with safe_open(file, framework="pt") as tensors:
            for stored in tensors.keys():  # noqa: SIM118
                if (name := _our_name(stored)) in expected:
                    yield name, _checked(tensors.get_tensor(stored), expected[name], f"{file}: {stored}")
    except (SafetensorError, OSError) as error:
        raise EncoderError(f"{file} is damaged ({error}): download it again") from error


def _our_name(stored: str) -> str:
    for prefix in _PREFIXES:
        stored = stored.removeprefix(prefix)
    for theirs, ours in _RENAMED.items():
        stored = stored.replace(theirs, ours)
    return stored


def _checked(tensor: Tensor, shape: torch.Size, place: str) -> Tensor:
    if tensor.shape != shape:
        found = f"{list(tensor.shape)}, expected {list(shape)}"
        raise EncoderError(f"{place} has the shape {found} by its config.json: download it again")
    if not tensor.is_floating_point() or not tensor.isfinite().all():
        raise EncoderError(f"{place} is damaged: expected finite floating-point numbers; download it again")
    return tensor.to(torch.float32, copy=True)
