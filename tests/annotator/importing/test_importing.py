import gzip
import json
import resource
from dataclasses import asdict

import pytest

from annotator.errors import BadShare
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.importing.label_reading import AS_NAMED, LabelRules
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from db.answers import annotations
from db.corpus import sentences
from db.errors import StoreError
from db.queue import slots
from db.records import OWNER, Label
from db.store import Store
from db.team import people
from learner.data.tokenizer import NAME, VERSION

COUNTED = LabelRules(base=0)
TABLES = ("imports", "sentences", "annotations", "people", "slots", "audit")


@pytest.fixture
def bring(empty_store, tmp_path):
    """Import these lines into the empty project and return the report."""

    def bring(*lines, name="file.jsonl", progress=None, **options):
        path = tmp_path / name
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        settings = ImportSettings(**{"labels": COUNTED} | options)
        return import_file(empty_store, path, settings, actor=OWNER, progress=progress)

    return bring


def contents(store):
    return {table: list(store.db.execute(f"SELECT * FROM {table} ORDER BY id")) for table in TABLES}


def answers_to(store, external_id):
    sentence = sentences.find(store, [external_id])[external_id]
    return annotations.of_sentences(store, [sentence.id])[sentence.id]


def sentences_of(error):
    return [str(fault) for fault in error.value.faults]


def row(name="s1", text="The ship sank", **fields):
    return {"id": name, "text": text, **fields}


def answer(key, **fields):
    given = {"person": "ada", "kind": "answer", "label": "event", "marks": "..+", "key": key, "supersedes": None}
    return given | fields


def test_sentences_arrive_with_everything_they_brought(bring, empty_store):
    report = bring(row(split="dev", query_tokens=["Which", "?"], source="x"), row("s2", "Fine.", split="train"))
    stored = sentences.find(empty_store, ["s1", "s2"])
    assert stored["s1"].tokens == ("The", "ship", "sank")
    assert (stored["s1"].starts, stored["s1"].split) == ((0, 4, 9), "dev")
    assert (stored["s1"].query, stored["s1"].query_tokens) == ("Which ?", ("Which", "?"))
    assert stored["s1"].metadata == {"source": "x"}
    assert stored["s2"].split == "pool"
    assert (report.added, report.by_split) == (2, {"pool": 1, "dev": 1, "test": 0})
    assert report.tokenizer == f"{NAME} {VERSION}"


def test_new_sentences_can_be_leased(bring, empty_store):
    bring(row(), hold_out=0)
    assert slots.counts(empty_store)["open"] == 1


def test_held_out_answers_become_golds_and_pool_answers_are_left_out(bring, empty_store):
    splits = ("pool", "dev", "test")
    report = bring(*(row(split, f"The {split} sank", label="event", z=[0, 0, 1], split=split) for split in splits))
    assert (report.answers_kept, report.answers_left_out) == (2, 1)
    assert answers_to(empty_store, "pool") == []
    for split in ("dev", "test"):
        (gold,) = answers_to(empty_store, split)
        assert (gold.label, gold.marks, gold.kind) == (1, "..+", "answer")
        assert gold.person_id == people.find(empty_store, "gold").id


def test_gold_cannot_sign_in(bring, empty_store):
    bring(row(label=1, split="dev"))
    assert not people.find(empty_store, "gold").active


def test_pool_answers_are_kept_when_asked_for_even_later(bring, empty_store):
    line = row(label="event", marks="..+", split="train")
    assert bring(line).answers_left_out == 1
    report = bring(line, answers="keep")
    assert (report.added, report.skipped, report.answers_kept) == (0, 1, 1)
    assert [gold.marks for gold in answers_to(empty_store, "s1")] == ["..+"]


def test_a_label_without_rationale_stores_no_marks(bring, empty_store):
    bring(row(label=0, z=[0, 0, 0], split="dev"), row("s2", "All is well", label="none", marks="...", split="test"))
    assert [answers_to(empty_store, name)[0].marks for name in ("s1", "s2")] == [None, None]


def test_a_label_with_rationale_tells_no_marks_from_none_asked(bring, empty_store):
    bring(row(label=1, z=[0, 0, 0], split="dev"), row("s2", "All is well", label=1, split="dev"))
    assert [answers_to(empty_store, name)[0].marks for name in ("s1", "s2")] == ["...", None]


def test_the_same_file_twice_changes_nothing(bring, empty_store):
    lines = [row(label=1, marks="..+", split="dev"), row("s2", "Free", annotations=[answer("key-0001", marks="+")])]
    bring(*lines)
    before = contents(empty_store)
    report = bring(*lines)
    assert (report.added, report.skipped, report.answers_kept) == (0, 2, 0)
    assert contents(empty_store) == before


def test_plain_text_has_ids_that_depend_on_its_sentences_alone(bring, empty_store):
    bring("Yes.", "No.", "Yes.", name="a.txt")
    report = bring("No.", "Maybe.", "Yes.", name="b.txt")
    assert (report.added, report.skipped) == (1, 2)
    assert sentences.count(empty_store) == 4


def test_equal_sentences_without_ids_are_told_apart_however_many_lines_are_between(bring, empty_store):
    lines = ["Yes.", *(f"No {number}." for number in range(1200)), "Yes.", "Yes."]
    assert bring(*lines, name="a.txt").added == 1203
    first, *others = (s.external_id for page in sentences.pages(empty_store) for s in page if s.text == "Yes.")
    assert others == [f"{first}-2", f"{first}-3"]
    assert bring(*lines, name="a.txt").skipped == 1203


def test_an_id_or_a_key_is_in_a_file_only_once_however_many_lines_are_between(bring, empty_store):
    lines = [row("first", annotations=[answer("key-0001")]), *(row(f"s{number}") for number in range(1200))]
    with pytest.raises(BadInput) as error:
        bring(*lines, row("first"), row("last", annotations=[answer("key-0001")]))
    assert sentences_of(error) == [
        "Line 1202, id: found 'first', which line 1 has too, expected another id on each line.",
        "Line 1203, annotations[0].key: found 'key-0001', which line 1 has too, "
        "expected another annotations[0].key on each line.",
    ]


def test_what_deserves_a_second_look_is_counted(bring):
    lines = [
        row("s1", label=1, marks="+..", split="dev"),
        row("s2", label=1, split="dev"),
        row("s3", "It sank", label=0),
    ]
    report = bring(*lines, row("s4", "The \u202eship\u202c sank"))
    assert (report.answers_kept, report.answers_without_marks, report.turned_texts) == (2, 1, 1)


def test_equal_texts_are_counted_and_kept(bring):
    report = bring(row("s1"), row("s2"), row("s3"))
    assert (report.added, report.duplicate_texts) == (3, 2)


def test_without_splits_a_share_is_set_aside_by_text(bring, empty_store):
    report = bring(*(row(f"s{number}", f"Sentence {number}") for number in range(1000)))
    assert report.set_aside == {split: report.by_split[split] for split in ("dev", "test")}
    assert all(70 < report.by_split[split] < 130 for split in ("dev", "test"))  # 100 expected, sigma 9.5
    held_out = {s.external_id for page in sentences.pages(empty_store, split="dev") for s in page}
    with Store.create(empty_store.path.with_name("other.db"), labels=[Label(0, "none"), Label(1, "event")]) as other:
        import_file(other, empty_store.path.with_name("file.jsonl"), actor=OWNER)
        assert {s.external_id for page in sentences.pages(other, split="dev") for s in page} == held_out


def test_an_import_adds_nothing_to_a_test_set_unless_asked(bring):
    def rows(name):
        return [row(f"{name}{number}", f"Sentence {name} {number}") for number in range(200)]

    first = bring(*rows("a"))
    assert first.by_split["test"] > 0
    assert not first.kept_test_set
    second = bring(*rows("b"))
    assert second.by_split == {"pool": 200, "dev": 0, "test": 0}
    (line,) = [each for each in remarks(asdict(second)) if each.startswith("Nothing was set aside")]
    assert "because the project has a test set" in line
    asked = bring(*rows("c"), hold_out=0.1)
    assert asked.by_split["test"] > 0
    assert not asked.kept_test_set
    named = bring(row("d", "A boat sank", split="test"))
    assert named.by_split["test"] == 1
    assert not named.kept_test_set
    assert not bring(row("d", "A boat sank")).kept_test_set


def test_nothing_is_set_aside_when_nobody_wants_it_or_a_line_has_a_split(bring):
    assert bring(*(row(f"s{number}") for number in range(50)), hold_out=0).by_split["pool"] == 50
    report = bring(*(row(f"t{number}") for number in range(50)), row("dev", "The boat sank", split="dev"))
    assert report.by_split == {"pool": 50, "dev": 1, "test": 0}
    assert report.set_aside == {"dev": 0, "test": 0}


def test_set_aside_sentences_keep_their_answers(bring, empty_store):
    report = bring(*(row(f"s{number}", f"Ship {number} sank", label=1) for number in range(200)))
    assert report.answers_kept == report.set_aside["dev"] + report.set_aside["test"] > 0
    assert report.answers_kept + report.answers_left_out == 200


def test_chains_are_kept_with_their_people_whatever_the_split(bring, empty_store):
    chain = [
        answer("key-0001", at="2026-01-31T12:00:00.123Z", seconds=2.5, round_shown=3),
        answer("key-0002", person="bob", kind="skip", label=None, marks=None),
        answer("key-0003", label="none", marks=None, supersedes="key-0001"),
    ]
    report = bring(row(split="pool", annotations=chain))
    first, skip, last = answers_to(empty_store, "s1")
    assert (first.created_ms, first.observed.seconds, first.observed.saliency_round) == (1_769_860_800_123, 2.5, 3)
    assert (first.superseded, last.supersedes, last.label) == (True, first.id, 0)
    assert (skip.kind, skip.label) == ("skip", None)
    assert people.find(empty_store, "bob").active and people.find(empty_store, "bob").role == "annotator"
    assert report.answers_kept == 3


def test_a_longer_chain_adds_its_end(bring, empty_store):
    first, second = answer("key-0001"), answer("key-0002", marks="+..", supersedes="key-0001")
    bring(row(annotations=[first]))
    assert bring(row(annotations=[first, second])).answers_kept == 1
    assert bring(row(annotations=[first])).answers_kept == 0
    assert [a.submission_key for a in answers_to(empty_store, "s1")] == ["key-0001", "key-0002"]


def test_another_gold_answer_supersedes_the_first(bring, empty_store):
    for label in (1, 0, 1):
        bring(row(label=label, split="dev"))
    assert [gold.label for gold in answers_to(empty_store, "s1")] == [1, 0, 1]


def test_tokens_cut_by_an_older_tokenizer_stay(bring, empty_store):
    bring(row(tokens=["The", "ship sank"]))
    assert bring(row()).skipped == 1
    assert sentences.find(empty_store, ["s1"])["s1"].tokens == ("The", "ship sank")


def test_labels_may_be_in_another_field(bring, empty_store):
    bring(row(label=7, kind="event", split="dev"), fields=Fields(label="kind"))
    assert answers_to(empty_store, "s1")[0].label == 1
    assert sentences.find(empty_store, ["s1"])["s1"].metadata == {"label": 7}


@pytest.mark.parametrize(
    ("labels", "cell", "index"),
    [("none event", "event", 1), ("none event", "1", 1), ("none event", "0", 0), ("2 1", "1", 1), ("0 1.5", "0", 0)],
)
def test_in_a_table_names_come_first_and_digits_are_an_index_where_that_is_said(tmp_path, labels, cell, index):
    names = [Label(index, name) for index, name in enumerate(labels.split())]
    (tmp_path / "t.csv").write_text(f"id,text,label,split\ns1,a,{cell},dev\n")
    with Store.create(tmp_path / "other.db", labels=names) as store:
        settings = ImportSettings(labels=COUNTED if labels == "none event" else AS_NAMED)
        import_file(store, tmp_path / "t.csv", settings, actor=OWNER)
        assert answers_to(store, "s1")[0].label == index


@pytest.mark.parametrize(
    ("labels", "cell"),
    [
        *(("none event", cell) for cell in ("2", "-1", "01", "+1", "1.0", "1e0", "\u0661", "Events", "9" * 20)),
        ("1 2", "0"),
    ],
)
def test_in_a_table_any_other_label_is_refused(tmp_path, labels, cell):
    names = [Label(index, name) for index, name in enumerate(labels.split())]
    (tmp_path / "t.csv").write_text(f"id,text,label,split\ns1,a,{cell},dev\n")
    with Store.create(tmp_path / "other.db", labels=names) as store:
        with pytest.raises(BadInput, match="Line 2, label: found"):
            import_file(store, tmp_path / "t.csv", actor=OWNER)
        assert sentences.count(store) == 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([row(), row()], "Line 2, id: found 's1', which line 1 has too, expected another id on each line."),
        ([row(7), row("7")], "Line 2, id: found '7', which line 1 has too"),
        (
            [row(label="Events")],
            "Line 1, label: found 'Events', expected one of the project's labels: 'none', 'event'.",
        ),
        ([row(label="01")], "Line 1, label: found '01', expected one of the project's labels"),
        ([row(label=2)], "Line 1, label: found 2, expected the index of a label, 0 to 1."),
        ([row(label=-1)], "Line 1, label: found -1"),
        ([row(label=10**300)], "Line 1, label: found 1000"),
        ([row(label=0, z=[0, 0, 1])], "Line 1, marks: found marked words under the label 'none', which takes no"),
        ([row(annotations=[answer("key-0001", label="x")])], "Line 1, annotations[0].label: found 'x', expected one"),
        ([row(annotations=[answer("key-0001", label=0)])], "Line 1, annotations[0].marks: found marked words under"),
        (
            [row(annotations=[answer("key-0001")]), row("s2", annotations=[answer("key-0001")])],
            "Line 2, annotations[0].key: found 'key-0001', which line 1 has too",
        ),
        (["", "{"], "Line 2: found broken JSON at column 2"),
        ([], "The file: found no sentences"),
    ],
)
def test_faulty_files_are_refused_whole(bring, empty_store, lines, expected):
    before = contents(empty_store)
    with pytest.raises(BadInput) as error:
        bring(row("fine", "A fine line"), *lines) if lines else bring()
    # The good line before them moves every line number by one.
    expected = expected.replace("line 1 ", "line 2 ").replace("Line 2", "Line 3").replace("Line 1", "Line 2")
    assert [fault for fault in sentences_of(error) if expected in fault]
    assert contents(empty_store) == before


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (row(text="The ship sailed"), "Line 1, text: found 'The ship sailed', expected 'The ship sank', which the"),
        (row(query="Which?"), "Line 1, query: found 'Which?', expected null, which the project has under the same id."),
        (row(tokens=["The ship", "sank"]), "Line 1, tokens: found 2 other tokens, expected the 3 tokens that the"),
        (row("s2", annotations=[answer("key-0001")]), "the key 'key-0001', which another answer in the project has"),
        (row(annotations=[answer("key-0009")]), "annotations[0]: found another answer by 'ada', expected the one"),
        (row(annotations=[answer("key-0001", marks="+..")]), "found another answer by 'ada' under the key 'key-0001'"),
    ],
)
def test_what_the_project_has_is_never_overwritten(bring, empty_store, second, expected):
    bring(row(annotations=[answer("key-0001")]))
    before = contents(empty_store)
    with pytest.raises(BadInput) as error:
        bring(second)
    assert expected in sentences_of(error)[0]
    assert contents(empty_store) == before


def test_faults_come_in_the_order_of_their_lines(bring):
    with pytest.raises(BadInput) as error:
        bring(row(label="x"), row("s2", ""), row("s3", label="y"))
    assert [fault.line for fault in error.value.faults] == [1, 2, 3]


def test_a_mistyped_label_field_is_reported(bring):
    with pytest.raises(BadInput, match="clas: found no line with this field"):
        bring(row(label=1), fields=Fields(label="clas"))


def test_what_is_not_a_file_is_refused(empty_store, tmp_path):
    for path, found in ((tmp_path / "no.jsonl", "nothing of that name, expected a file"), (tmp_path, "a folder with")):
        with pytest.raises(BadInput, match=f"found {found}"):
            import_file(empty_store, path, ImportSettings(format="native"), actor=OWNER)


@pytest.mark.parametrize("name", ["NOT_THERE", "no.jsonl", "no.such"])
def test_nothing_of_that_name_is_no_matter_of_suffixes(empty_store, tmp_path, name):
    with pytest.raises(BadInput, match=f"{name} was not imported.*\n.*found nothing of that name, expected a file"):
        import_file(empty_store, tmp_path / name, actor=OWNER)


def test_a_file_that_changes_while_it_is_read_is_refused(bring, empty_store, tmp_path):
    def write_more(done, total):
        if done < total / 2:
            with (tmp_path / "file.jsonl").open("a") as file:
                file.write(json.dumps(row(f"s{done}")) + "\n")

    with pytest.raises(BadInput):
        bring(row(), progress=write_more)
    assert sentences.count(empty_store) == 0


def test_an_impossible_share_to_hold_out_is_refused(bring):
    with pytest.raises(BadShare, match=r"The share to set aside is 0\.[0-9]+; give 0 to 0\.45"):
        bring(row(), hold_out=0.5)


def test_two_imports_at_once_are_not_mixed(bring, empty_store):
    with empty_store.importing(), pytest.raises(StoreError):
        bring(row())


def test_an_import_cut_off_before_its_answers_is_completed_by_the_next(bring, empty_store, monkeypatch):
    line = row(label=1, marks="..+", split="dev")
    with monkeypatch.context() as patch:
        patch.setattr(annotations, "add", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bring(line)
    assert slots.counts(empty_store)["open"] == 0
    assert (bring(line).answers_kept, slots.counts(empty_store)["open"]) == (1, 0)


def test_progress_runs_from_the_first_byte_to_the_last(bring):
    seen = []
    bring(*(row(f"s{number}") for number in range(1200)), progress=lambda done, total: seen.append((done, total)))
    done = [each for each, _ in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.timing
def test_memory_does_not_grow_with_the_file(bring, empty_store, tmp_path):
    path = tmp_path / "large.jsonl.gz"
    text = "word " * 1000
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.writelines(json.dumps(row(f"s{number}", f"{number} {text}")) + "\n" for number in range(1500))
        file.write("{")
    bring(row("first"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput):  # 1.5 million tokens, which would take some 200 MB, checked to the end
        import_file(empty_store, path, actor=OWNER)
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 60


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "labels", "added", "kept"),
    [("litbank", "none event", 8562, 3313), ("hatexplain", "none hateful", 18972, 3805)],
)
def test_shared_data_is_imported_as_it_is(shared_data, tmp_path, name, labels, added, kept):
    names = [Label(index, label, takes_rationale=index > 0) for index, label in enumerate(labels.split())]
    with Store.create(tmp_path / "real.db", labels=names) as store:
        file = shared_data / name / f"{name}.jsonl.gz"
        report = import_file(store, file, ImportSettings(labels=COUNTED), actor=OWNER)
    assert (report.added, report.answers_kept, report.tokenizer) == (added, kept, "given")
