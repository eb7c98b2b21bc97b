import pytest
import torch

from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.judging.evaluation import evaluate
from learner.metrics import saliency_accuracy
from learner.saliency.gradients import batch_word_saliency as word_saliency


def test_saliency_is_that_of_the_gold_label_in_eval_mode(trained, make_planted):
    examples = make_planted(12, seed=8)
    batch = encode_examples(examples, trained.encoder, max_words=10).batch(torch.arange(12))
    scores = word_saliency(trained.model, batch, batch.labels, view="gradient").numpy()
    expected = saliency_accuracy(list(scores), [example.marks for example in examples])
    figures = evaluate(trained, examples)
    assert figures["saliency_accuracy_word"] == pytest.approx(expected["marked"])
    assert figures["saliency_accuracy_word_unmarked"] == pytest.approx(expected["unmarked"])
    assert figures["rationales"] == figures["marked_words"] == 6


def test_every_figure_exists_and_is_a_number(trained, make_planted):
    figures = evaluate(trained, make_planted(20, seed=8))
    shares = {f"saliency_accuracy_{level}{part}" for level in ("word", "intermediate", "decision")
              for part in ("", "_unmarked", "_zeros")}  # fmt: skip
    assert shares | {"f1", "accuracy", "average_precision_gradient", "average_precision_input_x_gradient"} <= set(
        figures
    )
    assert all(isinstance(value, int | float) for value in figures.values())
    assert figures["average_precision_input_x_gradient"] > 90


def test_without_rationales_there_are_no_figures_of_saliency(trained):
    figures = evaluate(trained, [Example(("filler1",), 0), Example(("exploded",), 1, ".")])
    assert not any(name.startswith(("saliency", "average_precision")) for name in figures)


def test_marked_words_that_the_model_does_not_see_count_as_zeros(trained):
    figures = evaluate(trained, [Example(("filler1",) * 12, 1, "." * 11 + "+")])
    assert figures["saliency_accuracy_word_zeros"] == 100
    assert figures["saliency_accuracy_word"] == 0
