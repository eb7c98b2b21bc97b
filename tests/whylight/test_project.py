"""A project as people who write Python use it."""

import ast
import json
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import whylight
from whylight.said_in_python import ARGUMENTS, in_python

TEXT = "The lights don't turn on, and I am paying again."


@pytest.fixture
def project(tmp_path: Path):
    with whylight.create_project(tmp_path / "shop.db", labels=["negative", "positive"]) as made:
        made.add_sentences(
            [{"id": "lights", "text": TEXT, "shop": "Brambley"}, {"id": "fine", "text": "All fine, thanks!"}]
        )
        yield made


def marks_of(project: whylight.Project, sentence: str, person: str) -> str | None:
    written = project.path.with_name("written.jsonl")
    project.export(written)
    (line,) = [line for line in map(json.loads, written.read_text().splitlines()) if line["id"] == sentence]
    return next(answer["marks"] for answer in line["annotations"] if answer["person"] == person)


def test_a_text_alone_is_a_sentence_and_one_that_is_known_is_skipped(project: whylight.Project) -> None:
    report = project.add_sentences(["Never again.", {"id": "fine", "text": "All fine, thanks!"}])
    assert (report.added, report.skipped) == (1, 1)
    assert [one.text for one in project.sentences()] == [TEXT, "All fine, thanks!", "Never again."]


@pytest.mark.parametrize("alone", ["Hello", {"id": "h", "text": "Hello"}])
def test_a_sentence_that_is_not_in_a_list_is_not_taken_for_one(project: whylight.Project, alone: object) -> None:
    with pytest.raises(whylight.Error, match="put the one sentence into a list"):
        project.add_sentences(alone)  # type: ignore[arg-type]
    assert len(list(project.sentences())) == 2


def test_a_notebook_completes_every_public_name() -> None:
    assert set(whylight.__all__) <= set(dir(whylight))


def test_numbers_of_numpy_are_numbers(project: whylight.Project) -> None:
    project.add_sentences([{"id": np.int64(7), "text": "Seven.", "scores": np.array([1, 2])}])
    (seven,) = project.sentences(search="seven")
    assert (seven.id, seven.metadata) == ("7", {"scores": [1, 2]})


@pytest.mark.parametrize(
    "marks",
    [["paying again"], [(35, 47)], [{"start": 35, "end": 47}], ".........++.", [0] * 9 + [1, 1, 0]],
    ids=["words", "spans", "named spans", "signs", "numbers"],
)
def test_marks_are_given_in_any_form(project: whylight.Project, marks: object) -> None:
    project.add_answers([{"id": "lights", "label": "negative", "marks": marks, "person": "Ada"}])
    assert marks_of(project, "lights", "Ada") == ".........++."


def test_answers_of_several_people_are_kept_apart(project: whylight.Project) -> None:
    report = project.add_answers(
        [
            {"id": "lights", "label": "negative", "marks": ["paying"], "person": "Ada"},
            {"id": "fine", "label": "positive", "person": "Ada"},
            {"id": "lights", "label": "positive", "marks": "." * 12, "person": "Ben"},
        ]
    )
    assert (report.answers_kept, report.new_people) == (3, ["Ada", "Ben"])
    assert [one.id for one in project.sentences(disagreement=True)] == ["lights"]
    assert [one.id for one in project.sentences(person="Ben")] == ["lights"]
    assert [(label.name, label.answers) for label in project.labels()] == [("negative", 1), ("positive", 2)]
    assert {person.name for person in project.people()} == {"Ada", "Ben"}


def test_an_answer_counts_whatever_the_sentence_s_file_had_in_other_fields(project: whylight.Project) -> None:
    row = {"id": "late", "text": "Late again.", "label": "negative", "status": "rejected", "z": [1, 0, 0]}
    project.add_sentences([row])
    project.add_answers([{"id": "late", "label": "positive", "marks": ["again"], "person": "Ada"}])
    assert marks_of(project, "late", "Ada") == ".+."


def test_the_same_answers_again_change_nothing(project: whylight.Project) -> None:
    answers = [{"id": "lights", "label": "negative", "marks": ["paying"], "person": "Ada"}]
    assert [project.add_answers(answers).answers_kept for _ in range(2)] == [1, 0]


def test_answers_are_by_the_person_for_whom_the_project_is_open(project: whylight.Project) -> None:
    project.add_person("Ada", role="researcher")
    with whylight.open_project(project.path, person="Ada") as hers:
        hers.add_answers([{"id": "fine", "label": "positive"}])
    assert [one.id for one in project.sentences(person="Ada")] == ["fine"]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ({"id": "none", "label": "negative", "person": "Ada"}, "Line 2, id: found 'none'"),
        ({"id": "fine", "label": "neutral", "person": "Ada"}, "Line 2, label: found 'neutral'"),
        ({"id": "fine", "label": "negative"}, "Line 2, person: found no name"),
        ({"id": "fine", "label": "negative", "person": "Ada", "seconds": 3}, "Line 2, seconds: found an unknown field"),
        ({"id": "fine", "label": "negative", "person": "Ada", "marks": ["ship"]}, "Line 2, marks: found"),
        (3, "Line 2: found a value of type int"),
    ],
    ids=["sentence", "label", "person", "field", "marks", "no mapping"],
)
def test_one_bad_answer_keeps_all_out(project: whylight.Project, answer: dict[str, object], fault: str) -> None:
    good = {"id": "lights", "label": "negative", "person": "Ada"}
    with pytest.raises(whylight.Error, match="The list of answers was not imported") as refused:
        project.add_answers([good, answer])
    assert fault in str(refused.value)
    assert not list(project.sentences(answered=True))


@pytest.mark.parametrize(
    ("row", "fault"),
    [(3, "a value of type int"), ({"text": object()}, "a value of type object"), ({"txt": "A."}, "neither text nor")],
    ids=["no mapping", "no JSON", "no text"],
)
def test_a_bad_sentence_is_named_by_its_place(project: whylight.Project, row: object, fault: str) -> None:
    with pytest.raises(whylight.Error, match="Line 2") as refused:
        project.add_sentences(["Good.", row])  # type: ignore[list-item]
    assert fault in str(refused.value)
    assert len(list(project.sentences())) == 2


def test_a_person_may_do_what_their_role_allows(project: whylight.Project) -> None:
    project.add_person("Ben")
    with whylight.open_project(project.path, person="Ben") as his:
        for refused in (his.labels, his.people, his.describe, his.rounds, his.queue, lambda: his.add_label("other")):
            with pytest.raises(whylight.Error, match="Ben is an annotator"):
                refused()
        with pytest.raises(whylight.Error, match="Ben is an annotator"):
            list(his.sentences())


def test_someone_unknown_opens_nothing(project: whylight.Project) -> None:
    with pytest.raises(whylight.Error, match="no person 'Cleo'"):
        whylight.open_project(project.path, person="Cleo")


def test_errors_of_every_package_have_one_root(tmp_path: Path) -> None:
    with pytest.raises(whylight.Error, match="There is no file"):
        whylight.open_project(tmp_path / "none.db")
    from learner.errors import LearnerError

    assert issubclass(LearnerError, whylight.Error)


def test_an_export_of_some_sentences_is_imported_elsewhere(project: whylight.Project, tmp_path: Path) -> None:
    project.add_answers([{"id": "lights", "label": "negative", "marks": ["paying"], "person": "Ada"}])
    assert project.export(tmp_path / "some.jsonl", answered=True) == 1
    with whylight.create_project(tmp_path / "other.db", labels=["negative", "positive"]) as other:
        report = other.import_file(tmp_path / "some.jsonl")
        assert (report.added, report.answers_kept) == (1, 1)
        (brought,) = other.sentences()
    assert brought.metadata == {"shop": "Brambley"}


def test_a_row_that_is_nested_without_end_is_refused(project: whylight.Project) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(whylight.Error, match="Line 1: found lists or mappings nested too deeply, expected at most 100"):
        project.add_sentences([{"text": "It sank.", "x": deep}])


def test_filters_that_cannot_be_are_refused(project: whylight.Project) -> None:
    with pytest.raises(whylight.Error, match="either model or changed_since"):
        project.sentences(model="wrong", changed_since=1)
    with pytest.raises(whylight.Error, match="no model filter 'sad'"):
        project.sentences(model="sad")  # type: ignore[typeddict-item]
    with pytest.raises(whylight.Error, match="no label 'neutral'"):
        project.sentences(label="neutral")


def test_the_queue_has_the_ids_that_people_know(project: whylight.Project) -> None:
    (first,) = project.queue(limit=1)
    assert (first.id, first.reason) in [("lights", "start"), ("fine", "start")]


def test_without_a_round_there_is_no_model_to_ask(project: whylight.Project) -> None:
    with pytest.raises(whylight.Error, match="No round serves yet"):
        project.predict(["Fine."])


def test_examples_are_what_people_decided_and_ties_are_none(project: whylight.Project) -> None:
    project.add_answers(
        [
            {"id": "lights", "label": "negative", "marks": ["paying again"], "person": "Ada"},
            {"id": "lights", "label": "negative", "marks": ["paying"], "person": "Ben"},
            {"id": "lights", "label": "negative", "marks": ["paying"], "person": "Cleo"},
            {"id": "fine", "label": "positive", "person": "Ada"},
            {"id": "fine", "label": "negative", "person": "Ben"},
        ]
    )
    (example,) = project.examples()
    assert isinstance(example, whylight.Example)
    assert (example.id, example.label, example.words) == ("lights", "negative", ("paying",))
    assert [answer.person for answer in example.answers] == ["Ada", "Ben", "Cleo"]
    assert not list(project.examples(search="fine"))


def test_a_frame_has_a_row_for_each_example_and_its_columns_without_any(project: whylight.Project) -> None:
    empty = project.frame()
    project.add_answers([{"id": "lights", "label": "negative", "marks": ["paying again"], "person": "Ada"}])
    frame = project.frame(answered=True)
    assert list(empty.columns) == list(frame.columns)
    assert frame.loc[0, ["id", "label", "words"]].tolist() == ["lights", "negative", ("paying", "again")]
    assert frame.loc[0, "soft_label"] == {"negative": 1.0}


def test_examples_are_for_researchers(project: whylight.Project) -> None:
    project.add_person("Ben")
    with whylight.open_project(project.path, person="Ben") as his, pytest.raises(whylight.Error, match="annotator"):
        his.examples()


@pytest.mark.parametrize("split", ["pool", "train", "Training"])
def test_the_pool_may_be_called_as_in_exports(project: whylight.Project, split: str) -> None:
    pool = [one for one in project.sentences() if one.split == "pool"]
    assert pool and list(project.sentences(split=split)) == pool  # type: ignore[arg-type]
    with pytest.raises(whylight.Error, match="There is no split 'later'; choose one of pool, dev, test"):
        project.sentences(split="later")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["sentences", "examples", "frame", "export"])
def test_a_filter_that_does_not_exist_is_refused_with_those_that_do(project: whylight.Project, method: str) -> None:
    given = [project.path.with_name("out.jsonl")] if method == "export" else []
    with pytest.raises(whylight.Error, match=r"There is no filter 'splt'; choose among split, .*changed_since\."):
        getattr(project, method)(*given, splt="train")


USES: dict[str, list[object]] = {
    **{"add_label": ["other"], "add_person": ["Ada"], "add_sentences": [["A text."]], "wait": [1], "cancel": [1]},
    **{"add_answers": [[{"id": "fine", "label": "positive"}]], "import_file": ["a.jsonl"], "export": ["b.jsonl"]},
    **{"export_examples": ["c.jsonl"], "figures": [1], "predict": [["A text."]]},
}


def test_every_method_of_a_closed_project_says_that_it_is_closed(project: whylight.Project) -> None:
    methods = [name for name, each in vars(whylight.Project).items() if callable(each) and name[0] != "_"]
    begun = project.sentences()
    next(begun)
    project.close()
    for name in sorted({*methods} - {"close"}):
        with pytest.raises(whylight.Error, match=r"^The project shop\.db was closed; open it again with whylight"):
            getattr(project, name)(*USES.get(name, []))
    with pytest.raises(whylight.Error, match="was closed"):
        next(begun)
    project.close()
    assert project.path.name == "shop.db"


def refusal_of(act: Callable[[], object]) -> str:
    with pytest.raises(whylight.Error) as refused:
        act()
    return str(refused.value)


def test_a_refusal_names_arguments_and_methods_and_no_options(project: whylight.Project, tmp_path: Path) -> None:
    table, torn = tmp_path / "table.csv", tmp_path / "torn.csv"
    table.write_text("sentence,label\nFine.,positive\n")
    torn.write_text('text,label\n"Fine.,positive\n')
    numbers = [{"text": "Fine.", "label": 1}]
    refusals = {
        "Fields.text with the name": lambda: project.import_file(table),
        "or Layout.quotes = False if": lambda: project.import_file(torn),
        'LabelRules.names, such as {"1": "NAME", "2": "NAME"}': lambda: project.add_sentences(numbers),
        "1        1      positive           negative": lambda: project.add_sentences(numbers),
        "The text field cannot be 'z'": lambda: whylight.Fields(text="z"),
        "The separator is '::'": lambda: whylight.Layout(separator="::"),
        "or give format with one of": lambda: project.export_examples(tmp_path / "out.x"),
        "make a project with `whylight.create_project()`": lambda: whylight.open_project(tmp_path / "none.db"),
        "give `labels` once": lambda: whylight.create_project(tmp_path / "one.db", labels=["x"]),
        "`no_rationale y` is not": lambda: whylight.create_project(
            tmp_path / "y.db", labels=["x", "z"], no_rationale=["y"]
        ),
    }
    for words, act in refusals.items():
        assert words in (said := refusal_of(act)), said
        assert "--" not in said


ELSEWHERE = {
    **{"--issuer": "person link", "--subject": "person link", "--rows-only": "backup", "--examples": "export"},
}
"""Options of commands that are no methods, which the messages name together with their command."""


def test_every_option_that_a_message_names_has_a_name_in_the_library() -> None:
    root = Path(__file__).resolve().parents[2]
    rooms = ("formats", "importing", "exporting", "project", "rounds", "reviewing", "putting_right", "answering")
    files = [path for room in rooms for path in root.glob(f"annotator/{room}/**/*.py")]
    named = {name for path in files for text in _texts(path) for name in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)}
    assert len(named) > 15
    assert named - ARGUMENTS.keys() - ELSEWHERE.keys() == set()
    assert all(in_python(f"give {name}, please") == f"give {given}, please" for name, given in ARGUMENTS.items())


def _texts(path: Path) -> list[str]:
    """Return the texts of a module apart from its docstrings."""
    tree = ast.parse(path.read_text())
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone
    ]


def test_every_argument_that_stands_for_an_option_exists() -> None:
    for name in {argument.split(" ")[0] for argument in ARGUMENTS.values() if argument[:1].isupper()}:
        owner, _, field = name.partition(".")
        assert field in {each.name for each in fields(getattr(whylight, owner))}, name


def test_every_public_name_is_there_and_in_the_guide() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs/in-python.md").read_text()
    for name in whylight.__all__:
        assert getattr(whylight, name)
        assert f"`{name}`" in guide, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        whylight.nothing  # noqa: B018
