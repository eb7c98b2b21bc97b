"""`python -m learner predict`: write the probabilities and the saliency of each line of a file."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from learner.commands.arguments import Parser, add_data, add_device, add_json, add_processes, add_vectors_in
from learner.commands.terminal import say_remark, show_figures
from learner.data.example import Sentence, read_sentences
from learner.data.file_parts import cut_parts, fingerprint_of, merge, write_missing
from learner.data.jsonlines import write_lines
from learner.data.suffixes import contradiction
from learner.errors import ArgumentError

if TYPE_CHECKING:
    from learner.training.process_group import Group
    from learner.training.trained import TrainedModel


def add_arguments(parser: Parser) -> None:
    """Add the checkpoint, the lines to predict, and where to write."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="a checkpoint")
    add_data(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="JSON lines to write, gzip if .gz")
    add_vectors_in(parser)
    add_processes(parser)
    add_device(parser)
    add_json(parser)


def run(given: argparse.Namespace) -> None:
    """Write the probabilities and each word's saliency for each line of DATA, by the checkpoint DIR.

    The saliency is for the label `explained`: the predicted one, or if the model answers that with a constant,
    the likeliest of the others. The lines need no label of their own. Several
    processes write the file in parts; run again, the command resumes with the missing ones.
    """
    from learner.training.checkpoint import load_checkpoint
    from learner.training.process_group import join_group

    out: Path = given.out
    if problem := contradiction(out, "JSON lines"):
        raise ArgumentError(problem)
    with join_group(given.processes) as group:
        trained = load_checkpoint(given.directory, device=given.device, vectors_in=given.vectors_in)
        remarks: list[str] = []
        sentences = read_sentences(given.data, remark=remarks.append)
        if group.is_first:
            for remark in remarks:
                say_remark(remark)
        if group.size == 1:
            write_lines(out, _predicted(trained, sentences))
        else:
            fingerprint = fingerprint_of(given.directory / "MANIFEST", given.data)
            _predict_in_parts(trained, sentences, out, group, fingerprint)
    if group.is_first:
        show_figures(f"wrote {out.name}", {"sentences": len(sentences), "file": out.name}, as_json=given.as_json)


def _predict_in_parts(
    trained: "TrainedModel", sentences: Sequence[Sentence], out: Path, group: "Group", fingerprint: str
) -> None:
    lengths = [len(sentence.tokens) for sentence in sentences]
    parts = cut_parts(out, lengths, processes=group.size, fingerprint=fingerprint)
    write_missing(parts[group.rank :: group.size], lambda start, end: _predicted(trained, sentences[start:end]))
    group.wait()
    if group.is_first:
        merge(parts, out)


def _predicted(trained: "TrainedModel", sentences: Sequence[Sentence]) -> Iterator[dict[str, Any]]:
    from learner.prediction import predict

    queries = [sentence.query for sentence in sentences]
    predictions = predict(trained, [sentence.tokens for sentence in sentences], queries=queries)
    for sentence, prediction in zip(sentences, predictions, strict=True):
        yield {
            "id": sentence.id,
            "tokens": sentence.tokens,
            "probabilities": dict(zip(trained.labels, prediction.probabilities, strict=True)),
            "label": trained.labels[prediction.label],
            "explained": trained.labels[prediction.explained],
            "saliency": {view: scores.tolist() for view, scores in prediction.saliency.items()},
        }
