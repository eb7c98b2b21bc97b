"""Every pair of options of the commands that bring data in, or give it out: it works, or is refused in one sentence."""

from itertools import combinations
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from annotator.cli import main
from db.store import Store
from db.team import audit, people

IMPORT = {
    **dict.fromkeys(("--text-field", "--id-field", "--label-field", "--split-field", "--marks-field"), ""),
    **dict.fromkeys(("--query-field", "--tokens-field", "--span-name"), ""),
    **{"--format": "csv", "--separator": "tab", "--encoding": "utf-16", "--no-quotes": None, "--align": "expand"},
    **{"--person-field": "coder", "--marked-label": "event", "--unmarked-label": "none", "--answers": "held-out"},
    **{"--hold-out": "0.2", "--duplicates": "skip", "--label-map": "1=event", "--label-base": "1", "--split": "dev"},
    **{"--leave-out-faulty": "aside.jsonl", "--same-person": "newer", "--update": "split", "--dry-run": None},
}
FILTERS = {
    **dict.fromkeys(("--label", "--person", "--search", "--set", "--tag"), ""),
    **{"--split": "dev", "--answered": None, "--unanswered": None, "--disagreement": None, "--flagged": None},
    **{"--model": "wrong", "--changed-since": "3"},
}
EXPORT = FILTERS | {
    **{"--answers": None, "--examples": None, "--format": "csv", "--separator": "tab", "--newest": None},
    **{"--without-names": None, "--datacard": "card.md", "--licence": "mit"},
}
MERGE = {"--into": "new.db", "--same-person": "newer", "--update": "split", "--dry-run": None}
REPLACE = {"--text": "", "--from-file": __file__, "--query": "", "--reason": "", "--dry-run": None, "--yes": None}
BY = {"--as": "anna", "--json": None}

COMMANDS = {
    "import p.db in.csv": IMPORT | BY,
    "export p.db out": EXPORT | BY,
    "merge p.db q.db": MERGE | BY,
    "sentence replace p.db s1": REPLACE | BY,
    "sentence remove p.db s1": {"--reason": "", "--dry-run": None, "--yes": None} | BY,
    "label add p.db new": {"--no-rationale": None} | BY,
}
OF_FILTERS = {
    ("--answered", "--unanswered"): "--answered/--unanswered is given twice",
    ("--unanswered", "--label"): "has no label",
    ("--unanswered", "--disagreement"): "people disagree only where they have answered",
    ("--unanswered", "--model"): "wrong only where people have answered",
    ("--model", "--changed-since"): "give one of them",
}
OF_EXAMPLES = ("--newest", "--without-names", "--separator", "--datacard", "--licence")
REFUSED = {
    "import p.db in.csv": {
        ("--hold-out", "--split"): "All sentences are put into dev, so that none are left to set aside",
        ("--label-map", "--label-base"): "give one of them",
        ("--person-field", "--answers"): "answers of people are kept in every split",
    },
    "export p.db out": OF_FILTERS
    | {("--answers", name): "--examples" for name in OF_EXAMPLES}
    | {("--unanswered", name): "Only a sentence with an answer is an example" for name in OF_EXAMPLES}
    | {
        ("--answers", "--examples"): "--answers/--examples is given twice",
        ("--answers", "--format"): "Answers are exported as JSON lines alone, not as CSV",
        ("--unanswered", "--examples"): "Only a sentence with an answer is an example",
        ("--unanswered", "--format"): "Only a sentence with an answer is an example",
    },
    "merge p.db q.db": {("--into", "--dry-run"): "leave --into out"},
    "sentence replace p.db s1": {("--text", "--from-file"): "not with both"},
}
NEEDED = {
    "sentence replace p.db s1": [(REPLACE | BY, ["--text", "Other."], {"--text", "--from-file"})],
    "export p.db out": [
        ({"--examples", *OF_EXAMPLES}, ["--format", "csv"], {"--format", "--answers"}),
        ({"--licence"}, ["--datacard", "card.md"], {"--datacard", "--answers"}),
    ],
}
"""Options, what a command needs as well where it is given one of them, and options that stand for that themselves."""


def options_of(command: str) -> dict[str, click.Option]:
    found: click.Command = main
    for name in command.split(" p.db")[0].split():
        assert isinstance(found, click.Group)
        found = found.commands[name]
    return {
        name: one
        for one in found.params
        if isinstance(one, click.Option)
        for name in (*one.opts, *one.secondary_opts)
        if name.startswith("--")
    }


def written(option: str, value: str | None) -> list[str]:
    return [option] if value is None else [option, value or option.strip("-")]


def run(command: str, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*command.split(), *arguments])
    return result.exit_code, result.stderr


@pytest.fixture(autouse=True)
def in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a project, what was not refused before ends with one sentence about the missing project."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_pair_of_options_is_accepted_or_refused_in_one_sentence(command: str) -> None:
    options, values = options_of(command), COMMANDS[command]
    assert set(options) == set(values), "a new option needs a value here, and a thought about what contradicts it"
    refused = dict(REFUSED.get(command, {}))
    for one, other in combinations(values, 2):
        code, said = run(
            command, *needed(command, one, other), *written(one, values[one]), *written(other, values[other])
        )
        why = refused.pop((one, other), None) or refused.pop((other, one), None)
        assert code == 1
        assert (why or "There is no file p.db") in said, (one, other, said)
    assert not refused


def needed(command: str, *pair: str) -> list[str]:
    parts = NEEDED.get(command, ())
    return [part for by, given, instead in parts if {*pair} & {*by} and not {*pair} & instead for part in given]


def test_an_option_given_twice_is_refused_and_one_that_lists_is_not() -> None:
    assert "--split is given twice" in run("import p.db in.csv", "--split", "dev", "--split", "test")[1]
    assert "--as is given twice" in run("label list p.db", "--as", "anna", "--as", "ben")[1]
    assert "There is no file p.db" in run("import p.db in.csv", "--span-name", "a", "--span-name", "b")[1]
    assert "There is no file p.db" in run("import p.db in.csv", "--split", "dev", "--hold-out", "0")[1]


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ("export p.db - --json", "--json would print its line into the data"),
        ("export p.db out --format csv --datacard out", "OUT and --datacard name the same file"),
        ("export p.db out.csv --unanswered", "Only a sentence with an answer is an example"),
        ("export p.db out.bio --format jsonl", "out.bio would hold JSON lines, but .bio means annotations in columns"),
        ("sentence replace p.db s1", "Give the corrected text"),
    ],
)
def test_what_contradicts_a_name_or_itself_is_refused(arguments: str, refusal: str) -> None:
    code, said = run(arguments)
    assert code == 1 and refusal in said


def export(store: Store, *options: str, out: str = "out.jsonl") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["export", str(store.path), *options, out])
    return result.exit_code, result.output


@pytest.mark.parametrize("said", [["--as", "examples"], ["--as=examples"], ["--as", "examples", "--as", "anna"]])
def test_as_answers_and_as_examples_name_what_is_exported(empty_store: Store, said: list[str]) -> None:
    people.add(empty_store, "anna", role="researcher")
    code, printed = export(empty_store, *said)
    assert (code, printed) == (0, "Wrote 0 examples to out.jsonl.\n")
    assert audit.newest(empty_store, limit=1)[0].person == ("anna" if "anna" in said else None)
    assert export(empty_store, "--as", "answers") == (0, "Wrote 0 sentences to out.jsonl.\n")


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        ("--as examples --answers", "--answers/--examples is given twice"),
        ("--as examples --as answers", "--answers/--examples is given twice"),
        ("--as anna --as ben", "--as is given twice"),
        ("--as answers --newest", "--newest is for examples, not for answers"),
        ("--as Examples", "The project has no person 'Examples'"),
    ],
)
def test_what_as_names_contradicts_the_other_options_as_its_own_option_does(
    empty_store: Store, arguments: str, refusal: str
) -> None:
    code, printed = export(empty_store, *arguments.split())
    assert code == 1 and refusal in printed


def test_as_a_kind_is_refused_where_a_person_has_this_name(empty_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    people.add(empty_store, "Examples", role="researcher")
    code, printed = export(empty_store, "--as", "examples")
    assert code == 1 and "--as examples is not clear, because the project has a person 'Examples'" in printed
    assert not Path("out.jsonl").exists()
    monkeypatch.setenv("WHYLIGHT_PERSON", "Examples")
    assert export(empty_store, "--examples")[0] == 0


def test_only_an_option_names_a_kind(empty_store: Store) -> None:
    assert export(empty_store, "--", out="answers") == (0, "Wrote 0 sentences to answers.\n")
