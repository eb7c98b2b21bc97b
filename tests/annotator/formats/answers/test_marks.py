"""Marks as people have them: spans of characters, words, lists of 0 and 1, over tokens or over words between spaces."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.errors import BadFields
from annotator.formats import native
from annotator.formats.answers.spans import (
    MAPPED,
    NARROWED,
    NO_EMOJI,
    OTHER_NAMES,
    REPEATED,
    UTF_16,
    WIDENED,
    WITHOUT_WORD,
)
from annotator.formats.faults import BadInput, Faults
from annotator.formats.fields import Fields
from annotator.formats.files.line_breaks import BREAKS
from annotator.formats.tables import table
from annotator.formats.tools import doccano
from learner.data.tokenizer import cut

SHIP = "The ferry 🚢 was cancelled & nobody told us."
HEBREW = "המעבורת בוטלה, ואף אחד לא אמר לנו."


def read(*lines, **fields):
    faults = Faults("file")
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    rows = list(native.read(BytesIO(data), faults, fields=Fields(**fields)))
    faults.raise_if_any()
    return rows


def read_table(text, **fields):
    faults = Faults("file")
    rows = list(table.read_csv(BytesIO(text.encode()), faults, fields=Fields(**fields)))
    faults.raise_if_any()
    return rows


def marked(row):
    return [token for token, mark in zip(row.tokens, row.marks, strict=True) if mark == "+"]


@pytest.mark.parametrize(
    "value",
    [
        [[16, 25]],
        [[16, 25, "reason"]],
        [{"start": 16, "end": 25, "label": "reason"}],
        [{"start_offset": 16, "end_offset": 25}],
        {"start": 16, "end": 25},
        [[15, 26]],
        ["cancelled"],
        "cancelled",
        [{"start": 17, "end": 26, "text": "cancelled"}],
    ],
    ids=str,
)
@pytest.mark.parametrize("field", ["rationale", "marks", "why"])
def test_spans_and_words_are_marks_under_every_name(field, value):
    options = {"marks": "why"} if field == "why" else {}
    (row,) = read({"text": SHIP, "label": "complaint", field: value}, **options)
    assert marked(row) == ["cancelled"]


@pytest.mark.parametrize(
    "value", [[0, 0, 0, 1], [False, False, False, True], "0001", "0 0 0 1", "...+", [[0, 0, 0, 1]]]
)
def test_a_list_of_zeros_and_ones_may_have_any_name(value):
    line = {"post_tokens": ["these", "drivers", "are", "idiots"], "label": 1, "rationale_mask": value}
    (row,) = read(line, tokens="post_tokens", marks="rationale_mask")
    assert marked(row) == ["idiots"] and row.tokens_given and row.metadata == {}


def test_several_peoples_lists_are_answers_of_several_people():
    line = {
        "tokens": ["these", "drivers", "are", "idiots"],
        "label": "rude",
        "rationales": [[0, 0, 0, 1], [0, 1, 0, 1]],
    }
    (row,) = read(line, marks="rationales")
    assert [(answer.person, answer.label, answer.marks) for answer in row.annotations] == [
        ("annotator 1", "rude", "...+"),
        ("annotator 2", "rude", ".+.+"),
    ]


@pytest.mark.parametrize(
    ("align", "span", "words", "note"),
    [
        ("expand", [17, 20], ["cancelled"], WIDENED),
        ("expand", [14, 27], ["was", "cancelled", "&"], WIDENED),
        ("contract", [14, 27], ["cancelled", "&"], NARROWED),
        ("contract", [17, 20], [], WITHOUT_WORD),
    ],
)
def test_a_span_that_cuts_a_word_is_aligned_as_asked_and_counted(align, span, words, note):
    (row,) = read({"text": SHIP, "label": "complaint", "rationale": [span]}, align=align)
    assert marked(row) == words and row.notes == {note: 1}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ([[17, 20]], "'anc', which cuts the word 'cancelled', expected spans of whole words, or --align expand"),
        ([[16, 99]], "a span that ends at 99, expected at most 43"),
        ([[25, 16]], "[25, 16]"),
        ([[15, 16]], "show nothing"),
        ([{"start": 4, "end": 9, "text": "cancelled"}], "'ferry' at 4 to 9, expected 'cancelled'"),
        (["cancel"], "'cancel', which does not occur in the sentence as a word"),
        (["sunk"], "'sunk', which does not occur"),
        ([[16, 25], "ferry"], "rationale[1]: found 'ferry'"),
        ([{"start": 0}], "rationale[0]: found [0, null]"),
        ([[0, 1]], "[[0, 1]], which may be the first letter or the second word"),
    ],
)
def test_spans_and_words_that_are_not_there_are_faults(value, found):
    with pytest.raises(BadInput) as error:
        read({"text": "🚢 sank" if value == [[0, 1]] else SHIP, "label": "complaint", "rationale": value})
    assert found in str(error.value) and "Line 1, rationale" in str(error.value)


def test_a_word_that_occurs_twice_is_marked_everywhere_and_counted():
    (row,) = read({"text": "So bad, so bad.", "label": "no", "rationale": ["bad", "so"]})
    assert row.marks == ".+.++." and row.notes == {REPEATED: 1}
    (row,) = read({"text": "so bad", "label": "no", "rationale": ["SO"]})
    assert row.marks == "+."


def test_utf_16_is_told_by_the_spans_own_text_and_counted():
    (row,) = read({"text": SHIP, "label": "complaint", "rationale": [{"start": 17, "end": 26, "text": "cancelled"}]})
    assert marked(row) == ["cancelled"] and row.notes == {UTF_16: 1}


@pytest.mark.parametrize("breaks", ["\r\n", "\r\n\r\n", "\f", "\r"], ids=repr)
def test_spans_count_in_the_text_as_its_file_has_it(breaks):
    written = f"Cold 🚢 soup.{breaks}Cold tea.{breaks}Rude staff."
    start = written.index("Rude")
    plain = read({"text": written, "label": "bad", "rationale": [[start, start + 4]]})
    units = {"start": start + 1, "end": start + 5, "text": "Rude"}
    for (row,) in (plain, read({"text": written, "label": "bad", "rationale": [units]})):
        assert marked(row) == ["Rude"]
        assert "\r" not in row.text
    (row,) = read({"text": written, "label": "bad", "rationale": ["Rude staff"]})
    assert marked(row) == ["Rude", "staff"]


def test_spans_of_another_tool_count_in_its_text_and_its_line_breaks_are_counted():
    faults = Faults("file")
    line = json.dumps({"text": "Cold soup.\r\nRude staff.", "label": [[12, 16, "bad"]]})
    (row,) = doccano.read(BytesIO(line.encode()), faults, fields=Fields())
    faults.raise_if_any()
    assert (marked(row), row.text, row.repairs) == (["Rude"], "Cold soup.\nRude staff.", (BREAKS,))


def test_spans_of_a_sentence_are_counted_alike_where_a_word_occurs_again():
    """The first span fits the second word in code points, but the second one fits UTF-16 alone."""
    text = "👩\u200d👧🇩🇪 The The"
    spans = [{"start": 10, "end": 13, "text": "The"}, {"start": 14, "end": 17, "text": "The"}]
    (row,) = read({"text": text, "label": "x", "rationale": spans})
    assert (row.marks, row.notes) == ("..++", {UTF_16: 2})


def test_marks_over_words_between_spaces_are_mapped_and_counted():
    (row,) = read_table('id,text,label,marks\nw1,"Two women don\'t hurry, they stroll.",entailment,.+...+\n')
    assert marked(row) == ["women", "stroll"] and row.notes == {MAPPED: 1}


def test_a_tables_cells_hold_words_and_lists():
    (row,) = read_table('text,label,why\nTwo women stroll.,entailment,"women; stroll"\n', marks="why")
    assert marked(row) == ["women", "stroll"]
    text = 'id,text,label,tokens,rationale\n1,Awful food,one-star,"[""Awful"",""food""]","[0]"\n'
    (row,) = read_table(text)
    assert marked(row) == ["Awful"] and row.tokens_given
    with pytest.raises(BadInput, match="Line 2, z: found broken JSON"):
        read_table('text,label,z\na b,x,"[1,"\n')


def test_marks_may_decide_the_label():
    lines = {"text": "a b", "z": [0, 1]}, {"text": "c d", "z": [0, 0]}, {"text": "e f"}
    assert [row.label for row in read(*lines, marked_label="yes", unmarked_label="no")] == ["yes", "no", None]
    with pytest.raises(BadInput, match="or --marked-label"):
        read(*lines)


def test_only_spans_and_tags_with_the_chosen_names_are_marks():
    spans = {"text": SHIP, "label": "x", "rationale": [[4, 9, "VEH"], [16, 25, "EVT"]]}
    tags = {"tokens": ["The", "old", "ship", "sank"], "label": "x", "marks": ["O", "B-VEH", "I-VEH", "B-EVT"]}
    first, second = read(spans, tags, span_names=("EVT",))
    assert (marked(first), marked(second)) == (["cancelled"], ["sank"])
    assert first.notes == second.notes == {OTHER_NAMES: 1}
    with pytest.raises(BadInput, match=r"rationale\[1\]: found 'anc'"):
        read(spans | {"rationale": [[4, 9, "VEH"], [17, 20, "EVT"]]}, span_names=("EVT",))


@pytest.mark.parametrize("names", [{"tokens": "text"}, {"tokens": "z"}, {"align": "loose"}])
def test_impossible_choices_are_refused(names):
    with pytest.raises(BadFields):
        Fields(**names)


@pytest.mark.parametrize("field", ["rationale", "marks", "why"])
def test_no_spans_mark_no_word(field):
    (row,) = read({"text": SHIP, "label": "x", field: []}, **({"marks": "why"} if field == "why" else {}))
    assert row.marks == "." * len(row.tokens)


WORDS = st.sampled_from(["ferry", "🚢", "don't", "cancelled.", "בוטלה", "👩\u200d👩\u200d👧\u200d👦🇩🇪", "cafe\u0301"])


@given(
    st.lists(WORDS, min_size=1, max_size=8, unique=True),
    st.data(),
)
def test_every_spelling_of_marks_is_read_alike(words, data):
    """Code points, UTF-16 with the span's text, 0 and 1, indices: the same marks, emoji and Hebrew included."""
    text = " ".join(words)
    tokens, starts = cut(text)
    marks = "".join(data.draw(st.lists(st.sampled_from("+."), min_size=len(tokens), max_size=len(tokens))))
    spans = [
        (start, start + len(token)) for token, start, mark in zip(tokens, starts, marks, strict=True) if mark == "+"
    ]
    units = [len(text[:place].encode("utf-16-le")) // 2 for place in range(len(text) + 1)]
    spellings = [
        {"rationale": [[*span, "why"] for span in spans]},
        {"rationale": [{"start": a, "end": b, "text": text[a:b]} for a, b in spans]},
        {"rationale": [{"start": units[a], "end": units[b], "text": text[a:b]} for a, b in spans]},
        {"marks": [{"start": a, "end": b} for a, b in spans]},
        {"rationale": [place for place, mark in enumerate(marks) if mark == "+"]},
        {"marks": [int(mark == "+") for mark in marks]},
        {"marks": marks},
    ]
    for spelling in spellings:
        (row,) = read({"text": text, "label": "x"} | spelling)
        assert row.marks == marks


FERRIES = "The ferry 🚢 was cancelled 🚢 again"


@pytest.mark.parametrize(
    ("text", "spans", "words", "note"),
    [
        (FERRIES, [[16, 25]], ["cancelled"], None),
        (FERRIES, [[17, 26]], ["cancelled"], UTF_16),
        (FERRIES, [[4, 9], [17, 26], [30, 35]], ["ferry", "cancelled", "again"], UTF_16),
        (FERRIES, [[14, 23]], ["cancelled"], NO_EMOJI),
        (FERRIES, [[4, 9], [14, 23], [24, 29]], ["ferry", "cancelled", "again"], NO_EMOJI),
        ("Off\r\n🚢 it\r\nwas", [[8, 10], [12, 15]], ["it", "was"], UTF_16),
    ],
)
def test_spans_without_a_text_of_their_own_are_counted_so_that_they_are_whole_words(text, spans, words, note):
    (row,) = read({"text": text, "label": "x", "rationale": spans})
    assert marked(row) == words
    assert {name: row.notes[name] for name in (UTF_16, NO_EMOJI) if row.notes[name]} == (
        {note: len(spans)} if note else {}
    )


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (FERRIES, [[16, 25], [14, 23]]),  # some in one way, some in another
        (FERRIES, [[15, 24]]),  # in none
        (FERRIES, [[200, 209]]),
        ("The ferry was cancelled", [[11, 20]]),
        ("🚢 ab b c", [[2, 3]]),  # UTF-16 and without the emoji: 'ab' is cut, 'b' in neither
    ],
)
def test_spans_that_no_one_way_to_count_makes_whole_words_are_refused(text, spans):
    with pytest.raises(BadInput, match=r"spans of whole words|at most"):
        read({"text": text, "label": "x", "rationale": spans})
