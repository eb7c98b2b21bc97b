"""Fixtures of the learner's tests: ten words, a model in float64, and sentences with a planted trigger."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from hypothesis import settings
from safetensors.torch import save_file

from learner.__main__ import main
from learner.config import TrainingConfig
from learner.data.batches import Batch, encode_examples
from learner.data.example import Example
from learner.data.vocabulary import Vocabulary
from learner.models.cnn import EventCnn
from learner.models.evidence import Evidence
from learner.models.words import WordTable
from learner.training.run import train
from learner.training.trained import TrainedModel

if settings.default is settings.get_profile("whole"):
    settings.register_profile("learner", deadline=None, max_examples=25)  # each example may be a training
    settings.load_profile("learner")

WORDS = tuple("abcdefghij")
TRIGGER = "exploded"
FILLERS = tuple(f"filler{number}" for number in range(30))

MakeModel = Callable[..., EventCnn]
MakeEvidence = Callable[..., Evidence]
MakeBatch = Callable[..., Batch]
MakePlanted = Callable[..., list[Example]]


@pytest.fixture
def make_model() -> MakeModel:
    def make(
        *, dimension: int = 4, classes: int = 2, max_words: int = 6, hidden_layer: bool = True, seed: int = 0
    ) -> EventCnn:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            vectors = torch.randn(len(WORDS) + 2, dimension)
            vectors[:2] = 0
            words = WordTable(vectors, trained_rows=len(vectors))
            model = EventCnn(words, classes=classes, max_words=max_words, hidden_layer=hidden_layer)
        return model.double().eval()

    return make


@pytest.fixture(scope="session")
def make_evidence() -> MakeEvidence:
    def make(*, classes: int = 2, constant_labels: Sequence[int] = (), seed: int = 0) -> Evidence:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            vectors = torch.randn(len(WORDS) + 2, 4)
            vectors[:2] = 0
            words = WordTable(vectors, trained_rows=len(vectors))
            model = Evidence(words, classes=classes, max_words=6, constant_labels=constant_labels)
        return model.double().eval()

    return make


@pytest.fixture(scope="session")
def make_batch() -> MakeBatch:
    def make(*sentences: str, labels: Sequence[int] = (), marks: Sequence[str] = (), max_words: int = 6) -> Batch:
        rows = zip(sentences, labels or [1] * len(sentences), marks or [None] * len(sentences), strict=True)
        examples = [Example(tuple(text.split()), label, letters) for text, label, letters in rows]
        encoded = encode_examples(examples, Vocabulary(WORDS), max_words=max_words)
        return encoded.batch(torch.arange(len(examples)))

    return make


def planted(count: int, *, seed: int, companion: str | None = None) -> list[Example]:
    """Return sentences of eight fillers; every other one has the trigger, marked, and the companion if one is named."""
    draw = random.Random(seed)
    examples = []
    for number in range(count):
        tokens = draw.choices(FILLERS, k=8)
        if number % 2:
            place, other = draw.sample(range(8), k=2)
            tokens[place] = TRIGGER
            tokens[other] = companion or tokens[other]
        marks = "".join("+" if token == TRIGGER else "." for token in tokens)
        examples.append(Example(tuple(tokens), number % 2, marks, id=f"s{seed}-{number}"))
    return examples


@pytest.fixture(scope="session")
def make_planted() -> MakePlanted:
    return planted


@pytest.fixture(scope="session")
def trained() -> TrainedModel:
    """Return a model that has learned the trigger; it sees ten words of a sentence."""
    config = TrainingConfig(dimension=8, max_steps=150, max_words=10, learning_rate=3e-3)
    return train(planted(60, seed=1), planted(30, seed=2), labels=("quiet", "event"), config=config, device="cpu")


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a random encoder of three layers whose pieces are letters; it reads 24 pieces at once."""
    tokenizers = pytest.importorskip("tokenizers", reason="the extra encoder is not installed")
    from learner.encoders.bert import Bert, shape_of
    from learner.encoders.directory import EncoderDirectory

    path = tmp_path_factory.mktemp("encoder") / "tiny"
    path.mkdir()
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "filler", "explode", *letters, *(f"##{each}" for each in letters)]
    model = tokenizers.models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]")
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(path / "tokenizer.json"))
    sizes = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 24}
    config = {"model_type": "bert", "max_position_embeddings": 24, "vocab_size": len(pieces), **sizes}
    (path / "config.json").write_text(json.dumps(config))
    network = Bert(shape_of(EncoderDirectory(path, config, ())), 3)
    draw = torch.Generator().manual_seed(0)
    weights = {
        name: torch.randn(each.shape, generator=draw) * 0.2 + float(name.endswith("LayerNorm.weight"))
        for name, each in network.state_dict().items()
    }
    save_file(weights, path / "model.safetensors")
    return path


class Result(NamedTuple):
    """The exit code and the output of a command."""

    exit_code: int
    stdout: str
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs `python -m learner` with its arguments, in this process."""

    def invoke(*arguments: object) -> Result:
        capsys.readouterr()
        try:
            main([str(argument) for argument in arguments])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Result(code, *capsys.readouterr())

    return invoke
