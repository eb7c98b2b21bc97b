"""The models to train: each model of the experiments is one trial."""

import hashlib
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

from learner.data.file_parts import fingerprint_of
from learner.reproduction.sets import file_of

UNTAUGHT = "none"


@dataclass(frozen=True)
class Trial:
    """One model: trained on `size` answers of a set (None: all), with a loss and a seed."""

    data: str
    size: int | None
    loss: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """All trials, and what they share."""

    folder: Path
    sets: tuple[str, ...]
    losses: tuple[str, ...]
    """The losses of the taught models; the untaught model is always trained too."""
    sizes: tuple[int | None, ...]
    seeds: int
    vectors: str | None = None
    steps: int | None = None
    device: str = "auto"

    def trials(self) -> list[Trial]:
        """Return the trials: all of the first seed, then all of the next."""
        losses = (UNTAUGHT, *self.losses)
        return [
            Trial(data, size, loss, seed)
            for seed, data, size, loss in product(range(self.seeds), self.sets, self.sizes, losses)
        ]

    def key(self, trial: Trial) -> dict[str, Any]:
        """Return what decides a trial's outcome: a trial that was done under the same key is not run again."""
        return {**asdict(trial), "made_from": self._fingerprint(trial.data)}

    def settings(self) -> dict[str, Any]:
        """Return what a reader must know to repeat the experiments, without paths of this machine."""
        sizes = [size or "all" for size in self.sizes]
        shown = {"sets": list(self.sets), "losses": list(self.losses), "sizes": sizes, "seeds": self.seeds}
        return {**shown, "vectors": Path(self.vectors).name if self.vectors else "random", "steps": self.steps}

    def _fingerprint(self, data: str) -> str:
        files = [file_of(self.folder, data)]
        if self.vectors and Path(self.vectors).is_file():
            files.append(Path(self.vectors))
        text = f"{fingerprint_of(*files)} {self.vectors and Path(self.vectors).name} {self.steps}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]
