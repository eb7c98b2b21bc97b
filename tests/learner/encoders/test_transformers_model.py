"""Encoders that only the package `transformers` reads."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from learner.encoders.pretrained import load_pretrained
from learner.errors import EncoderError

SIZES: dict[str, Any] = {
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "vocab_size": 13,
    "max_position_embeddings": 26,
}


def test_without_transformers_one_sentence_says_what_to_install(
    directory: Path, write_encoder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_encoder(directory, model_type="electra")
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with pytest.raises(EncoderError) as caught:
        load_pretrained(directory, name="own")
    found = f"the encoder {directory} (electra)"
    assert str(caught.value) == f"{found} needs the package transformers: pip install transformers"


@pytest.fixture
def saved(directory: Path) -> Callable[..., Any]:
    """Return a function that saves a random network of `transformers` next to a tokenizer, and returns it."""
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")

    def save(network: str, **config: Any) -> Any:
        torch.manual_seed(0)
        kind = getattr(transformers, network)
        model = kind(kind.config_class(**SIZES | config)).eval()
        model.save_pretrained(directory)
        return model

    return save


@pytest.mark.parametrize("network", ["ElectraModel", "MPNetModel", "ModernBertModel"])
@pytest.mark.parametrize("layer", [1, 3])
def test_the_states_after_the_layer_are_read(
    saved: Callable[..., Any], directory: Path, network: str, layer: int
) -> None:
    theirs = saved(network, **({"embedding_size": 8} if network == "ElectraModel" else {"pad_token_id": 0}))
    encoder = load_pretrained(directory, name="own", layer=layer)
    [(_, vectors)] = encoder.read([["a", "ship"]])
    ids = torch.tensor([[2, 10, 5, 3]])
    with torch.no_grad():
        states = theirs(input_ids=ids, output_hidden_states=True).hidden_states[layer]
    torch.testing.assert_close(vectors.words, states[0, 1:3], atol=1e-5, rtol=1e-5)


def test_a_decoder_that_does_not_say_so_is_refused(saved: Callable[..., Any], directory: Path) -> None:
    saved("GPT2Model", n_embd=8, n_layer=3, n_head=2, n_positions=26, bos_token_id=2, eos_token_id=3)
    config = (directory / "config.json").read_text()
    (directory / "config.json").write_text(config.replace('"n_layer"', '"num_hidden_layers"'))
    with pytest.raises(EncoderError, match=r"is a decoder \(gpt2\), which reads no word ahead"):
        load_pretrained(directory, name="own")
