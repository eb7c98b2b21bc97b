"""`python -m learner`: train, evaluate and predict on files, with no project."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from learner import registry
from learner.config import TrainingConfig
from learner.errors import LearnerError
from learner.example import SPLITS, Example, Sentence, read_examples, read_sentences
from learner.explain_command import explain
from learner.jsonlines import write_lines
from learner.parts import cut_parts, fingerprint_of, merge, write_missing
from learner.reporting import followed_training, show_figures
from learner.reproduce_command import reproduce
from learner.splits import divide

if TYPE_CHECKING:
    from learner.group import Group
    from learner.prediction import Prediction
    from learner.trained import TrainedModel

_DEFAULT = TrainingConfig()


class _Commands(click.Group):
    """Shows what the learner refuses as one sentence, with exit code 1."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LearnerError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename2 or error.filename}: {error.strerror}") from error


_PATH = click.Path(path_type=Path)
_processes = click.option(
    "--processes",
    type=click.IntRange(1),
    metavar="N",
    help="Refuse to run as another number of processes; see torchrun.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on the last line.")
_device = click.option("--device", default="auto", show_default=True, help="auto (CUDA, else CPU), cpu or cuda.")


@click.group(cls=_Commands)
def main() -> None:
    """Teach a text classifier where to look, from files of examples."""


main.add_command(explain)
main.add_command(reproduce)


@main.command()
@click.argument("data", type=_PATH)
@click.option("--out", "directory", type=_PATH, required=True, metavar="DIR", help="The checkpoint to write.")
@click.option("--label", "labels", multiple=True, help="Names of the classes, in order; without any, the file's.")
@click.option("--loss", default=_DEFAULT.loss, show_default=True, help=f"{', '.join(registry.names('loss'))}.")
@click.option("--lambda", "saliency_weight", type=float, help="Weight of the saliency loss; the loss has its own.")
@click.option("--level", "levels", multiple=True, help="word, intermediate, decision; the loss has its own.")
@click.option("--target", "saliency_target", default=_DEFAULT.saliency_target, show_default=True)
@click.option("--vectors", help="glove-50d or a file of word vectors; random ones without it.")
@click.option("--dimension", type=int, default=_DEFAULT.dimension, show_default=True, help="Of random vectors.")
@click.option("--max-words", type=int, help="Words of a sentence that the model sees.")
@click.option("--learning-rate", type=float, default=_DEFAULT.learning_rate, show_default=True)
@click.option("--batch-size", type=int, default=_DEFAULT.batch_size, show_default=True)
@click.option("--steps", "max_steps", type=int, help="Most steps of training.")
@click.option("--warmup-steps", type=int, help="Steps over which lambda grows; the loss has its own.")
@click.option("--model", type=click.Choice(registry.names("model")), help="cloze reads queries; else by the file.")
@click.option("--hidden-layer/--linear", default=_DEFAULT.hidden_layer, show_default=True, help="Feed-forward part.")
@click.option("--d-dim", default=_DEFAULT.d_dim, show_default=True, help="padded, top-k or off.")
@click.option("--shared-query-convolutions", is_flag=True, help="cloze: the query through the sentence's.")
@click.option("--engine", default=_DEFAULT.engine, show_default=True, help="Of the saliency: closed or reference.")
@click.option("--check-engine", is_flag=True, help="Compare the engine with the reference on the first marked batch.")
@click.option("--calibration", default=_DEFAULT.calibration, show_default=True, help="off, or bias: fitted on dev.")
@click.option("--seed", type=int, default=_DEFAULT.seed, show_default=True)
@click.option("--resume-from", type=_PATH, metavar="FILE", help="Keep the state here; go on from it if it is there.")
@_processes
@_device
@_json
def train(
    data: Path,
    directory: Path,
    labels: Sequence[str],
    levels: Sequence[str],
    resume_from: Path | None,
    processes: int | None,
    check_engine: bool,
    device: str,
    as_json: bool,
    **settings: Any,
) -> None:
    """Train on DATA: its train and pool lines, with its dev lines deciding when to stop.

    A file without splits has one line in ten set aside as dev, by a hash of its id.
    """
    from learner.checkpoint import check_vacant, save_checkpoint
    from learner.evaluation import evaluate as judge
    from learner.group import joined
    from learner.training import train as teach

    check_vacant(directory)
    config = TrainingConfig(levels=tuple(levels) or None, **settings)
    examples, names = read_examples(data, labels=labels or None)
    training, dev = divide(examples)
    with joined(processes) as group, followed_training() if group.is_first else nullcontext() as progress:
        trained = teach(
            training,
            dev,
            labels=names,
            config=config,
            device=device,
            progress=progress,
            resume_from=resume_from,
            extra_words=_words(examples),
            group=group,
            check_engine=check_engine,
        )
    if not group.is_first:
        return
    figures = judge(trained, dev) if dev else {}
    sha256 = save_checkpoint(trained, directory, {"dev": figures})
    show_figures(
        f"trained {directory.name}",
        {**_story(trained, group.size), **_named("dev", figures), "sha256": sha256},
        as_json=as_json,
    )


@main.command()
@click.argument("directory", metavar="DIR", type=_PATH)
@click.argument("data", type=_PATH)
@click.option("--split", type=click.Choice(SPLITS), help="Only these lines; without it, all.")
@_device
@_json
def evaluate(directory: Path, data: Path, split: str | None, device: str, as_json: bool) -> None:
    """Judge the checkpoint DIR on the lines of DATA; shares in percent."""
    from learner.checkpoint import load_checkpoint
    from learner.evaluation import evaluate as judge

    trained = load_checkpoint(directory, device=device)
    examples, _ = read_examples(data, labels=trained.labels)
    chosen = [example for example in examples if split in (None, example.split)]
    if not chosen:
        raise LearnerError(f"{data.name} has no line of the split {split}")
    show_figures(f"{directory.name} on {data.name}", judge(trained, chosen), as_json=as_json)


@main.command()
@click.argument("directory", metavar="DIR", type=_PATH)
@click.argument("data", type=_PATH)
@click.option("--out", "out", type=_PATH, required=True, metavar="FILE", help="JSON lines to write; gzip if .gz.")
@_processes
@_device
@_json
def predict(directory: Path, data: Path, out: Path, processes: int | None, device: str, as_json: bool) -> None:
    """Write what the checkpoint DIR makes of each line of DATA: probabilities, and saliency word by word.

    The saliency is for the predicted label. The lines need no label of their own. Several
    processes write a part each time; given again, the command goes on with the missing ones.
    """
    from learner.checkpoint import load_checkpoint
    from learner.group import joined

    with joined(processes) as group:
        trained = load_checkpoint(directory, device=device)
        sentences = read_sentences(data)
        if group.size == 1:
            write_lines(out, _predicted(trained, sentences))
        else:
            _predict_in_parts(trained, sentences, out, group, fingerprint_of(directory / "MANIFEST", data))
    if not group.is_first:
        return
    show_figures(f"wrote {out.name}", {"sentences": len(sentences), "file": out.name}, as_json=as_json)


def _predicted(trained: "TrainedModel", sentences: Sequence[Sentence]) -> Iterator[dict[str, Any]]:
    from learner.prediction import predict as score

    queries = [sentence.query for sentence in sentences]
    predictions = score(trained, [sentence.tokens for sentence in sentences], queries=queries)
    return _records(sentences, predictions, trained.labels)


def _predict_in_parts(
    trained: "TrainedModel", sentences: Sequence[Sentence], out: Path, group: "Group", fingerprint: str
) -> None:
    lengths = [len(sentence.tokens) for sentence in sentences]
    parts = cut_parts(out, lengths, processes=group.size, fingerprint=fingerprint)
    write_missing(parts[group.rank :: group.size], lambda start, end: _predicted(trained, sentences[start:end]))
    group.wait()
    if group.is_first:
        merge(parts, out)


def _words(examples: Iterable[Example]) -> list[str]:
    return [token for example in examples for token in (*example.tokens, *(example.query or ()))]


def _story(trained: "TrainedModel", processes: int) -> dict[str, Any]:
    vectors = trained.vectors
    words = {"vectors": vectors.source, "words_found": vectors.found, "words": vectors.total}
    return {**_plain(vars(trained.result)), **words, "labels": ", ".join(trained.labels), "processes": processes}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _named(prefix: str, figures: dict[str, float | int]) -> dict[str, float | int]:
    return {f"{prefix}_{name}": value for name, value in figures.items()}


def _records(
    sentences: Sequence[Sentence], predictions: "Iterable[Prediction]", labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    for sentence, prediction in zip(sentences, predictions, strict=True):
        yield {
            "id": sentence.id,
            "tokens": sentence.tokens,
            "probabilities": dict(zip(labels, prediction.probabilities, strict=True)),
            "label": labels[prediction.label],
            "saliency": {view: scores.tolist() for view, scores in prediction.saliency.items()},
        }


if __name__ == "__main__":
    main(prog_name="python -m learner")
