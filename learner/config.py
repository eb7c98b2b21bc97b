"""What a training is told, torch-free, and the form it is kept in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from learner import registry
from learner.errors import ConfigError


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a training; None stands for "what fits the loss or the data".

    loss             a registered saliency loss; `none` trains by labels alone
    saliency_weight  λ; None: the loss's own
    levels           of `word`, `intermediate`, `decision`; None: the loss's own
    saliency_target  f: `log_odds` or `probability`
    learning_rate    Adam's
    batch_size       sentences a step
    max_steps        None: six epochs, between 800 and 6,000 steps; 300 without enough dev examples
    warmup_steps     steps over which λ grows from 0; None: the loss's own
    vectors          a file of word vectors or `glove-50d`; None: random ones
    dimension        of random vectors, 1 or more; pretrained ones bring their own
    max_words        words of a sentence that the model sees; None: the 99th percentile, at most 256
    seed             of the start, the order and the dropout
    """

    loss: str = "margin+quiet"
    saliency_weight: float | None = None
    levels: tuple[str, ...] | None = None
    saliency_target: Literal["log_odds", "probability"] = "log_odds"
    learning_rate: float = 1e-3
    batch_size: int = 32
    max_steps: int | None = None
    warmup_steps: int | None = None
    vectors: str | None = None
    dimension: int = 50
    max_words: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what no training can use."""
        registry.check("loss", self.loss)
        if not set(self.levels or ()) <= {"word", "intermediate", "decision"}:
            raise ConfigError(f"levels: found {', '.join(self.levels or ())}, expected word, intermediate or decision")
        if self.saliency_target not in ("log_odds", "probability"):
            raise ConfigError(f"saliency_target: found {self.saliency_target}, expected log_odds or probability")
        for field in ("learning_rate", "batch_size", "max_steps", "dimension", "max_words"):
            value = getattr(self, field)
            if value is not None and value <= 0:
                raise ConfigError(f"{field}: found {value}, expected more than 0")
        for field in ("saliency_weight", "warmup_steps"):
            value = getattr(self, field)
            if value is not None and value < 0:
                raise ConfigError(f"{field}: found {value}, expected 0 or more")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON knows them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> "TrainingConfig":
        """Return the configuration that `to_dict` made; a missing setting has its default."""
        unknown = set(settings) - {field.name for field in fields(cls)}
        if unknown:
            raise ConfigError(f"unknown settings: {', '.join(sorted(unknown))}")
        levels = settings.get("levels")
        return cls(**{**settings, "levels": None if levels is None else tuple(levels)})
