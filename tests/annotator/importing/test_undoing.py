"""Undoing an import: the project is as if the file had never come, or nothing changes and the reason is said."""

import json
import random

import pytest
from click.testing import CliRunner

from annotator.answering import queue
from annotator.answering.asking_next import ask_next
from annotator.care.doctor import examine
from annotator.cli import main
from annotator.errors import CannotUndo
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.undoing import list_imports, undo_import
from annotator.importing.undoing_wording import undone_in_words
from annotator.project.people import sign_in
from annotator.project.projects import create_project
from annotator.project.sets import save_set
from annotator.project.tags import tag_sentence
from annotator.putting_right.removing import remove_sentences
from annotator.putting_right.replacing import replace_sentence
from annotator.reviewing.history import audit_log
from db.answers import annotations, suggestions
from db.corpus import imports, sentences
from db.finding import search
from db.finding.filters import SentenceFilter
from db.learning import rounds
from db.opening import acknowledged
from db.queue import slots
from db.records import OWNER, NewAnnotation, Suggestion

OLD = ({"id": "old", "text": "The ship sank.", "split": "pool"}, {"id": "held", "text": "It rained.", "split": "dev"})
NEW = (
    {"id": "new", "text": "A barge burned.", "split": "pool", "sentence_tags": ["boats"]},
    {"id": "gold", "text": "A tanker burned.", "split": "dev", "label": "event", "marks": "..+."},
)


@pytest.fixture
def store(tmp_path):
    with create_project(tmp_path / "p.db", labels=["event", "none"], no_rationale=["none"]) as store:
        yield store


@pytest.fixture
def bring(store, tmp_path):
    """Import these rows, and return the number of the import."""

    def bring(*rows, name="in.jsonl", **settings):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        import_file(store, path, ImportSettings(**settings), actor=OWNER)
        return imports.last_not_undone(store)

    return bring


def exported(store, folder):
    export_project(store, folder / "out.jsonl", actor=OWNER)
    return (folder / "out.jsonl").read_text()


def given_to(store, person, external_id):
    """Let a person hold this sentence, and return it."""
    sentence = sentences.find(store, [external_id])[external_id]
    held = queue.lease_ahead(store, person, rng=random.Random(1))
    assert sentence.id in [one.sentence.id for one in held]
    return sentence


def answered(store, person, external_id, key="answer-01"):
    sentence = given_to(store, person, external_id)
    return queue.submit(store, person, NewAnnotation(sentence.id, person.id, "answer", key, label=1))


def test_its_sentences_and_answers_leave_and_the_rest_stays_as_it_was(bring, store, tmp_path):
    bring(*OLD)
    before, open_before = exported(store, tmp_path), slots.counts(store)
    number = bring(*NEW)
    done = undo_import(store, actor=OWNER)
    assert (done.number, done.left.sentences, done.left.answers) == (number, 2, 1)
    assert (exported(store, tmp_path), slots.counts(store)) == (before, open_before)
    assert {row["id"] for row in rows_of(store)} == {"old", "held"}
    assert not found_by(store, "burned")
    assert store.db.execute("SELECT count(*) FROM sentences").fetchone() == (2,)


def rows_of(store):
    return [{"id": one.external_id} for page in sentences.pages(store) for one in page]


def found_by(store, word):
    rows = store.db.execute("SELECT rowid FROM sentence_words WHERE sentence_words MATCH ?", [search.phrase([word])])
    return rows.fetchall()


def test_the_same_file_can_come_again_and_is_as_the_first_time(bring, store, tmp_path):
    bring(*OLD)
    bring(*NEW)
    first = exported(store, tmp_path)
    undo_import(store, actor=OWNER)
    bring(*NEW)
    assert without_times(exported(store, tmp_path)) == without_times(first)
    assert slots.counts(store)["open"] == 3
    assert len(found_by(store, "burned")) == 2


def without_times(text):
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        for answer in row["annotations"]:
            answer.pop("at")
    return rows


def test_no_id_is_given_to_another_sentence_answer_or_slot(bring, store):
    bring(*OLD)
    bring(*NEW)
    tables = ("sentences", "annotations", "slots")
    last = [store.db.execute(f"SELECT max(id) FROM {table}").fetchone()[0] for table in tables]
    undo_import(store, actor=OWNER)
    bring(*NEW, {"id": "third", "text": "Three."})
    for table, most in zip(tables, last, strict=True):
        (new,) = store.db.execute(f"SELECT count(*) FROM {table} WHERE id > ?", [most]).fetchone()
        assert new == {"sentences": 3, "annotations": 1, "slots": 2}[table], table


def test_a_place_that_its_answer_leaves_is_as_one_that_was_given_back(bring, store):
    bring(*OLD)
    ada = sign_in(store, "Ada")
    asked = save_set(store, "ships", SentenceFilter(split="pool"), {}, actor=OWNER)
    ask_next(store, asked.name, actor=OWNER)
    old = given_to(store, ada, "old")
    bring({**OLD[0], "annotations": [{"person": "Ada", "label": "event", "key": "of-a-file"}]})
    columns = "annotation_id, person_id, lease_until_ms, leased_under, requested_under, request_id"
    lease_and_answer = f"SELECT {columns} FROM slots WHERE sentence_id = ?"
    assert None not in store.db.execute(lease_and_answer, [old.id]).fetchone()[-2:], "it was leased because of the set"
    undo_import(store, actor=OWNER)
    assert store.db.execute(lease_and_answer, [old.id]).fetchone() == (None, None, 0, None, None, None)


def test_what_it_superseded_counts_again(bring, store):
    bring({**OLD[1], "label": "none"})
    bring({**OLD[1], "label": "event"})
    done = undo_import(store, actor=OWNER)
    (gold,) = annotations.of_sentences(store, [1])[1]
    assert (gold.label, gold.superseded, done.left.restored) == (1, False, 1)
    assert undone_in_words(done)[1] == "1 answer that they superseded counts again."


def test_splits_metadata_and_tags_are_as_before(bring, store, tmp_path):
    bring({**OLD[0], "topic": "old"}, {**OLD[0], "id": "twin"}, OLD[1])
    before = exported(store, tmp_path)
    changed = {**OLD[0], "split": "test", "topic": "new", "sentence_tags": ["irony"]}
    bring(changed, update=("split", "metadata"))
    assert exported(store, tmp_path) != before
    done = undo_import(store, actor=OWNER)
    assert exported(store, tmp_path) == before
    assert (done.changed_back, done.changed_since) == (4, 0)  # two sentences have the text; metadata, tag
    assert {sentences.read(store, slot.sentence_id).external_id for slot in slots.upcoming(store, 9)} == {"old", "twin"}


def test_what_was_changed_again_since_stays_and_is_counted(bring, store):
    bring({**OLD[0], "topic": "one"})
    second = bring({**OLD[0], "topic": "two"}, update=("metadata",))
    bring({**OLD[0], "topic": "three"}, update=("metadata",))
    done = undo_import(store, second, actor=OWNER)
    assert (done.changed_back, done.changed_since) == (0, 1)
    assert sentences.find(store, ["old"])["old"].metadata == {"topic": "three"}


def test_a_newer_answer_of_the_same_person_keeps_the_chain_whole(bring, store):
    bring(OLD[1])
    relabelled = bring({**OLD[1], "label": "none"})
    bring({**OLD[1], "label": "event"})
    assert undo_import(store, relabelled, actor=OWNER).left.answers == 0
    assert [one.label for one in annotations.of_sentences(store, [1])[1]] == [1, 0]


@pytest.mark.parametrize("kind", ["answer", "skip"])
def test_work_on_its_sentences_keeps_it_and_is_counted(bring, store, kind):
    bring(*OLD)
    bring(*NEW)
    anna = sign_in(store, "Anna")
    sentence = given_to(store, anna, "new")
    label = 1 if kind == "answer" else None
    queue.submit(store, anna, NewAnnotation(sentence.id, anna.id, kind, "answer-01", label=label))
    counts = counts_of(store)
    with pytest.raises(CannotUndo, match="1 of its 2 sentences has been answered or skipped since, by 1 person"):
        undo_import(store, actor=OWNER)
    assert counts_of(store) == counts


def counts_of(store):
    tables = ("sentences", "annotations", "slots", "undone_imports", "audit")
    return [store.db.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]


def test_an_answer_to_another_sentence_does_not_keep_it(bring, store):
    bring(*OLD)
    number = bring(*NEW)
    assert answered(store, sign_in(store, "Anna"), "old").state == "saved"
    assert undo_import(store, number, actor=OWNER).left.sentences == 2


def test_a_person_who_has_its_sentence_on_the_screen_is_told_and_nothing_is_stored(bring, store):
    bring(*OLD)
    bring(*NEW)
    anna = sign_in(store, "Anna")
    sentence = given_to(store, anna, "new")
    undo_import(store, actor=OWNER)
    bring({"id": "else", "text": "Something else entirely."})
    late = queue.submit(store, anna, NewAnnotation(sentence.id, anna.id, "answer", "answer-01", label=1))
    assert late.state == "rejected"
    assert annotations.last_id(store) == 0


def test_a_round_of_that_time_keeps_it(bring, store):
    bring(*OLD)
    number = bring(*NEW)
    rounds.queue(store, config={}, seed=1, last_annotation=None)
    with pytest.raises(CannotUndo, match="1 round has been at work since"):
        undo_import(store, number, actor=OWNER)


def test_a_sentence_that_was_corrected_since_keeps_it(bring, store):
    bring(*OLD)
    number = bring(*NEW)
    replace_sentence(store, "gold", "Two tankers burned.", actor=OWNER)
    with pytest.raises(CannotUndo, match="1 of its sentences has been removed or corrected since"):
        undo_import(store, number, actor=OWNER)


def test_an_answer_to_a_sentence_that_was_corrected_since_stays(bring, store):
    bring(*OLD)
    relabelled = bring({**OLD[1], "label": "none"})
    replace_sentence(store, "held", "It poured.", actor=OWNER)
    assert undo_import(store, relabelled, actor=OWNER).left.answers == 0
    (carried,) = annotations.of_sentences(store, [3])[3]
    assert carried.label == 1


def test_a_removed_sentence_leaves_nothing_of_what_an_import_changed(bring, store):
    bring({**OLD[0], "topic": "the secret word"})
    bring({**OLD[0], "topic": "new"}, update=("metadata",))
    remove_sentences(store, ["old"], actor=OWNER)
    assert store.db.execute("SELECT count(*) FROM import_changes").fetchone() == (0,)
    assert b"secret word" not in store.path.read_bytes()


def test_a_later_import_that_changed_its_sentences_is_undone_first(bring, store):
    first = bring(*OLD)
    second = bring({**OLD[0], "topic": "new"}, update=("metadata",))
    with pytest.raises(CannotUndo, match="1 of its sentences has been changed by a later import"):
        undo_import(store, first, actor=OWNER)
    undo_import(store, second, actor=OWNER)
    assert undo_import(store, first, actor=OWNER).left.sentences == 2
    with pytest.raises(CannotUndo, match="no import that could be undone"):
        undo_import(store, actor=OWNER)
    with pytest.raises(CannotUndo, match=r"in.jsonl \(number 1\) was already undone"):
        undo_import(store, first, actor=OWNER)


def test_what_was_noted_about_its_sentences_leaves_with_them(bring, store):
    bring(*OLD)
    bring(*NEW)
    new = sentences.find(store, ["new"])["new"]
    save_set(store, "burned", SentenceFilter(words=("burned",)), {}, actor=OWNER)
    tag_sentence(store, "irony", "new", actor=OWNER)
    suggestions.add(store, Suggestion(new.id, "m", 0, (1,)), characters=10)
    undo_import(store, actor=OWNER)
    for table in ("set_members", "sentence_tags", "suggestions"):
        assert store.db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_it_resumes_where_it_was_cut_off(bring, store, monkeypatch):
    bring(*OLD)
    number = bring(*NEW)
    with monkeypatch.context() as cut:
        cut.setattr("annotator.importing.undoing.undoing.take_out", _stop_at_the_second_call())
        with pytest.raises(KeyboardInterrupt):
            undo_import(store, number, actor=OWNER)
    assert {row["id"] for row in rows_of(store)} == {"old", "held"}
    assert bring(*NEW) != number
    assert sentences.count(store) == 4
    assert store.db.execute("SELECT count(*) FROM sentences WHERE import_id = ?", [number]).fetchone() == (0,)


def _stop_at_the_second_call():
    calls = iter([False, True])

    def take_out(store):
        if next(calls):
            raise KeyboardInterrupt

    return take_out


def test_the_doctor_does_not_take_undone_answers_for_lost_ones(bring, store):
    bring(*OLD)
    bring(*NEW)
    undo_import(store, actor=OWNER)
    assert acknowledged.missing(store.db, store.path) is None
    assert not [finding for finding in examine(store) if finding.level == "error"]


def test_it_is_in_the_audit_and_in_the_list(bring, store):
    bring(*OLD, name="a.jsonl")
    bring(*NEW, name="b.jsonl")
    undo_import(store, actor=OWNER)
    newest = audit_log(store, 1, actor=OWNER)[0]
    assert newest.action == "import undone"
    assert newest.detail == {"import": 2, "source": "b.jsonl", "sentences": 2, "answers": 1, "changed back": 0}
    undone, kept = list_imports(store, actor=OWNER)
    assert (undone.source, undone.sentences, undone.answers, undone.undone_ms is None) == ("b.jsonl", 2, 1, False)
    assert (kept.source, kept.sentences, kept.undone_ms) == ("a.jsonl", 2, None)


def test_triggers_still_keep_every_other_answer(bring, store):
    bring(*OLD)
    answered(store, sign_in(store, "Anna"), "old")
    bring(*NEW)
    undo_import(store, actor=OWNER)
    with pytest.raises(Exception, match="append-only"), store.writing() as db:
        db.execute("DELETE FROM annotations")


def test_the_list_counts_neither_what_was_removed_nor_a_corrected_sentence_twice(bring, store):
    bring(*OLD, {"id": "third", "text": "Fog.", "annotations": [{"person": "Ada", "label": "none"}]})
    replace_sentence(store, "third", text="Thick fog.", actor=OWNER)
    remove_sentences(store, ["old"], actor=OWNER)
    (listed,) = list_imports(store, actor=OWNER)
    assert (listed.sentences, listed.answers) == (2, 1)


def test_the_commands_list_and_undo(bring, store):
    bring(*OLD)
    bring(*NEW, name="b.jsonl")
    run, project = CliRunner(), str(store.path)
    refused = run.invoke(main, ["imports", "undo", project])
    assert (refused.exit_code, "cannot ask without a terminal" in refused.output) == (1, True)
    assert "Undo the import of b.jsonl" in refused.output
    done = run.invoke(main, ["imports", "undo", project, "--yes", "--json"])
    assert done.output.splitlines()[:2] == ["Undone: b.jsonl.", "2 sentences and 1 answer left the project."]
    assert json.loads(done.output.splitlines()[-1])["left"] == {"sentences": 2, "answers": 1, "restored": 0}
    listed = run.invoke(main, ["imports", "list", project, "--json"])
    assert [one["source"] for one in json.loads(listed.output.splitlines()[-1])["imports"]] == ["b.jsonl", "in.jsonl"]
    unknown = run.invoke(main, ["imports", "undo", project, "9", "--yes"])
    assert (unknown.exit_code, "The project has no import 9; `whylight imports list`" in unknown.output) == (1, True)
