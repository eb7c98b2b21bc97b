"""The study on sixty made-up sentences: that it can choose, run, be cut off and go on."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import study
from marks_study import choosing
from marks_study.default import find_default
from marks_study.protocol import (
    CANDIDATES,
    CHOOSING_SEED,
    FILES,
    MAIN,
    SEEDS,
    SHORTCUT_VARIANTS,
    Setting,
    Trial,
    choosing_trials,
    study_trials,
    trial_of,
)
from marks_study.tables import Place, cells_of, markdown, summary
from marks_study.targets import reached
from study_parts import sentences
from study_parts.trials_file import Done, TrialsFile

from learner.data.example import Example
from learner.data.splits import sample
from learner.trials.trial_file import Outcome

PROTOCOL = Path(__file__).parents[2] / "benchmarks/study_protocol.md"
Command = Callable[..., None]


def _line(draw: random.Random, split: str, number: int) -> dict[str, object]:
    tokens = draw.choices([f"filler{each}" for each in range(20)], k=8)
    if number % 2:
        tokens[draw.randrange(8)] = "exploded"
    z = [int(token == "exploded") for token in tokens]
    return {"id": f"{split}-{number}", "tokens": tokens, "label": number % 2, "z": z, "split": split}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sets as the study finds them: 60 sentences each; those of test can't be read as examples."""
    draw = random.Random(1)
    for file in FILES.values():
        lines = [_line(draw, split, number) for split in ("train", "dev", "test") for number in range(20)]
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        # The learner takes a name that ends in .gz for gzip.
        sentences.write_lines(path, lines)
    return tmp_path


@pytest.fixture
def command(folder: Path, trials_in_processes: None, monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(name: str, *options: str) -> None:
        files = (
            "--trials",
            folder / "trials.jsonl",
            "--chosen",
            folder / "chosen.json",
            "--out",
            folder / "study.json",
        )
        arguments = ["study.py", name, folder, *files, "--steps", "4", "--jobs", "1", *options]
        monkeypatch.setattr("sys.argv", [str(argument) for argument in arguments])
        study.main()

    return run


def _spoil_test(folder: Path) -> None:
    for file in FILES.values():
        lines = [line.record for line in sentences.read_lines(folder / file)]
        spoilt = [line | ({"tokens": [], "z": "?"} if line["split"] == "test" else {}) for line in lines]
        sentences.write_lines(folder / file, spoilt)


def test_choosing_never_reads_a_test_sentence(folder: Path, command: Command) -> None:
    _spoil_test(folder)
    with pytest.raises(SystemExit, match="not all done"):
        command("choose", "--losses", "none", "--sets", "litbank")
    done = TrialsFile(folder / "trials.jsonl", trial_of).read()
    assert [(each.trial.judged_on, each.failed) for each in done] == [("dev", None)]


def test_a_study_can_be_chosen_run_cut_off_and_gone_on_with(folder: Path, command: Command) -> None:
    chosen = {"none": Setting("none", 0), "mass+head": Setting("0.5*mass+1*head", 2)}
    choosing.write_chosen(folder / "chosen.json", chosen, [])
    command("run", "--sets", "litbank", "--seeds", "0")
    file = folder / "trials.jsonl"
    whole = file.read_text()
    of_litbank = [trial for trial in study_trials(chosen, steps=4) if trial.data == "litbank" and trial.seed == 0]
    assert [done.trial for done in TrialsFile(file, trial_of).read()] == of_litbank
    file.write_text(whole[: whole.rindex('"figures"')])  # the last line was cut off
    command("run", "--sets", "litbank", "--seeds", "0")
    again = {done.trial: done.figures for done in TrialsFile(file, trial_of).read()}
    assert again == {done.trial: done.figures for done in _read(folder, whole)}
    tables = (folder / "study.md").read_text()
    assert "## litbank, 300 answers, planted shortcut with `-` marks on it" in tables
    assert "| mass+head | 1 |" in tables
    record = json.loads((folder / "study.json").read_text())
    taught = {"irrelevant", "mass+head", "mass+head+irrelevant"}
    assert {cell["variant"] for cell in record["cells"]} == {"none", *taught}
    assert {target["variant"] for target in record["targets"]} == taught


def _read(folder: Path, text: str) -> list[Done[Trial]]:
    (folder / "whole.jsonl").write_text(text)
    return TrialsFile(folder / "whole.jsonl", trial_of).read()


def test_a_run_without_chosen_settings_is_refused(command: Command) -> None:
    with pytest.raises(SystemExit, match="choose` first"):
        command("run")


def test_a_trial_that_fails_is_written_down_with_its_reason(folder: Path, command: Command) -> None:
    (folder / FILES["litbank"]).write_bytes(b"no gzip")
    choosing.write_chosen(folder / "chosen.json", {"none": Setting("none", 0)}, [])
    command("run", "--sets", "litbank", "--seeds", "0")
    done = TrialsFile(folder / "trials.jsonl", trial_of).read()
    assert all("damaged gzip data" in (each.failed or "") for each in done)
    assert "| none | 1, 1 failed | –" in (folder / "study.md").read_text()


def test_samples_are_nested_and_drawn_by_the_seed() -> None:
    examples = [Example((str(number),), 0) for number in range(50)]
    small, large, all_of_them = (sample(examples, size, seed=3) for size in (5, 20, None))
    assert large[:5] == small
    assert all_of_them[:20] == large
    assert len({example.tokens for example in all_of_them}) == 50
    assert sample(examples, 5, seed=4) != small


def _done(variant: str, setting: Setting, accuracy: float, precision: float, data: str = "litbank") -> Done[Trial]:
    figures = {
        "accuracy": accuracy,
        "macro_f1": accuracy,
        "f1": accuracy,
        "average_precision_integrated_gradients": precision,
        "delta_tpr": precision,
    }
    return Done(Trial(data, 300, variant, setting, CHOOSING_SEED, "dev"), figures, None, 1.0)


def test_of_settings_that_answer_alike_the_one_that_explains_best_is_chosen() -> None:
    trials = []
    for variant, settings in CANDIDATES.items():
        for place, setting in enumerate(settings):
            # The second is 0.4 behind the first and explains better; the third is 0.6 behind and explains best.
            accuracy, precision = [(80.0, 40.0), (79.6, 50.0), (79.4, 60.0)][min(place, 2)]
            trials += [_done(variant, setting, accuracy, precision, data) for data in ("litbank", "hatexplain")]
    chosen = choosing.choose(trials)
    assert chosen["rank"] == CANDIDATES["rank"][1]
    failing = [done._replace(failed="nan") if done.trial.setting == CANDIDATES["rank"][1] else done for done in trials]
    assert choosing.choose(failing)["rank"] == CANDIDATES["rank"][0]


def test_targets_are_differences_of_means_and_the_worst_seed() -> None:
    def on_test(variant: str, seed: int, accuracy: float, precision: float) -> Done[Trial]:
        done = _done(variant, Setting(variant, 0), accuracy, precision)
        return done._replace(trial=replace(done.trial, judged_on="test", seed=seed))

    trials = [on_test("none", 0, 70.0, 40.0), on_test("none", 1, 72.0, 40.0)]
    trials += [on_test("hinge", 0, 70.0, 40.0), on_test("hinge", 1, 68.0, 42.0)]
    trials += [on_test("head", 0, 71.0, 60.0), on_test("head", 1, 75.0, 50.0)]
    found = {(each.target, each.variant): (each.figure, each.is_met) for each in reached(cells_of(trials))}
    assert found["litbank 300: mean accuracy against untaught", "hinge"] == (-2.0, False)
    assert found["litbank 300: worst seed's F1 against untaught", "hinge"] == (-4.0, False)
    assert found["litbank 300: worst seed's F1 against untaught", "head"] == (1.0, True)
    assert found["litbank 300: average_precision_integrated_gradients against Eq. 4", "head"] == (14.0, True)
    (record,) = [each for each in summary(cells_of(trials)) if each["variant"] == "head"]
    assert record["accuracy"] == {"mean": 73.0, "sd": 2.0}
    assert any("| head | 2 | 73.0 ± 2.0" in line for line in markdown(cells_of(trials)))


def test_the_default_is_the_safe_loss_that_answers_best_on_dev() -> None:
    def on_test(variant: str, size: int, dev: float, precision: float = 0.0) -> Done[Trial]:
        done = _done(variant, Setting(variant, 0), 0.0, precision)
        figures = {**done.figures, "dev_accuracy": dev, "dev_macro_f1": dev}
        return done._replace(trial=replace(done.trial, judged_on="test", seed=0, size=size), figures=figures)

    trials = [on_test("none", 300, 70.0), on_test("none", 1000, 75.0)]
    trials += [on_test("hinge", 300, 90.0), on_test("hinge", 1000, 73.9)]  # best, and not safe
    trials += [on_test("head", 300, 74.0), on_test("head", 1000, 76.0)]
    trials += [on_test("mass", 300, 73.6), on_test("mass", 1000, 75.6)]
    trials += [on_test("rank", 300, 73.4), on_test("rank", 1000, 75.4)]
    trials += [on_test("quiet", 300, 99.0)]  # best where it was run, and not known to be safe at 1,000
    chosen = {name: Setting(name, 0) for name in CANDIDATES}
    explained = [_done("head", chosen["head"], 0.0, 40.0), _done("mass", chosen["mass"], 0.0, 50.0)]
    explained += [_done(name, chosen[name], 0.0, 60.0) for name in ("rank", "quiet")]
    assert find_default(cells_of(trials), chosen, explained) == "mass"
    assert find_default(cells_of(trials[2:]), chosen, explained) is None


def test_cells_are_told_apart_by_set_size_and_shortcut() -> None:
    chosen = {variant: settings[0] for variant, settings in CANDIDATES.items()}
    trials = study_trials(chosen)
    assert len(set(trials)) == len(trials)
    done = [Done(trial, {"accuracy": 1.0, "f1": 1.0}, None, 0.0) for trial in trials]
    cells = cells_of(done)
    assert all(len(of) == len(SEEDS) for variants in cells.values() for of in variants.values())
    assert set(cells[Place("litbank", "marks", 300)]) == set(SHORTCUT_VARIANTS)
    assert set(cells[Place("litbank", "none", 0)]) == set(MAIN)
    dashes = {*SHORTCUT_VARIANTS, "irrelevant", *(f"{each}+irrelevant" for each in SHORTCUT_VARIANTS if each != "none")}
    assert set(cells[Place("litbank", "dash", 300)]) == dashes
    assert {trial.judged_on for trial in choosing_trials()} == {"dev"}
    assert CHOOSING_SEED not in SEEDS


def test_the_program_follows_the_written_protocol() -> None:
    text = PROTOCOL.read_text()
    rows = dict(re.findall(r"^\| `(\S+)` \| (.*) \|$", text, flags=re.MULTILINE))
    assert rows.keys() == CANDIDATES.keys()
    for variant, settings in CANDIDATES.items():
        losses, _, warmups = rows[variant].partition(" | ")
        assert losses.split(", ") == list(dict.fromkeys(setting.loss for setting in settings))
        assert re.findall(r"\d+", warmups) == list(dict.fromkeys(str(setting.warmup_steps) for setting in settings))
    assert all(f"`{variant}`" in text for variant in MAIN)


def test_a_trial_survives_its_file(tmp_path: Path) -> None:
    file = TrialsFile(tmp_path / "trials.jsonl", trial_of)
    done = [_done("head", Setting("head", 5), 1.0, 2.0), _done("none", Setting("none", 0), 3.0, 4.0)]
    for each in done:
        file.append(each.trial, Outcome(each.figures, each.failed, each.seconds))
    assert [asdict(each.trial) for each in file.read()] == [asdict(each.trial) for each in done]
    assert file.missing([done[0].trial, replace(done[0].trial, seed=3)]) == [replace(done[0].trial, seed=3)]
