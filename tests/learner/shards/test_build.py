"""Shards of a file: every sentence once, in order, named by content, read no further than what is written."""

import json

import pytest
from pyarrow import parquet

from learner.data.example import Sentence
from learner.errors import ExampleError, ShardError
from learner.shards.build import build_shards, write_shards
from learner.shards.folder import shards_of
from learner.shards.shard import windows


def build(tmp_path, *files, rows=4, out="shards"):
    remarks = []
    build_shards(files, tmp_path / out, rows=rows, remark=remarks.append, report=lambda shard, total: None)
    return tmp_path / out


def lines(path, *records):
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


def read(folder):
    return [each for shard in shards_of(folder) for window in windows(folder / shard.name) for each in window]


def test_every_sentence_is_in_a_shard_once(tmp_path):
    first = lines(tmp_path / "a.jsonl", *({"tokens": ["w", str(n)], "label": "x"} for n in range(7)))
    second = lines(tmp_path / "b.jsonl", {"id": "own", "tokens": ["é"], "query_tokens": ["who"]})
    folder = build(tmp_path, first, second)
    expected = [Sentence(f"a.jsonl:{n + 1}", ("w", str(n))) for n in range(7)] + [Sentence("own", ("é",), ("who",))]
    assert sorted(read(folder)) == sorted(expected)
    listed = json.loads((folder / "shards.json").read_text())
    assert (listed["rows"], len(listed["shards"])) == (8, 2)
    assert {shard["name"] for shard in listed["shards"]} == {f"{s['sha256'][:16]}.parquet" for s in listed["shards"]}


def test_the_same_sentences_have_the_same_names(tmp_path):
    file = lines(tmp_path / "a.jsonl", *({"tokens": [str(n)]} for n in range(9)))
    names = [sorted(path.name for path in build(tmp_path, file, out=out).iterdir()) for out in ("one", "two")]
    assert names[0] == names[1]


def test_a_list_of_shards_that_is_nested_without_end_is_damaged(tmp_path):
    folder = build(tmp_path, lines(tmp_path / "a.jsonl", {"tokens": ["w"], "label": "x"}))
    (folder / "shards.json").write_text("[" * 100_000)
    with pytest.raises(ShardError, match=r"shards\.json"):
        shards_of(folder)


def test_no_more_is_read_than_is_written(tmp_path):
    read_so_far = 0

    def source():
        nonlocal read_so_far
        for number in range(100):
            read_so_far += 1
            yield Sentence(str(number), ("word",))

    for done, (shard, count) in enumerate(write_shards(source(), tmp_path, rows=10), start=1):
        assert (read_so_far, count) == (10 * done, 10)
        assert parquet.read_metadata(tmp_path / shard.name).num_rows == 10


def test_what_cannot_be_built_is_said_and_leaves_nothing(tmp_path):
    bad = lines(tmp_path / "a.jsonl", {"tokens": ["a"]}, {"tokens": []})
    with pytest.raises(ExampleError, match=r"a\.jsonl line 2, tokens: found \[\]"):
        build(tmp_path, bad, rows=1)
    with pytest.raises(ExampleError, match=r"b\.jsonl: found an empty file"):
        build(tmp_path, lines(tmp_path / "b.jsonl"))
    with pytest.raises(ShardError, match="two of the files have the same name"):
        build(tmp_path, bad, tmp_path / "elsewhere" / "a.jsonl")
    twice = lines(tmp_path / "c.jsonl", {"id": "a", "tokens": ["a"]}, {"id": "a", "tokens": ["a"]})
    with pytest.raises(ShardError, match="1 sentence occurs twice, with the same ids, from number 2 on"):
        build(tmp_path, twice, rows=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b.jsonl", "c.jsonl"]
    with pytest.raises(ShardError, match="already exists: shards overwrite nothing"):
        build(tmp_path, bad, out="c.jsonl")
