"""What a folder of shards holds is known without a model; a sample of it is that of a head of the same shards."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from learner.data.example import Sentence
from learner.errors import ExampleError, ShardError
from learner.shards.folder import shards_of
from learner.shards.head import Asked, Scores, choose, choose_head
from learner.shards.scores import are_among, keys_of
from learner.shards.survey import check_ids, distinct_words, draw, sentences_at, survey


def surveyed(folder: Path):
    return [survey(folder / shard.name) for shard in shards_of(folder)]


def ids_of(head) -> list[str]:
    return [sentence.id for sentence in head.contents.sentences]


def test_a_survey_has_the_facts_and_the_ids(make_shards, sentences):
    folder = make_shards(sentences, rows=40)
    found = surveyed(folder)
    assert [each.shard for each in found] == shards_of(folder)
    assert sum(each.rows for each in found) == 90
    assert {*np.concatenate([each.keys for each in found])} == {*keys_of([each.id for each in sentences])}


def test_a_sample_without_a_model_is_the_random_head_of_any_shards(make_shards, sentences, score):
    folder = make_shards(sentences, rows=40)
    drawn = draw(folder, surveyed(folder), size=12, seed=3)
    scored = Scores.of(score(make_shards(sentences[::-1], rows=90, name="cut")))
    asked = Asked(12, "random", seed=3)
    assert ids_of(drawn) == [record["id"] for record in choose_head(scored, asked)]
    assert [entry.probability for entry in drawn.chosen] == [12 / 90] * 12
    without = keys_of(ids_of(drawn)[:5])
    assert ids_of(draw(folder, surveyed(folder), size=7, seed=3, without=without)) == ids_of(drawn)[5:]
    assert ids_of(choose(scored.leaving_out(without), asked))[:7] == ids_of(drawn)[5:]


def test_what_is_left_out_of_one_folder_is_chosen_in_the_other(make_shards, sentences, score):
    first, second = (
        Scores.of(score(make_shards(part, rows=45, name=f"in-{n}"), name=f"of-{n}"))
        for n, part in enumerate((sentences[:45], sentences[45:]))
    )
    every = Asked(90, random_share=0.2)
    both = choose(first.joined(second), every)
    assert sorted(ids_of(both)) == sorted(each.id for each in sentences)
    gone = keys_of([each.id for each in sentences])
    rest = choose(first.leaving_out(gone).joined(second), every)
    assert sorted(ids_of(rest)) == sorted(each.id for each in sentences[45:])
    assert ids_of(choose(first.leaving_out(gone), every)) == []


def test_an_id_that_is_there_twice_is_named(make_shards, sentences):
    folder = make_shards([*sentences, sentences[7]._replace(tokens=("other",))], rows=45)
    with pytest.raises(ShardError, match=rf"id {sentences[7].id}: found it twice, in \w+\.parquet and in \w+\.parquet"):
        check_ids(folder, surveyed(folder))


def test_a_single_key_is_found_however_large_it_is():
    keys = np.array([3, 2**63 + 5], dtype=np.uint64)
    assert are_among(keys, keys[1:]).tolist() == [False, True]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"tokens": [["a"], ["b", ""], ["c"]]}, "row 2, tokens: found .*none empty"),
        ({"tokens": [["a"], ["b", None], ["c"]]}, "row 2, tokens: found .*none empty"),
        ({"tokens": [["a"], [], ["c"]], "text": ["a", "b", "c"]}, "row 2, tokens: found .*at least one word"),
        ({"tokens": [["a"], None, ["c"]]}, "row 2: found neither tokens nor text"),
        ({"tokens": [["a"], None, ["c"]], "text": ["", "\u00a0", ""]}, "row 2, text: found"),
        ({"text": ["a", "b", "c"], "query": [None, "", "d"]}, "row 2, query: found"),
    ],
)
def test_a_row_at_which_a_model_would_stop_is_named_before(tmp_path, columns, says):
    texts = {name: pa.array(values) for name, values in columns.items()}
    parquet.write_table(pa.table({"id": [1, 2, 3], **texts}), tmp_path / "a.parquet")
    with pytest.raises(ExampleError, match=rf"a\.parquet {says}"):
        survey(tmp_path / "a.parquet")


def test_words_are_read_however_a_shard_keeps_them(tmp_path):
    kept = pa.array(["a ship", None, "b"]).dictionary_encode()
    lists = pa.array([None, ["c"], ["d"]], pa.large_list(pa.string()))
    parquet.write_table(pa.table({"id": ["1", "2", "3"], "text": kept, "tokens": lists}), tmp_path / "a.parquet")
    assert survey(tmp_path / "a.parquet").rows == 3


def test_sentences_are_found_by_their_rows(make_shards, sentences):
    folder = make_shards(sentences, rows=90)
    rows = np.array([80, 3])
    assert sentences_at(folder / shards_of(folder)[0].name, rows) == [sentences[80], sentences[3]]


@pytest.mark.parametrize("given", [True, False], ids=["tokens", "text alone"])
def test_every_word_of_a_shard_is_known(tmp_path, given):
    columns = {"id": ["1", "2"], "text": ["A ship.", "Two ships"], "query": [None, "Who?"]}
    if given:
        columns["tokens"] = pa.array([["A", "raft"], None])
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    expected = {"Two", "ships", "Who", "?"} | ({"A", "raft"} if given else {"A", "ship", "."})
    assert distinct_words(tmp_path / "a.parquet") == expected
    assert Sentence("1", ("A", "raft") if given else ("A", "ship", ".")) in sentences_at(
        tmp_path / "a.parquet", np.array([0])
    )
