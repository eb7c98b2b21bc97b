"""A round and its twin; which round serves; what people do with a round afterwards."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from click.testing import CliRunner

from annotator import wording
from annotator.answering.screen import screen
from annotator.care.freeing import delete_round, free_rounds, freeable
from annotator.cli import main
from annotator.errors import CannotRebuild, CannotTrain, NoCheckpoint, NotAllowed, NotServable
from annotator.project.settings import SettingsChange, change_settings
from annotator.rounds.by_itself import start_round_if_due
from annotator.rounds.files import checkpoint_of, folder_of
from annotator.rounds.learning.checkpoints import copy_checkpoint, predict_texts
from annotator.rounds.learning.judgement import Judgement, judged_by
from annotator.rounds.learning.landing import Landing, land
from annotator.rounds.learning.pool_scores import PoolScores
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.rebuild import rebuild_round
from annotator.rounds.measuring.holding_back import held_back
from annotator.rounds.overview import all_rounds, rounds_overview
from annotator.rounds.serve import serve_round
from annotator.rounds.settings import RoundSettings, settings_of
from annotator.rounds.start import queue_round, start_round, start_twin
from db.answers import annotations
from db.corpus import sentences
from db.errors import RoundInProgress
from db.learning import predictions, rounds
from db.learning.round_records import Round
from db.queue import queue_entries, slots
from db.records import OWNER, NewAnnotation, NewSentence, Person
from db.store import Store
from db.team import project
from learner.judging.figures import estimate_figures
from learner.judging.judged import Judged

pytestmark = pytest.mark.slow

QUICK = RoundSettings(steps=25, vectors="random", queue_size=6, loss="hinge")


@pytest.fixture
def answered(empty_store: Store, add_sentences, anna: Person) -> Store:
    """24 answered pool sentences, where `sank` means an event, 12 open ones; 12 dev and 12 test answers."""
    for split, number in (("pool", 12), ("dev", 6), ("test", 6)):
        for words, label, marks in ((("The", "ship", "sank"), 1, "..+."), (("A", "boat", "slept"), 0, None)):
            for sentence in add_sentences(number, split=split, words=(*words[:1], f"{split} {words[1]}", *words[2:])):
                new = NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label=label, marks=marks)
                annotations.add(empty_store, new)
    with empty_store.writing() as db:
        db.execute("DELETE FROM slots")
    slots.create_missing(empty_store)
    add_sentences(12, words=("A", "raft", "sank"))
    return empty_store


def finish(store: Store, settings: RoundSettings = QUICK) -> Round:
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id)
    ended = rounds.read(store, queued.id)
    assert ended.state == "ready", ended.error
    return ended


def finish_twin(store: Store) -> Round:
    begun = rounds.begin_next(store)
    assert begun is not None
    work_on_round(store, begun.id)
    ended = rounds.read(store, begun.id)
    assert ended.state == "ready", ended.error
    return ended


def weights_of(store: Store, ended: Round) -> dict[str, np.ndarray]:
    return safetensors.numpy.load_file(checkpoint_of(store, ended.id) / "weights.safetensors")


def test_a_twin_has_the_same_answers_and_seed_and_differs_by_lambda_alone(answered: Store) -> None:
    ended = finish(answered, replace(QUICK, twin=True, seed=3))
    before = slots.upcoming(answered, 20), project.read(answered).serving_round
    twin = finish_twin(answered)
    assert (twin.twin_of, twin.seed, twin.training_set_hash) == (ended.id, ended.seed, ended.training_set_hash)
    assert twin.config == ended.config | {"loss": "none", "weight": None, "twin": False}
    assert (slots.upcoming(answered, 20), project.read(answered).serving_round) == before, "it is only compared"
    assert predictions.of_round(answered, twin.id) == []
    without = finish(answered, replace(QUICK, seed=3, weight=0.0))
    same, other = weights_of(answered, without), weights_of(answered, ended)
    for name, weights in weights_of(answered, twin).items():
        np.testing.assert_array_equal(weights, same[name])
    assert any((weights != other[name]).any() for name, weights in weights_of(answered, twin).items())
    overview = rounds_overview(answered, actor=OWNER)
    assert [each.id for each in overview.rounds] == [2, 1]
    assert overview.twins[1].id == twin.id
    assert overview.next_id == 3


def test_a_round_that_learns_nothing_from_the_marks_has_no_twin(answered: Store) -> None:
    ended = finish(answered, replace(QUICK, loss="none", twin=True))
    assert rounds.begin_next(answered) is None
    with pytest.raises(CannotTrain, match="its twin would be the same"):
        start_twin(answered, ended.id, actor=OWNER)


def test_a_twin_is_trained_later_but_only_once(answered: Store) -> None:
    ended = finish(answered)
    done = CliRunner().invoke(main, ["round", "twin", str(answered.path), str(ended.id), "--wait", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["id"] == -ended.id
    with pytest.raises(RoundInProgress, match="Round 1 has a twin already"):
        start_twin(answered, ended.id, actor=OWNER)
    with pytest.raises(CannotTrain, match="cannot have a twin"):
        start_twin(answered, -ended.id, actor=OWNER)


def test_what_a_round_did_with_every_held_out_sentence_is_kept_after_it_was_freed(answered: Store) -> None:
    ended = finish(answered)
    finish(answered)
    free_rounds(answered, [ended.id], actor=OWNER)
    judged = judged_by(answered, ended.id)
    assert list(judged) == ["test", "dev"]
    assert (len(judged["test"]), len(judged["dev"])) == (12, 12)
    assert (judged["test"].without_marked >= 0).sum() == 6
    assert (judged["dev"].without_marked == -1).all(), "one set is read again without its marked words"
    figures = estimate_figures(judged["test"])
    recorded = ended.metrics["test"]
    found = {name: estimate.value for name, estimate in figures.items() if estimate is not None}
    assert found["accuracy"] == pytest.approx(recorded["accuracy"])
    assert found["average_precision"] == pytest.approx(recorded["average_precision_input_x_gradient"], abs=1e-3)
    pair = [figures[name] for name in ("saliency_accuracy", "saliency_accuracy_unmarked")]
    names = ("saliency_accuracy_word", "saliency_accuracy_word_unmarked")
    assert [f"{each.value:.1f}" for each in pair if each] == [wording.number(recorded[name]) for name in names]


def judgement_with(right: np.ndarray) -> Judgement:
    """Return a judgement of dev in which these sentences are right."""
    n = len(right)
    zeros = np.zeros(n, dtype=np.int32)
    probabilities = np.stack([~right, right], axis=1).astype(np.float32)
    nothing, never = np.full(n, np.nan, np.float32), np.full(n, -1, np.int8)
    judged = Judged(
        ids=np.arange(n, dtype=np.int64),
        gold=np.ones(n, dtype=np.int16),
        probabilities=probabilities,
        marked=zeros,
        unmarked=zeros,
        precision=nothing,
        share=nothing,
        looks=np.zeros(n, dtype=bool),
        marked_positive=zeros,
        unmarked_positive=zeros,
        without_marked=never,
        without_others=never,
    )
    return Judgement({}, {"dev": judged})


@pytest.fixture
def landed(empty_store: Store) -> Callable[[np.ndarray], Round]:
    def land_one(right: np.ndarray) -> Round:
        queued = rounds.queue(empty_store, config={}, seed=0, last_annotation=None)
        rounds.advance(empty_store, queued.id, "scoring")
        scores = PoolScores(
            np.array([], dtype=np.int64),
            np.zeros((0, 2), np.float32),
            np.array([], dtype=np.int64),
            np.zeros(1, np.int64),
            Path("none"),
        )
        land(empty_store, Landing(queued, RoundSettings(), [], scores, judgement_with(right), {"metrics": {}}))
        return rounds.read(empty_store, queued.id)

    return land_one


def test_a_round_that_is_worse_by_more_than_chance_waits_for_a_person(
    empty_store: Store, landed: Callable[[np.ndarray], Round]
) -> None:
    good, worse = np.arange(200) < 160, np.arange(200) < 120
    first, second = landed(good), landed(worse)
    reason = held_back(second)
    assert (held_back(first), project.read(empty_store).serving_round) == (None, first.id)
    assert reason is not None
    assert (reason.rule, reason.against, reason.points) == ("ask", first.id, -20)
    assert (reason.high or 0) < 0
    a_little_worse = landed(np.arange(200) < 158)
    assert (held_back(a_little_worse), project.read(empty_store).serving_round) == (None, a_little_worse.id)


def test_the_project_may_say_that_rounds_always_or_never_serve_by_themselves(
    empty_store: Store, landed: Callable[[np.ndarray], Round]
) -> None:
    first = landed(np.arange(200) < 160)
    change_settings(empty_store, SettingsChange(serving="always"), actor=OWNER)
    second = landed(np.arange(200) < 120)
    assert (held_back(second), project.read(empty_store).serving_round) == (None, second.id)
    change_settings(empty_store, SettingsChange(serving="never"), actor=OWNER)
    third = landed(np.arange(200) < 190)
    assert (held_back(third) or first).rule == "never"
    assert project.read(empty_store).serving_round == second.id


def test_an_earlier_round_serves_again_with_its_queue_and_its_shading(answered: Store, ben: Person) -> None:
    first = finish(answered)
    order = [one.sentence_id for one in queue_entries.of_round(answered, first.id)]
    second = finish(answered, replace(QUICK, seed=1))
    assert project.read(answered).serving_round == second.id
    (slot,) = slots.upcoming(answered, 1)
    given = annotations.add(answered, NewAnnotation(slot.sentence_id, ben.id, "answer", "key-of-ben", label=0))
    slots.fill(answered, slot.id, ben.id, given.id)
    done = CliRunner().invoke(main, ["round", "serve", str(answered.path), "1"])
    assert done.exit_code == 0, done.output
    assert project.read(answered).serving_round == first.id
    head = [each for each in slots.upcoming(answered, 6) if each.round_id == first.id]
    assert [each.sentence_id for each in head] == [sentence for sentence in order if sentence != slot.sentence_id]
    drawn = screen(answered, ben)["queue"][0]
    assert drawn["sentence_id"] == head[0].sentence_id
    prediction = predictions.find(answered, first.id, [head[0].sentence_id])[head[0].sentence_id]
    assert drawn["round"] == first.id
    size = max(map(abs, prediction.gradient))
    assert drawn["saliency"]["gradient"] == pytest.approx([score / size for score in prediction.gradient], abs=1e-3)


def test_a_text_that_came_into_test_since_does_not_return_to_the_queue(answered: Store) -> None:
    first = finish(answered)
    chosen, *others = [one.sentence_id for one in queue_entries.of_round(answered, first.id)]
    finish(answered, replace(QUICK, seed=1))
    copied = sentences.read(answered, chosen)
    import_id = sentences.begin_import(answered, source="test", source_hash="", tokenizer="given")
    new = [NewSentence("copy", copied.text, copied.tokens, copied.starts, "test")]
    sentences.add(answered, import_id, new)
    sentences.finish_import(answered, import_id)
    serve_round(answered, first.id, actor=OWNER)
    head = [each.sentence_id for each in slots.upcoming(answered, 20) if each.round_id == first.id]
    assert head == others


def test_what_cannot_serve_is_refused_and_changes_nothing(answered: Store, anna: Person) -> None:
    first = finish(answered, replace(QUICK, twin=True))
    finish_twin(answered)
    second = finish(answered, replace(QUICK, seed=1))
    failed = queue_round(answered, settings=QUICK, actor=OWNER)
    rounds.advance(answered, failed.id, "failed", error="No luck.")
    for number, says in ((-first.id, "only there to be compared"), (failed.id, "failed; choose a round")):
        with pytest.raises(NotServable, match=says):
            serve_round(answered, number, actor=OWNER)
    (folder_of(answered, first) / "saliency.npy").write_bytes(b"damaged")
    with pytest.raises(NotServable, match="SHA-256 differs"):
        serve_round(answered, first.id, actor=OWNER)
    free_rounds(answered, [first.id], actor=OWNER)
    with pytest.raises(NotServable, match="were freed"):
        serve_round(answered, first.id, actor=OWNER)
    assert project.read(answered).serving_round == second.id


def test_a_rebuilt_round_is_the_same_bit_for_bit(answered: Store, tmp_path: Path, anna: Person) -> None:
    ended = finish(answered)
    finish(answered, replace(QUICK, seed=1))
    free_rounds(answered, [ended.id], actor=OWNER)
    rebuilt = rebuild_round(answered, ended.id, actor=OWNER, out=tmp_path / "again")
    assert rebuilt.is_same
    assert (tmp_path / "again" / "weights.safetensors").stat().st_size > 0
    sentence = int(judged_by(answered, ended.id)["test"].ids[0])
    late = annotations.of_sentences(answered, [sentence])[sentence][0]
    with answered.writing() as db:
        db.execute("UPDATE labels SET retired = 1 WHERE id = ?", [late.label])
    with pytest.raises(CannotRebuild, match="no longer what they were"):
        rebuild_round(answered, ended.id, actor=OWNER)


def test_a_checkpoint_is_copied_and_predicts_texts(answered: Store, tmp_path: Path) -> None:
    ended = finish(answered, replace(QUICK, steps=60))
    copy_checkpoint(answered, ended.id, tmp_path / "copy", actor=OWNER)
    assert {each.name for each in (tmp_path / "copy").iterdir()} >= {"MANIFEST", "weights.safetensors"}
    with pytest.raises(NoCheckpoint, match="already exists"):
        copy_checkpoint(answered, ended.id, tmp_path / "copy", actor=OWNER)
    (predicted,) = predict_texts(answered, ended.id, ["A raft sank."], actor=OWNER)
    assert (predicted.tokens, len(predicted.saliency)) == (("A", "raft", "sank", "."), 4)
    done = CliRunner().invoke(main, ["round", "predict", str(answered.path), "1", "A raft sank.", "A boat slept."])
    assert done.exit_code == 0, done.output
    assert "probability" in done.output


def test_a_deleted_round_is_gone_with_its_twin_and_its_record_stays(answered: Store, ben: Person) -> None:
    first = finish(answered, replace(QUICK, twin=True))
    twin = finish_twin(answered)
    finish(answered, replace(QUICK, seed=1))
    with pytest.raises(NotAllowed):
        delete_round(answered, first.id, actor=ben)
    folders = [folder_of(answered, each) for each in (first, twin)]
    assert delete_round(answered, first.id, actor=OWNER).bytes > 0
    assert not any(folder.exists() for folder in folders)
    assert [each.id for each in rounds_overview(answered, actor=OWNER).rounds] == [2]
    assert rounds.read(answered, first.id).metrics == first.metrics
    with pytest.raises(NoCheckpoint, match="serves"):
        delete_round(answered, 2, actor=OWNER)


def test_a_round_starts_by_itself_after_so_many_answers(answered: Store, ben: Person) -> None:
    assert start_round_if_due(answered) is None, "by default no round starts by itself"
    finish(answered)
    change_settings(answered, SettingsChange(round_every=2), actor=OWNER)
    for number, slot in enumerate(slots.upcoming(answered, 2)):
        assert start_round_if_due(answered) is None
        annotations.add(answered, NewAnnotation(slot.sentence_id, ben.id, "answer", f"key-of-ben-{number}", label=0))
    started = start_round_if_due(answered)
    assert started is not None
    assert (started.id, started.config) == (2, rounds.read(answered, 1).config)
    assert start_round_if_due(answered) is None, "while it works none is due"
    change_settings(answered, SettingsChange(round_every=0), actor=OWNER)
    assert project.read(answered).round_every is None


def test_a_round_whose_process_cannot_start_has_failed_and_says_why(
    answered: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_process(*arguments: object, **names: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("annotator.jobs.start_process", no_process)
    ended = start_round(answered, settings=QUICK, actor=OWNER)
    assert (ended.state, rounds.in_progress(answered)) == ("failed", None)
    assert "could not start" in (ended.error or "")
    assert "No space left on device" in (ended.error or "")


def test_a_turn_whose_process_never_started_is_given_back(answered: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = queue_round(answered, settings=QUICK, actor=OWNER)
    rounds.begin_next(answered)  # and then the one that began it was killed
    monkeypatch.setattr("annotator.jobs.SILENCE_MS", -1)
    all_rounds(answered, actor=OWNER)
    assert rounds.read(answered, waiting.id).is_waiting


def test_a_timer_and_a_person_do_not_train_the_same_answers_twice(answered: Store) -> None:
    queue_round(answered, settings=QUICK, actor=OWNER)
    with pytest.raises(RoundInProgress, match="Round 1 is queued"):
        start_round(answered, settings=QUICK, actor=OWNER, alone=True)
    assert len(rounds.all_of(answered)) == 1


def test_a_round_that_is_deleted_has_no_twin(answered: Store) -> None:
    first = finish(answered)
    finish(answered, replace(QUICK, seed=1))
    delete_round(answered, first.id, actor=OWNER)
    with pytest.raises(CannotTrain, match="cannot have a twin"):
        start_twin(answered, first.id, actor=OWNER)


def test_keeping_the_newest_round_keeps_its_twin_and_counts_rounds_alone(answered: Store) -> None:
    for seed in range(3):
        finish(answered, replace(QUICK, seed=seed, twin=True))
        finish_twin(answered)
    assert [each.name for each in freeable(answered, keep=2)] == ["1", "1-twin"]
    done = CliRunner().invoke(main, ["round", "free", str(answered.path), "1-twin", "--yes"])
    assert "Round 1-twin: freed" in done.output


def test_an_older_round_without_its_layer_takes_it_from_its_model(make_round: Callable[..., Round]) -> None:
    older = make_round(1, config={"encoder": "minilm", "new": "x"}, metrics={"model": {"layer": 4}})
    assert (settings_of(older).encoder, settings_of(older).encoder_layer) == ("minilm", 4)


@pytest.mark.parametrize("name", ["0", "6-twins", "-6", "six", "6-", "99999999999"])
def test_a_round_that_has_no_such_name_is_refused(answered: Store, name: str) -> None:
    done = CliRunner().invoke(main, ["round", "show", str(answered.path), "--", name])
    assert done.exit_code == 1
    assert "is not a round; give a number such as 6, or 6-twin" in done.output
