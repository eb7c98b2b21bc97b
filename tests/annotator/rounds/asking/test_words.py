"""The words that the model of a round relies on, from files as a round leaves them."""

from pathlib import Path

import numpy as np
import pytest
from growth import PROPORTIONAL, TIMES, growth

from annotator.project.word_rules import add_rule
from annotator.rounds.asking import words
from annotator.rounds.asking.words import words_of_round
from annotator.rounds.files import SCORES, make_round_folder, sha256_of
from annotator.rounds.learning.pool_scores import PoolScores, save_scores
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.learning.round_records import Round
from db.queue import slots
from db.records import OWNER, NewAnnotation, NewSentence, Person
from db.store import Store
from db.team import project


def answer(store: Store, person: Person, sentence: int, label: int, marks: str | None = None) -> None:
    new = NewAnnotation(sentence, person.id, "answer", f"key-{sentence:06}", label=label, marks=marks)
    annotations.add(store, new)


def serve(
    store: Store,
    scored: list[int],
    *,
    open_ones: int,
    more_words: int = 0,
    constant: tuple[int, ...] = (),
    lost_bytes: int = 0,
) -> Round:
    """Let a round serve that predicts label 1 everywhere, because of the second word of each sentence."""
    queued = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    folder = make_round_folder(store, queued.id)
    lengths = [len(sentences.read(store, one).tokens) + more_words for one in scored]
    saliency = np.zeros((sum(lengths), 2), dtype=np.float16)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    saliency[offsets[:-1] + 1, 0] = 0.5
    np.save(folder / "saliency.npy", saliency)
    ids, count = np.array(scored, dtype=np.int64), len(scored)
    chances = np.tile(np.array([0.1, 0.9], dtype=np.float32), (count, 1))
    scores = PoolScores(ids, chances, np.ones(count, dtype=np.int64), offsets, folder / "saliency.npy")
    save_scores(scores, folder / SCORES)
    if lost_bytes:  # with a hash that fits, as a project from someone else may have it
        (folder / SCORES).write_bytes((folder / SCORES).read_bytes()[:-lost_bytes])
    metrics = {
        "scores": {"hash": sha256_of(folder / SCORES), "pool": open_ones},
        "model": {"constant_labels": list(constant)},
    }
    name = (folder / "saliency.npy").relative_to(store.path.absolute().parent)
    digest = sha256_of(folder / "saliency.npy")
    rounds.advance(store, queued.id, "ready", metrics=metrics, saliency_file=str(name), saliency_hash=digest)
    project.serve_round(store, queued.id)
    return rounds.read(store, queued.id)


@pytest.fixture
def ships(empty_store: Store, add_sentences, anna: Person) -> Store:
    """Six answered pool sentences about ships and six about boats, three open ones, and five of test about rafts."""
    for sentence in add_sentences(6, words=("The", "Ship", "sank")):
        answer(empty_store, anna, sentence, 1, "..+.")
    for sentence in add_sentences(6, words=("The", "boat", "slept")):
        answer(empty_store, anna, sentence, 0)
    add_sentences(3, words=("A", "ship", "sank"))
    for sentence in add_sentences(5, split="test", words=("His", "raft", "sank")):
        answer(empty_store, anna, sentence, 1, "..+.")
    return empty_store


def by_name(store: Store) -> dict[str, words.Word]:
    return {word.word: word for word in words_of_round(store, actor=OWNER).words}


def test_a_word_has_its_answers_its_marks_and_what_the_model_does_with_it(ships: Store) -> None:
    serve(ships, [13, 14, 15, *range(1, 13)], open_ones=3)
    found = words_of_round(ships, actor=OWNER)
    assert (found.round, found.labels, found.answers, found.scored) == ("1", ("none", "event"), 12, 15)
    ship = by_name(ships)["ship"]
    assert (ship.sentences, ship.shares, ship.plus, ship.shown) == (6, (0.0, 100.0), 0, 6)
    assert (ship.tops, ship.tops_for, ship.saliency) == (9, (0.0, 100.0), 0.5)
    assert by_name(ships)["sank"].plus == 6


def test_a_word_tops_for_the_label_that_is_explained_where_no_word_speaks_for_the_predicted_one(ships: Store) -> None:
    serve(ships, [13, 14, 15], open_ones=3, constant=(1,))
    assert (by_name(ships)["ship"].tops, by_name(ships)["ship"].tops_for) == (3, (100.0, 0.0))


def test_no_sentence_of_dev_or_test_is_read(ships: Store) -> None:
    serve(ships, [13, 14, 15, *range(1, 13), *range(16, 21)], open_ones=3)
    found = words_of_round(ships, actor=OWNER)
    assert (found.answers, found.scored) == (12, 15)
    assert "raft" not in by_name(ships)


def test_a_text_that_came_into_test_since_is_no_longer_read(ships: Store) -> None:
    serve(ships, [13, 14, 15, *range(1, 13)], open_ones=3)
    assert words_of_round(ships, actor=OWNER).scored == 15
    copied = sentences.read(ships, 13)
    new = [NewSentence("copy", copied.text, copied.tokens, copied.starts, "test")]
    import_id = sentences.begin_import(ships, source="test", source_hash="", tokenizer="given")
    sentences.add(ships, import_id, new)
    sentences.finish_import(ships, import_id)
    assert words_of_round(ships, actor=OWNER).scored == 14


def test_a_rule_is_not_counted_as_a_persons_mark(ships: Store) -> None:
    add_rule(ships, "ship", actor=OWNER)
    serve(ships, [13], open_ones=1)
    assert by_name(ships)["ship"].minus == 0


def test_without_a_round_the_answers_alone_are_counted(ships: Store) -> None:
    found = words_of_round(ships, actor=OWNER)
    assert (found.round, found.scored, found.without_model) == (None, 0, "No round serves yet.")
    assert by_name(ships)["ship"].sentences == 6


def test_a_freed_round_says_why_no_model_was_looked_at(ships: Store) -> None:
    served = serve(ships, [13], open_ones=1)
    rounds.record_freed(ships, served.id, person_id=None, bytes_freed=1)
    found = words_of_round(ships, actor=OWNER)
    assert found.without_model == "Round 1's files were freed, so what it says about single sentences is gone."
    assert (found.scored, found.answers) == (0, 12)


def test_changed_files_are_not_trusted(ships: Store) -> None:
    served = serve(ships, [13], open_ones=1)
    with (make_round_folder(ships, served.id) / "saliency.npy").open("ab") as file:
        file.write(b"!")
    found = words_of_round(ships, actor=OWNER)
    assert "saliency.npy is not what was saved: its SHA-256 differs; restore them" in found.without_model


def test_scores_that_no_one_can_read_are_told_and_the_answers_counted(ships: Store) -> None:
    serve(ships, [13], open_ones=1, lost_bytes=40)
    found = words_of_round(ships, actor=OWNER)
    assert found.without_model.startswith("Round 1's predictions cannot be read (")
    assert (found.scored, found.answers) == (0, 12)


def test_scores_of_other_sentences_are_not_trusted(ships: Store) -> None:
    serve(ships, [13], open_ones=1, more_words=1)
    assert words_of_round(ships, actor=OWNER).without_model == (
        "The scores of round 1 do not fit its sentences; start a new round."
    )


def test_enough_answers_that_no_model_chose_are_counted_alone(
    empty_store: Store, add_sentences, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_random, chosen = (
        add_sentences(100, words=("The", "ship", "sank")),
        add_sentences(20, words=("A", "boat", "sank")),
    )
    for sentence in (*at_random, *chosen):
        answer(empty_store, anna, sentence, sentence % 2, "..+." if sentence % 2 else None)
    with empty_store.writing() as db:
        db.execute("UPDATE slots SET reason = 'unsure' WHERE sentence_id > 100")
        db.execute(
            "UPDATE slots SET annotation_id = (SELECT id FROM annotations a WHERE a.sentence_id = slots.sentence_id), "
            "person_id = 1"
        )
    found = words_of_round(empty_store, actor=OWNER)
    assert (found.answers, found.is_random) == (100, True)
    assert "boat" not in by_name(empty_store)
    monkeypatch.setattr(words, "ENOUGH_AT_RANDOM", 101)
    found = words_of_round(empty_store, actor=OWNER)
    assert (found.answers, found.is_random) == (120, False)


def test_what_was_counted_for_a_round_is_kept(ships: Store) -> None:
    serve(ships, [13], open_ones=1)
    first = words_of_round(ships, actor=OWNER)
    assert words_of_round(ships, actor=OWNER) is first
    serve(ships, [13, 14], open_ones=2)
    assert words_of_round(ships, actor=OWNER).scored == 2


@pytest.mark.timing
def test_the_time_grows_with_the_scored_sentences_and_not_with_their_square(empty_store: Store, anna: Person) -> None:
    draw = np.random.default_rng(0)
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    starts = tuple(range(0, 24 * 7, 7))
    rows = draw.integers(0, 30_000, (TIMES * 2000, 24))
    texts = [tuple(f"w{number:05}" for number in row) for row in rows.tolist()]
    new = [NewSentence(f"s{place}", " ".join(text), text, starts, "pool") for place, text in enumerate(texts)]
    sentences.add(empty_store, import_id, new)
    sentences.finish_import(empty_store, import_id)
    slots.create_missing(empty_store)
    for sentence in range(1, 301):
        answer(empty_store, anna, sentence, sentence % 2)

    served = {count: serve_uniform(empty_store, count, 24).id for count in (2000, TIMES * 2000)}

    def count_again(scored: int) -> None:
        words._kept.clear()
        assert words_of_round(empty_store, actor=OWNER, round_id=served[scored]).scored == scored

    assert growth(count_again, 2000) < PROPORTIONAL


def serve_uniform(store: Store, count: int, length: int) -> Round:
    """Let a round serve whose sentences all have this length, with random saliency."""
    queued = rounds.queue(store, config={}, seed=0, last_annotation=annotations.last_id(store))
    folder: Path = make_round_folder(store, queued.id)
    saliency = np.random.default_rng(1).normal(size=(count * length, 2)).astype(np.float16)
    np.save(folder / "saliency.npy", saliency)
    offsets = np.arange(0, count * length + 1, length)
    chances = np.full((count, 2), 0.5, dtype=np.float32)
    ids = np.arange(1, count + 1)
    scores = PoolScores(ids, chances, np.ones(count, dtype=np.int64), offsets, folder / "saliency.npy")
    metrics = {"scores": {"hash": save_scores(scores, folder / SCORES), "pool": count}}
    name = (folder / "saliency.npy").relative_to(store.path.absolute().parent)
    digest = sha256_of(folder / "saliency.npy")
    rounds.advance(store, queued.id, "ready", metrics=metrics, saliency_file=str(name), saliency_hash=digest)
    project.serve_round(store, queued.id)
    return rounds.read(store, queued.id)
