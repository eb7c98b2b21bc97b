"""A server that stops while answers are on their way."""

import json
import re
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from db.answers import annotations
from db.store import Store
from db.team import people, project

pytestmark = pytest.mark.slow

WAIT_S = 60


def figure(server: Any, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.ask("/metrics").body.decode(), re.MULTILINE)
    assert found, name
    return float(found[1])


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not what():
        assert time.monotonic() < deadline, "it did not happen"


def receipts(tab: Any) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = json.loads(tab.component("whylight_word_marker")[1].json)["receipts"]
    return shown


class Annotator:
    """Somebody with the page open, who answers the sentence with that number."""

    def __init__(self, server: Any, name: str, sentence: int) -> None:
        with Store.open(server.project) as store:
            self.whose = {"project": project.read(store).uid, "person": people.find(store, name).uid}  # type: ignore[union-attr]
        self.sentence = sentence
        self.tab = server.connect(server.browser(name))
        self.tab.show()

    def answer(self, key: str) -> None:
        answer = {"key": key, "kind": "answer", "sentence_id": self.sentence, "label": 1, "marks": "+.."}
        self.tab.post(answer, **self.whose)


def stored(server: Any) -> list[str]:
    with Store.open(server.project) as store:
        chains = annotations.of_sentences(store, range(1, 5)).values()
        return sorted(answer.submission_key for chain in chains for answer in chain)


def test_a_server_that_is_stopping_finishes_the_saves_that_have_begun_and_takes_nothing_new(
    serve: Callable[..., Any],
) -> None:
    server = serve("--metrics")
    ann, elsewhere = Annotator(server, "Ann", 1), Annotator(server, "Ann", 2)
    idle = Annotator(server, "Ada", 3)
    with Store.open(server.project) as store, store.writing():  # every save waits
        ann.answer("of-ann-1")
        elsewhere.answer("of-ann-2")
        wait_for(lambda: figure(server, "whylight_saves_under_way") == 2)
        assert figure(server, "whylight_people_signed_in") == 2
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: server.ask("/health").status == 503)
        assert server.ask("/health").body == b"The server is stopping."
        assert server.ask("/health/alive").status == 200
        page = server.ask("/")
        assert (page.status, b"Whylight is stopping" in page.body) == (503, True)
        with pytest.raises(InvalidStatus):
            server.connect(idle.tab.cookies)
        idle.answer("of-ada-1")  # too late: it stays in the browser
    for each, key in ((ann, "of-ann-1"), (elsewhere, "of-ann-2")):
        each.tab.receive_until("script_finished")
        assert [(receipt["key"], receipt["state"]) for receipt in receipts(each.tab)] == [(key, "saved")]
    assert server.process.wait(WAIT_S) == 0
    with pytest.raises(ConnectionClosed):
        idle.tab.receive_until("script_finished")
    assert stored(server) == ["of-ann-1", "of-ann-2"]


def test_a_save_that_takes_too_long_is_given_up_unacknowledged_and_the_exit_code_says_so(
    serve: Callable[..., Any],
) -> None:
    server = serve("--metrics", "--stop-within", "0.2")
    ann = Annotator(server, "Ann", 1)
    with Store.open(server.project) as store, store.writing():
        ann.answer("of-ann-1")
        wait_for(lambda: figure(server, "whylight_saves_under_way") == 1)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(WAIT_S) == 1
        with pytest.raises(ConnectionClosed):
            ann.tab.receive_until("script_finished")
    assert "Not everything was finished within 0.2 s" in (server.folder / "server.log").read_text()
    assert stored(server) == []
