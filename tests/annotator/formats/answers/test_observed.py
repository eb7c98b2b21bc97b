"""What was observed of an answer: files and browsers have the same reader, and no field is forgotten."""

from collections.abc import Mapping
from dataclasses import fields

import pytest

from annotator.formats.answers.observed import OBSERVED_FIELDS, read_observed, write_observed
from annotator.formats.faults import Unfit
from db.records import Observed

EVERYTHING = Observed(
    seconds=2.5,
    saliency_round=3,
    marks_at_reveal="..+",
    note="Which ship?",
    seconds_to_first_mark=0.5,
    edits=0,
    shown=({"seconds": 0.0, "view": "gradient", "strength": 2}, {"seconds": None, "view": None, "strength": 0}),
    guidelines_version=1,
    flagged=True,
    suggestion={
        "model": "m",
        "label": "event",
        "words": [0, 2],
        "seconds": 0.8,
        "label_before": "none",
        "taken": None,
    },
)


def test_this_test_knows_every_field() -> None:
    assert all(getattr(EVERYTHING, each.name) != each.default for each in fields(Observed))


def test_what_is_written_to_a_file_is_read_from_it() -> None:
    written = write_observed(EVERYTHING)
    assert set(written) == set(OBSERVED_FIELDS)
    assert read_observed(_as_json(written), strict=True, tokens=3) == EVERYTHING


def test_a_browser_says_the_same_under_the_names_of_the_record() -> None:
    assert read_observed(_as_json(vars(EVERYTHING)), strict=False) == EVERYTHING


@pytest.mark.parametrize("strict", [True, False])
def test_what_was_not_observed_is_not_written_and_not_missed(strict: bool) -> None:
    assert write_observed(Observed()) == {}
    assert read_observed({}, strict=strict, tokens=3) == Observed()
    assert read_observed(dict.fromkeys([*OBSERVED_FIELDS, "saliency_round"]), strict=strict) == Observed()


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("seconds", -1, None),
        ("seconds", 1e7, None),
        ("seconds", "2", None),
        ("seconds_to_first_mark", True, None),
        ("note", "", None),
        ("shown", [{"view": None, "strength": 0, "seconds": -1}], ({"seconds": None, "view": None, "strength": 0},)),
    ],
)
def test_a_browser_s_odd_clock_and_empty_note_are_forgiven(field: str, value: object, read: object) -> None:
    assert getattr(read_observed({field: value}, strict=False), field) == read


def test_a_browser_s_long_log_is_cut_and_a_file_s_is_a_fault() -> None:
    entry = {"seconds": 0.0, "view": "gradient", "strength": 1}
    assert len(read_observed({"shown": [entry] * 201}, strict=False).shown or ()) == 200
    assert len(read_observed({"shown": [entry] * 201}, strict=True).shown or ()) == 201
    with pytest.raises(Unfit, match="a list of at most 1000 objects"):
        read_observed({"shown": [entry] * 1001}, strict=True)


@pytest.mark.parametrize("view", ["evidence", "input_x_gradient", "gradient", "the view of another package's model"])
def test_the_view_that_was_shown_keeps_its_name_from_browser_to_file_and_back(view: str) -> None:
    entry = {"seconds": 0.0, "view": view, "strength": 2}
    observed = read_observed({"shown": [entry]}, strict=False)
    assert observed.shown == (entry,)
    assert read_observed(_as_json(write_observed(observed)), strict=True) == observed


@pytest.mark.parametrize("view", ["", "v" * 61, "a\x00b", 7])
def test_a_browser_cannot_make_a_name_of_a_view_that_none_has(view: object) -> None:
    with pytest.raises(Unfit):
        read_observed({"shown": [{"seconds": 0.0, "view": view, "strength": 2}]}, strict=False)


def test_a_file_may_show_what_our_own_page_never_does() -> None:
    of_another_tool = {"shown": [{"heat map": 3}], "seconds": 1e7}
    read = read_observed(of_another_tool, strict=True)
    assert (read.shown, read.seconds) == (({"heat map": 3},), 1e7)
    with pytest.raises(Unfit):
        read_observed(of_another_tool, strict=False)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("edits", -1),
        ("edits", 1.0),
        ("edits", 2**53),
        ("guidelines_version", 0),
        ("note", "x" * 2001),
        ("note", "a\x00b"),
        ("marks_at_reveal", 7),
        ("flagged", "yes"),
        ("shown", {}),
        *(
            ("suggestion", EVERYTHING.suggestion | change)
            for change in (  # type: ignore[operator]
                {"words": [2, 0]},
                {"words": [0, 0]},
                {"words": [-1]},
                {"words": [True]},
                {"words": [4096]},
                {"words": "0"},
                {"label": ""},
                {"label": None},
                {"model": "m" * 201},
                {"model": "a\x00"},
                {"label_before": 1},
                {"more": 1},
            )
        ),
        ("suggestion", []),
        ("suggestion", {}),
    ],
)
def test_what_cannot_be_stored_is_a_fault_everywhere(field: str, value: object, strict: bool) -> None:
    with pytest.raises(Unfit) as unfit:
        read_observed({field: value}, strict=strict)
    assert unfit.value.field == field


def _as_json(observed: Mapping[str, object]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in observed.items()}
