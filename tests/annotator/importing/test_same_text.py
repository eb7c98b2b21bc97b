"""No held-out text is trained on, however it came into the project."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.care.doctor import examine
from annotator.cli import main
from annotator.errors import CannotTrain
from annotator.importing.report import ImportReport
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.permissions import OWNER
from annotator.project.projects import create_project
from annotator.rounds.learning.pool import open_pool
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.training_set import build_training_set, check_trainable
from annotator.rounds.settings import RoundSettings
from annotator.rounds.start import check_ready, follow_round, queue_round
from annotator.wording import round_notes
from db.answers import annotations
from db.corpus import sentences
from db.finding import texts
from db.learning import rounds
from db.queue import slots
from db.records import NewAnnotation, NewSentence, Person, Split
from db.store import Store


@pytest.fixture
def bring(empty_store: Store, tmp_path: Path):
    def bring(*lines: dict[str, Any], name: str = "file.jsonl", **options: Any) -> ImportReport:
        path = tmp_path / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return import_file(empty_store, path, ImportSettings(**options), actor=OWNER)

    return bring


def row(name: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "text": text, **fields}


def splits(store: Store) -> dict[str, Split]:
    return {each.external_id: each.split for page in sentences.pages(store) for each in page}


def test_of_200_texts_that_a_file_has_twice_none_is_in_two_splits(empty_store: Store, bring) -> None:
    bring(*(row(f"{copy}-{number}", f"Ship {number} sank") for copy in "ab" for number in range(200)), hold_out=0.2)
    found = splits(empty_store)
    assert [number for number in range(200) if found[f"a-{number}"] != found[f"b-{number}"]] == []
    assert set(found.values()) == {"pool", "dev", "test"}
    assert texts.count_straddling(empty_store) == 0


def test_equal_texts_of_two_files_fall_on_one_side(empty_store: Store, bring) -> None:
    bring(*(row(f"a-{number}", f"Ship {number} sank") for number in range(100)))
    report = bring(*(row(f"b-{number}", f"Ship  {number} sank") for number in range(100)), name="b.jsonl")
    assert (report.added, report.known_texts, report.skipped_texts) == (100, 100, 0)
    found = splits(empty_store)
    assert all(found[f"a-{number}"] == found[f"b-{number}"] for number in range(100))


@pytest.mark.parametrize("other", ["the SHIP sank in a CAFE\u0301", "The ship sank in a  Cafe\u0301"])
def test_case_and_the_writing_of_accents_change_no_draw(other: str) -> None:
    settings = ImportSettings()
    drawn = [settings.set_aside(encoded(text), share=0.4) for text in ("The ship sank in a Caf\u00e9", other)]
    assert drawn[0] == drawn[1]


def encoded(text: str):
    return sentences.encode(NewSentence("s", text, tuple(text.split()), (0,) * len(text.split()), "pool"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("train", "test"), "test"),
        (("test", "train"), "test"),
        (("dev", "train"), "dev"),
        (("train", "dev", "test"), "test"),
        ((None, "dev"), "dev"),
        (("train", "train"), "pool"),
    ],
)
def test_a_text_that_a_file_has_in_several_splits_goes_to_the_strictest(
    empty_store: Store, bring, given: tuple[str | None, ...], expected: Split
) -> None:
    rows = [row(f"s{place}", "It sank", **({"split": split} if split else {})) for place, split in enumerate(given)]
    report = bring(*rows, row("other", "It swam", split="train"))
    assert {splits(empty_store)[f"s{place}"] for place in range(len(given))} == {expected}
    moved = sum({"train": "pool", None: "pool"}.get(split, split) != expected for split in given)
    assert sum(report.moved.values()) == moved
    assert all(way.endswith(f"to {expected}") for way in report.moved)


def test_a_new_sentence_goes_to_the_split_in_which_the_project_has_its_text(empty_store: Store, bring) -> None:
    bring(row("a", "It sank", split="test"), row("b", "It swam", split="train"))
    report = bring(row("c", "It sank", split="train"), row("d", "It swam", split="test"), name="more.jsonl")
    assert splits(empty_store) == {"a": "test", "b": "pool", "c": "test", "d": "pool"}
    assert (report.moved, report.known_texts) == ({"pool to test": 1, "test to pool": 1}, 2)


def test_the_answer_of_a_sentence_that_is_moved_to_test_is_kept_like_any_of_test(empty_store: Store, bring) -> None:
    bring(row("a", "It sank", split="test"))
    lines = [row("b", "It sank", split="train", label="event"), row("c", "It swam", split="train", label="event")]
    report = bring(*lines, name="more.jsonl")
    assert (report.answers_kept, report.answers_left_out) == (1, 1)


def test_the_same_text_with_another_query_is_another_text(empty_store: Store, bring) -> None:
    report = bring(row("a", "It sank", query="Who?", split="train"), row("b", "It sank", query="When?", split="test"))
    assert splits(empty_store) == {"a": "pool", "b": "test"}
    assert (report.duplicate_texts, report.moved) == (0, {})


def test_texts_that_the_project_has_are_skipped_where_that_is_asked_for(empty_store: Store, bring) -> None:
    bring(row("a", "It sank", split="train"))
    lines = [row("b", "It sank", split="dev", label="event"), row("c", "It swam", split="dev", label="event")]
    report = bring(row("a", "It sank"), *lines, name="more.jsonl", duplicates="skip")
    assert splits(empty_store) == {"a": "pool", "c": "dev"}
    assert (report.added, report.skipped, report.known_texts, report.skipped_texts) == (1, 1, 1, 1)
    assert (report.answers_kept, report.moved) == (1, {})


def test_an_import_with_nothing_but_known_texts_adds_nothing(empty_store: Store, bring) -> None:
    bring(row("a", "It sank"))
    report = bring(row("b", "It sank", label="event"), name="more.jsonl", duplicates="skip", answers="keep")
    assert (report.added, report.skipped, report.skipped_texts, report.answers_kept) == (0, 0, 1, 0)
    assert empty_store.db.execute("SELECT count(*) FROM imports").fetchone() == (1,)


@settings(max_examples=15, deadline=None)
@given(
    files=st.lists(
        st.lists(
            st.tuples(st.sampled_from("abcdef"), st.sampled_from([None, "train", "dev", "test"])),
            min_size=1,
            max_size=8,
        ),
        min_size=1,
        max_size=4,
    ),
    duplicates=st.sampled_from(["keep", "skip"]),
)
def test_no_import_whatever_puts_a_text_into_two_splits(tmp_path_factory, files, duplicates) -> None:
    folder = tmp_path_factory.mktemp("project")
    with create_project(folder / "p.db", labels=["none", "event"], no_rationale=["none"]) as store:
        for number, lines in enumerate(files):
            path = folder / f"{number}.jsonl"
            rows = [
                {"id": f"{number}-{place}", "text": text, "split": split} for place, (text, split) in enumerate(lines)
            ]
            path.write_text("".join(json.dumps(each) + "\n" for each in rows))
            import_file(store, path, ImportSettings(duplicates=duplicates, hold_out=0.3), actor=OWNER)
        assert texts.count_straddling(store) == 0


def test_the_command_says_what_became_of_equal_texts(tmp_path: Path) -> None:
    runner, project = CliRunner(), str(tmp_path / "p.db")
    assert runner.invoke(main, ["init", project, "--label", "a", "--label", "b"]).exit_code == 0
    file = tmp_path / "f.jsonl"
    file.write_text(
        json.dumps(row("a", "It sank", split="train")) + "\n" + json.dumps(row("b", "It sank", split="dev"))
    )
    said = runner.invoke(main, ["import", project, str(file)]).output
    assert "1 sentence was put into dev instead of the pool, because the same text is already there." in said
    file.write_text(json.dumps(row("c", "It sank")))
    said = runner.invoke(main, ["import", project, str(file), "--duplicates", "skip"]).output
    assert "1 new sentence has a text that the project has; 1 was skipped." in said


# Projects made before this rule: their sentences stay in their splits, and rounds keep them apart.


@pytest.fixture
def straddling(empty_store: Store, anna: Person) -> Store:
    """A project from when ids decided the hold-out: 8 texts in pool and test, 4 in dev and test, 20 only in pool."""
    given = [("pool", n) for n in range(8)] + [("test", n) for n in range(8)]
    given += [("dev", n) for n in range(8, 12)] + [("test", n) for n in range(8, 12)]
    given += [("pool", n) for n in range(12, 32)]
    new = [_sentence(f"s{place}", f"ship {number} sank", split) for place, (split, number) in enumerate(given)]
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    ids = sentences.add(empty_store, import_id, new)
    sentences.finish_import(empty_store, import_id)
    for each in ids:
        key = f"key-{each:05}"
        annotations.add(empty_store, NewAnnotation(each, anna.id, "answer", key, label=each % 2)) if each % 5 else None
    slots.create_missing(empty_store)
    return empty_store


def _sentence(name: str, text: str, split: Split) -> NewSentence:
    words = tuple(text.split())
    return NewSentence(name, text, words, tuple(text.index(word) for word in words), split)


def test_training_leaves_out_the_texts_of_dev_and_test(straddling: Store) -> None:
    learned = build_training_set(straddling, up_to=annotations.last_id(straddling))
    words = {split: {each.tokens for each in examples} for split, examples in learned.examples.items()}
    assert words["pool"] and words["test"]
    assert not words["pool"] & words["dev"] and not words["pool"] & words["test"] and not words["dev"] & words["test"]
    counts = learned.counts(["none", "event"])
    assert (counts["texts_in_two_splits"], counts["left_out_of_pool"], counts["left_out_of_dev"]) == (12, 7, 3)


def test_held_out_texts_are_neither_scored_nor_chosen_where_the_pool_has_them(straddling: Store) -> None:
    texts_of = {each.id: each.text for page in sentences.pages(straddling) for each in page}
    held_out = {f"ship {number} sank" for number in range(12)}
    assert open_pool(straddling)
    assert not held_out & {texts_of[each] for each in open_pool(straddling)}


def test_the_doctor_names_texts_that_are_in_two_splits(straddling: Store) -> None:
    (found,) = [each for each in examine(straddling) if each.about == "texts"]
    assert found.level == "warning"
    assert found.found.startswith("12 texts are in more than one split, such as s")
    assert any(f"s{n} (pool) = s{n + 8} (test)" in found.found for n in range(8))


def test_a_project_whose_texts_are_apart_is_well(store: Store) -> None:
    assert [each.level for each in examine(store) if each.about == "texts"] == ["ok"]


def test_a_round_with_nothing_left_to_learn_says_so(empty_store: Store, add_sentences, anna: Person) -> None:
    new = [_sentence(f"s{place}", "It sank", split) for place, split in enumerate(("pool", "test"))]
    import_id = sentences.begin_import(empty_store, source="test", source_hash="", tokenizer="given")
    first, _ = sentences.add(empty_store, import_id, new)
    sentences.finish_import(empty_store, import_id)
    annotations.add(empty_store, NewAnnotation(first, anna.id, "answer", "key-00001", label=0))
    with pytest.raises(CannotTrain, match="Each of the 1 answered pool sentences has a text that is in dev or test"):
        check_trainable(empty_store, build_training_set(empty_store, up_to=1))


@pytest.mark.slow
def test_a_round_s_record_lists_and_notes_count_what_was_left_out(straddling: Store) -> None:
    queued = queue_round(straddling, actor=OWNER, settings=RoundSettings(steps=2, vectors="random"))
    work_on_round(straddling, queued.id)
    *_, (ended, _) = follow_round(straddling, queued.id)
    check_ready(ended)
    assert rounds.read(straddling, queued.id).training_set["left_out_of_pool"] == 7
    left_out = "7 answered pool sentences (text in dev or test) and 3 of dev (text in test)."
    note = f"12 texts are in more than one split; the round left out {left_out}"
    assert any(each.startswith(note) for each in round_notes(ended))
    for command in (["round", "list"], ["round", "show"]):
        numbers = [str(queued.id)] if command[1] == "show" else []
        assert note in CliRunner().invoke(main, [*command, str(straddling.path), *numbers]).output
