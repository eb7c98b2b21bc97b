"""How much may be uploaded: by one session, and by all of them together."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.datastructures import Headers
from starlette.types import Receive, Scope
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from annotator.importing.upload_settings import MOST_MEGABYTES
from annotator.pages.guard import upload_gate

MOST_UPLOADED = 4 * MOST_MEGABYTES * 1024 * 1024
"""The most bytes of uploads that the server holds in memory, of all sessions together."""
MOST_OF_A_SESSION = 2 * MOST_MEGABYTES * 1024 * 1024

UPLOADS = "/_stcore/upload_file/"


class Arrivals:
    """The uploads that are on their way to the server."""

    def __init__(self) -> None:
        self._bytes: Counter[str] = Counter()  # by session

    def refusal(self, session_id: str, scope: Scope) -> tuple[int, str] | None:
        """Return the status and the sentence with which an upload is refused for its size, or None."""
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            return 411, "The upload does not state its length."
        if self._bytes[session_id] + int(length) > MOST_OF_A_SESSION:
            return 413, f"A file may have {MOST_MEGABYTES} MB at most; `whylight import` takes larger ones."
        others = sum(size for other, size in _held().items() if other != session_id)
        if others + self._bytes.total() + int(length) > MOST_UPLOADED:
            return 503, "Other people are uploading too much right now; try again in a minute."
        return None

    @contextmanager
    def counted(self, session_id: str, scope: Scope) -> Iterator[None]:
        """Count an upload that was not refused while the block receives it."""
        length = int(Headers(scope=scope)["content-length"])
        _uploads().remove_session_files(session_id)  # the form holds one file, and this is the next
        self._bytes[session_id] += length
        try:
            yield
        finally:
            self._bytes[session_id] -= length
            self._bytes += Counter()  # drops the sessions that are done


def session_of_upload(scope: Scope) -> str | None:
    """Return the session for which a request uploads or deletes a file, or None where it does neither."""
    parts = scope["path"].removeprefix(UPLOADS).split("/")
    return parts[0] if scope["path"].startswith(UPLOADS) and len(parts) == 2 else None


async def swallow(scope: Scope, receive: Receive) -> None:
    """Receive what a refused upload sends: a browser that cannot finish sending does not read our reply."""
    length = Headers(scope=scope).get("content-length", "")
    if not length.isdecimal() or int(length) > MOST_OF_A_SESSION:
        return
    more = int(length) > 0
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


def drop_uploads_of_ended_sessions() -> None:
    """Discard the files of sessions that have ended, and close their upload gates."""
    runtime = Runtime.instance()
    for session_id in {*_held(), *upload_gate.open_sessions()}:
        if not runtime.is_active_session(session_id):
            upload_gate.forget(session_id)
            _uploads().remove_session_files(session_id)


def _uploads() -> MemoryUploadedFileManager:
    manager = Runtime.instance().uploaded_file_mgr
    if not isinstance(manager, MemoryUploadedFileManager):
        raise TypeError(f"Uploads are kept by a {type(manager).__name__}, which the guard cannot count.")
    return manager


def _held() -> dict[str, int]:
    """Return how many bytes of uploads the server holds for each session."""
    return {
        session_id: sum(len(file.data) for file in tuple(files.values()))
        for session_id, files in tuple(_uploads().file_storage.items())
    }
