"""Examples come back: made from answers that people gave, exported, imported into a new project, and exported again."""

import tempfile
from pathlib import Path

import pytest
from answered import EMOJI, Said, answer_all, bring, decide
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from annotator.exporting.registry import FORMATS, FileFormat, can_be_written
from annotator.exporting.run import Asked, export_examples
from annotator.importing.label_reading import LabelRules
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.project.tags import tag_sentence
from db.corpus import sentences
from db.records import OWNER, Label

pytestmark = pytest.mark.slow

LABELS = (Label(0, "none", takes_rationale=False), Label(1, "=event"), Label(2, "ünsicher 🤷"))
WHOLE = ["jsonl", "csv", "tsv", "parquet", "huggingface"]
"""The formats that hold everything."""
WORDS = [
    "the",
    "don't",
    ".",
    "+1",
    "@home",
    "'quoted",
    '"',
    "a\tb",
    "🇩🇪",
    "שלום",
    "x\u00ady",
    "日本語",
    "-",
    ";",
    "0.5",
]
METADATA = st.dictionaries(
    st.sampled_from(["source", "score", "chosen", "metadata", "votes", "prediction"]),
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.lists(st.integers(), max_size=3),
    max_size=3,
)
SAID = st.builds(
    Said,
    st.integers(0, 2),
    st.sampled_from([None, ".", "+", "+-.", ".-+"]),
    st.none() | st.floats(0, 1e6),
)


@st.composite
def lines(draw):
    """Draw a sentence as people import it, the emoji sentence among them, some with a query."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
    text = draw(st.sampled_from([EMOJI, " ".join(words), "'=" + "".join(words)]))
    query = draw(st.sampled_from([{}, {}, {"query": "=Who? שלום"}, {"query": "'"}]))
    return {"text": text, "split": draw(st.sampled_from(["train", "train", "dev", "test"]))} | query | draw(METADATA)


@pytest.fixture(scope="session")
def make(new_store):
    return lambda path: new_store(path, labels=LABELS, overlap=2)


def export(store, home, format, **asked):
    """Return the files of an export by their names."""
    found = FORMATS[format]
    target = home / f"out{found.suffixes[0] if isinstance(found, FileFormat) else ''}"
    written = export_examples(store, target, Asked(format, **asked), actor=OWNER)
    files = [target] if target.is_file() else sorted(path for path in target.rglob("*") if path.is_file())
    return target, {str(path.relative_to(home)): path.read_bytes() for path in files}, written


def come_back(make, home, store, format, **asked):
    """Export the examples, and again from a new project that they were imported into."""
    (home / "1").mkdir()
    (home / "2").mkdir()
    target, first, written = export(store, home / "1", format, **asked)
    if not written.summary.sentences:
        return first, first
    with make(home / "second.db") as second:
        report = import_file(second, target, actor=OWNER)
        assert report.added == written.summary.sentences
        # The file says "person 1"; numbering them again would follow another order of the sentences.
        return first, export(second, home / "2", format, **(asked | {"with_names": True}))[1]


@pytest.mark.parametrize("format", WHOLE)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(lines(), min_size=1, max_size=5),
    st.lists(st.lists(SAID, max_size=5), min_size=1, max_size=3),
    st.lists(SAID, max_size=2),
    st.sampled_from([{}, {"policy": "newest"}, {"with_names": False}]),
)
def test_examples_come_back_byte_for_byte(make, format, given_lines, said, decided, asked):
    with tempfile.TemporaryDirectory() as name, make(Path(name) / "first.db") as store:
        bring(store, Path(name), ({"id": f"=s{place}"} | line for place, line in enumerate(given_lines)))
        for who, answers in zip(["ada", "Bob", "安娜"], said, strict=False):
            answer_all(store, who, answers)
        for page in sentences.pages(store):
            for sentence, one in zip(page, decided, strict=False):
                decide(store, "Zoe", sentence.id, len(sentence.tokens), one)
        tag_sentence(store, "irony", "=s0", actor=OWNER)
        first, second = come_back(make, Path(name), store, format, **asked)
        assert first == second


def imports_of(format, target):
    """Yield what a person imports of an export in the format of a tool, with the settings that it takes."""
    if format == "brat":  # which has no splits: a folder for each
        for name, split in (("train", "pool"), ("dev", "dev"), ("test", "test")):
            if (target / name).is_dir():
                as_written = LabelRules({"ünsicher_🤷": "ünsicher 🤷"})
                yield target / name, {"split": split, "answers": "keep", "labels": as_written}
    else:
        files = {"label-studio": target / "tasks.json", "hatexplain": target / "dataset.json"}
        yield files.get(format, target), {"format": None if format == "conll" else format, "answers": "keep"}


IF_SPACY = pytest.mark.skipif(not can_be_written("spacy"), reason="the extra spacy is not installed")


@pytest.mark.parametrize(
    "format",
    [
        *("conll", "doccano", "prodigy", "label-studio", "hatexplain", "eraser", "brat"),
        pytest.param("spacy", marks=IF_SPACY),
    ],
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(lines(), min_size=1, max_size=4),
    st.lists(st.lists(SAID, max_size=4), min_size=1, max_size=2),
    st.lists(SAID, max_size=1),
)
def test_what_a_tool_holds_comes_back_byte_for_byte(make, format, given_lines, said, decided):
    # Without its query, a text of two splits is one sentence, and goes to the split that must not leak.
    assume(format != "brat" or len({line["text"] for line in given_lines}) == len(given_lines))
    with tempfile.TemporaryDirectory() as name, make(Path(name) / "first.db") as store:
        bring(store, Path(name), ({"id": f"s{place}"} | line for place, line in enumerate(given_lines)))
        for who, answers in zip(["ada", "bob@x.org"], said, strict=False):
            answer_all(store, who, answers)
        for page in sentences.pages(store):
            for sentence, one in zip(page, decided, strict=False):
                decide(store, "Zoe", sentence.id, len(sentence.tokens), one)
        home = Path(name)
        (home / "1").mkdir()
        (home / "2").mkdir()
        target, first, written = export(store, home / "1", format)
        if not written.summary.sentences:
            return
        with make(home / "second.db") as second:
            for path, chosen in imports_of(format, target):
                import_file(second, path, ImportSettings(hold_out=0.0, **chosen), actor=OWNER)
            again = export(second, home / "2", format)[1]
        assert held(format, again) == held(format, first)


def held(format, files):
    """Return the files that a format can give again: brat has no label for a sentence without marked words."""
    if format != "brat":
        return files
    marked = {name.removesuffix(".ann") for name, content in files.items() if name.endswith(".ann") and content}
    return {name: content for name, content in files.items() if name.rpartition(".")[0] in marked}
