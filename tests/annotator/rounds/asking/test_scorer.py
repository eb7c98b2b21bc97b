"""The process that keeps models loaded: what it answers, to whom, and when it ends."""

import json
import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from annotator.errors import CannotScore
from annotator.processes import process_start
from annotator.rounds.asking import scorer, scorer_process, scoring
from annotator.rounds.asking.scorer_messages import MOST_BYTES, Scored, Sentence, line_of, read_line
from annotator.rounds.files import checkpoint_of, rounds_folder
from db.corpus import sentences
from db.learning import rounds
from db.records import OWNER, NewSentence
from db.store import Store

pytestmark = pytest.mark.slow

ASKED = [Sentence(("The", "ship", "sank")), Sentence(("The", "ship", "slept"))]
US = (os.getpid(), process_start(os.getpid()))


def ask(store: Store, line: bytes) -> dict[str, object]:
    """Send a line to the project's process, and return its answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(rounds_folder(store.path) / "scorer.sock"))
        connection.sendall(line)
        return dict(json.loads(read_line(connection, most=MOST_BYTES)))


def test_a_round_and_its_twin_are_asked_about_two_sentences(served: Store) -> None:
    from learner.prediction import predict
    from learner.training.checkpoint import load_checkpoint

    answers = scorer.score(served, [1, -1], ASKED, actor=OWNER)
    for round_id, answer in zip((1, -1), answers, strict=True):
        model = load_checkpoint(checkpoint_of(served, round_id))
        for one, here in zip(answer, predict(model, [each.tokens for each in ASKED]), strict=True):
            assert one.label == model.labels[here.label]
            assert one.probability == pytest.approx(here.probabilities[here.label], abs=1e-5)
            assert one.saliency == pytest.approx(here.saliency[model.model.shown_view], abs=1e-5)
    assert [one.label for one in answers[0]] == ["event", "none"]


def test_one_process_answers_all_questions_and_only_the_owner_reaches_it(served: Store) -> None:
    folder = rounds_folder(served.path)
    before = (folder / "scorer.sock").stat().st_ino
    connection = scorer._connect(folder.absolute())
    assert connection is not None
    connection.close()
    scorer.score(served, [-1], ASKED, actor=OWNER)
    assert (folder / "scorer.sock").stat().st_ino == before
    for name, mode in (("scorer.sock", 0o600), ("scorer.log", 0o600), (".", 0o700)):
        assert stat.S_IMODE((folder / name).stat().st_mode) == mode, name


def test_a_word_is_deleted_from_the_pool_sentences_that_have_it(served: Store) -> None:
    found = scorer.without_word(served, 1, "Sank", actor=OWNER)
    with_word = [row for page in sentences.pages(served, split="pool") for row in page if "sank" in row.tokens]
    left = [Sentence(tuple(token for token in row.tokens if token != "sank")) for row in with_word]
    answers = [scorer.score(served, [1], left[start : start + 10], actor=OWNER)[0] for start in (0, 10, 20)]
    after = [one.label for answer in answers for one in answer]
    before = [scorer.score(served, [1], [Sentence(row.tokens)], actor=OWNER)[0][0].label for row in with_word]
    changed = sum(one != other for one, other in zip(before, after, strict=True))
    assert (found.sentences, found.changed, found.is_all) == (30, changed, True)
    assert changed > 0
    assert len(found.examples) == min(20, changed)
    assert {(was, now) for _, was, now in found.examples} == {("event", "none")}


def test_no_word_is_deleted_from_test_sentences(served: Store) -> None:
    assert scorer.without_word(served, 1, "raft", actor=OWNER).sentences == 0


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        ({"op": "score", "rounds": [9], "sentences": [{"tokens": ["a"], "query": None}]}, "no round 9"),
        ({"op": "score", "rounds": [1], "sentences": []}, "about 1 to 16 sentences at once"),
        ({"op": "score", "rounds": [1], "sentences": [{"tokens": [], "query": None}]}, "has 1 to 2,000 words"),
        ({"op": "score", "rounds": [1], "sentences": [{"tokens": [1], "query": None}]}, "are texts"),
        ({"op": "score", "rounds": [1, 1, 1], "sentences": []}, "does not know this question"),
        ({"op": "quit"}, "does not know this question"),
        (["score"], "does not know this question"),
    ],
)
def test_a_bad_question_is_refused_in_a_sentence(served: Store, question: object, refusal: str) -> None:
    answer = ask(served, json.dumps(question).encode() + b"\n")
    assert refusal in str(answer["refused"])
    assert scorer.score(served, [1], ASKED, actor=OWNER)


def test_what_is_not_json_or_far_too_long_is_refused_and_the_process_lives(served: Store) -> None:
    assert "a fault in Whylight; scorer.log" in str(ask(served, b"\x80\x04K\x01.\n")["refused"])
    with pytest.raises(CannotScore, match="more than 1,000,000 bytes; try a shorter one"):
        scorer.score(served, [1], [Sentence(("word",) * 300_000)], actor=OWNER)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(rounds_folder(served.path) / "scorer.sock"))
        with pytest.raises(ConnectionError):
            for _ in range(100):
                connection.sendall(b"x" * 100_000)
    assert scorer.score(served, [1], ASKED, actor=OWNER)


def test_no_word_is_deleted_from_a_text_that_came_into_test_since(trained: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", trained.parent, tmp_path / "copy"], check=True)
    (file,) = (tmp_path / "copy").glob("*.db")
    with Store.open(file) as store:
        copied = sentences.find(store, ["A-barge-sank-b0"])["A-barge-sank-b0"]
        import_id = sentences.begin_import(store, source="test", source_hash="", tokenizer="given")
        new = [NewSentence("copy", copied.text, copied.tokens, copied.starts, "test")]
        sentences.add(store, import_id, new)
        sentences.finish_import(store, import_id)
        assert scoring.delete_word(store, scoring.Models(), 1, "barge").sentences == 9


def test_a_model_is_not_used_once_its_round_was_freed_or_damaged(trained: Path, tmp_path: Path) -> None:
    # Another process copies: to open and close the file here would drop the locks that SQLite holds on it.
    subprocess.run(["cp", "-r", trained.parent, tmp_path / "copy"], check=True)
    (file,) = (tmp_path / "copy").glob("*.db")
    with Store.open(file) as store:
        models = scoring.Models()
        assert isinstance(scoring.score(store, models, 1, ASKED)[0], Scored)
        rounds.record_freed(store, 1, person_id=None, bytes_freed=1)
        with pytest.raises(Exception, match="The checkpoint of round 1 was freed to make room; start a new round"):
            scoring.score(store, models, 1, ASKED)
        with (checkpoint_of(store, -1) / "config.json").open("a") as config:
            config.write(" ")
        with pytest.raises(Exception, match=r"cannot be used: .*config.json is not what was saved.*; restore it"):
            scoring.score(store, models, -1, ASKED)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty file in place of a project, in whose folder of rounds this process may listen."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.db").touch()
    return tmp_path / "p.db"


def dead() -> tuple[int, str | None]:
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = process_start(process.pid)
    process.wait()
    return process.pid, started


@pytest.mark.parametrize("reason", ["idle", "its starter has ended", "the project was moved"])
def test_the_process_ends_by_itself_and_removes_its_socket(
    here: Path, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scorer_process, "LOOKS_EVERY_S", 0.01)
    with scorer_process.listening(here) as server:
        arguments = {"starter": dead() if "starter" in reason else US, "idle_s": 0.05 if reason == "idle" else 60.0}
        thread = threading.Thread(target=scorer_process.answer_questions, args=(server, here), kwargs=arguments)
        thread.start()
        if "moved" in reason:
            here.rename(here.with_name("other.db"))
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert not (rounds_folder(here) / "scorer.sock").exists()


def test_a_socket_in_a_deep_folder_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    (deep / "p.db").touch()
    monkeypatch.chdir(tmp_path)
    with scorer_process.listening(deep / "p.db"):
        connection = scorer._connect(rounds_folder(deep / "p.db"))
        assert connection is not None
        connection.close()


def test_models_are_loaded_ahead_by_a_question_whose_answer_nobody_waits_for(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(empty_store.path.parent)
    with scorer_process.listening(empty_store.path) as server:
        scorer.load_ahead(empty_store, [-1, 1], ASKED[0], actor=OWNER)
        connection, _ = server.accept()
        with connection:
            question = json.loads(read_line(connection, most=MOST_BYTES))
            connection.sendall(line_of({"refused": "There is no round 1."}))
    sentence = {"tokens": ["The", "ship", "sank"], "query": None}
    assert question == {"op": "score", "rounds": [-1, 1], "sentences": [sentence]}


def test_a_socket_that_a_killed_process_left_is_replaced(here: Path) -> None:
    folder = rounds_folder(here)
    folder.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
        left.bind(str(folder / "scorer.sock"))
    assert scorer._connect(folder) is None
    with scorer_process.listening(here):
        connection = scorer._connect(folder)
        assert connection is not None
        connection.close()


def test_lines_longer_than_agreed_are_not_read() -> None:
    one, other = socket.socketpair()
    with one, other:
        threading.Thread(target=one.sendall, args=(line_of({"word": "x" * 200_000}),), daemon=True).start()
        with pytest.raises(CannotScore, match="More than 1,000 bytes at once"):
            read_line(other, most=1_000)
