"""The shared cases of other tools, of marks and of texts; and every case has a test somewhere that names it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from annotator.formats.faults import BadInput
from annotator.formats.fields import Fields
from annotator.importing.label_reading import LabelRules
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.projects import create_project
from db.corpus import sentences
from db.queue import slots
from db.records import OWNER

PAIRS = ("entailment", "neutral", "contradiction")
TRIPS = ("delay", "staff", "food", "price", "other")


def answers_of(lines):
    """Return for each sentence who gave which label, and the words that they marked."""
    return [
        [
            (one["person"], one["label"], None if one["marks"] is None else _marked(line["tokens"], one["marks"]))
            for one in line["annotations"]
        ]
        for line in lines
    ]


def _marked(tokens, marks):
    return [token for token, mark in zip(tokens, marks, strict=True) if mark == "+"]


def test_what_prodigy_accepted_is_an_answer_and_nothing_else(bring_case):
    said, lines = bring_case("04-prodigy-textcat-accept-reject.jsonl", ("DOCUMENTATION", "other"))
    gold = [("gold", "DOCUMENTATION", None)]
    assert answers_of(lines) == [gold, [], gold, []]
    assert "reject" in said and "ignore" in said


@pytest.mark.parametrize(
    ("name", "labels", "options", "expected"),
    [
        ("05-csv-rationale-column.csv", ("one-star", "two"), {}, [[("gold", "one-star", ["Awful"])]]),
        (
            "05-hf-post-tokens-mask.jsonl",
            ("normal", "hate"),
            {"fields": Fields(tokens="post_tokens", marks="rationale_mask"), "labels": LabelRules(base=0)},
            [[("gold", "hate", ["idiots"])]],
        ),
        ("05-marks-over-whitespace-words.csv", PAIRS, {}, [[("gold", "entailment", ["women", "stroll"])]]),
        (
            "05-rationale-as-words.csv",
            PAIRS,
            {"fields": Fields(marks="why")},
            [[("gold", "entailment", ["women", "stroll"])]],
        ),
    ],
)
def test_marks_as_people_have_them(bring_case, name, labels, options, expected):
    said, lines = bring_case(name, labels, **options)
    assert answers_of(lines) == expected
    assert ("mapped to their tokens: 1" in said) == ("whitespace" in name)


def test_the_corpora_of_rationales(bring_case):
    _, lines = bring_case("05-hatexplain.json", ("normal", "offensive", "hatespeech"))
    first, second = answers_of(lines)
    assert first == [
        ("annotator 4", "offensive", ["are"]),
        ("annotator 3", "offensive", ["are", "idiots"]),
        ("annotator 9", "normal", None),
    ]
    assert [label for _, label, _ in second] == ["normal"] * 3
    _, lines = bring_case("05-esnli-like.csv", PAIRS)
    assert (lines[0]["query"], answers_of(lines)[0]) == (
        "Women walk.",
        [("gold", "entailment", ["women", "stroll"])],
    )


def test_texts_are_kept_as_they_are_written(bring_case, cases):
    for name in ("07-lists-and-dialogue.jsonl", "16-tweets-rtl-mixed.jsonl", "17-600-words.jsonl"):
        _, lines = bring_case(name)
        given = [json.loads(line) for line in (cases / name).read_text().splitlines()]
        assert [line["text"] for line in lines] == [line["text"] for line in given]
        for line in lines:
            assert all(any(letter.isprintable() and not letter.isspace() for letter in one) for one in line["tokens"])


def test_corrected_labels_supersede(cases, tmp_path):
    with create_project(tmp_path / "p.db", labels=("event", "none")) as store:
        settings = ImportSettings(answers="keep")
        assert import_file(store, cases / "11-reimport-v1.jsonl", settings, actor=OWNER).answers_kept == 4
        again = import_file(store, cases / "11-reimport-v2-corrected-labels.jsonl", settings, actor=OWNER)
        assert (again.added, again.answers_kept, again.changed["metadata"].count) == (0, 1, 4)


def test_a_mended_text_replaces_on_request(cases, tmp_path):
    v3 = cases / "11-reimport-v3-typo-fixed-text.jsonl"
    with create_project(tmp_path / "p.db", labels=("event", "none")) as store:
        settings = ImportSettings(answers="keep")
        import_file(store, cases / "11-reimport-v1.jsonl", settings, actor=OWNER)
        with pytest.raises(BadInput, match=r"Line 1, text: .*--update text takes the file's"):
            import_file(store, v3, settings, actor=OWNER)
        report = import_file(store, v3, replace(settings, update=("text",)), actor=OWNER)
        assert (report.added, report.skipped, report.answers_kept) == (1, 4, 1)
        assert (report.texts.sentences, report.texts.kept, report.texts.asked_again) == (1, 1, 0)
        mended = sentences.find(store, ["r1", "r5"])
        assert (mended["r1"].text, mended["r5"].text) == ("The jury freed Anna.", "A new one.")


def test_a_project_may_have_77_labels(cases, tmp_path):
    names = (cases / "12-seventy-seven-labels.args.txt").read_text().replace("--label", "").split()
    with create_project(tmp_path / "p.db", labels=names) as store:
        path = tmp_path / "in.jsonl"
        path.write_text("".join(json.dumps({"text": f"About {name}.", "label": name}) + "\n" for name in names))
        assert import_file(store, path, ImportSettings(answers="keep"), actor=OWNER).answers_kept == len(names) == 77


def test_a_shared_batch_is_in_the_pool_for_everyone(cases, tmp_path):
    with create_project(tmp_path / "p.db", labels=("event", "none"), overlap=2) as store:
        import_file(store, cases / "15-short-shared.jsonl", actor=OWNER)
        assert sentences.count(store, "pool") == 12 and slots.counts(store)["open"] == 24


def test_a_text_that_is_too_long_is_refused_or_left_out(bring_case):
    name = "17-article-4700-words.jsonl"
    with pytest.raises(BadInput, match=r"Line 1, text: found \d,\d{3} tokens, expected at most 4,096"):
        bring_case(name)
    said, lines = bring_case(name, leave_out_faulty=True)
    assert lines == [] and "Rows left out because of a fault: 1" in said


def test_several_labels_with_rationales(bring_case):
    _, lines = bring_case("18-five-labels.jsonl", TRIPS)
    assert len(lines) == 150 and len({label for ((_, label, _),) in answers_of(lines)}) == 5
    with pytest.raises(BadInput, match="one label for each sentence; for several labels make a project for each"):
        bring_case("18-multilabel.jsonl", ("praise", "complaint"))


def test_marks_under_a_label_that_takes_none_are_refused_by_line(cases, tmp_path):
    with create_project(tmp_path / "p.db", labels=TRIPS, no_rationale=["price"]) as store:
        with pytest.raises(BadInput, match="marked words under the label 'price', which takes no rationale"):
            import_file(
                store,
                cases / "18-marks-under-label-without-rationale.jsonl",
                ImportSettings(answers="keep"),
                actor=OWNER,
            )
        assert sentences.count(store) == 0


def test_every_case_is_named_by_a_test(cases):
    tests = "\n".join(path.read_text() for path in Path(__file__).parents[2].rglob("test_*.py"))
    named = {
        path.name
        for path in cases.iterdir()
        if path.name in tests or (path.name.startswith("10-one-file-per-split-") and "10-one-file-per-split-{" in tests)
    }
    others = {"README.md", "14-what-a-user-has-to-write.py"}
    assert {path.name for path in cases.iterdir()} - named <= others
