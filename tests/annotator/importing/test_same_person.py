"""One person worked on two machines: the newer answer counts on both, and both answers are in both logs."""

import json
import random
from dataclasses import asdict
from itertools import count

import pytest

from annotator.answering import queue
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.undoing import undo_import
from annotator.project.people import sign_in
from annotator.project.projects import create_project
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, NewAnnotation

NEWER = ImportSettings(same_person="newer")
TEXTS = {"a": "The ship sank.", "b": "It rained.", "c": "A barge burned."}


class Machine:
    """A project on one machine; answers come at the time that is given."""

    keys = count(10_000_000)

    def __init__(self, folder, name):
        self.folder = folder
        self.store = create_project(folder / f"{name}.db", labels=["event", "none"], no_rationale=["none"])
        rows = "".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in TEXTS.items())
        (folder / "in.jsonl").write_text(rows)
        import_file(self.store, folder / "in.jsonl", ImportSettings(hold_out=0), actor=OWNER)
        self.person = sign_in(self.store, "Ada")

    def answer(self, name, label, *, at, person=None):
        person = person or self.person
        queue.lease_ahead(self.store, person, rng=random.Random(1))
        sentence = sentences.find(self.store, [name])[name]
        new = NewAnnotation(sentence.id, person.id, "answer", str(next(self.keys)), label=label)
        return annotations.add(self.store, new, created_ms=at)

    def takes(self, other, settings=NEWER):
        path = self.folder / "out.jsonl"
        export_project(other.store, path, actor=OWNER)
        return import_file(self.store, path, settings, actor=OWNER)

    def log(self, name):
        sentence = sentences.find(self.store, [name])[name]
        return [(one.label, one.superseded) for one in annotations.of_sentences(self.store, [sentence.id])[sentence.id]]

    def counting(self, name):
        return [label for label, superseded in self.log(name) if not superseded]


@pytest.fixture
def machines(tmp_path):
    both = Machine(tmp_path, "one"), Machine(tmp_path, "two")
    yield both
    for machine in both:
        machine.store.close()


def counts_of(report):
    return report.answers_kept, report.newer_in_file, report.newer_in_project


def test_today_s_rule_refuses_the_file_and_names_the_way_out(machines):
    one, two = machines
    one.answer("a", 0, at=1000)
    two.answer("a", 1, at=2000)
    with pytest.raises(BadInput, match="if this person worked in two places, --same-person newer keeps both"):
        one.takes(two, ImportSettings())
    assert one.log("a") == [(0, False)]


def test_the_newer_answer_counts_on_both_machines_and_both_are_kept(machines):
    one, two = machines
    one.answer("a", 0, at=1000)
    two.answer("a", 1, at=2000)
    two.answer("b", 0, at=3000)
    one.answer("b", 1, at=4000)
    report = one.takes(two)
    assert counts_of(report) == (2, 1, 1)
    said = "\n".join(remarks(asdict(report)))
    assert "here and in the file: 2; the newer answer counts (the file's: 1, the project's: 1), and both are" in said
    assert (one.counting("a"), one.counting("b")) == ([1], [1])
    assert one.log("b") == [(1, True), (0, True), (1, False)]
    two.takes(one)
    assert (two.counting("a"), two.counting("b")) == ([1], [1])


def test_a_dry_run_counts_the_same(machines):
    one, two = machines
    one.answer("a", 0, at=2000)
    two.answer("a", 1, at=1000)
    tried = one.takes(two, ImportSettings(same_person="newer", dry_run=True))
    assert counts_of(tried) == counts_of(one.takes(two)) == (1, 0, 1)


def test_a_second_time_adds_nothing_on_either_machine(machines):
    one, two = machines
    for name, first, second in (("a", 1000, 2000), ("b", 2000, 1000), ("c", 1500, 1500)):
        one.answer(name, 0, at=first)
        two.answer(name, 1, at=second)
    one.takes(two)
    two.takes(one)
    before = [machine.log(name) for machine in machines for name in TEXTS]
    assert counts_of(one.takes(two)) == counts_of(two.takes(one)) == (0, 0, 0)
    assert [machine.log(name) for machine in machines for name in TEXTS] == before
    assert [one.counting(name) for name in TEXTS] == [two.counting(name) for name in TEXTS]


def test_work_that_went_on_after_a_merge_is_merged_too(machines):
    one, two = machines
    one.answer("a", 0, at=2000)
    two.answer("a", 1, at=1000)
    one.takes(two)
    two.answer("a", 1, at=3000)
    assert counts_of(one.takes(two)) == (1, 1, 0)
    assert one.counting("a") == [1]


def test_other_people_s_answers_are_no_conflict(machines):
    one, two = machines
    one.answer("a", 0, at=1000)
    two.answer("a", 1, at=2000, person=sign_in(two.store, "Ben"))
    assert counts_of(one.takes(two)) == (1, 0, 0)
    assert one.counting("a") == [0, 1]


def test_decisions_are_a_chain_of_their_own(machines):
    one, two = machines
    for machine, label, at in ((one, 0, 2000), (two, 1, 1000)):
        sentence = sentences.find(machine.store, ["a"])["a"]
        new = NewAnnotation(sentence.id, machine.person.id, "adjudicated", str(next(Machine.keys)), label=label)
        annotations.add(machine.store, new, created_ms=at)
    assert counts_of(one.takes(two)) == (1, 0, 1)
    assert one.counting("a") == [0]


def test_a_newer_answer_without_a_key_counts_where_it_has_a_time(machines):
    one, _ = machines
    one.answer("a", 0, at=1000)
    line = {"id": "a", "text": TEXTS["a"], "annotations": [{"person": "ada", "label": "none"}]}
    path = one.folder / "minimal.jsonl"
    path.write_text(json.dumps(line))
    with pytest.raises(BadInput, match=r"except a newer one that has its time \(at\), with --same-person newer"):
        import_file(one.store, path, NEWER, actor=OWNER)
    line["annotations"][0]["at"] = "2026-01-31T12:00:00Z"
    path.write_text(json.dumps(line))
    assert counts_of(import_file(one.store, path, NEWER, actor=OWNER)) == (1, 1, 0)
    assert counts_of(import_file(one.store, path, NEWER, actor=OWNER)) == (0, 0, 0)
    assert one.counting("a") == [1]


def test_undoing_the_import_brings_the_project_s_own_answer_back(machines):
    one, two = machines
    for name, first, second in (("a", 1000, 2000), ("b", 2000, 1000)):
        one.answer(name, 0, at=first)
        two.answer(name, 1, at=second)
    one.takes(two)
    undo_import(one.store, actor=OWNER)
    assert (one.log("a"), one.log("b")) == ([(0, False)], [(0, False)])
