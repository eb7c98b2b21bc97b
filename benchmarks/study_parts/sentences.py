"""The sentences of a trial. The code that chooses settings never reads a test sentence."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from learner.data.example import SPLITS, TRAINING_SPLITS, Examples, read_examples
from learner.data.jsonlines import read_lines, write_lines

FOR_CHOOSING = (*TRAINING_SPLITS, "dev")


@cache
def without_test(path: Path) -> Examples:
    """Return the training and dev sentences of a file; a line of test is dropped before it is read as an example."""
    return _of_splits(path, FOR_CHOOSING)


@cache
def with_test(path: Path) -> Examples:
    """Return the sentences of all splits of a file."""
    return _of_splits(path, SPLITS)


def _of_splits(path: Path, splits: Collection[str]) -> Examples:
    with TemporaryDirectory() as folder:
        kept = Path(folder) / "kept.jsonl"
        write_lines(kept, (line.record for line in read_lines(path) if line.record.get("split") in splits))
        return read_examples(kept)
