"""Bad inputs other than files: answers, people, numbers and settings. What is refused is not stored."""

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from annotator.answering.message import read_message, receive
from annotator.answering.queue import Receipt, submit
from annotator.cli import main
from annotator.errors import BadOverlap, BadPerson, Deactivated, SignInRefused
from annotator.project.people import add_person, set_active, sign_in
from annotator.project.projects import create_project
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.errors import AlreadyExists
from db.learning import rounds
from db.queue import leases, slots
from db.records import OWNER, NewAnnotation, Person
from db.store import Store
from db.team import audit, people
from learner.config import TrainingConfig
from learner.errors import ConfigError


def answer(person: Person, sentence: int = 1, key: str = "answer-key-1") -> NewAnnotation:
    return NewAnnotation(sentence, person.id, "answer", key, label=1, marks="..+.")


NEVER_GIVEN = "You were never given this sentence; answer the one that your page shows."


def give(store: Store, *persons: Person) -> None:
    """Record that these people were given the first sentence."""
    for person in persons:
        leases.record(store, person.id, 1)


def newest_refusal(store: Store) -> tuple[str | None, str, str]:
    (row,) = audit.newest(store, 1)
    return row.person, row.action, row.detail["why"]


def test_one_key_from_two_tabs_at_once_is_one_row(store: Store, anna: Person) -> None:
    give(store, anna)
    together = threading.Barrier(8)
    receipts: list[Receipt] = []

    def send() -> None:
        with Store.open(store.path) as mine:
            together.wait()
            receipts.append(submit(mine, anna, answer(anna)))

    tabs = [threading.Thread(target=send) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert receipts == [Receipt("answer-key-1", "saved")] * 8
    assert annotations.last_id(store) == 1
    assert slots.counts(store)["filled"] == 1


def test_one_key_twice_in_one_message_is_one_row(store: Store, anna: Person) -> None:
    give(store, anna)
    sent = {"key": "browser-key-1", "sentence_id": 1, "kind": "answer", "label": 1, "marks": "..+."}
    receipts = receive(store, anna, read_message({"outbox": [sent, sent | {"marks": "+..."}]}))
    assert [each["state"] for each in receipts] == ["saved", "saved"]
    assert [each.marks for each in annotations.of_sentences(store, [1])[1]] == ["..+."]


def test_an_answer_in_somebody_else_s_name_is_refused_and_in_the_audit(store: Store, anna: Person, ben: Person) -> None:
    assert submit(store, anna, answer(ben)).state == "rejected"
    assert newest_refusal(store) == ("Anna", "answer refused", "Anna may not answer for someone else.")
    assert annotations.last_id(store) == 0


def test_somebody_else_s_key_is_refused_and_in_the_audit(store: Store, anna: Person, ben: Person) -> None:
    give(store, anna)
    submit(store, anna, answer(anna))
    assert submit(store, ben, answer(ben, 2)).state == "rejected"
    assert newest_refusal(store) == ("Ben", "answer refused", "This submission key belongs to someone else.")
    assert annotations.last_id(store) == 1


def test_a_sentence_of_another_project_is_refused_and_in_the_audit(store: Store, anna: Person) -> None:
    assert submit(store, anna, answer(anna, 9999)).state == "rejected"
    assert newest_refusal(store) == ("Anna", "answer refused", NEVER_GIVEN)
    assert annotations.last_id(store) == 0


def test_somebody_deactivated_stores_nothing_and_the_audit_has_one_line_a_key(store: Store, ben: Person) -> None:
    set_active(store, "Ben", False, actor=OWNER)
    for _ in range(3):
        with pytest.raises(Deactivated):
            submit(store, ben, answer(ben))
    assert [row.action for row in audit.newest(store, 9)] == ["answer refused", "person deactivated"]
    assert annotations.last_id(store) == 0


def test_what_is_malformed_is_in_the_audit_too(store: Store, anna: Person) -> None:
    sent = {"key": "k" * 1000, "sentence_id": 1, "kind": "answer", "label": "event"}
    receive(store, anna, read_message({"outbox": [sent]}))
    (row,) = audit.newest(store, 1)
    assert (row.action, row.detail["key"]) == ("answer refused", "k" * 64)


def test_an_answer_to_a_sentence_that_was_never_given_is_refused_and_in_the_audit(store: Store, ben: Person) -> None:
    assert submit(store, ben, answer(ben)).state == "rejected"
    assert newest_refusal(store) == ("Ben", "answer refused", NEVER_GIVEN)
    assert annotations.last_id(store) == 0


def test_an_answer_after_the_lease_is_kept_and_never_beyond_the_quota(store: Store, anna: Person, ben: Person) -> None:
    give(store, anna, ben)
    assert submit(store, anna, answer(anna)).state == "saved"
    assert submit(store, ben, answer(ben, key="answer-key-2")).state == "surplus"
    assert slots.counts(store)["filled"] == 1


ROUND = RoundSettings(steps=2, vectors="random", queue_size=4)
STORED = {
    "slots": ("priority", "score", "round_id", "sentence_id"),
    "predictions": ("round_id", "sentence_id", "label", "probabilities", "input_x_gradient", "gradient"),
    "rounds": ("metrics", "training_set", "saliency_hash"),
    "round_progress": ("step", "label_loss", "saliency_loss"),
}


@pytest.mark.slow
def test_what_the_learner_computes_is_stored_as_numbers_and_text(
    empty_store: Store, add_sentences: Callable[..., list[int]], anna: Person
) -> None:
    for number, sentence in enumerate(add_sentences(12)[:8]):
        label, marks = (1, "..+.") if number % 2 else (0, None)
        annotations.add(empty_store, NewAnnotation(sentence, anna.id, "answer", f"key-{sentence:05}", label, marks))
    work_on_round(empty_store, queue_round(empty_store, settings=ROUND, actor=OWNER).id)
    assert rounds.read(empty_store, 1).state == "ready"
    for table, columns in STORED.items():
        for column in columns:
            kinds = {kind for (kind,) in empty_store.db.execute(f"SELECT DISTINCT typeof({column}) FROM {table}")}
            assert kinds
            assert kinds <= {"integer", "real", "text", "null"}, (table, column)


@pytest.mark.parametrize("value", [np.int64(1), np.float32(1), np.bool_(True)], ids=lambda value: type(value).__name__)
def test_a_number_that_was_not_converted_is_refused_by_the_schema(store: Store, anna: Person, value: object) -> None:
    with pytest.raises(sqlite3.Error), store.writing() as db:
        db.execute("UPDATE slots SET person_id = ?, lease_until_ms = 1 WHERE id = 1", [anna.id])
        db.execute("UPDATE slots SET lease_until_ms = ? WHERE id = 1", [value])
    assert store.db.execute("SELECT person_id, lease_until_ms FROM slots WHERE id = 1").fetchone() == (None, 0)


HUGE = str(2**63)
OUT_OF_RANGE = [
    *(["init", "new.db", "--label", "a", "--label", "b", "--overlap", value] for value in ("0", "21", "-1", HUGE)),
    *(["round", "start", "p.db", "--seed", value] for value in ("-1", HUGE, "1.5")),
    *(["round", "start", "p.db", "--steps", value] for value in ("0", "-1", HUGE)),
    *(["round", "start", "p.db", "--weight", value] for value in ("-1", "nan", "inf")),
    *(["round", "start", "p.db", "--random-share", value] for value in ("-0.1", "1.1", "nan")),
    *(["round", "show", "p.db", value] for value in ("0", HUGE)),
    ["round", "cancel", "p.db", HUGE],
    *(["round", "free", "p.db", value, "--yes"] for value in ("0", HUGE)),
    ["round", "free", "p.db", "--keep", HUGE],
    *(["queue", "p.db", "--limit", value] for value in ("0", "-5", HUGE)),
    *(["audit", "p.db", "--limit", value] for value in ("0", HUGE)),
    *(["import", "p.db", "s.txt", "--hold-out", value] for value in ("-0.1", "0.5", "nan")),
    *(["serve", "p.db", "--port", value] for value in ("0", "65536", HUGE)),
    *(["demo", "--seeds", value] for value in ("0", HUGE)),
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("arguments", OUT_OF_RANGE, ids=" ".join)
def test_a_number_out_of_range_is_refused_in_words(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    with create_project(tmp_path / "p.db", labels=["a", "b"]) as store:
        person = people.add(store, "Anna")
        (tmp_path / "s.txt").write_text("One.\nTwo.\n")
        assert run("import", "p.db", "s.txt", "--hold-out", "0").exit_code == 0
        for sentence, label in ((1, 0), (2, 1)):
            annotations.add(store, NewAnnotation(sentence, person.id, "answer", f"key-{sentence:05}", label, None))
        before = store.db.execute("SELECT count(*) FROM audit").fetchone()
        result = run(*arguments)
        assert result.exit_code == 1, result.output
        assert isinstance(result.exception, SystemExit)
        assert (
            "x<=" in result.stderr
            or "xpected" in result.stderr
            or "from 0 to 1" in result.stderr
            or "; give 0 to 0.45" in result.stderr
            or ("is not a valid" in result.stderr)
            or "is not a round; give a number" in result.stderr
        ), result.stderr
        assert "Traceback" not in result.output
        assert store.db.execute("SELECT count(*) FROM audit").fetchone() == before
        assert rounds.all_of(store) == []
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("overlap", [0, 21, -1, 2**63])
def test_an_overlap_out_of_range_makes_no_project(tmp_path: Path, overlap: int) -> None:
    with pytest.raises(BadOverlap, match="give 1 to 20"):
        create_project(tmp_path / "new.db", labels=["a", "b"], overlap=overlap)
    assert list(tmp_path.iterdir()) == []


BAD_NAMES = {
    "empty": ("", "it is empty"),
    "spaces": (" \u00a0 ", "it is empty"),
    "long": ("x" * 65, "at most 64 characters"),
    "nul": ("a\0", "cannot be seen"),
    "turned": ("a\u202eb", "cannot be seen"),
    "zero-width": ("ad\u200bmin", "cannot be seen"),
    "cyrillic-a": ("\u0430dmin", "letters of one script"),
    "greek-o": ("B\u03bfb", "letters of one script"),
    "cherokee": ("\u13aadmin", "letters of one script"),
}


@pytest.mark.parametrize(("name", "why"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_name_that_could_pass_for_another_is_refused(store: Store, name: str, why: str) -> None:
    with pytest.raises(BadPerson, match=why):
        add_person(store, name, actor=OWNER)
    with pytest.raises(SignInRefused, match=why):
        sign_in(store, name)
    assert people.all_of(store) == []


GOOD_NAMES = [
    "admin",
    "Ägnes Øst",
    "Ke\u02bbala",
    "Иван Петров",
    "山田 たろう",
    "スーパー山田",
    "김철수",
    "محمد",
    "R2-D2",
    "O'Brien 3",
]


@pytest.mark.parametrize("name", GOOD_NAMES, ids=lambda name: ascii(name)[1:-1])
def test_a_name_in_any_one_writing_may_be(store: Store, name: str) -> None:
    assert add_person(store, name, actor=OWNER).name == name
    assert sign_in(store, name).name == name


@pytest.mark.parametrize(
    ("name", "other"),
    [("admin", "ADMIN"), ("Ägnes", "äGNES"), ("Straße", "STRASSE"), ("admin", "\uff41dmin"), ("Иван", "иВАН")],
)
def test_a_name_in_another_case_is_the_same_person(store: Store, name: str, other: str) -> None:
    added = add_person(store, name, actor=OWNER)
    with pytest.raises(AlreadyExists, match=f"called '{name}'"):
        add_person(store, other, actor=OWNER)
    assert sign_in(store, other) == added


SETTINGS = {
    "unknown": ({"max_step": 5}, "unknown settings: max_step; max_steps is the nearest known one"),
    "far": ({"zzz": 5}, "unknown settings: zzz"),
    "text": ({"max_steps": "5"}, "max_steps: found '5', expected a whole number"),
    "fraction": ({"batch_size": 1.5}, "batch_size: found 1.5, expected a whole number"),
    "truth": ({"seed": True}, "seed: found True, expected a whole number"),
    "nothing": ({"seed": None}, "seed: found None, expected a whole number"),
    "list": ({"loss": ["none"]}, r"loss: found \['none'\], expected text"),
    "levels": ({"levels": "word"}, "levels: found 'word', expected a list of levels"),
    "nan": ({"saliency_weight": float("nan")}, "saliency_weight: found nan, expected at most"),
    "huge": ({"seed": 2**63}, "seed: found 9223372036854775808, expected at most"),
    "negative": ({"seed": -1}, "seed: found -1, expected 0 or more"),
}


@pytest.mark.parametrize(("settings", "says"), SETTINGS.values(), ids=SETTINGS)
def test_a_setting_that_cannot_be_is_refused_by_name(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        TrainingConfig.from_dict(settings)


def test_settings_as_json_come_back_as_they_were() -> None:
    config = TrainingConfig(loss="hinge", levels=("word",), saliency_weight=1, seed=7)
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
