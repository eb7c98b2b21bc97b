"""Two people worked in two projects: one project has the work of both, or nothing was changed."""

import json
import random
from itertools import count

import pytest
from click.testing import CliRunner

from annotator.answering import queue
from annotator.answering.asking_next import ask_next
from annotator.care.doctor import examine
from annotator.cli import main
from annotator.errors import CannotMerge, NotAllowed
from annotator.exporting.answers import export_project
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.importing.undoing import undo_import
from annotator.importing.undoing_wording import undone_in_words
from annotator.merging.run import merge_into_new, merge_projects
from annotator.merging.wording import merged_in_words
from annotator.project.guidelines import write_guidelines
from annotator.project.labels import add_label, list_labels, retire_label
from annotator.project.people import sign_in
from annotator.project.projects import create_project
from annotator.project.sets import list_sets, rename_set, save_set
from annotator.project.tags import tag_sentence
from annotator.project.word_rules import add_rule, list_rules, withdraw_rule
from annotator.putting_right.replacing import replace_sentence
from annotator.reviewing.asking_again import ask_again
from annotator.reviewing.history import audit_log
from db.answers import annotations
from db.corpus import sentences
from db.errors import AlreadyExists
from db.finding import tags
from db.finding.filters import EVERYTHING, SentenceFilter
from db.queue import asked_again
from db.records import OWNER, NewAnnotation
from db.store import Store

SHARED = {"a": "The ship sank.", "b": "It rained."}
_KEYS = count(10_000_000)


def made(folder, name, rows, *, labels=("event", "none")):
    store = create_project(folder / f"{name}.db", labels=labels, no_rationale=["none"])
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps({"id": key, "text": text}) + "\n" for key, text in rows.items()))
    import_file(store, path, ImportSettings(hold_out=0), actor=OWNER)
    return store


@pytest.fixture
def ours(tmp_path):
    with made(tmp_path, "ours", SHARED | {"mine": "A barge burned."}) as store:
        yield store


@pytest.fixture
def theirs(tmp_path):
    with made(tmp_path, "theirs", SHARED | {"new": "A tanker burned."}) as store:
        yield store


def answer(store, name, label, *, by, at=None, kind="answer", marks=None):
    person = sign_in(store, by)
    sentence = sentences.find(store, [name])[name]
    new = NewAnnotation(sentence.id, person.id, kind, str(next(_KEYS)), label=label, marks=marks)
    return annotations.add(store, new, created_ms=at)


def exported(store):
    path = store.path.with_suffix(".out.jsonl")
    export_project(store, path, actor=OWNER)
    return [json.loads(line) for line in path.read_text().splitlines()]


def answers(store, name):
    """Return who gave which label to a sentence, as it counts."""
    row = next(row for row in exported(store) if row["id"] == name)
    newest = {(one["person"], one["kind"] == "adjudicated"): one for one in row["annotations"]}
    return sorted((one["person"], one["kind"], one["label"]) for one in newest.values())


def everything(store):
    """Return what a merge could change, without times."""
    dump = {"rows": exported(store), "labels": [label.name for label in list_labels(store, actor=OWNER)]}
    dump["sets"] = sorted((one.name, one.sentences) for one in list_sets(store, actor=OWNER))
    dump["rules"] = [rule.word for rule in list_rules(store, actor=OWNER)]
    dump["audit"] = len(audit_log(store, 1000, actor=OWNER))
    return dump


def test_the_work_of_two_people_comes_together(ours, theirs):
    answer(ours, "a", 0, by="Ada", marks="..+.")
    answer(theirs, "a", 1, by="Ben")
    answer(theirs, "new", 0, by="Ben", marks="+.+.")
    (merged,) = merge_projects(ours, [theirs.path], actor=OWNER)
    assert (merged.report.added, merged.report.answers_kept, merged.report.new_people) == (1, 2, ["Ben"])
    assert answers(ours, "a") == [("Ada", "answer", "event"), ("Ben", "answer", "none")]
    assert next(row for row in exported(ours) if row["id"] == "new")["annotations"][0]["marks"] == "+.+."
    said = merged_in_words(merged, dry_run=False)
    assert said == ["theirs.db: Added 1 sentence: 1 to the pool.", "2 answers were added.", "New annotators: 1; Ben."]
    assert not [finding for finding in examine(ours) if finding.level == "error"]


def test_what_one_person_did_the_other_is_not_asked_again(ours, theirs):
    answer(theirs, "a", 1, by="Ben")
    merge_projects(ours, [theirs.path], actor=OWNER)
    assert {row["sentence"] for row in queue.upcoming(ours, 9, actor=OWNER)} == {2, 3, 4}
    undo_import(ours, actor=OWNER)
    assert {row["sentence"] for row in queue.upcoming(ours, 9, actor=OWNER)} == {1, 2, 3}


def test_a_sentence_that_the_other_skipped_in_the_end_is_still_asked_for(ours, theirs):
    answer(theirs, "a", 1, by="Ben")
    answer(theirs, "a", 0, by="Ben")
    answer(theirs, "a", None, by="Ben", kind="skip")
    merge_projects(ours, [theirs.path], actor=OWNER)
    assert {row["sentence"] for row in queue.upcoming(ours, 9, actor=OWNER)} == {1, 2, 3, 4}


def test_the_other_project_is_left_exactly_as_it_was(ours, theirs):
    answer(theirs, "a", 1, by="Ben")
    theirs.close()
    before = theirs.path.read_bytes()
    merge_projects(ours, [theirs.path], actor=OWNER)
    assert theirs.path.read_bytes() == before


def test_decisions_tags_and_questions_come_along(ours, theirs):
    answer(theirs, "a", 1, by="Ben")
    answer(theirs, "a", 0, by="Eve", kind="adjudicated", marks="..+.")
    tag_sentence(theirs, "irony", "new", actor=OWNER)
    ask_again(theirs, "a", actor=OWNER)
    merge_projects(ours, [theirs.path], actor=OWNER)
    assert answers(ours, "a") == [("Ben", "answer", "none"), ("Eve", "adjudicated", "event")]
    assert tags.counts(ours) == {"irony": 1}
    assert asked_again.find(ours, sentences.find(ours, ["a"])["a"].id) is not None


def test_labels_sets_and_rules_that_lack_are_added_and_guidelines_taken_where_there_are_none(ours, theirs):
    for name in ("hint", "old"):
        add_label(theirs, name, actor=OWNER)
    retire_label(theirs, "old", actor=OWNER)
    answer(theirs, "new", 2, by="Ben")
    save_set(theirs, "burned", SentenceFilter(words=("burned",)), {"search": "burned"}, actor=OWNER)
    add_rule(theirs, "tanker", actor=OWNER)
    write_guidelines(theirs, "Mark what sank.", actor=OWNER)
    (merged,) = merge_projects(ours, [theirs.path], actor=OWNER)
    labels = {label.name: label.retired for label in list_labels(ours, actor=OWNER)}
    assert labels == {"event": False, "none": False, "hint": False, "old": True}
    assert answers(ours, "new") == [("Ben", "answer", "hint")]
    (saved,) = list_sets(ours, actor=OWNER)
    assert (saved.name, saved.sentences, saved.search) == ("burned", 1, {"search": "burned"})
    assert [rule.word for rule in list_rules(ours, actor=OWNER)] == ["tanker"]
    said = "\n".join(merged_in_words(merged, dry_run=False))
    for part in ("New labels: “hint” and “old”.", "Sets: “burned”.", "Rules for words: “tanker”.", "project had none"):
        assert part in said
    undone = undo_import(ours, actor=OWNER)
    assert undone_in_words(undone) == [
        "1 sentence and 1 answer left the project.",
        "The set that it brought, which is empty without these sentences, left too: “burned”.",
        "The merge also brought 2 labels, 1 rule for words and the guidelines: what of these is still in the "
        "project stays.",
    ]
    assert len(list_labels(ours, actor=OWNER)) == 4 and not list_sets(ours, actor=OWNER)
    merge_projects(ours, [theirs.path], actor=OWNER)
    assert [one.name for one in list_sets(ours, actor=OWNER)] == ["burned"]


def test_a_set_of_a_merge_stays_if_it_has_other_sentences_or_people_are_asked_for_it_or_renamed_it(ours, theirs):
    for name, word in (("both", "sank"), ("asked", "burned"), ("renamed", "burned"), ("left", "burned")):
        save_set(theirs, name, SentenceFilter(words=(word,)), {}, actor=OWNER)
    save_set(theirs, "all", EVERYTHING, {}, actor=OWNER)
    merge_projects(ours, [theirs.path], actor=OWNER)
    save_set(ours, "own", SentenceFilter(words=("burned",)), {}, actor=OWNER)
    ask_next(ours, "asked", actor=OWNER)
    rename_set(ours, "renamed", "our name", actor=OWNER)
    undone = undo_import(ours, actor=OWNER)
    assert (undone.sets, undone.came_along) == (("left",), {"sets": 4})
    assert {one.name for one in list_sets(ours, actor=OWNER)} == {"both", "asked", "our name", "all", "own"}


def test_what_the_project_says_itself_is_kept_and_the_difference_is_said(ours, theirs):
    for store, text in ((ours, "Ours."), (theirs, "Theirs.")):
        write_guidelines(store, text, actor=OWNER)
        add_rule(store, "ship", actor=OWNER)
    withdraw_rule(ours, "ship", actor=OWNER)
    save_set(ours, "all", SentenceFilter(words=("rained",)), {}, actor=OWNER)
    save_set(theirs, "All", EVERYTHING, {}, actor=OWNER)
    (merged,) = merge_projects(ours, [theirs.path], actor=OWNER)
    assert list_rules(ours, actor=OWNER) == []
    assert {one.name: one.sentences for one in list_sets(ours, actor=OWNER)} == {"all": 1, "All (theirs)": 3}
    assert merged_in_words(merged, dry_run=False)[-1] == "theirs.db has other guidelines; the project's were kept."


def test_another_split_there_is_said_and_the_project_s_is_kept(ours, tmp_path):
    with create_project(tmp_path / "other.db", labels=["event", "none"], no_rationale=["none"]) as other:
        path = tmp_path / "dev.jsonl"
        path.write_text(json.dumps({"id": "a", "text": SHARED["a"], "split": "dev"}))
        import_file(other, path, actor=OWNER)
    (merged,) = merge_projects(ours, [other.path], actor=OWNER)
    assert sentences.find(ours, ["a"])["a"].split == "pool"
    kept = "1 sentence has another split in other.db; the project's was kept, and --update split takes the other."
    assert kept in merged_in_words(merged, dry_run=False)


def test_a_text_that_was_mended_there_is_taken_on_request_with_everyone_s_answers(ours, theirs):
    answer(ours, "a", 0, by="Ada", marks="..+.")
    answer(theirs, "a", 1, by="Ben")
    replace_sentence(theirs, "a", "The ships sank.", actor=OWNER)
    command = ["merge", str(ours.path), str(theirs.path)]
    refused = CliRunner().invoke(main, command)
    assert (refused.exit_code, "--update text takes the file's" in refused.output) == (1, True)
    assert sentences.find(ours, ["a"])["a"].text == "The ship sank."
    done = CliRunner().invoke(main, [*command, "--update", "text"])
    assert (done.exit_code, "1 sentence of the project was given theirs.db's text (a)" in done.output) == (0, True)
    assert sentences.find(ours, ["a"])["a"].text == "The ships sank."
    assert answers(ours, "a") == [("Ada", "answer", "event"), ("Ben", "answer", "none")]
    (again,) = merge_projects(ours, [theirs.path], update=("text",), actor=OWNER)
    assert again.is_nothing


def test_merging_twice_changes_nothing(ours, theirs):
    add_label(theirs, "hint", actor=OWNER)
    answer(theirs, "a", 1, by="Ben")
    save_set(theirs, "all", EVERYTHING, {}, actor=OWNER)
    save_set(ours, "all", SentenceFilter(words=("rained",)), {}, actor=OWNER)
    add_rule(theirs, "tanker", actor=OWNER)
    tag_sentence(theirs, "irony", "new", actor=OWNER)
    merge_projects(ours, [theirs.path], actor=OWNER)
    before = everything(ours)
    (again,) = merge_projects(ours, [theirs.path], actor=OWNER)
    assert merged_in_words(again, dry_run=False) == ["theirs.db brings nothing that the project lacks."]
    assert everything(ours) == before


def test_a_contradiction_changes_nothing_and_names_the_sentence(ours, tmp_path):
    with made(tmp_path, "bad", {"a": "The ship sank!", "more": "Calm."}, labels=("event", "none", "hint")) as bad:
        save_set(bad, "all", EVERYTHING, {}, actor=OWNER)
    before = everything(ours)
    with pytest.raises(CannotMerge, match=r"Sentence 'a', text: found 'The ship sank!', expected 'The ship"):
        merge_projects(ours, [bad.path], actor=OWNER)
    assert everything(ours) == before
    assert not list(tmp_path.glob(".ours.db.part-*"))


def test_one_contradiction_among_several_projects_keeps_all_of_them_out(ours, theirs, tmp_path):
    answer(theirs, "new", 1, by="Ben")
    made(tmp_path, "third", {"new": "Another text."}).close()
    before = everything(ours)
    with pytest.raises(CannotMerge, match=r"third.db cannot be merged, and nothing was changed"):
        merge_projects(ours, [theirs.path, tmp_path / "third.db"], actor=OWNER)
    assert everything(ours) == before


def test_a_label_that_takes_a_rationale_in_one_project_only_is_refused(ours, tmp_path):
    create_project(tmp_path / "other.db", labels=["Event", "none"], no_rationale=["Event"]).close()
    with pytest.raises(CannotMerge, match=r"'Event' takes a rationale in this project and none in other"):
        merge_projects(ours, [tmp_path / "other.db"], actor=OWNER)


def test_the_same_person_in_both_is_refused_or_the_newer_answer_counts(ours, theirs):
    answer(ours, "a", 0, by="Ada", at=1000)
    answer(theirs, "a", 1, by="ada", at=2000)
    refused = r"\nSentence 'a', answers: found another answer by 'ada', expected the one that [^']* --same-person newer"
    with pytest.raises(CannotMerge, match=refused):
        merge_projects(ours, [theirs.path], actor=OWNER)
    (would,) = merge_projects(ours, [theirs.path], same_person="newer", dry_run=True, actor=OWNER)
    assert "Nothing is written yet. Merging would add " in merged_in_words(would, dry_run=True)[0]
    (merged,) = merge_projects(ours, [theirs.path], same_person="newer", actor=OWNER)
    assert answers(ours, "a") == [("Ada", "answer", "none")]
    assert "the newer answer counts (theirs.db's: 1, the project's: 0)" in merged_in_words(merged, dry_run=False)[2]
    merge_projects(theirs, [ours.path], same_person="newer", actor=OWNER)
    assert answers(theirs, "a") == [("ada", "answer", "none")]


def test_a_dry_run_says_the_same_and_writes_nothing(ours, theirs):
    answer(theirs, "a", 1, by="Ben")
    save_set(theirs, "all", EVERYTHING, {}, actor=OWNER)
    before = everything(ours)
    (would,) = merge_projects(ours, [theirs.path], dry_run=True, actor=OWNER)
    assert everything(ours) == before
    assert "Merging would add 1 sentence: 1 to the pool." in merged_in_words(would, dry_run=True)[0]
    (merged,) = merge_projects(ours, [theirs.path], actor=OWNER)
    assert (would.report.answers_kept, would.around) == (merged.report.answers_kept, merged.around)


def test_three_projects_become_a_new_one_and_stay_as_they_are(ours, theirs, tmp_path):
    made(tmp_path, "third", {"c": "Calm."}).close()
    answer(theirs, "a", 1, by="Ben")
    before = everything(ours)
    merge_into_new(ours, tmp_path / "new.db", [theirs.path, tmp_path / "third.db"], actor=OWNER)
    assert everything(ours) == before
    with Store.open(tmp_path / "new.db") as new:
        assert {row["id"] for row in exported(new)} == {"a", "b", "mine", "new", "c"}
        held = queue.lease_ahead(new, sign_in(new, "Anna"), rng=random.Random(1))
        assert {one.sentence.external_id for one in held} == {"b", "mine", "new", "c"}
    with pytest.raises(AlreadyExists):
        merge_into_new(ours, tmp_path / "new.db", [theirs.path], actor=OWNER)


def test_a_merge_is_in_the_audit_and_can_be_undone_like_an_import(ours, theirs):
    answer(theirs, "a", 1, by="Ben")
    before = exported(ours)
    merge_projects(ours, [theirs.path], actor=OWNER)
    newest = audit_log(ours, 1, actor=OWNER)[0]
    detail = {"from": "theirs.db", "sentences": 1, "answers": 1, "import": 2}
    assert (newest.action, newest.detail) == ("merge", detail)
    assert not undo_import(ours, actor=OWNER).came_along
    assert exported(ours) == before
    assert merge_projects(ours, [theirs.path], actor=OWNER)[0].report.answers_kept == 1


def test_a_project_that_is_named_twice_or_an_annotator_is_refused(ours, theirs):
    with pytest.raises(CannotMerge, match="is named twice"):
        merge_projects(ours, [ours.path], actor=OWNER)
    sign_in(ours, "Admin")
    with pytest.raises(NotAllowed):
        merge_projects(ours, [theirs.path], actor=sign_in(ours, "Ada"))


def test_the_command(ours, theirs, tmp_path):
    answer(theirs, "a", 1, by="Ben")
    run, both = CliRunner(), ["merge", str(ours.path), str(theirs.path)]
    tried = run.invoke(main, [*both, "--dry-run"])
    assert tried.output.startswith("theirs.db: Nothing is written yet.")
    done = run.invoke(main, [*both, "--json"])
    assert json.loads(done.output.splitlines()[-1])["merged"][0]["report"]["answers_kept"] == 1
    new = run.invoke(main, [*both, "--into", str(tmp_path / "new.db")])
    assert (new.exit_code, (tmp_path / "new.db").exists()) == (0, True)
    missing = run.invoke(main, ["merge", str(ours.path), str(tmp_path / "none.db")])
    assert (missing.exit_code, "none.db" in missing.output) == (1, True)
