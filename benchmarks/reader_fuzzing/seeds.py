"""Small whole files of every format that the mutations begin with."""

import csv
import io
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from annotator.exporting import json_lines
from annotator.exporting.example import ExampleRow, GivenAnswer
from annotator.exporting.tools.docbin import write as write_docbins
from annotator.exporting.writing import About, FileWriter, NotCarried
from annotator.formats.tools import docbin, spans_csv
from db.records import Label

Files = dict[str, bytes]
"""The files of an input by their path: one for a format of files, several for one of folders."""

FERRY, SHORT = "The ferry 🚢 was cancelled & nobody told us.", "It sank, don't you know?"
LABELS = ("complaint", "event", "normal")


def seeds_of(reader: str) -> list[Files]:
    """Return the files that a reader's inputs are made of."""
    return [{path: content for path, content in files.items()} for files in _SEEDS[reader]()]


def _lines(*objects: Any) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _table(rows: Sequence[Sequence[object]], separator: str) -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=separator).writerows(rows)
    return file.getvalue().encode()


def known_sentence() -> bytes:
    """Return a line of a sentence that the project has already, with answers and a question about it."""
    answer = {"person": "ana", "kind": "answer", "label": "event", "marks": ".+.....", "key": "key-00001"}
    answer |= {"at": "2026-03-01T10:00:00.000Z", "supersedes": None, "seconds": 3.5, "shown": []}
    again = answer | {"key": "key-00002", "supersedes": "key-00001", "label": "complaint"}
    asked = [{"asked": True, "person": "ana", "at": "2026-03-02T10:00:00.000Z", "after": "key-00002"}]
    whole = {"id": "known", "text": SHORT, "split": "train", "annotations": [answer, again], "asked_again": asked}
    return _lines(whole | {"sentence_tags": ["odd"], "source": {"page": [1, 2.5, None]}})


def _native() -> list[Files]:
    objects = [
        json.loads(known_sentence()),
        {"id": 2, "text": FERRY, "label": "event", "rationale": [[4, 9], {"start": 16, "end": 25, "label": "why"}]},
        {"id": 3.0, "tokens": ["It", "sank"], "z": [0, 1], "label": "event", "query": "Why ?", "split": "validation"},
        {"text": "a\r\nb", "rationale": ["a"], "label": "complaint"},
        {"text": "It sank", "marks": [[0, 1], [1, 1]], "label": ["event"]},
    ]
    single = [{"in.jsonl": _lines(each)} for each in objects]
    return [
        {"in.jsonl": _lines(*objects)},
        {"in.json": _json(objects)},
        *single,
        {"in.jsonl": _examples(json_lines.write)},
    ]


_ABOUT = About("p", [Label(index, name) for index, name in enumerate(LABELS)])


def _example() -> ExampleRow:
    votes = {"event": 1}
    row = ExampleRow("e1", "It sank", ("It", "sank"), (0, 3), "dev", "event", ".+", votes=votes, metadata={"page": 1})
    return replace(row, answers=(GivenAnswer("ana", "event", ".+", 2.5),), soft_marks=(0.0, 1.0), chosen="random")


def _examples(write: FileWriter) -> bytes:
    """Return the export of one example in a format."""
    file = io.BytesIO()
    write([_example()], file, about=_ABOUT, lost=NotCarried())
    return file.getvalue()


def _text() -> list[Files]:
    return [{"in.txt": f"{FERRY}\n\n{SHORT}\r\nשמח\n".encode()}, {"in.txt": f"{FERRY}\n{SHORT}\n".encode("utf-16")}]


_ROWS = [
    ["id", "text", "label", "split", "marks", "tokens", "source"],
    [1, "It sank", "event", "train", ".+", '["It", "sank"]', "a"],
    ["2.0", FERRY, "complaint", "dev", "ferry; cancelled", "", 'b "c"\nd'],
    [3, "It sank.", "event", "test", "[[3, 7]]", "", ""],
    ["", "Who?", "NaN", "", "", "", ""],
]


def _csv() -> list[Files]:
    german = "sep=;\nid;text;label\n1;Größe, müde;event\n2;Käse;complaint\n".encode("cp1252")
    return [
        {"in.csv": _table(_ROWS, ",")},
        {"in.csv": german},
        {"in.csv": _table(_ROWS[:2], ",")},
        {"in.csv": _table(_ROWS[:3], ";")},
    ]


def _tsv() -> list[Files]:
    return [{"in.tsv": _table(_ROWS, "\t")}, {"in.tsv": _table(_ROWS[:2], "\t").decode().encode("utf-16")}]


def _excel() -> list[Files]:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in _ROWS[:2]:
        sheet.append(row)
    sheet.append([4, True, "event", None, None, None, "#N/A"])
    book.create_sheet("other").append(["x"])
    file = io.BytesIO()
    book.save(file)
    return [{"in.xlsx": file.getvalue()}]


_OF_DATASETS = {
    "label": {"names": list(LABELS[:2]), "_type": "ClassLabel"},
    "text": {"dtype": "string", "_type": "Value"},
}


def _arrow_table() -> Any:
    import pyarrow as pa

    rows = [
        {"id": "a", "text": FERRY, "label": 1, "rationale": [[16, 25]], "meta": {"page": 1.5}},
        {"id": "b", "text": SHORT, "label": 0, "rationale": [], "meta": {"page": float("nan")}},
        {"id": "c", "text": "Who?", "label": -1, "rationale": None, "meta": None},
    ]
    entry = {"info": {"features": _OF_DATASETS}}
    return pa.Table.from_pylist(rows).replace_schema_metadata({"huggingface": json.dumps(entry)})


def _parquet() -> list[Files]:
    from pyarrow import parquet

    from annotator.exporting.tables import parquet as examples

    found = [{"in.parquet": _examples(examples.write)}]
    for compression in ("none", "snappy"):
        file = io.BytesIO()
        parquet.write_table(_arrow_table(), file, compression=compression, row_group_size=2)
        found.append({"in.parquet": file.getvalue()})
    return found


def _huggingface() -> list[Files]:
    import pyarrow as pa

    stream, file = pa.BufferOutputStream(), pa.BufferOutputStream()
    table = _arrow_table()
    for sink, new in ((stream, pa.ipc.new_stream), (file, pa.ipc.new_file)):
        with new(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    written = stream.getvalue().to_pybytes()
    splits = {"dataset_dict.json": b'{"splits": ["train", "validation"]}', "train/0.arrow": written}
    return [splits, {"dataset_info.json": b"{}", "data.arrow": file.getvalue().to_pybytes()}]


def _label_studio() -> list[Files]:
    span = {"start": 17, "end": 26, "text": "cancelled", "labels": ["reason"]}
    result = [
        {"from_name": "why", "to_name": "text", "type": "labels", "value": span},
        {"from_name": "class", "to_name": "text", "type": "choices", "value": {"choices": ["complaint"]}},
        {"from_name": "stars", "to_name": "text", "type": "rating", "value": {"rating": 3}},
    ]
    answer = {"completed_by": {"id": 1, "email": "ana@x.org"}, "result": result, "was_cancelled": False}
    answer |= {"lead_time": 7.4, "created_at": "2026-03-01T10:00:00.000000Z"}
    skipped = {"completed_by": 2, "result": [], "was_cancelled": True, "created_at": "2026-03-01T10:00:00Z"}
    data = {"text": FERRY, "source": "a", "split": "test"}
    predictions = [{"result": []}, {"model_version": "bert-3", "score": 0.4, "result": result}]
    task = {"id": 1, "data": data, "annotations": [answer, skipped], "predictions": predictions, "meta": {"a": 1}}
    html = {"globalOffsets": {"start": 3, "end": 7}, "start": "/p[1]", "end": "/p[1]", "hypertextlabels": ["why"]}
    other = {"id": 2, "data": {"text": SHORT}}
    other["completions"] = [{"result": [{"from_name": "why", "type": "hypertextlabels", "value": html}]}]
    return [{"in.json": _json([task, other])}, {"in.json": json.dumps([task]).encode()}]


def _label_studio_min() -> list[Files]:
    spans = [{"start": 4, "end": 9, "text": "ferry", "labels": ["why"]}]
    row = {"id": 1, "text": FERRY, "label": spans, "choice": "event", "annotator": 1, "annotation_id": 1}
    row |= {"created_at": "2026-03-01T10:00:00Z", "updated_at": "2026-03-01T10:00:00Z", "lead_time": 3.5}
    row |= {"prediction": {"score": 0.4, "choice": "event", "why": spans}, "predictions": json.dumps(["event"])}
    more = {"annotator": "ben", "choice": {"choices": ["complaint"]}, "label": json.dumps(spans), "annotation_id": 2}
    return [{"in.json": _json([row, row | more, row | {"id": 2, "text": SHORT, "label": []}])}]


def _doccano() -> list[Files]:
    entity = {"id": 1, "start_offset": 4, "end_offset": 9, "label": "event"}
    objects = [
        {"id": 1, "text": FERRY, "label": [[4, 9, "event"]], "Comments": ["x"], "meta": {"a": 1}},
        {"id": 2, "data": SHORT, "label": ["complaint"]},
        {"id": 3, "text": FERRY, "entities": [entity], "relations": [{"id": 1, "from_id": 1, "to_id": 1}]},
    ]
    old = {"label": 1, "user": 2, "start_offset": 3, "end_offset": 7}
    before = {"id": 4, "text": "It sank", "annotations": [old, {"label": "event", "user": 1}], "meta": {}}
    return [{"in.jsonl": _lines(*objects)}, {"in.jsonl": _lines(before, *objects[:1])}]


def _prodigy() -> list[Files]:
    tokens = [{"text": "It", "start": 0, "end": 2, "id": 0}, {"text": "sank", "start": 3, "end": 7, "id": 1}]
    span = {"start": 3, "end": 7, "token_start": 1, "token_end": 1, "label": "event"}
    whole = {"text": "It sank", "_input_hash": 1, "_task_hash": 2, "tokens": tokens, "spans": [span]}
    whole |= {"answer": "accept", "_annotator_id": "p-ana", "_view_id": "ner", "meta": {"a": 1}}
    objects = [
        whole,
        whole | {"_annotator_id": "p-ben", "spans": [{"start": 0, "end": 2, "label": "event"}]},
        whole | {"_annotator_id": "p-eva"},
        {"text": FERRY, "label": "complaint", "answer": "reject", "_task_hash": 3},
        {"text": SHORT, "options": [{"id": "event"}], "accept": ["event"], "answer": "accept", "_task_hash": 4},
    ]
    return [{"in.jsonl": _lines(*objects)}]


def _hatexplain() -> list[Files]:
    people = [{"label": "event", "annotator_id": 1, "target": ["None"]}, {"label": "normal", "annotator_id": 2}]
    post = {"post_id": "a", "annotators": people, "rationales": [[0, 1]], "post_tokens": ["It", "sank"]}
    other = {"post_id": "b", "annotators": people[1:], "rationales": [], "post_tokens": ["🚢", "<user>"]}
    return [{"in.json": _json({"a": post, "b": other})}]


def _esnli() -> list[Files]:
    header = ["pairID", "gold_label", "Sentence1", "Sentence2"]
    header += [f"Sentence1_Highlighted_{number}" for number in (1, 2, 3)]
    rows = [header, ["p1", "event", FERRY, "Really?", "1,2", "{}", "0"], ["p2", "complaint", SHORT, "No.", "1", "", ""]]
    return [{"in.csv": _table(rows, ",")}]


def _conll() -> list[Files]:
    tagged = "-DOCSTART- -X- O O\n\nThe DT O\nferry NN B-event\nsank VB I-event\n\n🚢 NN S-why\n. . O\n"
    said = (
        "# id = s7\tlabel = event\n# annotator = ana\nIt\t_\tO\nsank\t_\tB-why\n\n"
        "# text = So there.\nSo\tO\nthere.\tO\n"
    )
    words = ((1, "It"), ("1-2", "It"), (2, "sank"))
    universal = "# sent_id = 1\n# text = It sank\n" + "".join(
        f"{number}\t{word}\t{word}\tX\tX\t_\t0\troot\t_\t_\n" for number, word in words
    )
    return [{"in.conll": content.encode()} for content in (tagged, said, universal)]


def _brat() -> list[Files]:
    text = "Report 1 🚢\r\n\r\nThe ferry sank.\r\nNobody was hurt.\r\n"
    notes = "T1\tevent 24 28\tsank\nT2\tevent 14 17;42 46\tThe hurt\nR1\tx Arg1:T1\n#1\tAnnotatorNotes T1\tsure\n"
    return [{"a.txt": text.encode(), "a.ann": notes.encode(), "deep/b.txt": b"It sank.", "deep/b.ann": b""}]


def _eraser() -> list[Files]:
    evidence = {"docid": "d1", "text": "acquitted", "start_token": 3, "end_token": 4}
    given = {"annotation_id": "d1", "query": "Why ?", "classification": "event", "docids": ["d1"]}
    lines = _lines(given | {"evidences": [[evidence], [evidence]]}, given | {"annotation_id": "d2", "evidences": []})
    document = "😀 The jury acquitted Ana today .\n😀 שמח ."
    in_lines = {"docs.jsonl": _lines({"docid": "d1", "document": document}), "val.jsonl": lines}
    return [{"docs/d1": document.encode(), "train.jsonl": lines}, in_lines]


def _texts() -> list[Files]:
    return [{"event/1.txt": FERRY.encode(), "complaint/1.txt": b"Bad.\r\n\r\nVery bad.", "notes.md": b"x"}]


def _spans_csv() -> list[Files]:
    rows = [[*spans_csv.COLUMNS], ["s1", "'=It sank", "dev", "event", 4, 8, "+", "sank"]]
    rows += [["s2", FERRY, "train", "event", 4, 9, "+", "ferry"], ["s2", FERRY, "train", "event", 10, 11, "-", "🚢"]]
    rows += [["s3", SHORT, "test", "complaint", "", "", "", ""]]
    return [{"in.csv": _table(rows, ",")}, {"in.csv": _table(rows, ";")}]


def _spacy() -> list[Files]:
    """Return an export, or where spaCy is not installed a file that its reader refuses."""
    if find_spec(docbin.PACKAGE) is None:
        return [{"train.spacy": zlib.compress(b"\x80"), "dev.spacy": b""}]
    with TemporaryDirectory() as folder:
        write_docbins([_example()], Path(folder), about=_ABOUT, lost=NotCarried())
        return [{path.name: path.read_bytes() for path in Path(folder).iterdir()}]


_SEEDS: Mapping[str, Callable[[], list[Files]]] = {
    "native": _native,
    "text": _text,
    "csv": _csv,
    "tsv": _tsv,
    "excel": _excel,
    "parquet": _parquet,
    "label-studio": _label_studio,
    "label-studio-min": _label_studio_min,
    "doccano": _doccano,
    "prodigy": _prodigy,
    "hatexplain": _hatexplain,
    "esnli": _esnli,
    "conll": _conll,
    "eraser": _eraser,
    "brat": _brat,
    "texts": _texts,
    "huggingface": _huggingface,
    "spans-csv": _spans_csv,
    "spacy": _spacy,
}
