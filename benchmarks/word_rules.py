"""What does the rule that a word must not matter do? Measured on the sample, with the names of its four branches.

In pool and dev a branch's name gives the label away nine times of ten, in test it says nothing. Each model is
trained on the sample's 300 answers with and without the marks (`+`), and with and without the four rules (`-`), by
its default loss. The figures are means over the test sentences: the share of the shown saliency at the branch's name
and on the marked words, and accuracy.

    python benchmarks/word_rules.py [--seeds 0 1] [--out benchmarks/results/word_rules.json]
"""

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from annotator.sample import BRANCHES, LABELS, sample_path
from learner.config import STATIC, TrainingConfig
from learner.data.example import Example
from learner.data.tokenizer import tokenize
from learner.encoders.frozen import open_encoder
from learner.model_names import fitting_model, own_loss
from learner.prediction import predict
from learner.training.run import train
from learner.training.trained import TrainedModel

NAMES = {branch.lower() for branch in BRANCHES}
ENCODERS = ("minilm", STATIC)


def main() -> None:
    """Train and measure each model; print a line of JSON for each, and write them to a file."""
    options = _parser().parse_args()
    torch.set_num_threads(1)
    rows = []
    for encoder in ENCODERS:
        for marks in (False, True):
            for rules in (False, True):
                measured = [_measure(encoder, seed, marks=marks, rules=rules) for seed in options.seeds]
                means = {name: round(float(np.mean([one[name] for one in measured])), 1) for name in measured[0]}
                rows.append({"encoder": encoder, "marks": marks, "rules": rules, **means})
                print(json.dumps(rows[-1]), flush=True)
    machine = f"{platform.machine()}, no GPU, one thread, PyTorch {torch.__version__}"
    about = {"seeds": options.seeds, "machine": machine}
    if options.out is not None:
        options.out.write_text(json.dumps(about | {"rows": rows}, indent=1) + "\n")


def _measure(encoder: str, seed: int, *, marks: bool, rules: bool) -> dict[str, float]:
    model = fitting_model(encoder, has_queries=False)
    config = TrainingConfig(model=model, encoder=encoder, loss=own_loss(model), seed=seed)
    pool = [_taught(example, marks=marks, rules=rules) for example in _sample("pool")]
    with TemporaryDirectory() as vectors:
        read = None if encoder == STATIC else open_encoder(encoder, vectors_in=Path(vectors))
        trained = train(pool, _sample("dev"), labels=LABELS, config=config, device="cpu", encoder=read)
        return _where_it_looks(trained, _sample("test"))


def _sample(split: str) -> list[Example]:
    lines = map(json.loads, sample_path().read_text(encoding="utf-8").splitlines())
    return [
        Example(tuple(token.text for token in tokenize(line["text"])), LABELS.index(line["label"]), line["marks"])
        for line in lines
        if line["split"] == split and "marks" in line
    ]


def _taught(example: Example, *, marks: bool, rules: bool) -> Example:
    given = example.marks or ""
    kept = given if marks else "." * len(given)
    pairs = zip(example.tokens, kept, strict=True)
    ruled = "".join("-" if rules and mark == "." and token.lower() in NAMES else mark for token, mark in pairs)
    return replace(example, marks=ruled)


def _where_it_looks(trained: TrainedModel, examples: Sequence[Example]) -> dict[str, float]:
    """Return three means over the examples, in percent."""
    figures: dict[str, list[float]] = {"at_the_branch": [], "on_marked_words": [], "accuracy": []}
    for example, prediction in zip(examples, predict(trained, [one.tokens for one in examples]), strict=True):
        share = np.abs(prediction.saliency[trained.model.shown_view])
        share = share / max(float(share.sum()), 1e-12)
        is_name = np.array([token.lower() in NAMES for token in example.tokens])
        is_marked = np.array([mark == "+" for mark in example.marks or ""])
        figures["at_the_branch"].append(float(share[is_name].sum()))
        figures["on_marked_words"].append(float(share[is_marked].sum()))
        figures["accuracy"].append(float(prediction.label == example.label))
    return {name: 100 * float(np.mean(values)) for name, values in figures.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What rules for the four branch names of the sample do.")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--out", type=Path)
    return parser


if __name__ == "__main__":
    main()
