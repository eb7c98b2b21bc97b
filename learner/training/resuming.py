"""A training's state on disk, to go on from bit by bit as if it had never stopped."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from learner.config import TrainingConfig
from learner.data.aside import remove_left, written_aside
from learner.data.example import Example
from learner.data.vocabulary import Vocabulary
from learner.errors import ResumeError
from learner.training.fitting import Fitting


@dataclass(frozen=True)
class StateFile:
    """Where one training keeps its state; `fingerprint` tells it from other trainings."""

    path: Path
    fingerprint: str

    def save(self, fitting: Fitting) -> None:
        """Write the state aside and put it in place whole."""
        remove_left(self.path)
        with written_aside(self.path) as file:
            torch.save({"fingerprint": self.fingerprint, **fitting.state()}, file)

    def restore(self, fitting: Fitting) -> None:
        """Carry the fitting to where the file, if there is one, left off; nothing in it is unpickled."""
        if not self.path.exists():
            return
        state = self._read(fitting.examples.ids.device)
        if state.pop("fingerprint", None) != self.fingerprint:
            raise ResumeError(f"{self.path.name} is of a training with other examples or settings: remove it first")
        fitting.restore(state)

    def remove(self) -> None:
        """Take the file away: the training is over."""
        self.path.unlink(missing_ok=True)

    def _read(self, device: torch.device) -> dict[str, Any]:
        try:
            state: dict[str, Any] = torch.load(self.path, map_location=device, weights_only=True)
        except Exception as error:  # torch raises many kinds for a file that is none of its own
            raise ResumeError(f"{self.path.name} is no training state, or is damaged: remove it first") from error
        return state


def fingerprint(*parts: Sequence[Example] | Sequence[str] | TrainingConfig | Vocabulary) -> str:
    """Return a hash of what a training is made from."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(part).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
