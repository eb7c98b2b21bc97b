"""Text goes to this machine, or to exactly the host that was named for it."""

import pytest

from annotator.errors import CannotSuggest
from annotator.language_model.address import read_address


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("http://127.0.0.1:11434/v1", "127.0.0.1", 11434, "/v1/chat/completions"),
        ("http://localhost/v1/", "localhost", 80, "/v1/chat/completions"),
        ("https://[::1]:8000", "::1", 8000, "/chat/completions"),
        ("http://127.9.9.9:1/a/b", "127.9.9.9", 1, "/a/b/chat/completions"),
    ],
)
def test_this_machine_needs_no_word(url: str, host: str, port: int, path: str) -> None:
    address = read_address(url, send_text_to=None)
    assert (address.host, address.port, address.path, address.leaves_machine) == (host, port, path, False)


@pytest.mark.parametrize(
    "host",
    [
        *("api.example.com", "192.168.0.7", "0.0.0.0", "localhost.example.com", "127.0.0.1.example.com", "127.1"),
        *("[2001:db8::1]", "[::ffff:127.0.0.1]", "localhost.", "2130706433"),
    ],
)
def test_another_machine_is_refused_unless_it_is_named(host: str) -> None:
    with pytest.raises(CannotSuggest, match="is another machine, and nothing was sent to it"):
        read_address(f"https://{host}/v1", send_text_to=None)
    named = host.strip("[]")
    address = read_address(f"https://{host.upper()}/v1", send_text_to=named)
    assert (address.host, address.leaves_machine, address.port) == (named, True, 443)


@pytest.mark.parametrize(
    "named", ["example.com", "api.example.com:443", "*.example.com", "api.example.org", "", "127.0.0.1"]
)
def test_the_name_has_to_be_exactly_the_host(named: str) -> None:
    with pytest.raises(CannotSuggest, match="Both have to name the same host"):
        read_address("https://api.example.com/v1", send_text_to=named)


@pytest.mark.parametrize(
    "url",
    [
        *("", "127.0.0.1:8000", "ftp://127.0.0.1/v1", "file:///etc/passwd", "http:///v1", "http://127.0.0.1:99999/v1"),
        *(
            "http://127.0.0.1:8000/v1?key=x",
            "http://127.0.0.1/v1\r\nHost: evil",
            "http://127.0.0.1/a b",
            "http://[::1/v1",
        ),
        *("http://127.0.0.1/v1#x", "http://\u217130.1/v1", "http://127.0.0.1:0/v1"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(CannotSuggest, match="is not the address of a server"):
        read_address(url, send_text_to=None)


def test_a_key_belongs_into_the_environment() -> None:
    with pytest.raises(CannotSuggest, match="put the key into WHYLIGHT_LLM_KEY") as refused:
        read_address("http://me:s3cret@127.0.0.1/v1", send_text_to=None)
    assert "s3cret" not in str(refused.value)
