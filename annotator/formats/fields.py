"""Which of a file's fields holds what: the names that the caller of an import may choose."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from annotator.errors import BadFields
from annotator.formats.faults import Unfit

EXPORTED = ("id", "text", "tokens", "split", "query", "query_tokens", "sentence_tags", "annotations", "asked_again")
"""What an export writes about a sentence itself; no metadata may take these names."""

FIXED = ("tokens", "query_tokens", "sentence_tags", "annotations", "asked_again")
"""What a line may hold next to these, under no other name."""

OTHER_MARKS = ("z", "rationale")
"""The other names under which a file may have marks."""


@dataclass(frozen=True)
class Fields:
    """The names of a file's fields, or of a table's columns; raises BadFields when two are the same."""

    text: str = "text"
    id: str = "id"
    label: str = "label"
    split: str = "split"
    marks: str = "marks"
    query: str = "query"

    def __post_init__(self) -> None:
        taken: dict[str, str] = {}
        for part, name in asdict(self).items():
            if name in (*FIXED, *OTHER_MARKS):
                raise BadFields(f"--{part}-field cannot be {name!r}, which has a meaning of its own; rename the field.")
            if name in taken:
                both = f"--{taken[name]}-field and --{part}-field"
                raise BadFields(f"{both} are both {name!r}; give each a field of its own.")
            taken[name] = part

    def chosen(self) -> dict[str, str]:
        """Return what was chosen other than the default: the field's name by what it holds."""
        return {part: name for part, name in asdict(self).items() if name != part}


DEFAULT_FIELDS = Fields()


def check_metadata_names(names: Iterable[str]) -> None:
    """Raise Unfit if a field without a meaning has the name of one that an export writes."""
    for name in names:
        if name in EXPORTED:
            found = f"the field {name!r} as well as the one that --{name}-field names"
            raise Unfit(name, found, "another name for it, because an export needs this one")
