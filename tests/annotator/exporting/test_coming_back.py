"""What an import says of an export of examples that someone changed, or that another project's round had read."""

import csv
import io
import json

import pytest
from answered import EMOJI, Said, answer_all, bring
from judged_rounds import Says, add_round

from annotator.exporting.run import Asked, export_examples
from annotator.formats.examples import FIELDS, PREDICTIONS, harmful, harmless
from annotator.formats.faults import BadInput
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from db.answers import votes
from db.corpus import sentences
from db.records import OWNER


@pytest.fixture
def first(new_store, tmp_path):
    """A project with two answered sentences, each with metadata."""
    with new_store(tmp_path / "first.db") as store:
        lines = [{"id": "s0", "text": EMOJI, "score": 1.5}, {"id": "s1", "text": "=The ship sank", "words": ["a"]}]
        bring(store, tmp_path, lines)
        answer_all(store, "ada", [Said(1, "+.", 2.0)] * 2)
        yield store


@pytest.fixture
def second(new_store, tmp_path):
    with new_store(tmp_path / "second.db") as store:
        yield store


def exported(store, path, format):
    export_examples(store, path, Asked(format), actor=OWNER)
    return path.read_bytes()


def test_a_table_that_excel_saved_as_a_workbook_comes_back(first, second, tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")
    content = exported(first, tmp_path / "out.csv", "csv")
    book = openpyxl.Workbook()
    for cells in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
        book.active.append([cell or None for cell in cells])
    book.save(tmp_path / "out.xlsx")
    import_file(second, tmp_path / "out.xlsx", actor=OWNER)
    assert exported(second, tmp_path / "again.csv", "csv") == content


@pytest.mark.parametrize("way", ["acquired", "picked"])
def test_a_sentence_that_came_with_its_answer_keeps_how_it_was_chosen(first, second, tmp_path, way):
    content = exported(first, tmp_path / "out.jsonl", "jsonl").replace(b'"random"', f'"{way}"'.encode())
    (tmp_path / "out.jsonl").write_bytes(content)
    import_file(second, tmp_path / "out.jsonl", actor=OWNER)
    assert votes.given(second) == [], "no one was given them there"
    assert exported(second, tmp_path / "again.jsonl", "jsonl") == content and way.encode() in content


def test_another_projects_predictions_are_left_out_and_counted(first, second, tmp_path):
    (page,) = sentences.pages(first)
    saliency = tuple(0.0 for _ in page[0].tokens)
    add_round(first, {page[0].id: Says(1, saliency=saliency)}, gold={})
    exported(first, tmp_path / "out.jsonl", "jsonl")
    report = import_file(second, tmp_path / "out.jsonl", actor=OWNER)
    assert report.notes[PREDICTIONS] == 1
    assert {field.name for field in report.kept} == {"whylight_chosen", "score", "words"}


def test_predictions_in_label_studios_format_come_back_as_metadata_and_byte_for_byte(first, second, tmp_path):
    (page,) = sentences.pages(first)
    saliency = (0.7, 0.1, 0.9, *(0.0 for _ in page[0].tokens[3:]))
    add_round(first, {page[0].id: Says(1, saliency=saliency)}, gold={})
    export_examples(first, tmp_path / "out", Asked("label-studio"), actor=OWNER)
    settings = ImportSettings(answers="keep", hold_out=0.0)
    report = import_file(second, tmp_path / "out" / "tasks.json", settings, actor=OWNER)
    assert report.notes["Predictions of a model, kept as metadata"] == 1
    back = {sentence.external_id: sentence.metadata for each in sentences.pages(second) for sentence in each}
    (said,) = back["s0"]["predictions"]
    assert (said["model_version"], said["label"]) == ("round-1", "event")
    assert [page[0].text[start:end] for start, end, *_ in said["spans"]] == [page[0].tokens[0], page[0].tokens[2]]
    export_examples(second, tmp_path / "again", Asked("label-studio"), actor=OWNER)
    for file in ("tasks.json", "config.xml"):
        assert (tmp_path / "again" / file).read_bytes() == (tmp_path / "out" / file).read_bytes()


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("metadata", '["a"]', "metadata: found a list, expected an object|metadata: found .* expected an object"),
        ("annotations", "[{}", "annotations: found broken JSON"),
        ("annotations", '[{"person": "ada"}]', r"annotations\[0\].label: found null"),
    ],
)
def test_a_cell_that_someone_changed_is_named(first, second, tmp_path, field, value, fault):
    content = exported(first, tmp_path / "out.csv", "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    rows[1][field] = value
    with (tmp_path / "changed.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(BadInput, match=rf"Line 3, ({fault})"):
        import_file(second, tmp_path / "changed.csv", actor=OWNER)


def test_a_line_with_some_of_the_fields_is_a_sentence_like_any_other(second, tmp_path):
    line = {"id": "s0", "text": "The ship", "votes": {"a": 1}, "chosen": "yes", "metadata": {"b": 2}}
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + "\n")
    import_file(second, tmp_path / "in.jsonl", actor=OWNER)
    ((sentence,),) = sentences.pages(second)
    assert sentence.metadata == {"votes": {"a": 1}, "chosen": "yes", "metadata": {"b": 2}}


@pytest.mark.parametrize("cell", ["", "=1", "'=1", "''", "'", "-", "+..", "'word", "''@x", "\tx", "a=1"])
def test_what_is_made_harmless_comes_back(cell):
    assert harmful(harmless(cell)) == cell
    assert harmless(cell)[:1] not in ("=", "+", "-", "@", "\t")
