"""The process that keeps the models of rounds loaded, so that the web process needs no torch: one for each project.

`python -m annotator.rounds.asking.scorer_process PROJECT PID STARTED`, started by `annotator/rounds/asking/scorer.py`
at the first question. It listens on a socket in the project's folder of rounds, which only the owner may open, and
ends when no one has asked for a while, when the process that started it (PID, STARTED) has ended, or when the
project's file was moved or restored.
"""

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from annotator.errors import CannotScore
from annotator.processes import become_background, is_alive
from annotator.project.private_files import private_folder
from annotator.rounds.asking import scoring
from annotator.rounds.asking.scorer_messages import MOST_BYTES, MOST_ROUNDS, SOCKET, line_of, read_line, read_sentences
from annotator.rounds.files import rounds_folder
from annotator.rounds.learning.reading import leave_a_core_free
from db.errors import StoreUnavailable
from db.files import identity
from db.opening.locks import file_lock
from db.store import Store
from whylight.errors import Error

IDLE_S = 300.0
LOOKS_EVERY_S = 1.0
"""How often the process looks whether it is still needed."""
PATIENCE_S = 5.0
"""How long a question may take to arrive, and an answer to be taken."""

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")

logger = logging.getLogger(__name__)


@contextmanager
def listening(project: Path) -> Iterator[socket.socket]:
    """Yield the project's socket, which only the owner may open; the name is removed when the block ends."""
    os.chdir(private_folder(rounds_folder(project)))  # a socket's name is short, and the folder's may be long
    Path(SOCKET).unlink(missing_ok=True)  # a killed process left it: this one has the lock
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(SOCKET)
        os.chmod(SOCKET, 0o600)
        server.listen()
        server.settimeout(LOOKS_EVERY_S)
        try:
            yield server
        finally:
            Path(SOCKET).unlink(missing_ok=True)


def answer_questions(server: socket.socket, project: Path, *, starter: tuple[int, str | None], idle_s: float) -> None:
    """Answer one question per connection until the process is no longer needed."""
    models, opened, asked_at = scoring.Models(), identity(project), time.monotonic()

    def is_needed() -> bool:
        is_here = opened is not None and identity(project) == opened
        return is_here and is_alive(*starter) and time.monotonic() - asked_at < idle_s

    while is_needed():
        try:
            connection, _ = server.accept()
        except TimeoutError:
            continue
        with connection:
            _answer(connection, project, models)
        asked_at = time.monotonic()


def _answer(connection: socket.socket, project: Path, models: scoring.Models) -> None:
    connection.settimeout(PATIENCE_S)
    try:
        line = read_line(connection, most=MOST_BYTES)
        if line:
            connection.sendall(line_of(_answer_of(line, project, models)))
    except OSError as error:  # the page that asked is gone
        logger.warning("a question was not answered: %s", error)


def _answer_of(line: bytes, project: Path, models: scoring.Models) -> dict[str, Any]:
    try:
        with Store.open(project) as store:
            return {"answer": _work_on(store, models, json.loads(line))}
    except Exception as error:
        return {"refused": _sentence_about(error)}


def _work_on(store: Store, models: scoring.Models, question: Any) -> Any:
    match question:
        case {"op": "score", "rounds": [*numbers], "sentences": given} if 1 <= len(numbers) <= MOST_ROUNDS:
            asked = read_sentences(given)
            return [[asdict(one) for one in scoring.score(store, models, int(each), asked)] for each in numbers]
        case {"op": "delete word", "round": int(number), "word": str(word)}:
            return asdict(scoring.delete_word(store, models, number, word.lower()))
    raise CannotScore("The model's process does not know this question; restart `whylight serve`.")


def _sentence_about(error: Exception) -> str:
    message = str(error)
    if isinstance(error, MemoryError) or any(words in message.lower() for words in _NO_MEMORY):
        return "There is not enough memory for the model; end other programs, then try again."
    if isinstance(error, Error):
        return f"{message[:1].upper()}{message[1:].rstrip('.')}."
    logger.exception("a question could not be answered")
    return (
        "The model could not be asked, because of a fault in Whylight; scorer.log in the folder of rounds says which."
    )


def main() -> None:
    """Keep the models of the project that the command line names, for the process that it names."""
    os.umask(0o077)
    project, pid, started = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] or None
    become_background(niceness=5)
    try:
        with file_lock(project, purpose="scorer", wait=False), listening(project) as server:
            leave_a_core_free()
            answer_questions(server, project, starter=(pid, started), idle_s=IDLE_S)
    except StoreUnavailable as error:
        logger.info("another process answers: %s", error)


if __name__ == "__main__":
    main()
