"""Remove the sentence on the page for good, or correct its text: what that does, and a confirmation before it."""

from collections.abc import Iterable

import streamlit as st

from annotator.care.kept_backups import backups_holding
from annotator.care.putting_right_wording import affected_lines, correction_lines, holding_lines
from annotator.errors import Refused
from annotator.pages import session
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.reader import lines_of_text
from annotator.pages.session import PutRight
from annotator.putting_right.removing import LONGEST_REASON, affected_by, find_all, remove_sentences
from annotator.putting_right.replacing import Replaced, preview_replacement, replace_sentence
from annotator.putting_right.still_holding import StillHolding
from db.errors import StoreError
from db.records import Sentence
from db.store import Store

_ANSWERS = "What happens to its answers"
_ERASE = "whylight sentence erase"
_BACKUPS = "An admin who has access to the machine can delete these files once there is a new backup."
_NOTHING_ELSE = "No backup, no model and no guidelines have it either."
_WORKING = "Rewriting the project's file"


def draw(here: Here, external_id: str) -> None:
    """Draw the buttons that open the dialogs for this sentence."""
    if st.button("Correct the text", type="tertiary", icon=":material/edit:"):
        st.dialog("Correct the text", width="medium")(draw_correction)(here, external_id)
    if st.button("Remove", type="tertiary", icon=":material/delete:"):
        st.dialog("Remove this sentence", width="medium")(draw_removal)(here, external_id)


def draw_outcome(here: Here) -> None:
    """Draw what the last removal or correction did, until it is dismissed."""
    done = session.put_right.get()
    if done is None:
        return
    with st.container(border=True, key="data-put-right"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(done.title, anchor=False)
            if done.undo is not None:
                st.button("Put the old text back", type="tertiary", on_click=_undo, args=(here, done.undo))
            st.button("Dismiss", type="tertiary", on_click=_dismiss, key="put-right-dismiss")
        lines_of_text(done.lines, key="data-put-right-lines")


def _dismiss() -> None:
    session.put_right.take()


@guarded()
def draw_correction(here: Here, external_id: str) -> None:
    """Ask for the corrected text, show what becomes of the answers, and replace the text."""
    with Store.open(here.path) as store:
        (sentence,) = find_all(store, [external_id])
    text = st.text_area("Text", value=sentence.text, height=160, key=f"corrected {sentence.id}")
    query = None
    if sentence.query is not None:
        query = st.text_input("Query", value=sentence.query, key=f"corrected query {sentence.id}")
    reason = _draw_reason()
    if (text, query) == (sentence.text, sentence.query):
        lines, is_possible = ["Change the text to see what happens to its answers."], False
    else:
        lines, is_possible = _preview(here, external_id, text, query)
    lines_of_text(lines, key="data-correction")
    st.caption("The old text is removed for good. You can put it back until you dismiss the notice that follows.")
    if st.button("Replace the text", type="primary", disabled=not is_possible):
        with st.spinner(_WORKING):
            _replace(here, sentence, text, query, reason)


@guarded()
def draw_removal(here: Here, external_id: str) -> None:
    """Show what a removal takes away, and remove the sentence."""
    with Store.open(here.path) as store:
        (affected,) = affected_by(store, [external_id], actor=here.actor)
    lines_of_text([f"“{affected.text}”", *affected_lines(affected)], key="data-removal")
    st.caption(
        "Its text is blanked wherever the project keeps it, no one is asked about it, and nothing counts or exports "
        "it. This cannot be undone."
    )
    reason = _draw_reason()
    if st.button("Remove it for good", type="primary"):
        with st.spinner(_WORKING), Store.open(here.path) as store:
            done = remove_sentences(store, [external_id], reason=reason, actor=here.actor)
            lines = _still(here, store, done.sentence_ids, done.holding, done.not_erased)
        session.put_right.keep(PutRight(f"Removed {external_id}", tuple(lines)))
        st.query_params.clear()
        st.rerun()


def _draw_reason() -> str:
    return st.text_input(
        "Reason", max_chars=LONGEST_REASON, placeholder="For the record; don't quote the sentence", key="data-reason"
    )


def _preview(here: Here, external_id: str, text: str, query: str | None) -> tuple[list[str], bool]:
    """Return what a correction would do, in sentences, or why it is not possible, and whether it is."""
    try:
        with Store.open(here.path) as store:
            correction = preview_replacement(store, external_id, text, query=query, actor=here.actor)
    except (Refused, StoreError) as refusal:
        return [str(refusal)], False
    return [_ANSWERS, *(list(correction_lines(correction)) or ["It has none yet."])], True


def _replace(here: Here, sentence: Sentence, text: str, query: str | None, reason: str) -> None:
    with Store.open(here.path) as store:
        done = replace_sentence(store, sentence.external_id, text, query=query, reason=reason, actor=here.actor)
        undo = (sentence.external_id, sentence.text, sentence.query)
        session.put_right.keep(_corrected(here, store, done, undo=undo))
    st.rerun()


@guarded()
def _undo(here: Here, undo: tuple[str, str, str | None]) -> None:
    external_id, text, query = undo
    with Store.open(here.path) as store:
        done = replace_sentence(store, external_id, text, query=query, reason="put back", actor=here.actor)
        session.put_right.keep(_corrected(here, store, done, undo=None))


def _corrected(here: Here, store: Store, done: Replaced, undo: tuple[str, str, str | None] | None) -> PutRight:
    lines = [*_still(here, store, done.sentence_ids, done.holding, done.not_erased), *correction_lines(done.correction)]
    return PutRight(f"Corrected {done.correction.sentence.external_id}", tuple(lines), undo)


def _still(
    here: Here, store: Store, sentence_ids: Iterable[int], holding: StillHolding, not_erased: str | None
) -> list[str]:
    """Return what still has the old text, in sentences."""
    kept = backups_holding(store, list(sentence_ids), actor=here.actor)
    lines = list(holding_lines(holding, kept, what_to_do=_BACKUPS)) or [_NOTHING_ELSE]
    if not_erased is not None:
        return [f"The file could not be rewritten without the text yet: {not_erased} Then run `{_ERASE}`.", *lines]
    return ["That text is no longer in the project's file.", *lines]
