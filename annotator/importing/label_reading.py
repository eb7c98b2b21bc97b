"""Read a file's labels as the project's: by name, or by what the caller says numbers mean."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotator.errors import BadLabelMap
from annotator.formats.faults import Fault, Faults, Unfit, show
from annotator.names import label_key
from annotator.project.labels import by_any_name
from annotator.wording import counted
from db.records import Label

BASES = (0, 1)
MOST_SHOWN = 20
OTHERS = "…"
"""The name under which a table counts all labels after its first ones."""

_MOST_COUNTED = 1_000
_LONGEST_NUMBER = 20
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"(0|[1-9][0-9]{0,8})(\.0{1,9})?")
_WHAT_TO_DO = (
    'say what the numbers mean with --label-map "1=NAME,2=NAME", or that they are indices with --label-base 0 or 1'
)


@dataclass(frozen=True)
class LabelRules:
    """What the caller of an import says about labels; the default reads only the labels' own names.

    Raises BadLabelMap for both at once: a number could mean either.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    """What the file writes → the project's label."""
    base: int | None = None
    """The number that the file writes for the project's first label, 0 or 1; None if numbers are not indices."""

    def __post_init__(self) -> None:
        if self.names and self.base is not None:
            raise BadLabelMap(
                "--label-map says what the file's labels mean, and --label-base that they are numbered; give one of "
                "them."
            )

    def chosen(self) -> dict[str, object]:
        """Return the rules that were given, for the record of the import."""
        rules: dict[str, object] = {"label_map": dict(self.names), "label_base": self.base}
        return {name: value for name, value in rules.items() if value not in ({}, None)}


AS_NAMED = LabelRules()


def read_label_map(texts: Sequence[str]) -> dict[str, str]:
    """Return the pairs of `1=one-star,2=two-stars`; a piece without = belongs to the name before its comma."""
    pairs: dict[str, str] = {}
    for text in texts:
        written = None
        for piece in text.split(","):
            if "=" in piece:
                written, name = (side.strip() for side in piece.split("=", 1))
                if written in pairs or not written or not name:
                    raise BadLabelMap(f"--label-map says {piece.strip()!r}; give each label once, as WRITTEN=NAME.")
                pairs[written] = name
            elif written is None:
                raise BadLabelMap(f'--label-map says {text!r}; give it as "1=NAME,2=NAME".')
            else:
                pairs[written] += f",{piece}"
    return pairs


def written_form(value: str | int) -> str:
    """Return a label as a table of labels shows it."""
    return value if isinstance(value, str) else show(value)


class LabelReader:
    """Finds the project's label for what a file writes, and counts what was written.

    A file may be from before a label was renamed or merged: an earlier name means the label, and a merged label the one
    that its answers count under.
    """

    def __init__(self, labels: Sequence[Label], rules: LabelRules = AS_NAMED) -> None:
        self._by_name, self._rules = by_any_name(labels), rules
        self._labels = [self._by_name[label.name] for label in labels]
        self._by_key = self._alike()
        self.counts: Counter[tuple[str, str]] = Counter()
        """How often each written form was read as which label."""
        self.respelled = 0
        """How often a label was found only without regard to case, space and a point with a zero after it."""
        _check_rules(self._by_name, rules)

    def find(self, value: str | int, field: str) -> Label:
        """Return the label; raises Unfit, or UnexplainedNumber for a number without an explanation."""
        written = written_form(value)
        label = self._named(written) or self._respelled(written) or self._counted(written, value, field)
        place = (written, label.name)
        if place not in self.counts and len(self.counts) >= _MOST_COUNTED:
            place = (OTHERS, OTHERS)
        self.counts[place] += 1
        return label

    def _named(self, written: str) -> Label | None:
        return self._by_name.get(self._rules.names.get(written, written))

    def _respelled(self, written: str) -> Label | None:
        """Return the only label that this can mean, apart from case, space, and a point with a zero after it."""
        whole = _WHOLE.fullmatch(written)
        label = self._named(whole[1]) if whole and whole[2] else self._by_key.get(label_key(written))
        self.respelled += label is not None
        return label

    def _alike(self) -> dict[str, Label]:
        """Return the labels by what is left of their names, and of those in the map, without case and space."""
        found: dict[str, set[Label]] = {}
        meant = {name: label for name, label in self._by_name.items() if name not in self._rules.names}
        for written, label in (*meant.items(), *((key, self._by_name[name]) for key, name in self._known_rules())):
            found.setdefault(label_key(written), set()).add(label)
        return {key: labels.pop() for key, labels in found.items() if len(labels) == 1}

    def _known_rules(self) -> list[tuple[str, str]]:
        return [(written, name) for written, name in self._rules.names.items() if name in self._by_name]

    def knows(self, value: str | int) -> bool:
        """Return whether it is a label's name, or the map says what it is."""
        written = written_form(value)
        return self._rules.names.get(written, written) in self._by_name

    def unused(self) -> list[str]:
        """Return the labels in the map that no line has, apart from case, space and a point with a zero after it."""
        seen = {written for written, _ in self.counts}
        wholes = {found[1] for written in seen if (found := _WHOLE.fullmatch(written))}
        keys = {label_key(written) for written in seen | wholes}
        return [written for written in self._rules.names if label_key(written) not in keys and OTHERS not in seen]

    def _counted(self, written: str, value: str | int, field: str) -> Label:
        known = list(dict.fromkeys(label.name for label in self._labels))
        names = ", ".join(map(show, known[:10])) + (", …" if len(known) > 10 else "")
        base, whole = self._rules.base, _WHOLE.fullmatch(written)
        if base is not None and (whole or isinstance(value, int)):
            place = (int(whole[1]) if whole else int(value)) - base
            if 0 <= place < len(self._labels):
                return self._labels[place]
            most = len(self._labels) - 1 + base
            raise Unfit(field, show(value), f"the index of a label, {base} to {most}")
        if _NUMBER.fullmatch(written) or isinstance(value, int):
            raise UnexplainedNumber(field, show(value), f"one of the project's labels: {names}; {_WHAT_TO_DO}", written)
        raise Unfit(field, show(value), f"one of the project's labels: {names}")


class UnexplainedNumber(Unfit):
    """Raised for a number in a label's place; all those of a file become one fault."""

    def __init__(self, field: str | None, found: str, expected: str, written: str) -> None:
        super().__init__(field, found, expected)
        self.written = written


class NumberFaults:
    """The unexplained numbers of a file, as one fault and a table of what they could mean."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._labels = labels
        self._first: Fault | None = None
        self._found: Counter[str] = Counter()
        self._written: dict[str, str] = {}

    def add(self, unfit: UnexplainedNumber, line: int, faults: Faults, file: str | None = None) -> None:
        """Note a number on a line, of a file if there are several."""
        if self._first is None:
            self._first = unfit.at(line, file)
            faults.closing = self
        found = unfit.found if unfit.found in self._found or len(self._found) < _MOST_COUNTED else OTHERS
        self._written.setdefault(found, unfit.written[:_LONGEST_NUMBER])
        self._found[found] += 1

    def fault(self) -> Fault:
        """Return all numbers as one fault, at the line of the first."""
        first = self._first
        if first is None:
            raise ValueError("no number was noted")
        if self._found.total() == 1:
            return first
        shown = [f"{found} ({counted(count, 'time')})" for found, count in list(self._found.items())[:MOST_SHOWN]]
        more = ", …" if len(self._found) > MOST_SHOWN else ""
        return Fault(first.line, first.field, ", ".join(shown) + more, first.expected, first.file)

    def table(self) -> list[tuple[str, ...]]:
        """Return the rows of a table: what was written, how often, and what each base would make of it."""
        rows: list[tuple[str, ...]] = [("written", "times", *(f"--label-base {base}" for base in BASES))]
        for found, count in list(self._found.items())[:MOST_SHOWN]:
            written = self._written[found]
            rows.append((written, f"{count:,}", *(self._meaning(written, base) for base in BASES)))
        return rows

    def _meaning(self, written: str, base: int) -> str:
        whole = _WHOLE.fullmatch(written)
        place = int(whole[1]) - base if whole else -1
        return self._labels[place].name if 0 <= place < len(self._labels) else "–"


def _check_rules(labels: Mapping[str, Label], rules: LabelRules) -> None:
    for written, name in rules.names.items():
        if name not in labels:
            names = ", ".join(show(label) for label in labels)
            raise BadLabelMap(f"--label-map gives {written!r} the label {name!r}; the project's labels are {names}.")
    if rules.base is None:
        return
    if rules.base not in BASES:
        raise BadLabelMap(f"--label-base is {rules.base}; give 0 or 1, the number of the first label.")
    if numbers := [name for name in labels if _NUMBER.fullmatch(name)]:
        problem = f"--label-base counts the labels, but the project's label {numbers[0]!r} is itself a number"
        raise BadLabelMap(f"{problem}; leave it out, or say which is which with --label-map.")
