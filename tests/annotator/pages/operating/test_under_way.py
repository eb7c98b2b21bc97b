"""What counts as under way, and what a second signal does; test_stopping.py stops a server."""

import asyncio
from typing import Any

import uvicorn
from event_loops import run_apart
from starlette.types import Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from annotator.pages.operating.stopping import Stop
from annotator.pages.operating.under_way import FinishesFirst, UnderWay


def received(message: BackMsg | bytes) -> dict[str, Any]:
    return {
        "type": "websocket.receive",
        "bytes": message if isinstance(message, bytes) else message.SerializeToString(),
    }


def sent(status: ForwardMsg.ScriptFinishedStatus.ValueType) -> dict[str, Any]:
    return {"type": "websocket.send", "bytes": ForwardMsg(script_finished=status).SerializeToString()}


def rerun() -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = ""
    message.rerun_script.SetInParent()
    return message


def played(*conversation: dict[str, Any], stops_before_the_end: bool = False) -> tuple[list[bool], list[str]]:
    """Pass a page's conversation through, and return whether the server was idle after each, and what got through."""
    under_way, idle, passed = UnderWay(), [], []
    to_receive = [each for each in conversation if each["type"] != "websocket.send"]

    async def receive() -> Any:
        if stops_before_the_end and len(to_receive) == 1:
            under_way.is_stopping = True
        return to_receive.pop(0) if to_receive else {"type": "websocket.disconnect"}

    async def streamlit(scope: Scope, receive: Receive, send: Send) -> None:
        for each in conversation:
            if each["type"] == "websocket.send":
                await send(each)
            else:
                passed.append((await receive())["type"])
            idle.append(under_way.is_idle())

    async def send(message: Any) -> None:
        return None

    run_apart(FinishesFirst(streamlit, under_way=under_way)({"type": "websocket"}, receive, send))
    assert under_way.is_idle(), "a page that is gone is still waited for"
    return idle, passed


def test_a_page_is_under_way_from_its_message_until_it_has_been_drawn_for_good() -> None:
    early, done = sent(ForwardMsg.FINISHED_EARLY_FOR_RERUN), sent(ForwardMsg.FINISHED_SUCCESSFULLY)
    assert played({"type": "websocket.connect"}, received(rerun()), early, done)[0] == [True, False, False, True]
    fragment = sent(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
    assert played(received(rerun()), fragment)[0] == [False, True]


def test_a_message_that_asks_for_no_drawing_or_is_none_is_not_waited_for() -> None:
    assert played(received(BackMsg(load_git_info=True)), received(b"\xff\xff"), received(b""))[0] == [True, True, True]


def test_a_message_that_comes_too_late_does_not_get_through() -> None:
    ours = received(rerun())
    _, passed = played(ours, ours, stops_before_the_end=True)
    assert passed == ["websocket.receive", "websocket.disconnect"]


def test_a_second_signal_does_not_wait() -> None:
    server = uvicorn.Server(uvicorn.Config("never:loaded"))
    stop = Stop(UnderWay(), within_s=3600)

    async def signals() -> None:
        with stop.under_way.request():
            stop._begin(server)
            await asyncio.sleep(0)
            assert not server.should_exit
            stop._begin(server)

    run_apart(signals())
    stop.watchdog.cancel()
    assert (server.should_exit, server.force_exit, stop.is_complete) == (True, True, False)
