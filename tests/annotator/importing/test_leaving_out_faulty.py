"""A bad row does not cost the rest when the user says so; nothing is lost, and a torn file is still refused."""

import json
import stat
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from annotator.cli import main
from annotator.errors import BadFileName, CannotSetAside
from annotator.formats.faults import BadInput
from annotator.importing.report_wording import remarks
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.corpus import sentences
from db.records import OWNER

SPARING = ImportSettings(leave_out_faulty=True, answers="keep")


@pytest.fixture
def store(tmp_path):
    with create_project(tmp_path / "p.db", labels=["event", "none"], no_rationale=["none"]) as store:
        yield store


def bring(store, folder, content, name="in.jsonl", settings=SPARING):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return import_file(store, path, settings, actor=OWNER, aside=folder / "faulty.jsonl")


def left(folder):
    return [json.loads(line) for line in (folder / "faulty.jsonl").read_text().splitlines()]


def lines(*objects):
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in objects)


def test_all_faults_are_counted_and_the_rest_comes_in(store, tmp_path):
    bad = [{"id": number, "text": f"row {number}\x07"} for number in range(60)]
    report = bring(store, tmp_path, lines(*bad, {"id": "a", "text": "fine"}, {"id": "b", "text": "good"}))
    assert (report.added, report.faulty, sentences.count(store)) == (2, 60, 2)
    said = "\n".join(remarks(asdict(report)))
    assert f"Rows left out because of a fault: 60; they are in {tmp_path}/faulty.jsonl, with what is wrong." in said
    assert "In 60 rows: Line 1, text: found the control character U+0007 at character 6" in said
    assert [line["fault"]["line"] for line in left(tmp_path)] == [*range(1, 61)]


def test_what_was_left_out_has_its_reason_and_comes_in_once_it_is_put_right(store, tmp_path):
    content = lines(
        {"id": "x", "text": "one", "source": "s"},
        {"id": "x", "text": "two", "source": "t"},
        {"id": "y", "text": "three", "label": "evnt"},
        '{"id": "z"',
        {"id": "n", "text": "four", "label": 1},
    )
    assert bring(store, tmp_path, content).added == 1
    twin, label, torn, number = left(tmp_path)
    assert twin == {"id": "x", "text": "two", "source": "t"} | {
        "fault": {"line": 2, "field": "id", "found": "'x', which line 1 has too", "expected": "another id on each line"}
    }
    assert (label["label"], label["fault"]["field"], torn["row"]) == ("evnt", "label", '{"id": "z"')
    assert (number["label"], number["fault"]["found"]) == (1, "1")
    mended = [{"id": "x2"}, {"label": "event"}, {"text": "five"}, {"label": "none"}]
    again = [line | change for line, change in zip(left(tmp_path), mended, strict=True)]
    assert bring(store, tmp_path, lines(*again), "again.jsonl").added == 4


def test_rows_of_a_table_are_set_aside_by_their_columns(store, tmp_path):
    content = "id,text,label\n1,fine,event\n2,short\n3,,none\n4,good,nothing\n"
    report = bring(store, tmp_path, content, "in.csv")
    assert (report.added, report.faulty) == (1, 3)
    assert [{key: line.get(key) for key in ("id", "text", "label")} for line in left(tmp_path)] == [
        {"id": "2", "text": "short", "label": None},
        {"id": "3", "text": "", "label": "none"},
        {"id": "4", "text": "good", "label": "nothing"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("in.csv", 'text\nfine\n"open\n', "Line 3: found a quoted cell that is never closed"),
        ("in.csv", b"text\nfine\na\xff\nmore\n", "Line 3: found the byte 0xFF"),
        ("in.csv", "body\nfine\n", "Line 1, text: found a single column"),
        ("in.jsonl", lines({"text": "a", "label": 1}), "--label-base 1"),
        ("in.json", '[{"text": "a"}, {"text": "b"', "Line 1: found an object that does not end"),
    ],
)
def test_a_file_that_cannot_be_read_on_or_whose_numbers_no_one_explained_is_still_refused(
    store, tmp_path, name, content, found
):
    before = store.path.read_bytes()
    with pytest.raises(BadInput, match=found):
        bring(store, tmp_path, content, name)
    assert not (tmp_path / "faulty.jsonl").exists() and store.path.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if "part" in path.name) == []


def test_where_every_row_has_a_fault_all_are_left_out(store, tmp_path):
    report = bring(store, tmp_path, lines({"text": ""}, {"text": "one " * 4097}))
    assert (report.added, report.faulty, sentences.count(store)) == (0, 2, 0)
    assert [line["fault"]["line"] for line in left(tmp_path)] == [1, 2]


def test_a_dry_run_counts_and_writes_no_file(store, tmp_path):
    settings = ImportSettings(leave_out_faulty=True, dry_run=True)
    report = bring(store, tmp_path, lines({"text": "a"}, {"text": ""}), settings=settings)
    assert (report.added, report.faulty) == (1, 1) and not (tmp_path / "faulty.jsonl").exists()


def test_the_faulty_rows_take_no_other_file_away(store, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(lines({"text": "a"}, {"text": ""}))
    for name, error in (("in.jsonl", CannotSetAside), ("p.db", BadFileName), ("x.csv", BadFileName)):
        with pytest.raises(error):
            import_file(store, path, SPARING, actor=OWNER, aside=tmp_path / name)
    with pytest.raises(CannotSetAside, match="cannot be written"):
        import_file(store, path, SPARING, actor=OWNER, aside=tmp_path / "nowhere" / "x.jsonl")
    assert sentences.count(store) == 0
    import_file(store, path, SPARING, actor=OWNER, aside=tmp_path / "x.jsonl")
    assert stat.S_IMODE((tmp_path / "x.jsonl").stat().st_mode) == 0o600


def test_the_command_says_where_they_are(store, tmp_path):
    store.close()
    path = tmp_path / "in.csv"
    path.write_text("text\ngood\n\x07\n")
    faulty = tmp_path / "faulty.jsonl"
    ran = CliRunner().invoke(main, ["import", str(store.path), str(path), "--leave-out-faulty", str(faulty)])
    assert ran.exit_code == 0 and "Rows left out because of a fault: 1" in ran.output
    assert left(tmp_path)[0]["text"] == "\x07"
