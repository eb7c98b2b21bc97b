"""The sentences of a simulation with the answers that its oracle knows, from a file of examples.

Labels of test are not read unless they are asked for. A text of dev or test is left out of the pool, whether or not
test is read, so that the same sentences can be asked in both cases.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from annotator.errors import CannotSimulate
from learner.data.example import Example, Line, examples_of, read_any_lines
from learner.data.split_names import split_of
from learner.data.splits import divide, of_split
from learner.data.tokenizer import cut

FEWEST_DEV = 20
"""With fewer sentences of dev, the learner trains a fixed number of steps."""

_Text = tuple[tuple[str, ...], tuple[str, ...] | None]
"""The words of a sentence, and of its query."""


@dataclass(frozen=True)
class Gold:
    """A data set whose answers are known."""

    name: str
    """The file's name without its suffixes."""
    labels: tuple[str, ...]
    pool: tuple[Example, ...]
    dev: tuple[Example, ...]
    test: tuple[Example, ...]
    """Empty unless it was asked for."""
    digest: str
    """Stands for the content of all lines, in their order."""
    unlabelled: int
    """Lines without a label, which are left out."""
    held_out: int
    """Sentences of the pool that are left out because their text is in dev or test."""
    remarks: tuple[str, ...] = ()
    """What was guessed or left out when the file was read."""

    @cached_property
    def unmarked_labels(self) -> tuple[str, ...]:
        """Return the labels under which no word of the pool is marked, as in the paper's negative class.

        Empty if that is so of all of them.
        """
        marked = {example.label for example in self.pool if set(example.marks or "") & {"+", "-"}}
        return tuple(name for index, name in enumerate(self.labels) if marked and index not in marked)


def read_gold(path: Path, *, with_test: bool = False) -> Gold:
    """Return the data set of a file of any format that the learner reads; text is cut where tokens are missing.

    Without splits, one line in ten is dev, by its id. Raises CannotSimulate if nothing could be asked or judged, and
    ExampleError for a line that is not an example.
    """
    if not path.exists():
        raise CannotSimulate(f"There is no file {path}; give one with a sentence, its label and its marks per line.")
    remarks: list[str] = []
    lines = read_any_lines(path, remark=remarks.append)
    labelled = [_with_tokens(line) for line in lines if _is_labelled(line)]
    read = [line for line in labelled if with_test or _split_of(line) != "test"]
    _refuse_empty_pool(path, read)
    examples, labels = examples_of(read)
    examples = [_with_id(example, number) for number, example in enumerate(examples, start=1)]
    training, dev = divide(examples)
    test = of_split(examples, "test")
    _check(path, dev=dev, test=test, with_test=with_test)
    _refuse_repeated_ids(path, examples)
    elsewhere = {_text_of(example) for example in dev} | set(_texts_of_test(labelled))
    pool = [example for example in training if _text_of(example) not in elsewhere]
    return Gold(
        name=path.name.partition(".")[0],
        labels=labels,
        pool=_in_split("pool", pool),
        dev=_in_split("dev", dev),
        test=tuple(test),
        digest=_digest(lines),
        unlabelled=len(lines) - len(labelled),
        held_out=len(training) - len(pool),
        remarks=tuple(remarks),
    )


def _is_labelled(line: Line) -> bool:
    return line.why_unlabelled is None and line.record.get("label") is not None


def _with_tokens(line: Line) -> Line:
    record = line.record
    cuts = {
        field: cut(record[of])[0]
        for field, of in (("tokens", "text"), ("query_tokens", "query"))
        if record.get(field) is None and isinstance(record.get(of), str)
    }
    return line._replace(record={**record, **cuts}) if cuts else line


def _split_of(line: Line) -> str | None:
    name = line.record.get("split")
    return split_of(name) if isinstance(name, str) else None


def _refuse_empty_pool(path: Path, lines: Sequence[Line]) -> None:
    if not any(_split_of(line) not in ("dev", "test") for line in lines):
        raise CannotSimulate(
            f"{path.name} has no gold label for a sentence of the pool, so there is nothing to answer from; give its "
            "lines a `label`, and some of them the split train or pool, or none of them a split."
        )


def _with_id(example: Example, number: int) -> Example:
    return example if example.id is not None else replace(example, id=f"sentence {number}")


def _in_split(split: str, examples: Sequence[Example]) -> tuple[Example, ...]:
    return tuple(replace(example, split=split) for example in examples)


def _check(path: Path, *, dev: Sequence[Example], test: Sequence[Example], with_test: bool) -> None:
    if not dev:
        raise CannotSimulate(
            f"{path.name} has no labelled sentence of dev, on which the models are judged; give some lines the split "
            "dev, or none of them a split."
        )
    if with_test and not test:
        raise CannotSimulate(f"{path.name} has no labelled sentence of test; leave --test out.")


def _refuse_repeated_ids(path: Path, examples: Sequence[Example]) -> None:
    name, number = Counter(example.id for example in examples).most_common(1)[0]
    if number > 1:
        raise CannotSimulate(f"{path.name} has {number} lines with the id {name!r}; give each sentence its own id.")


def _text_of(example: Example) -> _Text:
    return example.tokens, example.query


def _texts_of_test(lines: Iterable[Line]) -> Iterable[_Text]:
    for line in lines:
        if _split_of(line) == "test" and isinstance(tokens := line.record.get("tokens"), list):
            query = line.record.get("query_tokens")
            yield tuple(map(str, tokens)), tuple(map(str, query)) if isinstance(query, list) else None


def _digest(lines: Iterable[Line]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(json.dumps(line.record, sort_keys=True).encode() + b"\n")
    return digest.hexdigest()[:16]
