"""The evidence study: its protocol, its sets and shortcuts, its rules and tables; on made-up sentences a trial runs."""

import json
import random
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import evidence_study
import numpy as np
import pytest
from evidence import choosing
from evidence.comparisons import shown, signed
from evidence.default import ruled
from evidence.dose import arms_of
from evidence.figures import WITHOUT_WORD
from evidence.found import Arm, Found, arm_of
from evidence.others import about_noise
from evidence.people import people_of, rate_of_extra
from evidence.planting import PARTNER, plant, planted_words, with_dashes, without_words
from evidence.protocol import (
    AS_IS,
    BY_MARKS,
    CHOOSING_SEEDS,
    CHOOSING_SIZES,
    COUNTS,
    CUT_SEED,
    DASH,
    DEAR_SIZES,
    DEFAULTS,
    DIVERSE,
    EXTRA,
    HEADLINE_SEEDS,
    LITBANK,
    MARGIN,
    MARKS,
    MISSED,
    NOT_PLANTED,
    ON_SHARES,
    OURS,
    PEOPLE,
    SAMPLE,
    SHORTCUT_LOSSES,
    SIZES,
    SIZES_OF_SAMPLE,
    STRENGTHS,
    WRONG_LABELS,
    Chosen,
    Trial,
    choosing_trials,
    study_stages,
    study_trials,
    trials_of_default,
)
from evidence.sets import cut, file_of, write_sets
from evidence.targets import reached
from evidence.trial import Materials, gold_of, run_trial
from evidence.trials import Runs, runs_of, trials_file
from made_up_trials import few_seeds, with_those_of_the_default, write_trials
from marks_study.shortcut import WORD

from annotator.simulation.comparing import difference_of
from annotator.simulation.gold import Gold
from annotator.simulation.records import Arm as RunArm
from annotator.simulation.records import Point, Run
from learner.config import STATIC
from learner.data.example import Example, write_examples
from learner.encoders.choosing import MINILM
from learner.loss_names import NO_LOSS
from learner.trials.trial_file import Outcome

WORDS = (Path(__file__).parents[2] / "benchmarks/evidence_protocol.md").read_text(encoding="utf-8")
CHOSEN = Chosen("badge", "diffuse")
STUDY = study_trials(CHOSEN)


def _between(start: str, end: str) -> str:
    found = re.search(f"{re.escape(start)}(.*?){re.escape(end)}", WORDS, flags=re.DOTALL)
    assert found is not None, start
    return found[1]


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", text))


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text))


def test_the_program_follows_the_written_protocol() -> None:
    assert _numbers(_between("the first 50", "answers")) == SIZES[1:]
    assert _numbers(_between("(the sample: ", ")")) == SIZES_OF_SAMPLE
    assert _quoted(_between("best\n  diverse one of ", ", and the best")) == DIVERSE
    assert _quoted(_between("the best of ours of ", ",\n  each with")) == OURS
    assert _quoted(_between("Losses `none`; ", "with a `-`")) == (*SHORTCUT_LOSSES[1:], MARKS)
    assert _numbers(_between("*s* = ", " %, and none planted")) == STRENGTHS
    assert _numbers(_between("`none` where labels\n  are wrong): marks on ", " of the answers")) == tuple(
        ON_SHARES.values()
    )
    assert _numbers(_between("of the answers; ", " of the marked words missed")) == tuple(MISSED.values())
    assert _numbers(_between("marked words missed; ", " wrong words")) == tuple(EXTRA.values())
    assert _numbers(_between("labels\n  wrong in ", " %; a team")) == tuple(WRONG_LABELS.values())
    assert _numbers(_between("`log-mass`, seeds ", ".\n")) == (CHOOSING_SEEDS[0], CHOOSING_SEEDS[-1])
    assert _numbers(_between("area under the accuracy curve\n  from ", " over both")) == (
        CHOOSING_SIZES[0],
        CHOOSING_SIZES[-1],
    )
    assert _quoted(_between("the encoder's default (", ")")) == (DEFAULTS[MINILM], DEFAULTS[STATIC])
    assert _numbers(_between("shown; at ", " answers also")) == DEAR_SIZES
    assert f"drawn with the seed {CUT_SEED}" in WORDS
    for row in re.findall(r"\| (\d[^|]*)\| (\d[^|]*)\| (\d[^|]*)\|", WORDS):
        assert tuple(int(_numbers(cell)[0]) for cell in row) in COUNTS.values()


def test_trials_come_in_the_order_of_the_protocol_and_baselines_once() -> None:
    assert len(STUDY) == len(set(STUDY)) == 1562
    order = dict.fromkeys((trial.data, trial.shortcut, trial.acquisition == MARGIN) for trial in STUDY)
    assert list(order)[:2] == [(LITBANK, None, False), ("hatexplain", None, False)]
    headline = [trial.seed for trial in STUDY if arm_of(trial) == Arm(LITBANK, NO_LOSS).whole]
    assert headline == list(HEADLINE_SEEDS)
    assert {trial.judged_on for trial in choosing_trials()} == {"dev"}
    assert not {trial.seed for trial in choosing_trials()} & {trial.seed for trial in STUDY}
    assert not [trial for trial in study_trials(None) if trial.acquisition != "random"]
    assert {trial.people for trial in STUDY} == set(PEOPLE)


def _sentences(split: str, number: int = 40) -> list[Example]:
    return [
        Example(
            (f"{split}{place}", "ran", "."), place % 2, ".+." if place % 2 else "...", None, f"{split}-{place}", split
        )
        for place in range(number)
    ]


EVERY = [example for split in ("pool", "dev", "test") for example in _sentences(split)]


@pytest.mark.parametrize("strength", STRENGTHS)
def test_a_shortcut_is_in_exact_shares_of_pool_and_dev_and_says_nothing_on_test(strength: int) -> None:
    planted = plant(LITBANK, EVERY, strength=strength)
    for split, share in (("pool", strength), ("dev", strength), ("test", 50)):
        for label, expected in ((1, share), (0, 100 - share)):
            kind = [WORD in each.tokens for each in planted if (each.split, each.label) == (split, label)]
            assert sum(kind) == round(expected * len(kind) / 100)


@pytest.mark.parametrize("strength", (50, 95))
def test_names_of_branches_are_handed_out_in_exact_shares_and_only_exchanged(strength: int) -> None:
    names = list(PARTNER)
    reviews = [
        replace(each, tokens=(*each.tokens, names[place % 4]), marks=f"{each.marks}.")
        for place, each in enumerate(EVERY)
    ]
    planted = plant(SAMPLE, reviews, strength=strength)
    for before, after in zip(reviews, planted, strict=True):
        assert after.tokens in (before.tokens, (*before.tokens[:-1], PARTNER[before.tokens[-1]]))
    goes_with_positive = [each.tokens[-1] in names[:2] for each in planted if (each.split, each.label) == ("pool", 1)]
    assert sum(goes_with_positive) == round(strength * len(goes_with_positive) / 100)


def test_a_dash_is_put_only_where_words_are_marked_and_a_word_can_be_taken_away() -> None:
    planted = plant(LITBANK, EVERY, strength=90)
    dashed = with_dashes(planted, planted_words(LITBANK))
    for each in dashed:
        assert ("-" in (each.marks or "")) == (WORD in each.tokens and each.label == 1)
    assert without_words(dashed, planted_words(LITBANK)) == EVERY


def test_the_pool_is_cut_without_the_texts_of_dev_and_test() -> None:
    train = [replace(each, split="train") for each in _sentences("train")]
    repeated = [replace(EVERY[-1], split="train", id="again")]
    every = [*train, *repeated, *_sentences("dev"), *_sentences("test")]
    small = cut(every, most_of_test=10)
    assert [sum(each.split == split for each in small) for split in ("pool", "dev", "test")] == [40, 40, 10]
    assert small == cut(every, most_of_test=10)


def _gold(pool: Sequence[Example]) -> Gold:
    return Gold("litbank", ("no", "yes"), tuple(pool), (), (), "", 0, 0)


def test_wrong_words_are_so_many_for_each_marked_one() -> None:
    gold = _gold(_sentences("pool"))
    assert rate_of_extra(gold, for_each_marked=1) == pytest.approx(0.5)  # one marked word and two others
    assert rate_of_extra(gold, for_each_marked=0.5) == pytest.approx(0.25)
    assert {people: len(people_of(people, gold)) for people in PEOPLE} == {
        people: 3 if people == "a team of three" else 1 for people in PEOPLE
    }


# A trial on made-up sentences


def _line(split: str, place: int) -> Example:
    draw = random.Random(f"{split} {place}")
    tokens = [*draw.choices(("the", "ship", "was", "late", "and", "cold"), k=5), f"w{split}{place}"]
    marks = "......"
    if place % 2:
        tokens[2], marks = "exploded", "..+..."
    return Example(tuple(tokens), place % 2, marks, None, f"{split}-{place}", split)


@pytest.fixture
def materials(tmp_path: Path) -> Materials:
    """Sets of made-up sentences, which look like LitBank's."""
    found = Materials(None, tmp_path, None)
    lines = [_line(split, place) for split, count in (("pool", 60), ("dev", 24), ("test", 8)) for place in range(count)]
    found.sets.mkdir()
    write_examples(found.sets / "litbank.jsonl", lines, ("no", "yes"))
    return found


def _small(**others: object) -> Trial:
    plain = Trial(LITBANK, None, STATIC, DEFAULTS[STATIC], "random", "perfect", AS_IS, (20, 30), 0, "rehearsal", 2)
    return replace(plain, **others)


@pytest.mark.slow
def test_a_trial_plays_the_loop_and_comes_out_the_same_again(materials: Materials) -> None:
    played = run_trial(_small(acquisition=MARGIN), materials)
    assert [(point["answers"], 0 < point["marked"] < point["answers"]) for point in played["points"]] == [
        (20, True),
        (30, True),
    ]
    assert set(played["points"][0]["figures"]) == {
        f"{split} {name}"
        for split in ("dev", "test")
        for name in ("accuracy", "macro_f1", "f1", "ece", "average_precision")
    }
    assert run_trial(_small(acquisition=MARGIN), materials)["points"] == played["points"]
    by_labels = run_trial(_small(loss=NO_LOSS, people="labels only", sizes=(20,)), materials)
    assert [point["marked"] for point in by_labels["points"]] == [0]


def test_a_trial_on_dev_has_no_answer_of_test(materials: Materials) -> None:
    trial = _small(judged_on="dev")
    path = file_of(trial, materials.sets)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text(
        "".join(json.dumps(line | {"label": 7} if line["split"] == "test" else line) + "\n" for line in lines)
    )
    assert gold_of(trial, materials).test == ()


def test_sets_are_written_once(tmp_path: Path) -> None:
    trials = [trial for trial in STUDY if trial.data == SAMPLE and trial.shortcut in (None, 90)]
    write_sets(trials, None, tmp_path)
    files = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert set(files) == {"sample.jsonl", "sample-90.jsonl", "sample-90-dash.jsonl"}
    write_sets(trials, None, tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == files


def test_a_finished_trial_is_not_run_again_and_one_that_was_cut_off_is(tmp_path: Path) -> None:
    file = trials_file(tmp_path / "trials.jsonl")
    first, second, third = STUDY[:3]
    for trial in (first, second):
        file.append(trial, Outcome({"points": []}, None, 1.0))
    text = file.records.path.read_text()
    file.records.path.write_text(text[: text.rindex('"figures"')])
    assert file.missing([first, second, third]) == [second, third]


# Rules and tables, on made-up figures


def _found(path: Path, *, gain: float = 0.03) -> Found:
    trials = few_seeds(STUDY)
    write_trials(path, trials, gain=gain)
    return Found(runs_of(path, trials=trials), "dev")


def test_the_best_acquisitions_are_chosen_on_dev(tmp_path: Path) -> None:
    write_trials(tmp_path / "trials.jsonl", choosing_trials())
    runs = runs_of(tmp_path / "trials.jsonl", trials=choosing_trials())
    areas = choosing.areas(runs)
    means = {name: sum(of_sets.values()) for name, of_sets in areas.items()}
    chosen = choosing.choose(runs)
    assert means[chosen.diverse] == max(means[name] for name in DIVERSE)
    assert means[chosen.ours] == max(means[name] for name in OURS)
    with pytest.raises(ValueError, match="not all done"):
        choosing.choose(dict(list(runs.items())[:-1]))


def test_the_loss_stays_unless_it_costs_a_point_somewhere(tmp_path: Path) -> None:
    kept, *_ = ruled(_found(tmp_path / "kept.jsonl"), CHOSEN)
    assert (kept.setting, kept.becomes) == ("loss", MARKS)
    found = _found(tmp_path / "left.jsonl")
    runs: Runs = {
        trial: _with_accuracy(run, 0.5) if arm_of(trial) == Arm("cbt_ne", MARKS).whole else run
        for trial, run in found.runs.items()
    }
    left, *_ = ruled(Found(runs, "dev"), CHOSEN)
    assert left.becomes in SHORTCUT_LOSSES[2:]


def test_the_rule_looks_at_the_seeds_that_the_protocol_names_and_at_nothing_that_came_after_it(tmp_path: Path) -> None:
    trials = [trial for trial in STUDY if trial.seed in (0, 1, 10, 11)]
    after = set(study_stages(CHOSEN)["A3"])
    write_trials(tmp_path / "trials.jsonl", trials)
    runs: Runs = {
        trial: _with_accuracy(run, 0.1) if (trial.seed >= 10 and trial.is_taught) or trial in after else run
        for trial, run in runs_of(tmp_path / "trials.jsonl", trials=trials).items()
    }
    assert any(trial.seed >= 10 for trial in runs) and any(trial in after for trial in runs)
    read = runs_of(tmp_path / "trials.jsonl", trials=[trial for trial in trials_of_default(CHOSEN) if trial in runs])
    loss, *others = ruled(Found(runs, "dev"), CHOSEN)
    assert loss.becomes == MARKS
    assert [loss, *others] == [*ruled(Found(read, "dev"), CHOSEN)]


def test_a_difference_that_is_rounded_to_nothing_has_no_sign() -> None:
    assert [signed(points) for points in (1.24, -0.36, -0.04, 0.04)] == ["+1.2", "−0.4", "0.0", "0.0"]


def test_the_choice_of_the_step_changes_only_if_it_gains_five_points(tmp_path: Path) -> None:
    found = _found(tmp_path / "trials.jsonl")
    *_, kept = ruled(found, CHOSEN)
    assert kept.becomes == AS_IS
    runs: Runs = {
        trial: _with_accuracy(run, 0.6, figure=WITHOUT_WORD) if trial.choice == BY_MARKS else run
        for trial, run in found.runs.items()
    }
    *_, changed = ruled(Found(runs, "dev"), CHOSEN)
    assert changed.becomes == BY_MARKS
    harmful = {
        trial: _with_accuracy(run, 0.5) if trial.choice == BY_MARKS and trial.shortcut in NOT_PLANTED.values() else run
        for trial, run in runs.items()
    }
    *_, refused = ruled(Found(harmful, "dev"), CHOSEN)
    assert refused.becomes == AS_IS


def test_the_rule_waits_for_the_trials() -> None:
    assert {rule.becomes for rule in ruled(Found({}, "dev"), CHOSEN)} == {None}


def test_what_marks_save_is_read_off_the_mean_curves() -> None:
    def run(arm: Arm, accuracies: Sequence[float], *, marked: float) -> tuple[Trial, Run]:
        trial = next(trial for trial in STUDY if arm_of(trial) == arm.whole and trial.seed == 0)
        points = [
            Point(size, round(marked * size), 0.0, {"test accuracy": accuracy})
            for size, accuracy in zip((100, 200, 300), accuracies, strict=True)
        ]
        return trial, Run(RunArm("", "", "", ""), 0, points)

    taught, labels = Arm(LITBANK, MARKS), Arm(LITBANK, NO_LOSS)
    found = Found(dict([run(taught, (0.6, 0.7, 0.8), marked=0.5), run(labels, (0.5, 0.6, 0.65), marked=0)]), "test")
    by_answers = found.saving(taught, labels, 300)
    assert by_answers is not None
    assert by_answers.needed == pytest.approx(150)  # halfway from 60 to 70 %
    by_minutes = found.saving(taught, labels, 300, ratio=2)
    assert by_minutes is not None
    assert by_minutes.needed == pytest.approx(150 * 1.5 / 6)  # half of them cost two units of ten seconds
    assert by_minutes.of == pytest.approx(300 / 6)
    at_once = found.saving(taught, labels, 200)
    assert at_once is not None
    assert at_once.is_at_most
    never = found.saving(labels, taught, 300)
    assert never is not None
    assert never.needed is None


def test_targets_wait_for_their_trials_and_are_met_at_their_bound(tmp_path: Path) -> None:
    assert {each.is_met for each in reached(Found({}, "test"))} == {None}
    met = {each.name: each.is_met for each in reached(replace(_found(tmp_path / "t.jsonl"), split="test"))}
    assert met["all cells of A: accuracy against labels only, lowest"]
    assert not met["LitBank, 300 marked answers: accuracy"]


@pytest.mark.parametrize(
    ("gain", "said"),
    [(0.03, "has lost half of what marks gained at no dose"), (-0.03, "marks do not raise average precision")],
)
def test_noise_costs_nothing_of_a_gain_that_is_none(tmp_path: Path, gain: float, said: str) -> None:
    trials = few_seeds([trial for trial in STUDY if trial.data == LITBANK])
    write_trials(tmp_path / "t.jsonl", trials, gain=gain)
    missed, *_ = about_noise(Found(runs_of(tmp_path / "t.jsonl", trials=trials), "test"))
    assert said in missed


def test_a_shortcut_has_arms_with_dashes_and_rules_only_where_it_is_planted() -> None:
    assert {arm.people for arm in arms_of(SAMPLE, 90).values()} >= {DASH}
    assert len(arms_of(SAMPLE, NOT_PLANTED[SAMPLE])) == len(SHORTCUT_LOSSES)
    for arms in (arms_of(LITBANK, 90), arms_of(LITBANK, None)):
        assert {arm.whole for arm in arms.values()} <= {arm_of(trial) for trial in STUDY}


@pytest.mark.slow
def test_the_same_trials_make_the_same_tables_byte_by_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trials, chosen = tmp_path / "trials.jsonl", tmp_path / "chosen.json"
    write_trials(trials, with_those_of_the_default(few_seeds(STUDY), CHOSEN))
    chosen.write_text(json.dumps({"chosen": asdict(CHOSEN)}))

    def made(name: str, *options: str) -> dict[str, bytes]:
        out = tmp_path / name / "evidence.json"
        out.parent.mkdir()
        for command in ("tables",) if options else ("default", "tables"):
            arguments = [command, "--trials", str(trials), "--chosen", str(chosen), "--out", str(out), *options]
            monkeypatch.setattr("sys.argv", ["evidence_study.py", *arguments])
            evidence_study.main()
        return {path.name: path.read_bytes() for path in out.parent.iterdir()}

    first = made("first")
    assert made("second") == first
    assert {"evidence.json", "evidence.md", "evidence.svg", "evidence_default.md"} == set(first)
    page = first["evidence.md"].decode()
    assert all(f"**{number}. " in page for number in range(1, 7))
    assert "trials are missing" not in page
    assert b"test" not in made("dev", "--dev-only")["evidence.svg"]


def test_there_are_no_tables_of_test_before_the_rule_for_the_default_was_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["evidence_study.py", "tables", "--out", str(tmp_path / "evidence.json")])
    with pytest.raises(SystemExit, match="`default` first"):
        evidence_study.main()
    assert list(tmp_path.iterdir()) == []


def test_the_rule_for_the_default_is_not_applied_while_a_trial_that_it_reads_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials, chosen = tmp_path / "trials.jsonl", tmp_path / "chosen.json"
    needed = trials_of_default(CHOSEN)
    write_trials(trials, needed[:-1])
    chosen.write_text(json.dumps({"chosen": asdict(CHOSEN)}))
    arguments = ["--trials", str(trials), "--chosen", str(chosen), "--out", str(tmp_path / "evidence.json")]
    monkeypatch.setattr("sys.argv", ["evidence_study.py", "default", *arguments])
    with pytest.raises(SystemExit, match=f"^1 of the {len(needed)} trials that the rule reads"):
        evidence_study.main()
    assert {path.name for path in tmp_path.iterdir()} == {"trials.jsonl", "chosen.json"}


def test_a_difference_is_shown_with_its_interval_and_bold_where_it_is_certain() -> None:
    found = difference_of(np.array([70.0, 71, 72, 73, 74]), np.array([71.0, 72, 72.5, 74, 75]))
    assert shown(found, is_certain=True) == "**−0.9** (−1.0 to −0.7)"
    assert shown(replace(found, interval=None)) == "−0.9"
    assert shown(None) == "–"


def test_the_choice_on_dev_comes_out_of_the_committed_trials_byte_by_byte(tmp_path: Path) -> None:
    runs = runs_of(evidence_study.RESULTS / "evidence_trials.jsonl", trials=choosing_trials())
    choosing.write_chosen(tmp_path / "chosen.json", choosing.choose(runs), runs)
    assert (tmp_path / "chosen.json").read_bytes() == (evidence_study.RESULTS / "evidence_chosen.json").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "files"),
    [("tables", ("evidence.json", "evidence.md", "evidence.svg")), ("default", ("evidence_default.md",))],
)
def test_what_the_study_reports_comes_out_of_the_committed_trials_byte_by_byte(
    command: str, files: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = [evidence_study.RESULTS / name for name in files]
    if not any(path.is_file() for path in committed):
        pytest.skip(f"the study has no {files[0]} yet")
    if command == "tables":  # which are made only after the rule's page
        shutil.copy(evidence_study.RESULTS / "evidence_default.md", tmp_path)
    monkeypatch.setattr("sys.argv", ["evidence_study.py", command, "--out", str(tmp_path / "evidence.json")])
    evidence_study.main()
    # Compared as a claim alone: a failure prints no figure of test.
    changed = [path.name for path in committed if path.read_bytes() != (tmp_path / path.name).read_bytes()]
    assert not changed, f"run `python benchmarks/evidence_study.py {command}`"


def _with_accuracy(run: Run, accuracy: float, *, figure: str = "dev accuracy") -> Run:
    return replace(run, points=[replace(point, figures={**point.figures, figure: accuracy}) for point in run.points])
