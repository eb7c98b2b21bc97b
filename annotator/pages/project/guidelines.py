"""The guidelines for annotators: the editor with what annotators will see, and the versions compared."""

from html import escape

import streamlit as st

from annotator.pages import session, widgets
from annotator.pages.edge import guarded
from annotator.pages.frame import Here
from annotator.pages.guidelines_editor import guidelines_editor
from annotator.pages.project import outcome
from annotator.project import guidelines
from annotator.wording import clock
from db.records import Guidelines
from db.store import Store
from db.team import people

_PLACE = "guidelines"
_TAGS = {"same": "span", "removed": "del", "added": "ins"}


def draw(here: Here) -> None:
    """Draw the editor and, once there are two versions, what changed between them."""
    _draw_editor(here)
    with Store.open(here.path) as store:
        versions = guidelines.list_versions(store, actor=here.actor)
        names = {person.id: person.name for person in people.all_of(store)}
    if versions:
        _draw_versions(here, versions, names)


@st.fragment
@guarded()
def _draw_editor(here: Here) -> None:
    with Store.open(here.path) as store:
        versions = guidelines.list_versions(store, actor=here.actor)
    saved, version = (versions[0].text, versions[0].version) if versions else ("", 0)
    typed = session.typed_guidelines.get()
    text = saved if typed is None else typed
    sentence, is_refused = session.outcome.take(_PLACE)
    with st.container(border=True, key="project-guidelines"):
        st.header("Guidelines", anchor=False)
        st.caption(
            "Annotators read them next to the sentence. All versions are kept; answers name the one that was open."
        )
        guidelines_editor(
            {
                "text": text,
                "saved": saved,
                "version": version,
                "html": _preview(text),
                "outcome": {"text": sentence, "refused": is_refused},
            },
            key=widgets.GUIDELINES,
            on_type=_keep_typed,
            on_save=lambda: _save(here),
        )


def _preview(text: str) -> str:
    if len(text) > guidelines.LONGEST:
        return f"<p>The text has more than {guidelines.LONGEST:,} characters; shorten it.</p>"
    return guidelines.guidelines_html(text)


@guarded()
def _keep_typed() -> None:
    session.typed_guidelines.keep(widgets.guidelines_message()["text"])


def _save(here: Here) -> None:
    message = widgets.guidelines_message()
    session.typed_guidelines.keep(message["text"])
    done = outcome.act(
        here,
        _PLACE,
        lambda store: guidelines.write_guidelines(
            store, message["text"], instead_of=message["version"], actor=here.actor
        ),
        lambda written: f"Saved version {written.version}.",
    )
    if done:
        session.typed_guidelines.keep(None)


def _draw_versions(here: Here, versions: list[Guidelines], names: dict[int, str]) -> None:
    with st.container(border=True, key="project-versions"):
        st.header("Versions", anchor=False)
        described = {version.version: _described(version, names) for version in versions}
        left, right = st.columns(2)
        shown = right.selectbox("Show", list(described), format_func=described.__getitem__, key="version shown")
        older = [number for number in described if number != shown]
        since = left.selectbox(
            "What changed since", [0, *older], index=min(1, len(older)), format_func=lambda n: described.get(n, "–")
        )
        st.html(f"<div class='versions' dir='auto'>{_compared(here, since or 0, shown or versions[0].version)}</div>")


def _described(version: Guidelines, names: dict[int, str]) -> str:
    author = names.get(version.person_id or 0, "command line")
    return f"Version {version.version}, {clock(version.created_ms)}, {author}"


def _compared(here: Here, since: int, shown: int) -> str:
    with Store.open(here.path) as store:
        if not since:
            return escape(guidelines.read_version(store, shown).text) or "(no guidelines)"
        pieces = guidelines.compare_versions(store, since, shown, actor=here.actor)
    tags = ((_TAGS[piece.change], escape(piece.text)) for piece in pieces)
    return "".join(f"<{tag}>{text}</{tag}>" for tag, text in tags) or "(no guidelines in either)"
