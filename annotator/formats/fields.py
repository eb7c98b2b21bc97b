"""Which of a file's fields holds what: the names that the caller of an import may choose."""

from collections.abc import Iterable
from dataclasses import dataclass

from annotator.errors import BadFields
from annotator.formats.answers.spans import ALIGNS, Align
from annotator.formats.faults import Unfit

EXPORTED = ("id", "text", "tokens", "split", "query", "query_tokens", "sentence_tags", "annotations", "asked_again")
"""What an export writes about a sentence itself; no metadata may take these names."""

FIXED = ("tokens", "query_tokens", "sentence_tags", "annotations", "asked_again")
"""What a line may hold next to these; of them only the tokens may have another name."""

OTHER_MARKS = ("z", "rationale")
"""The other names under which a file may have marks."""


_RULES = ("align", "span_names", "marked_label", "unmarked_label")


@dataclass(frozen=True)
class Fields:
    """The names of a file's fields, or of a table's columns, and how their marks are read.

    Raises BadFields when two names are the same.
    """

    text: str = "text"
    id: str = "id"
    label: str = "label"
    split: str = "split"
    marks: str = "marks"
    query: str = "query"
    tokens: str = "tokens"
    align: Align = "strict"
    """What becomes of a span that cuts a word."""
    span_names: tuple[str, ...] = ()
    """The names of the spans, or tags, that are marks; empty for all."""
    marked_label: str | None = None
    """The label of a sentence with marks and without a label of its own."""
    unmarked_label: str | None = None
    """The label of one whose marks are empty."""

    def __post_init__(self) -> None:
        if self.align not in ALIGNS:
            raise BadFields(f"align is {self.align!r}; give one of {', '.join(ALIGNS)}.")
        object.__setattr__(self, "span_names", tuple(self.span_names))  # from JSON, it comes as a list
        taken: dict[str, str] = {}
        for part, name in self.names().items():
            if name in (*FIXED, *OTHER_MARKS) and (part, name) != ("tokens", "tokens"):
                raise BadFields(
                    f"The {part} field cannot be {name!r}, which has a meaning of its own; rename the field."
                )
            if name in taken:
                both = f"The {taken[name]} field and the {part} field"
                raise BadFields(f"{both} are both {name!r}; give each a field of its own.")
            taken[name] = part

    def chosen(self) -> dict[str, str]:
        """Return what was chosen other than the default: the field's name by what it holds."""
        return {part: name for part, name in self.names().items() if name != part}

    def names(self) -> dict[str, str]:
        """Return the field's name by what it holds."""
        return {part: name for part, name in vars(self).items() if part not in _RULES}

    def record(self) -> dict[str, object]:
        """Return what to keep with an import: the names that every import had, and the choices since."""
        usual = ("text", "id", "label", "split", "marks", "query")
        default = vars(DEFAULT_FIELDS)
        kept = {name: value for name, value in vars(self).items() if name in usual or value != default[name]}
        return kept | ({"span_names": list(self.span_names)} if self.span_names else {})

    def label_for(self, marks: str | None) -> str | None:
        """Return the label of a sentence that has these marks and no label of its own, if there is one for it."""
        if marks is None:
            return None
        return self.marked_label if "+" in marks else self.unmarked_label


DEFAULT_FIELDS = Fields()


def check_metadata_names(names: Iterable[str]) -> None:
    """Raise Unfit if a field without a meaning has the name of one that an export writes."""
    for name in names:
        if name in EXPORTED:
            found = f"the field {name!r} as well as the one that --{name}-field names"
            raise Unfit(name, found, "another name for it, because an export needs this one")
