"""What the pages of rounds compute once: figures and comparisons of rounds that are ready, which never change."""

from collections.abc import Mapping

import streamlit as st

from annotator.rounds.measuring.best import Best, find_best
from annotator.rounds.measuring.charted import minutes_of_work
from annotator.rounds.measuring.measured import Against, Measured, measure_against, measure_round
from annotator.rounds.overview import RoundsOverview
from db.learning.round_records import Round
from db.store import Store
from db.team import project

_Key = tuple[str, int, int]
"""A round: its project, its number, and when it was created: after a restore the number is given out again."""


def measured_rounds(store: Store, now: RoundsOverview) -> dict[int, Measured | None]:
    """Return the figures of every ready round and twin, by number."""
    uid = project.read(store).uid
    return {one.id: _measured(store, one, _key(uid, one)) for one in ready_ones(now)}


def minutes_by_round(store: Store, now: RoundsOverview) -> dict[int, float | None]:
    """Return how long people took for the answers of every ready round and twin, by number."""
    uid = project.read(store).uid
    return {one.id: _minutes(store, one, _key(uid, one)) for one in ready_ones(now)}


def compared(store: Store, before: Round | None, after: Round) -> Against | None:
    """Return how a round differs from another; None without another, or if they share no measured sentences."""
    if before is None:
        return None
    uid = project.read(store).uid
    return _compared(store, _key(uid, before), _key(uid, after))


def best_round(store: Store, now: RoundsOverview, measured: Mapping[int, Measured | None]) -> Best | None:
    """Return the most accurate round; None if there are not two to compare."""
    uid = project.read(store).uid
    ready = [one for one in now.rounds if one.state == "ready"]
    return _best(store, ready, measured, tuple(_key(uid, one) for one in ready))


def ready_ones(now: RoundsOverview) -> list[Round]:
    """Return the rounds and twins that are ready."""
    return [one for one in now.every if one.state == "ready"]


def _key(uid: str, one: Round) -> _Key:
    return uid, one.id, one.created_ms


@st.cache_data(max_entries=2000, show_spinner=False)
def _measured(_store: Store, _ended: Round, key: _Key) -> Measured | None:
    return measure_round(_store, _ended)


@st.cache_data(max_entries=2000, show_spinner=False)
def _minutes(_store: Store, _ended: Round, key: _Key) -> float | None:
    return minutes_of_work(_store, _ended)


@st.cache_data(max_entries=50, show_spinner=False)
def _best(
    _store: Store, _ready: list[Round], _measured: Mapping[int, Measured | None], keys: tuple[_Key, ...]
) -> Best | None:
    return find_best(_store, _ready, _measured)


@st.cache_data(max_entries=200, show_spinner=False)
def _compared(_store: Store, before: _Key, after: _Key) -> Against | None:
    return measure_against(_store, before[1], after[1])
