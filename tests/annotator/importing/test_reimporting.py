"""A file that comes again, corrected: what it changes is said, and taken where that is asked for."""

import json
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from annotator.answering.asking_next import ask_next
from annotator.cli import main
from annotator.formats.faults import BadInput
from annotator.importing.outcome_wording import sentences_about
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from annotator.project.sets import save_set
from db.answers import annotations
from db.corpus import import_changes, sentences
from db.finding import texts
from db.finding.filters import EVERYTHING
from db.queue import slots
from db.records import OWNER

BOTH = {"update": ("split", "metadata")}


@pytest.fixture
def store(tmp_path):
    with create_project(tmp_path / "p.db", labels=["event", "none"], no_rationale=["none"]) as store:
        yield store


@pytest.fixture
def bring(store, tmp_path):
    """Import these rows, and return the report."""

    def bring(*rows, **settings):
        path = tmp_path / "in.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return import_file(store, path, ImportSettings(**settings), actor=OWNER)

    return bring


def row(name, text="The jury freed Ana.", **fields):
    return {"id": name, "text": text, **fields}


def splits(store):
    return {sentence.external_id: sentence.split for page in sentences.pages(store) for sentence in page}


def metadata(store, name):
    return sentences.find(store, [name])[name].metadata


def said(report):
    return "\n".join([*sentences_about(asdict(report)), *remarks(asdict(report))])


def test_another_split_and_other_metadata_are_said_and_left_alone_unless_asked_for(bring, store):
    bring(row("a", split="pool", topic="old"), row("b", "It rained.", split="pool", topic="old"))
    report = bring(row("a", split="dev", topic="new"), row("b", "It rained.", split="pool", topic="new"))
    assert (splits(store), metadata(store, "a")) == ({"a": "pool", "b": "pool"}, {"topic": "old"})
    assert "another split than the project has: 1; they keep what they had (a); --update split takes" in said(report)
    assert "other metadata than the project has: 2; they keep what they had (a, b); --update metadata" in said(report)


def test_both_are_taken_on_request_and_counted(bring, store):
    bring(row("a", split="pool", topic="old", page=3), row("b", "It rained.", split="pool"))
    changed = [row("a", split="dev", topic="new"), row("b", "It rained.", split="pool")]
    for dry_run in (True, False):
        report = bring(*changed, **BOTH, dry_run=dry_run)
        assert asdict(report.updated) == {"split": 1, "metadata": 1}
    assert (splits(store), metadata(store, "a")) == ({"a": "dev", "b": "pool"}, {"topic": "new", "page": 3})
    assert "1 sentence of the project was put into the split that the file gives." in said(report)
    assert "1 sentence of the project was given the file's metadata." in said(report)
    assert "keep what they had" not in said(report)
    assert "Nothing was added" not in said(report)
    again = bring(*changed, **BOTH)
    assert asdict(again.updated) == {"split": 0, "metadata": 0}


def test_only_what_was_asked_for_is_taken(bring, store):
    bring(row("a", split="pool", topic="old"))
    report = bring(row("a", split="test", topic="new"), update=("metadata",))
    assert (splits(store), metadata(store, "a")) == ({"a": "pool"}, {"topic": "new"})
    assert "--update split takes" in said(report)


def test_sentences_with_the_same_text_go_along_so_that_no_text_is_in_two_splits(bring, store):
    bring(row("a", split="pool"), row("twin", split="pool"), row("other", "It rained.", split="pool"))
    changed = [row("a", split="test"), row("new", split="pool")]
    for dry_run in (True, False):
        report = bring(*changed, update=("split",), dry_run=dry_run)
        assert (report.updated.split, report.moved) == (2, {"pool to test": 1})
    assert splits(store) == {"a": "test", "twin": "test", "other": "pool", "new": "test"}
    assert texts.count_straddling(store) == 0


@pytest.mark.parametrize("rows", [("dev", "test"), ("test", "dev")])
def test_a_text_that_the_file_gives_two_splits_goes_to_the_strictest(bring, store, rows):
    bring(row("a", split="pool"), row("twin", split="pool"))
    bring(row("a", split=rows[0]), row("twin", split=rows[1]), update=("split",))
    assert splits(store) == {"a": "test", "twin": "test"}


def test_a_sentence_that_is_held_out_now_leaves_the_pool_s_queue_and_comes_back(bring, store):
    bring(row("a", split="pool"), row("b", "It rained.", split="dev"))
    bring(row("a", split="dev"), row("b", "It rained.", split="pool"), update=("split",))
    in_queue = {sentences.read(store, slot.sentence_id).external_id for slot in slots.upcoming(store, 9)}
    assert (in_queue, slots.count_held_out_open(store)) == ({"b"}, 1)


def test_no_one_is_asked_next_for_a_sentence_that_is_held_out_now(bring, store):
    bring(row("a", split="pool"), row("b", "It rained.", split="pool"))
    save_set(store, "both", EVERYTHING, {}, actor=OWNER)
    assert ask_next(store, "both", [], actor=OWNER).sentences == 2
    bring(row("a", split="dev"), update=("split",))
    left = store.db.execute("SELECT sentence_id FROM requested_sentences").fetchall()
    assert left == [(sentences.find(store, ["b"])["b"].id,)]


def test_a_label_becomes_gold_where_the_sentence_goes_to_dev(bring, store):
    bring(row("a", split="pool", label="event"))
    bring(row("a", split="dev", label="event"), update=("split",))
    (gold,) = annotations.of_sentences(store, [1])[1]
    assert gold.label == 0


def test_what_was_before_is_kept_with_the_import(bring, store):
    bring(row("a", split="pool", topic="old"))
    bring(row("a", split="dev", topic="new"), **BOTH)
    (import_id,) = store.db.execute("SELECT max(id) FROM imports").fetchone()
    kept = [(change.what, change.before, change.after) for change in import_changes.of_import(store, import_id)]
    assert kept == [("metadata", {"topic": "old"}, {"topic": "new"}), ("split", "pool", "dev")]


def test_metadata_that_would_grow_too_long_is_refused(bring, store):
    bring(row("a", one="x" * 40_000))
    with pytest.raises(BadInput, match="bytes of metadata"):
        bring(row("a", two="x" * 40_000), update=("metadata",))
    assert list(metadata(store, "a")) == ["one"]


def test_a_faulty_row_changes_nothing(bring, store):
    bring(row("a", split="pool"))
    with pytest.raises(BadInput):
        bring(row("a", split="dev"), row("b", "It rained.", label="unknown"), **BOTH)
    assert splits(store) == {"a": "pool"}


def test_the_command_takes_a_list_and_names_what_it_does_not_know(bring, store, tmp_path):
    bring(row("a", split="pool", topic="old"))
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(row("a", split="dev", topic="new")))
    command = ["import", str(store.path), str(path), "--update"]
    refused = CliRunner().invoke(main, [*command, "split,label"])
    assert (refused.exit_code, "'label' cannot be updated; give split, metadata or text" in refused.output) == (1, True)
    done = CliRunner().invoke(main, [*command, "metadata,split", "--json"])
    assert json.loads(done.stdout.splitlines()[-1])["updated"] == {"split": 1, "metadata": 1}
