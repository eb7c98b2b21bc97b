"""Which sessions show the form that takes a file: Streamlit would take one from anybody, signed in or not."""

from streamlit.runtime.scriptrunner import get_script_run_ctx

_open: set[str] = set()


def open_gate() -> None:
    """Let this session upload, for as long as its import form is shown."""
    context = get_script_run_ctx()
    if context is not None:
        _open.add(context.session_id)


def close_gate() -> None:
    """Let this session upload nothing, and give up what it has uploaded: each drawing of a whole page begins so."""
    context = get_script_run_ctx()
    if context is not None:
        _open.discard(context.session_id)
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def is_open(session_id: str) -> bool:
    """Whether that session shows the import form."""
    return session_id in _open


def forget(session_id: str) -> None:
    """Let a session that has ended upload nothing more."""
    _open.discard(session_id)


def open_sessions() -> tuple[str, ...]:
    """Return the sessions that show the import form, or ended while they did."""
    return tuple(_open)
