"""A file that comes again with mended texts: they are refused, or replaced all at once where that is asked for."""

import json
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from annotator.answering import queue
from annotator.cli import main
from annotator.errors import CannotRemove, CannotUndo
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.importing import new_texts
from annotator.importing.outcome_wording import sentences_about
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.undoing import list_imports, undo_import
from annotator.project.people import sign_in
from annotator.project.projects import create_project
from annotator.putting_right.replacing import replace_sentence
from annotator.reviewing.history import audit_log
from db.answers import annotations
from db.corpus import removals, sentences
from db.errors import RoundInProgress
from db.finding import texts
from db.learning import rounds
from db.queue import leases, slots
from db.records import OWNER, NewAnnotation
from db.store import Store

pytestmark = pytest.mark.slow

TEXT = {"update": ("text",)}
OLD, NEW = "The jury freed Anakonda.", "The jury freed Annaberta."


@pytest.fixture
def store(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    with create_project(folder / "p.db", labels=["event", "none"], no_rationale=["none"]) as store:
        yield store


@pytest.fixture
def bring(store, tmp_path):
    """Import these rows, and return the report."""

    def bring(*rows, **settings):
        path = tmp_path / "in.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return import_file(store, path, ImportSettings(answers="keep", **settings), actor=OWNER)

    return bring


def row(name, text=OLD, **fields):
    return {"id": name, "text": text, "split": "pool", **fields}


def found(store):
    return {one.external_id: (one.text, one.split) for page in sentences.pages(store) for one in page}


def gold(store, name):
    log = annotations.of_sentences(store, [sentences.find(store, [name])[name].id])
    return [(one.label, one.marks) for answers in log.values() for one in answers if not one.superseded]


def said(report):
    return "\n".join([*sentences_about(asdict(report)), *remarks(asdict(report))])


def answer(store, name, marks):
    person = sign_in(store, "Ada")
    sentence_id = sentences.find(store, [name])[name].id
    leases.record(store, person.id, sentence_id)
    new = NewAnnotation(sentence_id, person.id, "answer", f"the-key-of-{name}", 0, marks)
    assert queue.submit(store, person, new).state == "saved"


def contents(store):
    files = [file for file in store.path.parent.rglob("*") if file.is_file()]
    return b"".join(file.read_bytes() for file in files)


def test_another_text_is_refused_and_the_refusal_names_the_way(bring, store):
    bring(row("a"))
    with pytest.raises(BadInput, match=r"Line 1, text: .*under the same id; --update text takes the file's"):
        bring(row("a", NEW), row("b", "It rained."))
    assert found(store) == {"a": (OLD, "pool")}


def test_texts_are_replaced_and_counted_as_a_dry_run_says(bring, store):
    bring(row("a", label="event", marks="..++."), row("b", "It rained.", label="none"))
    changed = [
        row("a", NEW, label="event", marks="..++."),
        row("b", "It rained.", label="none"),
        row("c", "A new one."),
    ]
    would = bring(*changed, **TEXT, dry_run=True)
    assert found(store)["a"] == (OLD, "pool")
    assert "1 sentence of the project is given the file's text (a); the old text goes for good." in said(would)
    assert f"a: “{OLD}” becomes “{NEW}”." in said(would)
    assert "Then the project's file is rewritten without the old text; answers wait in people's browsers" in said(would)
    done = bring(*changed, **TEXT)
    assert found(store) == {"a": (NEW, "pool"), "b": ("It rained.", "pool"), "c": ("A new one.", "pool")}
    assert "1 sentence of the project was given the file's text (a); the old text is gone for good." in said(done)
    counts = [(one.added, one.answers_kept, one.texts.sentences, one.texts.asked_again) for one in (would, done)]
    assert counts == [(1, 1, 1, 1)] * 2
    assert gold(store, "a") == [(0, "..++.")], "the file says which words of the new text are marked"
    assert OLD not in json.dumps(asdict(done)), "a report is kept"
    assert b"Anakonda" not in contents(store) and b"Annaberta" in contents(store)
    assert (removals.count_unerased(store), done.texts.not_erased) == (0, None)
    again = bring(*changed, **TEXT)
    assert (again.texts.sentences, again.added, again.answers_kept) == (0, 0, 0)


def test_answers_are_carried_by_the_rule_of_a_single_correction(bring, store):
    bring(row("a"), row("b", "It rained cats."))
    answer(store, "a", "...+.")
    answer(store, "b", ".+..")
    report = bring(row("a", NEW), row("b", "It rained dogs."), **TEXT)
    assert (report.texts.sentences, report.texts.kept, report.texts.asked_again) == (2, 1, 1)
    assert (gold(store, "a"), gold(store, "b")) == ([(0, None)], [(0, ".+..")])
    assert slots.counts(store)["open"] == 1
    assert "1 answer was kept without marks, because a marked word is no longer there; people are asked" in said(report)


def test_an_export_with_a_mended_text_brings_no_answer_twice(bring, store, tmp_path):
    bring(row("a"))
    answer(store, "a", "..+..")
    export_project(store, tmp_path / "out.jsonl", actor=OWNER)
    (line,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    mended = {name: part for name, part in line.items() if name not in ("tokens", "starts")} | {"text": NEW}
    for _ in range(2):
        assert bring(mended, format="native", **TEXT).answers_kept == 0
        assert (gold(store, "a"), found(store)["a"][0]) == ([(0, "..+..")], NEW)


def test_the_same_correction_in_two_projects_gives_answers_the_same_keys(bring, store, tmp_path):
    bring(row("a"))
    answer(store, "a", "..+..")
    export_project(store, tmp_path / "before.jsonl", actor=OWNER)
    replace_sentence(store, "a", NEW, actor=OWNER)
    export_project(store, tmp_path / "after.jsonl", actor=OWNER)
    with create_project(tmp_path / "other.db", labels=["event", "none"], no_rationale=["none"]) as other:
        import_file(other, tmp_path / "before.jsonl", actor=OWNER)
        report = import_file(other, tmp_path / "after.jsonl", ImportSettings(**TEXT), actor=OWNER)
        assert (report.texts.sentences, report.texts.kept, report.answers_kept) == (1, 1, 0)
        assert gold(other, "a") == gold(store, "a") == [(0, "..+..")]


def test_a_text_that_was_corrected_before_is_replaced_again_only_on_request(bring, store):
    bring(row("a"))
    replace_sentence(store, "a", NEW, actor=OWNER)
    assert bring(row("a", "The jury met.")).outdated == 1
    assert bring(row("a", "The jury met."), **TEXT).texts.sentences == 1
    assert found(store)["a"] == ("The jury met.", "pool")


def test_split_and_metadata_are_taken_in_the_same_import(bring, store):
    bring(row("a", topic="old", about="Anakonda"))
    report = bring(row("a", NEW, topic="new") | {"split": "dev"}, update=("split", "metadata", "text"))
    assert found(store) == {"a": (NEW, "dev")}
    assert sentences.find(store, ["a"])["a"].metadata == {"topic": "new"}
    assert (asdict(report.updated), report.texts.metadata_dropped) == ({"split": 1, "metadata": 1}, 1)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_new_sentence_with_the_corrected_text_goes_where_that_is(bring, store, is_first):
    bring(row("a"))
    rows = [row("a", NEW), row("new", NEW) | {"split": "test"}]
    assert bring(*(rows if is_first else rows[::-1]), **TEXT).moved == {"test to pool": 1}
    assert found(store) == {"a": (NEW, "pool"), "new": (NEW, "pool")}


def test_no_text_gets_into_two_splits(bring, store):
    bring(row("a"), row("b", "It rained.") | {"split": "test"}, row("c", "It snowed.") | {"split": "dev"})
    with pytest.raises(BadInput, match="this sentence is in pool, and the project has it in test"):
        bring(row("a", "It rained."), **TEXT)
    with pytest.raises(BadInput, match="this sentence is in dev, and the file puts it in pool"):
        bring(row("a", NEW), row("c", NEW) | {"split": "dev"}, **TEXT)
    assert (texts.count_straddling(store), found(store)["a"]) == (0, (OLD, "pool"))


def test_a_fault_in_another_row_replaces_nothing(bring, store):
    bring(row("a"))
    with pytest.raises(BadInput, match="unknown"):
        bring(row("a", NEW), row("b", "It rained.", label="unknown"), **TEXT)
    assert (found(store), removals.count(store)) == ({"a": (OLD, "pool")}, 0)


def test_while_a_round_is_at_work_nothing_is_imported(bring, store):
    bring(row("a"))
    rounds.advance(store, rounds.queue(store, config={}, seed=1, last_annotation=None).id, "training")
    with pytest.raises(RoundInProgress, match="wait until it has ended"):
        bring(row("a", NEW), row("b", "It rained."), **TEXT)
    assert found(store) == {"a": (OLD, "pool")}
    assert bring(row("a"), row("b", "It rained."), **TEXT).added == 1, "no text is replaced"


def test_more_texts_than_answers_can_wait_for_are_refused(bring, store, monkeypatch):
    monkeypatch.setattr(new_texts, "MOST_TEXTS", 1)
    bring(row("a"), row("b", "It rained cats."))
    for dry_run in (True, False):
        with pytest.raises(CannotRemove, match=r"at most 1, because people's answers wait for it.*`split -l 1` cuts"):
            bring(row("a", NEW), row("b", "It rained dogs."), row("c", "A new one."), **TEXT, dry_run=dry_run)
    assert len(found(store)) == 2 and found(store)["a"] == (OLD, "pool")


def test_a_cut_off_between_two_texts_leaves_both_and_the_same_import_resumes(bring, store, monkeypatch):
    bring(row("a"), row("b", "It rained cats."))
    changed = [row("a", NEW), row("b", "It rained dogs."), row("c", "A new one.")]
    add, done = removals.add, []

    def fail_at_the_second(*given, **facts):
        if done:
            raise OSError("the disk is full")
        done.append(add(*given, **facts))

    with monkeypatch.context() as patch:
        patch.setattr(removals, "add", fail_at_the_second)
        with pytest.raises(OSError, match="disk is full"):
            bring(*changed, **TEXT)
    assert found(store) == {"a": (OLD, "pool"), "b": ("It rained cats.", "pool")}
    report = bring(*changed, **TEXT)
    assert (report.went_on, report.texts.sentences) == (True, 2)
    assert found(store)["a"][0] == NEW and len(found(store)) == 3


def test_an_import_that_replaced_texts_is_on_record_and_is_not_undone(bring, store):
    bring(row("a"))
    bring(row("a", NEW), row("b", "It rained."), **TEXT)
    newest = audit_log(store, 2, actor=OWNER)
    assert [line.action for line in newest] == ["import", "sentence corrected"]
    assert (newest[0].detail["texts"], newest[1].detail["import"]) == (1, newest[0].detail["import"])
    assert [one.changed for one in list_imports(store, actor=OWNER)] == [1, 0]
    with pytest.raises(CannotUndo, match="it gave 1 sentence another text, and the old one is gone for good"):
        undo_import(store, actor=OWNER)
    assert len(found(store)) == 2


def test_the_command_fails_if_a_reader_keeps_the_old_text_in_the_file(bring, store, tmp_path):
    bring(row("a"))
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(row("a", NEW)))
    with Store.open(store.path) as reader:
        reader.db.execute("BEGIN")
        reader.db.execute("SELECT * FROM sentences").fetchall()
        done = CliRunner().invoke(main, ["import", str(store.path), str(path), "--update", "text"])
        reader.db.execute("ROLLBACK")
    assert (done.exit_code, "The file could not be rewritten without the old texts yet" in done.output) == (1, True)
    assert f"`whylight sentence erase {store.path}`" in done.output
    assert CliRunner().invoke(main, ["sentence", "erase", str(store.path)]).exit_code == 0
    assert b"Anakonda" not in contents(store)
