"""Texts that are corrected: the old text is gone for good, and people's answers are kept where they fit."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.answering.queue import submit
from annotator.answering.screen import screen
from annotator.cli import main
from annotator.errors import CannotRemove
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.project.projects import create_project
from annotator.project.sets import save_set
from annotator.project.tags import tag_sentence
from annotator.putting_right.carrying import carrying
from annotator.putting_right.removing import remove_sentences
from annotator.putting_right.replacing import preview_replacement, replace_sentence
from annotator.reviewing.asking_again import ask_again
from annotator.reviewing.browsing import choose, count_sentences, describe_sentence
from annotator.reviewing.history import sentence_history
from annotator.reviewing.review import settle
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations
from db.corpus import removals, sentences
from db.errors import UnknownSentence
from db.finding import texts
from db.queue import asked_again, leases, slots
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store
from db.team import audit, people

OLD = "Old Zaphodiusq recieved a letter"
NEW = "Old N. received a letter"


@pytest.fixture
def letters(tmp_path: Path) -> Iterator[Store]:
    """A project with three sentences of the pool, the second of which has a name and a mistake in it."""
    rows = [{"id": f"s{n}", "text": f"The ship sank w{n}", "split": "train"} for n in range(3)]
    rows[1] |= {"text": OLD, "from": "zaphodiusq", "year": 1912}
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    labels = ["none", "event", "doubt"]
    with create_project(folder / "letters.db", labels=labels, no_rationale=["none"], overlap=2) as store:
        import_file(store, tmp_path / "in.jsonl", actor=OWNER)
        yield store


@pytest.fixture
def ada(letters: Store) -> Person:
    return people.add(letters, "Ada", role="researcher")


@pytest.fixture
def ben(letters: Store) -> Person:
    return people.add(letters, "Ben")


def give(store: Store, person: Person, sentence: int, marks: str | None, *, note: str | None = None) -> str:
    leases.record(store, person.id, sentence)
    key, observed = f"key-{person.id}-{sentence:04}", Observed(note=note, seconds=3.0)
    new = NewAnnotation(sentence, person.id, "answer", key, 1, marks, observed)
    receipt = submit(store, person, new)
    return receipt.message or receipt.state


def current(store: Store, name: str = "s1") -> int:
    return sentences.find(store, [name])[name].id


def test_an_answer_is_kept_with_its_marks_where_its_words_are_still_there(letters: Store, ada: Person) -> None:
    give(letters, ada, 2, "+...+", note="a fine letter")
    done = replace_sentence(letters, "s1", NEW, reason="a name", actor=ada)
    assert (done.correction.kept, done.correction.asked_again) == (1, 0)
    new = current(letters)
    stored = annotations.newest(letters, new, ada.id)
    assert stored is not None
    assert (stored.label, stored.marks, stored.observed.note) == (1, "+....+", "a fine letter")
    assert stored.created_ms == annotations.of_sentences(letters, [2])[2][0].created_ms
    assert slots.held_by(letters, stored.id) is not None, "its place is taken"
    assert [each.marks for each in build_training_set(letters, up_to=99).examples["pool"]] == ["+....+"]


def test_an_answer_that_loses_a_marked_word_keeps_its_label_and_is_asked_again(
    letters: Store, ada: Person, ben: Person
) -> None:
    give(letters, ada, 2, "..+..", note="Zaphodiusq again")
    give(letters, ben, 2, "....+")
    done = replace_sentence(letters, "s1", NEW, actor=ada)
    assert (done.correction.kept, done.correction.asked_again, done.correction.notes_dropped) == (1, 1, 1)
    new = current(letters)
    stored = annotations.newest(letters, new, ada.id)
    assert stored is not None
    assert (stored.label, stored.marks, stored.observed.note) == (1, None, None)
    assert annotations.count_answers_by_label(letters)[1] == (2, 1), "both labels count"
    assert new in [each["sentence_id"] for each in screen(letters, ada)["queue"]]
    assert new not in [each["sentence_id"] for each in screen(letters, ben)["queue"]]
    again = NewAnnotation(new, ada.id, "answer", "the-second-time", 1, "..+...")
    assert submit(letters, ada, again).state == "saved"
    assert annotations.count_answers_by_label(letters)[1] == (2, 2)
    assert new not in [each["sentence_id"] for each in screen(letters, ada)["queue"]]
    assert slots.counts(letters) == {"open": 4, "leased": 4, "filled": 2}


def test_the_old_text_is_gone_from_every_file_and_the_new_one_is_found(letters: Store, ada: Person) -> None:
    give(letters, ada, 2, "..+..", note="Zaphodiusq again")
    done = replace_sentence(letters, "s1", NEW, actor=ada)
    assert (done.not_erased, done.correction.metadata_dropped) == (None, ("from",))
    files = [file for file in letters.path.parent.rglob("*") if file.is_file()]
    assert [file for file in files if b"phodiusq" in file.read_bytes() or b"recieved" in file.read_bytes()] == []
    assert count_sentences(letters, choose(letters, search="recieved"), actor=OWNER).number == 0
    assert count_sentences(letters, choose(letters, search="received"), actor=OWNER).number == 1
    assert describe_sentence(letters, "s1", actor=OWNER)["metadata"] == {"year": 1912}
    assert sentences.count(letters) == 3
    assert texts.count_straddling(letters) == 0


def test_sets_tags_and_what_was_reopened_follow(letters: Store, ada: Person, ben: Person) -> None:
    tag_sentence(letters, "odd", "s1", actor=ada)
    save_set(letters, "odd ones", choose(letters, tag="odd"), {}, actor=ada)
    ask_again(letters, "s1", actor=ada)
    replace_sentence(letters, "s1", NEW, actor=ada)
    found = describe_sentence(letters, "s1", actor=OWNER)
    assert (found["tags"], found["sets"]) == (["odd"], ["odd ones"])
    assert list(asked_again.reopened(letters, limit=9)) == [current(letters)]


def test_a_decision_that_loses_its_marks_reopens_the_sentence(letters: Store, ada: Person, ben: Person) -> None:
    give(letters, ben, 2, "+....")
    settle(letters, ada, 2, label=2, marks=".+...", key="the-decision")
    replace_sentence(letters, "s1", NEW, actor=ada)
    new = current(letters)
    assert list(asked_again.reopened(letters, limit=9)) == [new]
    kinds = [(each.kind, each.label, each.marks) for each in annotations.of_sentences(letters, [new])[new]]
    assert kinds == [("answer", 1, "+....."), ("adjudicated", 2, None)]


def test_the_history_says_that_it_was_corrected_by_whom_and_why(letters: Store, ada: Person) -> None:
    give(letters, ada, 2, "+....")
    replace_sentence(letters, "s1", NEW, reason="a name", actor=ada)
    replace_sentence(letters, "s1", f"{NEW}!", actor=OWNER)
    corrected = sentence_history(letters, "s1", actor=OWNER)["corrections"]
    assert [(each["person"], each["reason"]) for each in corrected] == [(None, None), ("Ada", "a name")]
    assert [row.action for row in audit.newest(letters, 2)] == ["sentence corrected"] * 2
    remove_sentences(letters, ["s1"], actor=ada)
    newest = removals.all_of(letters)[0]
    assert (newest.external_id, newest.replaced_by) == ("s1", None)


def test_a_page_with_the_old_text_gets_the_reason_and_the_new_text(letters: Store, ben: Person, ada: Person) -> None:
    assert 2 in [each["sentence_id"] for each in screen(letters, ben)["queue"]]
    with Store.open(letters.path) as other:
        replace_sentence(other, "s1", NEW, actor=OWNER)
    late = submit(letters, ben, NewAnnotation(2, ben.id, "answer", "a-late-answer", 1, "..+.."))
    assert (late.state, "comes again with the new text" in late.message) == ("rejected", True)
    shown = {each["sentence_id"]: each["text"] for each in screen(letters, ben)["queue"]}
    assert 2 not in shown
    assert NEW in shown.values()


def test_an_older_file_does_not_bring_the_old_text_back(letters: Store, ada: Person, tmp_path: Path) -> None:
    give(letters, ada, 2, "+....")
    old, new = io.BytesIO(), io.BytesIO()
    export_project(letters, old, actor=OWNER)
    replace_sentence(letters, "s1", NEW, actor=ada)
    export_project(letters, new, actor=OWNER)
    (tmp_path / "old.jsonl").write_bytes(old.getvalue())
    (tmp_path / "new.jsonl").write_bytes(new.getvalue())
    again = import_file(letters, tmp_path / "old.jsonl", actor=OWNER)
    assert (again.added, again.skipped, again.outdated, again.answers_kept) == (0, 2, 1, 0)
    again = import_file(letters, tmp_path / "new.jsonl", actor=OWNER)
    assert (again.added, again.skipped, again.outdated, again.answers_kept) == (0, 3, 0, 0)


def test_a_text_that_cannot_be_is_refused_and_nothing_changed(letters: Store, ada: Person, tmp_path: Path) -> None:
    (tmp_path / "test.jsonl").write_text('{"id": "t", "text": "A held out text", "split": "test"}')
    import_file(letters, tmp_path / "test.jsonl", actor=OWNER)
    for text, says in [
        ("", "The new text cannot be used: found nothing visible in '', expected a sentence."),
        (OLD, "already has this text"),
        ("A held out text", "in test"),
        ("a\0b", "text"),
    ]:
        with pytest.raises(CannotRemove, match=says):
            replace_sentence(letters, "s1", text, actor=ada)
    with pytest.raises(UnknownSentence):
        preview_replacement(letters, "s9", NEW, actor=ada)
    assert (current(letters), removals.all_of(letters)) == (2, [])


def test_the_command_tells_what_happens_before_it_does_it(letters: Store, ada: Person, tmp_path: Path) -> None:
    give(letters, ada, 2, "..+..")
    (tmp_path / "text.txt").write_text(f"{NEW}\n")
    words = ["sentence", "replace", str(letters.path), "s1", "--from-file", str(tmp_path / "text.txt")]
    run = CliRunner().invoke
    told = run(main, [*words, "--dry-run"])
    assert "1 answer is kept without the marks" in told.stdout
    assert current(letters) == 2
    assert run(main, words).exit_code == 1, "without a terminal it asks for --yes"
    assert run(main, [*words, "--text", "both"]).exit_code == 1
    done = run(main, [*words, "--yes", "--json"])
    facts = json.loads(done.stdout.splitlines()[-1])
    assert (facts["asked_again"], facts["erased"], facts["backups"]) == (1, True, [])
    assert sentences.read(letters, current(letters)).text == NEW
    listed = run(main, ["sentence", "list", str(letters.path)])
    assert "s1 · corrected by the owner of the file" in listed.stdout


@pytest.mark.parametrize(
    ("before", "after", "marks", "expected"),
    [
        ("a b c", "a b c d", "+.-", "+.-."),
        ("a b c", "x a c", "+..", ".+."),
        ("a b c", "a c", ".+.", None),
        ("A b", "a B", "+-", "+-"),
        ("a b", "a b", None, None),
        ("a b", "c d", "..", ".."),
    ],
)
def test_marks_are_carried_to_the_same_words(before: str, after: str, marks: str | None, expected: str | None) -> None:
    assert carrying(before.split(), after.split()).marks(marks) == expected
