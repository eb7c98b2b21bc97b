"""Run one training step by step: optimise, evaluate on dev, keep the best, stop."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn

from learner.config import Calibration
from learner.data.batches import Batch, EncodedExamples, epoch_order, mix
from learner.device import seed_draws
from learner.errors import TrainingError
from learner.models.protocol import Model
from learner.saliency.objective import Objective, Terms
from learner.training.adam import Adam
from learner.training.calibration import fit_constants
from learner.training.process_group import ALONE, Group
from learner.training.selection import (
    ENOUGH_DEV_EXAMPLES,
    Criterion,
    DevScore,
    Kept,
    keep_better,
    logits_on,
    score_on_dev,
)
from learner.training.shared_objective import SharedObjective
from learner.training.trained import StoppedBy

_STEPS_BETWEEN_EVALUATIONS = 25
_PATIENCE_STEPS = 300


@dataclass(frozen=True)
class Progress:
    """The state of a training after a step; the dev figures are of the latest evaluation, None before it.

    The losses are read only on access: the host then waits for a GPU to reach this step.
    """

    step: int
    steps_total: int
    terms: Terms
    dev_loss: float | None
    dev_accuracy: float | None

    @property
    def label_loss(self) -> float:
        """Return the mean cross-entropy of the step's batch, in nats."""
        return self.terms.label_loss.item()

    @property
    def saliency_loss(self) -> float:
        """Return the saliency loss of the step's batch, λ = 1."""
        return self.terms.saliency_loss.item()


class Fitting:
    """A training in progress. `steps()` continues it; `state()` returns what is needed to resume it elsewhere.

    Order, dropout and everything else random are functions of (seed, step) alone: a training
    that resumes from its state draws what it would have drawn without the pause.
    """

    def __init__(
        self,
        objective: Objective | SharedObjective,
        examples: EncodedExamples,
        dev: EncodedExamples,
        *,
        steps_total: int,
        warmup_steps: int,
        batch_size: int,
        learning_rate: float,
        calibration: Calibration,
        seed: int,
        criterion: Criterion | None = None,
        group: Group = ALONE,
    ) -> None:
        self.group, self.criterion = group, criterion
        self.objective, self.examples, self.dev = objective, examples, dev
        self.steps_total, self.warmup_steps = steps_total, warmup_steps
        self.batch_size, self.calibration, self.seed = batch_size, calibration, seed
        self._lengths = examples.lengths.cpu()
        self._epoch, self._order = -1, list[Tensor]()
        groups = self.model.parameter_groups(learning_rate)
        if objective.head:
            groups.append({"params": list(objective.head.parameters()), "lr": learning_rate})
        self._rates = [group["lr"] for group in groups]
        self.optimizer = Adam(groups, fused=True)
        self.has_enough_dev = len(dev) >= ENOUGH_DEV_EXAMPLES
        self.step = 0
        self.kept: Kept | None = None
        self.latest: DevScore | None = None

    @property
    def model(self) -> Model:
        """Return the model that is trained."""
        return cast(Model, self.objective.model)

    def steps(self) -> Iterator[Progress]:
        """Train one step at a time, until dev stops improving or the steps are used up."""
        self.objective.train()
        batch = self._next_batch()
        while self.stopped_by is None:
            terms = self._optimise(batch)
            self.step += 1
            batch = self._next_batch()  # made while a GPU is busy with the step
            self._check_finite(terms)
            if self.has_enough_dev and self._is_evaluation_step():
                self.latest = self._agreed(score_on_dev(self.model, self.dev, self.criterion))
                self.kept = keep_better(self.kept, self.step, self.latest, self.model)
            yield self._progress(terms)

    @property
    def stopped_by(self) -> StoppedBy | None:
        """Return why the training is over; None while it is not."""
        if self.kept is not None and self.step - self.kept.step >= _PATIENCE_STEPS:
            return "dev"
        if self.step < self.steps_total:
            return None
        return "max_steps" if self.has_enough_dev else "fixed_steps"

    def finish(self) -> None:
        """Put the model in eval mode, with the weights of the best step, calibrated if asked, and without gradients."""
        if self.kept is not None:
            self.objective.model.load_state_dict(self.kept.weights)
            if self.calibration == "bias":
                self._calibrate(self.kept)
        self.optimizer.zero_grad()
        self.objective.eval()

    def state(self) -> dict[str, Any]:
        """Return the state as tensors and plain numbers only, so that its file loads without unpickling."""
        return {
            "step": self.step,
            "model": self.objective.model.state_dict(),
            "head": self.objective.head and self.objective.head.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "latest": self.latest and asdict(self.latest),
            "kept": self.kept and {**vars(self.kept), "score": asdict(self.kept.score)},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Resume from what `state()` returned."""
        self.step = state["step"]
        self.objective.model.load_state_dict(state["model"])
        if self.objective.head:
            self.objective.head.load_state_dict(state["head"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.latest = state["latest"] and DevScore(**state["latest"])
        self.kept = state["kept"] and Kept(**{**state["kept"], "score": DevScore(**state["kept"]["score"])})

    def _calibrate(self, kept: Kept) -> None:
        model = self.model.eval()
        model.add_to_logits(fit_constants(*logits_on(model, self.dev)))
        self.kept = replace(kept, score=score_on_dev(model, self.dev), weights=model.state_dict())

    def _next_batch(self) -> Batch:
        epoch, place = divmod(self.step, math.ceil(len(self.examples) / self.batch_size))
        if epoch != self._epoch:
            self._order = epoch_order(self._lengths, batch_size=self.batch_size, seed=self.seed, epoch=epoch)
            self._epoch = epoch
        return self.examples.batch(self._order[place]).to(self.dev.ids.device)

    def _optimise(self, batch: Batch) -> Terms:
        seed_draws(mix(self.seed, self.step), self.dev.ids.device)
        ramp = min(1.0, self.step / self.warmup_steps) if self.warmup_steps else 1.0
        terms: Terms = self.objective(batch, ramp)
        self.optimizer.zero_grad()
        torch.autograd.backward(terms.total)
        self._follow_recipe()
        self.optimizer.step()
        return Terms(*(term.detach() for term in terms))

    def _follow_recipe(self) -> None:
        recipe = self.model.recipe
        share = recipe.share_of_rate(self.step, self.steps_total)
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * share
        if recipe.largest_gradient is not None:
            nn.utils.clip_grad_norm_(self.objective.parameters(), recipe.largest_gradient)

    def _check_finite(self, terms: Terms) -> None:
        # Do not wait for a GPU at each step: once weights are not finite, every later loss is not finite.
        if terms.total.is_cuda and not self._is_evaluation_step():
            return
        if not math.isfinite(terms.total.item()):
            problem = f"the loss is {terms.total.item()} at step {self.step}"
            raise TrainingError(f"{problem}: try a lower learning rate or saliency weight")

    def _agreed(self, score: DevScore) -> DevScore:
        """Return the first process's score, because all must stop at the same step."""
        mine = [score.loss, score.accuracy, score.macro_f1, score.criterion]
        loss, accuracy, macro_f1, criterion = self.group.from_first(mine)
        return replace(score, loss=loss, accuracy=accuracy, macro_f1=macro_f1, criterion=criterion)

    def _is_evaluation_step(self) -> bool:
        return self.step % _STEPS_BETWEEN_EVALUATIONS == 0 or self.step == self.steps_total

    def _progress(self, terms: Terms) -> Progress:
        dev_loss, dev_accuracy = (self.latest.loss, self.latest.accuracy) if self.latest else (None, None)
        return Progress(self.step, self.steps_total, terms, dev_loss, dev_accuracy)
