import gzip
import io
import json
import os
import stat
import tempfile
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.errors import CannotExport
from annotator.exporting.answers import export_for_download, export_project
from annotator.formats.faults import BadInput
from annotator.importing.label_reading import LabelRules
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.tags import count_tags, tag_sentence
from annotator.reviewing.asking_again import ask_again
from annotator.reviewing.browsing import choose
from annotator.reviewing.review import list_with_reopened
from db.answers import admissions, annotations, withdrawals
from db.corpus import sentences
from db.finding import search
from db.records import OWNER, Label, NewAnnotation, Observed
from db.team import people

pytestmark = pytest.mark.slow

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "event"), Label(2, "ünsicher 🤷"))
WORDS = [
    *["the", "the", "don't", ".", "3.14", "🇩🇪", "👨\u200d👩\u200d👧", "👍🏽", "cafe\u0301", "\u0301", "x\u00ady"],
    *["日本語", "שלום", "\u202eabc\u202c", "नमस्ते", "=1+1", "<b>", '"\\', "a\u2028b", "\u00a0", "\ufeff", "null"],
]
SCALARS = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    SCALARS | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)
)
SPLITS = ["train", "dev", "test"]
OURS = {
    "id",
    "text",
    "tokens",
    "split",
    "query",
    "query_tokens",
    "annotations",
    "asked_again",
    "sentence_tags",
    "label",
    "marks",
    "z",
    "rationale",
}


ASKED = {"asked": True, "person": None, "at": "2026-01-01T00:00:00Z", "after": None}


@st.composite
def rows(draw):
    """Draw a line as people write it: text or tokens, perhaps a query, perhaps a label, and any other fields."""
    words = [*draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)), "end"]
    row = {name: value for name, value in draw(st.dictionaries(TEXT, JSON, max_size=3)).items() if name not in OURS}
    given_tokens = [word for word in words if not word.isspace()]
    row |= draw(st.sampled_from([{"text": " ".join(words)}, {"text": "".join(words)}, {"tokens": given_tokens}]))
    row |= draw(st.sampled_from([{}, {"query": "Who ran, שלום?"}, {"query_tokens": ["XXXXX", "ran."]}]))
    return row | draw(st.sampled_from([{}, {"label": 1}, {"label": "none"}])) | {"split": draw(st.sampled_from(SPLITS))}


@st.composite
def deeds(draw):
    """Draw what a person did: who, to which sentence, and their answer; several by one person make a chain."""
    person, place = draw(st.sampled_from(["ada", "Bob", "安娜"])), draw(st.integers(0, 4))
    kind = draw(st.sampled_from(["answer", "answer", "answer", "skip", "withdrawn", "adjudicated"]))
    label = draw(st.integers(0, 2)) if kind in ("answer", "adjudicated") else None
    seconds = draw(st.none() | st.floats(0, 1e6))
    return person, place, kind, label, seconds, draw(st.sampled_from([None, "", "+", "+-.", "-."]))


@pytest.fixture(scope="session")
def make(new_store):
    return lambda path: new_store(path, labels=LABELS)


def write_lines(path, lines):
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return path


def do(store, number, deed):
    name, place, kind, label, seconds, pattern = deed
    (page,) = sentences.pages(store)
    sentence = page[place % len(page)]
    count = len(sentence.tokens)
    marks = None if pattern is None else ((pattern or ".") * count)[:count]
    new = NewAnnotation(
        sentence_id=sentence.id,
        person_id=(people.find(store, name) or people.add(store, name)).id,
        kind=kind,
        submission_key=f"key-{number:08}",
        label=label,
        marks=marks if label in (1, 2) else None,
        observed=Observed(
            seconds=seconds,
            saliency_round=number or None,
            marks_at_reveal=marks if number % 2 else None,
            note="Which ship?\nNot ours." if number % 4 == 2 else None,
            flagged=number % 5 == 3,
            seconds_to_first_mark=number / 4 if number % 3 else None,
            edits=number if number % 2 else None,
            shown=({"seconds": 0.0, "view": None, "strength": 2},) if number % 4 == 1 else None,
            guidelines_version=number or None,
        ),
    )
    stored = annotations.add(store, new, surplus=number % 3 == 0, created_ms=1_700_000_000_000 + 37 * number)
    if stored.surplus and number % 2:
        admissions.add(store, stored.id, True, person_id=None)
    if kind == "adjudicated" and number % 2:
        withdrawals.add(store, stored.id, True, person_id=None)


def export_bytes(store):
    out = io.BytesIO()
    export_project(store, out, actor=OWNER)
    return out.getvalue()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rows(), min_size=1, max_size=5), st.lists(deeds(), max_size=12))
def test_an_export_comes_back_as_it_was(make, lines, done):
    with tempfile.TemporaryDirectory() as name, make(Path(name) / "1.db") as first, make(Path(name) / "2.db") as second:
        file = write_lines(Path(name) / "in.jsonl", lines)
        import_file(first, file, ImportSettings(answers="keep", labels=LabelRules(base=0)), actor=OWNER)
        for number, deed in enumerate(done):
            do(first, number, deed)
        export_project(first, Path(name) / "out.jsonl", actor=OWNER)
        import_file(second, Path(name) / "out.jsonl", actor=OWNER)
        exported = (Path(name) / "out.jsonl").read_bytes()
        assert export_bytes(second) == exported
        assert meaning(first) == meaning(second)
        report = import_file(second, Path(name) / "out.jsonl", actor=OWNER)
        assert (report.added, report.answers_kept, export_bytes(second)) == (0, 0, exported)


def ask(store, external_id, actor, asked=True):
    assert ask_again(store, external_id, asked=asked, actor=actor)


def is_settled(store):
    return {each.sentence_id: each.is_settled for each in list_with_reopened(store, [], actor=OWNER)}


def test_what_was_asked_again_comes_back_and_only_a_decision_from_afterwards_settles_it(make, tmp_path):
    lines = [{"id": f"s{number}", "text": f"The ship sank {number}", "split": "train"} for number in range(4)]
    with make(tmp_path / "1.db") as first, make(tmp_path / "2.db") as second:
        import_file(first, write_lines(tmp_path / "in.jsonl", lines), actor=OWNER)
        do(first, 1, ("ada", 0, "adjudicated", 1, None, None))
        do(first, 2, ("ada", 1, "answer", 1, None, None))
        for external_id, actor in [("s0", OWNER), ("s1", people.add(first, "Zoe", role="researcher")), ("s2", OWNER)]:
            ask(first, external_id, actor)
        ask(first, "s2", OWNER, asked=False)
        do(first, 4, ("ada", 1, "adjudicated", 1, None, None))
        assert is_settled(first) == {1: False, 2: True}
        exported = export_bytes(first)
        (tmp_path / "out.jsonl").write_bytes(exported)
        foreseen, report = (
            import_file(second, tmp_path / "out.jsonl", ImportSettings(dry_run=dry_run), actor=OWNER)
            for dry_run in (True, False)
        )
        assert (foreseen.asked_again, report.asked_again, report.new_people) == (4, 4, ["ada", "Zoe"])
        assert export_bytes(second) == exported
        assert is_settled(second) == {1: False, 2: True}
        ask(first, "s2", OWNER)  # the answers are the same; this alone is new
        (tmp_path / "later.jsonl").write_bytes(export_bytes(first))
        assert import_file(second, tmp_path / "later.jsonl", actor=OWNER).asked_again == 1
        assert import_file(second, tmp_path / "out.jsonl", actor=OWNER).asked_again == 0
        assert export_bytes(second) == export_bytes(first)
        ask(second, "s0", OWNER, asked=False)
        import_file(second, tmp_path / "later.jsonl", actor=OWNER)
        assert 1 not in is_settled(second), "the newest holds"


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"asked_again": "yes", "annotations": []}, "asked_again: found 'yes', expected a list"),
        ({"asked_again": [{"asked": True}]}, "asked_again: found .*, expected annotations on the same line"),
        ({"asked_again": [{"asked": True}], "annotations": []}, r"asked_again\[0\].at: found null"),
        ({"asked_again": [ASKED | {"after": "key-unknown"}], "annotations": []}, r"asked_again\[0\].after: found"),
        ({"asked_again": [ASKED | {"person": "a\u202eb"}], "annotations": []}, r"asked_again\[0\].person: found"),
        ({"asked_again": [ASKED, ASKED | {"at": "2025-01-01T00:00:00Z"}], "annotations": []}, r"asked_again\[1\].at"),
        ({"asked_again": [ASKED | {"why": 1}], "annotations": []}, r"asked_again\[0\].why: found an unknown field"),
    ],
)
def test_what_does_not_say_who_asked_again_and_when_is_refused(make, tmp_path, given, fault):
    file = write_lines(tmp_path / "in.jsonl", [{"id": "s1", "text": "The ship sank"} | given])
    with make(tmp_path / "project.db") as store, pytest.raises(BadInput, match=fault):
        import_file(store, file, actor=OWNER)


def test_tags_come_back_and_a_later_file_adds_those_that_are_new(make, tmp_path):
    lines = [
        {"id": "s1", "text": "The ship sank", "split": "train", "tags": ["DT", "NN"]},
        {"id": "s2", "text": "All survived", "split": "train", "label": "none", "sentence_tags": ["b", "a", "b"]},
        {"id": "s3", "text": "Nothing more", "split": "dev", "label": "none"},
    ]
    with make(tmp_path / "1.db") as first, make(tmp_path / "2.db") as second:
        report = import_file(first, write_lines(tmp_path / "in.jsonl", lines), actor=OWNER)
        assert (report.tags, report.answers_kept, report.answers_left_out) == (2, 1, 1)
        assert count_tags(first, actor=OWNER) == {"a": 1, "b": 1}, "tags of the file's own are metadata"
        tag_sentence(first, "c", "s1", actor=OWNER)
        exported = export_bytes(first)
        assert [json.loads(line).get("sentence_tags") for line in exported.splitlines()] == [["c"], ["a", "b"], None]
        (tmp_path / "out.jsonl").write_bytes(exported)
        foreseen, done = (
            import_file(second, tmp_path / "out.jsonl", ImportSettings(dry_run=dry_run), actor=OWNER)
            for dry_run in (True, False)
        )
        assert (foreseen.tags, done.tags) == (3, 3)
        assert export_bytes(second) == exported
        tag_sentence(first, "d", "s3", actor=OWNER)
        (tmp_path / "later.jsonl").write_bytes(export_bytes(first))
        later = import_file(second, tmp_path / "later.jsonl", actor=OWNER)
        assert (later.tags, later.answers_kept, later.added) == (1, 0, 0)
        assert export_bytes(second) == export_bytes(first)


@pytest.mark.parametrize("tags", ["a", ["Irony"], ["two words"], [1], [""]])
def test_what_is_no_list_of_tags_is_refused(make, tmp_path, tags):
    file = write_lines(tmp_path / "in.jsonl", [{"id": "s1", "text": "The ship sank", "sentence_tags": tags}])
    with (
        make(tmp_path / "project.db") as store,
        pytest.raises(BadInput, match="expected a list of tags: words in lower"),
    ):
        import_file(store, file, actor=OWNER)


def meaning(store):
    """Return everything about the sentences and answers except the numbers of rows."""
    found = []
    for page in sentences.pages(store):
        for sentence in page:
            answers = annotations.of_sentences(store, [sentence.id])[sentence.id]
            found.append((sentence.tokens, sentence.starts, sentence.token_hash, sentence.split, sentence.metadata))
            found.extend((a.submission_key, a.superseded, a.label, a.marks, a.created_ms) for a in answers)
            found.extend((a.surplus, a.admitted, a.withdrawn) for a in answers)
    return found


@pytest.fixture
def project(make, tmp_path):
    """A project with one sentence that two people answered, one of them twice."""
    line = {"id": "s1", "text": "The ship sank", "split": "dev", "source": "log"}
    with make(tmp_path / "project.db") as store:
        import_file(store, write_lines(tmp_path / "in.jsonl", [line]), actor=OWNER)
        do(store, 1, ("ada", 0, "answer", 1, 2.5, "..+"))
        do(store, 2, ("Bob", 0, "skip", None, None, None))
        do(store, 4, ("ada", 0, "answer", 0, None, None))
        yield store


def test_a_line_says_everything_about_its_sentence(project):
    line = json.loads(export_bytes(project))
    answers = line.pop("annotations")
    assert line == {
        "id": "s1", "text": "The ship sank", "tokens": ["The", "ship", "sank"], "split": "dev", "source": "log",
    }  # fmt: skip
    assert answers[0] == {
        "person": "ada", "kind": "answer", "label": "event", "marks": "..+", "at": "2023-11-14T22:13:20.037Z",
        "seconds": 2.5, "round_shown": 1, "key": "key-00000001", "supersedes": None, "marks_at_reveal": "..+",
        "seconds_to_first_mark": 0.25, "edits": 1, "guidelines_version": 1,
        "shown": [{"seconds": 0.0, "view": None, "strength": 2}],
    }  # fmt: skip
    assert [(a["person"], a["kind"], a["label"], a["supersedes"]) for a in answers[1:]] == [
        ("Bob", "skip", None, None),
        ("ada", "answer", "none", "key-00000001"),
    ]


def test_a_packed_export_is_the_same_bytes_each_time(project, tmp_path):
    assert [export_project(project, tmp_path / name, actor=OWNER) for name in ("a.jsonl.gz", "b.jsonl.gz")] == [1, 1]
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.jsonl.gz").read_bytes()) == export_bytes(project)


def test_a_dash_is_standard_output(project, capfdbinary):
    export_project(project, "-", actor=OWNER)
    assert capfdbinary.readouterr().out == export_bytes(project)


def test_only_its_owner_may_read_an_export(project, tmp_path):
    export_project(project, tmp_path / "out.jsonl", actor=OWNER)
    assert stat.S_IMODE(os.stat(tmp_path / "out.jsonl").st_mode) == 0o600


def test_a_failed_export_leaves_the_old_one_and_nothing_else(project, tmp_path):
    (tmp_path / "out.jsonl").write_text("old")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ZeroDivisionError):
        export_project(project, tmp_path / "out.jsonl", progress=lambda done, total: 1 / 0, actor=OWNER)
    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert sorted(tmp_path.iterdir()) == before


def test_a_project_is_never_written_over(make, project, tmp_path):
    with make(tmp_path / "other.db"):
        for path in (project.path, tmp_path / "other.db"):
            with pytest.raises(CannotExport, match="is a database"):
                export_project(project, path, actor=OWNER)


def test_places_that_take_no_file_are_told(project, tmp_path):
    with pytest.raises(CannotExport, match="is not a regular file"):
        export_project(project, tmp_path, actor=OWNER)
    with pytest.raises(CannotExport, match="cannot be written: No such file or directory"):
        export_project(project, tmp_path / "nowhere" / "out.jsonl", actor=OWNER)


def test_progress_counts_sentences(project):
    seen = []
    export_project(project, io.BytesIO(), progress=lambda done, total: seen.append((done, total)), actor=OWNER)
    assert seen == [(1, 1)]


def test_shared_data_comes_back_as_it_was(new_store, shared_data, tmp_path):
    with new_store(tmp_path / "a.db") as first, new_store(tmp_path / "b.db") as second:
        file = tmp_path / "in.jsonl"
        with gzip.open(shared_data / "litbank" / "litbank.jsonl.gz") as lines:
            file.write_bytes(b"".join(islice(lines, 0, None, 4)))
        import_file(first, file, ImportSettings(answers="keep", labels=LabelRules(base=0)), actor=OWNER)
        export_project(first, tmp_path / "out.jsonl", actor=OWNER)
        import_file(second, tmp_path / "out.jsonl", actor=OWNER)
        assert export_bytes(second) == (tmp_path / "out.jsonl").read_bytes()


def test_a_filtered_export_has_whole_sentences_with_everybodys_answers(project):
    import_more = [
        {"id": "s2", "text": "A storm", "split": "test"},
        {"id": "s3", "text": "The shipyard", "split": "dev"},
    ]
    import_file(project, write_lines(project.path.parent / "more.jsonl", import_more), actor=OWNER)
    search.index_missing(project)
    everything = export_bytes(project).splitlines(keepends=True)
    for asked, lines in [
        ({}, [0, 1, 2]),
        ({"split": "test"}, [1]),
        ({"person": "ada", "label": "none"}, [0]),
        ({"person": "ada", "label": "event"}, []),
        ({"answered": False}, [1, 2]),
        ({"search": "the ship"}, [0, 2]),
    ]:
        out = io.BytesIO()
        chosen = choose(project, **asked)
        assert export_project(project, out, chosen=chosen, progress=lambda done, total: None, actor=OWNER) == len(lines)
        assert out.getvalue() == b"".join(everything[line] for line in lines)
        with export_for_download(project, chosen, packed=False, actor=OWNER) as file:
            assert file.read() == out.getvalue()
        with export_for_download(project, chosen, packed=True, actor=OWNER) as file:
            assert gzip.decompress(file.read()) == out.getvalue()
