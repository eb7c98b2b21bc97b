"""Compare the shared objective's gradients with one process's; test_process_group.py starts this twice.

With a second argument, the directory of an encoder, the model is the fine-tuned one.
"""

import json
import sys
from copy import deepcopy
from pathlib import Path

import torch

from learner import registry
from learner.data.batches import encode_examples
from learner.data.example import Example
from learner.data.vocabulary import Vocabulary
from learner.encoders.piece_encoder import open_pieces
from learner.loss_names import needs_evidence
from learner.models.cnn import EventCnn
from learner.models.fine_tuned import FineTuned
from learner.models.trained_encoder import TrainedEncoder
from learner.models.words import WordTable
from learner.saliency.objective import Objective
from learner.training.process_group import join_group
from learner.training.shared_objective import SharedObjective

WORDS = tuple("abcdefghij")
# Process 0 has rows 0, 2 and 4, process 1 has rows 1 and 3.
CASES = {
    "marks in both": [("a b c d", "+..-"), ("e f g", "+.."), ("h i", ".+"), ("a j", "+.")],
    "no marks in one": [("a b c d", "+..-"), ("e f g", None), ("h i", ".+"), ("a j", "..")],
    "marks only past the first": [("a b c d", None), ("e f g", "+++"), ("h i", None), ("a j", "-.")],
    "unequal shares": [("a b c d", "+..-"), ("e f g", None), ("h i", ".+"), ("a j", "+."), ("b", "+")],
    "no row for one": [("a b c d", "+..-")],
    "no marks at all": [("a b c d", None), ("e f g", None), ("h i", None)],
}


ENCODER = open_pieces(sys.argv[2]) if len(sys.argv) > 2 else None


def batch_of(rows):
    examples = [Example(tuple(text.split()), place % 2, marks) for place, (text, marks) in enumerate(rows)]
    return encode_examples(examples, ENCODER or Vocabulary(WORDS), max_words=6).batch(torch.arange(len(examples)))


def model_of(dtype):
    if ENCODER is not None:
        return FineTuned(TrainedEncoder(ENCODER.load()), classes=2, max_words=6).to(dtype).eval()
    rows = len(WORDS) + 2
    model = EventCnn(WordTable(torch.randn(rows, 4), trained_rows=rows), classes=2, max_words=6)
    return model.to(dtype).eval()


def errors(loss, dtype, group):
    """Return for each case the largest relative difference of a gradient, or of the value, from those of one process.

    As in training, the objective of one batch is that of the next.
    """
    torch.manual_seed(0)
    alone = Objective(model_of(dtype), loss=loss)
    part = deepcopy(alone)
    distributed = SharedObjective(part, group)
    return {name: error(alone, part, distributed, batch) for name, batch in BATCHES.items()}


def error(alone, part, distributed, batch):
    for objective in (alone, part):
        objective.zero_grad()
    terms, shares = alone(batch), distributed(batch)
    terms.total.backward()
    shares.total.backward()
    found = [abs(one.item() - other.item()) for one, other in zip(terms, shares, strict=True)]
    for one, other in zip(alone.parameters(), part.parameters(), strict=True):
        found.append((one.grad - other.grad).abs().max().item() / max(1.0, one.grad.abs().max().item()))
    return max(found)


BATCHES = {name: batch_of(rows) for name, rows in CASES.items()}

with join_group(2) as group:
    found = {
        f"{name}, {loss}, {dtype}": worst
        for loss in registry.names("loss")
        if ENCODER or not needs_evidence(loss)
        for dtype in (torch.float32, torch.float64)
        for name, worst in errors(loss, dtype, group).items()
    }
    Path(sys.argv[1], str(group.rank)).write_text(json.dumps(found))
