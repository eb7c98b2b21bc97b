"""Files that a page shows or offers belong to its session: parts of Streamlit, extended to record whose a file is."""

from contextvars import ContextVar

from starlette.types import Scope
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime import Runtime
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.web.server.starlette.starlette_app import App

from annotator.pages.guard.browsers import is_in_browser

MEDIA = "/media/"

_asking: ContextVar[str | None] = ContextVar("asking", default=None)
"""The session for which a download is being made."""


class OwnedMedia(MemoryMediaFileStorage):
    """Streamlit's storage of what a page shows and downloads, which records for which session a file was made."""

    def __init__(self, media_endpoint: str) -> None:
        super().__init__(media_endpoint)
        self.owners: dict[str, set[str]] = {}

    def load_and_get_id(
        self, path_or_data: str | bytes, mimetype: str, kind: MediaFileKind, filename: str | None = None
    ) -> str:
        """Store a file as its session's."""
        file_id = super().load_and_get_id(path_or_data, mimetype, kind, filename)
        context = get_script_run_ctx(suppress_warning=True)
        owner = context.session_id if context is not None else _asking.get()
        if owner is not None:
            self.owners.setdefault(file_id, set()).add(owner)
        return file_id

    def delete_file(self, file_id: str) -> None:
        """Forget a file, and whose it was."""
        super().delete_file(file_id)
        self.owners.pop(file_id, None)


class GuardedApp(App):
    """Streamlit's application whose files belong to sessions."""

    def _create_runtime(self) -> Runtime:
        runtime = super()._create_runtime()
        runtime.media_file_mgr._storage = OwnedMedia(MEDIA.rstrip("/"))
        return runtime


_hand_over = DeferredFileHandler.handle


async def hand_over_own(
    handler: DeferredFileHandler, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    """Make a deferred download only for the session whose page offers it."""
    offered = handler._get_media_file_mgr()._deferred_callables.get(request.deferred_file.file_id)
    if offered is None or offered["session_id"] != session_id:
        return BackendOperationResponse(
            request_id=request.request_id, error_msg="This download belongs to another session; reload the page."
        )
    _asking.set(session_id)
    return await _hand_over(handler, request, session_id)


def is_of_this_browser(scope: Scope) -> bool:
    """Return whether the file that a request asks for belongs to a session in the browser that asks."""
    file_id = scope["path"].removeprefix(MEDIA).partition(".")[0]
    storage = Runtime.instance().media_file_mgr._storage
    owners = storage.owners.get(file_id, ()) if isinstance(storage, OwnedMedia) else ()
    return any(is_in_browser(owner, scope) for owner in tuple(owners))
