"""Sentences that are not cut into words, as `python -m learner` reads them, and an export of answers."""

import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import pyarrow as pa
import pytest
from answered import Said, answer_all, bring, decide, person_called
from pyarrow import parquet

from annotator.answering.queue import submit
from annotator.exporting.answers import export_project
from annotator.rounds.learning.training_set import build_training_set
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, NewAnnotation
from learner.data.example import Example, ExampleError, read_examples, read_sentences

pytestmark = pytest.mark.usefixtures("entry_points")

COLUMNS = ("id", "text", "label", "marks", "split")
ROWS = [("a1", "Das Schiff\u00a0sank – schnell.", "event", ".++...", "train"), ("a2", "Grün", "none", ".", "dev")]
EXAMPLES = [
    Example(("Das", "Schiff", "sank", "–", "schnell", "."), 0, ".++...", id="a1", split="train"),
    Example(("Grün",), 1, ".", id="a2", split="dev"),
]


def table(separator: str, *, before: str = "", encoding: str = "utf-8") -> Callable[[Path], None]:
    text = before + "".join(separator.join(row) + "\r\n" for row in [COLUMNS, *ROWS])
    return lambda path: path.write_bytes(text.encode(encoding))


def records() -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]


def lines(path: Path) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records()))


def array(path: Path) -> None:
    path.write_text(json.dumps(records(), indent=1))


def columns() -> pa.Table:
    return pa.table(dict(zip(COLUMNS, zip(*ROWS, strict=True), strict=True)))


def workbook(path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")
    book = openpyxl.Workbook()
    for row in [COLUMNS, *ROWS]:
        book.active.append(row)
    book.save(path)


def data_set(path: Path) -> None:
    path.mkdir()
    (path / "dataset_info.json").write_text("{}")
    with pa.OSFile(str(path / "data.arrow"), "wb") as file, pa.ipc.new_stream(file, columns().schema) as writer:
        writer.write_table(columns())


@pytest.mark.parametrize(
    ("name", "write", "remarks"),
    [
        ("data.csv", table(","), []),
        ("data.csv", table(";", encoding="cp1252"), ["It was read as its content suggests: semicolons, Windows-1252."]),
        ("data.csv", table(";", before="sep=;\r\n"), ["It was read as its content suggests: semicolons."]),
        ("data.tsv", table("\t"), []),
        (
            "data.txt",
            table("\t", encoding="utf-16"),
            ["data.txt was read as a table with tabs.", "It was read as its content suggests: UTF-16."],
        ),
        ("data.jsonl", lines, []),
        ("data", lines, ["data was read as JSON."]),
        ("data.json", array, []),
        ("data.xlsx", workbook, []),
        ("data.parquet", lambda path: parquet.write_table(columns(), path), []),
        ("data", data_set, ["data was read as a data set of Hugging Face."]),
    ],
)
def test_a_text_without_tokens_is_cut_into_words_as_an_import_does(tmp_path, name, write, remarks):
    write(tmp_path / name)
    said = []
    assert read_examples(tmp_path / name, remark=said.append) == (EXAMPLES, ("event", "none"))
    assert said == [*remarks, "Texts cut into words: 2."]
    assert [each.tokens for each in read_sentences(tmp_path / name)] == [each.tokens for each in EXAMPLES]


def test_no_remark_names_an_option_that_only_an_import_has(tmp_path):
    spans = [[[0, 2, "who"], [3, 7, "what"]], [[0, 2, "who"]], [[3, 7, "what"]]]
    lines = [json.dumps({"id": number, "text": "It sank.", "label": label}) for number, label in enumerate(spans)]
    (tmp_path / "data.jsonl").write_text("\n".join(lines))
    said = []
    read_examples(tmp_path / "data.jsonl", remark=said.append)
    assert "Sentences with spans of several names and no label; the spans were kept as metadata: 1." in said


def test_predict_takes_a_text_with_one_sentence_per_line(tmp_path):
    (tmp_path / "data.txt").write_text("The ship sank.\n\nIt left.\n")
    assert [each.tokens for each in read_sentences(tmp_path / "data.txt")] == [
        ("The", "ship", "sank", "."),
        ("It", "left", "."),
    ]


def test_lines_with_words_stay_the_learners_although_the_text_has_other_ones(tmp_path):
    (tmp_path / "data.jsonl").write_text('{"tokens": ["``", "a"], "text": "\\"a"}\n')
    assert read_sentences(tmp_path / "data.jsonl")[0].tokens == ("``", "a")


def test_without_openpyxl_a_workbook_is_refused_with_the_way_to_read_it(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "data.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<x/>")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ExampleError, match=r"data\.xlsx, format: .*pip install 'whylight\[excel\]'"):
        read_examples(tmp_path / "data.xlsx")


def test_an_export_of_answers_gives_what_counts(new_store, tmp_path):
    with new_store(tmp_path / "project.db", overlap=2) as store:
        bring(store, tmp_path, [{"id": f"s{number}", "text": f"The ship sank {number}"} for number in range(4)])
        answer_all(store, "ada", [Said(1, "..+.")] * 4)
        answer_all(store, "ben", [Said(1, "..+.")] * 4)
        (page,) = sentences.pages(store)
        ada, ben = person_called(store, "ada"), person_called(store, "ben")
        for place, person, marks in [(1, ada, None), (2, ada, "+..."), (2, ben, "+..."), (3, ada, None)]:
            changed = NewAnnotation(
                page[place].id, person.id, "answer", f"changed-{place}-{person.id}", label=marks is not None
            )
            assert submit(store, person, replace(changed, marks=marks)).state == "saved"
        decide(store, "Zoe", page[3].id, 4, Said(1, ".+.."))
        learned = build_training_set(store, up_to=annotations.last_id(store)).examples
        export_project(store, str(tmp_path / "out.jsonl"), actor=OWNER)
    said = []
    read = read_examples(tmp_path / "out.jsonl", labels=["none", "event"], remark=said.append)
    whole = [replace(example, split="train") for example in learned["pool"]]
    assert sorted(read.examples, key=attrgetter("id")) == sorted(whole, key=attrgetter("id"))
    assert {each.id: each.marks for each in whole} == {"s0": "..+.", "s2": "+...", "s3": ".+.."}
    assert said == ["Left out 1 sentence on which people are tied."]
