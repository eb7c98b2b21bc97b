"""`python -m learner` reads what `whylight export --examples` writes, in every format that there is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from answered import EMOJI, Said, answer_all, bring, decide

from annotator.exporting.registry import FORMATS, FileFormat, can_be_written
from annotator.exporting.run import Asked, export_examples
from annotator.rounds.learning.training_set import build_training_set
from annotator.training_files import TITLES
from db.answers import annotations
from db.corpus import sentences
from db.records import OWNER, Label
from learner.__main__ import main
from learner.data.example import Example, ExampleError, read_examples, read_sentences

pytestmark = pytest.mark.usefixtures("entry_points")

LABELS = (Label(0, "-none", takes_rationale=False), Label(1, "=event"), Label(2, "not sure"))
NAMES = [label.name for label in LABELS]
OWN_TOKENS = ("Covid-19", "is", "over", ".")
MINUS, ASKED, QUERY = "words that must not matter", "whether marks were asked for", "queries"
TOKENS, UNMARKED, SPACES = "your own tokens", "sentences without marked words", "white space in labels"

LOST: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("jsonl", "csv", "tsv", "parquet", "huggingface"), ()),
    **dict.fromkeys(("doccano", "prodigy"), (MINUS,)),
    **dict.fromkeys(("conll", "label-studio", "hatexplain", "eraser", "spacy"), (MINUS, ASKED)),
    "spans-csv": (ASKED, QUERY, TOKENS),
    "brat": (MINUS, ASKED, QUERY, TOKENS, UNMARKED, SPACES),
}
"""What of a training set a format has no place for: the words of docs/formats.md, which the last test looks up."""
TAKE_AWAY: Mapping[str, Callable[[Example], Example]] = {
    MINUS: lambda example: replace(example, marks=example.marks and example.marks.replace("-", ".")),
    ASKED: lambda example: replace(example, marks=example.marks or "." * len(example.tokens)),
    QUERY: lambda example: replace(example, query=None),
}


@pytest.fixture(scope="module")
def answered(new_store, tmp_path_factory):
    """A project in which three people worked: with majorities, ties and decisions, of all splits."""
    home = tmp_path_factory.mktemp("answered")
    with new_store(home / "project.db", labels=LABELS, overlap=2) as store:
        bring(store, home, map(sentence, range(36)))
        answer_all(store, "ada", [Said(number % 3, ["", "+.-", "."][number % 3]) for number in range(30)])
        answer_all(store, "bob@x.org", [Said(number % 3 or 1, ["++.", "++.", "."][number % 3]) for number in range(21)])
        for page in sentences.pages(store):
            for found, marks in zip(page, ["+.-", ".", None], strict=False):
                decide(store, "Zoe", found.id, len(found.tokens), Said(1, marks))
        yield store


def sentence(number):
    text = [EMOJI, '\'=quoted,  "twice"', "The ship sank", "Covid-19 is over."][number % 4]
    fields = {"id": f"=s{number}", "text": f"{text}\n{number}", "split": ["train", "train", "dev", "test"][number // 9]}
    if number % 4 == 3:
        fields |= {"tokens": [*OWN_TOKENS, str(number)]}
    return fields | ({"query": "@Who?"} if number % 2 else {})


def export(store, home, asked, ending=""):
    found = FORMATS[asked.format]
    target = home / (f"out{found.suffixes[0]}{ending}" if isinstance(found, FileFormat) else "out")
    export_examples(store, target, asked, actor=OWNER)
    return target


def by_id(path, remarks=None):
    read = read_examples(path, remark=[].append if remarks is None else remarks.append)
    named = [(example, read.labels[example.label]) for example in read.examples]
    return {example.id: (label, replace(example, label=0)) for example, label in named}


@pytest.mark.parametrize("format", FORMATS)
def test_every_export_gives_the_training_set_of_the_project(answered, tmp_path, format):
    if not can_be_written(format):
        pytest.skip(f"the extra {format} is not installed")
    learned = build_training_set(answered, up_to=annotations.last_id(answered)).examples
    whole = {
        example.id: (NAMES[example.label], replace(example, label=0, split={"pool": "train"}.get(split, split)))
        for split, examples in learned.items()
        for example in examples
    }
    target = export(answered, tmp_path, Asked(format))
    lost = LOST[format]
    read = {id_: carried(*each, lost) for id_, each in by_id(target).items()}
    expected = {id_: carried(*each, lost) for id_, each in whole.items()}
    if UNMARKED in lost:
        expected = {id_: each for id_, each in expected.items() if "+" in (each[1].marks or "")}
    assert read.keys() == expected.keys() and len(read) > 5
    for id_, (label, example) in expected.items():
        if TOKENS in lost and example.tokens[:1] == OWN_TOKENS[:1]:
            assert read[id_][1].tokens[:3] == ("Covid", "-", "19")
        else:
            assert read[id_] == (label, example)
    assert {each.id: each.tokens for each in read_sentences(target, remark=[].append)}.items() >= {
        (id_, example.tokens) for id_, (_, example) in read.items()
    }


def carried(label, example, lost):
    """Return what a format can hold of an example."""
    for fact in lost:
        example = TAKE_AWAY.get(fact, lambda same: same)(example)
    return (label.replace(" ", "_") if SPACES in lost else label), example


@pytest.mark.parametrize(
    "asked", [Asked("jsonl"), Asked("csv", separator=";"), Asked("spans-csv", separator=";"), Asked("doccano")], ids=str
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_another_separator_and_a_packed_file_are_the_same(answered, tmp_path, asked, ending):
    (tmp_path / "usual").mkdir()
    usual = export(answered, tmp_path / "usual", Asked(asked.format))
    assert by_id(export(answered, tmp_path, asked, ending)) == by_id(usual)


def test_every_format_is_in_the_table_with_what_it_loses():
    rows = Path(__file__).resolve().parents[3].joinpath("docs/formats.md").read_text().partition("## Examples")[2]
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows.splitlines() if row.startswith("| `")]
    said = {name: row[-1] for row in cells if len(row) == 5 for name in row[0].replace("`", "").split(", ")}
    assert said == {name: ", ".join(lost) or "nothing" for name, lost in LOST.items()}
    assert LOST.keys() == FORMATS.keys()


TASK = {"id": 1, "data": {"text": "The ship sank."}, "annotations": []}
CHOSEN = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["event"]}}
OTHER = {**CHOSEN, "value": {"choices": ["none"]}}
CUTS = {"from_name": "why", "type": "labels", "value": {"start": 4, "end": 6, "labels": ["why"]}}


def answers(*results):
    return TASK | {"annotations": [{"completed_by": who, "result": result} for who, result in enumerate(results, 1)]}


def tasks(tmp_path, *given):
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([each | {"id": number} for number, each in enumerate(given)]))
    return path


def test_sentences_without_a_label_are_left_out_and_said(tmp_path):
    skipped = TASK | {"annotations": [{"completed_by": 1, "was_cancelled": True, "result": [CHOSEN]}]}
    path = tasks(tmp_path, answers([CHOSEN, CUTS]), skipped, TASK, answers([CHOSEN], [OTHER]))
    remarks = []
    (example,) = read_examples(path, remark=remarks.append).examples
    assert example.marks == ".+.."
    assert remarks == [
        "tasks.json was read as Label Studio.",
        "Spans widened to whole words: 1.",
        "Left out 2 sentences without an answer.",
        "Left out 1 sentence on which people are tied.",
    ]
    assert len(read_sentences(path, remark=[].append)) == 4


def test_a_file_without_any_label_is_refused(tmp_path):
    with pytest.raises(ExampleError, match=r"tasks\.json: found 2 sentences and no label, expected some with a label"):
        read_examples(tasks(tmp_path, TASK, TASK), remark=[].append)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "a.jsonl",
            b'{"text": "It sank", "cats": ["x"], "entities": [[0, 99, "x"]]}\n',
            "a.jsonl line 1, entities[0]: found a span that ends at 99, expected at most 7",
        ),
        (
            "a.json",
            b'[{"data": {"words": "x"}, "annotations": []}]',
            "a.json line 1, data.text: found null, expected the task's text; --text-field chooses another of 'words'; "
            "`whylight import` has these options: import the file into a project and export its examples",
        ),
        ("a.jsonl", b'{"evidences": [], "annotation_id": "x"}\n', "a.jsonl: found annotations of ERASER without"),
        ("train.spacy", b"x", "train.spacy: found a file that ends in .spacy, expected the folder of the DocBins"),
        ("a.json", b'[{"text": "It sank"}]', "a.json: found 1 sentence and no label, expected some with a label"),
        (
            "a.json",
            b'{\n"text": "It sank"\n}',
            "a.json line 1: found one object over several lines, expected one object",
        ),
        ("a.docx", b"PK\x03\x04", "a.docx: found a file of another kind, which begins with"),
        ("a.txt", b"It sank.\nIt left.\n", "a.txt: found 2 sentences and no label, expected some with a label"),
        ("a.txt", b'{"text": "It sank"}\n', "a.txt, suffix: found JSON under a name that ends in .txt, expected"),
        (
            "a.md",
            b"It sank.\n",
            "expected JSON lines, CSV, TSV, Parquet, a folder of datasets, a JSON array, Excel, a .txt",
        ),
        ("a.xlsx", b"It sank.\n", "a.xlsx: found no Excel workbook, expected a workbook as Excel writes it"),
        ("a/b.md", b"x", "a: found a folder without such files, expected JSON lines, CSV"),
        (
            "a.csv",
            b"words,label\nIt sank.,x\n",
            "a.csv line 1, text: found the columns 'words', 'label', expected a column of this name, or --text-field "
            "with the name of the sentences' column; `whylight import` has these options",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path, name, content, sentence):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(ExampleError) as raised:
        read_examples(tmp_path / name.split("/")[0])
    assert sentence in str(raised.value) and "\n" not in str(raised.value)
    assert all(title in str(raised.value) for title in TITLES.values()) == ("JSON lines, CSV" in str(raised.value))


def test_our_own_lines_stay_ours_whatever_else_is_on_them(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"tokens": ["a", "b"], "label": "x", "text": "a b", "entities": [[0, 1, "y"]], "marks": ".+"}\n')
    assert read_examples(path) == ([Example(("a", "b"), 0, ".+")], ("x",))


@pytest.mark.slow
def test_a_model_learns_from_another_tool_and_predicts_what_a_third_one_has(answered, tmp_path, capsys):
    (tmp_path / "doccano").mkdir()
    given = export(answered, tmp_path, Asked("label-studio"))
    asked = export(answered, tmp_path / "doccano", Asked("doccano"))
    model = tmp_path / "model"
    quick = ["--encoder", "static", "--vectors", "random", "--model", "cnn", "--steps", "2", "--device", "cpu"]
    main(["train", str(given), "--out", str(model), *quick, "--json"])
    trained = capsys.readouterr()
    assert "out was read as Label Studio." in trained.err.splitlines()
    assert json.loads(trained.out.splitlines()[-1])["vectors"] == "random"
    main(["evaluate", str(model), str(asked), "--json"])
    figures = capsys.readouterr()
    assert json.loads(figures.out.splitlines()[-1])["examples"] == len(by_id(asked))
    assert figures.err.splitlines() == ["out.jsonl was read as doccano."]
    main(["predict", str(model), str(asked), "--out", str(tmp_path / "predicted.jsonl")])
    predicted = [json.loads(line)["id"] for line in (tmp_path / "predicted.jsonl").read_text().splitlines()]
    assert predicted == [each.id for each in read_sentences(asked, remark=[].append)]
