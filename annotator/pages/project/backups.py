"""The backups: the list of them, a button for a new one, and the way back to one of them."""

from pathlib import Path

import streamlit as st

from annotator.care.backups import Restored, backup_project, restore_project
from annotator.care.coming_back import coming_back, coming_back_lines
from annotator.care.kept_backups import KeptBackup, list_backups, look_inside
from annotator.errors import Refused
from annotator.pages import session, widgets
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.pages.reader import table_of_text
from annotator.wording import counted, day_of, in_bytes, in_zone
from db.errors import StoreError
from db.records import Counts
from db.store import Store

SHOWN = 10
_COUNTED = {"sentences": "Sentences", "answers": "Answers", "rounds": "Rounds"}


def draw(here: Here) -> None:
    """Draw the button for a backup, and one row per backup."""
    with Store.open(here.path) as store:
        kept = list_backups(store, actor=here.actor)
        serving = here.project.serving_round
    with st.container(border=True, key="project-backups"):
        st.header("Backups", anchor=False)
        st.caption(
            "A backup is made every hour and every day while the project is served; 24 and 14 of them are kept. They "
            "are on the same disk as the project, so copy some of them to another machine."
        )
        with st.container(horizontal=True, vertical_alignment="center", key="backup-now"):
            with_round = serving is not None and st.checkbox("With the model that serves", key="backup-with-round")
            st.button("Back up now", type="primary", on_click=_back_up, args=(here, with_round))
            outcome.draw("back up")
        every = len(kept) <= SHOWN or st.toggle(f"Show all {len(kept)}", key="all-backups")
        for backup in kept if every else kept[:SHOWN]:
            _draw_row(here, backup)
        if not kept:
            st.caption("There are no backups yet.")


def _draw_row(here: Here, backup: KeptBackup) -> None:
    at = in_zone(int(backup.made.timestamp() * 1000), st.context.timezone)
    name, place = backup.file.name, widgets.key_of(str(backup.file))
    with st.container(horizontal=True, vertical_alignment="center", key=f"row-backup-{place}"):
        st.markdown(f"**{day_of(at)}, {at:%H:%M}**  \n:small[{backup.origin}, {in_bytes(backup.bytes)}, {plain(name)}]")
        ask = session.backup_to_restore.keep
        st.button("Restore…", key=f"restore {place}", on_click=ask, args=(str(backup.file),))
    if session.backup_to_restore.get() == str(backup.file):
        _draw_question(here, backup)


def _draw_question(here: Here, backup: KeptBackup) -> None:
    with st.container(border=True, key="restore-question"):
        try:
            with Store.open(here.path) as store:
                now, then = look_inside(store, backup.file, actor=here.actor)
        except (Refused, StoreError) as refusal:
            st.markdown(f":material/error: {plain(str(refusal))}")
            return
        rows = [(what, f"{getattr(now, name):,}", f"{getattr(then, name):,}") for name, what in _COUNTED.items()]
        table_of_text(("", "project now", "this backup"), rows, key="restore-counts")
        st.caption(_lost(now, then))
        for line in coming_back_lines(coming_back(here.path, backup.file), here.path):
            st.markdown(f":material/warning: {plain(line)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Replace the project", type="primary", on_click=_restore, args=(here, backup.file))
            st.button("Keep the project", on_click=session.backup_to_restore.keep, args=("",))
            outcome.draw("restore")


def _lost(now: Counts, then: Counts) -> str:
    newer = now.answers - then.answers
    what = "" if newer <= 0 else f"{counted(newer, 'answer')} will be only in the replaced file. "
    return (
        f"{what}The replaced file is kept next to the project, and appears in this list. People who are annotating "
        "continue with the restored project."
    )


def _back_up(here: Here, with_round: bool) -> None:
    outcome.act(
        here,
        "back up",
        lambda store: backup_project(store, with_checkpoint=with_round, actor=here.actor),
        lambda made: f"Backed up {counted(made.held.answers, 'answer')} to {made.file.name}.",
    )


def _restore(here: Here, file: Path) -> None:
    """Restore outside any open store: a restore waits for no reader, not even this page."""
    try:
        restored = restore_project(here.path, file, who=here.actor.name)
    except (Refused, StoreError) as refusal:
        session.outcome.keep("restore", (str(refusal), True))
        return
    session.backup_to_restore.keep("")
    session.outcome.keep("back up", (_in_words(restored), False))


def _in_words(restored: Restored) -> str:
    kept = f" The replaced file is {restored.kept.name}." if restored.kept else ""
    missing = ", ".join(map(str, restored.rounds_without_files))
    lacks = f" The models of these rounds are missing: {missing}." if missing else ""
    return f"Restored {counted(restored.now.answers, 'answer')}.{kept}{lacks}"
