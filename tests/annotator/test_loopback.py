"""This machine has several names, and other machines have names like them."""

import pytest

from annotator.loopback import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((host, True) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1")),
        *((host, False) for host in ("::ffff:192.168.0.7", "localhost.example.com")),
        *((host, False) for host in ("", "0.0.0.0", "192.168.0.7", "::ffff:127.0.0.1", "::")),
    ],
)
def test_an_address_is_of_this_machine_or_not(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
