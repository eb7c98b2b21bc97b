"""Sentences that are removed for good: nothing of them is left in any file but those that the command names."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from annotator.answering.queue import submit
from annotator.answering.screen import screen
from annotator.care.backups import backup_project, backups_folder
from annotator.care.doctor import examine
from annotator.care.kept_backups import backups_holding
from annotator.cli import main
from annotator.errors import CannotRemove, Deactivated, NotAllowed
from annotator.exporting.answers import export_project
from annotator.failures import log_failure
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.guidelines import write_guidelines
from annotator.project.people import set_active
from annotator.project.private_files import private_folder
from annotator.project.projects import create_project
from annotator.project.sets import save_set
from annotator.project.tags import tag_sentence
from annotator.putting_right.removing import affected_by, erase_removed, remove_sentences
from annotator.reviewing.browsing import choose, count_sentences, describe_sentence
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.care import health
from db.corpus import removals, sentences, uploads
from db.errors import RoundInProgress, StoreUnavailable, UnknownSentence
from db.finding.filters import SentenceFilter
from db.learning import rounds, tried
from db.queue import asked_again, leases, slots
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store
from db.team import audit, people

SECRET = "Yesterday Zaphodiusq met old Brockianus near the Blagulonian harbour."
ANNOTATES = """
import sys
from pathlib import Path
from annotator.answering.queue import submit
from annotator.project.people import find_person
from db.records import NewAnnotation
from db.store import Store
for number in range(60):
    with Store.open(Path(sys.argv[1])) as store:
        person = find_person(store, sys.argv[2])
        new = NewAnnotation(5, person.id, "answer", f"{sys.argv[2]}-{number:06}", number % 2, None)
        print(submit(store, person, new).state, flush=True)
"""
"""A person who answers the secret sentence, again and again, each time from a page of their own."""
PIECES = [b"aphodiusq", b"rockianus", b"lagulonian", b"Quillfeather", b"whisperbrook"]
"""Parts of words that only the secret sentence, its query, its metadata and its note have, in the middle of words."""


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Store]:
    """A project with the secret sentence among others, which have some of its words."""
    rows = [{"id": f"s{n}", "text": f"The ship sank near the harbour w{n}", "split": "train"} for n in range(9)]
    private = {
        "text": SECRET, "split": "train", "query": "Did Zaphodiusq lie?", "author": "wrote by Quillfeather of Whitby",
    }  # fmt: skip
    rows[4] |= private
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with create_project(folder / "secret.db", labels=["none", "event"], no_rationale=["none"]) as store:
        import_file(store, tmp_path / "in.jsonl", actor=OWNER)
        yield store


@pytest.fixture
def ada(secret: Store) -> Person:
    return people.add(secret, "Ada", role="researcher")


def give(store: Store, person: Person, sentence: int, label: int = 1, note: str | None = None) -> str:
    length = len(sentences.read(store, sentence).tokens)
    marks = "." * (length - 1) + "+" if label else None
    key = f"key-{person.id}-{sentence:04}-{label}"
    leases.record(store, person.id, sentence)
    new = NewAnnotation(sentence, person.id, "answer", key, label, marks, Observed(note=note))
    receipt = submit(store, person, new)
    return receipt.message or receipt.state


def spread(store: Store, ada: Person) -> None:
    """Put the secret sentence wherever a project can have it."""
    for sentence in range(1, 9):
        note = "I know that old Brockianus is whisperbrook himself" if sentence == 5 else None
        give(store, ada, sentence, sentence % 2, note)
    tag_sentence(store, "odd", "s4", actor=ada)
    save_set(store, "odd ones", choose(store, tag="odd"), {"search": SECRET}, actor=ada)
    asked_again.add(store, 5, asked=True, person_id=ada.id)
    tried.add(store, SECRET.replace("old ", "young "), json.dumps({"before": {"text": SECRET}}), person_id=ada.id)
    settings = {"format": "csv", "fields": {}}
    looked = uploads.start(store, file_name="a.csv", settings=settings, person_id=ada.id)
    uploads.finish(store, looked.id, {"preview": [{"id": "s4", "text": SECRET[:50] + "…"}], "added": 9})
    failed = uploads.start(store, file_name="b.csv", settings=settings, person_id=ada.id)
    uploads.give_up(store, failed.id, error=f"Line 1 is well.\nLine 5: text is {SECRET!r}, expected another one")
    audit.record(store, ada, "answer refused", {"why": f"The answer to {SECRET} was late"})
    log_failure(ValueError(SECRET), store.path, "A test")


def left(folder: Path) -> dict[str, list[bytes]]:
    """Return which pieces each file below the folder has, in any case."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    found = {
        str(file.relative_to(folder)): [piece for piece in PIECES if piece.lower() in file.read_bytes().lower()]
        for file in files
    }
    return {name: pieces for name, pieces in found.items() if pieces}


def train(store: Store) -> None:
    settings = RoundSettings(model="cnn", steps=2, vectors="random", queue_size=4)
    queued = queue_round(store, settings=settings, actor=OWNER)
    work_on_round(store, queued.id)
    assert rounds.read(store, queued.id).state == "ready"


def test_no_byte_of_a_removed_sentence_is_left_but_where_the_command_says(secret: Store, ada: Person) -> None:
    spread(secret, ada)
    train(secret)
    kept = backup_project(secret, private_folder(backups_folder(secret.path)) / "old.db", actor=OWNER).file
    folder = secret.path.parent
    secret.close()
    assert set(left(folder)) > {"secret.db", "secret.db.log"}, "the test looks where the sentence is"
    done = CliRunner().invoke(
        main, ["sentence", "remove", str(secret.path), "s4", "--reason", "asked to", "--yes", "--json"]
    )
    assert done.exit_code == 0, done.output
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["backups"] == [str(kept)]
    assert facts["rounds"] == ["1"]
    named = {str(kept.relative_to(folder))}
    checkpoints = {name for name in left(folder) if ".rounds/1-" in name}
    assert set(left(folder)) - checkpoints == named
    assert all(name.endswith("vocabulary.json") for name in checkpoints), checkpoints
    assert f"rm {kept}" in done.stdout
    assert "Removed 1 sentence. No one is asked about it, and nothing counts or exports it." in done.stdout
    assert "round delete" in done.stdout
    with Store.open(secret.path) as store:
        new = backup_project(store, actor=OWNER).file
        assert str(new.relative_to(folder)) not in left(folder)
        assert backups_holding(store, actor=OWNER) != []
        kept.unlink()
        assert backups_holding(store, actor=OWNER) == []


def test_nothing_counts_lists_or_exports_a_removed_sentence(secret: Store, ada: Person, tmp_path: Path) -> None:
    spread(secret, ada)
    before = slots.counts(secret)
    remove_sentences(secret, ["s4"], actor=ada)
    assert sentences.count(secret) == 8
    assert annotations.count_answers_by_label(secret) == {0: (4, 0), 1: (3, 3)}
    assert annotations.count_pool_answers(secret).answers == 7
    assert before["filled"] + before["open"] - 1 == sum(slots.counts(secret)[name] for name in ("open", "filled"))
    assert count_sentences(secret, choose(secret, search="Zaphodiusq"), actor=OWNER).number == 0
    assert count_sentences(secret, SentenceFilter(set_id=1), actor=OWNER).number == 0
    assert asked_again.reopened(secret, limit=9) == {}
    assert annotations.of_person(secret, ada.id, limit=20)[0].sentence_id != 5
    assert 5 not in slots.open_sentences(secret)
    assert export_project(secret, tmp_path / "out.jsonl", actor=OWNER) == 8
    assert b"s4" not in (tmp_path / "out.jsonl").read_bytes()
    with pytest.raises(UnknownSentence):
        describe_sentence(secret, "s4", actor=OWNER)


def test_the_search_s_index_forgets_the_words(secret: Store, ada: Person) -> None:
    remove_sentences(secret, ["s4"], actor=ada)
    secret.db.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, sentence_words, 'row')")
    terms = {row[0] for row in secret.db.execute("SELECT term FROM temp.terms")}
    assert "harbour" in terms
    assert terms.isdisjoint({"zaphodiusq", "brockianus", "yesterday"})
    secret.db.execute("INSERT INTO sentence_words (sentence_words, rank) VALUES ('integrity-check', 0)")


def test_who_removed_it_when_and_why_stays_on_record(secret: Store, ada: Person) -> None:
    give(secret, ada, 5)
    remove_sentences(secret, ["s4"], reason=" they asked to ", actor=ada)
    (removal,) = removals.all_of(secret)
    assert (removal.external_id, removal.person, removal.reason) == ("s4", "Ada", "they asked to")
    assert [(row.action, row.person, row.detail) for row in audit.newest(secret, 1)] == [
        ("sentence removed", "Ada", {"sentence": "s4", "reason": "they asked to"})
    ]
    (stored,) = annotations.of_sentences(secret, [5])[5]
    assert (stored.person_id, stored.label, stored.marks) == (ada.id, 1, None), "that she answered, and how, stays"
    for statement in ("UPDATE removals SET reason = 'x'", "DELETE FROM removals"):
        with pytest.raises(sqlite3.IntegrityError), secret.writing() as db:
            db.execute(statement)


def test_the_history_of_a_removed_sentence_says_who_removed_it(secret: Store, ada: Person) -> None:
    remove_sentences(secret, ["s4"], reason="they asked to", actor=ada)
    said = "The sentence 's4' was removed for good by Ada on "
    with pytest.raises(UnknownSentence, match=said):
        describe_sentence(secret, "s4", actor=ada)
    shown = CliRunner().invoke(main, ["history", str(secret.path), "s4", "--json"])
    assert shown.exit_code == 0 and shown.stdout.startswith(said) and "(they asked to)." in shown.stdout
    facts = json.loads(shown.stdout.splitlines()[-1])
    assert facts["id"] == "s4" and facts["removed"]["person"] == "Ada" and facts.keys() == {"id", "removed"}


def test_a_removed_sentence_s_answers_can_be_blanked_and_nothing_else(secret: Store, ada: Person) -> None:
    give(secret, ada, 5)
    give(secret, ada, 4, 0)
    remove_sentences(secret, ["s4"], actor=ada)
    for sentence, change in ((5, "label = 0"), (5, "note = 'x'"), (5, "person_id = 9"), (4, "note = NULL")):
        with pytest.raises(sqlite3.IntegrityError), secret.writing() as db:
            db.execute(f"UPDATE annotations SET {change} WHERE sentence_id = ?", [sentence])


def test_a_page_that_still_has_it_gets_the_reason_and_the_next_sentence(secret: Store, ada: Person) -> None:
    held = [each["sentence_id"] for each in screen(secret, ada)["queue"]]
    assert 5 in held
    other = Store.open(secret.path)
    remove_sentences(other, ["s4"], actor=OWNER)
    other.close()
    late = NewAnnotation(5, ada.id, "answer", "a-late-answer", 1, "." * 9 + "+")
    receipt = submit(secret, ada, late)
    assert (receipt.state, "was removed from the project" in receipt.message) == ("rejected", True)
    assert [row.action for row in audit.newest(secret, 1)] == ["answer refused"]
    assert annotations.find(secret, "a-late-answer") is None
    assert 5 not in [each["sentence_id"] for each in screen(secret, ada)["queue"]]


@pytest.mark.slow
def test_it_is_removed_while_people_answer_it(secret: Store, ada: Person) -> None:
    for person in (ada, people.add(secret, "Ben")):
        leases.record(secret, person.id, 5)
    command = [sys.executable, "-c", ANNOTATES, str(secret.path)]
    at_work = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in ("Ada", "Ben")]
    for one in at_work:
        assert one.stdout is not None and one.stdout.readline() in ("saved\n", "surplus\n")
    assert remove_sentences(secret, ["s4"], actor=ada).not_erased is None
    said = [line for one in at_work for line in one.communicate()[0].split()]
    assert [one.returncode for one in at_work] == [0, 0]
    assert said[-1] == "rejected" and set(said) <= {"saved", "surplus", "rejected"}
    log = annotations.of_sentences(secret, [5])[5]
    assert len(log) == 2 + len(said) - said.count("rejected"), "each was acknowledged if and only if it is stored"
    assert health.damage(secret) + health.broken_references(secret) + list(health.changed_tokens(secret)) == []
    assert left(secret.path.parent) == {}


def test_what_was_saved_before_is_acknowledged_again(secret: Store, ada: Person) -> None:
    assert give(secret, ada, 5) == "saved"
    remove_sentences(secret, ["s4"], actor=OWNER)
    again = NewAnnotation(5, ada.id, "answer", f"key-{ada.id}-0005-1", 1, "+")
    assert submit(secret, ada, again).state == "saved"


def test_importing_its_file_again_does_not_bring_it_back(secret: Store, ada: Person, tmp_path: Path) -> None:
    remove_sentences(secret, ["s4"], actor=ada)
    again = import_file(secret, tmp_path / "in.jsonl", ImportSettings(answers="keep"), actor=OWNER)
    assert (again.added, again.skipped, again.removed) == (0, 8, 1)
    assert removals.removed_among(secret, ["s4", "s5"]) == {"s4"}


def test_a_dry_run_and_a_no_change_nothing_and_name_the_same_text(secret: Store, ada: Person, tmp_path: Path) -> None:
    (tmp_path / "twin.jsonl").write_text(json.dumps({"id": "twin", "text": SECRET, "query": "Did Zaphodiusq lie?"}))
    import_file(secret, tmp_path / "twin.jsonl", actor=OWNER)
    assert affected_by(secret, ["s4"], actor=ada)[0].same_text == ("twin",)
    run = CliRunner().invoke
    told = run(main, ["sentence", "remove", str(secret.path), "s4", "--dry-run"])
    assert (told.exit_code, "same text stays in twin" in told.stdout) == (0, True)
    refused = run(main, ["sentence", "remove", str(secret.path), "s4"])
    assert (refused.exit_code, "add --yes" in refused.stderr) == (1, True)
    assert removals.all_of(secret) == []


def test_nothing_is_removed_while_a_round_or_an_import_is_at_work(secret: Store, ada: Person) -> None:
    with Store.open(secret.path) as other, other.importing(), pytest.raises(StoreUnavailable):
        remove_sentences(secret, ["s4"], actor=ada)
    working = rounds.queue(secret, config={}, seed=0, last_annotation=None)
    rounds.advance(secret, working.id, "training")
    with pytest.raises(RoundInProgress, match="Round 1 is training"):
        remove_sentences(secret, ["s4"], actor=ada)
    assert sentences.count(secret) == 9


def test_all_are_removed_or_none(secret: Store, ada: Person) -> None:
    with pytest.raises(UnknownSentence, match="'nothing'"):
        remove_sentences(secret, ["s1", "nothing"], actor=ada)
    assert sentences.count(secret) == 9
    remove_sentences(secret, ["s1", "s2", "s1"], actor=ada)
    assert sentences.count(secret) == 7
    with pytest.raises(UnknownSentence, match="has already been removed"):
        remove_sentences(secret, ["s1"], actor=ada)
    with pytest.raises(CannotRemove, match="shorten it"):
        remove_sentences(secret, ["s3"], reason="x" * 501, actor=ada)


def test_an_annotator_and_a_deactivated_researcher_may_not(secret: Store, ada: Person) -> None:
    with pytest.raises(NotAllowed):
        remove_sentences(secret, ["s4"], actor=people.add(secret, "Ben"))
    set_active(secret, "Ada", False, actor=OWNER)
    with pytest.raises(Deactivated):
        remove_sentences(secret, ["s4"], actor=ada)


def test_while_another_program_reads_the_file_is_rewritten_later(
    secret: Store, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.opening.connection.BUSY_TIMEOUT_S", 0.2)
    with closing(sqlite3.connect(secret.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sentences").fetchone()
        done = remove_sentences(secret, ["s4"], actor=ada)
        assert done.not_erased is not None and "Another program is reading" in done.not_erased
    findings = [finding for finding in examine(secret) if finding.about == "removed sentences"]
    assert [finding.level for finding in findings] == ["error"]
    assert erase_removed(secret, actor=ada) == 1
    assert left(secret.path.parent) == {}
    assert erase_removed(secret, actor=ada) == 0


def test_files_and_guidelines_that_quote_it_are_named_and_left_alone(secret: Store, ada: Person) -> None:
    write_guidelines(secret, f"An example: {SECRET}", actor=OWNER)
    source = secret.path.parent / "source.csv"
    source.write_text(f"id,text\n4,{SECRET}\n")
    done = remove_sentences(secret, ["s4"], actor=ada)
    assert (done.holding.guidelines, done.holding.files) == ([1], [source])
    assert SECRET in source.read_text()


def test_exports_next_to_the_project_that_may_have_it_are_named(secret: Store, ada: Person) -> None:
    folder = secret.path.parent
    for name in ("all.jsonl", "dev.jsonl", "all.jsonl.gz", "eraser"):
        only = ["--split", "dev"] if name == "dev.jsonl" else ["--format", "eraser"] if name == "eraser" else []
        assert CliRunner().invoke(main, ["export", str(secret.path), str(folder / name), *only]).exit_code == 0
    (folder / "other.jsonl.gz").write_bytes((folder / "all.jsonl.gz").read_bytes())
    shown = CliRunner().invoke(main, ["sentence", "remove", str(secret.path), "s4", "--yes"])
    assert f"{folder / 'all.jsonl'} has the text as well." in shown.stdout
    may = [line for line in shown.stdout.splitlines() if "was exported from this project and may have the text" in line]
    assert [line.split(" was ")[0] for line in may] == [str(folder / name) for name in ("all.jsonl.gz", "eraser")]
