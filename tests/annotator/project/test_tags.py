"""Tags: words on sentences, given to one or to all that a search finds, and taken back."""

import pytest

from annotator.errors import BadTag
from annotator.project.tags import (
    count_tags,
    tag_found,
    tag_sentence,
    take_back_tag,
    untag_found,
    untag_sentence,
)
from annotator.reviewing.browsing import choose, describe_sentence, list_sentences
from db.errors import UnknownSentence
from db.finding.filters import SentenceFilter
from db.records import OWNER, Person
from db.store import Store
from db.team import audit


def found(store: Store, tag: str) -> list[int]:
    rows, _ = list_sentences(store, choose(store, tag=tag), actor=OWNER)
    return [row["sentence_id"] for row in rows]


def test_all_that_a_search_finds_is_tagged_and_that_is_taken_back(store: Store, ben: Person) -> None:
    tag_sentence(store, "Irony", "pool-1", actor=ben)
    tagged = tag_found(store, " IRONY ", SentenceFilter(among=(1, 2, 3)), actor=ben)
    assert (tagged.tag, tagged.sentences, tagged.had_it) == ("irony", 2, 1)
    assert found(store, "irony") == [1, 2, 3]
    assert take_back_tag(store, "irony", at_ms=tagged.at_ms, actor=ben) == 2
    assert found(store, "Irony") == [2], "what had the tag before keeps it"
    deeds = [(row.action, row.detail["sentences"]) for row in reversed(audit.newest(store, 3))]
    assert deeds == [("sentences tagged", 1), ("sentences tagged", 2), ("tag taken back", 2)]


def test_two_acts_in_one_millisecond_are_taken_back_one_by_one(
    store: Store, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.finding.tags.now_ms", lambda: 5)
    first = tag_found(store, "x", SentenceFilter(among=(1,)), actor=ben)
    second = tag_found(store, "x", SentenceFilter(among=(2,)), actor=ben)
    take_back_tag(store, "x", at_ms=second.at_ms, actor=ben)
    assert (found(store, "x"), first.at_ms < second.at_ms) == ([1], True)


def test_a_sentence_has_several_tags_in_the_list_and_on_its_page(store: Store, ben: Person) -> None:
    for tag in ("b", "a"):
        tag_sentence(store, tag, "pool-0", actor=ben)
    rows, _ = list_sentences(store, SentenceFilter(), actor=ben)
    assert [row["tags"] for row in rows[:2]] == [["a", "b"], []]
    assert describe_sentence(store, "pool-0", actor=ben)["tags"] == ["a", "b"]
    assert untag_sentence(store, "a", "pool-0", actor=ben) == 1
    assert untag_sentence(store, "a", "pool-0", actor=ben) == 0
    assert count_tags(store, actor=ben) == {"b": 1}


def test_a_tag_is_removed_from_all_that_a_search_finds(store: Store, ben: Person) -> None:
    tag_found(store, "x", SentenceFilter(among=(1, 2, 3)), actor=ben)
    assert untag_found(store, "x", SentenceFilter(among=(2, 3, 4)), actor=ben) == 2
    assert found(store, "x") == [1]


@pytest.mark.parametrize(
    ("tag", "why"), [("", "empty"), ("two words", "hard-case"), ("a,b", "one word"), ("x" * 41, "40")]
)
def test_what_is_no_tag_is_refused(store: Store, tag: str, why: str) -> None:
    with pytest.raises(BadTag, match=why):
        tag_sentence(store, tag, "pool-0", actor=OWNER)
    assert count_tags(store, actor=OWNER) == {}


def test_there_must_be_something_to_tag(store: Store) -> None:
    with pytest.raises(BadTag, match="finds no sentence"):
        tag_found(store, "x", SentenceFilter(split="test"), actor=OWNER)
    with pytest.raises(UnknownSentence, match="no sentence 'nowhere'"):
        tag_sentence(store, "x", "nowhere", actor=OWNER)
