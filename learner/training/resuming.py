"""A training's state on disk, to resume from it with the same bits as without a stop."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from learner.config import ANSWERS, TrainingConfig
from learner.data.aside import aside, put_in_place, remove_left
from learner.data.encoding import Encoder
from learner.data.example import Example
from learner.errors import ResumeError
from learner.training.fitting import Fitting

_NEWER = (("keep_step_by", ANSWERS),)
"""Settings that the trainings of older states did not have, at their default."""


@dataclass(frozen=True)
class StateFile:
    """The file in which one training keeps its state; `fingerprint` distinguishes it from other trainings."""

    path: Path
    fingerprint: str

    def save(self, fitting: Fitting) -> None:
        """Write the state aside, then put the complete file in place."""
        remove_left(self.path)
        with aside(self.path) as half:
            with half.open("wb") as file:  # never packed, whatever its name ends in
                torch.save({"fingerprint": self.fingerprint, **fitting.state()}, file)
            put_in_place(half, self.path)

    def restore(self, fitting: Fitting) -> None:
        """Restore the fitting from the file, if it exists, without unpickling."""
        if not self.path.exists():
            return
        state = self._read(fitting.examples.ids.device)
        if state.pop("fingerprint", None) != self.fingerprint:
            raise ResumeError(f"{self.path.name} is for a training with other examples or settings: remove it first")
        fitting.restore(state)

    def remove(self) -> None:
        """Remove the file, because the training is over."""
        self.path.unlink(missing_ok=True)

    def _read(self, device: torch.device) -> dict[str, Any]:
        try:
            state: dict[str, Any] = torch.load(self.path, map_location=device, weights_only=True)
        except Exception as error:  # torch raises many kinds of errors for a file that it did not write
            raise ResumeError(f"{self.path.name} is not a training state, or is damaged: remove it first") from error
        return state


def fingerprint(*parts: Sequence[Example] | Sequence[str] | TrainingConfig | Encoder) -> str:
    """Return a hash of what a training is made from."""
    digest = hashlib.sha256()
    for part in parts:
        shown = _shown(part) if isinstance(part, TrainingConfig) else repr(part)
        digest.update(shown.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _shown(config: TrainingConfig) -> str:
    """Return what `repr` gave when the oldest states were written, where the newer settings have their default."""
    settings = [f"{name}={value!r}" for name, value in vars(config).items() if (name, value) not in _NEWER]
    return f"TrainingConfig({', '.join(settings)})"
