"""What a row has that a format may have no place for, in the words in which an export says so."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from annotator.exporting.example import ExampleRow
from annotator.exporting.writing import About, NotCarried
from annotator.formats.tools.foreign import MEANT
from db.team.people import GOLD
from learner.data.token_places import join
from learner.data.tokenizer import cut

METADATA = "metadata under a name that means something else there"
MUST_NOT_MATTER = "marks of words that must not matter"
ONE_ANSWER = "each person's own answer"
WHO = "who answered"
OVERRULED = "the answers that a decision overruled"
SAW = "whether a model was in view"
SECONDS = "seconds"
CHOSEN = "how the sentence was chosen"
TAGS = "tags"
PREDICTION = "the model's prediction"
QUERY = "a query"
QUERY_TOKENS = "the query's own tokens"
TOKENS = "tokens that our tokenizer would cut differently"
ASKED = "whether a sentence without marked words was asked for them"
WHITE_SPACE = "tokens with white space in them, which became _"
SPACES = "the text as it was, only its tokens"

_HAS: Mapping[str, Callable[[ExampleRow], bool]] = {
    MUST_NOT_MATTER: lambda row: any("-" in (marks or "") for marks in (row.marks, *_marks_of_people(row))),
    ONE_ANSWER: lambda row: len(row.answers) > 1,
    WHO: lambda row: [answer.person == GOLD for answer in row.answers] == [False],
    OVERRULED: lambda row: bool(row.overruled),
    SAW: lambda row: any(answer.saw_model or answer.saw_suggestion for answer in row.answers),
    SECONDS: lambda row: row.seconds is not None or any(answer.seconds is not None for answer in row.answers),
    CHOSEN: lambda row: row.chosen is not None,
    TAGS: lambda row: bool(row.tags),
    PREDICTION: lambda row: row.prediction is not None,
    QUERY: lambda row: row.query is not None,
    QUERY_TOKENS: lambda row: row.query is not None and list(row.query_tokens or ()) != cut(row.query)[0],
    TOKENS: lambda row: own_tokens(row) is not None,
    SPACES: lambda row: row.text != join(row.tokens)[0],
}
EVERYWHERE = (MUST_NOT_MATTER, OVERRULED, SAW, CHOSEN, TAGS, QUERY_TOKENS)
"""What none of the other tools' formats has a place for."""
WITHOUT_PEOPLE = (*EVERYWHERE, ONE_ANSWER, WHO, SECONDS)
"""What those formats lose as well that have one label and one list of marks for each sentence."""


def count_lost(row: ExampleRow, lost: NotCarried, facts: Collection[str]) -> None:
    """Count which of these facts the row has."""
    for fact in facts:
        if _HAS[fact](row):
            lost[fact] += 1


def count_unasked(row: ExampleRow, lost: NotCarried, about: About) -> None:
    """Count a row that no one was asked to mark, in a format where it looks like one without marked words."""
    if row.marks is None and any(label.name == row.label and label.takes_rationale for label in about.labels):
        lost[ASKED] += 1


def metadata_of(row: ExampleRow, lost: NotCarried, reserved: Collection[str]) -> dict[str, Any]:
    """Return the metadata that can be read back from a format that gives the `reserved` names a meaning of its own.

    Empty values say nothing there, and are left out.
    """
    filled = {name: value for name, value in row.metadata.items() if value not in (None, [], {}, "")}
    kept = {name: value for name, value in filled.items() if name not in reserved and name not in MEANT}
    if len(kept) < len(filled):
        lost[METADATA] += 1
    return kept


def own_tokens(row: ExampleRow) -> list[str] | None:
    """Return the tokens if the text alone would not be cut into them, else None."""
    return None if cut(row.text)[0] == list(row.tokens) else list(row.tokens)


def _marks_of_people(row: ExampleRow) -> list[str | None]:
    return [answer.marks for answer in row.answers]
