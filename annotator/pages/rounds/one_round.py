"""The page of one round: its figures, what it learned from, its settings, its log, and what can be done with it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from annotator.pages import session, widgets
from annotator.pages.chart import show_chart
from annotator.pages.edge import guarded
from annotator.pages.frame import Here, heading, plain
from annotator.pages.round_sheet import facts
from annotator.pages.rounds import actions, address, cached, live
from annotator.rounds.listing import list_rounds, pills_of
from annotator.rounds.live import title_of
from annotator.rounds.logs import read_log
from annotator.rounds.measuring.holding_back import held_back
from annotator.rounds.measuring.page_facts import (
    about_training,
    confusion_table,
    figures_table,
    seeds_table,
    settings_pairs,
)
from annotator.rounds.named import find_round
from annotator.rounds.overview import RoundsOverview, all_rounds, rounds_overview
from annotator.rounds.promise import seconds_of, twin_seconds
from annotator.rounds.seeds import MOST_AT_ONCE, over_seeds
from annotator.rounds.serving_wording import why_held_back
from annotator.rounds.settings import can_have_twin, settings_of
from annotator.wording import about, number, round_notes
from db.errors import UnknownRound
from db.learning.round_records import WORKING_STATES, Round
from db.learning.rounds import progress as progress_of
from db.store import Store


def render(here: Here, name: str, *, on_back: Callable[[], None]) -> None:
    """Draw the page of the round of that name."""
    st.button("All rounds", icon=":material/arrow_back:", type="tertiary", on_click=on_back)
    trouble = session.take_round_trouble()
    if trouble:
        st.warning(plain(trouble))
    with Store.open(here.path) as store:
        try:
            shown = find_round(store, name, actor=here.actor)
        except UnknownRound as error:
            st.text(str(error))
            return
        now = rounds_overview(store, actor=here.actor)
        _draw_head(here, store, shown, now)
        _draw_how_it_ended(here, store, shown, now)
        if _is_at_work(shown):
            st.fragment(_draw_live, run_every=live.POLL_S)(here, shown.id)
        _draw_facts(store, shown, now)
        _draw_progress(store, shown)
        _draw_log(here, store, shown)


def _draw_head(here: Here, store: Store, shown: Round, now: RoundsOverview) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="rounds-head"):
        with st.container():
            heading(title_of(shown))
            pills = " · ".join(pill.text for pill in pills_of(shown, serving=now.serving))
            st.caption(plain(" · ".join(filter(None, [pills, about_training(store, shown)]))))
        _draw_actions(here, shown, now)


def _draw_actions(here: Here, shown: Round, now: RoundsOverview) -> None:
    is_ready, is_twin = shown.state == "ready", shown.twin_of is not None
    if is_ready and not shown.is_companion and shown.freed_ms is None and shown.id != now.serving:
        st.button("Serve this round", type="primary", on_click=actions.serve, args=(here, shown.id))
    if is_ready:
        _draw_compare(shown, now)
    if is_ready and not shown.is_companion:
        _draw_more_seeds(here, shown, now)
    if shown.state in ("failed", "cancelled") and not is_twin:
        st.button("Start again", type="primary", on_click=actions.start_like, args=(here, shown.id))
    if shown.is_waiting:
        st.button("Cancel", on_click=actions.cancel, args=(here, shown.id))
    if shown.state not in WORKING_STATES and here.ranks_as("admin") and shown.id != now.serving:
        _draw_removals(here, shown)


def _draw_compare(shown: Round, now: RoundsOverview) -> None:
    row = next((row for row in list_rounds(now, {}) if row.number == shown.id), None)
    if row is not None and row.compare_with is not None:
        st.link_button("Compare, with its errors", address.to_compare(row.compare_with, shown.id))


def _draw_more_seeds(here: Here, shown: Round, now: RoundsOverview) -> None:
    with st.popover("More seeds"):
        st.write(
            "The same training on the same answers with other seeds shows how much of a figure is luck. These rounds "
            "are only there to be compared: they never serve, and they wait until no other round does."
        )
        st.number_input("How many", min_value=1, max_value=MOST_AT_ONCE, value=4, key=widgets.SEEDS)
        settings = settings_of(shown)
        differs = can_have_twin(settings)
        st.checkbox("Train their twins as well", value=differs, disabled=not differs, key=widgets.SEED_TWINS)
        number, twin = widgets.asked_seeds()
        each = seconds_of(shown)
        each += twin_seconds(settings, known=now.rounds, twins=list(now.twins.values())) if twin and differs else 0
        label = f"Train, {about(number * each)}"
        st.button(label, type="primary", on_click=actions.train_more_seeds, args=(here, shown.id))


def _draw_removals(here: Here, shown: Round) -> None:
    """Draw what takes files away, each after a second click, next to which is said what stays."""
    if shown.state == "ready" and shown.freed_ms is None:
        with st.popover("Free"):
            st.write("Its model and saliency are removed; its record and figures stay. It can no longer serve.")
            st.button("Free its files", on_click=actions.free, args=(here, shown.id))
    if shown.twin_of is None:
        with st.popover("Delete"):
            st.write(
                "All files of this round, its twin and its other seeds are removed; the pages no longer show them."
            )
            st.button("Delete this round", on_click=actions.delete, args=(here, shown.id, address.close))


def _draw_how_it_ended(here: Here, store: Store, shown: Round, now: RoundsOverview) -> None:
    if shown.error:
        st.error(plain(f"It failed. {shown.error}"), icon=":material/error:")
    reason = held_back(shown)
    if reason is not None and shown.id != now.serving:
        st.warning(plain(why_held_back(shown, reason)))


def _is_at_work(shown: Round) -> bool:
    return shown.state in WORKING_STATES and not shown.is_waiting


@guarded()
def _draw_live(here: Here, round_id: int) -> None:
    with Store.open(here.path) as store:
        now = next(one for one in all_rounds(store, actor=here.actor) if one.id == round_id)
        if now.state not in WORKING_STATES:
            session.show_round_trouble_again()
            st.rerun()
        live.draw(here, store, now)


def _draw_facts(store: Store, shown: Round, now: RoundsOverview) -> None:
    twin = now.twins.get(shown.id) if shown.twin_of is None else None
    measured = cached.measured_rounds(store, now)
    against = cached.compared(store, twin, shown) if twin is not None and twin.state == "ready" else None
    sections = [
        *figures_table(measured.get(shown.id), against),
        *seeds_table(over_seeds(now, shown, measured)),
        *confusion_table(store, shown),
        {"title": "Notes", "lines": round_notes(shown)},
        {"title": "Learned from", "pairs": _pairs(shown.training_set)},
        {"title": "Settings", "pairs": settings_pairs(shown)},
    ]
    with st.container(border=True, key="round-facts"):
        facts([each for each in sections if any(each.get(part) for part in ("lines", "pairs", "table"))], key="facts")


def _pairs(counts: dict[str, Any]) -> list[tuple[str, str]]:
    flat = [
        (f"{name.replace('_', ' ')}: {inner}" if isinstance(value, dict) else name.replace("_", " "), f"{number_:,}")
        for name, value in counts.items()
        for inner, number_ in (value.items() if isinstance(value, dict) else [("", value)])
    ]
    return [(name, value) for name, value in flat if value != "0"]


def _draw_progress(store: Store, shown: Round) -> None:
    progress = progress_of(store, shown.id)
    chart = live.losses(progress)
    if chart is None or shown.state in WORKING_STATES:
        return
    with st.container(border=True, key="round-progress"):
        st.subheader("How it trained", anchor=False)
        rows = [
            [str(row.step), *(number(value, 4) for value in (row.label_loss, row.saliency_loss, row.dev_accuracy))]
            for row in progress
            if not row.note
        ]
        head = ("step", "label loss", "saliency loss", "dev accuracy")
        show_chart(chart, head=head, rows=rows, file_name=f"round-{shown.name}-losses", width=960, key="progress")


def _draw_log(here: Here, store: Store, shown: Round) -> None:
    log = read_log(store, shown.id, actor=here.actor)
    if log.strip() or shown.state == "failed":
        with st.expander("The log", expanded=shown.state == "failed"):
            if log.strip():
                st.code(log, language=None, wrap_lines=True)
            else:
                st.caption("It wrote nothing to its log.")
