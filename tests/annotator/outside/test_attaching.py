"""A pool is attached by what its shards are, and a random head of it comes through an import's checks."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from annotator.errors import BadPool
from annotator.formats.rows import MOST_TOKENS
from annotator.importing.undoing import list_imports
from annotator.outside.attaching import Attached, attach_pool
from annotator.project.attached import check_unchanged, detach_pool, list_pools, outside_in_words, show_pool
from annotator.putting_right.removing import remove_sentences
from db.corpus import pools, sentences
from db.finding import search
from db.queue import slots
from db.records import OWNER, Person
from db.store import Store
from db.team import audit
from learner.errors import ExampleError, ShardError


def attach(store: Store, folder: Path, head: int | None = 0) -> Attached:
    return attach_pool(store, folder, actor=OWNER, head=head)


def all_ids(store: Store) -> list[str]:
    return [sentence.external_id for page in sentences.pages(store) for sentence in page]


def shards_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))


def write_shard(folder: Path, **columns: list[object]) -> Path:
    folder.mkdir(exist_ok=True)
    parquet.write_table(pa.table(columns), folder / "own.parquet")
    return folder


def test_what_is_attached_is_on_record_and_nothing_comes_into_the_project(empty_store: Store, pool: Path) -> None:
    attached = attach(empty_store, pool)
    assert (attached.pool.folder, attached.pool.rows, attached.brought) == (str(pool), 60, 0)
    assert [(shard.name, shard.rows) for shard in attached.pool.shards] == [(p.name, 20) for p in shards_in(pool)]
    assert outside_in_words(empty_store) == "3 shards, 60 sentences, outside this project"
    assert all_ids(empty_store) == []
    assert attach(empty_store, pool).pool == attached.pool, "the same again is no other pool"
    line = audit.newest(empty_store, 1)[0]
    assert (line.action, line.detail) == ("pool attached", {"folder": "pool", "shards": 3, "sentences": 60})


def test_a_random_head_comes_as_an_import_does(empty_store: Store, pool: Path, ben: Person) -> None:
    attached = attach_pool(empty_store, pool, actor=ben, head=7)
    assert attached.brought == 7
    brought = sentences.find(empty_store, all_ids(empty_store))
    assert len(brought) == 7
    number, one = next((int(name.removeprefix("out-")), one) for name, one in brought.items())
    assert (one.split, one.text[:10], one.metadata) == (
        "pool",
        "The  barge",
        {"page": number, "place": {"port": "Hull"}},
    )
    assert one.tokens[-2:] == (f"p{number}", ".")
    assert {slot.sentence_id for slot in slots.upcoming(empty_store, 100)} == {one.id for one in brought.values()}
    assert not search.index_missing(empty_store)
    (listed,) = list_imports(empty_store, actor=OWNER)
    assert (listed.source, listed.person, listed.sentences) == ("pool, drawn at random", "Ben", 7)


def test_done_again_it_brings_only_what_is_missing(empty_store: Store, pool: Path) -> None:
    assert attach(empty_store, pool, 5).brought == 5
    before = all_ids(empty_store)
    assert attach(empty_store, pool, 5).brought == 0
    assert attach(empty_store, pool, 8).brought == 3
    assert all_ids(empty_store)[:5] == before
    assert len(set(all_ids(empty_store))) == 8


def test_what_an_attach_brought_before_it_was_killed_counts_once_it_is_done_again(
    empty_store: Store, pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr("annotator.importing.run._finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            attach(empty_store, pool, 5)
    assert attach(empty_store, pool, 5).brought == 0
    assert len(slots.open_sentences(empty_store, size=9)) == len(all_ids(empty_store)) == 5


def test_while_an_import_is_at_work_a_pool_is_attached_all_the_same(empty_store: Store, pool: Path) -> None:
    with empty_store.importing():
        assert attach(empty_store, pool).pool.rows == 60


def test_the_first_head_is_500_sentences_before_a_round_serves(empty_store: Store, pool: Path) -> None:
    assert attach(empty_store, pool, None).brought == 60


def test_the_head_does_not_depend_on_how_the_pool_is_cut(
    empty_store: Store, new_store: Callable[..., Store], pool_of: Callable[..., Path], tmp_path: Path
) -> None:
    records = [{"id": str(number), "text": f"word w{number}"} for number in range(90)]
    attach(empty_store, pool_of(records, rows=90), 10)
    with new_store(tmp_path / "other.db") as other:
        attach(other, pool_of(records[::-1], rows=7, name="cut"), 10)
        assert sorted(all_ids(other)) == sorted(all_ids(empty_store))


def test_no_sentence_that_the_project_has_comes_again(
    empty_store: Store, add_sentences: Callable[..., list[int]], pool_of: Callable[..., Path]
) -> None:
    """By id or by text, in any split, answered, removed or open; nor two with the same text."""
    add_sentences(1)
    add_sentences(1, split="test", words=("His", "raft", "sank"))
    add_sentences(1, words=("A", "boat", "slept"))
    remove_sentences(empty_store, ["pool-2"], reason="private", actor=OWNER)
    known = [
        {"id": "pool-0", "text": "The ship sank w0"},
        {"id": "other id", "text": "The ship sank w0"},
        {"id": "of test", "text": "His raft sank w1"},
        {"id": "pool-2", "text": "A boat slept w2"},
    ]
    new = [{"id": f"n{number}", "text": "Said twice"} for number in range(2)] + [{"id": "n2", "text": "Said once"}]
    attached = attach(empty_store, pool_of([*known, *new], rows=3), 100)
    assert (attached.known, attached.brought) == (2, 2)
    texts = Counter(sentence.text for page in sentences.pages(empty_store) for sentence in page)
    assert texts == Counter(["The ship sank w0", "His raft sank w1", "Said twice", "Said once"])


def test_an_id_that_means_another_sentence_is_refused(store: Store, pool_of: Callable[..., Path], anna: Person) -> None:
    folder = pool_of([{"id": "pool-1", "text": "Another text"}, {"id": "pool-2", "text": "And another"}])
    with pytest.raises(BadPool, match=r"id pool-1: found another text than the project has under this id, and under 1"):
        attach(store, folder)
    assert pools.all_of(store) == []


def test_two_sentences_with_one_id_are_refused(empty_store: Store, pool_of: Callable[..., Path]) -> None:
    twice = [{"id": name, "text": f"text {place}"} for place, name in enumerate(["a", "b", "a", "c", "b"])]
    with pytest.raises(
        ShardError, match=r"id [ab]: found it twice, in \w+\.parquet and in \w+\.parquet.*so have 1 other"
    ):
        attach(empty_store, pool_of(twice, rows=2))


def test_shards_of_other_programs_are_taken(empty_store: Store, tmp_path: Path) -> None:
    columns = {"id": [7, 8], "text": ["One boat.", "Two boats."], "label": ["x", "y"], "year": [1912, None]}
    attach(empty_store, write_shard(tmp_path / "own", **columns, split=["train", None]), 2)
    found = sentences.find(empty_store, ["7", "8"])
    assert [found[name].metadata for name in ("7", "8")] == [{"year": 1912}, {}]
    assert found["7"].tokens == ("One", "boat", ".")


@pytest.mark.parametrize(
    ("columns", "error", "says"),
    [
        ({"text": ["a"]}, ShardError, r"own\.parquet: found the columns text, expected id and tokens or text"),
        ({"id": ["a", None], "text": ["b", "c"]}, ExampleError, r"own\.parquet row 2, id: found none"),
        ({"id": ["a", "b"], "text": ["c", "  "]}, ExampleError, r"own\.parquet row 2, text: found \[\], expected at"),
        (
            {"id": ["a", "b"], "text": ["c", "d"], "split": ["train", "val"]},
            ShardError,
            "found sentences of val, expected",
        ),
        ({"id": pa.array([], pa.string()), "text": pa.array([], pa.string())}, ShardError, "found no sentences"),
    ],
    ids=["no id", "an id missing", "a text missing", "held out", "empty"],
)
def test_what_is_no_pool_is_refused(
    empty_store: Store, tmp_path: Path, columns: dict[str, list[object]], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        attach(empty_store, write_shard(tmp_path / "own", **columns))
    assert pools.all_of(empty_store) == []


def test_a_sentence_that_an_import_refuses_takes_no_place_of_another(
    empty_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    too_long = "word " * (MOST_TOKENS + 1)
    texts = [too_long if number % 2 else f"Short {number}" for number in range(12)]
    attached = attach(empty_store, write_shard(tmp_path / "own", id=[f"i{n}" for n in range(12)], text=[*texts]), 6)
    assert (
        attached.brought,
        {len(one.tokens) for one in sentences.find(empty_store, all_ids(empty_store)).values()},
    ) == (
        6,
        {2},
    )
    assert "The first: id i" in caplog.text and "text: found 4,097 tokens, expected at most 4,096." in caplog.text


def test_metadata_that_an_import_would_refuse_is_a_text_and_is_counted(
    empty_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written = ['{"source": "x", "score": NaN}', ' {"source": "z"}', "null", '{"a": 1, "a": 2}', "{x"]
    ids = [f"i{number}" for number in range(len(written))]
    attach(
        empty_store,
        write_shard(tmp_path / "own", id=[*ids], text=[f"Day {id_}" for id_ in ids], metadata=[*written]),
        5,
    )
    kept = [sentences.find(empty_store, [id_])[id_].metadata for id_ in ids]
    assert kept[:3] == [{"source": "x", "score": None}, {"source": "z"}, {}]
    assert kept[3:] == [{"metadata": written[3]}, {"metadata": written[4]}]
    assert "The metadata of 1 sentence was kept as a text. The first: id i3, found the field twice" in caplog.text


def test_a_database_with_the_name_of_a_shard_is_not_opened(empty_store: Store, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.parquet").hardlink_to(empty_store.path)
    with pytest.raises(BadPool, match=r"a\.parquet is a database, not a shard"):
        attach(empty_store, tmp_path / "own")


def test_changed_and_missing_shards_are_named(empty_store: Store, pool: Path) -> None:
    attach(empty_store, pool)
    missing, changed, same_size = shards_in(pool)
    missing.unlink()
    changed.write_bytes(b"short")
    body = bytearray(same_size.read_bytes())
    body[100] ^= 1
    same_size.write_bytes(body)
    _, shown = show_pool(empty_store, actor=OWNER)
    assert [shard.state for shard in shown] == ["missing", "changed", "changed"]
    with pytest.raises(BadPool, match=f"{missing.name} is missing and {changed.name} is changed.*whylight pool attach"):
        check_unchanged(empty_store, hashed=False)
    with pytest.raises(BadPool, match=f"{changed.name}, {same_size.name} are changed"):
        check_unchanged(empty_store, hashed=True)
    became = f"is not what was attached: {missing.name} is missing and {changed.name}, {same_size.name} are changed"
    with pytest.raises(BadPool, match=rf"{became}\. Put the shards back, or build them again"):
        attach(empty_store, pool)
    (pool / "shards.json").unlink()
    with pytest.raises(BadPool, match=rf"{became}\. As it is now, .*{changed.name}: found no Parquet data.*\. Put the"):
        attach(empty_store, pool)


def test_a_shard_that_is_not_what_was_built_is_not_attached(empty_store: Store, pool: Path) -> None:
    first = shards_in(pool)[0]
    body = first.read_bytes()
    first.write_bytes(body[:-1] + b"x")
    with pytest.raises(ShardError, match=f"is not what it was: {first.name} is changed; put the shards back, or build"):
        attach(empty_store, pool)
    (pool / "shards.json").unlink()
    with pytest.raises(ShardError, match=f"{first.name}: found no Parquet data that can be read"):
        attach(empty_store, pool)


def test_a_pool_that_has_grown_is_attached_again_and_the_old_one_stays_on_record(
    empty_store: Store, pool: Path, pool_of: Callable[..., Path]
) -> None:
    attach(empty_store, pool, 5)
    more = pool_of([{"id": "new", "text": "A new one"}], name="more")
    (pool / "shards.json").unlink()
    for shard in shards_in(more):
        shard.rename(pool / shard.name)
    assert attach(empty_store, pool).pool.rows == 61
    assert [(one.rows, one.detached_ms is None) for one in list_pools(empty_store, actor=OWNER)] == [
        (61, True),
        (60, False),
    ]


def test_a_detached_pool_leaves_what_came_from_it(empty_store: Store, pool: Path) -> None:
    attach(empty_store, pool, 5)
    assert detach_pool(empty_store, actor=OWNER).rows == 60
    assert (outside_in_words(empty_store), len(all_ids(empty_store))) == (None, 5)
    check_unchanged(empty_store, hashed=True)
    with pytest.raises(BadPool, match="has no pool outside it"):
        detach_pool(empty_store, actor=OWNER)


def test_the_record_of_a_pool_cannot_be_changed(empty_store: Store, pool: Path) -> None:
    attach(empty_store, pool)
    for statement in ("UPDATE pool_shards SET rows = 1", "DELETE FROM pool_shards"):
        with pytest.raises(Exception, match="stays on record"), empty_store.writing() as db:
            db.execute(statement)


def test_metadata_is_read_from_json_and_from_columns_and_answers_are_not(empty_store: Store, tmp_path: Path) -> None:
    metadata = [json.dumps({"a": 1, "annotations": []}), "no object"]
    columns = {"id": ["x", "y"], "text": ["One.", "Two."], "metadata": metadata, "marks": ["+.", "+."]}
    attach(empty_store, write_shard(tmp_path / "own", **columns), 2)
    found = sentences.find(empty_store, ["x", "y"])
    assert [found[name].metadata for name in ("x", "y")] == [{"a": 1}, {"metadata": "no object"}]
