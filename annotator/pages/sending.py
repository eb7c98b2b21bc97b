"""How the server sends: each piece at once.

Streamlit makes its listening socket without naming a protocol, and asyncio then leaves Nagle's algorithm on: the second
piece of every response waits some 40 ms for the browser to confirm the first, for 70 scripts and every saved answer.
"""

import socket
from functools import wraps

from streamlit.web.server.starlette import starlette_server


def send_at_once() -> None:
    """Make the sockets that Streamlit listens on, and the connections they accept, send without delay (TCP_NODELAY)."""
    bind = starlette_server._bind_socket

    @wraps(bind)
    def bind_without_delay(address: str, port: int, backlog: int) -> socket.socket:
        bound = bind(address, port, backlog)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound

    starlette_server._bind_socket = bind_without_delay
