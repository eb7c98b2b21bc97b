"""The network against a reference that is written out in NumPy, and against `transformers` where it is installed."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from learner.encoders.bert import is_of_the_family, load_bert
from learner.encoders.directory import open_directory
from learner.errors import EncoderError

Array = NDArray[np.float64]

IDS = torch.tensor([[2, 5, 6, 7, 3, 10, 3], [2, 8, 12, 3, 0, 0, 0]])
TYPES = torch.tensor([[0, 0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0, 0]])
REAL = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])


def _normed(states: Array, weights: Mapping[str, Array], name: str) -> Array:
    centred = states - states.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _linear(states: Array, weights: Mapping[str, Array], name: str) -> Array:
    return states @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _gelu(numbers: Array) -> Array:
    return numbers * (1 + np.vectorize(math.erf)(numbers / math.sqrt(2))) / 2


def _attended(states: Array, weights: Mapping[str, Array], layer: str, heads: int) -> Array:
    parts = [_linear(states, weights, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
    mixed = []
    for query, key, value in zip(*(np.split(part, heads, axis=1) for part in parts), strict=True):
        strength = np.exp(query @ key.T / math.sqrt(query.shape[1]))
        mixed.append(strength / strength.sum(1, keepdims=True) @ value)
    return _linear(np.concatenate(mixed, axis=1), weights, f"{layer}.attention.output.dense")


def reference(
    given: Mapping[str, Tensor], ids: list[int], types: list[int], *, layers: int, first_position: int = 0
) -> Array:
    """Return the states of one row without padding after the layers, as the paper of BERT defines them."""
    weights = {name: tensor.double().numpy() for name, tensor in given.items()}
    places = np.arange(len(ids)) + first_position
    states = weights["embeddings.word_embeddings.weight"][ids]
    states = states + weights["embeddings.position_embeddings.weight"][places]
    states = states + weights["embeddings.token_type_embeddings.weight"][types]
    states = _normed(states, weights, "embeddings.LayerNorm")
    for number in range(layers):
        layer = f"encoder.layer.{number}"
        states = _normed(
            states + _attended(states, weights, layer, heads=2), weights, f"{layer}.attention.output.LayerNorm"
        )
        inner = _gelu(_linear(states, weights, f"{layer}.intermediate.dense"))
        states = _normed(
            states + _linear(inner, weights, f"{layer}.output.dense"), weights, f"{layer}.output.LayerNorm"
        )
    return states


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_states_are_those_of_the_reference(directory: Path, layers: int) -> None:
    bert = load_bert(open_directory(directory), layers)
    states = bert(IDS, TYPES, REAL)
    weights = load_file(directory / "model.safetensors")
    for row, size in enumerate(REAL.sum(1).tolist()):
        expected = reference(weights, IDS[row, :size].tolist(), TYPES[row, :size].tolist(), layers=layers)
        np.testing.assert_allclose(states[row, :size].detach().numpy(), expected, atol=1e-5)


def test_positions_of_roberta_begin_after_its_padding(directory: Path, write_encoder: Callable[..., Path]) -> None:
    write_encoder(directory, model_type="roberta", pad_token_id=1, type_vocab_size=1)
    bert = load_bert(open_directory(directory), 1)
    expected = reference(
        load_file(directory / "model.safetensors"), IDS[0].tolist(), [0] * 7, layers=1, first_position=2
    )
    np.testing.assert_allclose(bert(IDS, TYPES, REAL)[0].detach().numpy(), expected, atol=1e-5)
    assert bert.shape.window == 22


def test_only_the_layers_that_are_read_are_built_and_loaded(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    save_file({name: each for name, each in weights.items() if "layer.2" not in name}, directory / "model.safetensors")
    bert = load_bert(open_directory(directory), 2)
    assert {name.split(".")[2] for name, _ in bert.encoder.named_parameters(prefix="encoder")} == {"0", "1"}


RENAMED: dict[str, Callable[[str], str]] = {
    "with a head for masked words": lambda name: f"bert.{name}",
    "as in BERT's first files": lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma"),
}


@pytest.mark.parametrize("rename", RENAMED.values(), ids=RENAMED.keys())
def test_the_same_network_is_known_by_its_other_names(directory: Path, rename: Callable[[str], str]) -> None:
    expected = load_bert(open_directory(directory), 2)(IDS, TYPES, REAL)
    weights = load_file(directory / "model.safetensors")
    save_file({rename(name): tensor for name, tensor in weights.items()}, directory / "model.safetensors")
    torch.testing.assert_close(load_bert(open_directory(directory), 2)(IDS, TYPES, REAL), expected)


def test_weights_in_half_precision_are_read_in_single(directory: Path) -> None:
    weights = load_file(directory / "model.safetensors")
    save_file({name: tensor.half() for name, tensor in weights.items()}, directory / "model.safetensors")
    assert {each.dtype for each in load_bert(open_directory(directory), 2).parameters()} == {torch.float32}


def _without(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in weights.items() if name != "embeddings.LayerNorm.bias"}


def _other(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights | {"embeddings.LayerNorm.bias": torch.zeros(9)}


def _not_finite(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights | {"embeddings.LayerNorm.bias": torch.full([8], torch.nan)}


def _whole(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return weights | {"embeddings.LayerNorm.bias": torch.zeros(8, dtype=torch.int64)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without, r"has no weights embeddings.LayerNorm.bias, which its config.json asks for"),
        (_other, r"embeddings.LayerNorm.bias has the shape \[9\], expected \[8\] by its config.json"),
        (_not_finite, r"embeddings.LayerNorm.bias is damaged: expected finite floating-point numbers"),
        (_whole, r"embeddings.LayerNorm.bias is damaged: expected finite floating-point numbers"),
    ],
)
def test_wrong_weights_are_refused(
    directory: Path, change: Callable[[dict[str, Tensor]], dict[str, Tensor]], said: str
) -> None:
    save_file(change(load_file(directory / "model.safetensors")), directory / "model.safetensors")
    with pytest.raises(EncoderError, match=said):
        load_bert(open_directory(directory), 2)


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_file_that_was_cut_off_is_refused(directory: Path, keep: int) -> None:
    file = directory / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(EncoderError, match=r"model\.safetensors is damaged"):
        load_bert(open_directory(directory), 2)


@pytest.mark.parametrize("change", [{"hidden_size": None}, {"hidden_size": 9}, {"num_attention_heads": 0}])
def test_impossible_sizes_are_refused(
    directory: Path, write_encoder: Callable[..., Path], random_weights: Callable[..., Any], change: dict[str, Any]
) -> None:
    weights = load_file(directory / "model.safetensors")
    with pytest.raises(EncoderError, match=r"config.json"):
        load_bert(open_directory(write_encoder(directory, weights=weights, **change)), 1)


@pytest.mark.parametrize(
    "change",
    [{"model_type": "electra"}, {"position_embedding_type": "relative_key"}, {"hidden_act": "swish"}],
)
def test_networks_that_differ_are_not_of_the_family(directory: Path, change: dict[str, str]) -> None:
    config = json.loads((directory / "config.json").read_text())
    assert is_of_the_family(config)
    assert not is_of_the_family(config | change)


def test_a_gate_fits_between_the_embeddings_and_the_layers(directory: Path) -> None:
    """The gradient at a gate is input × gradient, and can be taken again, without a fused attention."""
    bert = load_bert(open_directory(directory), 2)
    states = bert.embeddings(IDS, TYPES)
    gate = torch.ones(IDS.shape, requires_grad=True)
    with sdpa_kernel(SDPBackend.MATH):
        answer = bert.read(states * gate[..., None], REAL).square().sum()
        (at_gate,) = torch.autograd.grad(answer, gate, create_graph=True)
        (at_states,) = torch.autograd.grad(answer, states, create_graph=True)
        at_gate.square().sum().backward()
    torch.testing.assert_close(at_gate, (states * at_states).sum(2))
    assert all(each.grad is not None and each.grad.isfinite().all() for each in bert.encoder.parameters())


def test_dropout_is_drawn_in_training_alone(directory: Path) -> None:
    bert = load_bert(open_directory(directory), 2)
    once = bert(IDS, TYPES, REAL)
    torch.testing.assert_close(bert(IDS, TYPES, REAL), once)
    assert not torch.allclose(bert.train()(IDS, TYPES, REAL), once)


FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertModel", {}),
    "bert with another activation": ("BertModel", {"hidden_act": "gelu_new"}),
    "roberta": ("RobertaModel", {"pad_token_id": 1, "type_vocab_size": 1}),
    "xlm-roberta": ("XLMRobertaModel", {"pad_token_id": 1, "type_vocab_size": 1}),
    "distilbert": ("DistilBertModel", {"dim": 8, "n_heads": 2, "n_layers": 3, "hidden_dim": 12}),
}
SIZES = {
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "vocab_size": 13,
    "max_position_embeddings": 24,
}


@pytest.mark.parametrize(("network", "config"), FAMILIES.values(), ids=FAMILIES.keys())
@pytest.mark.parametrize("layer", [1, 2, 3])
def test_the_states_are_those_of_transformers(tmp_path: Path, network: str, config: dict[str, Any], layer: int) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers, the reference, is not installed")
    kind = getattr(transformers, network)
    torch.manual_seed(0)
    given = config if "dim" in config else SIZES | config
    theirs = kind(kind.config_class(**{"vocab_size": 13, "max_position_embeddings": 24} | given)).eval()
    theirs.save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").touch()
    types = {} if "dim" in config or config.get("type_vocab_size") == 1 else {"token_type_ids": TYPES}
    ids = torch.where(REAL, IDS, config.get("pad_token_id", 0))
    read = theirs(input_ids=ids, attention_mask=REAL.long(), output_hidden_states=True, **types)
    states = load_bert(open_directory(tmp_path), layer)(ids, TYPES, REAL)
    torch.testing.assert_close(states[REAL], read.hidden_states[layer][REAL], atol=1e-5, rtol=1e-5)
