"""The protocol of models: everything that training, prediction, judging, saliency and checkpoints need.

- `WordModel`: what saliency needs, of any classifier.
- `Model`: what the rest also needs. A training can choose a `Model` by name.
- `RoutedModel`, `EvidenceModel` and `TabulatedModel`: what a model may offer, so that it is read faster.

No other part of the learner asks which model it has.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from torch import Tensor, nn

from learner.data.batches import Batch
from learner.loss_names import DEFAULT_LOSS
from learner.models.recipe import Recipe
from learner.models.routing import Kernels, Maxima
from learner.models.words import Words

_WORDS_AT_ONCE = 8192


class Output(NamedTuple):
    """What a model returns for a batch.

    `levels` are the named layers at which saliency is taken: tensors of the graph from which the
    logits were computed, with the word as axis 1: (rows, words, dimensions) or (rows, words).
    """

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]
    evidence_labels: Tensor | None = None  # (labels with evidence,): those of the level `evidence`, if it has one


class WordModel(Protocol):
    """A classifier whose layers keep the word axis; examples of a batch must not interact."""

    def __call__(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels of a batch; `words`, shaped as W, replace the vectors of its words."""


class Model(nn.Module, ABC):
    """A word classifier that is trained by its name, saved in checkpoints and restored from them.

    A package adds its own by an entry point in the group `whylight.model`, under its `name`:

        [project.entry-points."whylight.model"]
        mean = "theirs.models:MeanOfWords"

    The learner makes a model with `Kind(words, classes=…, max_words=…, **settings)`:

    words         a `Words` (learner/models/words.py), which the model keeps as its attribute `words`: it turns
                  a batch's words into W, (rows, words, words.dimension)
    classes       the number of logits
    max_words     the most words of a sentence
    settings      the settings of a `TrainingConfig` that `made_with` names

    Attributes of the class:

    name             its name in the registry, and in checkpoints
    title            its name in messages
    reads_queries    whether it reads a query with each sentence. Unless a model is asked for by name, on the static
                     encoder examples with queries get the first registered model that reads them, others the first
                     that does not
    made_with        names of settings
    default_loss     the loss that it is trained with if none is asked for
    shown_view       the view of saliency at the level `word` that people see
    most_dimensions  how many principal components of a pretrained encoder's vectors it reads; None: the vectors
    longest          the default of `max_words`; None: the 99th percentile of the training sentences, at most 256
    trains_encoder   whether the pretrained encoder is trained with it: then its `words` are a `TrainedEncoder`
    recipe           how it is trained unless the settings say otherwise

    Attributes of the model:

    max_words   as it was made
    settings    name → value of the settings, as checkpoints keep them
    levels      the names of the levels, which include `word`
    head_level  the level that the marks head reads, (rows, words, dimension)
    dimension   numbers per word at that level
    """

    name: ClassVar[str]
    title: ClassVar[str]
    reads_queries: ClassVar[bool] = False
    made_with: ClassVar[tuple[str, ...]] = ()
    default_loss: ClassVar[str] = DEFAULT_LOSS
    shown_view: ClassVar[str] = "input_x_gradient"
    most_dimensions: ClassVar[int | None] = None
    longest: ClassVar[int | None] = None
    trains_encoder: ClassVar[bool] = False
    recipe: ClassVar[Recipe] = Recipe()

    words: Words
    max_words: int
    settings: Mapping[str, Any]
    levels: Sequence[str]
    head_level: str
    dimension: int

    @abstractmethod
    def forward(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels of a batch; `words`, shaped as W, replace the vectors of its words."""

    @abstractmethod
    def add_to_logits(self, constants: Tensor) -> None:
        """Add a constant, (classes,), to each logit that the model returns from now on."""

    @property
    def words_at_once(self) -> int:
        """Return how many words and pads it best reads at once, when it only predicts."""
        return _WORDS_AT_ONCE

    def parameter_groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Return its parameters in groups for an optimiser, each with the learning rate `lr` of its own."""
        return [{"params": list(self.parameters()), "lr": learning_rate}]


class Routes(NamedTuple):
    """What a model of convolutions and maxima returns for a batch, with the way from the words to its logits."""

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]  # the head level
    sequence: Tensor  # (rows, d): D_seq
    decision: Tensor  # (rows, words): D_dim, 0 at pads
    scale: Tensor | None  # (rows, d + words): the query's factor of each entry
    maxima: Maxima
    kernels: Kernels
    real: Tensor  # (rows, words) bool


@runtime_checkable
class RoutedModel(Protocol):
    """A model that also returns where its maxima came from, so that its saliency needs no second derivative."""

    def route(self, batch: Batch) -> Routes:
        """Return the logits of a batch, equal to those of a call but for rounding, and where the maxima came from."""


class Weighing(NamedTuple):
    """What a model of word evidence returns for a batch, with the way from the words to their evidence.

    hidden = dropout(relu(inward(W))), and the level `evidence` is outward(hidden).
    """

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]  # `evidence`, (rows, words, labels with evidence), and the head level
    evidence_labels: Tensor  # (labels with evidence,) int64: the answers of other labels are constants
    hidden: Tensor  # (rows, words, h)
    gain: float  # what dropout multiplies the units by that it keeps
    inward: nn.Linear  # d → h
    outward: nn.Linear  # h → labels with evidence
    real: Tensor  # (rows, words) bool
    gate: Tensor | None = None  # (rows, words): the level `word`, if that is below `projected`


@runtime_checkable
class EvidenceModel(Protocol):
    """A model whose answer for a label is the log-sum-exp of its words' evidence, or a constant."""

    def weigh(self, batch: Batch) -> Weighing:
        """Return the logits of a batch, equal to those of a call, and where they came from."""

    def has_closed_gradient(self) -> bool:
        """Return whether that also gives the gradient at the level `word`, and not only the evidence."""


@runtime_checkable
class TabulatedModel(Protocol):
    """A routed model that can do part of its work once for the whole vocabulary."""

    reads_queries: bool

    def table_bytes(self) -> int | None:
        """Return the size of the table, before it is made; None if there can be none."""

    def tabulate(self) -> Tensor:
        """Return a table with a row for each word of the vocabulary."""

    def route_from(self, table: Tensor, batch: Batch) -> Routes:
        """Return what `route` returns, read from the table."""

    def kernels(self) -> Kernels:
        """Return the parameters of its convolutions."""

    def classify(self, sequence: Tensor, decision: Tensor, real: Tensor) -> Tensor:
        """Return the logits, (rows, classes), of D_seq, (rows, d), and D_dim, (rows, words), 0 at pads."""
