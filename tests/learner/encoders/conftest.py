"""Small encoders that the tests write themselves, and all-MiniLM-L6-v2 where it is installed."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from learner.encoders.choosing import MINILM, find_encoder, is_installed
from learner.encoders.pretrained import PretrainedEncoder, load_pretrained

try:
    import tokenizers
except ImportError:  # the extra `encoder` is not installed
    tokenizers = None

VOCABULARY = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ship", "sank", "storm", "##y", "##s", "a", "b", ".")

LETTERS = "é你好שלוםمرحبا👩👍🏽"

CONFIG: dict[str, object] = {
    "model_type": "bert",
    "architectures": ["BertModel"],
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "vocab_size": len(VOCABULARY),
    "max_position_embeddings": 24,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
}

WriteEncoder = Callable[..., Path]
RandomWeights = Callable[..., dict[str, Tensor]]


def _random_weights(config: Mapping[str, object], *, seed: int = 0) -> dict[str, Tensor]:
    """Return weights with Hugging Face's names for the sizes of a config.json."""
    width, inner = int(str(config["hidden_size"])), int(str(config["intermediate_size"]))
    shapes = {
        "embeddings.word_embeddings.weight": (int(str(config["vocab_size"])), width),
        "embeddings.position_embeddings.weight": (int(str(config["max_position_embeddings"])), width),
        "embeddings.token_type_embeddings.weight": (int(str(config["type_vocab_size"])), width),
        "embeddings.LayerNorm.weight": (width,),
        "embeddings.LayerNorm.bias": (width,),
    }
    for number in range(int(str(config["num_hidden_layers"]))):
        layer = f"encoder.layer.{number}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{layer}{part}.weight": (width, width), f"{layer}{part}.bias": (width,)}
        shapes |= {f"{layer}intermediate.dense.weight": (inner, width), f"{layer}intermediate.dense.bias": (inner,)}
        shapes |= {f"{layer}output.dense.weight": (width, inner), f"{layer}output.dense.bias": (width,)}
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{layer}{part}.weight": (width,), f"{layer}{part}.bias": (width,)}
    draw = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=draw) * 0.5 for name, shape in shapes.items()}


def _word_pieces() -> "tokenizers.Tokenizer":
    """Return a tokenizer as BERT's: letters without a piece of their own are unknown."""
    vocabulary = {piece: number for number, piece in enumerate(VOCABULARY)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(list(VOCABULARY[:5]))
    _frame(tokenizer)
    tokenizer.enable_truncation(4)  # as in the files of all-MiniLM-L6-v2, where texts end after 128 pieces
    return tokenizer


def _bytes_of_words() -> "tokenizers.Tokenizer":
    """Return a tokenizer as RoBERTa's, of bytes: it has no unknown token, and accents alone have no piece."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: number for number, piece in enumerate(["<pad>", "[CLS]", "[SEP]", "<mask>", *alphabet])}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.normalizer = tokenizers.normalizers.Replace("\u0301", "")
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.add_special_tokens(["<pad>", "[CLS]", "[SEP]", "<mask>"])
    _frame(tokenizer)
    return tokenizer


def _across_words() -> "tokenizers.Tokenizer":
    """Return a tokenizer with a piece for two words, "new york"."""
    pieces = ("<unk>", "[CLS]", "[SEP]", "▁", "new▁york", "new", "york", "a", "b", "▁a")
    model = tokenizers.models.Unigram([(piece, -float(number)) for number, piece in enumerate(pieces)], unk_id=0)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.normalizer = tokenizers.normalizers.Replace(" ", "▁")
    tokenizer.add_special_tokens(["[CLS]", "[SEP]"])
    _frame(tokenizer)
    return tokenizer


def _unigram() -> "tokenizers.Tokenizer":
    """Return a tokenizer as XLM-R's in its newer files: a space becomes ▁, and belongs to the word after it."""
    pieces = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁ship", "▁storm", "s", "▁sank", "a", "▁a", "b", *LETTERS)
    model = tokenizers.models.Unigram([(piece, -float(number)) for number, piece in enumerate(pieces)], unk_id=3)
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.normalizer = tokenizers.normalizers.Sequence(
        [
            tokenizers.normalizers.Nmt(),
            tokenizers.normalizers.NFKC(),
            tokenizers.normalizers.Replace(tokenizers.Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(list(pieces[:4]))
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _unigram_of_words() -> "tokenizers.Tokenizer":
    """Return a tokenizer as XLM-R's in its older files: the text is cut at spaces, and each word is given a ▁."""
    tokenizer = _unigram()
    words = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([words, tokenizers.pre_tokenizers.Metaspace()])
    return tokenizer


def _frame(tokenizer: "tokenizers.Tokenizer") -> None:
    ends = [(piece, tokenizer.token_to_id(piece)) for piece in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=ends
    )


def _write(
    path: Path, *, kind: str = "word pieces", weights: Mapping[str, Tensor] | None = None, **changes: object
) -> Path:
    tokenizer = TOKENIZERS[kind]()
    config = {**CONFIG, "vocab_size": tokenizer.get_vocab_size(), **changes}
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps(config))
    tokenizer.save(str(path / "tokenizer.json"))
    save_file(dict(_random_weights(config) if weights is None else weights), path / "model.safetensors")
    return path


TOKENIZERS = {
    "word pieces": _word_pieces,
    "bytes": _bytes_of_words,
    "across words": _across_words,
    "unigram": _unigram,
    "unigram of words": _unigram_of_words,
}


@pytest.fixture(scope="session")
def random_weights() -> RandomWeights:
    return _random_weights


@pytest.fixture(scope="session")
def write_encoder() -> WriteEncoder:
    """Return a function that writes a small random encoder, with changes to its config.json."""
    if tokenizers is None:
        pytest.skip("the extra encoder is not installed")
    return _write


@pytest.fixture
def directory(tmp_path: Path, write_encoder: WriteEncoder) -> Path:
    """The directory of a small encoder of three layers."""
    return write_encoder(tmp_path / "encoder")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, write_encoder: WriteEncoder) -> dict[str, PretrainedEncoder]:
    """Small encoders that read 24 pieces at once, by the kind of their tokenizers."""
    folder = tmp_path_factory.mktemp("small")
    return {kind: load_pretrained(write_encoder(folder / kind, kind=kind), name=kind) for kind in TOKENIZERS}


@pytest.fixture(scope="session")
def minilm() -> PretrainedEncoder:
    if not is_installed(MINILM):
        pytest.skip("the extra encoder is not installed")
    return load_pretrained(find_encoder(MINILM), name=MINILM)
