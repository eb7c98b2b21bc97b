"""Things that people do at the same moment: each is done whole, or refused in a sentence."""

import random
import threading
from pathlib import Path
from typing import Any

import pytest
from at_a_sign import import_after, restore_after
from fault_cases.children import finish, start
from fault_cases.projects import answer_next, make_project

from annotator.answering.queue import Receipt, lease_ahead, submit
from annotator.care.backups import backup_project
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.labels import reinstate_label, retire_label
from annotator.project.people import sign_in
from annotator.project.permissions import OWNER
from annotator.project.projects import create_project
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.training_set import build_training_set
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import queue_round
from db.answers import annotations
from db.care import health
from db.corpus import sentences
from db.learning import rounds
from db.records import NewAnnotation, Person
from db.store import Store
from db.team import project

pytestmark = pytest.mark.slow


def test_a_label_retired_while_people_submit_takes_no_answer_afterwards(store: Store, add_sentences: Any) -> None:
    add_sentences(190)
    with store.writing() as db:
        db.execute("INSERT INTO labels (id, name, takes_rationale) VALUES (2, 'other', 1)")
    people = [sign_in(store, f"person{number}") for number in range(6)]
    receipts: list[Receipt] = []
    all_ready = threading.Barrier(len(people) + 1)

    def answer(person: Person) -> None:
        with Store.open(store.path) as own:
            held = lease_ahead(own, person, count=20, rng=random.Random(person.id))
            all_ready.wait()
            for number, assignment in enumerate(held):
                key = f"key-{person.id}-{number:04}"
                given = NewAnnotation(assignment.sentence.id, person.id, "answer", key, label=1, marks="..+.")
                receipts.append(submit(own, person, given))

    threads = [threading.Thread(target=answer, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    all_ready.wait()
    while annotations.last_id(store) < 20:  # while people are answering
        pass
    with store.writing():
        retire_label(store, "event", actor=OWNER)
        last = annotations.last_id(store)
    for thread in threads:
        thread.join()
    saved = {each.key for each in receipts if each.state == "saved"}
    stored = dict(store.db.execute("SELECT submission_key, id FROM annotations").fetchall())
    assert saved == set(stored)
    assert 20 <= len(stored) < 120 and max(stored.values()) <= last
    refused = [each for each in receipts if each.state == "rejected"]
    assert len(refused) == 120 - len(saved)
    assert all("'event' is retired; choose another one" in each.message for each in refused)
    reinstate_label(store, "event", actor=OWNER)


NUMBER = 600


@pytest.fixture
def project_and_files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A project with an answer, its backup, and a file to import."""
    path, file = tmp_path / "p.db", tmp_path / "new.jsonl"
    with make_project(path, 20) as store:
        answer_next(store, sign_in(store, "Anna"), "in-the-backup")
        backup = backup_project(store, tmp_path / "b.db", actor=OWNER).file
        answer_next(store, sign_in(store, "Anna"), "after-the-backup")
    file.write_text("".join(f'{{"id": "new-{number}", "text": "Boat {number} sank"}}\n' for number in range(NUMBER)))
    return path, backup, file


@pytest.mark.usefixtures("programs_as_forks")
@pytest.mark.parametrize("opened", ["early", "late"])
@pytest.mark.parametrize("lead_ms", [-400, -50, 50, 500])
def test_an_import_and_a_restore_at_once_leave_one_whole_project(
    project_and_files: tuple[Path, Path, Path], lead_ms: int, opened: str
) -> None:
    """`lead_ms` is how much earlier the import begins; if it is negative, the restore begins earlier."""
    path, backup, file = project_and_files
    both = [start(import_after, path, file, -lead_ms, opened), start(restore_after, path, backup, lead_ms)]
    for each in both:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    (imported, *said), (restored, *answered) = finish(both[0]), finish(both[1])
    assert {imported, restored} <= {0, 1}, (said, answered)
    assert "Traceback" not in "".join(said + answered)
    assert 0 in (imported, restored), (said, answered)
    with Store.open(path) as store:
        assert health.damage(store) == [] and health.broken_references(store) == []
        assert health.counts(store).answers == (1 if restored == 0 else 2)
        new = sum(
            name.startswith("new-") for page in sentences.pages(store) for name in [each.external_id for each in page]
        )
        assert health.unfinished_imports(store) == []
    kept = next((each for each in path.parent.glob("p.db.before-restore-*Z")), None)
    assert (kept is not None) == (restored == 0)
    if imported == 0 and restored != 0:
        assert new == NUMBER
    elif imported == 0 and new == 0:
        assert kept is not None
        with Store.inspect(kept) as before:
            assert sentences.count(before) == 20 + NUMBER  # it had ended before the exchange
    else:
        assert new in (0, NUMBER)
    with Store.open(path) as store:
        import_file(store, file, ImportSettings(hold_out=0), actor=OWNER)
        assert sentences.count(store) == 20 + NUMBER


def test_a_project_with_200_labels_is_imported_answered_and_learned_from(tmp_path: Path) -> None:
    names = [f"label {number:03}" for number in range(200)]
    rows = [
        f'{{"id": "s{copy}-{number}", "text": "Word{number} of copy{copy}", "label": "label {number:03}", '
        f'"split": "{split}"}}\n'
        for copy, split in enumerate(("train", "train", "dev", "test"))
        for number in range(200)
    ] + ['{"id": "open", "text": "Word7 again", "split": "train"}\n']
    file = tmp_path / "f.jsonl"
    file.write_text("".join(rows))
    with create_project(tmp_path / "p.db", labels=names) as store:
        report = import_file(store, file, ImportSettings(answers="keep"), actor=OWNER)
        assert (report.added, report.answers_kept) == (801, 800)
        anna = sign_in(store, "Anna")
        (held,) = lease_ahead(store, anna, count=1, rng=random.Random(0))
        given = NewAnnotation(held.sentence.id, anna.id, "answer", "key-00001", label=199, marks="+.")
        assert submit(store, anna, given).state == "saved"
        learned = build_training_set(store, up_to=annotations.last_id(store))
        counts = learned.counts(names)
        assert (counts["answers"], len(counts["by_label"]), counts["by_label"]["label 199"]) == (401, 200, 3)
        queued = queue_round(store, actor=OWNER, settings=RoundSettings(steps=5, vectors="random"))
        work_on_round(store, queued.id)
        ended = rounds.read(store, queued.id)
        assert (ended.state, ended.error) == ("ready", None)
        assert project.read(store).serving_round == queued.id
