"""Encoders of other families, read through the package `transformers` where it is installed."""

import inspect
import os
from typing import Any

import torch
from torch import Tensor, nn

from learner.encoders.directory import EncoderDirectory
from learner.errors import EncoderError


class TransformersModel(nn.Module):
    """A network of `transformers` that returns its states after one of its layers."""

    def __init__(self, network: nn.Module, layer: int) -> None:
        super().__init__()
        self.network, self._layer = network, layer
        self._takes_types = "token_type_ids" in inspect.signature(network.forward).parameters

    def forward(self, ids: Tensor, types: Tensor, real: Tensor | None = None) -> Tensor:
        """Return the states after the layer, (rows, pieces, dimension); `real` is false at padding."""
        given: dict[str, Any] = {"token_type_ids": types} if self._takes_types else {}
        mask = (ids == ids if real is None else real).long()
        read = self.network(input_ids=ids, attention_mask=mask, output_hidden_states=True, **given)
        states: Tensor = read.hidden_states[self._layer]
        return states


def load_with_transformers(directory: EncoderDirectory, layer: int) -> TransformersModel:
    """Return the encoder, ready to read; nothing is downloaded, and no code that comes with it is run."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        from transformers import AutoModel
    except ImportError as error:
        found = f"the encoder {directory.path} ({directory.config['model_type']})"
        raise EncoderError(f"{found} needs the package transformers: pip install transformers") from error
    only = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    try:
        network = AutoModel.from_pretrained(directory.path, **only)
    except Exception as error:  # whatever its code for this family raises
        cause = str(error).strip().partition("\n")[0]
        raise EncoderError(f"transformers cannot read the encoder {directory.path}: {cause}") from error
    model = TransformersModel(network.float().eval(), layer)
    _refuse_writers(model, directory)
    return model


@torch.inference_mode()
def _refuse_writers(model: TransformersModel, directory: EncoderDirectory) -> None:
    """Raise EncoderError for a network whose first states do not depend on the last piece."""
    ids = torch.tensor([[1, 2, 3], [1, 2, 4]])
    one, other = model(ids, torch.zeros_like(ids))
    if torch.equal(one[0], other[0]):
        kind = directory.config["model_type"]
        raise EncoderError(f"{directory.path} is a decoder ({kind}), which reads no word ahead: give an encoder")
