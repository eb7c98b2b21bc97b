"""The operations of Streamlit that are replaced, and whether this Streamlit is as the guard expects it."""

from types import ModuleType

import streamlit
from streamlit import net_util
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime import Runtime, app_session
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette.starlette_app import App

from annotator.errors import CannotServe
from annotator.pages.guard.downloads import OwnedMedia, hand_over_own

_WRITERS = ("InstallSkillsHandler", "DismissSkillsNudgeHandler")
"""Streamlit's operations that write files, for anyone who is connected, signed in or not."""


def install_guard() -> None:
    """Make downloads belong to their sessions, and let Streamlit write no file, ask no server and load no package.

    Raise CannotServe if this Streamlit is not as the guard expects it.
    """
    for owner, name in (
        (App, "_create_runtime"),
        (DeferredFileHandler, "handle"),
        *((app_session, name) for name in _WRITERS),
        (net_util, "get_external_ip"),
        (BidiComponentManager, "discover_and_register_components"),
        (MemoryUploadedFileManager, "remove_session_files"),
        (MemoryMediaFileStorage, "load_and_get_id"),
        (Runtime, "get_client"),
        (MediaFileManager(OwnedMedia("")), "_storage"),
        (MediaFileManager(OwnedMedia("")), "_deferred_callables"),
        (MemoryUploadedFileManager(""), "file_storage"),
    ):
        if not hasattr(owner, name):
            what = owner.__name__ if isinstance(owner, type | ModuleType) else type(owner).__name__
            raise CannotServe(
                f"Streamlit {streamlit.__version__} has no {what}.{name}, on which the guard of the pages relies; "
                "install the version that constraints.txt names."
            )
    DeferredFileHandler.handle = hand_over_own  # type: ignore[method-assign, assignment]
    for name in _WRITERS:
        getattr(app_session, name).handle = _write_nothing
    net_util.get_external_ip = _ask_no_one
    BidiComponentManager.discover_and_register_components = _find_no_components  # type: ignore[method-assign, assignment]


def _ask_no_one() -> None:
    """Return no address of ours in the internet, for which Streamlit asks Amazon; the guard knows our origins."""


async def _write_nothing(_: object, request: BackendOperationRequest, session_id: str) -> BackendOperationResponse:
    return BackendOperationResponse(
        request_id=request.request_id, error_msg="Whylight installs and keeps nothing for Streamlit."
    )


def _find_no_components(_: BidiComponentManager, *, start_file_watching: bool = True) -> None:
    """Register no component of another package: pages use only our own, and the search takes half of a start."""
