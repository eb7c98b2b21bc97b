"""What the pages and the scorer's process say to each other: one line of JSON each way, over a Unix domain socket.

    {"op": "score", "rounds": [6, -6], "sentences": [{"tokens": ["Never", "again"], "query": null}]}
    {"op": "delete word", "round": 6, "word": "never"}

The answer is `{"answer": …}`, or `{"refused": "one sentence"}`. Nothing is ever unpickled.
"""

import json
import socket
from dataclasses import asdict, dataclass
from typing import Any

from annotator.errors import CannotScore

SOCKET = "scorer.sock"
"""The socket's name in the project's folder of rounds."""
MOST_BYTES = 1_000_000
"""The longest request."""
MOST_BYTES_BACK = 20_000_000
"""The longest answer."""
MOST_SENTENCES = 16
MOST_ROUNDS = 2
MOST_WORDS = 2_000
"""Words of a sentence that is tried."""

_PIECE = 65_536


@dataclass(frozen=True)
class Sentence:
    """A sentence to ask a model about."""

    tokens: tuple[str, ...]
    query: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Scored:
    """What a round's model predicts for a sentence."""

    label: str
    probability: float
    saliency: tuple[float, ...]
    """One number per token, of the view that people see of this model: above 0 it speaks for `explained`."""
    explained: str
    """The label that these are for: `label`, unless the model answers that with a constant."""


@dataclass(frozen=True)
class WithoutWord:
    """What a round's model predicts for the scored pool sentences with a word, once the word is deleted from them."""

    word: str
    sentences: int
    changed: int
    """How many of them are then predicted with another label."""
    is_all: bool
    """Whether these are all scored pool sentences with the word."""
    examples: tuple[tuple[str, str, str], ...]
    """Some that changed: the sentence's id, the label before and after."""


def read_line(connection: socket.socket, *, most: int) -> bytes:
    """Return what comes up to the end of a line, empty if the other side has ended; raise CannotScore if too long."""
    parts, length = [], 0
    while piece := connection.recv(_PIECE):
        parts.append(piece)
        length += len(piece)
        if piece.endswith(b"\n"):
            return b"".join(parts)
        if length > most:
            raise CannotScore(f"More than {most:,} bytes at once were sent to the model; try a shorter sentence.")
    return b""


def line_of(message: dict[str, Any]) -> bytes:
    """Return a message as a line."""
    return json.dumps(message).encode() + b"\n"


def sentence_as_json(sentence: Sentence) -> dict[str, Any]:
    """Return a sentence as a request has it."""
    return asdict(sentence)


def read_sentences(given: Any) -> list[Sentence]:
    """Return the sentences of a request; raise CannotScore for what cannot be asked about."""
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_SENTENCES:
        raise CannotScore(f"A model is asked about 1 to {MOST_SENTENCES} sentences at once; ask about fewer.")
    return [_read_sentence(one) for one in given]


def _read_sentence(given: Any) -> Sentence:
    tokens, query = _words(given["tokens"]), given["query"]
    if not 1 <= len(tokens) <= MOST_WORDS:
        raise CannotScore(f"A sentence to try has 1 to {MOST_WORDS:,} words, and this has {len(tokens):,}.")
    return Sentence(tokens, _words(query) if query else None)


def _words(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        raise CannotScore("The words of a sentence are texts; reload the page and try again.")
    return tuple(given)
