"""Who is signed in on a page that is open now."""

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

_people: dict[str, str] = {}  # a session's person, by uid


def note_person(uid: str | None) -> None:
    """Note who is signed in on the page that is being drawn; None if no one is."""
    context = get_script_run_ctx()
    if context is None:
        return
    if uid is None:
        _people.pop(context.session_id, None)
    else:
        _people[context.session_id] = uid


def forget_ended_sessions() -> None:
    """Forget who was signed in on pages that have been closed."""
    for session_id in tuple(_people):
        if not Runtime.instance().is_active_session(session_id):
            _people.pop(session_id, None)


def count_people() -> int:
    """Return how many people are signed in, each counted once however many pages they have open."""
    forget_ended_sessions()
    return len(set(_people.values()))
