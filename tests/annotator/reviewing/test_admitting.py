"""A surplus answer counts nowhere until a researcher admits it, and no longer after that is withdrawn."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from annotator.answering.queue import lease_ahead, submit
from annotator.cli import main
from annotator.errors import BadAdmission, NotAllowed
from annotator.exporting.answers import export_project
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.permissions import OWNER
from annotator.project.projects import describe_project
from annotator.project.settings import SettingsChange, change_settings
from annotator.reviewing.admitting import admit, admit_all, surplus_answers
from annotator.reviewing.browsing import choose, list_sentences
from annotator.reviewing.message import Admission, ReviewMessage, read_review_message
from annotator.reviewing.review import list_shared, list_surplus, report
from annotator.rounds.learning.training_set import build_training_set
from annotator.rounds.overview import rounds_overview
from db.answers import annotations
from db.queue import slots
from db.records import Annotation, Label, NewAnnotation, Person
from db.store import Store
from db.team import audit, people


def lease(store: Store, person: Person) -> int:
    (first, *_) = lease_ahead(store, person, count=1, rng=random.Random(0))
    return first.sentence.id


def expire(store: Store) -> None:
    with store.writing() as db:
        db.execute("UPDATE slots SET lease_until_ms = 1 WHERE annotation_id IS NULL AND person_id IS NOT NULL")


def say(store: Store, person: Person, sentence: int, label: int, number: int = 1) -> str:
    key = f"{person.name}-says-{sentence}-{number}"
    return submit(store, person, NewAnnotation(sentence, person.id, "answer", key, label=label)).state


@pytest.fixture
def late(store: Store, anna: Person, ben: Person) -> Annotation:
    """Ben's answer, with a different label from Anna's, who was given the sentence after his lease expired."""
    sentence = lease(store, ben)
    expire(store)
    assert lease(store, anna) == sentence
    assert [say(store, anna, sentence, 1), say(store, ben, sentence, 0)] == ["saved", "surplus"]
    found = annotations.newest(store, sentence, ben.id)
    assert found is not None
    return found


FIGURES: dict[str, Callable[[Store], Any]] = {
    "training set": lambda s: build_training_set(s, up_to=annotations.last_id(s)),
    "stats": lambda s: {name: describe_project(s, actor=OWNER)[name] for name in ("answers_by_label", "people")},
    "what a round would learn from": lambda s: rounds_overview(s, actor=OWNER).answers,
    "agreement": lambda s: report(s, list_shared(s, actor=OWNER), actor=OWNER),
    "review": lambda s: list_shared(s, actor=OWNER),
    "the list of sentences": lambda s: list_sentences(s, choose(s), actor=OWNER),
    "filter by label": lambda s: list_sentences(s, choose(s, label="none"), actor=OWNER),
    "filter by person": lambda s: list_sentences(s, choose(s, person="Ben"), actor=OWNER),
    "filter by person, not answered": lambda s: list_sentences(s, choose(s, person="Ben", answered=False), actor=OWNER),
    "filter by disagreement": lambda s: list_sentences(s, choose(s, disagreement=True), actor=OWNER),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_figure_counts_a_surplus_answer_before_it_is_admitted(
    store: Store, anna: Person, ben: Person, name: str
) -> None:
    figure = FIGURES[name]
    sentence = lease(store, ben)
    expire(store)
    assert lease(store, anna) == sentence
    say(store, anna, sentence, 1)
    before = figure(store)
    assert say(store, ben, sentence, 0) == "surplus"
    assert figure(store) == before
    number = annotations.last_id(store)
    admit(store, number, actor=OWNER)
    assert figure(store) != before
    admit(store, number, admitted=False, actor=OWNER)
    assert figure(store) == before


def test_a_new_place_goes_to_an_admitted_answer_and_to_no_other_surplus_one(store: Store, late: Annotation) -> None:
    change_settings(store, SettingsChange(overlap=2), actor=OWNER)
    assert slots.counts(store)["filled"] == 1
    admit(store, late.id, actor=OWNER)
    assert slots.counts(store)["filled"] == 2, "a place is free, and nobody else has to answer"
    admit(store, late.id, admitted=False, actor=OWNER)
    assert slots.counts(store)["filled"] == 1
    admit(store, late.id, actor=OWNER)
    assert slots.held_by(store, late.id) is not None


def test_admitting_is_in_the_audit_once_and_by_whom(store: Store, anna: Person, late: Annotation) -> None:
    for admitted in (True, True, False, False):
        admit(store, late.id, admitted=admitted, actor=anna)
    rows = [(row.person, row.action, row.detail) for row in audit.newest(store, 9)]
    detail = {"answer": late.id, "sentence": late.sentence_id}
    assert rows == [("Anna", "admission withdrawn", detail), ("Anna", "answer admitted", detail)]


def test_an_annotator_admits_nothing(store: Store, late: Annotation) -> None:
    dee = people.add(store, "Dee")
    for act in (lambda: admit(store, late.id, actor=dee), lambda: surplus_answers(store, actor=dee)):
        with pytest.raises(NotAllowed):
            act()
    with pytest.raises(NotAllowed):
        admit_all(store, dee, ReviewMessage(admissions=(Admission("admission-1", late.id, True),)))
    assert annotations.read(store, late.id) == late


def test_only_a_surplus_answer_that_is_not_superseded_can_be_admitted(
    store: Store, ben: Person, late: Annotation
) -> None:
    with pytest.raises(BadAdmission, match="no surplus answer 1;"):
        admit(store, 1, actor=OWNER)
    with pytest.raises(BadAdmission, match="no surplus answer 99;"):
        admit(store, 99, actor=OWNER)
    say(store, ben, late.sentence_id, 1, number=2)
    with pytest.raises(BadAdmission, match="has since been corrected"):
        admit(store, late.id, actor=OWNER)


def test_the_correction_of_an_admitted_answer_counts_as_that_did(store: Store, ben: Person, late: Annotation) -> None:
    admit(store, late.id, actor=OWNER)
    assert say(store, ben, late.sentence_id, 1, number=2) == "saved"
    corrected = annotations.newest(store, late.sentence_id, ben.id)
    assert corrected is not None
    assert (corrected.surplus, corrected.admitted) == (True, True)
    admit(store, corrected.id, admitted=False, actor=OWNER)
    assert say(store, ben, late.sentence_id, 0, number=3) == "surplus"


def test_the_correction_of_an_imported_answer_that_has_no_place_still_counts(
    store: Store, anna: Person, ben: Person
) -> None:
    """A teammate's file had the answer, to a sentence whose slots were filled here."""
    sentence = lease(store, anna)
    say(store, anna, sentence, 1)
    annotations.add(store, NewAnnotation(sentence, ben.id, "answer", "key-of-a-file", label=0))
    assert say(store, ben, sentence, 1) == "saved"
    assert [each.label for each in build_training_set(store, up_to=9).examples["pool"]] == [1]


def test_a_message_that_was_garbled_is_refused_in_words(store: Store, anna: Person, late: Annotation) -> None:
    asked = {"key": "admission-1", "answer": str(late.id), "admitted": True}
    (receipt,) = admit_all(store, anna, read_review_message({"admissions": [asked]}))
    assert "reload the page" in receipt["refused"]
    assert annotations.read(store, late.id) == late


def test_sentences_with_a_waiting_answer_come_first(store: Store, anna: Person, ben: Person, late: Annotation) -> None:
    admit(store, late.id, actor=OWNER)
    sentence = lease(store, ben)
    expire(store)
    assert lease(store, anna) == sentence
    say(store, anna, sentence, 1)
    say(store, ben, sentence, 1)
    assert [each.sentence_id for each in list_surplus(store, actor=anna)] == [sentence, late.sentence_id]
    assert [each["admitted"] for each in surplus_answers(store, actor=anna)] == [False, True]


def test_what_is_surplus_and_admitted_travels_in_a_file(store: Store, late: Annotation, tmp_path: Path) -> None:
    for number, admitted in enumerate((False, True)):
        admit(store, late.id, admitted=admitted, actor=OWNER)
        file = tmp_path / f"{number}.jsonl"
        export_project(store, file, actor=OWNER)
        with Store.create(tmp_path / f"{number}.db", labels=[Label(0, "none"), Label(1, "event")], overlap=2) as other:
            import_file(other, file, actor=OWNER)
            (brought,) = surplus_answers(other, actor=OWNER)
            assert brought["admitted"] is admitted
            assert slots.counts(other)["filled"] == (2 if admitted else 1), "what does not count fills no place"
            learned = build_training_set(other, up_to=9)
            assert (len(learned.examples["pool"]), learned.ties) == ((0, 1) if admitted else (1, 0))
            export_project(other, tmp_path / "again.jsonl", actor=OWNER)
            assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("chain", "admitted"),
    [
        ([{}, {"surplus": True}], [False, True]),
        ([{}, {"surplus": True}, {"surplus": True}], [False, True, True]),
        ([{"surplus": True}, {"surplus": True}], [False, False]),
        ([{"surplus": True, "admitted": True}, {"surplus": True}], [True, False]),
        ([{}, {"surplus": True, "admitted": False}], [False, False]),
        ([{}, {"kind": "withdrawn", "label": None}, {"surplus": True}], [False, False, False]),
    ],
)
def test_a_surplus_correction_in_an_old_export_counts_as_what_it_corrects(
    store: Store, tmp_path: Path, chain: list[dict[str, Any]], admitted: list[bool]
) -> None:
    said = [
        {"person": "Ben", "kind": "answer", "label": "event" if number else "none", "key": f"key-of-ben-{number}"}
        | {"supersedes": f"key-of-ben-{number - 1}" if number else None}
        | fields
        for number, fields in enumerate(chain)
    ]
    file = tmp_path / "old.jsonl"
    file.write_text(json.dumps({"id": "old", "text": "The old ship", "split": "pool", "annotations": said}) + "\n")
    brought = import_file(store, file, ImportSettings(answers="keep"), actor=OWNER)
    (log,) = annotations.of_sentences(store, [annotations.find(store, "key-of-ben-0").sentence_id]).values()
    assert [each.admitted for each in log] == admitted
    by_the_rule = sum(admitted) - sum(each.get("admitted", False) for each in chain)
    assert (brought.answers_surplus, brought.corrections_admitted) == (sum("surplus" in e for e in chain), by_the_rule)
    (line,) = [each for each in remarks(asdict(brought)) if each.startswith("Surplus answers")]
    assert ("count as well" in line) == bool(by_the_rule)


def test_the_commands_list_admit_and_withdraw(store: Store, late: Annotation) -> None:
    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(main, ["review", *arguments, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.splitlines()[-1])

    project, number = str(store.path), str(late.id)
    assert run("admit", project, number, "--as", "Anna") == {"answer": late.id, "admitted": True}
    (listed,) = run("surplus", project)["surplus"]
    assert (listed["number"], listed["person"], listed["label"], listed["admitted"]) == (late.id, "Ben", "none", True)
    assert run("withdraw", project, number) == {"answer": late.id, "admitted": False}
    refused = CliRunner().invoke(main, ["review", "admit", project, "77"])
    assert (refused.exit_code, "There is no surplus answer 77" in refused.stderr) == (1, True)
