"""The commands as people type them, each in its own process where that matters."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from annotator.cli import main
from annotator.rounds.files import make_round_folder
from annotator.rounds.learning.rest import STATE, RestOfPool
from db.learning import rounds
from db.queue import queue_entries, slots
from db.queue.slots import QueueEntry
from db.store import Store
from db.team.project import serve_round
from learner.model_names import own_loss

pytestmark = pytest.mark.slow

SENTENCES = [
    {"id": "a", "text": "The ship sank.", "label": "event", "marks": "..+.", "split": "train"},
    {"id": "b", "text": "A boat slept.", "label": "none", "split": "train"},
    {"id": "c", "text": "Her barge sank.", "label": "event", "z": [0, 0, 1, 0], "split": "test"},
    {"id": "d", "text": "It was late.", "split": "train"},
]

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    (tmp_path / "s.jsonl").write_text("\n".join(map(json.dumps, SENTENCES)))
    assert run("init", "p.db", "--label", "none", "--label", "event", "--no-rationale", "none").exit_code == 0
    assert run("import", "p.db", "s.jsonl", "--answers", "keep").exit_code == 0
    return tmp_path / "p.db"


def last_object(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def commands() -> list[list[str]]:
    def walk(command: click.Command, path: list[str]) -> list[list[str]]:
        if isinstance(command, click.Group):
            return [found for name, inner in command.commands.items() for found in walk(inner, [*path, name])]
        return [path]

    return walk(main, [])


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_help_and_json(run: Run, path: list[str]) -> None:
    said = run(*path, "--help").stdout
    assert "Usage:" in said
    assert "--json" in said


def test_import_says_what_it_did(run: Run, project: Path) -> None:
    said = run("import", "p.db", "s.jsonl", "--answers", "keep", "--json")
    assert "4 sentences were already in the project" in said.stdout
    facts = last_object(said)
    assert (facts["added"], facts["skipped"]) == (0, 4)


def test_a_tables_columns_are_chosen_by_options(run: Run, project: Path, tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("doc\tbody\tclass\twhy\tset\task\n007\tA ship sank\tevent\t..+\tdev\tWho?\n")
    names = {"text": "body", "id": "doc", "label": "class", "marks": "why", "split": "set", "query": "ask"}
    options = [word for part, name in names.items() for word in (f"--{part}-field", name)]
    assert last_object(run("import", "p.db", "t.tsv", *options, "--json"))["answers_kept"] == 1
    run("export", "p.db", "out.jsonl")
    line = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[-1])
    assert (line["id"], line["query"], line["annotations"][0]["marks"]) == ("007", "Who?", "..+")


def test_stats_and_queue_show_the_state_of_the_project(run: Run, project: Path) -> None:
    facts = last_object(run("stats", "p.db", "--json"))
    assert facts["sentences"] == {"pool": 3, "dev": 0, "test": 1}
    assert facts["answers_by_label"] == {
        "none": {"answers": 1, "with_marks": 0},
        "event": {"answers": 2, "with_marks": 2},
    }
    queued = last_object(run("queue", "p.db", "--limit", "5", "--json"))["queue"]
    assert [(each["text"], each["reason"]) for each in queued] == [("It was late.", "start")]
    assert "It was late." in run("queue", "p.db").stdout


@pytest.mark.slow
def test_the_pool_is_put_in_order_before_the_first_round(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.rounds.learning.ordering.open_encoder", lambda store, settings: None)
    queued = last_object(run("queue", "p.db", "--order", "typical", "--json"))["queue"]
    assert [(each["text"], each["score"], each["round"]) for each in queued] == [("It was late.", 1.0, None)]
    assert last_object(run("queue", "p.db", "--order", "random", "--json"))["queue"][0]["score"] is None


def test_the_queue_shows_the_place_the_chance_and_why(run: Run, project: Path) -> None:
    with Store.open(project) as store:
        sentence = slots.upcoming(store, 1)[0].sentence_id
        for acquisition in ("uncertainty", "core-set"):
            landed = rounds.queue(store, config={"acquisition": acquisition}, seed=0, last_annotation=None)
            rounds.advance(store, landed.id, "ready")
        head = [QueueEntry(sentence, "unsure", 0.75, 0.125, {"core-set": 0.75}, "It is far.")]
        slots.refill(store, landed.id, head)
        queue_entries.add(store, landed.id, head)
    (queued,) = last_object(run("queue", "p.db", "--json"))["queue"]
    assert (queued["acquisition"], queued["round"], queued["place"]) == ("core-set", 2, 1)
    assert (queued["score"], queued["probability"], queued["parts"]) == (0.75, 0.125, {"core-set": 0.75})
    assert queued["why"] == "It is far."
    shown = run("queue", "p.db").stdout
    assert all(part in shown for part in ("core-set", "0.750", "0.1250", "It is far."))


def test_export_writes_what_came_in(run: Run, project: Path, tmp_path: Path) -> None:
    assert last_object(run("export", "p.db", "out.jsonl", "--json"))["sentences"] == 4
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c", "d"]
    assert [answer["marks"] for answer in lines[0]["annotations"]] == ["..+."]


def test_export_takes_filters(run: Run, project: Path, tmp_path: Path) -> None:
    for options, ids in (
        (("--unanswered",), ["d"]),
        (("--answered", "--label", "none"), ["b"]),
        (("--split", "test", "--person", "gold"), ["c"]),
        (("--disagreement",), []),
        (("--flagged",), []),
        (("--search", "IT was"), ["d"]),
    ):
        run("export", "p.db", "some.jsonl", *options)
        lines = (tmp_path / "some.jsonl").read_text().splitlines()
        assert [json.loads(line)["id"] for line in lines] == ids, options


def test_examples_are_exported_by_suffix_with_a_datacard(run: Run, project: Path, tmp_path: Path) -> None:
    options = ("--separator", ";", "--datacard", "card.md", "--licence", "cc-by-4.0", "--newest", "--split", "pool")
    said = run("export", "p.db", "out.csv", *options, "--json")
    assert last_object(said) == {
        "examples": 2,
        "splits": {"train": 2},
        "left_out": {"no answer": 1},
        "not_carried": {},
        "file": "out.csv",
    }
    assert "Wrote 2 examples to out.csv." in said.stdout
    assert "Left out 1 sentence without an answer that counts." in said.stdout
    assert (tmp_path / "out.csv").read_text().startswith("\ufeffid;text;")
    assert 'license: "cc-by-4.0"' in (tmp_path / "card.md").read_text()
    assert "the newest answer" in (tmp_path / "card.md").read_text()
    run("export", "p.db", "whole", "--format", "huggingface", "--without-names")
    assert (tmp_path / "whole" / "train" / "state.json").exists()
    said = run("export", "p.db", "spans.csv", "--format", "spans-csv")
    assert "CSV of spans cannot hold people's answers" in said.stdout


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        (("out.jsonl", "--newest"), "--newest is for examples, not for answers; give --examples."),
        (("out.jsonl", "--datacard", "card.md"), "--datacard is for examples, not for answers; give --examples."),
        (("out.jsonl", "--examples", "--licence", "mit"), "--licence is for the datacard; add --datacard FILE.md."),
        (("out.jsonl", "--examples", "--separator", ";"), "JSON lines has no separator"),
        (("out.csv", "--answers"), "Answers are exported as JSON lines alone, not as CSV"),
        (("out.csv", "--format", "parquet"), "out.csv would hold Parquet, but .csv means a table"),
        (("out.csv", "--datacard", "card.csv"), "would hold a datacard, but .csv means a table"),
    ],
)
def test_an_export_that_contradicts_itself_is_refused(
    run: Run, project: Path, tmp_path: Path, options: tuple[str, ...], refusal: str
) -> None:
    done = run("export", "p.db", *options)
    assert done.exit_code != 0
    assert refusal in done.stderr
    assert not (tmp_path / options[0]).exists()


def test_examples_on_standard_output_are_the_data_alone(project: Path) -> None:
    for format, begins in (("jsonl", b'{"id": "a"'), ("csv", b"\xef\xbb\xbfid,"), ("parquet", b"PAR1")):
        done = subprocess.run(
            [sys.executable, "-m", "annotator", "export", str(project), "-", "--examples", "--format", format],
            capture_output=True,
            check=True,
        )
        assert done.stdout.startswith(begins)
        assert b"Wrote 3 examples to -." in done.stderr


def test_export_to_standard_output_is_the_data_alone(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "annotator", "export", str(project), "-"], capture_output=True, text=True, check=True
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a", "b", "c", "d"]


@pytest.mark.slow
def test_a_round_is_started_followed_and_shown(run: Run, project: Path) -> None:
    started = run("round", "start", "p.db", "--wait", "--steps", "20", "--vectors", "random", "--json")
    facts = last_object(started)
    assert (facts["state"], facts["config"]["steps"]) == ("ready", 20)
    assert "random" in json.dumps(facts["metrics"]["vectors"])
    listed = last_object(run("round", "list", "p.db", "--json"))["rounds"]
    assert (listed[0]["id"], listed[0]["measured"]["sentences"]) == (1, 1)
    shown = run("round", "show", "p.db", "1")
    assert "ready" in shown.stdout
    assert "saliency accuracy" in shown.stdout


@pytest.mark.slow
def test_a_round_on_an_encoder_says_what_it_does_and_what_it_was(run: Run, project: Path, tiny_encoder: Path) -> None:
    command = ("round", "start", "p.db", "--encoder", str(tiny_encoder), "--encoder-layer", "1")
    started = run(*command, "--wait", "--steps", "20", "--json")
    states = [line.partition(": ")[2] for line in started.stderr.splitlines() if line.startswith("Round 1: ")]
    assert states[-1] == "ready"
    config, metrics = (last_object(started)[name] for name in ("config", "metrics"))
    assert (config["encoder"], config["model"], config["loss"]) == (str(tiny_encoder), "evidence", own_loss("evidence"))
    assert (metrics["model"]["layer"], metrics["reading"]["sentences"]) == (1, 4)
    assert "evidence on tiny" in run("round", "list", "p.db").stdout
    assert "Read by tiny after layer 1" in run("round", "show", "p.db", "1").stdout


def test_the_rest_of_a_large_pool_is_in_the_list_of_rounds(run: Run, project: Path) -> None:
    with Store.open(project) as store:
        ended = rounds.queue(store, config={}, seed=0, last_annotation=None)
        measured = {"test": {"accuracy": 80.0, "examples": 40}}
        rounds.advance(store, ended.id, "ready", metrics={"reading": {"left": 49_000}} | measured)
        rounds.queue(store, config={}, seed=0, last_annotation=None, twin_of=ended.id)
        serve_round(store, ended.id)
        make_round_folder(store, ended.id)
        STATE.write(store, ended.id, RestOfPool(9_000, 49_000, 90.0, os.getpid(), None))
    listed = run("round", "list", "p.db", "--json")
    assert "in the background: 9,000 of 49,000, about 7 min left" in listed.stdout
    facts = last_object(listed)
    assert facts["reading"]["done"] == 9_000
    assert [(each["id"], each["measured"] and each["measured"]["sentences"]) for each in facts["rounds"]] == [
        (1, 40),
        (-1, None),
    ]
    first, twin = (line.split() for line in listed.stdout.splitlines() if line.split()[:1] in (["1"], ["└"]))
    assert (first[1:3], "test" in first, "80.0" in first, twin[:3]) == (
        ["ready,", "serving"],
        True,
        True,
        ["└", "1", "twin"],
    )


def test_a_backup_is_restored_with_both_counts_shown(run: Run, project: Path) -> None:
    made = last_object(run("backup", "p.db", "--json"))
    assert made["held"]["answers"] == 3
    (project.parent / "more.jsonl").write_text('{"id": "e", "text": "One more.", "split": "train"}')
    run("import", "p.db", "more.jsonl")
    shown = run("restore", "p.db", made["file"], "--yes", "--json")
    facts = last_object(shown)
    assert (facts["before"]["sentences"], facts["now"]["sentences"]) == (5, 4)
    assert "before-restore" in shown.stdout
    assert last_object(run("stats", "p.db", "--json"))["sentences"]["pool"] == 3


def test_the_doctor_exits_with_1_for_an_error_alone(run: Run, project: Path) -> None:
    facts = last_object(run("doctor", "p.db", "--json"))
    assert {"ok", "warning"} == {each["level"] for each in facts["findings"]}
    project.write_bytes(project.read_bytes().replace(b'"ship"', b'"shop"'))
    result = run("doctor", "p.db", "--json")
    assert result.exit_code == 1
    assert "the first about tokens" in result.stderr
    assert "error" in {each["level"] for each in json.loads(result.stdout.splitlines()[-1])["findings"]}


def test_people_are_added_deactivated_and_listed(run: Run, project: Path) -> None:
    assert last_object(run("person", "add", "p.db", "Anna", "--role", "researcher", "--json"))["role"] == "researcher"
    assert last_object(run("person", "deactivate", "p.db", "anna", "--json"))["active"] is False
    listed = last_object(run("person", "list", "p.db", "--json"))["people"]
    assert [(each["name"], each["active"]) for each in listed] == [("Anna", False), ("gold", False)]
    assert last_object(run("person", "activate", "p.db", "Anna", "--json"))["active"] is True
    done = last_object(run("audit", "p.db", "--limit", "2", "--json"))["audit"]
    assert [row["action"] for row in done] == ["person activated", "person deactivated"]
    assert "person deactivated" in run("audit", "p.db").stdout
    (earlier,) = last_object(run("audit", "p.db", "--limit", "1", "--before", str(done[1]["id"]), "--json"))["audit"]
    assert earlier["id"] < done[1]["id"]


def test_a_sentence_tells_its_history_and_leases_are_listed(run: Run, project: Path) -> None:
    told = last_object(run("history", "p.db", "a", "--json"))
    assert [(each["person"], each["marks"], each["imported"]) for each in told["answers"]] == [("gold", "..+.", True)]
    assert "imported" in run("history", "p.db", "a").stdout
    facts = last_object(run("leases", "p.db", "--release", "--json"))
    assert facts == {"leases": [], "released": 0, "why_empty": ""}


REFUSED = [
    (["init", "p.db", "--label", "a", "--label", "b"], "already exists"),
    (["init", "new.db", "--label", "a"], "2 to 200 labels"),
    (["import", "p.db", "missing.jsonl"], "missing.jsonl"),
    (["import", "p.db", "bad.jsonl"], "Line 1, text: found 7, expected a string."),
    (["import", "p.db", "s.jsonl", "--hold-out", "0.6"], "0.45"),
    (["import", "p.db", "s.jsonl", "--answers", "some"], "'some' is not one of"),
    (["import", "p.db", "s.jsonl", "--text-field", "id"], "The text field and the id field are both 'id'"),
    (["import", "missing.db", "s.jsonl"], "There is no file missing.db"),
    (["stats", "s.jsonl"], "is not a Whylight project"),
    (["round", "show", "p.db", "7"], "no round 7"),
    (["round", "cancel", "p.db", "7"], "no round 7"),
    (["round", "start", "p.db", "--loss", "magic"], "no loss is called 'magic'"),
    (["round", "start", "p.db", "--encoder", "nowhere"], "There is no encoder"),
    (["round", "start", "p.db", "--model", "magic", "--vectors", "random"], "no model is called 'magic'"),
    (["serve", "p.db", "--address", "0.0.0.0"], "this machine only"),
    (["serve", "missing.db"], "There is no file missing.db"),
    (["export", "p.db", "nowhere/out.jsonl"], "nowhere"),
    (["demo", "--no-serve", "--dir", "."], "already exists"),
    (["person", "add", "p.db", "GOLD"], "type another one"),
    (["person", "deactivate", "p.db", "Zoe"], "no person 'Zoe'"),
    (["history", "p.db", "z"], "no sentence 'z'"),
    (["backup", "p.db", "s.jsonl"], "overwrites nothing"),
    (["backup", "p.db", "nowhere/b.db"], "create it first"),
    (["restore", "p.db", "missing.db"], "There is no file missing.db"),
    (["restore", "p.db", "s.jsonl"], "is not a Whylight project"),
]


@pytest.mark.parametrize(
    ("arguments", "says"), REFUSED, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_is_refused_is_one_sentence_and_exit_code_1(
    run: Run, project: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "bad.jsonl").write_text('{"text": 7}\n')
    (tmp_path / "demo.db").touch()
    before = project.read_bytes()
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    assert says in result.stderr
    assert "Traceback" not in result.output
    assert project.read_bytes() == before
    assert not (tmp_path / "new.db").exists()


def test_cancelling_a_missing_round_changes_nothing(run: Run, project: Path) -> None:
    run("round", "cancel", "p.db", "7")
    assert last_object(run("stats", "p.db", "--json"))["rounds"] == {}
