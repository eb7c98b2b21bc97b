"""Bad files: each kind, in every format that can hold it, is refused, or its text is kept exactly.

A test's id begins with the kind; tests/test_bad_inputs.py describes each kind. A refused file leaves the project's
bytes unchanged.
"""

import gzip
import io
import json
import re
import zipfile

import pytest

from annotator.errors import BadLabels
from annotator.exporting.answers import export_project
from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.formats.files.layout import Layout
from annotator.importing.label_reading import LabelRules
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.answers import annotations
from db.corpus import sentences
from db.errors import AlreadyExists, NotAProject, StoreError
from db.queue import slots
from db.records import OWNER
from db.store import Store
from db.team import people

LABELS = ("none", "event")
ONE_SENTENCE = r"(The file|Line \d+)(, [^:]+)?: found .+, expected .+\."
KEPT = [
    *(("null-word", text) for text in ("NA", "null", "nan", "None", "1e5", "007")),
    *(("line-end", f"a{end}b") for end in ("\u2028", "\u2029", "\u0085", "\x7f")),
    ("turned", "abc \u202edef\u202c"),
    *(("zero-width", text) for text in ("zero\u200bwidth", "join\u200der", "soft\u00adhyphen")),
    *(("grapheme", text) for text in ("👩\u200d👩\u200d👧 🇩🇪🇫🇷 👍🏽", "cafe\u0301", "caf\u00e9", "\u0301 alone")),
    *(("odd-space", text) for text in ("no\u00a0break", "inside\ufeffmark", "\ufeffin front")),
    *(("html", text) for text in ("<img src=x onerror=alert(1)>", "</script><b>", "[x](javascript:alert(1))")),
    *(("markdown", text) for text in ("**a** $x^2$ :red[b]", "![i](http://[::1]/a.png)", ":material/home:")),
    *(("formula", text) for text in ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1+1", "'=1")),
    *(("sql", text) for text in ("'; DROP TABLE sentences; --", '"; DELETE FROM people; --')),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with one sentence and one answer; refused files leave it unchanged for the next test."""
    folder = tmp_path_factory.mktemp("bad")
    line = {"id": "known", "text": "A known ship", "label": "event", "marks": "..+", "split": "dev"}
    (folder / "known.jsonl").write_text(json.dumps(line))
    with create_project(folder / "p.db", labels=LABELS, no_rationale=["none"]) as store:
        import_file(store, folder / "known.jsonl", actor=OWNER)
        yield store


@pytest.fixture
def fresh(tmp_path):
    with create_project(tmp_path / "fresh.db", labels=LABELS, no_rationale=["none"]) as store:
        yield store


def case(kind, what, name, content, *says, **options):
    """Return the case of a file that must be refused, with what its first faults must say."""
    return pytest.param(name, content, says, options, id=f"{kind}-{what}")


def bytes_of(store):
    """Return everything in the project's file and its log; an empty log means that no write is pending."""
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return store.path.read_bytes()


def log_bytes(store):
    log = store.path.with_name(store.path.name + "-wal")
    return log.read_bytes() if log.exists() else b""


def bring(store, folder, name, content, **options):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_file(store, path, ImportSettings(**options), actor=OWNER)


def refuse(store, folder, name, content, **options):
    """Return the faults of a file that must be refused without a trace in the project."""
    before = bytes_of(store)
    with pytest.raises(BadInput) as error:
        bring(store, folder, name, content, **options)
    assert log_bytes(store) == b""
    assert bytes_of(store) == before
    return [str(fault) for fault in error.value.faults]


def native(*lines):
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)


def table(*rows, separator=","):
    return "".join(separator.join(row) + "\n" for row in rows)


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.csv", "text\na\n")
    return file.getvalue()


def line(**fields):
    return native({"text": "a b"} | fields)


def chain(**fields):
    answer = {"person": "ada", "kind": "answer", "label": "event", "marks": "+.", "key": "key-0001"}
    return line(annotations=[answer | fields])


def each_format(kind, what, text, *says):
    """Return cases of the same text in each format that can hold it, on line 2."""
    quoted = '"' + text.replace('"', '""') + '"'
    return [
        case(kind, f"{what}-native", "a.jsonl", native({"text": "fine"}, {"text": text}), *says),
        case(kind, f"{what}-csv", "a.csv", f"text\n{quoted}\n", *says),
        case(kind, f"{what}-tsv", "a.tsv", f"text\n{quoted}\n", *says),
        *([case(kind, f"{what}-text", "a.txt", f"fine\n{text}\n", *says)] if text.strip() and text[0] != "\r" else []),
    ]


NO_SENTENCES = "The file: found no sentences, expected at least one line with a sentence."
EMPTY = {"empty": b"", "blank": b"\n \n\t\n", "bom": b"\xef\xbb\xbf", "packed": gzip.compress(b"")}

REFUSED = [
    *(
        case("no-sentences", f"{what}-{end}", f"a.{end}.gz" if what == "packed" else f"a.{end}", content, NO_SENTENCES)
        for what, content in EMPTY.items()
        for end in ("jsonl", "txt", "csv", "tsv")
    ),
    *(case("no-sentences", f"header-{end}", f"a.{end}", b"text\n\n", NO_SENTENCES) for end in ("csv", "tsv")),
    *each_format(
        "long-text", "long", "x" * 100_001, "Line 2, text: found 100,001 characters, expected at most 100,000."
    ),
    case("long-text", "megabyte-text", "a.txt", b"x" * 1_000_000, "Line 1, text: found 1,000,000 characters"),
    case(
        "long-text",
        "megabyte-csv",
        "a.csv",
        "text\n" + "x" * 1_000_000,
        "Line 2: found a cell of more than 131,072 charac",
    ),
    case(
        "long-text",
        "line-native",
        "a.jsonl",
        line(text="x" * 2**20),
        "Line 1: found 1,048,589 bytes, expected at most 1,048",
    ),
    *each_format("many-tokens", "tokens", "x " * 4_097, "Line 2, text: found 4,097 tokens, expected at most 4,096."),
    case(
        "many-tokens",
        "given-tokens",
        "a.jsonl",
        native({"tokens": ["x"] * 10_000}),
        "Line 1, tokens: found 10,000 tokens",
    ),
    *each_format(
        "nul", "nul", "a\0b", "Line 2, text: found the control character U+0000 at character 2, expected text"
    ),
    case("nul", "nul-id", "a.csv", "id,text\na\0,b\n", "Line 2, id: found the control character U+0000 at character 2"),
    *(
        each
        for code in sorted({*range(1, 32)} - {9, 10, 12, 13})
        for each in each_format(
            "control", f"U+{code:04X}", f"a{chr(code)}b", f"Line 2, text: found the control character U+{code:04X}"
        )
    ),
    case(
        "control", "U+000D-id", "a.jsonl", line(id="a\r"), "id: found the control character U+000D", "newlines alone."
    ),
    *(
        case(
            "not-utf8",
            end,
            f"a.{end}",
            head + b"a\xffb\n",
            "Line 2",
            f"the byte 0xFF at byte {len(head) + 1} of the file",
        )
        for end, head in [("jsonl", b'{"text": "a"}\n'), ("txt", b"fine\n"), ("csv", b"text\n"), ("tsv", b"text\n")]
    ),
    case("not-utf8", "half-surrogate", "a.csv", b"text\na\xed\xa0\x80\n", "Line 2: found the byte 0xED at byte 6"),
    *(
        case(
            "utf16",
            f"half-{end}",
            f"a.{end}",
            "text\nfine\n".encode("utf-16") + "\ud800a".encode("utf-16-le", "surrogatepass"),
            "Line 3: found the byte 0x00, which utf-16-le does not have there, expected text in that encoding",
        )
        for end in ("csv", "tsv")
    ),
    case(
        "half-character",
        "surrogate",
        "a.jsonl",
        '{"text": "\\ud800"}',
        "Line 1, 'text': found half a character, U+D800",
    ),
    case(
        "same-id",
        "native",
        "a.jsonl",
        line(id="x") * 2,
        "Line 2, id: found 'x', which line 1 has too, expected another",
    ),
    case(
        "same-id",
        "csv",
        "a.csv",
        table("ab", "xy").replace("a,b", "id,text") + "z,a\nx,c\n",
        "Line 4, id: found 'x', which",
    ),
    case(
        "known-id",
        "native",
        "a.jsonl",
        line(id="known"),
        "Line 1, text: found 'a b', expected 'A known ship', which the",
    ),
    case(
        "known-id",
        "csv",
        "a.csv",
        "id,text\nknown,Other\n",
        "Line 2, text: found 'Other', expected 'A known ship', which",
    ),
    case(
        "known-id", "query", "a.csv", "id,text,query\nknown,A known ship,q\n", "Line 2, query: found 'q', expected null"
    ),
    *each_format("invisible", "zero-width", "\u200b\ufeff", "Line 2, text: found nothing visible in"),
    *each_format("invisible", "spaces", " \u00a0\t", "Line 2, text: found nothing visible in"),
    case("invisible", "empty-native", "a.jsonl", line(text=""), "Line 1, text: found nothing visible in ''"),
    case("invisible", "empty-csv", "a.csv", "id,text\n1,\n", "Line 2, text: found an empty cell, expected a sentence."),
    case("invisible", "empty-alone", "a.csv", 'text\n""\n', "Line 2, text: found an empty cell, expected a sentence."),
    case(
        "fields",
        "csv",
        "a.csv",
        "id,body\n1,a\n",
        "Line 1, text: found the columns 'id', 'body', expected",
        "--text-field",
    ),
    case("fields", "native", "a.jsonl", native({"body": "a"}), 'text: found neither text nor tokens among ["body"]'),
    case(
        "fields",
        "chosen",
        "a.csv",
        "text\na\n",
        "Line 1, x: found the columns 'text'",
        "--id-field",
        fields=Fields(id="x"),
    ),
    case(
        "fields",
        "tokens",
        "a.csv",
        "text,annotations\na,1\n",
        "Line 1, annotations: found a column that tables cannot have, expected another",
    ),
    case(
        "fields",
        "taken",
        "a.csv",
        "t,text\na,b\n",
        "Line 1, text: found the field 'text' as well as",
        fields=Fields(text="t"),
    ),
    *(
        case(
            "twin-headers",
            what,
            "a.csv",
            f"text,{twin},{other}\na,b,c\n",
            "Line 1, column 3: found the columns",
            "case and space",
        )
        for what, twin, other in (("same", "x", "x"), ("case", "Id", "id"), ("space", "x", "x "))
    ),
    case(
        "ragged",
        "few",
        "a.csv",
        "id,text\n1,a\n2\n",
        "Line 3: found 1 cell, expected 2, as many as the header has names.",
    ),
    case("ragged", "many", "a.csv", "id,text\n1,a\n2,a,b\n", "Line 3: found 3 cells, expected 2, as many as"),
    case("ragged", "tsv", "a.tsv", "id\ttext\n1\ta\tb\n", "Line 2: found 3 cells, expected 2"),
    case(
        "open-quote",
        "csv",
        "a.csv",
        'text\na\n"b\nc\nd\n',
        'Line 3: found a quoted cell that is never closed, expected a " at',
    ),
    case("open-quote", "tsv", "a.tsv", 'text\na\n"b\nc\n', "Line 3: found a quoted cell that is never closed"),
    case(
        "open-quote",
        "after",
        "a.csv",
        'text\n"a"b\n',
        "Line 2: found a letter after a quoted cell, expected ',' or the line",
    ),
    case("open-quote", "header", "a.csv", '"text\na\n', "Line 1: found a quoted cell that is never closed"),
    *(
        case(
            "long-cell",
            what,
            "a.csv",
            f"text,x\na,{cell}\n",
            "Line 2: found a cell of more than 131,072 characters, expected",
        )
        for what, cell in (("plain", "x" * 131_073), ("quoted", f'"{"x" * 131_073}"'), ("open", '"' + "a\n" * 99_999))
    ),
    case("separator", "odd", "a.csv", "id:text\n1:a\n", "found a single column, 'id:text', expected", "--separator"),
    case(
        "separator",
        "other",
        "a.csv",
        "id;text\n1;a\n",
        "found a single column, 'id;text'",
        layout=Layout(separator=","),
    ),
    case(
        "separator",
        "no-table",
        "a.jsonl",
        line(),
        "The file, separator: found an option for tables with the format native",
        layout=Layout(separator=","),
    ),
    case("separator", "encoding", "a.csv", "text\na\n", "encoding: found 'base64'", layout=Layout(encoding="base64")),
    *(
        case(
            "no-object", f"array-{what}", "a.json", content, place, "expected an array of objects, with commas between"
        )
        for what, content, place in (
            ("open", '[\n{"text": "a"}\n', "Line 3: found the end of the file"),
            ("no-comma", '[{"text": "a"}\n{"text": "b"}]', "Line 2: found '{'"),
            ("number", '[{"text": "a"}, 5]', "Line 1: found '5'"),
            ("more", '[{"text": "a"}]\nx', "Line 2: found 'x'"),
        )
    ),
    *(
        case("no-object", f"array-of-{what}", "a.json", content, "found an array of something other than objects")
        for what, content in (("texts", '["a"]'), ("spread-texts", '[\n "a",\n "b"\n]\n'), ("lists", "[[1, 2]]"))
    ),
    *(
        case(
            "no-object", f"spread-{number}", "a.json", content, "Line 1: found one object over several lines, expected"
        )
        for number, content in enumerate(
            ('{"text":\n "a"}\n', '{ "id": 1,\n  "text": "a"\n}\n', '{"data": [\n {"text": "a"}\n]}\n')
        )
    ),
    case("no-object", "array-broken", "a.json", '[{"text": "a"},\n{"text" "b"}]', "Line 2: found broken JSON"),
    case("no-object", "array-unclosed", "a.json", '[\n{"text": "a}', "Line 2: found an object that does not end"),
    case(
        "no-object", "spread", "a.json", '{\n "text": "a"\n}\n', "Line 1: found one object over several lines, expected"
    ),
    case("no-object", "array-empty", "a.json", "[\n]", NO_SENTENCES),
    case("no-object", "comma", "a.jsonl", '{"text": "a"},\n', "Line 1: found broken JSON at column 14"),
    case("no-object", "inner-comma", "a.jsonl", '{"text": "a",}\n', "Line 1: found broken JSON at column"),
    case("deep-json", "depth", "a.jsonl", '{"text": ' + "[" * 100_000, "Line 1: found JSON of more than 100 levels"),
    case(
        "deep-json",
        "digits",
        "a.jsonl",
        '{"text": "a", "x": ' + "1" * 5000 + "}",
        "Line 1: found a number of thousands of",
    ),
    *(
        case(
            "odd-json",
            number,
            "a.jsonl",
            f'{{"text": "a", "x": {number}}}',
            f"Line 1: found the number {number}, expected fin",
        )
        for number in ("Infinity", "-Infinity", "1e999")
    ),
    case(
        "odd-json",
        "twice",
        "a.jsonl",
        '{"text": "a", "text": "b"}',
        "Line 1, text: found the field twice, expected each",
    ),
    case(
        "other-tokens",
        "native",
        "a.jsonl",
        line(tokens=["a", "c"]),
        "Line 1, tokens[1]: found 'c', expected a word of the text",
    ),
    *(
        case(
            "odd-token",
            what,
            "a.jsonl",
            line(text=None, tokens=["a", token]),
            f"Line 1, tokens[1]: found {found}, expected a",
        )
        for what, token, found in (
            ("empty", "", "''"),
            ("number", 5, "5"),
            ("null", None, "null"),
            ("break", "\n", r"'\n'"),
        )
    ),
    case(
        "marks-count",
        "z",
        "a.jsonl",
        line(label=1, z=[1] * 37),
        "Line 1, z: found 37 marks for 2 tokens, expected one mark for",
    ),
    case("marks-count", "csv", "a.csv", "text,label,marks\na b,event,+\n", "Line 2, marks: found 1 mark for 2 tokens"),
    *(
        case("odd-mark", str(mark), "a.jsonl", line(label=1, z=[0, mark]), "Line 1, z[1]: found", "expected 0 or 1.")
        for mark in (2, -1, 0.5, "yes", None)
    ),
    case(
        "odd-mark",
        "csv",
        "a.csv",
        "text,label,marks\na b,event,02\n",
        "Line 2, marks: found the letter '0', expected one of",
    ),
    *(
        case("odd-label", f"{label}-native", "a.jsonl", line(label=label), "Line 1, label: found", "expected")
        for label in (0.5, "1", "other", "events", "eve nt", True, 2, -1)
    ),
    *(
        case("odd-label", f"{label}-csv", "a.csv", f"text,label\na,{label}\n", "Line 2, label: found", "expected")
        for label in ("NA", "null", "0.5", "1.0", "2", "-1", "other", "events", "no ne")
    ),
    *(
        case(
            "no-text",
            f"zip-{end}",
            f"a.{end}",
            zipped(),
            "The file: found a zip archive or an office document, expected UTF-8",
        )
        for end in ("jsonl", "txt", "csv", "tsv", "csv.gz")
    ),
    case("no-text", "suffix", "a.docx", zipped(), "The file, suffix: found '.docx', expected .jsonl"),
    case(
        "no-text",
        "workbook",
        "a.xlsx",
        zipped(),
        "The file: found a zip archive that is not an Excel workbook, expected a",
    ),
    case("no-text", "no-workbook", "a.xlsx", b"text\na\n", "The file: found no Excel workbook, expected a workbook"),
    case("no-text", "no-parquet", "a.parquet", b"text\na\n", "Line 1: found a damaged Parquet file"),
    case("no-text", "torn-gzip", "a.csv.gz", gzip.compress(b"text\na\n")[:-9], "Line 1: found damaged gzip data"),
    case(
        "no-text",
        "gzip-twice",
        "a.csv.gz",
        gzip.compress(gzip.compress(b"text\na\n")),
        "The file: found gzip data packed tw",
    ),
    case("no-text", "database", "a.csv", b"SQLite format 3\0", "The file: found a SQLite database"),
    *(
        case(
            "odd-seconds",
            str(seconds),
            "a.jsonl",
            chain(seconds=seconds),
            "Line 1, annotations[0].seconds: found",
            "a number of",
        )
        for seconds in (-1, 1e10, "1")
    ),
    case("odd-seconds", "inf", "a.jsonl", chain(seconds=float("inf")), "Line 1: found the number Infinity"),
    *(
        case("odd-name", what, "a.jsonl", chain(person=name), "Line 1, annotations[0].person: found", "expected")
        for what, name in (("empty", ""), ("space", " "), ("long", "x" * 65), ("nul", "a\0"))
    ),
]


@pytest.mark.parametrize(("name", "content", "says", "options"), REFUSED)
def test_a_bad_file_is_refused_and_the_project_keeps_its_bytes(project, tmp_path, name, content, says, options):
    first, *_ = found = refuse(project, tmp_path, name, content, **options)
    assert all(part in first for part in says), first
    assert all(re.fullmatch(ONE_SENTENCE, fault) for fault in found), found


def test_the_comparison_of_bytes_sees_a_single_row(fresh, tmp_path):
    before = bytes_of(fresh)
    bring(fresh, tmp_path, "a.txt", "One.\n")
    assert log_bytes(fresh) != b""
    assert bytes_of(fresh) != before


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """By format, the lines exported after importing all the texts to keep, and after importing that export."""
    found = {}
    for format, content in kept_in_each_format().items():
        folder = tmp_path_factory.mktemp(format)
        with create_project(folder / "p.db", labels=LABELS, no_rationale=["none"]) as store:
            bring(store, folder, "in", content, format=format)
            found[format] = (export_of(store), reimported(store, folder))
    return found


def kept_in_each_format():
    texts = [text for _, text in KEPT]
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    numbered = [(str(number), cell) for number, cell in enumerate(quoted)]
    return {
        "native": native(*({"id": number, "text": text} for number, text in enumerate(texts))),
        "text": "".join(text + "\n" for text in texts),
        "csv": table(("id", "text"), *numbered),
        "tsv": table(("id", "text"), *numbered, separator="\t"),
    }


@pytest.mark.parametrize("format", ["native", "text", "csv", "tsv"])
@pytest.mark.parametrize(
    ("place", "text"),
    [pytest.param(place, text, id=f"{kind}-{ascii(text)[1:-1]}") for place, (kind, text) in enumerate(KEPT)],
)
def test_odd_text_is_kept_to_the_letter_and_exported_so(exported, place, text, format):
    once, again = exported[format]
    assert json.loads(once[place])["text"] == text
    assert again[place] == once[place]


def export_of(store):
    file = io.BytesIO()
    export_project(store, file, actor=OWNER)
    return file.getvalue().splitlines()


def reimported(store, folder):
    """Import the export into a new project and export that."""
    with create_project(folder / "again.db", labels=LABELS, no_rationale=["none"]) as again:
        bring(again, folder, "out.jsonl", b"\n".join(export_of(store)))
        return export_of(again)


@pytest.mark.parametrize("end", ["jsonl", "txt", "csv", "tsv"])
def test_a_byte_order_mark_is_dropped(fresh, tmp_path, end):
    content = {"jsonl": line(text="a"), "txt": "a\n"}.get(end, '"text"\na\n')
    bring(fresh, tmp_path, f"a.{end}", b"\xef\xbb\xbf" + content.encode())
    assert json.loads(export_of(fresh)[0])["text"] == "a"


@pytest.mark.parametrize("end", ["jsonl", "csv"])
def test_ids_are_strings_known_ones_are_skipped_and_equal_texts_counted(fresh, tmp_path, end):
    ids = ["007", "1e5", "NA", "null", "nan", "1.0", "TRUE", "2026-01-31", "'; DROP TABLE people; --", "=1"]
    content = native(*({"id": name, "text": "a"} for name in ids)) if end == "jsonl" else None
    report = bring(fresh, tmp_path, f"a.{end}", content or table(("id", "text"), *((name, "a") for name in ids)))
    assert (report.added, report.duplicate_texts) == (len(ids), len(ids) - 1)
    assert set(sentences.find(fresh, ids)) == set(ids)
    before = bytes_of(fresh)
    report = bring(fresh, tmp_path, f"a.{end}", content or table(("id", "text"), *((name, "a") for name in ids)))
    assert (report.added, report.skipped, bytes_of(fresh) == before) == (0, len(ids), True)


def test_other_columns_are_metadata(fresh, tmp_path):
    bring(fresh, tmp_path, "a.csv", "text,page,Text of law\na,007,\nb,NA,=1\n")
    found = [json.loads(each) for each in export_of(fresh)]
    assert [(each["page"], each.get("Text of law")) for each in found] == [("007", None), ("NA", "=1")]


@pytest.mark.parametrize("ends", ["\r", "\r\n", "\n", "mixed"])
def test_a_table_may_end_its_lines_in_any_way(fresh, tmp_path, ends):
    content = "text\ra b\r\nc\u2028d\n" if ends == "mixed" else ends.join(["text", "a b", "c\u2028d", ""])
    bring(fresh, tmp_path, "a.csv", content)
    assert [json.loads(each)["text"] for each in export_of(fresh)] == ["a b", "c\u2028d"]


def test_true_and_false_are_marks_in_json(fresh, tmp_path):
    bring(fresh, tmp_path, "a.jsonl", line(label="event", z=[True, False], split="dev"))
    assert json.loads(export_of(fresh)[0])["annotations"][0]["marks"] == "+."


def test_digits_in_a_table_are_an_index_where_that_is_said_and_null_is_no_label(fresh, tmp_path):
    bring(fresh, tmp_path, "a.csv", "text,label,split\na,1,dev\nb,,dev\n", labels=LabelRules(base=0))
    bring(fresh, tmp_path, "a.jsonl", line(label=None, split="dev"))
    found = [json.loads(each)["annotations"] for each in export_of(fresh)]
    assert [[answer["label"] for answer in answers] for answers in found] == [["event"], [], []]


@pytest.mark.parametrize(
    "labels", [[], ["a"], [f"l{n}" for n in range(201)], ["a", "a"], ["a", ""], ["a", " "], ["a", "b\0"]], ids=len
)
def test_unusable_labels_make_no_project(tmp_path, labels):
    with pytest.raises(BadLabels):
        create_project(tmp_path / "new.db", labels=labels)
    assert list(tmp_path.iterdir()) == []


def test_labelled_and_unlabelled_rows_may_be_mixed_and_are_counted(fresh, tmp_path):
    content = "text,label,marks,split\na b,event,+.,dev\nc d,event,,dev\ne,,,dev\nf g,event,+.,train\n"
    report = bring(fresh, tmp_path, "a.csv", content)
    assert (report.added, report.answers_kept, report.answers_without_marks, report.answers_left_out) == (4, 2, 1, 1)


def test_many_peoples_answers_are_history_and_no_slots(fresh, tmp_path):
    answers = [
        {"person": f"p{n}", "kind": "answer", "label": "event", "marks": "+.", "key": f"key-{n:04}"} for n in range(10)
    ]
    report = bring(fresh, tmp_path, "a.jsonl", line(id="s1", split="train", annotations=answers))
    sentence = sentences.find(fresh, ["s1"])["s1"]
    assert (report.answers_kept, len(annotations.of_sentences(fresh, [sentence.id])[sentence.id])) == (10, 10)
    assert slots.counts(fresh)["filled"] <= 1


def test_texts_with_turned_writing_are_counted(fresh, tmp_path):
    assert bring(fresh, tmp_path, "a.txt", "a \u202eb\u202c\nc\n").turned_texts == 1


@pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧 🇩🇪 👍🏽", "cafe\u0301 x\u00ady", "no\u00a0break a\u200bb"])
def test_no_grapheme_is_cut_and_no_token_holds_white_space(fresh, tmp_path, text):
    bring(fresh, tmp_path, "a.csv", f"text\n{text}\n")
    tokens = json.loads(export_of(fresh)[0])["tokens"]
    assert not any(token[0] in "\u200d\u0301\U0001f3fd" or any(map(str.isspace, token)) for token in tokens)


def test_a_persons_name_is_never_sql(fresh, tmp_path):
    name = "'; DROP TABLE people; --"
    bring(fresh, tmp_path, "a.jsonl", chain(person=name))
    assert people.find(fresh, name).name == name


def test_a_packed_table_is_read_whatever_its_suffix_where_its_format_is_named(fresh, tmp_path):
    assert bring(fresh, tmp_path, "a.csv", gzip.compress(b"text\na\n"), format="csv").added == 1


def test_names_in_another_case_are_one_person(fresh, tmp_path):
    bring(fresh, tmp_path, "a.jsonl", chain())
    bring(fresh, tmp_path, "b.jsonl", chain(person="ADA", key="key-0002").replace("a b", "c d"))
    assert [person.name for person in people.all_of(fresh)] == ["ada"]


def test_a_second_import_or_project_at_the_same_time_changes_nothing(project, tmp_path):
    before = bytes_of(project)
    with project.importing(), pytest.raises(StoreError):
        bring(project, tmp_path, "a.txt", "One.\n")
    with pytest.raises(AlreadyExists):
        create_project(project.path, labels=LABELS)
    assert (log_bytes(project), bytes_of(project)) == (b"", before)


@pytest.mark.parametrize(
    "content", [b"", b"plain text", b"SQLite format 3\0" + bytes(200)], ids=["empty", "text", "db"]
)
def test_what_is_no_project_is_refused_unchanged(tmp_path, content):
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(NotAProject):
        Store.open(path)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("other.db", content)]
