"""The criteria by their names: what on dev chooses the step that a training keeps."""

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

from learner.config import ANSWERS, TrainingConfig
from learner.data.batches import EncodedExamples
from learner.data.example import Example
from learner.training.by_marks import ByMarks, marked_rows
from learner.training.by_worst_group import ByWorstGroup, groups_of
from learner.training.selection import ENOUGH_DEV_EXAMPLES, Criterion

_log = logging.getLogger(__name__)


class Materials(NamedTuple):
    """What a criterion is made from."""

    examples: Sequence[Example]
    dev: Sequence[Example]
    read_dev: EncodedExamples
    labels: int
    config: TrainingConfig


class _Known(NamedTuple):
    make: Callable[[Materials], Criterion | None]
    missing: str
    """Why there is none."""


def _by_marks(given: Materials) -> Criterion | None:
    rows = marked_rows(given.read_dev)
    return ByMarks(rows, given.config.saliency_target) if len(rows) else None


def _by_worst_group(given: Materials) -> Criterion | None:
    groups = groups_of(given.examples, given.dev, labels=given.labels)
    return ByWorstGroup(groups) if len(groups) else None


_KNOWN = {
    "marks": _Known(_by_marks, "no dev sentence has both a marked and an unmarked word"),
    "worst-group": _Known(_by_worst_group, "no word that goes with a label is in five dev sentences with another"),
}


def make_criterion(given: Materials) -> Criterion | None:
    """Return the criterion of the settings; None for the answers, also where dev has nothing else to choose by."""
    name = given.config.keep_step_by
    if name == ANSWERS or len(given.dev) < ENOUGH_DEV_EXAMPLES:
        return None
    criterion = _KNOWN[name].make(given)
    if criterion is None:
        _log.warning("the step is chosen by its answers on dev, not by %s: %s", name, _KNOWN[name].missing)
    return criterion
