"""Answers come out of the spool as they went in, though only what differs from the default is written."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from annotator.formats.rows import AnnotationRow
from annotator.importing.answers import read_answers, write_answers
from db.records import Observed

OBSERVED = st.builds(Observed, seconds=st.none() | st.just(0.0), edits=st.none() | st.just(0), flagged=st.booleans())
ANSWERS = st.builds(
    AnnotationRow,
    person=st.just("ana"),
    kind=st.sampled_from(["answer", "skip"]),
    key=st.sampled_from(["", "key-00001"]),
    label=st.none() | st.integers(0, 2),
    marks=st.none() | st.just(".+"),
    observed=OBSERVED,
    surplus=st.booleans(),
    admitted=st.none() | st.booleans(),
    withdrawn=st.booleans(),
)


@given(st.lists(ANSWERS, max_size=3))
def test_answers_come_out_as_they_went_in(answers):
    assert read_answers(write_answers(answers, (), ("odd",))) == (answers, [], ["odd"])


def test_only_what_differs_from_the_default_is_written():
    plain = AnnotationRow("ana", "answer", "", 1)
    assert "withdrawn" not in write_answers([plain], (), ())
    assert '"withdrawn": true' in write_answers([replace(plain, withdrawn=True)], (), ())
