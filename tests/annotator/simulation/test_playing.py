"""A trial teaches what gold teaches, and the same each time."""

from dataclasses import replace
from functools import partial

import pytest

from annotator.rounds.files import checkpoint_of
from annotator.rounds.learning.training_set import build_training_set
from annotator.rounds.settings import training_config
from annotator.simulation.gold import read_gold
from annotator.simulation.habits import Habits
from annotator.simulation.judging import judge
from annotator.simulation.oracle import Oracle
from annotator.simulation.plan import trials_of
from annotator.simulation.playing import play_round, run_trial
from annotator.simulation.template import copied, make_template
from learner.errors import TrainingError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def _played(plan, template_of):
    gold = read_gold(plan.data, with_test=plan.with_test)
    return [run_trial(trial, plan=plan, template=template_of(gold))["points"] for trial in trials_of(plan, gold)]


def test_a_perfect_oracle_reproduces_training_on_gold_bit_by_bit(make_plan, template_of, tmp_path) -> None:
    from learner.training.checkpoint import load_checkpoint
    from learner.training.run import train

    plan = make_plan()
    gold = read_gold(plan.data)
    (trial,) = trials_of(plan, gold)
    with copied(template_of(gold), into=tmp_path) as store:
        oracle = Oracle(store, gold, plan.people, trial.seed)
        oracle.draw_first(8)
        for number in (8, 6):
            oracle.answer(number)
            ready = play_round(store, replace(trial.settings, queue_size=6))
        asked = {one.id for one in build_training_set(store, up_to=ready.last_annotation).examples["pool"]}
        played = load_checkpoint(checkpoint_of(store, ready.id))
        examples = [one for one in gold.pool if one.id in asked]
        assert len(examples) == 14
        words = sorted({word for one in (*gold.pool, *gold.dev) for word in one.tokens})
        taught = train(
            examples,
            gold.dev,
            labels=gold.labels,
            config=training_config(trial.settings),
            device="cpu",
            extra_words=words,
        )
        figures = judge(checkpoint_of(store, ready.id), gold.dev, figures="usual")
    weights = taught.model.state_dict()
    assert played.model.state_dict().keys() == weights.keys()
    assert all((value == weights[name]).all() for name, value in played.model.state_dict().items())
    assert figures["accuracy"] * 100 == pytest.approx(ready.metrics["dev"]["accuracy"])


def test_a_trial_ends_the_same_in_another_folder(make_plan, template_of, tmp_path) -> None:
    plan = make_plan(people=(Habits(label_error=0.1, missed=0.3, extra=0.5, marks=0.5),))
    assert _played(plan, template_of) == _played(plan, partial(make_template, tmp_path))


def test_points_say_what_was_done_and_how_good_the_models_are(make_plan, template_of) -> None:
    ((first, last),) = _played(make_plan(all_figures_at=(14,), with_test=True, steps=8), template_of)
    assert (first["answers"], last["answers"]) == (8, 14)
    answers, marked = last["work"]["Oracle"]
    assert answers == 14
    assert 0 < marked < 14
    usual = {f"dev {name}" for name in ("accuracy", "macro_f1", "ece", "average_precision", "share_marked")}
    assert usual <= first["figures"].keys()
    assert "test average_precision_integrated_gradients" not in first["figures"]
    for name in ("average_precision_integrated_gradients", "delta_tpr_control", "ece"):
        assert {f"dev {name}", f"test {name}"} <= last["figures"].keys()
    assert all(-1 <= value <= 1 for value in last["figures"].values())


def test_arms_begin_alike_and_random_ones_ask_for_the_same_to_the_end(make_plan, template_of) -> None:
    plan = make_plan(losses=("none", "default"), acquisitions=("random", "margin"))
    points = {}
    gold = read_gold(plan.data)
    template = template_of(gold)
    for trial in trials_of(plan, gold):
        points[trial.arm.losses, trial.arm.acquisition] = run_trial(trial, plan=plan, template=template)["points"]
    assert len({first["asked"] for first, _ in points.values()}) == 1
    labels_only, marked = (
        next(each for (losses, chosen), each in points.items() if chosen == "random" and (losses == "none") == is_none)
        for is_none in (True, False)
    )
    assert labels_only[1]["asked"] == marked[1]["asked"]
    assert len({last["asked"] for _, last in points.values()}) > 1
    assert labels_only[1]["work"] == {"Oracle": [14, 0]}


def test_what_is_asked_at_random_does_not_depend_on_where_the_rounds_are(make_plan, template_of) -> None:
    gold = read_gold(make_plan().data)
    template = template_of(gold)
    asked = []
    for sizes in ((8, 14), (14,)):
        plan = make_plan(sizes=sizes, acquisitions=("random",), steps=1)
        (trial,) = trials_of(plan, gold)
        asked.append(run_trial(trial, plan=plan, template=template)["points"][-1]["asked"])
    assert asked[0] == asked[1]


def test_a_round_that_cannot_be_trained_is_an_error_of_its_trial_alone(make_plan, template_of, caplog) -> None:
    plan = make_plan(sizes=(2,), people=(Habits(confusion=((1.0, 0.0), (1.0, 0.0))),))
    with pytest.raises(TrainingError, match="All 2 answers so far are 'event'"):
        _played(plan, template_of)
    assert not caplog.records


def test_a_rule_for_a_word_teaches_and_is_part_of_the_arm(make_plan, template_of) -> None:
    plan = make_plan(sizes=(14,), steps=8)
    ruled = replace(plan, word_rules=("walked",))
    ((without,),), ((with_rule,),) = _played(plan, template_of), _played(ruled, template_of)
    assert without["asked"] == with_rule["asked"]
    assert without["figures"] != with_rule["figures"]
    (trial,) = trials_of(ruled, read_gold(plan.data))
    assert trial.arm.people == "perfect, a rule for walked"


def test_several_people_answer_in_turn(make_plan, template_of) -> None:
    plan = make_plan(sizes=(20,), people=(Habits(name="Ann"), Habits(name="Ben", marks=0.0)), steps=1)
    ((only,),) = _played(plan, template_of)
    work = only["work"]
    assert work["Ann"][0] + work["Ben"][0] == 20
    assert min(work["Ann"][0], work["Ben"][0]) > 3
    assert work["Ben"][1] == 0 < work["Ann"][1]
