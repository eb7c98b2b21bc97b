"""Promises of every format of another tool: what was written is read, and no damage ends in anything but a fault."""

import copy
import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import DEFAULT_FIELDS, Fields
from annotator.formats.recognition import recognise
from annotator.formats.registry import READERS, find_format
from annotator.formats.tools.folders import FOLDERS
from annotator.formats.tools.spans_csv import COLUMNS

WORDS = ("The", "ferry", "🚢", "don't", "cancelled", "בוטלה", "المعبارة", "👩\u200d👧🇩🇪", "cafe\u0301", "&")
LABELS = ("complaint", "event")
SUFFIXES = {
    "label-studio": ".json",
    "label-studio-min": ".json",
    "hatexplain": ".json",
    "esnli": ".csv",
    "conll": ".txt",
    "spans-csv": ".csv",
}


class Answered:
    """A sentence, its label and its marked words, as a person has them in mind."""

    def __init__(self, words, marks, label):
        self.words, self.marks, self.label = words, marks, label
        self.text = " ".join(words)
        ends, at = [], 0
        for word in words:
            ends.append((at, at + len(word)))
            at += len(word) + 1
        self.spans = [place for place, mark in zip(ends, marks, strict=True) if mark]

    @property
    def answer(self):
        """Return what a reader has to find: the label, and the characters that are marked."""
        return self.text, self.label, [self.text[start:end] for start, end in self.spans]


@st.composite
def answered(draw):
    words = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=6))
    marks = draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    return Answered(words, marks, draw(st.sampled_from(LABELS)))


def in_label_studio(items):
    tasks = []
    for number, item in enumerate(items):
        units = [len(item.text[:place].encode("utf-16-le")) // 2 for place in range(len(item.text) + 1)]
        result = [{"from_name": "y", "type": "choices", "value": {"choices": [item.label]}}]
        for start, end in item.spans:
            value = {"start": units[start], "end": units[end], "text": item.text[start:end], "labels": ["why"]}
            result.append({"from_name": "z", "type": "labels", "value": value})
        tasks.append(
            {"id": number, "data": {"text": item.text}, "annotations": [{"completed_by": 1, "result": result}]}
        )
    return json.dumps(tasks, indent=2, ensure_ascii=False)


def in_label_studio_min(items):
    rows = []
    for number, item in enumerate(items):
        spans = [{"start": start, "end": end, "labels": ["why"]} for start, end in item.spans]
        rows.append(
            {"id": number, "text": item.text, "z": spans, "label": item.label, "annotator": 1, "annotation_id": 3}
        )
    return json.dumps(rows)


def in_lines(objects):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects)


def in_doccano(items):
    return in_lines(
        {
            "id": number,
            "text": item.text,
            "label": item.label,
            "entities": [
                {"id": 1, "start_offset": start, "end_offset": end, "label": "why"} for start, end in item.spans
            ],
            "relations": [],
        }
        for number, item in enumerate(items)
    )


def in_prodigy(items):
    lines = []
    for number, item in enumerate(items):
        tokens, at = [], 0
        for word in item.words:
            tokens.append({"text": word, "start": at, "end": at + len(word), "id": len(tokens)})
            at += len(word) + 1
        spans = [
            {"start": token["start"], "end": token["end"], "token_start": token["id"], "token_end": token["id"]}
            for token, mark in zip(tokens, item.marks, strict=True)
            if mark
        ]
        line = {"text": item.text, "tokens": tokens, "spans": spans, "label": item.label, "_task_hash": number}
        lines.append(line | {"answer": "accept"})
    return in_lines(lines)


def in_hatexplain(items):
    return json.dumps(
        {
            f"p{number}": {
                "post_id": f"p{number}",
                "annotators": [{"label": item.label, "annotator_id": 1}, {"label": "normal", "annotator_id": 2}],
                "rationales": [[int(mark) for mark in item.marks]],
                "post_tokens": item.words,
            }
            for number, item in enumerate(items)
        }
    )


def in_esnli(items):
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["pairID", "gold_label", "Sentence1", "Sentence2", "Sentence1_Highlighted_1"])
    for number, item in enumerate(items):
        marked = ",".join(str(place) for place, mark in enumerate(item.marks) if mark) or "{}"
        writer.writerow([number, item.label, item.text, "Really?", marked])
    return file.getvalue()


def in_conll(items):
    blocks = []
    for number, item in enumerate(items):
        tags = ["B-why" if mark else "O" for mark in item.marks]
        lines = [f"{word}\t_\t{tag}" for word, tag in zip(item.words, tags, strict=True)]
        blocks.append(f"# id = s{number}\tlabel = {item.label}\n" + "\n".join(lines) + "\n")
    return "\n".join(blocks)


def in_brat(items):
    files = {}
    for number, item in enumerate(items):
        files[f"{number:03}.txt"] = item.text
        rows = [
            f"T{place}\t{item.label} {start} {end}\t{item.text[start:end]}\n"
            for place, (start, end) in enumerate(item.spans, 1)
        ]
        files[f"{number:03}.ann"] = "".join(rows)
    return files


def in_texts(items):
    return {f"{item.label}/{number:03}.txt": item.text for number, item in enumerate(items)}


def in_eraser(items):
    lines = []
    for number, item in enumerate(items):
        evidences = [
            [{"docid": f"d{number}", "text": word, "start_token": place, "end_token": place + 1}]
            for place, (word, mark) in enumerate(zip(item.words, item.marks, strict=True))
            if mark
        ]
        line = {"annotation_id": f"d{number}", "query": "Why ?", "classification": item.label, "docids": [f"d{number}"]}
        lines.append(line | {"evidences": evidences})
    documents = {f"docs/d{number}": item.text for number, item in enumerate(items)}
    return {"train.jsonl": in_lines(lines)} | documents


def in_huggingface(items):
    import pyarrow as pa

    names = {"info": {"features": {"label": {"names": list(LABELS), "_type": "ClassLabel"}}}}
    rows = [
        {
            "id": str(number),
            "tokens": item.words,
            "label": LABELS.index(item.label),
            "z": [int(mark) for mark in item.marks],
        }
        for number, item in enumerate(items)
    ]
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"huggingface": json.dumps(names)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return {"dataset_dict.json": "{}", "train/data-00000-of-00001.arrow": sink.getvalue().to_pybytes()}


def in_spans_csv(items):
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, item in enumerate(items):
        for span in item.spans or [("", "")]:
            sign, own = ("+", item.text[slice(*span)]) if item.spans else ("", "")
            writer.writerow([number, item.text, "train", item.label, *span, sign, own])
    return file.getvalue()


def in_spacy(items):
    spacy = pytest.importorskip("spacy", reason="the extra spacy is not installed")
    vocabulary = spacy.blank("xx").vocab
    docs = spacy.tokens.DocBin(store_user_data=True)
    for item in items:
        doc = spacy.tokens.Doc(vocabulary, words=item.words, spaces=[True] * (len(item.words) - 1) + [False])
        doc.cats = {label: float(label == item.label) for label in LABELS}
        doc.spans["rationale"] = [doc.char_span(*span, label="why") for span in item.spans]
        docs.add(doc)
    return {"dev.spacy": docs.to_bytes()}


FILES = {
    "label-studio": in_label_studio,
    "label-studio-min": in_label_studio_min,
    "doccano": in_doccano,
    "prodigy": in_prodigy,
    "hatexplain": in_hatexplain,
    "esnli": in_esnli,
    "conll": in_conll,
    "spans-csv": in_spans_csv,
}
IN_FOLDERS = {"brat": in_brat, "eraser": in_eraser, "huggingface": in_huggingface, "spacy": in_spacy}


def test_every_format_of_another_tool_is_written_here():
    assert {*FILES, *IN_FOLDERS, "texts", "native", "text", "csv", "tsv", "excel", "parquet"} == {*READERS, *FOLDERS}


def read(format, content):
    faults = Faults("file")
    rows = list(READERS[format](io.BytesIO(content.encode()), faults, fields=Fields()))
    faults.raise_if_any()
    return rows


def read_folder(format, files, fields=DEFAULT_FIELDS):
    with tempfile.TemporaryDirectory() as name:
        for path, content in files.items():
            file = Path(name, "f", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        assert find_format(Path(name, "f"), None) == format
        faults = Faults("folder")
        rows = list(FOLDERS[format](Path(name, "f"), faults, fields=fields))
        faults.raise_if_any()
        return rows


def answer_of(row):
    """Return a row's text, its first answer's label, and the marked parts of the text between spaces."""
    first = row.annotations[0] if row.annotations else row
    signs = first.marks or "." * len(row.tokens)
    at, parts = 0, []
    for word in row.text.split(" "):
        touched = [sign for sign, start in zip(signs, row.starts, strict=True) if at <= start < at + len(word)]
        parts += [word] if "+" in touched else []
        at += len(word) + 1
    return row.text, first.label, parts


@pytest.mark.parametrize("format", FILES)
@given(items=st.lists(answered(), min_size=1, max_size=4, unique_by=lambda item: item.text))
def test_what_another_tool_writes_is_read(format, items):
    content = FILES[format](items)
    suffix = SUFFIXES.get(format, ".jsonl")
    assert recognise(io.BytesIO(content.encode()), find_format(Path(f"a{suffix}"), None)) in (format, None)
    assert [answer_of(row) for row in read(format, content)] == [item.answer for item in items]


@pytest.mark.parametrize("format", IN_FOLDERS)
@given(items=st.lists(answered(), min_size=1, max_size=3, unique_by=lambda item: item.text))
def test_what_another_tool_writes_into_a_folder_is_read(format, items):
    expected = [item.answer for item in items]
    if format == "brat":  # the label is the name of the spans
        expected = [(text, label if marked else None, marked) for text, label, marked in expected]
    assert [answer_of(row) for row in read_folder(format, IN_FOLDERS[format](items))] == expected


@given(items=st.lists(answered(), min_size=1, max_size=4), breaks=st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_a_folder_of_texts_has_each_text_with_the_name_of_its_folder(items, breaks):
    files = {name: f"{text}{breaks}{text}{breaks}" for name, text in in_texts(items).items()}
    rows = read_folder("texts", {name: text.encode() for name, text in files.items()}, Fields(label="folder"))
    found = {row.external_id: (row.text, row.label) for row in rows}
    kept = breaks.replace("\r", "")
    assert found == {
        f"{item.label}/{number:03}": (f"{item.text}{kept}{item.text}", item.label) for number, item in enumerate(items)
    }


@given(
    items=st.lists(answered(), min_size=1, max_size=4, unique_by=lambda item: item.text),
    split=st.sampled_from(["train", "validation", "val", "test"]),
    as_file=st.booleans(),
)
def test_a_data_set_on_disk_has_its_rows_with_spans_names_and_split(items, split, as_file):
    import pyarrow as pa

    entry = {"info": {"features": {"label": {"names": list(LABELS), "_type": "ClassLabel"}}}}
    rows = [
        {
            "id": str(number),
            "text": item.text,
            "label": LABELS.index(item.label),
            "marks": [{"start": start, "end": end} for start, end in item.spans],
        }
        for number, item in enumerate(items)
    ]
    span = pa.struct({"start": pa.int64(), "end": pa.int64()})
    kinds = {"id": pa.string(), "text": pa.string(), "label": pa.int64(), "marks": pa.list_(span)}
    table = pa.Table.from_pylist(rows, schema=pa.schema(kinds, metadata={"huggingface": json.dumps(entry)}))
    sink = pa.BufferOutputStream()
    with (pa.ipc.new_file if as_file else pa.ipc.new_stream)(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    files = {"dataset_dict.json": "{}", f"{split}/data-00000.arrow": sink.getvalue().to_pybytes()}
    found = read_folder("huggingface", files)
    assert [answer_of(row) for row in found] == [item.answer for item in items]
    assert {row.split for row in found} == {{"train": "pool", "test": "test"}.get(split, "dev")}


ODD = st.sampled_from(
    [
        None,
        True,
        7,
        -1,
        10**30,
        1.5,
        "",
        "x",
        "🚢",
        "a\rb",
        "\ud83d",
        [],
        [[]],
        [None],
        {},
        {"start": 0},
        {"a": {"b": []}},
        [[0, 1]],
    ]
)
EXAMPLE = [
    Answered(["The", "🚢", "don't", "cancelled"], [0, 1, 0, 1], "event"),
    Answered(["It", "sank"], [0, 0], "complaint"),
]


def damaged(value, draw):
    """Replace one value somewhere inside."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 5)):
        key = draw(st.sampled_from(sorted(value) if isinstance(value, dict) else range(len(value))))
        value[key] = damaged(value[key], draw)
        return value
    return copy.deepcopy(draw(ODD))


@pytest.mark.parametrize("format", ["label-studio", "label-studio-min", "doccano", "prodigy", "hatexplain", "native"])
@given(data=st.data())
@settings(max_examples=100)
def test_damaged_values_are_faults_and_nothing_else(format, data):
    written = FILES.get(format, in_doccano)(EXAMPLE)
    is_lines = format in ("doccano", "prodigy", "native")
    documents = [json.loads(line) for line in written.splitlines()] if is_lines else [json.loads(written)]
    for _ in range(data.draw(st.integers(1, 3))):
        documents[0] = damaged(documents[0], data.draw)
    content = "".join(json.dumps(each) + "\n" for each in documents)
    try:
        recognise(io.BytesIO(content.encode()), "native")
        for row in read(format, content):
            assert "".join(row.tokens) and len(row.starts) == len(row.tokens)
    except BadInput as error:
        assert "expected" in str(error)


@pytest.mark.parametrize("format", ["brat", "eraser"])
@given(data=st.data())
def test_damaged_folders_are_faults_and_nothing_else(format, data):
    files = IN_FOLDERS[format](EXAMPLE)
    name = data.draw(st.sampled_from(sorted(files)))
    content = files[name]
    at = data.draw(st.integers(0, len(content)))
    files[name] = (
        content[:at] + data.draw(st.sampled_from(["\t", "🚢", "9", "[", '"', "\r\n", "{}", " "])) + content[at + 1 :]
    )
    try:
        read_folder(format, files)
    except BadInput as error:
        assert "expected" in str(error)
