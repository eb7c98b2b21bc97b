"""A checkpoint, its sentences, and shards of them that are scored."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from learner.data.example import Sentence
from learner.shards.build import write_shards
from learner.shards.folder import write_list
from learner.shards.many import score_shards
from learner.shards.score import Scoring
from learner.training.checkpoint import save_checkpoint


@pytest.fixture(scope="session")
def checkpoint(trained, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "model"
    save_checkpoint(trained, path, {})
    return path


@pytest.fixture(scope="session")
def sentences(make_planted) -> list[Sentence]:
    return [Sentence(example.id, example.tokens) for example in make_planted(90, seed=3)]


@pytest.fixture
def make_shards(tmp_path) -> Callable[..., Path]:
    """Return a function that writes shards of so many rows as a folder that `build` could have made."""

    def make(sentences: Sequence[Sentence], *, rows: int, name: str = "shards") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        made = list(write_shards(sentences, folder, rows=rows))
        write_list(folder, [shard for shard, _ in made], rows=len(sentences))
        return folder

    return make


@pytest.fixture
def score(checkpoint, tmp_path) -> Callable[..., Path]:
    """Return a function that scores a folder of shards and returns the folder of their scores."""

    def run(shards: Path, *, name: str = "scores", **settings: bool) -> Path:
        list(score_shards(checkpoint, shards, tmp_path / name, scoring=Scoring(**settings)))
        return tmp_path / name

    return run
