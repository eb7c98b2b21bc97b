import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from learner.config import TrainingConfig
from learner.data.batches import encode_sentences
from learner.data.example import Example
from learner.errors import ConfigError, TrainingError
from learner.explaining import explain, to_html
from learner.judging.evaluation import evaluate
from learner.models.choosing import choose_model, complete
from learner.models.evidence import Evidence
from learner.models.words import FrozenVectors
from learner.prediction import predict
from learner.saliency.gradients import batch_word_saliency
from learner.training.checkpoint import load_checkpoint, save_checkpoint
from learner.training.run import train

LABELS = ("quiet", "event")
SETTINGS = {"model": "evidence", "dimension": 8, "max_steps": 150, "learning_rate": 3e-3}


def unasked(examples):
    """Return the examples as of a project in which only the label 1 takes a rationale."""
    return [Example(each.tokens, each.label, each.marks if each.label else None) for each in examples]


@pytest.fixture(scope="module")
def taught(make_planted):
    examples, dev = (unasked(make_planted(count, seed=seed)) for count, seed in ((60, 1), (30, 2)))
    return train(examples, dev, labels=LABELS, config=TrainingConfig(**SETTINGS), device="cpu")


def test_a_logit_is_the_log_sum_exp_of_the_words_evidence_or_a_constant(make_evidence, make_batch):
    model, batch = make_evidence(classes=3, constant_labels=[1]), make_batch("a b c", "d")
    model.constants.data[0] = 0.75
    output = model(batch)
    t = output.levels["evidence"]
    assert t.shape == (2, 3, 2)
    assert model.evidence_labels.tolist() == [0, 2]
    assert output.logits[:, 1].tolist() == [0.75, 0.75]
    for label, place in ((0, 0), (2, 1)):
        torch.testing.assert_close(output.logits[0, label], t[0, :, place].exp().sum().log())
        torch.testing.assert_close(output.logits[1, label], t[1, 0, place])  # the pads add nothing


def test_every_label_may_have_evidence(make_evidence, make_batch):
    output = make_evidence(classes=3)(make_batch("a b"))
    torch.testing.assert_close(output.logits, output.levels["evidence"].logsumexp(dim=1))


@given(st.permutations(range(4)), st.integers(0, 3))
def test_constants_are_added_to_the_logits_and_change_no_share(make_evidence, make_batch, labels, constant):
    model, batch = make_evidence(classes=4, constant_labels=labels[:constant]), make_batch("a b c")
    before, share = model(batch).logits, batch_word_saliency(model, batch, batch.labels, view="share")
    added = torch.tensor([0.5, -1.0, 2.0, 0.25], dtype=torch.float64)
    model.add_to_logits(added)
    torch.testing.assert_close(model(batch).logits, before + added)
    torch.testing.assert_close(batch_word_saliency(model, batch, batch.labels, view="share"), share)


def test_it_reads_the_vectors_of_a_pretrained_encoder(make_batch):
    model = Evidence(FrozenVectors.fit(torch.randn(20, 6)), classes=2, max_words=6)
    vectors = torch.randn(1, 3, 6).half()
    batch = type(read := make_batch("a b c"))(**(vars(read) | {"vectors": vectors}))
    scores = batch_word_saliency(model.eval(), batch, batch.labels, view="gradient")
    assert scores.shape == (1, 3)
    assert scores.abs().sum() > 0


@pytest.mark.parametrize("labels", [[0, 1], [2], [-1]])
def test_labels_that_leave_none_with_evidence_or_do_not_exist_make_no_model(make_evidence, labels):
    with pytest.raises(ValueError, match="constant_labels: found"):
        make_evidence(constant_labels=labels)


def test_it_learns_what_people_mark(taught, make_planted):
    figures = evaluate(taught, unasked(make_planted(40, seed=3)))
    assert figures["accuracy"] > 90
    assert figures["average_precision_evidence"] > 90
    assert "saliency_accuracy_evidence" in figures


def test_what_people_see_is_its_evidence(taught, make_planted):
    event = make_planted(2, seed=3)[1]
    (prediction,) = predict(taught, [event.tokens])
    assert set(prediction.saliency) == {"evidence", "gradient"}
    assert prediction.saliency["evidence"].argmax() == event.marks.index("+")
    assert prediction.saliency["evidence"].sum() == pytest.approx(1)
    explained = explain(taught, event.tokens)
    assert explained.by == "evidence"
    assert explained.scores == pytest.approx(prediction.saliency["evidence"].tolist())


def test_where_the_answer_is_a_constant_the_words_for_the_likeliest_other_label_are_shown(taught):
    tokens = ("filler1", "filler2", "filler3")
    (prediction,) = predict(taught, [tokens])
    assert (prediction.label, prediction.explained) == (0, 1)
    batch = encode_sentences([tokens], taught.encoder, max_words=taught.max_words).batch(torch.tensor([0]))
    for view in ("evidence", "gradient"):
        expected = batch_word_saliency(taught.model, batch, torch.tensor([1]), view=view)[0]
        assert prediction.saliency[view].tolist() == pytest.approx(expected.tolist(), rel=1e-5)
    assert (prediction.saliency["evidence"] > 0).all(), "what is shaded speaks for a label"


def test_an_explanation_says_which_label_its_words_speak_for(taught):
    explained = explain(taught, ("filler1", "filler2"))
    assert (explained.label, explained.predicted) == ("event", "quiet")
    assert explained.probability < 0.5
    assert min(explained.scores) > 0
    percent = f"{100 * explained.probability:.1f} %"
    assert explained.heading == f"Words for “event” ({percent}), although the model says “quiet”"
    assert explained.heading in to_html(explained)
    constant = explain(taught, ("filler1", "filler2"), label="quiet")
    assert constant.heading == f"quiet, {100 * constant.probability:.1f} %"
    assert max(constant.scores) < 0, "if the constant label is asked for, the words speak against it"


def test_a_record_lists_the_constant_labels(taught, trained):
    assert taught.made_of()["constant_labels"] == [0]
    assert "constant_labels" not in trained.made_of()


def test_a_label_whose_examples_have_no_marks_has_a_constant_answer(taught):
    assert taught.config.constant_labels == (0,)
    assert taught.model.evidence_labels.tolist() == [1]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((None, "+.", None), (0, 2)),
        ((None, "..", "+."), (0, 1)),
        ((None, "..", None), ()),
        (("-.", "+.", ".."), (2,)),
        (("-.", "+.", "++"), ()),
    ],
)
def test_the_constant_labels_are_those_without_marks_unless_all_are(marks, expected):
    examples = [Example(("a", "b"), label, letters) for label, letters in enumerate(marks)]
    assert complete(TrainingConfig(), Evidence, examples, classes=3).constant_labels == expected


def test_the_constant_labels_can_be_given():
    examples = [Example(("a",), 0, None), Example(("a",), 1, "+")]
    given = TrainingConfig(constant_labels=())
    assert complete(given, Evidence, examples, classes=2).constant_labels == ()
    with pytest.raises(TrainingError, match="constant_labels: found 0, 1, expected fewer than all of the labels 0 to"):
        complete(TrainingConfig(constant_labels=(0, 1)), Evidence, examples, classes=2)
    with pytest.raises(ConfigError, match="constant_labels: found"):
        TrainingConfig(constant_labels=(0, 0))


def test_another_model_keeps_no_such_setting(make_planted):
    kind = choose_model(make_planted(2, seed=1), TrainingConfig())
    assert complete(TrainingConfig(), kind, make_planted(2, seed=1), classes=2).constant_labels is None


def test_a_checkpoint_restores_it(taught, make_planted, tmp_path):
    save_checkpoint(taught, tmp_path / "model", {})
    loaded = load_checkpoint(tmp_path / "model")
    assert (loaded.model.name, loaded.config) == ("evidence", taught.config)
    assert loaded.model.settings == {"constant_labels": [0]}
    sentences = [example.tokens for example in make_planted(6, seed=4)]
    for one, other in zip(predict(taught, sentences), predict(loaded, sentences), strict=True):
        assert one.probabilities == other.probabilities
        assert one.saliency["evidence"].tolist() == other.saliency["evidence"].tolist()
