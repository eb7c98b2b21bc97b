"""What a filter finds, against a simple check of all sentences in memory."""

import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import BadFilter
from annotator.project.sets import save_set
from annotator.project.tags import tag_found
from annotator.reviewing.browsing import (
    LONGEST_SEARCH,
    LONGEST_SHOWN,
    choices,
    choose,
    count_sentences,
    describe_sentence,
    list_sentences,
)
from db.answers import annotations
from db.corpus import sentences
from db.finding import browse, browse_plan, search
from db.finding.filters import SentenceFilter
from db.records import OWNER, SPLITS, Label, NewAnnotation, NewSentence
from db.team import people
from learner.data.tokenizer import tokenize

pytestmark = pytest.mark.slow

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"), Label(2, "doubt"))
NAMES = ("Anna", "Ben", "gold")
WORDS = [
    "ship",
    "Ship",
    "ships",
    "sank",
    "café",
    "cafe\u0301",
    "CAFE",
    "don't",
    "50%",
    "a_b",
    '"',
    "\\",
    ",",
    "AND",
    "日本語",
]
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def new_sentence(text, name, split="pool"):
    tokens = tokenize(text)
    return NewSentence(name, text, tuple(token.text for token in tokens), tuple(token.start for token in tokens), split)


def fill(store, texts):
    """Add sentences from (text, split) pairs, and index them."""
    import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="test")
    sentences.add(store, import_id, [new_sentence(text, f"s{at}", split) for at, (text, split) in enumerate(texts)])
    sentences.finish_import(store, import_id)
    search.index_missing(store)


def answer(store, number, deed):
    person, place, kind, label = deed
    who = people.find(store, person) or people.add(store, person)
    label = label if kind in ("answer", "adjudicated") else None
    ids = [sentence.id for page in sentences.pages(store) for sentence in page]
    annotations.add(store, NewAnnotation(ids[place % len(ids)], who.id, kind, f"key-{number:08}", label=label))


TEXTS = st.tuples(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join).filter(lambda text: tokenize(text)),
    st.sampled_from(SPLITS),
)
DEEDS = st.tuples(
    st.sampled_from(NAMES),
    st.integers(0, 5),
    st.sampled_from(["answer", "answer", "answer", "skip", "withdrawn", "adjudicated"]),
    st.integers(0, 2),
)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "split": st.sampled_from(SPLITS),
        "label": st.sampled_from([label.name for label in LABELS]),
        "person": st.sampled_from(NAMES),
        "answered": st.booleans(),
        "disagreement": st.just(True),
        "search": st.lists(st.sampled_from([*WORDS, "sh", "ca", "%", "*"]), max_size=3).map(" ".join),
        "set_name": st.just("Every Second"),
        "tag": st.just("Third"),
    },
).filter(lambda asked: not (asked.get("answered") is False and ("label" in asked or "disagreement" in asked)))


def said_of(newest, at):
    """Return the answers that count as (person, label, kind); a person's decision is separate from their answer."""
    return [(person, label, kind) for (place, person, _), (label, kind) in newest.items() if place == at and label]


def plain_words(text):
    """Return the words as the index has them: runs of letters and digits, without case and accents."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)).lower()
    spaced = "".join(each if each.isalnum() else " " for each in bare)
    return "".join(f" {each} " if ord(each) > 0x2E80 else each for each in spaced).split()


def is_named(at, asked):
    """Return whether a sentence is in the set and has the tag, as far as they are asked for."""
    return ("set_name" not in asked or at % 2 == 0) and ("tag" not in asked or at % 3 == 0)


def passes(text, split, log, asked):
    """Return whether a sentence passes the filter, by its text and the answers that count."""
    mine = [
        label
        for person, label, _ in log
        if asked.get("person") in (None, person) and asked.get("label") in (None, label)
    ]
    asks_answers = {"person", "label", "answered"} & set(asked)
    return (
        asked.get("split") in (None, split)
        and (not asks_answers or bool(mine) == asked.get("answered", True))
        and (not asked.get("disagreement") or len({label for _, label, kind in log if kind == "answer"}) > 1)
        and (is_in(text, asked.get("search", "")))
    )


def is_in(text, wanted):
    words, looked_for = plain_words(text), plain_words(wanted)
    if not looked_for:
        return wanted.strip() in text
    *whole, last = looked_for
    ends = range(len(whole), len(words))
    return any(words[end - len(whole) : end] == whole and words[end].startswith(last) for end in ends)


@SLOW
@given(st.lists(TEXTS, min_size=1, max_size=6), st.lists(DEEDS, max_size=12), st.lists(FILTERS, min_size=1, max_size=6))
def test_a_filter_finds_what_a_plain_reading_finds(new_store, texts, deeds, filters):
    with tempfile.TemporaryDirectory() as folder, new_store(Path(folder) / "p.db", labels=LABELS) as store:
        for name in NAMES:
            people.add(store, name)
        fill(store, texts)
        ids = tuple(sentence.id for page in sentences.pages(store) for sentence in page)
        save_set(store, "every second", SentenceFilter(among=ids[::2]), {}, actor=OWNER)
        tag_found(store, "third", SentenceFilter(among=ids[::3]), actor=OWNER)
        newest = {}
        for number, deed in enumerate(deeds):
            answer(store, number, deed)
            person, place, kind, label = deed
            says = LABELS[label].name if kind in ("answer", "adjudicated") else None
            newest[place % len(texts), person, kind == "adjudicated"] = says, kind
        for asked in filters:
            expected = [
                f"s{at}"
                for at, (text, split) in enumerate(texts)
                if is_named(at, asked) and passes(text, split, said_of(newest, at), asked)
            ]
            chosen = choose(store, **asked)
            assert count_sentences(store, chosen, actor=OWNER) == (len(expected), True)
            for window in (1, browse_plan.WINDOW):
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(browse_plan, "WINDOW", window)
                    pages = list(browse.pages(store, chosen, size=2))
                assert [each.external_id for page in pages for each in page] == expected


@pytest.fixture(scope="module")
def odd_project(new_store, tmp_path_factory):
    with new_store(tmp_path_factory.mktemp("odd") / "p.db", labels=LABELS) as store:
        texts = ['50% of "it"', "a_b", "x AND y", "NEAR(x)", "-x", "日本語", "😀 ok", "**", "the ship sank", "* alone"]
        fill(store, [(text, "pool") for text in texts])
        yield store


@SLOW
@given(st.text(max_size=LONGEST_SEARCH))
def test_any_text_can_be_looked_for(odd_project, text):
    rows, _ = list_sentences(odd_project, choose(odd_project, search=text), actor=OWNER)
    assert isinstance(rows, list)


@SLOW
@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF), min_size=1, max_size=20).filter(tokenize))
def test_any_sentence_is_found_by_its_own_text(new_store, text):
    with tempfile.TemporaryDirectory() as folder, new_store(Path(folder) / "p.db", labels=LABELS) as store:
        fill(store, [(text, "pool"), ("something else altogether", "pool")])
        rows, _ = list_sentences(store, choose(store, search=text), actor=OWNER)
        assert rows[0]["id"] == "s0"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%", ['50% of "it"']),
        ("_", ["a_b"]),
        ("*", ["**", "* alone"]),
        ('"', ['50% of "it"']),
        ('"it', ['50% of "it"']),
        ("AND", ["x AND y"]),
        ("AND y", ["x AND y"]),
        ("x OR y", []),
        ("NEAR(", ["NEAR(x)"]),
        ("-x", ["x AND y", "NEAR(x)", "-x"]),
        ("tokens: ship", []),
        ("sh", ["the ship sank"]),
        ("SHIP sa", ["the ship sank"]),
        ("sh sank", []),
        ("s*", ["the ship sank"]),
        ("日本", ["日本語"]),
        ("本語", ["日本語"]),
        ("😀", ["😀 ok"]),
        ("'; DROP TABLE sentences; --", []),
        ("\0", None),
        ("\udcff", []),
        ("   ", None),
    ],
)
def test_a_search_is_literal(odd_project, text, found):
    rows, _ = list_sentences(odd_project, choose(odd_project, search=text), actor=OWNER)
    assert len(rows) == 10 if found is None else [row["text"] for row in rows] == found


def test_a_list_has_the_answers_that_count_and_the_beginning_of_a_long_text(empty_store):
    fill(empty_store, [("a " * 500, "dev"), ("b", "pool")])
    for number, deed in enumerate([("Anna", 0, "answer", 0), ("Anna", 0, "answer", 1), ("Ben", 0, "skip", None)]):
        answer(empty_store, number, deed)
    rows, goes_on_after = list_sentences(empty_store, choose(empty_store), actor=OWNER)
    assert [row["answers"] for row in rows] == [[{"label": "event", "people": ["Anna"]}], []]
    assert len(rows[0]["text"]) == LONGEST_SHOWN
    assert goes_on_after is None
    assert choices(empty_store, actor=OWNER) == (["none", "event"], ["Anna", "Ben"])


def test_a_sentence_is_described_with_its_words_and_metadata(store):
    told = describe_sentence(store, "pool-3", actor=OWNER)
    assert (told["tokens"], told["starts"]) == (["The", "ship", "sank", "w3"], [0, 4, 9, 14])
    assert (told["query"], told["metadata"], told["answers"], told["leases"]) == (None, {}, [], [])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"split": "never"}, "There is no split 'never'; choose one of pool, dev, test."),
        ({"label": "Event"}, "There is no label 'Event'; choose one of none, event."),
        ({"person": "Zoë"}, "The project has no person 'Zoë'"),
        ({"answered": False, "label": "event"}, "A sentence without answers has no label"),
        ({"answered": False, "disagreement": True}, "A sentence without answers has no label"),
        ({"search": "x" * 501}, "A search has at most 500 characters, and this has 501"),
    ],
)
def test_a_filter_that_cannot_be_is_refused_in_words(store, asked, says):
    with pytest.raises(BadFilter, match=says):
        choose(store, **asked)
