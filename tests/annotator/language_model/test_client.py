"""A language model is asked over HTTP, on loopback, and everything that a server can do wrong has an end."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import formatdate

import pytest
from language_models import Answer, FakeModel, fails, fake_model, says, suggests

from annotator.errors import CannotSuggest
from annotator.language_model import client
from annotator.language_model.address import read_address
from annotator.language_model.client import LanguageModel, read_key

MESSAGES = [{"role": "system", "content": "Label."}, {"role": "user", "content": "0 Ship"}]
FINE = suggests("event", 0)

Ask = Callable[..., tuple[LanguageModel, FakeModel]]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Make a model on a server that gives these answers; how long it waited is in `waits`."""
    with ExitStack() as stack:

        def ask(*answers: Answer, key: str | None = None, timeout_s: float = 20) -> tuple[LanguageModel, FakeModel]:
            fake = stack.enter_context(fake_model(answers))
            address = read_address(fake.url, send_text_to=None)
            return LanguageModel(address, "m", key, 64, timeout_s, WAITS.append), fake

        WAITS.clear()
        yield ask


WAITS: list[float] = []


def test_it_is_asked_as_openai_is_and_says_what_it_counted(ask: Ask) -> None:
    model, fake = ask(suggests("event", 0, tokens=31), key="s3cret")
    assert model.ask(MESSAGES) == ('{"label": "event", "words": [0]}', False, 31, "")
    assert fake.paths == ["/v1/chat/completions"]
    assert fake.headers[0]["Authorization"] == "Bearer s3cret"
    assert fake.bodies == [{"model": "m", "messages": MESSAGES, "temperature": 0, "max_tokens": 64}]
    model, fake = ask(says("hm", tokens=None, finish="length"))
    assert model.ask(MESSAGES) == ("hm", True, None, "")
    assert "Authorization" not in fake.headers[0]


def test_no_proxy_gets_the_text(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    model, fake = ask(FINE)
    assert model.ask(MESSAGES).content
    assert len(fake.bodies) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(ask: Ask, status: int) -> None:
    _, elsewhere = ask(FINE)
    model, _ = ask(Answer(b"", status, {"Location": f"{elsewhere.url}/chat/completions"}), key="s3cret")
    with pytest.raises(CannotSuggest, match=r"refers to 127\.0\.0\.1, which is not followed"):
        model.ask(MESSAGES)
    assert elsewhere.bodies == []


@pytest.mark.parametrize(
    ("first", "says_"),
    [
        (fails(401, "no key s3cret"), r"answered 401 \(no key …\): it wants another key; put it into WHYLIGHT_LLM_KEY"),
        (fails(404, "model 'm' not found"), r"answered 404 \(model 'm' not found\): check --model"),
        (fails(400, "max_tokens is unknown\x1b[2J"), r"answered 400 \(max_tokens is unknown \[2J\)"),
        (fails(500, "x" * 999), r"answered 500 \(x{200}…\)"),
        (Answer(b"<html>hello</html>"), r"does not answer as OpenAI's chat completions do \(<html>hello</html>\)"),
        (Answer(b""), r"does not answer as OpenAI's chat completions do \(nothing\)"),
        (Answer(b"[" * 100_000), "does not answer as"),
        (Answer(b'{"choices": []}'), "does not answer as"),
        (Answer(b'{"choices": [{"message": "event"}]}'), "does not answer as"),
        (Answer(b'{"x": "' + b"x" * 5 * 2**20 + b'"}'), "more than 4,194,304 bytes"),
    ],
)
def test_a_server_that_never_answers_as_it_should_ends_the_run_at_once(ask: Ask, first: Answer, says_: str) -> None:
    model, fake = ask(first, key="s3cret")
    with pytest.raises(CannotSuggest, match=says_) as refused:
        model.ask(MESSAGES)
    assert len(fake.bodies) == 1
    assert WAITS == []
    assert str(refused.value).isprintable()


def test_where_no_server_is_nothing_is_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    model = LanguageModel(read_address(f"http://127.0.0.1:{port}/v1", send_text_to=None), "m", None, 64, 5)
    with pytest.raises(CannotSuggest, match=r"cannot be reached \(.*refused.*\); is the server running\?"):
        model.ask(MESSAGES)
    assert model.sends == 0


def test_a_server_that_fails_once_it_has_answered_is_asked_again_three_times(ask: Ask) -> None:
    model, fake = ask(FINE, fails(503), fails(502), FINE, fails(500, "out of memory"))
    assert model.ask(MESSAGES).content
    assert model.ask(MESSAGES).content
    assert (len(fake.bodies), WAITS) == (4, [2.0, 4.0])
    reply = model.ask(MESSAGES)
    assert (reply.content, model.sends) == (None, 7)
    assert reply.why.endswith("answered 500 (out of memory).")


def test_a_sentence_that_the_server_refuses_is_not_sent_again(ask: Ask) -> None:
    model, fake = ask(FINE, fails(413, "too long"), says(None), FINE)
    assert model.ask(MESSAGES).content
    assert "413 (too long)" in model.ask(MESSAGES).why
    assert model.ask(MESSAGES).why == "m answered without a text."
    assert (len(fake.bodies), WAITS) == (3, [])


def test_a_busy_server_is_left_alone_for_as_long_as_it_says(ask: Ask) -> None:
    in_a_minute = formatdate(time.time() + 60, usegmt=True)
    model, fake = ask(fails(429), fails(429, Retry_After="7"), fails(429, Retry_After=in_a_minute), FINE)
    assert model.ask(MESSAGES).content
    assert WAITS[:2] == [2.0, 7.0]
    assert 50 < WAITS[2] <= 60
    model, fake = ask(fails(429, "quota"))
    assert "429 (quota)" in model.ask(MESSAGES).why
    assert len(fake.bodies) == client.TRIES_WHEN_BUSY
    model, fake = ask(fails(429, Retry_After="86400"))
    with pytest.raises(CannotSuggest, match="asks to wait for 86,400 s; run the same command again then"):
        model.ask(MESSAGES)


def test_a_server_that_says_nothing_is_given_up_in_time(ask: Ask) -> None:
    with _silent() as port:
        model = LanguageModel(read_address(f"http://127.0.0.1:{port}/v1", send_text_to=None), "m", None, 64, 0.2)
        with pytest.raises(CannotSuggest, match=r"did not answer within 0\.2 s; `--timeout` gives it longer"):
            model.ask(MESSAGES)


@contextmanager
def _silent() -> Iterator[int]:
    """Listen, and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


def test_a_name_of_this_machine_that_leads_elsewhere_gets_no_text(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    model, fake = ask(FINE)
    monkeypatch.setattr(client, "is_loopback", lambda host: False)
    with pytest.raises(CannotSuggest, match="another machine; nothing was sent to it"):
        model.ask(MESSAGES)
    assert (fake.bodies, model.sends) == ([], 0)


@pytest.mark.parametrize("key", ["a b", "a\r\nX: y", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_refused_unseen(key: str) -> None:
    with pytest.raises(CannotSuggest, match="WHYLIGHT_LLM_KEY") as refused:
        read_key(key)
    assert not re.search(re.escape(key), str(refused.value))
    assert (read_key(""), read_key(None), read_key("sk-1")) == (None, None, "sk-1")
