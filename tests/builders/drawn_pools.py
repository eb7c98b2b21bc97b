"""Sentences of a pool outside a project."""

from typing import Any


def record(number: int) -> dict[str, Any]:
    """Return a sentence of the pool, one in three of which is an event."""
    verb = "sank" if number % 3 == 0 else "slept"
    return {"id": f"out-{number}", "text": f"The  barge {verb} p{number}.", "page": number, "place": {"port": "Hull"}}
