"""A language model's answer is read exactly, or not at all."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.language_model.reading import Reading, Unusable, read_answer
from db.answers.suggestions import UNUSABLE, WhyNone
from db.records import Label

LABELS = (Label(0, "none", takes_rationale=False), Label(2, "event"), Label(3, "Zweifel “groß”"))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 9)
    | st.floats()
    | st.text()
    | st.sampled_from([x.name for x in LABELS]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["label", "words"]), inner),
    max_leaves=8,
)


@given(st.text() | JSON.map(json.dumps) | st.fixed_dictionaries({"label": JSON, "words": JSON}).map(json.dumps))
def test_whatever_comes_is_a_suggestion_for_the_sentence_or_has_a_reason(content: str) -> None:
    try:
        label, words = read_answer(content, LABELS, tokens=5)
    except Unusable as unusable:
        assert unusable.why in UNUSABLE
        return
    (chosen,) = [each for each in LABELS if each.index == label]
    assert list(words) == sorted(set(words))
    assert set(words) <= set(range(5)) if chosen.takes_rationale else not words


@given(
    st.sampled_from(LABELS),
    st.lists(st.integers(0, 4)),
    st.sampled_from(["{}", "```json\n{}\n```", "\n```\n{}\n``` \n"]),
)
def test_what_was_asked_for_is_read_with_or_without_a_block_around_it(
    label: Label, words: list[int], around: str
) -> None:
    words = words if label.takes_rationale else []
    content = around.replace("{}", json.dumps({"label": label.name, "words": words, "why": "because"}))
    assert read_answer(content, LABELS, tokens=5) == Reading(label.index, tuple(sorted(set(words))))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("The label is event.", "bad JSON"),
        ('Here it is: {"label": "event", "words": [1]}', "bad JSON"),
        ('{"label": "event", "words": [1', "bad JSON"),
        ('{"label": "event"}', "bad JSON"),
        ('{"label": "event", "label": "none", "words": []}', "bad JSON"),
        ('{"label": "event", "words": ["1"]}', "bad JSON"),
        ('{"label": "event", "words": [1.0]}', "bad JSON"),
        ('{"label": "event", "words": [true]}', "bad JSON"),
        ('{"label": "event", "words": NaN}', "bad JSON"),
        ('[{"label": "event", "words": [1]}]', "bad JSON"),
        ("[" * 9999, "bad JSON"),
        ("", "bad JSON"),
        ('{"label": "Event", "words": [1]}', "unknown label"),
        ('{"label": "doubt", "words": [1]}', "unknown label"),
        ('{"label": "event", "words": [5]}', "index outside"),
        ('{"label": "event", "words": [-1]}', "index outside"),
        ('{"label": "none", "words": [1]}', "words without need"),
    ],
)
def test_what_is_wrong_has_its_reason(content: str, why: str) -> None:
    with pytest.raises(Unusable) as unusable:
        read_answer(content, LABELS, tokens=5)
    assert unusable.value.why == why


def test_the_schema_knows_every_reason(empty_store, add_sentences) -> None:
    from db.answers import suggestions

    (sentence,) = add_sentences(1)
    for why in UNUSABLE:
        suggestions.add_unusable(empty_store, sentence, "m", why, characters=1)
    suggestions.leave_without(empty_store, [sentence])
    rows = empty_store.db.execute("SELECT why_none FROM suggestions").fetchall()
    assert {why for (why,) in rows} == set(get_args(WhyNone))
