"""Scores of a shard say what `predict` says; a finished shard is left alone, and anything else is made again."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from learner.acquisition.of_model import ModelFeatures
from learner.acquisition.word_rows import together
from learner.config import TrainingConfig
from learner.errors import ExampleError, ShardError
from learner.prediction import predict
from learner.shards import shard as shard_module
from learner.shards.score import Scoring, score_shard
from learner.shards.scores import made_of
from learner.training.checkpoint import save_checkpoint
from learner.training.run import train


def only(folder):
    (path,) = folder.glob("*.parquet")
    return path


def write(path, **columns):
    parquet.write_table(pa.table(columns), path)
    return path


def test_scores_are_what_predict_says(make_shards, sentences, score, trained):
    scores = only(score(make_shards(sentences, rows=90)))
    rows = parquet.read_table(scores).to_pylist()
    assert [row["id"] for row in rows] == [sentence.id for sentence in sentences]
    for row, expected in zip(rows, predict(trained, [sentence.tokens for sentence in sentences]), strict=True):
        best, second = sorted(expected.probabilities, reverse=True)
        assert row["probabilities"] == pytest.approx(expected.probabilities, abs=1e-6)
        assert row["margin"] == pytest.approx(best - second, abs=1e-6)
        assert row["explained"] == expected.explained
        assert row["saliency"] == pytest.approx(expected.saliency[trained.model.shown_view], rel=1e-3, abs=1e-4)
        assert row["gradient"] == pytest.approx(expected.saliency["gradient"], rel=1e-3, abs=1e-4)
    assert "embedding" not in rows[0]


def test_embeddings_are_the_vectors_that_acquisitions_compare(make_shards, sentences, score, trained):
    rows = parquet.read_table(only(score(make_shards(sentences, rows=90), embedding=True)), columns=["embedding"])
    texts = [(sentence.tokens, None) for sentence in sentences]
    features = ModelFeatures(
        trained, texts=lambda at: [texts[row] for row in at], scores=lambda at: together([]), answered=(), seed=0
    )
    expected = features.vectors(np.arange(90))
    assert np.allclose(rows["embedding"].to_pylist(), expected, atol=2e-3)


def test_equal_windows_have_equal_bits_in_any_shard(make_shards, sentences, score, monkeypatch):
    monkeypatch.setattr(shard_module, "WINDOW", 15)
    made = [score(make_shards(sentences, rows=rows, name=f"in-{rows}"), name=f"of-{rows}") for rows in (15, 45, 90)]
    found = [
        {row["id"]: row for path in folder.glob("*.parquet") for row in parquet.read_table(path).to_pylist()}
        for folder in made
    ]
    assert len(found[0]) == 90
    assert found[0] == found[1] == found[2]


def test_a_finished_shard_is_left_and_everything_else_is_made_again(
    checkpoint, make_shards, sentences, tmp_path, trained
):
    shard, out = only(make_shards(sentences, rows=90)), tmp_path / "out.parquet"
    assert score_shard(checkpoint, shard, out) == (shard.name, 90, False)
    before = out.read_bytes()
    assert score_shard(checkpoint, shard, out) == (shard.name, 90, True)

    out.write_bytes(before[:-20])
    assert not score_shard(checkpoint, shard, out).was_finished
    assert out.read_bytes() == before
    assert not score_shard(checkpoint, shard, out, scoring=Scoring(embedding=True)).was_finished

    save_checkpoint(trained, tmp_path / "again", {"seconds": 9})
    assert score_shard(tmp_path / "again", shard, out, scoring=Scoring(embedding=True)).was_finished, "the same model"
    other = tmp_path / "other"
    save_checkpoint(replace(trained, labels=("loud", "event")), other, {})
    assert not score_shard(other, shard, out).was_finished
    write(shard, id=["a"], tokens=[["filler1"]])
    assert score_shard(other, shard, out) == (shard.name, 1, False)
    assert made_of(out).shard.size == shard.stat().st_size


def test_a_run_that_ends_within_a_shard_leaves_nothing(checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(shard_module, "WINDOW", 1)
    shard = write(tmp_path / "a.parquet", id=["a", "b"], tokens=[["one"], []])
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / f".{'0' * 32}-a.parquet").touch()  # of a process that was killed
    with pytest.raises(ExampleError, match=r"a\.parquet row 2, tokens: found \[\], expected at least one word"):
        score_shard(checkpoint, shard, tmp_path / "out" / "a.parquet")
    assert os.listdir(tmp_path / "out") == []


def test_text_is_cut_and_other_columns_are_ignored(checkpoint, tmp_path):
    shard = write(
        tmp_path / "a.parquet", id=[7, 8], text=["It exploded.", "Why?"], tokens=[None, ["Why", "?"]], mood=[[1], [2]]
    )
    parquet.write_table(
        pa.table(parquet.read_table(shard).columns, ["id", "text", "tokens", "mood"]).cast(
            pa.schema(
                [
                    ("id", pa.int64()),
                    ("text", pa.string()),
                    ("tokens", pa.list_(pa.string())),
                    ("mood", pa.list_(pa.int64())),
                ]
            )
        ),
        shard,
    )
    score_shard(checkpoint, shard, tmp_path / "out.parquet")
    rows = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(row["id"], len(row["saliency"])) for row in rows] == [("7", 3), ("8", 2)]


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"tokens": [["a"]]}, "a.parquet: found the columns tokens, expected id and tokens or text"),
        ({"id": ["a"], "words": [["a"]]}, "found the columns id, words, expected id and tokens or text"),
        ({"id": ["a"], "tokens": ["a b"]}, "a.parquet, tokens: found string, expected lists of text"),
        ({"id": [0.5], "text": ["a b"]}, "a.parquet, id: found double, expected text or whole numbers"),
        ({"id": pa.array([None], pa.string()), "text": ["a"]}, "a.parquet row 1, id: found none"),
        ({"id": ["a"], "tokens": [["a", None]]}, "a.parquet row 1, tokens: found"),
        ({"id": ["a"], "text": [" "]}, "a.parquet row 1, text: found"),
        ({"id": ["a"], "text": pa.array([None], pa.string())}, "a.parquet row 1: found neither tokens nor text"),
        ({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}, "found no sentences, expected at least"),
    ],
)
def test_what_is_no_shard_is_refused_in_a_sentence(checkpoint, tmp_path, columns, complaint):
    shard = write(tmp_path / "a.parquet", **columns)
    with pytest.raises((ShardError, ExampleError)) as refusal:
        score_shard(checkpoint, shard, tmp_path / "out.parquet")
    assert complaint in str(refusal.value)
    assert not (tmp_path / "out.parquet").exists()


def test_a_file_of_another_kind_and_a_known_shard_with_other_contents_are_refused(checkpoint, tmp_path):
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(ShardError, match=r"a\.parquet: found no Parquet data that can be read"):
        score_shard(checkpoint, tmp_path / "a.parquet", tmp_path / "out.parquet")
    shard = write(tmp_path / "b.parquet", id=["a"], tokens=[["a"]])
    with pytest.raises(ShardError, match=r"is not what it was: b\.parquet is changed; put the shards back"):
        score_shard(checkpoint, shard, tmp_path / "out.parquet", sha256="0" * 64)
    shard.unlink()
    with pytest.raises(ShardError, match=r"is not what it was: b\.parquet is missing; put the shards back"):
        score_shard(checkpoint, shard, tmp_path / "out.parquet", sha256="0" * 64)


def test_a_moved_copy_of_a_shard_is_finished(checkpoint, make_shards, sentences, tmp_path):
    shard, out = only(make_shards(sentences, rows=90)), tmp_path / "out.parquet"
    score_shard(checkpoint, shard, out)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(shard, tmp_path / "elsewhere")
    assert score_shard(checkpoint, tmp_path / "elsewhere" / shard.name, out).was_finished


def test_a_model_that_reads_queries_gets_them_and_names_a_shard_without(make_planted, tmp_path):
    asked = [replace(example, query=("who",)) for example in make_planted(20, seed=1)]
    config = TrainingConfig(model="cloze", dimension=8, max_steps=2)
    save_checkpoint(train(asked, (), labels=("quiet", "event"), config=config, device="cpu"), tmp_path / "cloze", {})
    found = []
    for name, query in (("a", "who exploded"), ("b", "filler1")):
        shard = write(tmp_path / f"{name}.parquet", id=["a"], text=["It exploded"], query=[query])
        score_shard(tmp_path / "cloze", shard, tmp_path / "out.parquet")
        found.append(parquet.read_table(tmp_path / "out.parquet")["probabilities"].to_pylist())
    assert found[0] != found[1]
    without = write(tmp_path / "c.parquet", id=["a"], text=["It exploded"])
    with pytest.raises(ExampleError, match=r"c\.parquet, from id a on: this model reads a query with each sentence"):
        score_shard(tmp_path / "cloze", without, tmp_path / "out.parquet")
