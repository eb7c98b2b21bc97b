from collections import Counter

import pytest

from db.corpus import sentences
from db.corpus.placing import Placement
from db.corpus.spool import SpooledRow, open_spool
from db.records import NewSentence, Split
from db.store import Store


def row(id_: str, split: Split, *, text: str = "ship", **facts) -> SpooledRow:
    new = NewSentence(id_, text, (text,), (0,), split)
    return SpooledRow(sentences.encode(new), **({"is_new": True, "answers": None} | facts))


def placed(store: Store, rows: list[SpooledRow], *, has_splits: bool) -> tuple[dict[str, str], Placement]:
    """Return the split of each new sentence, and the counts."""
    with open_spool(store) as spool:
        spool.add(rows)
        placement = spool.place(has_splits=has_splits)
        return {new.external_id: new.split for chunk in spool.new_sentences(size=9) for new in chunk}, placement


def test_new_sentences_with_the_same_text_get_the_strictest_split_of_the_file(empty_store: Store) -> None:
    rows = [row("a", "pool"), row("b", "dev"), row("c", "test"), row("d", "dev", text="raft")]
    splits, placement = placed(empty_store, rows, has_splits=True)
    assert splits == {"a": "test", "b": "test", "c": "test", "d": "dev"}
    assert placement == Placement(Counter(), Counter({("pool", "test"): 1, ("dev", "test"): 1}))


def test_the_project_s_split_of_a_text_comes_before_the_file_s(empty_store: Store) -> None:
    splits, placement = placed(empty_store, [row("a", "test", there="dev"), row("b", "test")], has_splits=True)
    assert splits == {"a": "dev", "b": "test"}
    assert placement.moved == {("test", "dev"): 1}


def test_a_text_whose_sentences_the_file_moves_goes_where_they_go(empty_store: Store) -> None:
    moves = row("known", "pool", is_new=False, wanted="test", moves=True)
    splits, _ = placed(empty_store, [row("a", "pool", there="pool"), moves], has_splits=True)
    assert splits == {"a": "test"}


def test_a_text_that_a_sentence_of_the_project_gets_has_that_one_s_split(empty_store: Store) -> None:
    corrected = row("known", "dev", is_new=False, corrects=True, there="dev")
    for has_splits in (True, False):
        splits, _ = placed(empty_store, [row("a", "pool", drawn="test"), corrected], has_splits=has_splits)
        assert splits == {"a": "dev"}


@pytest.mark.parametrize(("there", "split", "set_aside"), [(None, "test", {"test": 1}), ("pool", "pool", {})])
def test_without_splits_in_the_file_one_is_drawn_for_a_text_that_the_project_does_not_have(
    empty_store: Store, there: Split | None, split: str, set_aside: dict[Split, int]
) -> None:
    splits, placement = placed(empty_store, [row("a", "pool", there=there, drawn="test")], has_splits=False)
    assert splits == {"a": split}
    assert placement == Placement(Counter(set_aside), Counter())


def test_the_splits_can_be_decided_again(empty_store: Store) -> None:
    with open_spool(empty_store) as spool:
        spool.add([row("a", "pool", drawn="dev"), row("b", "test", drawn="dev")])
        first = spool.place(has_splits=True)
        spool.place(has_splits=False)
        assert spool.place(has_splits=True) == first
