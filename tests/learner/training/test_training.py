from dataclasses import replace
from itertools import count

import pytest
import torch

from learner.data.example import Example
from learner.errors import ResumeError, TrainingCancelled, TrainingError
from learner.loss_names import DEFAULT_LOSS
from learner.prediction import predict
from learner.training.run import TrainingConfig, train

pytestmark = pytest.mark.slow

LABELS = ("quiet", "event")
QUICK = TrainingConfig(dimension=8, max_steps=60, learning_rate=3e-3)


def weights_of(trained):
    return trained.model.state_dict()


def assert_same_bits(one, other):
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("loss", ["none", "hinge", "margin+quiet", "mass+head"])
def test_the_same_seed_gives_the_same_bits(make_planted, loss):
    config = replace(QUICK, loss=loss, max_steps=30)
    examples, dev = make_planted(40, seed=1), make_planted(24, seed=2)
    runs = [train(examples, dev, labels=LABELS, config=config, device="cpu") for _ in range(2)]
    assert_same_bits(weights_of(runs[0]), weights_of(runs[1]))
    other = train(examples, dev, labels=LABELS, config=replace(config, seed=1), device="cpu")
    assert not torch.equal(weights_of(runs[0])["conv3.weight"], weights_of(other)["conv3.weight"])


def test_the_default_is_the_loss_of_the_study_if_no_word_has_a_minus(make_planted):
    examples, dev = make_planted(40, seed=1), make_planted(24, seed=2)
    studied, _, _ = DEFAULT_LOSS.rpartition("+irrelevant")
    runs = [
        train(examples, dev, labels=LABELS, config=replace(QUICK, loss=loss, max_steps=30), device="cpu")
        for loss in (studied, DEFAULT_LOSS)
    ]
    assert_same_bits(*map(weights_of, runs))


def test_training_leaves_the_callers_randomness_alone(make_planted):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    train(make_planted(20, seed=1), labels=LABELS, config=replace(QUICK, max_steps=3), device="cpu")
    assert torch.equal(torch.rand(3), expected)


def test_a_planted_trigger_wins(trained, make_planted):
    test = [example for example in make_planted(60, seed=3) if example.label == 1]
    predictions = list(predict(trained, [example.tokens for example in test]))
    assert all(prediction.label == 1 for prediction in predictions)
    highest = [prediction.saliency["input_x_gradient"].argmax() for prediction in predictions]
    assert highest == [example.marks.index("+") for example in test]


def test_marks_decide_between_two_words_that_predict_the_label_equally_well(make_planted):
    examples = make_planted(60, seed=4, companion="harbour")
    apart = [Example(("exploded", "filler1", "filler2"), 1), Example(("filler1", "harbour", "filler2"), 1)]
    gaps = {}
    for loss in ("none", "margin+quiet"):
        trained = train(examples, labels=LABELS, config=replace(QUICK, loss=loss, max_steps=120), device="cpu")
        trigger, companion = predict(trained, [example.tokens for example in apart])
        gaps[loss] = trigger.probabilities[1] - companion.probabilities[1]
    assert gaps["margin+quiet"] > gaps["none"] + 0.1


def test_few_dev_examples_mean_a_fixed_number_of_steps(make_planted):
    result = train(make_planted(30, seed=1), make_planted(19, seed=2), labels=LABELS, config=QUICK, device="cpu").result
    assert result.stopped_by == "fixed_steps"
    assert result.step == result.steps_run == 60
    assert result.dev_accuracy is None


def test_enough_dev_examples_choose_the_step(trained):
    assert trained.result.stopped_by in ("dev", "max_steps")
    assert trained.result.step <= trained.result.steps_run
    assert trained.result.dev_accuracy > 80


def test_progress_counts_every_step(make_planted):
    seen = []
    train(make_planted(30, seed=1), make_planted(20, seed=2), labels=LABELS, config=QUICK, progress=seen.append)
    assert [now.step for now in seen] == list(range(1, 61))
    assert {now.steps_total for now in seen} == {60}
    assert seen[0].dev_loss is None
    assert seen[-1].dev_accuracy is not None
    assert seen[-1].label_loss < seen[0].label_loss
    assert seen[-1].saliency_loss > 0


@pytest.mark.parametrize("loss", ["margin+quiet", "mass+head"])
def test_a_cancelled_training_resumes_bit_by_bit(make_planted, tmp_path, loss):
    config = replace(QUICK, loss=loss)
    examples, dev, state = make_planted(40, seed=1), make_planted(24, seed=2), tmp_path / "state"
    asked = count(1)
    with pytest.raises(TrainingCancelled, match="step 33 of 60"):
        train(
            examples, dev, labels=LABELS, config=config, device="cpu", resume_from=state,
            should_stop=lambda: next(asked) == 33,
        )  # fmt: skip
    seen = []
    resumed = train(examples, dev, labels=LABELS, config=config, device="cpu", resume_from=state, progress=seen.append)
    whole = train(examples, dev, labels=LABELS, config=config, device="cpu")
    assert seen[0].step == 34
    assert_same_bits(weights_of(resumed), weights_of(whole))
    assert resumed.result == whole.result
    assert not state.exists()


def test_a_state_of_another_training_or_none_at_all_is_refused(make_planted, tmp_path):
    examples, state = make_planted(40, seed=1), tmp_path / "state"
    with pytest.raises(TrainingCancelled):
        train(examples, labels=LABELS, config=QUICK, resume_from=state, should_stop=lambda: True)
    with pytest.raises(ResumeError, match="other examples or settings"):
        train(examples, labels=LABELS, config=replace(QUICK, seed=1), resume_from=state)
    state.write_bytes(b"no state")
    with pytest.raises(ResumeError, match="is damaged"):
        train(examples, labels=LABELS, config=QUICK, resume_from=state)


@pytest.mark.parametrize(
    ("examples", "complaint"),
    [
        ([], "no examples"),
        ([Example(("a",), 0), Example(("b",), 0)], "every example has the label 'quiet'"),
        ([Example(("a",), 0), Example(("b",), 2)], "beyond the 2 that are named"),
    ],
)
def test_examples_that_cannot_train_a_model_are_refused(examples, complaint):
    with pytest.raises(TrainingError, match=complaint):
        train(examples, labels=LABELS, config=QUICK)


@pytest.mark.filterwarnings("ignore:overflow")
def test_a_loss_that_is_not_a_number_stops_the_training(make_planted):
    with pytest.raises(TrainingError, match="try a lower learning rate"):
        train(make_planted(30, seed=1), labels=LABELS, config=replace(QUICK, learning_rate=2e9), device="cpu")


def test_marks_past_the_longest_sentence_are_counted(caplog):
    examples = [Example(("a", "b", "c"), 1, "..+"), Example(("d",), 0)] * 3
    result = train(examples, labels=LABELS, config=replace(QUICK, max_words=2, max_steps=2)).result
    assert (result.truncated_words, result.truncated_marks) == (3, 3)
    assert result.marked_examples == 3
    assert "3 marked words are past word 2" in caplog.text


def test_a_warning_says_that_queries_are_not_read(caplog):
    examples = [Example(("a",), 1, query=("b",)), Example(("c",), 0)]
    train(examples, labels=LABELS, config=replace(QUICK, max_steps=1, model="cnn"))
    assert "query, which the event model does not read" in caplog.text


@pytest.mark.slow
def test_fifty_answers_are_enough_to_learn_a_planted_trigger(make_planted):
    config = TrainingConfig(dimension=20)
    trained = train(make_planted(50, seed=5), labels=LABELS, config=config, device="cpu")
    test = make_planted(100, seed=6)
    right = [p.label == e.label for p, e in zip(predict(trained, [e.tokens for e in test]), test, strict=True)]
    assert sum(right) >= 80  # of 100, half of them events


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_training_runs_on_cuda(make_planted):
    trained = train(make_planted(40, seed=1), make_planted(24, seed=2), labels=LABELS, config=QUICK, device="cuda")
    assert trained.device.type == "cuda"
    assert next(predict(trained, [("exploded", "filler1")])).label == 1
