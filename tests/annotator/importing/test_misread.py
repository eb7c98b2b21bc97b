"""A file is read as its author meant it, or refused; nothing is misread silently.

Each test has a kind of file that people have, with our own content.
"""

import gzip
import json
import re
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from annotator.care.backups import backup_project
from annotator.cli import main
from annotator.convert.run import convert
from annotator.errors import BadFileName, BadLabelMap, CannotConvert, CannotExport
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.importing.label_reading import LabelRules, read_label_map
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, Label
from db.store import Store
from db.team import audit

pytestmark = pytest.mark.slow

STARS = (Label(0, "poor"), Label(1, "fair"), Label(2, "good"))


@pytest.fixture
def stars(tmp_path):
    with Store.create(tmp_path / "stars.db", labels=STARS) as store:
        yield store


@pytest.fixture
def bring(stars, tmp_path):
    """Import a file with this content into the project of star labels, and keep every answer."""

    def bring(content, name="in.jsonl", **options):
        path = tmp_path / name
        lines = [content] if isinstance(content, dict) else content
        if isinstance(lines, list):
            content = "".join(json.dumps(line) + "\n" for line in lines)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return import_file(stars, path, ImportSettings(**{"answers": "keep"} | options), actor=OWNER)

    return bring


def labels_of(store):
    """Return the labels that each sentence was given, by its text."""
    found = {}
    for page in sentences.pages(store):
        for sentence in page:
            answers = annotations.of_sentences(store, [sentence.id])[sentence.id]
            found[sentence.text] = [answer.label for answer in answers]
    return found


def said(report):
    return "\n".join(remarks(asdict(report)))


# ---- labels that are numbers


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.csv", "text,label\na,1\nb,2\nc,1\n", r"'1' \(2 times\), '2' \(1 time\)"),
        ("a.csv", "text,label\na,1.0\nb,2.0\n", r"'1\.0' \(1 time\), '2\.0' \(1 time\)"),
        ("a.jsonl", [{"text": "a", "label": 1}, {"text": "b", "label": 0}], r"1 \(1 time\), 0 \(1 time\)"),
        ("a.jsonl", [{"text": "a", "label": 2.0}], r"'2\.0'"),
        ("a.jsonl", [{"text": "a", "label": "2"}], r"'2'"),
        (
            "a.jsonl",
            [{"text": "a", "annotations": [{"person": "ada", "kind": "answer", "label": 1, "key": "key-0001"}]}],
            "1",
        ),
    ],
)
def test_numbers_in_a_labels_place_are_refused_with_a_table_and_what_to_do(bring, stars, name, content, found):
    with pytest.raises(BadInput) as error:
        bring(content, name)
    message = str(error.value)
    assert re.search(f"label: found {found}, expected one of the project's labels: 'poor', 'fair', 'good'; ", message)
    assert "--label-map" in message and "--label-base 0 or 1" in message
    assert error.value.table[0] == ("written", "times", "--label-base 0", "--label-base 1")
    assert re.search("^written +times +--label-base 0 +--label-base 1$", message, re.MULTILINE)
    assert sentences.count(stars) == 0


@pytest.mark.parametrize("written", [1, "1", 1.0, "1.0"])
@pytest.mark.parametrize(("base", "label"), [(0, 1), (1, 0)])
def test_numbers_count_the_labels_from_where_that_is_said(bring, stars, written, base, label):
    report = bring({"text": "a", "label": written}, labels=LabelRules(base=base))
    assert labels_of(stars) == {"a": [label]}
    assert [(each.label, each.count) for each in report.labels] == [(STARS[label].name, 1)]


def test_numbers_beyond_the_labels_are_refused_by_line(bring):
    with pytest.raises(BadInput, match="Line 3, label: found '4', expected the index of a label, 1 to 3"):
        bring("text,label\na,1\nb,4\n", "a.csv", labels=LabelRules(base=1))


def test_a_map_says_what_labels_mean_and_the_report_shows_each(bring, stars):
    rules = LabelRules(read_label_map(["3=poor,2=fair", "1=good"]))
    report = bring("text,label\na,1\nb,3\nc,1\nd,fair\n", "a.csv", labels=rules)
    assert labels_of(stars) == {"a": [2], "b": [0], "c": [2], "d": [1]}
    shown = {(each.written, each.label, each.count) for each in report.labels}
    assert shown == {("1", "good", 2), ("3", "poor", 1), ("fair", "fair", 1)}
    assert "The label map names labels that no line has: 2." in said(report)


def test_a_projects_own_numbers_are_names_in_any_order(tmp_path):
    """A JSON 1 is the label "1", not the label at index 0 or 1."""
    with Store.create(tmp_path / "n.db", labels=[Label(0, "2"), Label(1, "1"), Label(2, "0")]) as store:
        (tmp_path / "a.jsonl").write_text('{"text": "a", "label": 1}\n{"text": "b", "label": "2"}\n')
        import_file(store, tmp_path / "a.jsonl", ImportSettings(answers="keep"), actor=OWNER)
        assert labels_of(store) == {"a": [1], "b": [0]}
        with pytest.raises(BadLabelMap, match="label '2' is itself a number"):
            import_file(store, tmp_path / "a.jsonl", ImportSettings(labels=LabelRules(base=0)), actor=OWNER)


@pytest.mark.parametrize("text", ["one-star", "=a", "1=", "1=a,1=b"])
def test_a_map_that_cannot_be_is_refused(text):
    with pytest.raises(BadLabelMap, match="--label-map says"):
        read_label_map([text])


def test_a_map_may_name_a_label_with_a_comma():
    assert read_label_map(["1=bad, really,2=good"]) == {"1": "bad, really", "2": "good"}


def test_a_map_to_no_label_of_the_project_is_refused(bring):
    with pytest.raises(BadLabelMap, match="label 'five'; the project's labels are 'poor', 'fair', 'good'"):
        bring({"text": "a"}, labels=LabelRules({"1": "five"}))


# ---- lines that say that their label is not an answer


@pytest.mark.parametrize(
    "line",
    [
        {"answer": "reject"},
        {"answer": "ignore"},
        {"status": "Rejected"},
        {"state": "skipped"},
        {"status": "discarded"},
        {"was_cancelled": True},
        {"skipped": "true"},
        {"answer": "reject", "spans": [], "_task_hash": 7},
    ],
    ids=str,
)
def test_a_rejected_ignored_or_skipped_label_is_never_an_answer(bring, stars, line):
    good = {"text": "kept", "label": "good", "answer": "accept"}
    report = bring([good, {"text": "no", "label": "good", "marks": "+", "split": "dev"} | line])
    assert labels_of(stars) == {"kept": [2], "no": []}
    assert report.answers_kept == 1
    assert "Sentences without an answer, because their line says so: 1; " in said(report)
    (stored,) = [each for page in sentences.pages(stars, split="dev") for each in page]
    assert (stored.metadata["label"], stored.metadata["marks"]) == ("good", "+")


def test_an_export_with_rejected_labels_comes_back_byte_for_byte(bring, stars, tmp_path):
    bring([{"text": "no", "label": "good", "answer": "reject", "id": "a"}, {"text": "b", "label": "poor", "id": "b"}])
    export_project(stars, tmp_path / "out.jsonl", actor=OWNER)
    with Store.create(tmp_path / "again.db", labels=STARS) as again:
        import_file(again, tmp_path / "out.jsonl", actor=OWNER)
        export_project(again, tmp_path / "out2.jsonl", actor=OWNER)
    assert (tmp_path / "out2.jsonl").read_bytes() == (tmp_path / "out.jsonl").read_bytes()


def test_answers_under_such_a_name_are_answers_where_they_are_the_label(bring, stars):
    bring({"text": "a", "answer": "good", "status": "done"}, fields=Fields(label="answer"))
    bring({"text": "b", "label": "good", "answer": "Nantucket", "state": "open", "skipped": False})
    assert labels_of(stars) == {"a": [2], "b": [2]}


# ---- fields that were only kept


@pytest.mark.parametrize(
    ("field", "value", "likeness"),
    [
        ("spans", [{"start": 4, "end": 8, "label": "why"}], "marks"),
        ("rationales", [[0, 0, 1, 0]], "marks"),
        ("highlights", "ship", "marks"),
        ("evidences", [], "marks"),
        ("entities", [[4, 8]], "marks"),
        ("ner_tags", [0, 0, 3, 0], "marks"),
        ("rationale_mask", [0, 0, 1, 0], "marks"),
        ("x", [0, 0, 1, 0], "marks"),
        ("x", [0.5, 0.25, 1, 0], "marks"),
        ("x", ["O", "B-EVT", "O", "O"], "marks"),
        ("x", [[4, 8], [9, 13]], "marks"),
        ("x", [[4, 8, "why"]], "marks"),
        ("x", [{"start_offset": 4, "end_offset": 8}], "marks"),
        ("x", "..+.", "marks"),
        ("x", "0,0,1,0", "marks"),
        ("x", ["ship"], "marks"),
        ("why", "ship; sank", "marks"),
        ("x", "[0, 0, 1, 0]", "marks"),
        ("accept", ["good"], "an answer"),
        ("options", [{"id": "good"}], "an answer"),
        ("labels", ["x"], "an answer"),
        ("gold_label", "x", "an answer"),
        ("ann_1", "good", "an answer"),
        ("x", "Good", "an answer"),
        ("x", ["good", "fair"], "an answer"),
        ("coder", "ben", "who answered"),
        ("subset", "x", "a split"),
        ("x", "validation", "a split"),
        ("post_id", 7, "an id"),
    ],
    ids=str,
)
def test_what_looks_like_an_answer_or_a_mark_and_was_only_kept_is_named(bring, field, value, likeness):
    report = bring([{"text": "The ship sank .", field: value}, {"text": "Another ship sank .", "source": "x"}])
    (kept,) = [each for each in report.kept if each.name == field]
    assert (kept.looks_like, kept.count, kept.line) == (likeness, 1, 1)
    assert f"{field} looks like {likeness} and was only kept as metadata, in 1 line; line 1 has " in said(report)


@pytest.mark.parametrize("value", ["The Gazette", 7, None, 3.5, "2026-01-31", [1, 2, 3, 4, 5, 6], {"a": 1}, "", True])
def test_other_fields_are_listed_without_alarm(bring, value):
    report = bring({"id": "a", "text": "The ship sank .", "source": value})
    assert said(report) == "Fields kept as metadata: source (1)."


def test_a_column_of_a_table_is_named_as_a_field_is(bring):
    report = bring("id,text,rationales,Sentence1_Highlighted_1\na,It sank,[1],1\nb,It swam,,0\n", "a.csv")
    assert "rationales looks like marks and was only kept as metadata, in 1 line; line 2 has [1]" in said(report)
    assert "Sentence1_Highlighted_1 looks like marks and was only kept as metadata, in 2 lines" in said(report)


# ---- files that contradict their names

CONLL = "-DOCSTART- -X- O O\n\nThe DT B-NP O\nship NN I-NP B-SHIP\nsank VBD B-VP B-EVT\n\nAll DT B-NP O\n"
BIO = "The\tO\nship\tB-SHIP\nsank\tB-EVT\n\nAll\tO\nswam\tO\n"
UNIVERSAL = "# text = It sank\n1\tIt\tit\tPRON\t_\t_\t2\tn\t_\t_\n2\tsank\tsink\tVERB\t_\t_\t0\tr\t_\t_\n"
TAGGED = "The DT\nship NN\nsank VBD\n\nAll DT\nswam VBD\n"


@pytest.mark.parametrize("end", ["txt", "csv", "tsv", "conll"])
@pytest.mark.parametrize("content", [CONLL, BIO, UNIVERSAL, TAGGED], ids=["conll", "bio", "universal", "tagged"])
def test_one_token_a_line_is_never_one_sentence_a_token(bring, stars, content, end):
    try:
        bring(content, f"train.{end}")
    except BadInput:
        assert end in ("csv", "tsv") and sentences.count(stars) == 0
        return
    stored = [sentence for page in sentences.pages(stars) for sentence in page]
    assert 1 <= len(stored) <= 2 and "sank" in stored[0].tokens


@pytest.mark.parametrize("content", [CONLL, BIO, UNIVERSAL], ids=["conll", "bio", "universal"])
def test_naming_the_format_does_not_make_tokens_sentences(bring, content):
    with pytest.raises(BadInput, match="one token on each line"):
        bring(content, "a.conll", format="text")


def test_a_table_of_tokens_is_refused_where_its_words_are_named_as_the_text(bring):
    with pytest.raises(BadInput, match="one token on each line"):
        bring("word,tag\nThe,O\nship,B-SHIP\nsank,B-EVT\n", "a.csv", fields=Fields(text="word"))


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.txt", "id\ttext\n1\ta b\n2\tc d\n", "a table with tabs under a name that ends in .txt"),
        ("a.txt", "first\t1\nsecond one\t2\n", "a table with tabs"),
        ("a.txt", "id,text,label\n1,a b,good\n", "a table with commas"),
        ("a.txt", "Nr;Text;Urteil\n1;a b;good\n", "a table with semicolons"),
        ("a.txt", '{"text": "a"}\n', "JSON under a name that ends in .txt"),
        ("a.csv", '{"text": "a"}\n', "JSON under a name that ends in .csv"),
        ("a.tsv", '[\n  {"text": "a"}\n]\n', "JSON under a name that ends in .tsv"),
        ("a.txt", "<?xml version='1.0'?><a/>\n", "markup (XML, HTML or RTF)"),
        ("a.txt", "{\\rtf1 a}\n", "markup (XML, HTML or RTF)"),
        ("a.csv", gzip.compress(b"text\na\n", mtime=0), "gzip data under the name 'a.csv'"),
        ("a.csv.gz", b"text\na\n", "no gzip data under the name 'a.csv.gz'"),
        ("a.txt", b"PK\x03\x04" + bytes(40), "a zip archive or an office document"),
        ("a.jsonl", b"PAR1" + bytes(40), "a Parquet file"),
        ("a.tsv", b"SQLite format 3\0" + bytes(40), "a SQLite database"),
    ],
)
def test_a_name_that_contradicts_the_content_is_refused_in_a_sentence(bring, stars, name, content, found):
    with pytest.raises(BadInput) as error:
        bring(content, name)
    (fault,) = error.value.faults
    assert found in str(fault) and re.fullmatch(r"The file(, \w+)?: found .+, expected .+\.", str(fault))
    assert sentences.count(stars) == 0


@pytest.mark.parametrize(
    "text",
    [
        "The ship sank.\nAll survived.\n",
        "[laughs] No.\n{aside} Yes.\n",
        "Text, please.\nNo, thanks.\n",
        "A:\tHello.\nNobody answered.\n",
        "Yes.\n\nNo.\n\nO\n",
        "Plan B-52 flew\nThat is O\n",
        "<b>Bold</b> words.\nOthers.\n",
    ],
)
def test_plain_sentences_are_read_however_odd_they_are(bring, text):
    assert bring(text, "a.txt").added == len([line for line in text.splitlines() if line])


def test_naming_the_format_reads_a_file_whatever_its_name_says(bring):
    assert bring("first\t1\nsecond\t2\n", "a.txt", format="text").added == 2
    assert bring(gzip.compress(b"text\nc\n"), "b.csv", format="csv").added == 1


def test_many_sentences_of_one_token_are_reported(bring):
    report = bring("".join(f"{word}\n" for word in ("The", "ship", "sank", "fast", "today")), "a.txt")
    assert "Sentences of a single token: 5 of 5; check that the file is not one token per line." in said(report)


def test_annotations_in_a_file_of_the_same_name_are_reported_as_unread(bring, tmp_path):
    (tmp_path / "doc.ann").write_text("T1\tEvent 4 8\tsank\n")
    assert "doc.ann is in the same folder and was not read" in said(bring("It sank.\n", "doc.txt"))


# ---- names to write under


@pytest.mark.parametrize(
    "name",
    ["five.csv", "five.tsv", "five.txt", "five.json", "five.xlsx", "five.parquet", "FIVE.CSV", "five.csv.gz", "a.zip"],
)
def test_no_command_writes_under_a_name_that_stands_for_another_format(stars, tmp_path, name):
    target = tmp_path / name
    refusals = {
        CannotExport: lambda: export_project(stars, target, actor=OWNER),
        CannotConvert: lambda: convert("cbt", tmp_path, target),
        BadFileName: lambda: backup_project(stars, target, actor=OWNER),
    }
    for refusal, write in refusals.items():
        with pytest.raises(refusal, match=r"would hold .* means .*; choose a name that ends in \."):
            write()
    with pytest.raises(BadFileName, match="would hold a database"):
        create_project(target, labels=["a", "b"])
    assert not target.exists()


@pytest.mark.parametrize("name", ["out.jsonl", "out.ndjson.gz", "out.gz", "out", "out.2026", "out.JSONL"])
def test_names_that_stand_for_no_other_format_can_be_written(stars, tmp_path, name):
    export_project(stars, tmp_path / name, actor=OWNER)
    assert (tmp_path / name).exists()


# ---- the same sentences again


def test_another_split_or_other_metadata_of_a_known_sentence_is_reported(bring, stars):
    first = [{"id": f"s{number}", "text": f"No {number}", "split": "train", "topic": "old"} for number in range(5)]
    assert not any(each.count for each in bring(first).changed.values())
    assert "keep" not in said(bring(first))
    again = [line | {"split": "test" if line["id"] != "s0" else "train", "topic": "new"} for line in first]
    report = bring(again)
    assert (report.changed["split"].count, report.changed["split"].ids) == (4, ["s1", "s2", "s3"])
    assert "Sentences with another split than the project has: 4; they keep what they had" in said(report)
    assert "Sentences with other metadata than the project has: 5" in said(report)
    assert sentences.find(stars, ["s1"])["s1"].split == "pool"


@pytest.mark.parametrize("field", ["text", "query"])
def test_another_text_or_query_of_a_known_sentence_is_refused_by_line(bring, field):
    bring({"id": "s", "text": "It sank", "query": "Who?"})
    with pytest.raises(BadInput, match=f"Line 1, {field}: found 'Other', expected .* under the same id"):
        bring({"id": "s", "text": "It sank", "query": "Who?"} | {field: "Other"})


# ---- defaults


def test_every_default_is_counted(bring):
    chain = [{"person": "Zoe", "kind": "answer", "label": "good", "key": "key-0001"}]
    lines = [{"tokens": ["a", "b"], "split": "dev"}, {"text": "c", "annotations": chain}, {"id": "7.0", "text": "d"}]
    told = said(bring(lines))
    assert "Sentences without an id, named by a hash of their content: 2." in told
    assert "Sentences without a split, put into the pool because others have one: 2." in told
    assert "Sentences whose text was made from their tokens, with single spaces: 1." in told
    assert "New annotators: 1; Zoe." in told
    assert "Ids that a program may have changed, like 7.0: 1; they were kept as written." in told


def test_a_split_that_only_the_files_name_says_is_pointed_out(bring):
    assert "The name of the file says test, but no line has a split" in said(bring({"text": "a"}, "reviews-test.jsonl"))
    assert "no line has a split" not in said(bring({"text": "b", "split": "test"}, "reviews-test.jsonl"))


# ---- the dry run


def everything(store):
    names = ("imports", "sentences", "annotations", "people", "slots", "audit", "uploads")
    return {name: list(store.db.execute(f"SELECT * FROM {name}")) for name in names}


def test_a_dry_run_says_what_the_import_then_does_and_writes_nothing(bring, stars):
    chain = [{"person": "Zoe", "kind": "answer", "label": "good", "marks": "+.", "key": "key-0001"}]
    known = {"id": "s0", "text": "known one", "split": "dev", "label": "poor"}
    bring(known)
    lines = [
        known | {"label": "fair", "split": "test"},
        {"id": "s1", "text": "a b", "annotations": chain, "spans": [[0, 1]]},
        {"id": "s2", "text": "c d", "label": "good", "answer": "reject"},
        *({"id": f"p{number}", "text": f"pool {number}", "label": "good", "split": "train"} for number in range(3)),
    ]
    for options in ({"answers": "keep"}, {"answers": "held-out"}):
        before = everything(stars)
        dry = bring(lines, dry_run=True, **options)
        assert everything(stars) == before
        assert dry.dry_run and [row.id for row in dry.preview] == ["s0", "s1", "s2", "p0", "p1"]
        done = bring(lines, **options)
        skipped = {"dry_run", "preview"}
        told, did = ({key: each for key, each in asdict(one).items() if key not in skipped} for one in (dry, done))
        assert told == did


def test_a_dry_run_holds_out_as_the_import_does_and_shows_the_split(bring):
    lines = [{"id": f"s{number}", "text": f"No {number}", "label": "good"} for number in range(60)]
    dry, done = bring(lines, dry_run=True, answers="held-out"), bring(lines, answers="held-out")
    assert (dry.by_split, dry.set_aside, dry.answers_kept) == (done.by_split, done.set_aside, done.answers_kept)
    assert all(row.split in ("pool", "dev", "test") for row in dry.preview)


@pytest.mark.parametrize(("duplicates", "split"), [("keep", "dev"), ("skip", "left out")])
def test_a_dry_run_places_texts_that_the_project_has_as_the_import_does(bring, duplicates, split):
    bring({"id": "old", "text": "known one", "split": "dev"})
    lines = [{"id": "new", "text": "known one", "split": "train"}, {"id": "other", "text": "another", "split": "test"}]
    dry, done = (bring(lines, duplicates=duplicates, dry_run=dry_run) for dry_run in (True, False))
    assert (dry.by_split, dry.skipped_texts, dry.moved) == (done.by_split, done.skipped_texts, done.moved)
    assert [row.split for row in dry.preview] == [split, "test"]


def test_a_dry_run_runs_during_an_import(bring, stars):
    with stars.importing():
        assert bring({"text": "a"}, dry_run=True).added == 1
    assert [row.action for row in audit.newest(stars, 9)] == []


def test_a_preview_shows_words_marks_labels_and_people_as_read(bring):
    (row,) = bring({"id": "s", "text": "It sank", "label": "good", "marks": ".+"}, dry_run=True).preview
    (answer,) = row.answers
    assert (row.tokens, row.split, answer.label, answer.marks, answer.person) == (
        ["It", "sank"], row.split, "good", ".+", "gold",
    )  # fmt: skip


def test_the_command_prints_the_report_and_has_it_in_json(tmp_path):
    run = CliRunner().invoke
    project, file = str(tmp_path / "p.db"), tmp_path / "a.csv"
    assert run(main, ["init", project, "--label", "poor", "--label", "good"]).exit_code == 0
    file.write_text("id,text,label,why\na,It sank,1,sank; It\nb,It swam,2,\n")
    refused = run(main, ["import", project, str(file), "--dry-run"])
    assert refused.exit_code == 1
    assert "'1' (1 time), '2' (1 time)" in refused.stderr and "--label-base 1" in refused.stderr
    done = run(main, ["import", project, str(file), "--dry-run", "--label-base", "1", "--json"])
    assert done.exit_code == 0, done.stderr
    assert "An import would add 2 sentences: 2 to the pool." in done.stdout
    assert "why looks like marks and was only kept as metadata" in done.stdout
    facts = json.loads(done.stdout.splitlines()[-1])
    assert [(each["written"], each["label"]) for each in facts["labels"]] == [("1", "poor"), ("2", "good")]
    assert (facts["dry_run"], facts["kept"][0]["looks_like"], facts["preview"][0]["tokens"]) == (
        True, "marks", ["It", "sank"],
    )  # fmt: skip
    mapped = run(main, ["import", project, str(file), "--label-map", "1=good,2=poor", "--json"])
    assert json.loads(mapped.stdout.splitlines()[-1])["labels"][0] == {"written": "1", "label": "good", "count": 1}
    again = run(main, ["import", project, str(file), "--dry-run", "--label-base", "1"])
    assert "Nothing is written yet. An import would change nothing.\n" in again.stdout
    assert "\n2 sentences are already in the project.\n" in again.stdout
    assert "It · sank" in done.stdout and "It · sank" not in again.stdout


def test_a_table_of_sentences_has_no_column_without_anything_in_it(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("It sank\n")
    assert CliRunner().invoke(main, ["init", str(tmp_path / "p.db"), "--label", "a", "--label", "b"]).exit_code == 0
    shown = CliRunner().invoke(main, ["import", str(tmp_path / "p.db"), str(file), "--dry-run"]).stdout
    assert "It · sank" in shown and "split" in shown
    assert not {"label", "marked", "person"} & set(shown.split())


def test_a_share_that_a_file_with_splits_has_no_use_for_is_said(bring):
    lines = [{"text": "one", "split": "train"}, {"text": "two", "split": "dev"}]
    said = "No share was set aside for dev and test, because lines of the file have a split."
    assert said in remarks(asdict(bring(lines, hold_out=0.2)))
    for usual in (None, 0):
        again = [line | {"text": f"{line['text']} {usual}"} for line in lines]
        assert said not in remarks(asdict(bring(again, hold_out=usual)))
