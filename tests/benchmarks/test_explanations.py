from dataclasses import replace

import pytest
from study_parts.explanations import judge_explanations, judge_faithfulness

from learner.config import TrainingConfig
from learner.data.example import Example
from learner.metrics import Figures
from learner.training.run import train
from learner.training.trained import TrainedModel


def _sentences(count: int, *, start: int = 0) -> list[Example]:
    words = [f"w{(start + number * step) % 11}" for number in range(count) for step in (1, 3, 5, 7)]
    rows = [words[4 * number : 4 * number + 4] for number in range(count)]
    return [
        Example(("exploded", *row), 1, "+....") if number % 2 else Example(("slept", *row), 0)
        for number, row in enumerate(rows)
    ]


def _judge(trained: TrainedModel, examples: list[Example]) -> Figures:
    return judge_explanations(trained, examples, by=("input_x_gradient", "integrated_gradients"))


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    """A model that knows one word of five, the marked one."""
    config = TrainingConfig(dimension=8, max_steps=150, learning_rate=3e-3, loss="mass")
    return train(_sentences(60), _sentences(30, start=5), labels=("no", "yes"), config=config, device="cpu")


@pytest.fixture(scope="module")
def cloze() -> TrainedModel:
    """A model that also reads a query."""
    examples = [replace(each, query=("who", f"w{place % 11}")) for place, each in enumerate(_sentences(60))]
    config = TrainingConfig(dimension=8, max_steps=60, learning_rate=3e-3)
    return train(examples, labels=("no", "yes"), config=config, device="cpu")


def test_a_model_that_knows_the_marked_word_has_the_figures_of_one(trained: TrainedModel) -> None:
    figures = _judge(trained, _sentences(40, start=3))
    assert figures["average_precision_input_x_gradient"] == figures["r_precision_input_x_gradient"] == 100
    assert figures["average_precision_integrated_gradients"] == 100
    assert figures["delta_tpr"] > 50
    assert abs(figures["delta_tpr_control"]) < 10
    relied = judge_faithfulness(trained, _sentences(40, start=3), by="input_x_gradient")
    assert relied["comprehensiveness"] > 20
    assert relied["sufficiency"] < relied["comprehensiveness"]


def test_a_model_with_a_query_is_asked_with_it(cloze: TrainedModel) -> None:
    asked = [replace(each, query=("who", "w1")) for each in _sentences(40, start=3)]
    figures = _judge(cloze, asked) | judge_faithfulness(cloze, asked, by="gradient")
    assert {"delta_tpr", "comprehensiveness", "average_precision_integrated_gradients"} <= figures.keys()


def test_sentences_without_marks_have_no_figures(trained: TrainedModel) -> None:
    unmarked = [Example(("slept", "w1"), 0)]
    assert _judge(trained, unmarked) == judge_faithfulness(trained, unmarked, by="gradient") == {}
    assert "delta_tpr_control" not in _judge(trained, [Example(("exploded",), 1, "+")])
