"""What on dev chooses the step that is kept: the answers, the marks or the worst group."""

import copy
import hashlib
import math
import random
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from learner.config import TrainingConfig
from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.errors import TrainingCancelled
from learner.judging.evaluation import evaluate
from learner.prediction import predict
from learner.training.by_marks import average_precisions, marked_rows
from learner.training.by_worst_group import groups_of
from learner.training.criteria import Materials, make_criterion
from learner.training.resuming import fingerprint
from learner.training.run import train
from learner.training.selection import DevScore, OnDev, score_on_dev

pytestmark = pytest.mark.slow

LABELS = ("quiet", "event")
CRITERIA = ("answers", "marks", "worst-group")
CONFIG = TrainingConfig(model="evidence", dimension=8, loss="none", max_steps=50, learning_rate=1e-2)
BEFORE = (
    "TrainingConfig(loss=None, saliency_weight=None, levels=None, saliency_target='log_odds', learning_rate=0.001, "
    "batch_size=None, max_steps=None, warmup_steps=None, encoder='static', encoder_layer=None, vectors=None, "
    "dimension=50, max_words=None, model=None, hidden_layer=True, d_dim='padded', constant_labels=None, "
    "trained_layers=None, precision='float32', recompute_layers=False, shared_query_convolutions=False, "
    "engine='auto', calibration='off', seed=0)"
)
"""The settings as the fingerprint of a state saw them before this one was added."""


def with_shortcut(size, *, seed):
    """Return sentences with a shortcut and one of thirty marked words for their label; both are right in 80 %.

    The marked words and the others are too rare to be one of the words that go with a label.
    """
    draw = random.Random(seed)
    examples = []
    for number in range(size):
        label = number % 2
        tokens = draw.choices([f"filler{place}" for place in range(300)], k=3)
        tokens.append(f"{LABELS[(draw.random() < 0.8) == (label == 1)]}{draw.randrange(30)}")
        if (draw.random() < 0.8) == (label == 1):
            tokens.append("yclept")
        draw.shuffle(tokens)
        marks = "".join("+" if token.startswith(LABELS) else "." for token in tokens)
        examples.append(Example(tuple(tokens), label, marks))
    return examples


@pytest.fixture(scope="module")
def answered():
    return with_shortcut(80, seed=21)


@pytest.fixture(scope="module")
def dev():
    return with_shortcut(80, seed=22)


@pytest.fixture(scope="module")
def models(answered, dev):
    """Return the model of each criterion."""
    return {by: train_by(by, answered, dev) for by in CRITERIA}


def train_by(criterion, examples, dev, config=CONFIG, **options):
    config = replace(config, keep_step_by=criterion)
    return train(examples, dev, labels=LABELS, config=config, device="cpu", **options)


def same_bits(one, other):
    pairs = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    return all(torch.equal(*pair) for pair in pairs)


def materials(trained, dev, criterion, examples=()):
    read = encode_examples(dev, trained.encoder, max_words=trained.max_words)
    config = replace(trained.config, keep_step_by=criterion)
    return Materials(examples, dev, read, len(trained.labels), config)


def score_by(criterion, trained, dev, examples):
    given = materials(trained, dev, criterion, examples)
    model = copy.deepcopy(trained.model)  # it is left in train mode, and other tests use the trained one
    return score_on_dev(model, given.read_dev, make_criterion(given))


def test_the_worst_group_keeps_a_step_that_leans_less_on_a_shortcut_of_dev(models, dev):
    misled = [each for each in dev if "yclept" in each.tokens and each.label == 0]
    right = {
        by: sum(prediction.label == 0 for prediction in predict(trained, [each.tokens for each in misled]))
        for by, trained in models.items()
    }
    assert (models["answers"].result.step, models["worst-group"].result.step) == (25, 50)
    assert right["worst-group"] >= right["answers"] + 2
    assert models["worst-group"].result.dev_accuracy < models["answers"].result.dev_accuracy
    assert [trained.result.kept_by for trained in models.values()] == [None, "marks", "worst-group"]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_model_of_one_class_wins_by_nothing(trained, make_planted, criterion):
    dev = [*make_planted(30, seed=2), Example(("exploded",) * 9, 0)] + [Example(("exploded", "filler1"), 0, "..")] * 5
    before = score_by(criterion, trained, dev, make_planted(60, seed=1))
    one_class = replace(trained, model=copy.deepcopy(trained.model))
    one_class.model.add_to_logits(torch.tensor([90.0, 0.0]))  # right in every sentence where "exploded" misleads
    after = score_by(criterion, one_class, dev, make_planted(60, seed=1))
    assert before.rank > after.rank
    assert after.criterion == (0.0 if criterion == "answers" else -math.inf)


def test_a_dev_of_one_label_may_be_answered_with_one(trained, make_planted):
    dev = [each for each in make_planted(60, seed=2) if each.label == 1]
    assert score_by("marks", trained, dev, ()).criterion > 1.5


def test_a_loss_that_is_not_a_number_wins_by_nothing(trained, make_planted):
    given = materials(trained, make_planted(30, seed=2), "answers")
    broken, whole = copy.deepcopy(trained.model), copy.deepcopy(trained.model)
    broken.add_to_logits(torch.tensor([math.nan, 0.0]))
    assert score_on_dev(broken, given.read_dev, lambda on_dev: 1.0).rank == (-math.inf, -math.inf)
    assert score_on_dev(whole, given.read_dev, lambda on_dev: math.nan).criterion == -math.inf


def test_the_answers_decide_at_a_tie():
    score = DevScore(0.5, 75, 74, classes=2, criterion=0.6)
    assert score.rank < replace(score, accuracy=76).rank < replace(score, criterion=0.7).rank


@pytest.mark.parametrize("model", ["cnn", "evidence", "cloze", "fine-tuned"])
def test_the_marks_count_as_the_average_precision_of_what_people_are_shown(make_planted, tiny_encoder, model):
    examples, dev = ([replace(each, query=("filler1",)) for each in make_planted(24, seed=seed)] for seed in (1, 2))
    config = TrainingConfig(model=model, dimension=8, max_steps=2)
    if model == "fine-tuned":
        config = replace(config, encoder=str(tiny_encoder))
    trained = train_by("marks", examples, dev, config)
    given, score = materials(trained, dev, "marks"), DevScore(0.5, 75, 74, classes=2)
    criterion = make_criterion(given)(OnDev(trained.model, given.read_dev, given.read_dev.labels, score))
    precision = evaluate(trained, dev)[f"average_precision_{trained.model.shown_view}"]
    assert criterion - score.worth == pytest.approx(precision / 100, abs=1e-6)
    assert (trained.result.kept_by, trained.result.step) == ("marks", 2)


@given(
    scores=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 2.0]), min_size=2, max_size=7),
    marked=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_average_precision_is_that_of_scikit_learn(scores, marked):
    z = [place in marked for place in range(len(scores))]
    if not any(z):
        z[0] = True
    padded = torch.tensor([[*scores, 9.0], [*scores[::-1], 9.0]])  # a pad with the highest score counts nowhere
    letters = torch.tensor([[*z, False], [*z[::-1], False]])
    real = torch.tensor([[True] * len(z) + [False]] * 2)
    expected = average_precision_score(np.array(z), np.array(scores))
    assert average_precisions(padded, letters, real).tolist() == pytest.approx([expected] * 2)


def test_at_most_200_marked_sentences_spread_over_dev_are_read_again(trained):
    def rows_of(*marks):
        dev = [Example(("filler1", "filler2"), 1, letters) for letters in marks]
        return marked_rows(encode_examples(dev, trained.encoder, max_words=2)).tolist()

    assert rows_of("..", "+.", "++", "-.", ".+", "+.") == [1, 4, 5]
    assert rows_of("..", None) == []
    assert rows_of(*["+."] * 8) == [0, 1, 2, 4, 5, 6]
    many = rows_of(*["..", "+."] * 500)
    assert (len(many), many[0], many[-1]) == (200, 1, 995)


def test_a_group_has_the_sentences_in_which_a_word_suggests_another_label():
    examples = [Example(("Yclept", "a"), 1), Example(("b", "a"), 0)] * 5
    misled, plain, few = Example(("yclept",), 0), Example(("yclept", "yclept"), 1), Example(("b",), 1)
    groups = groups_of(examples, [*[misled] * 5, *[plain] * 4, few], labels=2)
    assert groups.int().tolist() == [[1] * 5 + [0] * 5, [1] * 5 + [0] * 5, [0] * 5 + [1] * 5]
    assert len(groups_of(examples, [*[misled] * 4, *[plain] * 9], labels=2)) == 0


@pytest.mark.parametrize(
    ("criterion", "reason"),
    [("marks", "no dev sentence has both a marked and an unmarked word"), ("worst-group", "is in five dev sentences")],
)
def test_a_dev_with_nothing_else_to_choose_by_is_told_and_chooses_by_the_answers(
    make_planted, caplog, criterion, reason
):
    examples, dev = make_planted(40, seed=1), [replace(each, marks=None) for each in make_planted(24, seed=2)]
    dev = [replace(each, tokens=tuple(f"other{token}" for token in each.tokens)) for each in dev]
    config = replace(CONFIG, max_steps=25)
    chosen, plain = train_by(criterion, examples, dev, config), train_by("answers", examples, dev, config)
    assert f"the step is chosen by its answers on dev, not by {criterion}: " in caplog.text
    assert reason in caplog.text
    assert (chosen.result.kept_by, plain.result.kept_by) == ("answers", None)
    assert same_bits(chosen, plain)


@pytest.mark.parametrize("criterion", ["marks", "worst-group"])
def test_a_cancelled_training_resumes_bit_by_bit(answered, dev, models, tmp_path, criterion):
    state, asked = tmp_path / "state", count(1)
    with pytest.raises(TrainingCancelled, match="step 33 of 50"):
        train_by(criterion, answered, dev, resume_from=state, should_stop=lambda: next(asked) == 33)
    resumed = train_by(criterion, answered, dev, resume_from=state)
    assert resumed.result == models[criterion].result
    assert same_bits(resumed, models[criterion])


def test_a_state_of_a_version_without_criteria_is_resumed(answered, dev, models, tmp_path):
    path, asked = tmp_path / "state", count(1)
    with pytest.raises(TrainingCancelled):
        train_by("answers", answered, dev, resume_from=path, should_stop=lambda: next(asked) == 33)
    state = torch.load(path, weights_only=True)
    del state["latest"]["criterion"], state["kept"]["score"]["criterion"]
    torch.save(state, path)
    assert same_bits(train_by("answers", answered, dev, resume_from=path), models["answers"])


def test_only_another_criterion_changes_the_fingerprint_of_a_state():
    assert fingerprint(TrainingConfig()) == hashlib.sha256(BEFORE.encode()).hexdigest()
    assert len({fingerprint(TrainingConfig(keep_step_by=by)) for by in CRITERIA}) == 3


def test_the_command_takes_the_criterion(run, tmp_path, answered):
    from learner.data.example import write_examples

    data, model = tmp_path / "examples.jsonl", tmp_path / "model"
    write_examples(data, answered, LABELS)
    done = run("train", data, "--out", model, "--keep-step-by", "worst", "--steps", 1, "--encoder", "static")
    assert done.exit_code == 1
    assert "keep_step_by: found worst, expected answers or marks or worst-group" in done.stderr
    done = run("train", data, "--out", model, "--keep-step-by", "marks", "--steps", 1, "--encoder", "static")
    assert done.exit_code == 0, done.stderr
    assert '"keep_step_by": "marks"' in (model / "config.json").read_text()
