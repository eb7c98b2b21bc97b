"""The tags of one sentence, each with a click that removes it, and a box to add another."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from annotator.pages import session, widgets
from annotator.pages.frame import Here, plain
from annotator.pages.project import outcome
from annotator.project.tags import count_tags, tag_sentence, untag_sentence
from db.store import Store

_PLACE = "sentence tags"


def draw(here: Here, store: Store, external_id: str, tags: Sequence[str]) -> None:
    """Draw the tags of this sentence, and what the last change of them did."""
    known = [tag for tag in count_tags(store, actor=here.actor) if tag not in tags]
    with st.container(horizontal=True, vertical_alignment="center", key="sentence-tags"):
        for tag in tags:
            st.button(
                f"\\#{plain(tag)}",
                icon=":material/close:",
                icon_position="right",
                help=f"Remove the tag {plain(tag)}",
                key=f"untag {widgets.key_of(tag)}",
                on_click=_remove,
                args=(here, external_id, tag),
            )
        added = st.selectbox(
            "Add a tag",
            known,
            index=None,
            placeholder="Add a tag",
            accept_new_options=True,
            label_visibility="collapsed",
            key=f"add a tag to {widgets.key_of(external_id)} {session.acts_done.get()}",
            width=160,
        )
        outcome.draw(_PLACE)
    if added:
        use_case = partial(tag_sentence, tag=added, external_id=external_id, actor=here.actor)
        outcome.act(here, _PLACE, use_case, lambda tagged: f"Added #{tagged.tag}.")
        session.acts_done.keep(session.acts_done.get() + 1)  # the box is another one, which is empty
        st.rerun()


def _remove(here: Here, external_id: str, tag: str) -> None:
    outcome.act(
        here,
        _PLACE,
        lambda store: untag_sentence(store, tag, external_id, actor=here.actor),
        lambda _: f"Removed #{tag}.",
    )
