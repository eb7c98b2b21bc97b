"""The settings of a training, and the form in which they are kept. Torch-free."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any, Final, Literal

from learner import registry
from learner.errors import ConfigError

Precision = Literal["float32", "bfloat16"]
Calibration = Literal["off", "bias"]
StepCriterion = Literal["answers", "marks", "worst-group"]
ANSWERS: Final = "answers"
STATIC = "static"


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a training; None means "what fits the loss or the data".

    loss             a saliency loss by name, or a sum of names; `none` trains by labels alone; None: the model's own
    saliency_weight  λ; None: the loss's own
    levels           of `word`, `intermediate`, `decision`, `evidence`; None: the loss's own
    saliency_target  f: `log_odds` or `probability`
    learning_rate    Adam's; an encoder that is trained has a tenth of it
    batch_size       sentences per step; None: as many as fit the model
    max_steps        None: as many as fit the model and the number of examples
    warmup_steps     steps over which λ grows from 0; None: the loss's own
    encoder          what turns words into vectors: `static` (a table that trains with the model), `minilm`, or a
                     directory with a pretrained encoder
    encoder_layer    after which of its layers a pretrained encoder is read; None: half of them, or all if it
                     is trained
    vectors          of the static encoder: a file of word vectors or `glove-50d`; None, or `random`: random ones
    dimension        of random vectors, 1 or more; pretrained vectors have their own
    max_words        words of a sentence that the model sees; None: as many as fit the model and the data
    model            a registered model; None: `evidence` on a pretrained encoder; on the static one the first
                     that reads queries if the examples have any, else the first that does not
    hidden_layer     whether the feed-forward part has a hidden layer, or is linear
    d_dim            how D_dim enters it: `padded`, `top-k` or `off`
    constant_labels  labels, as indices, that no word is evidence for to `evidence`; None: those for which no example
                     has a marked word, unless that is so of all
    trained_layers   how many of the encoder's last layers `fine-tuned` trains; None: the whole encoder
    precision        `float32`, or `bfloat16` inside the encoder that `fine-tuned` trains, which is faster
    recompute_layers whether `fine-tuned` computes layers twice to save memory
    shared_query_convolutions  whether `cloze` reads the query through the sentence's convolutions
    engine           of the saliency: `closed`, `reference`, or `auto` (closed where the model offers it)
    keep_step_by     what on dev chooses the step whose weights are kept (model selection): `answers`; `marks`, the
                     answers and the average precision of what people are shown, in equal parts; or `worst-group`,
                     the share of right answers in the worst group: the sentences with a word that goes with another
                     label, for each of twenty words, and those of each label
    calibration      `bias` (add to the logits the constants that fit dev best) or `off`
    seed             of the first weights, the order and the dropout
    """

    loss: str | None = None
    saliency_weight: float | None = None
    levels: tuple[str, ...] | None = None
    saliency_target: Literal["log_odds", "probability"] = "log_odds"
    learning_rate: float = 1e-3
    batch_size: int | None = None
    max_steps: int | None = None
    warmup_steps: int | None = None
    encoder: str = STATIC
    encoder_layer: int | None = None
    vectors: str | None = None
    dimension: int = 50
    max_words: int | None = None
    model: str | None = None
    hidden_layer: bool = True
    d_dim: Literal["padded", "top-k", "off"] = "padded"
    constant_labels: tuple[int, ...] | None = None
    trained_layers: int | None = None
    precision: Precision = "float32"
    recompute_layers: bool = False
    shared_query_convolutions: bool = False
    engine: Literal["auto", "closed", "reference"] = "auto"
    keep_step_by: StepCriterion = ANSWERS
    calibration: Calibration = "off"
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise ConfigError for a setting that no training can use."""
        for field, kinds in _KINDS.items():
            _check_kind(field, getattr(self, field), kinds)
        registry.check_all(loss=self.loss, model=self.model)
        if not set(self.levels or ()) <= set(_LEVELS):
            raise ConfigError(f"levels: found {', '.join(self.levels or ())}, expected some of {', '.join(_LEVELS)}")
        labels = self.constant_labels or ()
        if not all(type(label) is int and 0 <= label < _MOST for label in labels) or len(set(labels)) < len(labels):
            raise ConfigError(f"constant_labels: found {labels}, expected the indices of different labels")
        for field, choices in _CHOICES.items():
            _check_choice(field, getattr(self, field), choices)
        if self.d_dim == "off" and "decision" in (self.levels or ()):
            raise ConfigError("levels: found decision with d_dim off, expected word or intermediate")
        for field in _ABOVE_ZERO + _NOT_BELOW_ZERO:
            value = getattr(self, field)
            if value is not None and (value < 0 or (value == 0 and field in _ABOVE_ZERO)):
                expected = "a number above 0" if field in _ABOVE_ZERO else "0 or more"
                raise ConfigError(f"{field}: found {value}, expected {expected}")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "TrainingConfig":
        """Return the configuration that `to_dict` made; a missing setting has its default."""
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(settings) - set(known))
        if unknown:
            nearest = get_close_matches(unknown[0], known, n=1)
            hint = f"; {nearest[0]} is the nearest known one" if nearest else ""
            raise ConfigError(f"unknown settings: {', '.join(unknown)}{hint}")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) and name in _LISTS else value
            for name, value in settings.items()
        }
        return cls(**given)


_LISTS = ("levels", "constant_labels")
_LEVELS = ("word", "intermediate", "decision", "evidence")
_ABOVE_ZERO = ("learning_rate", "batch_size", "max_steps", "encoder_layer", "trained_layers", "dimension", "max_words")
_NOT_BELOW_ZERO = ("saliency_weight", "warmup_steps", "seed")
_MOST = 2**31 - 1
_INT, _FLOAT, _TEXT = ("a whole number", int), ("a number", int, float), ("text", str)
_KINDS: dict[str, tuple[Any, ...]] = {
    "loss": (*_TEXT, None),
    "saliency_weight": (*_FLOAT, None),
    "levels": ("a list of levels", tuple, None),
    "saliency_target": _TEXT,
    "learning_rate": _FLOAT,
    "batch_size": (*_INT, None),
    "max_steps": (*_INT, None),
    "warmup_steps": (*_INT, None),
    "encoder": _TEXT,
    "encoder_layer": (*_INT, None),
    "vectors": (*_TEXT, None),
    "dimension": _INT,
    "max_words": (*_INT, None),
    "model": (*_TEXT, None),
    "hidden_layer": ("true or false", bool),
    "d_dim": _TEXT,
    "constant_labels": ("a list of labels", tuple, None),
    "trained_layers": (*_INT, None),
    "precision": _TEXT,
    "recompute_layers": ("true or false", bool),
    "shared_query_convolutions": ("true or false", bool),
    "engine": _TEXT,
    "keep_step_by": _TEXT,
    "calibration": _TEXT,
    "seed": _INT,
}
"""What each setting must be, in words and as types."""


_CHOICES = {
    "saliency_target": ("log_odds", "probability"),
    "d_dim": ("padded", "top-k", "off"),
    "precision": ("float32", "bfloat16"),
    "engine": ("auto", "closed", "reference"),
    "keep_step_by": ("answers", "marks", "worst-group"),
    "calibration": ("off", "bias"),
}


def _check_choice(field: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ConfigError(f"{field}: found {value}, expected {' or '.join(choices)}")


def _check_kind(field: str, value: object, kinds: tuple[Any, ...]) -> None:
    expected, *types = kinds
    if value is None and None in types:
        return
    # Python counts a bool as an int, but no one means True steps.
    if type(value) not in types:
        raise ConfigError(f"{field}: found {value!r}, expected {expected}")
    # This also refuses NaN, which is in no range.
    if isinstance(value, int | float) and not -_MOST <= value <= _MOST:
        raise ConfigError(f"{field}: found {value}, expected at most {_MOST:,}")
