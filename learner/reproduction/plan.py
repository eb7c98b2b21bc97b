"""The models to train: each model of the experiments is one trial."""

import hashlib
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from learner.config import STATIC
from learner.data.file_parts import fingerprint_of
from learner.encoders.choosing import find_encoder
from learner.encoders.directory import open_directory
from learner.loss_names import DEFAULT_LOSS
from learner.model_names import fitting_model, own_loss
from learner.reproduction.sets import file_of

UNTAUGHT = "none"


@dataclass(frozen=True)
class Trial:
    """One model: trained on `size` answers of a set (None: all), with a loss and a seed."""

    data: str
    size: int | None
    loss: str
    seed: int
    encoder: str = STATIC


class Kind(NamedTuple):
    """A kind of model: what its words are read by, and the loss that teaches it."""

    encoder: str
    loss: str

    @property
    def title(self) -> str:
        """Return its name in tables; the paper's models, on the static encoder, bear that of their loss alone."""
        taught = "untaught" if self.loss == UNTAUGHT else self.loss
        return taught if self.encoder == STATIC else f"{taught}, {Path(self.encoder).name}"


@dataclass(frozen=True)
class Plan:
    """All trials, and what they share."""

    folder: Path
    sets: tuple[str, ...]
    losses: tuple[str, ...]
    """The losses that teach the paper's models; an untaught one is trained too. Empty: none of the paper's models."""
    sizes: tuple[int | None, ...]
    seeds: int
    vectors: str | None = None
    steps: int | None = None
    device: str = "auto"
    encoder: str | None = None
    """A pretrained encoder whose models are trained as well: `evidence`, untaught and with its own loss."""
    vectors_in: Path | None = None
    """Where it keeps what it reads."""

    def kinds(self) -> list[Kind]:
        """Return the kinds of models, each untaught one before those that are compared with it."""
        paper = [Kind(STATIC, loss) for loss in (UNTAUGHT, *self.losses)] if self.losses else []
        if self.encoder is None:
            return paper
        own = own_loss(fitting_model(self.encoder, has_queries=False)) or DEFAULT_LOSS
        return [*paper, Kind(self.encoder, UNTAUGHT), Kind(self.encoder, own)]

    def taught(self) -> list[Kind]:
        """Return the kinds that are compared with an untaught one."""
        return [kind for kind in self.kinds() if kind.loss != UNTAUGHT]

    def trials(self) -> list[Trial]:
        """Return the trials: all of the first seed, then all of the next."""
        return [
            Trial(data, size, kind.loss, seed, kind.encoder)
            for seed, data, size, kind in product(range(self.seeds), self.sets, self.sizes, self.kinds())
        ]

    def key(self, trial: Trial) -> dict[str, Any]:
        """Return what decides a trial's outcome: a trial that was done under the same key is not run again."""
        facts = asdict(trial) | {"made_from": self._fingerprint(trial.data)}
        if trial.encoder == STATIC:
            del facts["encoder"]  # as in trials that were done before there were others
            return facts
        return facts | {"encoder": open_directory(find_encoder(trial.encoder)).digest()}

    def settings(self) -> dict[str, Any]:
        """Return what a reader must know to repeat the experiments, without paths of this machine."""
        sizes = [size or "all" for size in self.sizes]
        shown = {"sets": list(self.sets), "losses": list(self.losses), "sizes": sizes, "seeds": self.seeds}
        encoder = {"encoder": Path(self.encoder).name} if self.encoder else {}
        vectors = Path(self.vectors).name if self.vectors else "random"
        return {**shown, "vectors": vectors, **encoder, "steps": self.steps}

    def _fingerprint(self, data: str) -> str:
        files = [file_of(self.folder, data)]
        if self.vectors and Path(self.vectors).is_file():
            files.append(Path(self.vectors))
        text = f"{fingerprint_of(*files)} {self.vectors and Path(self.vectors).name} {self.steps}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]
