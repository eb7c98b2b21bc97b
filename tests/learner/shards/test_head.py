"""The head of the queue is the one out of all rows, for any shards; faults are named."""

import json
import random

import numpy as np
import pytest
from pyarrow import parquet

from learner import registry
from learner.acquisition.choosing import choose_queue
from learner.acquisition.pool import Features, Pool
from learner.errors import ConfigError, ShardError
from learner.shards import head as head_module
from learner.shards.head import Asked, Scores, choose_head

ALL = ("margin", "entropy", "margin-gumbel", "random", "bald", "badge", "typical", "diffuse", "0.5*margin+0.5*bald")


def head(folder, answered=(), **asked):
    return list(choose_head(Scores.of(folder), Asked(**({"size": 12} | asked)), answered=answered))


def a_split(sentences, rows, seed):
    """The sentences in other shards: in another order of blocks of 15, which are windows."""
    blocks = [sentences[start : start + 15] for start in range(0, len(sentences), 15)]
    random.Random(seed).shuffle(blocks)
    return [sentence for block in blocks for sentence in block], rows


@pytest.fixture
def scored(make_shards, sentences, score, monkeypatch):
    """Scores of all sentences in one shard, in two and in six, in different orders."""
    monkeypatch.setattr("learner.shards.shard.WINDOW", 15)
    shapes = [(sentences, 90), a_split(sentences, 45, 1), a_split(sentences, 15, 2)]
    return [
        score(make_shards(rows, rows=size, name=f"in-{number}"), name=f"of-{number}", embedding=True)
        for number, (rows, size) in enumerate(shapes)
    ]


def test_the_same_head_comes_from_any_shards(scored, make_planted):
    answered = make_planted(10, seed=9)
    for acquisition in ALL:
        heads = [head(folder, answered, acquisition=acquisition) for folder in scored]
        assert len(heads[0]) == 12
        assert heads[0] == heads[1] == heads[2], acquisition
        assert len({record["id"] for record in heads[0]}) == 12


def test_few_candidates_of_many_rows_are_the_same_from_any_shards(scored, monkeypatch):
    monkeypatch.setattr("learner.acquisition.choosing.MOST_CANDIDATES", 24)
    heads = [head(folder, acquisition="bald", size=5) for folder in scored]
    assert heads[0] == heads[1] == heads[2]


class Words(Features):
    def __init__(self, sentences):
        self.sentences = sentences

    def words(self, rows):
        return [self.sentences[row].tokens for row in rows]


def test_the_head_is_what_a_round_would_choose_of_all_rows(make_shards, sentences, score):
    twice = [each._replace(id=f"{each.id} {copy}") for each in sentences for copy in "ab"]  # all are near-duplicates
    folder = score(make_shards(twice, rows=60))
    rows = [row for path in folder.glob("*.parquet") for row in parquet.read_table(path).to_pylist()]
    probabilities = {row["id"]: row["probabilities"] for row in rows}
    pool = Pool(np.array([probabilities[each.id] for each in twice], np.float32), features=Words(twice))
    of_round = choose_queue(pool, size=30, random_share=0, rng=np.random.default_rng(0))
    chosen = head(folder, size=30, random_share=0)
    assert [record["score"] for record in chosen] == [entry.score for entry in of_round]
    assert [record["tokens"] for record in chosen] == [twice[entry.row].tokens for entry in of_round]


def test_a_head_says_what_it_was_chosen_by_and_what_the_model_says(scored):
    records = head(scored[0], size=10, random_share=0.2)
    assert [record["reason"] for record in records] == [*["unsure"] * 4, "random", *["unsure"] * 4, "random"]
    assert [record["chance"] for record in records if record["reason"] == "random"] == [2 / 90] * 2
    for record in records:
        assert set(record["probabilities"]) == {"quiet", "event"}
        assert record["predicted"] == max(record["probabilities"], key=record["probabilities"].get)
        assert len(record["tokens"]) == len(record["saliency"]) == len(record["gradient"]) == 8
        assert json.loads(json.dumps(record, allow_nan=False))["why"]


def test_another_seed_draws_others_and_the_same_one_the_same(scored):
    ids = [{each["id"] for each in head(scored[0], acquisition="random", seed=seed)} for seed in (0, 0, 1)]
    assert ids[0] == ids[1] != ids[2]


def test_the_random_sentences_are_no_others_when_the_pool_is_ordered_otherwise(scored):
    drawn = [
        {r["id"] for r in head(folder, acquisition=by) if r["reason"] == "random"}
        for folder, by in zip(scored, ("margin", "entropy", "bald"), strict=True)
    ]
    assert drawn[0] == drawn[1] == drawn[2] and len(drawn[0]) == 2


def test_an_acquisition_with_chance_of_its_own_is_refused(scored, monkeypatch):
    monkeypatch.setattr(registry, "load", lambda kind, name: lambda probabilities, rng: rng.random(len(probabilities)))
    with pytest.raises(ConfigError, match="'margin': found other scores for the same probabilities"):
        head(scored[0])


def damage_probabilities(path):
    column = parquet.read_metadata(path).row_group(0).column(2)
    assert column.path_in_schema.startswith("probabilities")
    contents = bytearray(path.read_bytes())
    contents[column.data_page_offset + column.total_compressed_size - 1] ^= 1
    path.write_bytes(contents)


def test_what_is_missing_changed_or_foreign_is_named(scored, tmp_path):
    (scores,) = scored[0].glob("*.parquet")
    whole = scores.read_bytes()
    with pytest.raises(ShardError, match=rf"of-0: found no scores of {scores.name}, expected those of all shards, 1"):
        scores.rename(tmp_path / "away")
        head(scored[0])
    (tmp_path / "away").rename(scores)

    damage_probabilities(scores)
    with pytest.raises(ShardError, match=r"found damaged scores; delete the file"):
        head(scored[0])
    scores.write_bytes(whole[:-9])
    with pytest.raises(ShardError, match=rf"{scores.name}: found damaged scores"):
        head(scored[0])
    scores.write_bytes(whole)

    (scored[0] / "b.parquet").write_bytes(whole)
    with pytest.raises(ShardError, match=r"of-0: b.parquet belongs to no shard of .*in-0"):
        head(scored[0])
    (scored[0] / "b.parquet").unlink()

    (scored[0] / "plan.json").unlink()
    with pytest.raises(ShardError, match=r"found no plan\.json, expected what `python -m learner shards score` wrote"):
        head(scored[0])


def test_a_folder_whose_shards_are_missing_changed_or_foreign_is_not_scored(make_shards, sentences, score, tmp_path):
    folder = make_shards(sentences, rows=45)
    first, second = sorted(folder.glob("*.parquet"))
    whole = first.read_bytes()
    (folder / "other.parquet").write_bytes(whole)
    with pytest.raises(ShardError, match=r"other\.parquet is not one of the shards that shards\.json lists"):
        score(folder)
    (folder / "other.parquet").unlink()
    first.write_bytes(whole + b"x")
    with pytest.raises(
        ShardError, match=f"is not what it was: {first.name} is changed; put the shards back, or build them again"
    ):
        score(folder)
    first.write_bytes(b"x" + whole[1:])
    with pytest.raises(ShardError, match=f"is not what it was: {first.name} is changed"):
        score(folder)
    first.unlink()
    with pytest.raises(ShardError, match=f"is not what it was: {first.name} is missing"):
        score(folder)
    with pytest.raises(ShardError, match="this is the folder of the shards"):
        score(make_shards(sentences, rows=90, name="again"), name="again")
    assert second.exists()


def test_a_shard_that_has_changed_since_it_was_scored_is_named(scored, sentences, tmp_path, make_shards):
    moved = make_shards([sentence._replace(id=f"x{sentence.id}") for sentence in sentences], rows=90, name="moved")
    (there,), (scores,) = moved.glob("*.parquet"), scored[0].glob("*.parquet")
    there.rename(moved / scores.name)
    with pytest.raises(ShardError, match=f"{scores.name}: the shard has changed since it was scored"):
        list(choose_head(Scores.of(scored[0], shards_in=moved), Asked(size=5)))


def test_an_id_that_two_candidates_have_is_named(make_shards, sentences, score):
    twice = [sentences[0], *sentences[1:45], sentences[0]._replace(tokens=("exploded", "filler1")), *sentences[46:]]
    with pytest.raises(ShardError, match=r"id s3-0: found it twice, in .*parquet and in .*parquet"):
        head(score(make_shards(twice, rows=45)), size=30)


def test_another_checkpoint_in_its_place_is_refused(scored, trained, tmp_path):
    from dataclasses import replace

    from learner.training.checkpoint import save_checkpoint

    save_checkpoint(replace(trained, labels=("loud", "event")), tmp_path / "other", {})
    plan = Scores.of(scored[0]).plan
    with pytest.raises(ShardError, match="other: found another checkpoint than the one that has scored the shards"):
        head_module.load_model(plan, tmp_path / "other")
