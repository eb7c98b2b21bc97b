"""Examples of every kind that an export can meet, for Hypothesis, and examples made of what an import reads."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from annotator.exporting.example import ExampleRow, GivenAnswer, Prediction
from annotator.formats.rows import SentenceRow
from annotator.formats.words import cut
from db.records import Label
from db.team.people import GOLD
from learner.data.token_places import join

LABELS = (Label(0, "fine", takes_rationale=False), Label(1, "complaint"), Label(2, "very <good> & 'so'"))
SPLITS = {"pool": "train", "dev": "dev", "test": "test"}
PEOPLE = ("ada", "bob@x.org", "annotator 7", "annotator 07", "user 3", "Ümit", GOLD)
WORDS = (
    *("ferry", "don't", "U.S.", "sank", "The", "a", "a", "-DOCSTART-", "#", "# x", "=", "O", "B-x", "T1", "ex-soldier"),
    *(
        "😀",
        "👩‍👩‍👧",
        "🇩🇪",
        "é",
        "e\u0301",
        "עברית",
        "מִלָּה",
        "المعبارة",
        "世界",
        "\u200f",
        "\u200b",
        "\ufeff",
        "{",
        '"',
        "\\",
        "<b>",
    ),
)
GAPS = (" ", " ", " ", "  ", "", "\n", "\t", " \n", "\u00a0", "\u2028", "\u0085", "\n\n")
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4) | st.sampled_from(["Gazette", " x", "a\tb"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
_NAMES = st.sampled_from(
    ["source", "label", "text", "spans", "meta", "tags", "data.label", "my note", "targets", "cats"]
)
_IDS = st.sampled_from(["s7", "a/b", "..", "a.txt/b", "id 7", " x", "١٢", "x" * 256, "a:b"]) | st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=9
)


@st.composite
def rows(draw: st.DrawFn) -> ExampleRow:
    """Draw a row of any kind: odd characters and spaces, tokens of its own, several people, a query, a prediction."""
    text, tokens, starts = draw(_words())
    answers = draw(_answers(len(tokens)))
    query = draw(st.none() | st.sampled_from(["who sank?", " who\n", "מי"]))
    return ExampleRow(
        id=draw(_IDS),
        text=text,
        tokens=tokens,
        starts=starts,
        split=draw(st.sampled_from(["train", "dev", "test"])),
        label=answers[0].label,
        marks=answers[0].marks,
        query=query,
        query_tokens=None if query is None else cut(query).tokens,
        answers=answers,
        seconds=draw(st.none() | st.just(3.5)),
        metadata=draw(st.dictionaries(_NAMES, _VALUES, max_size=3)),
        tags=draw(st.sampled_from([(), ("hard",)])),
        prediction=draw(st.none() | _predictions(len(tokens))),
    )


def examples_of(read: Sequence[SentenceRow]) -> list[ExampleRow]:
    """Return the rows that were read as a project would give them again; without an answer they are none."""
    return [row for row in map(_example, read) if row is not None]


@st.composite
def _words(draw: st.DrawFn) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).filter(lambda found: bool("".join(found))))
    gaps = [draw(st.sampled_from(GAPS)) for _ in words]
    edges = draw(st.sampled_from(["", "", " ", "\n"]))
    text = edges + "".join(word + gap for word, gap in zip(words, gaps, strict=True)).rstrip() + edges
    if not any(letter.isprintable() and not letter.isspace() for letter in text):
        text += "x"
    if draw(st.booleans()):
        found = cut(text)
        return found.text, found.tokens, found.starts
    own = [word for word in [*words, draw(st.sampled_from(["a b", "a\tb", "x", "\u00a0y"]))] if not word.isspace()]
    joined, starts = join(own)
    return joined, tuple(own), tuple(starts)


@st.composite
def _answers(draw: st.DrawFn, count: int) -> tuple[GivenAnswer, ...]:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    return tuple(draw(_answer(person, count)) for person in people)


@st.composite
def _answer(draw: st.DrawFn, person: str, count: int) -> GivenAnswer:
    label = draw(st.sampled_from(LABELS))
    letters = st.text("+.-" if draw(st.booleans()) else "+.", min_size=count, max_size=count)
    marks = draw(st.none() | letters) if label.takes_rationale else None
    return GivenAnswer(person, label.name, marks, draw(st.none() | st.sampled_from([0.0, 4.25, 12.0])))


@st.composite
def _predictions(draw: st.DrawFn, count: int) -> Prediction:
    scores = st.lists(st.floats(-1, 1), min_size=count, max_size=count).map(tuple)
    return Prediction(3, {"fine": 0.25, "complaint": 0.5, "very <good> & 'so'": 0.25}, draw(st.none() | scores))


def _example(read: SentenceRow) -> ExampleRow | None:
    given = [
        GivenAnswer(each.person, str(each.label), _marks(each.label, each.marks), each.observed.seconds)
        for each in read.annotations
    ]
    if not given and read.label is not None:
        given = [GivenAnswer(GOLD, str(read.label), _marks(read.label, read.marks))]
    if not given:
        return None
    seconds = [answer.seconds for answer in given if answer.seconds is not None]
    more: dict[str, Any] = {"query": read.query, "query_tokens": read.query_tokens, "metadata": read.metadata}
    return ExampleRow(
        id=read.external_id or "",
        text=read.text,
        tokens=read.tokens,
        starts=read.starts,
        split=SPLITS[read.split or "pool"],
        label=given[0].label,
        marks=given[0].marks,
        answers=tuple(given),
        seconds=sum(seconds) if seconds else None,
        **more,
    )


def _marks(label: str | int | None, marks: str | None) -> str | None:
    """Return the marks as a project keeps them: none under a label without a rationale."""
    return None if label == LABELS[0].name else marks
