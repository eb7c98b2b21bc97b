"""What the learner asks of a model: everything that training, prediction, judging, saliency and checkpoints need.

- `WordModel`: what saliency needs, of any classifier.
- `Model`: what the rest needs as well. A model that a training can choose by name is one.
- `RoutedModel` and `TabulatedModel`: what a model may offer, to be read faster.

No other part of the learner asks which model it has.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from torch import Tensor, nn

from learner.data.batches import Batch
from learner.models.routing import Kernels, Maxima


class Output(NamedTuple):
    """What a model makes of a batch.

    `levels` are the named layers that saliency is taken at: tensors of the graph from which the
    logits were computed, axis 1 is the word. (rows, words, dimensions) or (rows, words).
    """

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]


class WordModel(Protocol):
    """A classifier whose layers keep the word axis; examples of a batch must not interact."""

    def __call__(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels of a batch; `words` stand in for its words' vectors, shaped as W."""


class Model(nn.Module, ABC):
    """A word classifier that is trained by its name, kept in checkpoints and made again from them.

    A package adds one of its own by an entry point in the group `whylight.model`, under its `name`:

        [project.entry-points."whylight.model"]
        mean = "theirs.models:MeanOfWords"

    The learner makes a model with `Kind(vectors, trained_rows=…, classes=…, max_words=…, **settings)`:

    vectors       (rows, d): the start of the words' vectors, in the order of the vocabulary's rows
    trained_rows  the first rows, to be trained; the others stay as they are
    classes       the number of logits
    max_words     the most words of a sentence
    settings      those settings of a `TrainingConfig` that `made_with` names

    What its class says:

    name           its name in the registry, and in checkpoints
    title          what messages call it
    reads_queries  whether it reads a query with each sentence. Unless a model is asked for by name, examples
                   with queries get the first registered model that reads them, others the first that does not
    made_with      names of settings
    vector_tables  the entries of its `state_dict()` that are its words' vectors: `vectors`, in this order

    What the model says:

    max_words   as it was made
    settings    name → value of the settings, as checkpoints keep them
    levels      the names of the levels, `word` among them
    head_level  the level that the marks head reads, (rows, words, dimension)
    dimension   numbers per word there
    """

    name: ClassVar[str]
    title: ClassVar[str]
    reads_queries: ClassVar[bool] = False
    made_with: ClassVar[tuple[str, ...]] = ()
    vector_tables: ClassVar[tuple[str, ...]]

    max_words: int
    settings: Mapping[str, Any]
    levels: Sequence[str]
    head_level: str
    dimension: int

    @abstractmethod
    def forward(self, batch: Batch, words: Tensor | None = None) -> Output:
        """Return the logits and the levels of a batch; `words` replace the vectors of its words, shaped as W."""

    @abstractmethod
    def add_to_logits(self, constants: Tensor) -> None:
        """Add a constant, (classes,), to each logit that the model gives from now on."""


class Routes(NamedTuple):
    """What a model of convolutions and maxima makes of a batch, and the way from the words to its logits."""

    logits: Tensor  # (rows, classes)
    levels: Mapping[str, Tensor]  # the head level
    sequence: Tensor  # (rows, d): D_seq
    decision: Tensor  # (rows, words): D_dim, 0 at pads
    scale: Tensor | None  # (rows, d + words): what each entry was multiplied with, by the query
    maxima: Maxima
    kernels: Kernels
    real: Tensor  # (rows, words) bool


@runtime_checkable
class RoutedModel(Protocol):
    """A model that also gives the way of its maxima, so that its saliency needs no second derivative."""

    def route(self, batch: Batch) -> Routes:
        """Return the logits of a batch, to rounding those of a call, and how the maxima came about."""


@runtime_checkable
class TabulatedModel(Protocol):
    """A routed model that can do a part of its work once for the whole vocabulary."""

    def table_bytes(self) -> int:
        """Return the size of the table, before it is made."""

    def tabulate(self) -> Tensor:
        """Return a table with a row for each word of the vocabulary."""

    def route_from(self, table: Tensor, batch: Batch) -> Routes:
        """Return what `route` returns, read from the table."""
