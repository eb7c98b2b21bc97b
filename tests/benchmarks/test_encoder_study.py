"""The study of the encoder: its rule, its targets, its protocol; on made-up sentences it runs, stops and goes on."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import encoder_study
import marks_study.protocol as marks
import pytest
from encoder_choice.borrowed import borrow
from encoder_choice.choosing import Chosen, choose_layer, choose_loss, read_chosen, write_chosen
from encoder_choice.protocol import (
    CANDIDATES,
    CELLS,
    CHOOSING_SEEDS,
    ENCODER,
    FILES,
    LAYER_LOSS,
    LAYERS,
    NO_SALIENCY,
    TEST_SEEDS,
    Trial,
    layer_trials,
    loss_trials,
    trial_of,
    trials_on_test,
)
from encoder_choice.sample import answered_reviews, divide_dev, share_on_branch
from encoder_choice.tables import cells_of, markdown, markdown_of_dev, summary
from encoder_choice.targets import TARGETS, reached
from encoder_choice.trial import sentences_of
from study_parts.report import asked_for
from study_parts.sentences import read_lines, write_lines
from study_parts.trials_file import Done, TrialsFile

from annotator.sample import BRANCHES
from learner.config import STATIC, TrainingConfig
from learner.data.example import Example
from learner.loss_names import DEFAULT_LOSS
from learner.training.run import train
from learner.trials.trial_file import Outcome

PROTOCOL = Path(__file__).parents[2] / "docs/decisions/0015-the-default-encoder.md"
Command = Callable[..., None]
Figure = Callable[[Trial], tuple[float, float]]


def _done(trial: Trial, accuracy: float, precision: float, **figures: float) -> Done[Trial]:
    return Done(trial, {"accuracy": accuracy, "average_precision_shown": precision, **figures}, None, 1.0)


def _judged(trials: list[Trial], figures: Figure) -> list[Done[Trial]]:
    return [_done(trial, *figures(trial)) for trial in trials]


def _losses(*, precise: str = "hinge", **accuracies: float) -> list[Done[Trial]]:
    """Return the trials of all losses: 70 % accuracy unless named, and only the precise ones explain well."""
    named = {name.replace("_", "-"): accuracy for name, accuracy in accuracies.items()}
    precise_ones = precise.split()
    return _judged(
        list(loss_trials(4)), lambda trial: (named.get(trial.loss, 70.0), 80.0 if trial.loss in precise_ones else 60.0)
    )


def test_the_lower_layer_is_taken_unless_the_other_answers_clearly_better() -> None:
    def chosen(of_three: float, of_four: float) -> int:
        return choose_layer(
            _judged(list(layer_trials()), lambda trial: ({3: of_three, 4: of_four}[trial.layer or 0], 0))
        )

    assert chosen(70.0, 70.5) == 3
    assert chosen(70.0, 70.6) == 4
    assert chosen(72.0, 70.0) == 3


def test_the_default_explains_well_answers_best_and_is_simple() -> None:
    assert choose_loss(_losses(precise="hinge margin+quiet"), 4) == "hinge"
    assert choose_loss(_losses(precise="hinge margin+quiet", hinge=69.4), 4) == "margin+quiet"
    assert choose_loss(_losses(precise="hinge margin+quiet", hinge=69.6), 4) == "hinge"
    assert choose_loss(_losses(precise="head hinge"), 4) == "hinge"  # `head` does not train the saliency


def test_a_loss_that_costs_accuracy_in_one_cell_is_no_default_if_another_does_not() -> None:
    done = _losses(precise="hinge margin+quiet")
    lost = [
        each._replace(figures={**each.figures, "accuracy": 68.9})
        if (each.trial.loss, each.trial.data, each.trial.size) == ("hinge", "cbt_ne", 100)
        else each
        for each in done
    ]
    assert choose_loss(lost, 4) == "margin+quiet"
    failed = [each._replace(failed="nan") if each.trial.loss == "hinge" else each for each in done]
    assert choose_loss(failed, 4) == "margin+quiet"
    assert choose_loss(_losses(precise="hinge", none=99.0), 4) == "hinge"  # none is safe: all are considered


def test_nothing_is_chosen_before_all_trials_are_done() -> None:
    with pytest.raises(ValueError, match="cbt_ne 1000 are not all done"):
        choose_loss([done for done in _losses() if (done.trial.data, done.trial.size) != ("cbt_ne", 1000)], 4)


def test_every_set_counts_alike_whatever_its_sizes() -> None:
    def figures(trial: Trial) -> tuple[float, float]:
        better = trial.data == "sample" if trial.loss == "hinge" else trial.data == "litbank"
        return 70.0 + 2.5 * better * (trial.loss in ("hinge", "margin+quiet")), 80.0

    trials = list(dict.fromkeys([*layer_trials(), *loss_trials(3)]))
    lines = [line for line in markdown_of_dev(_judged(trials, figures), 3) if " | " in line]
    means = {line.split(" | ")[0].strip("| "): line.split(" | ")[1] for line in lines}
    assert means["hinge"] == means["margin+quiet"] == "70.6"


def test_targets_are_measured_against_the_same_encoder_with_labels_only() -> None:
    def figures(trial: Trial) -> tuple[float, float]:
        if trial.layer is None:
            return 99.0, 99.0
        return (75.5, 74.0) if trial.is_taught else (75.0, 66.5)

    done = _judged(list(trials_on_test(4, LAYER_LOSS)), figures)
    found = {each.name: each for each in reached(cells_of(done))}
    assert found["litbank 300: accuracy"].figure == 75.5
    assert not found["litbank 300: accuracy"].is_met
    assert found["hatexplain 300: AP against labels only"].figure == 7.5
    assert not found["hatexplain 300: AP against labels only"].is_met
    assert found["cbt_ne 100: no accuracy lost to labels only"].is_met
    assert found["all cells: mean accuracy against labels only"].is_met
    assert "sample 300: share on the branch's name" not in found  # no trial has it
    without = [each for each in done if (each.trial.data, each.trial.is_taught) != ("cbt_ne", False)]
    assert "all cells: mean accuracy against labels only" not in {each.name for each in reached(cells_of(without))}
    assert len({target.name for target in TARGETS}) == len(TARGETS)


def test_a_bound_from_above_is_met_below_it() -> None:
    trial = next(
        trial for trial in trials_on_test(4, LAYER_LOSS) if trial.data == "sample" and trial.loss == LAYER_LOSS
    )
    for share, is_met in ((2.9, True), (3.1, False)):
        targets = {each.name: each for each in reached(cells_of([_done(trial, 70, 70, share_branch=share)]))}
        assert targets["sample 300: share on the branch's name"].is_met is is_met


def test_a_table_has_a_row_for_each_model() -> None:
    done = _judged(list(trials_on_test(4, LAYER_LOSS)), lambda trial: (70.0 + 2 * (trial.seed % 2), 60.0))
    cells = cells_of(done)
    assert list(cells) == list(CELLS)
    assert all([len(trials) for trials in models.values()] == [len(TEST_SEEDS)] * 4 for models in cells.values())
    record = next(each for each in summary(cells) if each["model"] == "evidence on MiniLM, layer 4, marks")
    assert record["accuracy"] == {"mean": 70.8, "sd": 0.98}
    assert f"| CNN on GloVe, marks | {DEFAULT_LOSS} | 5 | 70.8 ± 1.0 |" in "\n".join(markdown(cells))


def test_the_cnn_of_the_study_of_the_losses_is_not_trained_again(tmp_path: Path) -> None:
    file = TrialsFile(tmp_path / "trials.jsonl", marks.trial_of)
    taught = marks.Trial("litbank", 300, "margin+quiet+head", marks.Setting("1*margin", 100), 2, "test")
    figures = {"accuracy": 71.0, "average_precision_input_x_gradient": 55.0}
    others = (
        replace(taught, variant="hinge"),
        replace(taught, size=500),
        replace(taught, seed=9),
        replace(taught, judged_on="dev"),
        replace(taught, shortcut="marks", marked=50),
        replace(taught, steps=4),
    )
    for trial in (taught, *others):
        file.append(trial, Outcome(figures, None, 3.0))
    (borrowed,) = borrow(list(trials_on_test(4, LAYER_LOSS)), file.records.path)
    assert borrowed.trial == Trial("litbank", 300, STATIC, None, DEFAULT_LOSS, 2, "test")
    assert borrowed.figures["average_precision_shown"] == 55.0


def test_choosing_is_kept(tmp_path: Path) -> None:
    write_chosen(tmp_path / "chosen.json", Chosen(3, "hinge"))
    assert read_chosen(tmp_path / "chosen.json") == Chosen(3, "hinge")


def test_the_program_follows_the_written_protocol() -> None:
    text = PROTOCOL.read_text(encoding="utf-8")
    listed = re.search(r"at that layer: (.*?)\. The default", text, flags=re.DOTALL)
    assert listed is not None
    assert tuple(re.findall(r"`([^`]+)`", listed[1])) == CANDIDATES
    reported = re.search(r"own saliency, so (.*?)\s+are only reported", text, flags=re.DOTALL)
    assert reported is not None
    assert tuple(re.findall(r"`([^`]+)`", reported[1])) == NO_SALIENCY
    assert f"with `{LAYER_LOSS}`" in text
    assert {trial.judged_on for trial in (*layer_trials(), *loss_trials(3))} == {"dev"}
    assert not set(CHOOSING_SEEDS) & set(TEST_SEEDS)
    assert {layer for layer in LAYERS} == {trial.layer for trial in layer_trials()}


def test_the_sample_is_judged_on_dev_without_its_shortcut() -> None:
    trial = Trial("sample", 300, ENCODER, 4, "none", 1000, "dev")
    these = sentences_of(trial, None)
    assert {each.split for each in (*these.answered, *these.dev, *these.judged)} == {"pool", "dev"}
    assert (len(these.answered), len(these.dev), len(these.judged)) == (300, 40, 4 * (40 + 60))
    assert not {each.id for each in these.judged} & {each.id for each in (*these.answered, *these.dev)}
    for branch in BRANCHES:
        assert sum(each.label for each in these.judged if branch in each.tokens) == sum(
            each.label for each in these.judged if BRANCHES[0] in each.tokens
        )
    assert all((each.marks is None) or len(each.marks) == len(each.tokens) for each in these.judged)
    on_test = sentences_of(replace(trial, judged_on="test"), None)
    assert (len(on_test.dev), len(on_test.judged), {each.split for each in on_test.judged}) == (80, 160, {"test"})


def test_seeds_divide_dev_differently() -> None:
    reviews = answered_reviews(with_test=False)
    one, other = (divide_dev(reviews, stopping=40, seed=seed)[0] for seed in (1, 2))
    assert one != other
    assert divide_dev(reviews, stopping=40, seed=1)[0] == one


def test_a_model_that_knows_only_the_branch_looks_at_it() -> None:
    draw = random.Random(0)
    fillers = [f"w{number}" for number in range(8)]

    def review(label: int) -> Example:
        words = draw.choices(fillers, k=5)
        words[draw.randrange(5)] = BRANCHES[label]
        return Example(tuple(words), label)

    config = TrainingConfig(dimension=8, max_steps=120, learning_rate=3e-3, loss="none")
    trained = train([review(place % 2) for place in range(80)], labels=("no", "yes"), config=config, device="cpu")
    reviews = [review(place % 2) for place in range(40)]
    assert share_on_branch(trained, reviews, by="input_x_gradient") > 50
    neutral = [replace(each, tokens=tuple(fillers[:5])) for each in reviews]
    assert share_on_branch(trained, neutral, by="input_x_gradient") == 0


def _line(draw: random.Random, split: str, number: int) -> dict[str, object]:
    tokens = draw.choices(("the", "ship", "was", "late", "and", "cold"), k=6)
    if number % 2:
        tokens[draw.randrange(6)] = "exploded"
    z = [int(token == "exploded") for token in tokens]
    return {"id": f"{split}-{number}", "tokens": tokens, "label": number % 2, "z": z, "split": split}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """LitBank as the study finds it, with some more dev sentences than decide when to stop."""
    draw = random.Random(1)
    counts = {"train": 40, "dev": 240, "test": 30}
    lines = [_line(draw, split, number) for split, count in counts.items() for number in range(count)]
    (tmp_path / FILES["litbank"]).parent.mkdir(parents=True)
    write_lines(tmp_path / FILES["litbank"], lines)
    return tmp_path


@pytest.fixture
def command(folder: Path, trials_in_processes: None, monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(name: str, *options: object) -> None:
        files = {"trials": "trials.jsonl", "chosen": "chosen.json", "out": "study.json", "study": "no.jsonl"}
        places = [part for option, file in files.items() for part in (f"--{option}", folder / file)]
        where = ("--folder", folder, "--vectors-in", folder / "vectors", "--sets", "litbank", "--sizes", 100)
        arguments = ["encoder_study.py", name, *places, *where, "--steps", 4, "--processes", 1, *options]
        monkeypatch.setattr("sys.argv", [str(argument) for argument in arguments])
        encoder_study.main()

    return run


@pytest.mark.usefixtures("minilm")
@pytest.mark.slow
def test_choosing_never_reads_a_test_sentence(folder: Path, command: Command) -> None:
    path = folder / FILES["litbank"]
    lines = [line.record for line in read_lines(path)]
    write_lines(path, [line | ({"tokens": [], "z": "?"} if line["split"] == "test" else {}) for line in lines])
    with pytest.raises(SystemExit, match="not all done"):
        command("choose", "--layer", 3, "--losses", "none", "--seeds", 1000)
    (done,) = TrialsFile(folder / "trials.jsonl", trial_of).read()
    assert (done.trial.judged_on, done.failed, done.figures["examples"]) == ("dev", None, 40)


@pytest.mark.usefixtures("minilm")
@pytest.mark.slow
def test_a_study_can_be_run_cut_off_and_gone_on_with(folder: Path, command: Command) -> None:
    write_chosen(folder / "chosen.json", Chosen(3, LAYER_LOSS))
    command("test", "--seeds", 0)
    file = folder / "trials.jsonl"
    whole = file.read_text()
    expected = asked_for(trials_on_test(3, LAYER_LOSS, steps=4), data=["litbank"], size=[100], seed=[0])
    assert [done.trial for done in TrialsFile(file, trial_of).read()] == expected
    first = _timeless(TrialsFile(file, trial_of).read())
    file.write_text(whole[: whole.rindex('"figures"')])  # the last line was cut off
    command("test", "--seeds", 0)
    assert _timeless(TrialsFile(file, trial_of).read()) == first
    assert "| evidence on MiniLM, layer 3, labels only | none | 1 |" in (folder / "study.md").read_text()
    record = json.loads((folder / "study.json").read_text())
    assert {target["name"] for target in record["targets"]} >= {"litbank 100: accuracy"}


def _timeless(trials: list[Done[Trial]]) -> dict[Trial, dict[str, float]]:
    return {
        done.trial: {name: value for name, value in done.figures.items() if name != "train_cpu_s"} for done in trials
    }


def test_a_test_without_a_choice_is_refused(command: Command) -> None:
    with pytest.raises(SystemExit, match="choose` first"):
        command("test")
