"""Evaluate a trained model on answered sentences."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from learner.data.batches import Batch, encode_examples, reading_order
from learner.data.example import Example
from learner.metrics import Figures, Scores, classification_figures, mean_average_precision, saliency_accuracy
from learner.prediction import fill, shown
from learner.saliency.reading import read
from learner.training.trained import TrainedModel

ViewAndLevel = tuple[str, str]


class ReadExample(NamedTuple):
    """What a model predicts for an example, and the saliency of its words for the gold label, in eval mode."""

    probabilities: Sequence[float]
    saliency: Mapping[ViewAndLevel, Scores]
    """Signed scores by view and level, one per token; 0 for tokens past those that the model sees."""

    @property
    def label(self) -> int:
        """Return the index of the likeliest label."""
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)


def evaluate(trained: TrainedModel, examples: Sequence[Example]) -> Figures:
    """Return the figures of a model on examples: `figures_of` what it reads."""
    return figures_of(trained, examples, read_examples(trained, examples))


def figures_of(trained: TrainedModel, examples: Sequence[Example], readings: Sequence[ReadExample]) -> Figures:
    """Return the figures of a model on examples, percentages 0 to 100, without those of no words.

    - of `classification_figures`: examples, accuracy, macro_f1, precision, recall, f1, positive_class;
    - rationales: the examples with a `+`, and marked_words: their `+` words;
    - saliency_accuracy_<level> by the view `gradient`, each with its complement
      saliency_accuracy_<level>_unmarked and with saliency_accuracy_<level>_zeros;
    - average_precision_<view> at the word level, by the view that people are shown and by the paper's.

    The saliency is that of the gold label, to which the marks belong, in eval mode.
    """
    gold, predicted = [example.label for example in examples], [reading.label for reading in readings]
    marked = [row for row, example in enumerate(examples) if "+" in (example.marks or "")]
    marks = [examples[row].marks or "" for row in marked]
    saliency = {key: [readings[row].saliency[key] for row in marked] for key in _views(trained)}
    figures = classification_figures(gold, predicted, classes=len(trained.labels))
    figures |= {"rationales": len(marked), "marked_words": sum(letters.count("+") for letters in marks)}
    precisions = {view: mean_average_precision(saliency[view, "word"], marks) for view in shown(trained.model)}
    figures |= {f"average_precision_{view}": value for view, value in precisions.items() if value is not None}
    return figures | _accuracies(saliency, marks)


def _views(trained: TrainedModel) -> tuple[ViewAndLevel, ...]:
    """Return the paper's view of every level of the model, and the views of words."""
    of_levels = [("gradient", level) for level in trained.model.levels]
    return tuple(dict.fromkeys([*of_levels, *((view, "word") for view in shown(trained.model))]))


def _accuracies(saliency: Mapping[ViewAndLevel, Sequence[Scores]], marks: Sequence[str]) -> Figures:
    figures: Figures = {}
    for view, level in saliency:
        if view != "gradient":
            continue
        shares = saliency_accuracy(saliency[view, level], marks)
        name = f"saliency_accuracy_{level}"
        figures |= {name if share == "marked" else f"{name}_{share}": value for share, value in shares.items()}
    return figures


def read_examples(trained: TrainedModel, examples: Sequence[Example]) -> list[ReadExample]:
    """Return what the model makes of each example, in order."""
    encoded = encode_examples(examples, trained.encoder, max_words=trained.max_words).to(trained.device)
    readings: dict[int, ReadExample] = {}
    for rows in reading_order(encoded.lengths, batch_tokens=trained.model.words_at_once):
        widths = [len(examples[row].tokens) for row in rows.tolist()]
        readings |= zip(rows.tolist(), _read_batch(trained, encoded.batch(rows), widths), strict=True)
    return [readings[row] for row in range(len(examples))]


def _read_batch(trained: TrainedModel, batch: Batch, widths: Sequence[int]) -> Iterator[ReadExample]:
    reading = read(trained.model, batch)
    saliency = reading.explain(batch.labels, target=trained.config.saliency_target)
    scores = {(view, level): saliency.view(view, level) for view, level in _views(trained)}
    arrays = {key: tensor.detach().float().cpu().numpy() for key, tensor in scores.items()}
    probabilities = reading.logits.detach().double().softmax(dim=1).tolist()
    for row, width in enumerate(widths):
        yield ReadExample(probabilities[row], {key: fill(array[row], width) for key, array in arrays.items()})
