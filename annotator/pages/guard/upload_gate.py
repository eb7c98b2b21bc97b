"""Which sessions show the form for a file: Streamlit alone would accept one from anyone, signed in or not."""

from streamlit.runtime.scriptrunner import get_script_run_ctx

_open: set[str] = set()


def open_gate() -> None:
    """Let this session upload while its import form is shown."""
    context = get_script_run_ctx()
    if context is not None:
        _open.add(context.session_id)


def close_gate() -> None:
    """Stop this session's uploads and discard its files; every drawing of a whole page starts with this."""
    context = get_script_run_ctx()
    if context is not None:
        _open.discard(context.session_id)
        context.uploaded_file_mgr.remove_session_files(context.session_id)


def is_open(session_id: str) -> bool:
    """Return whether that session shows the import form."""
    return session_id in _open


def forget(session_id: str) -> None:
    """Stop the uploads of a session that has ended."""
    _open.discard(session_id)


def open_sessions() -> tuple[str, ...]:
    """Return the sessions that show the import form, or that ended while they did."""
    return tuple(_open)
