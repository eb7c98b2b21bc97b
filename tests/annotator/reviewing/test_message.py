"""What the review sheet sends is read as hostile input."""

import pytest

from annotator.reviewing.message import Admission, Decision, Garbled, ReviewMessage, read_review_message

DECISION = {"key": "decision-1", "sentence_id": 1, "label": 0, "marks": "+..."}
ADMISSION = {"key": "admission-1", "answer": 2, "admitted": True}


def test_decisions_and_admissions_are_read_from_one_message() -> None:
    sent = {"decisions": [DECISION, {**DECISION, "marks": None}], "admissions": [ADMISSION]}
    assert read_review_message(sent) == ReviewMessage(
        (Decision("decision-1", 1, 0, "+..."), Decision("decision-1", 1, 0, None)), (Admission("admission-1", 2, True),)
    )


@pytest.mark.parametrize("items", [3, None, "ab", {"key": "decision-1"}, [None, 3, {}, {"key": 7}]], ids=str)
@pytest.mark.parametrize("part", ["decisions", "admissions"])
def test_what_has_no_key_is_left_out(part: str, items: object) -> None:
    assert read_review_message({part: items}) == ReviewMessage()
    assert read_review_message(items) == ReviewMessage()


@pytest.mark.parametrize(
    "change",
    [{"sentence_id": True}, {"sentence_id": 2**70}, {"label": -1}, {"label": None}, {"key": "short"}, {"marks": ["+"]}],
    ids=str,
)
def test_a_decision_that_does_not_fit_is_garbled(change: dict[str, object]) -> None:
    changed = DECISION | change
    assert read_review_message({"decisions": [changed]}).decisions == (Garbled(changed["key"]),)


@pytest.mark.parametrize(
    "change", [{"key": "short"}, {"answer": "2"}, {"answer": True}, {"answer": 2**70}, {"answer": -1}, {"admitted": 1}]
)
def test_an_admission_that_does_not_fit_is_garbled(change: dict[str, object]) -> None:
    changed = ADMISSION | change
    assert read_review_message({"admissions": [changed]}).admissions == (Garbled(changed["key"]),)


def test_only_so_many_are_read_at_once() -> None:
    assert len(read_review_message({"decisions": [DECISION] * 101}).decisions) == 100
