"""Which view of the fine-tuned encoder ranks the marked words first? Measured on LitBank's dev sentences.

300 answers, drawn by the seed, train MiniLM with the evidence model; 200 dev sentences (seed 77) decide when to stop,
the others judge: accuracy and ΔTPR on all of them, and average precision on up to 60 sentences of at most 40 words
that have marks, for their gold label.

    evidence       ∂f/∂t of the word, in closed form: what it adds to the answer
    share          the word's share of its label's evidence
    gate           the gradient at the word's gate: input × gradient behind the embeddings' LayerNorm
    gate_path      the same, integrated while all gates open from 0 (32 steps)
    gate_off       what f loses when the word's gate is 0
    occlusion      what f loses when the word is deleted, and the sentence read again
    mask_path      integrated gradients from a sentence of mask tokens (8 steps), behind the same LayerNorm

    python benchmarks/fine_tuned_views.py LITBANK [--loss none log-mass] [--seeds 0 1 2] [--answers 300] [--layers 6]
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from learner.config import TrainingConfig
from learner.data.batches import Batch, encode_examples
from learner.data.example import Example, read_examples
from learner.data.splits import of_split, sample
from learner.judging.evaluation import evaluate
from learner.judging.faithfulness import reliance_on_marks
from learner.judging.word_removal import probabilities, remove
from learner.metrics import mean_average_precision
from learner.models.fine_tuned import FineTuned
from learner.saliency.attributions import attribute
from learner.saliency.gradients import answer
from learner.training.run import train
from learner.training.trained import TrainedModel

MASK = 103  # of BERT's vocabulary
STEPS = 8
EXPLAINED, LONGEST = 60, 40
View = Callable[[TrainedModel, Sequence[Example]], list[list[float]]]


def main() -> None:
    """Train and judge each model; print a line of JSON for each."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    examples, labels = read_examples(options.litbank)
    dev = sample(of_split(examples, "dev"), None, seed=77)
    for seed in options.seeds:
        answers = sample(of_split(examples, "train"), options.answers, seed=seed)
        for loss in options.loss:
            config = TrainingConfig(
                model="fine-tuned",
                encoder="minilm",
                encoder_layer=options.layers,
                trained_layers=options.trained_layers,
                loss=loss,
                seed=seed,
            )
            started = time.process_time()
            trained = train(answers, dev[:200], labels=labels, config=config)
            seconds = time.process_time() - started
            about = {"loss": loss, "seed": seed, "layers": options.layers, "trained_layers": options.trained_layers}
            print(json.dumps(about | {"train_cpu_s": round(seconds, 1)} | judge(trained, dev[200:])), flush=True)


def judge(trained: TrainedModel, examples: Sequence[Example]) -> dict[str, float]:
    """Return accuracy, ΔTPR, and the average precision of each view."""
    figures = evaluate(trained, examples) | reliance_on_marks(trained, examples)
    marked = [each for each in examples if "+" in (each.marks or "") and len(each.tokens) <= LONGEST][:EXPLAINED]
    marks = [each.marks or "" for each in marked]
    kept = ("accuracy", "macro_f1", "delta_tpr", "delta_tpr_control")
    found = {name: round(float(figures[name]), 1) for name in kept if figures.get(name) is not None}
    for name, view in VIEWS.items():
        found[name] = round(float(mean_average_precision(view(trained, marked), marks) or 0.0), 1)
    return found


def _attributed(by: str) -> View:
    def view(trained: TrainedModel, examples: Sequence[Example]) -> list[list[float]]:
        return [_cut(attribute(trained.model, batch, batch.labels, by=by)) for batch in _one_by_one(trained, examples)]

    return view


def share(trained: TrainedModel, examples: Sequence[Example]) -> list[list[float]]:
    """Return each word's share of its label's evidence."""
    model = trained.model
    assert isinstance(model, FineTuned)
    weighed = [(model(batch).levels["evidence"], batch) for batch in _one_by_one(trained, examples)]
    return [
        _cut(evidence[..., model.evidence_labels == batch.labels].squeeze(2).softmax(dim=1))
        for evidence, batch in weighed
    ]


def occlusion(trained: TrainedModel, examples: Sequence[Example]) -> list[list[float]]:
    """Return what f loses without each word."""
    scores = []
    for example in examples:
        copies = [example] * (len(example.tokens) + 1)
        left = remove(trained, copies, [set(), *({place} for place in range(len(example.tokens)))], keep=False)
        whole, *without = torch.logit(torch.from_numpy(probabilities(trained, left)[:, example.label]), eps=1e-9)
        scores.append([float(whole - each) for each in without])
    return scores


def mask_path(trained: TrainedModel, examples: Sequence[Example]) -> list[list[float]]:
    """Return integrated gradients from a sentence of mask tokens."""
    model = trained.model
    assert isinstance(model, FineTuned)
    return [_integrate(model, batch) for batch in _one_by_one(trained, examples)]


def _integrate(model: FineTuned, batch: Batch) -> list[float]:
    pieces = batch.pieces
    assert pieces is not None
    embeddings, read = model.words.network.embeddings, model.words.network.read
    ids, types, real = (part.flatten(0, 1) for part in (pieces.ids, pieces.types, pieces.real))
    of_word = pieces.words[0, ..., 0] >= 0
    with torch.no_grad():
        here, start = embeddings(ids, types), embeddings(torch.where(of_word, MASK, ids), types)
    slopes = torch.zeros_like(here)
    for step in range(STEPS):
        states = (start + (step + 0.5) / STEPS * (here - start)).requires_grad_()
        after = read(states, real)
        words = [after[pieces.words[0, ..., 0] == word].mean(dim=0) for word in range(batch.ids.shape[1])]
        logits = model._weigh(model.inward(torch.stack(words)[None]), batch.real).logits
        slopes += torch.autograd.grad(answer(logits, batch.labels).sum(), states)[0] / STEPS
    terms = ((here - start) * slopes).sum(dim=2)
    return [float(terms[pieces.words[0, ..., 0] == word].sum()) for word in range(batch.ids.shape[1])]


def _one_by_one(trained: TrainedModel, examples: Sequence[Example]) -> list[Batch]:
    encoded = encode_examples(examples, trained.encoder, max_words=trained.max_words)
    return [encoded.batch(torch.tensor([row])) for row in range(len(examples))]


def _cut(scores: Tensor) -> list[float]:
    return [float(score) for score in scores[0].detach()]


VIEWS: dict[str, View] = {
    "evidence": _attributed("evidence"),
    "share": share,
    "gate": _attributed("input_x_gradient"),
    "gate_path": _attributed("integrated_gradients"),
    "gate_off": _attributed("leave_one_out"),
    "occlusion": occlusion,
    "mask_path": mask_path,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Views of the fine-tuned encoder on LitBank's dev sentences.")
    parser.add_argument("litbank", type=Path)
    parser.add_argument("--loss", nargs="+", default=["none", "log-mass"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--layers", type=int, help="of the encoder (default: all)")
    parser.add_argument("--trained-layers", type=int, help="the last layers that are trained (default: all)")
    return parser


if __name__ == "__main__":
    main()
