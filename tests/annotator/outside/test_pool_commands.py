"""The commands about a pool outside the project, and what other commands and pages say about it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from drawn_pools import record
from streamlit.testing.v1 import AppTest

from annotator.care.doctor import examine
from annotator.cli import main
from annotator.project.folders import pool_scores_of
from db.corpus import sentences
from db.store import Store
from db.team import people

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("learner.shards.build.WINDOW", 1)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return run


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    """A project with an event and no event of test, and the file of a pool next to it."""
    known = [
        {"text": "The ship sank", "label": "event", "marks": "..+", "split": "test"},
        {"text": "A boat slept", "label": "none", "split": "test"},
    ]
    (tmp_path / "known.jsonl").write_text("\n".join(map(json.dumps, known)))
    records = [record(number) for number in range(60)]
    held_out = {"id": "held-out", "text": "Of dev.", "split": "dev", "label": "event"}
    (tmp_path / "big.jsonl").write_text("\n".join(map(json.dumps, [*records, held_out])))
    assert run("init", "p.db", "--label", "none", "--label", "event").exit_code == 0
    assert run("import", "p.db", "known.jsonl").exit_code == 0
    return tmp_path / "p.db"


@pytest.fixture
def attached(run: Run, project: Path) -> Path:
    """The project with its pool of three shards, and with ten of its sentences."""
    assert run("pool", "build", "big.jsonl", "--out", "big", "--rows", "20").exit_code == 0
    assert run("pool", "attach", "p.db", "big", "--head", "10").exit_code == 0
    return project


def last_object(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_a_pool_is_built_attached_shown_and_detached(run: Run, project: Path, tmp_path: Path) -> None:
    built = run("pool", "build", "big.jsonl", "--out", "big", "--rows", "20", "--json")
    facts = last_object(built)
    assert (facts["shards"], facts["rows"], facts["held_out"], facts["answered"]) == (3, 60, {"dev": 1}, 1)
    assert "Left out 1 of dev: held-out sentences belong in the project, so import them." in built.stdout
    assert built.stderr.count("sentences so far") == 3

    done = run("pool", "attach", "p.db", "big", "--head", "10", "--json")
    assert f"Attached {tmp_path / 'big'}: 3 shards, 60 sentences, outside this project." in done.stdout
    assert last_object(done)["brought"] == 10
    again = run("pool", "attach", "p.db", "big", "--head", "10", "--json")
    assert "The project has 10 sentences of it already, by the same ids." in again.stdout
    assert last_object(again)["brought"] == 0

    shown = last_object(run("pool", "show", "p.db", "--json"))
    assert {shard["state"] for shard in shown["shards"]} == {"as attached"}
    (listed,) = last_object(run("pool", "list", "p.db", "--json"))["pools"]
    assert (listed["sentences"], listed["detached_ms"]) == (60, None)
    assert last_object(run("stats", "p.db", "--json"))["outside"]["sentences"] == 60
    assert run("pool", "detach", "p.db").stdout.startswith(f"Detached {tmp_path / 'big'}; its files, and the sentences")
    assert "outside" not in last_object(run("stats", "p.db", "--json"))
    assert run("pool", "detach", "p.db").exit_code == 1


def test_one_sentence_is_no_plural(run: Run, tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(json.dumps(record(1)))
    built = run("pool", "build", "one.jsonl", "--out", "one")
    assert built.stderr.endswith(".parquet: 1 sentence so far\n")
    assert run("init", "p.db", "--label", "none", "--label", "event").exit_code == 0
    assert run("import", "p.db", "one.jsonl", "--split", "pool").exit_code == 0
    for arguments, says in (
        (("backup", "p.db", "b.db"), "b.db: 1 sentence, 0 answers, 0 rounds."),
        (("tag", "add", "p.db", "sea", "--split", "pool"), "Tagged 1 sentence “sea”; 0 already had"),
        (("set", "save", "p.db", "first", "--split", "pool"), "Saved 1 sentence as “first”."),
        (("tag", "remove", "p.db", "sea", "--split", "pool"), "Removed the tag from 1 sentence."),
    ):
        assert says in run(*arguments).stdout


def test_quotes_are_letters_if_the_caller_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('id\ttext\n1\t"It sank\n')
    refused = run("pool", "build", "a.tsv", "--out", "a")
    assert "or --no-quotes if quotes are letters here" in refused.stderr
    assert last_object(run("pool", "build", "a.tsv", "--out", "a", "--no-quotes", "--json"))["rows"] == 1


def test_what_no_pool_can_be_is_told_in_a_sentence(run: Run, project: Path) -> None:
    for arguments, says in (
        (("pool", "attach", "p.db", "none"), "none: found no such folder, expected one of shards"),
        (("pool", "show", "p.db"), "p.db has no pool outside it; `whylight pool attach` attaches one."),
        (("pool", "build", "p.db", "--out", "big"), "p.db cannot become shards"),
        (("pool", "build", "missing.jsonl", "--out", "big"), "missing.jsonl cannot become shards"),
    ):
        done = run(*arguments)
        assert (done.exit_code, done.stdout) == (1, "")
        assert says in done.stderr
    assert "No pool outside the project was attached" in run("pool", "list", "p.db").stdout


def test_missing_shards_are_named_by_show_by_doctor_and_by_a_round(run: Run, attached: Path, tmp_path: Path) -> None:
    with Store.inspect(attached) as store:
        found = {(each.level, each.found) for each in examine(store) if each.about == "pool outside"}
    assert found == {("ok", "3 shards, 60 sentences, outside this project, as attached")}
    first = sorted((tmp_path / "big").glob("*.parquet"))[0]
    first.unlink()
    difference = f"The pool in {tmp_path / 'big'} is not what was attached: {first.name} is missing."
    todo = (
        "Put the shards back, or build them again into a new folder and attach that one: "
        f"`whylight pool attach {attached} DIR`."
    )
    shown = run("pool", "show", "p.db", "--json")
    states = [shard["state"] for shard in json.loads(shown.stdout.splitlines()[-1])["shards"]]
    assert (shown.exit_code, states) == (1, ["missing", "as attached", "as attached"])
    assert shown.stderr == f"Error: {difference} {todo}\n"
    pool_scores_of(attached).mkdir()
    examined = run("doctor", "p.db", "--json")
    findings = [each for each in json.loads(examined.stdout.splitlines()[-1])["findings"]]
    about = [(each["level"], each["found"], each["todo"]) for each in findings if each["about"] == "pool outside"]
    left = "p.db.pool-scores has scores of a round that did not end."
    assert about == [
        ("error", f"{difference} No round can start.", todo),
        ("warning", left, "The next round uses or removes them; you can delete them too."),
    ]
    assert examined.exit_code == 1


def test_the_way_back_from_a_changed_shard_leads_back(run: Run, attached: Path, tmp_path: Path) -> None:
    shard = sorted((tmp_path / "big").glob("*.parquet"))[0]
    shard.write_bytes(b"short")
    todo = f"build them again into a new folder and attach that one: `whylight pool attach {attached} DIR`."
    for arguments in (("show", "p.db"), ("attach", "p.db", "big")):
        assert run("pool", *arguments).stderr.endswith(f"Put the shards back, or {todo}\n")
    assert run("pool", "build", "big.jsonl", "--out", "again", "--rows", "20").exit_code == 0
    assert run("pool", "attach", "p.db", "again").exit_code == 0
    assert run("pool", "show", "p.db").exit_code == 0


def test_a_backup_and_an_export_say_what_they_do_not_have(run: Run, attached: Path) -> None:
    outside = "Not in it: 3 shards, 60 sentences, outside this project"
    assert f"{outside}; keep the shards, too." in run("backup", "p.db", "b.db").stdout
    exported = run("export", "p.db", "out.jsonl", "--json")
    assert f"{outside}." in exported.stdout
    assert last_object(exported)["sentences"] == 12
    assert f"{outside}." in run("export", "p.db", "-").stderr


def test_a_removal_says_that_the_shards_may_have_the_text(run: Run, attached: Path, tmp_path: Path) -> None:
    with Store.open(attached) as store:
        (number,) = (each.id for page in sentences.pages(store, split="pool") for each in page[:1])
        name = sentences.external_ids(store, [number])[number]
    done = run("sentence", "remove", "p.db", name, "--yes")
    assert f"The shards in {tmp_path / 'big'} may have the text as well" in done.stdout, done.output
    again = last_object(run("pool", "attach", "p.db", "big", "--head", "60", "--json"))
    assert again["brought"] == 50, "all but the removed one and the nine others"


def test_the_page_data_says_what_it_does_not_search(attached: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def script() -> None:
        from annotator.pages import frame
        from annotator.pages.data import page
        from annotator.settings import read_settings

        page.render(frame.read_here(read_settings()))

    with Store.open(attached) as store:
        anna = people.add(store, "Anna", role="admin")
    monkeypatch.setenv("WHYLIGHT_PROJECT", str(attached))
    app = AppTest.from_function(script, default_timeout=30)
    app.session_state["person"] = anna.uid
    app.run()
    assert not app.exception
    captions = [each.value for each in app.caption]
    assert "12 sentences in this project." in captions
    assert "Not searched: 3 shards, 60 sentences, outside this project." in captions


@pytest.mark.slow
@pytest.mark.waits
def test_a_round_of_the_command_line_brings_its_head_and_leaves_no_scores(run: Run, attached: Path) -> None:
    answers = [
        {"id": f"a{number}", "text": f"{text} a{number}", "label": label}
        for number in range(8)
        for text, label in ((("A ship sank", "event"), ("A ship slept", "none"))[number % 2],)
    ]
    attached.with_name("answers.jsonl").write_text("\n".join(map(json.dumps, answers)))
    assert run("import", "p.db", "answers.jsonl", "--answers", "keep", "--hold-out", "0").exit_code == 0
    settings = ("--vectors", "random", "--encoder", "static", "--steps", "5", "--no-twin", "--head", "15")
    done = run("round", "start", "p.db", "--wait", *settings, "--json")
    assert done.exit_code == 0, done.output
    head = last_object(run("queue", "p.db", "--limit", "20", "--json"))["queue"]
    assert [row["round"] for row in head][:15] == [1] * 15
    assert not pool_scores_of(attached).exists()
    imports = last_object(run("imports", "list", "p.db", "--json"))["imports"]
    assert [one["source"] for one in imports][:3] == ["big, for round 1", "answers.jsonl", "big, drawn at random"]
