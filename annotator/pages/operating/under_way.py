"""What the server is doing for those who are connected, so that it can finish before it ends.

A page's message is answered when Streamlit has sent that the drawing has finished: after that come only other messages'
replies. Once the server is stopping it takes no further message: the browser keeps its answers and sends them again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from google.protobuf.message import DecodeError
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from annotator.pages.operating.present import forget_ended_sessions
from annotator.pages.operating.saves import SAVES

STOPPING = "Whylight is stopping; reload this page in a minute. Answers that are not saved yet stay in your browser."
SERVICE_RESTART = 1012
_LONGEST_END = 1024
"""The message that a drawing has finished is shorter; nothing longer is decoded."""


class UnderWay:
    """The requests that are being answered, and the pages that are being drawn."""

    def __init__(self) -> None:
        self.is_stopping = False
        self._requests = 0
        self._drawn: set[object] = set()

    def is_idle(self) -> bool:
        """Return whether nothing is left to finish: no request, no drawing, no save."""
        return not self._requests and not self._drawn and not SAVES.under_way

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request while the block answers it."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1

    def begin_drawing(self, page: object) -> None:
        """Note that a page has asked to be drawn again, perhaps with answers to save first."""
        self._drawn.add(page)

    def end_drawing(self, page: object) -> None:
        """Note that a page has been drawn, and has been sent its receipts, or is gone."""
        self._drawn.discard(page)


class FinishesFirst:
    """Notes what is under way, and refuses what comes once the server is stopping."""

    def __init__(self, app: ASGIApp, *, under_way: UnderWay) -> None:
        self.app = app
        self.under_way = under_way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif self.under_way.is_stopping:
            await _refuse(scope, receive, send)
        elif scope["type"] == "http":
            with self.under_way.request():
                await self.app(scope, receive, send)
        else:
            await self._connect(scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = object()

        async def take() -> Message:
            message = await receive()
            while message["type"] == "websocket.receive" and self.under_way.is_stopping:
                message = await receive()
            if _asks_for_drawing(message):
                self.under_way.begin_drawing(page)
            return message

        async def send_and_note(message: Message) -> None:
            await send(message)
            if _ends_drawing(message):
                self.under_way.end_drawing(page)

        try:
            await self.app(scope, take, send_and_note)
        finally:
            self.under_way.end_drawing(page)
            forget_ended_sessions()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": SERVICE_RESTART})
    else:
        await PlainTextResponse(STOPPING, 503, {"retry-after": "10"})(scope, receive, send)


def _asks_for_drawing(message: Message) -> bool:
    try:
        asked = BackMsg.FromString(message.get("bytes") or b"")
    except DecodeError:
        return False  # Streamlit closes the connection
    return bool(asked.WhichOneof("type") == "rerun_script")


def _ends_drawing(message: Message) -> bool:
    """Return whether this is the end of a drawing, and not of one that begins again at once."""
    sent = message.get("bytes") or b""
    if not 0 < len(sent) < _LONGEST_END:
        return False
    drawn = ForwardMsg.FromString(sent)
    begins_again = drawn.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return bool(drawn.WhichOneof("type") == "script_finished" and not begins_again)
