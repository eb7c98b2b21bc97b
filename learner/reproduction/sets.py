"""The sets on which the paper's experiments are repeated."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from learner.data.example import SPLITS, Example, read_examples
from learner.data.jsonlines import read_lines, write_lines
from learner.data.splits import divide, of_split
from learner.errors import LearnerError


class KnownSet(NamedTuple):
    """A set of ours: the name of its folder, and the field of a line with the label."""

    folder: str
    label: str


KNOWN: Mapping[str, KnownSet] = {
    "litbank": KnownSet("litbank", "label"),
    "hatexplain": KnownSet("hatexplain", "label"),
    "hatexplain-3": KnownSet("hatexplain", "class"),
    "cbt_ne": KnownSet("cbt_ne", "label"),
}


class ReadSet(NamedTuple):
    """A set's examples by their use, and the names of its classes."""

    training: list[Example]
    dev: list[Example]
    test: list[Example]
    labels: tuple[str, ...]


def file_of(folder: Path, name: str) -> Path:
    """Return the file of a set: `NAME.jsonl` or `NAME.jsonl.gz`, in the folder or in its folder NAME."""
    stem = KNOWN[name].folder if name in KNOWN else name
    tried = [at / f"{stem}.jsonl{packed}" for at in (folder / stem, folder) for packed in (".gz", "")]
    for path in tried:
        if path.is_file():
            return path
    shown = ", ".join(str(path.relative_to(folder)) for path in tried)
    raise LearnerError(f"the set {name} is not in {folder}: expected one of {shown}")


@cache
def read_set(folder: Path, name: str) -> ReadSet:
    """Return a set; raise LearnerError for an unknown split or a set without test examples."""
    path = file_of(folder, name)
    field = KNOWN[name].label if name in KNOWN else "label"
    if field == "label":
        examples, labels = read_examples(path)
    else:
        with TemporaryDirectory() as aside:
            renamed = Path(aside) / path.name
            write_lines(renamed, _with_label(path, field))
            examples, labels = read_examples(renamed)
    training, dev = divide(examples)
    test = of_split(examples, "test")
    if not test:
        known = ", ".join(SPLITS)
        raise LearnerError(f"{path.name} has no lines of split test, on which models are judged; splits: {known}")
    return ReadSet(training, dev, test, tuple(labels))


def _with_label(path: Path, field: str) -> Iterator[dict[str, Any]]:
    for line in read_lines(path):
        if line.record.get(field) is None:
            raise LearnerError(f"{path.name}: found a line without {field}, expected the name of its class in it")
        yield {**line.record, "label": line.record[field]}
