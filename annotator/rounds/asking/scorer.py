"""Ask the models of rounds about sentences, through a process that is started at the first question.

The process (`annotator/rounds/asking/scorer_process.py`) loads torch and the models, which takes seconds; after that an
answer takes a fraction of one. It needs Unix domain sockets, which Linux and macOS have.
"""

import json
import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotator.errors import CannotScore
from annotator.processes import collect_status, process_start, start_process
from annotator.project.permissions import Actor, check_may_act
from annotator.project.private_files import open_log, private_folder
from annotator.rounds.asking.scorer_messages import (
    MOST_BYTES,
    MOST_BYTES_BACK,
    SOCKET,
    Scored,
    Sentence,
    WithoutWord,
    line_of,
    read_line,
    sentence_as_json,
)
from annotator.rounds.files import rounds_folder
from db.store import Store

LOG = "scorer.log"
START_S = 60.0
"""How long the process may take to listen."""
ANSWER_S = 180.0
"""How long an answer may take: the first one loads the models."""

_LONGEST_ADDRESS = 100  # bytes; the system's limit is 104 or 108
_starting = threading.Lock()

logger = logging.getLogger(__name__)


def score(store: Store, round_ids: Sequence[int], sentences: Sequence[Sentence], *, actor: Actor) -> list[list[Scored]]:
    """Return what the model of each of one or two rounds predicts for each sentence."""
    check_may_act(store, actor, least="researcher")
    answer = _ask(store.path, _to_score(round_ids, sentences))
    return [
        [Scored(one["label"], one["probability"], tuple(one["saliency"]), one["explained"]) for one in of_round]
        for of_round in answer
    ]


def without_word(store: Store, round_id: int, word: str, *, actor: Actor) -> WithoutWord:
    """Return how many predictions for scored pool sentences change when a word is deleted from them."""
    check_may_act(store, actor, least="researcher")
    answer = _ask(store.path, {"op": "delete word", "round": round_id, "word": word})
    examples = tuple((one, before, after) for one, before, after in answer.pop("examples"))
    return WithoutWord(**answer, examples=examples)


def load_ahead(store: Store, round_ids: Sequence[int], sentence: Sentence, *, actor: Actor) -> None:
    """Start to load the models of these rounds in the background, by asking about a sentence, and return at once.

    A failure is only logged: the first question that someone waits for reports it.
    """
    check_may_act(store, actor, least="researcher")
    question = _to_score(round_ids, [sentence])

    def ask() -> None:
        try:
            _ask(store.path, question)
        except (CannotScore, OSError) as error:
            logger.info("the models were not loaded ahead: %s", error)

    threading.Thread(target=ask, daemon=True).start()


def _to_score(round_ids: Sequence[int], sentences: Sequence[Sentence]) -> dict[str, Any]:
    return {"op": "score", "rounds": list(round_ids), "sentences": [sentence_as_json(one) for one in sentences]}


def _ask(project: Path, question: dict[str, Any]) -> Any:
    line = line_of(question)
    if len(line) > MOST_BYTES:
        raise CannotScore(f"The sentences have more than {MOST_BYTES:,} bytes; try a shorter one.")
    # A process that has just decided to end closes the connection without an answer: the next one answers.
    answered = _exchange(project, line) or _exchange(project, line)
    if not answered:
        raise CannotScore(
            "The process with the model ended before it answered, perhaps for lack of memory; end other programs, "
            f"then try again. {LOG} in the folder of rounds may say more."
        )
    answer = json.loads(answered)
    if "refused" in answer:
        raise CannotScore(answer["refused"])
    return answer["answer"]


def _exchange(project: Path, line: bytes) -> bytes:
    """Send a question and return the answer; empty if the process ended without one."""
    with _connected(project.absolute()) as connection:
        connection.settimeout(ANSWER_S)
        try:
            connection.sendall(line)
            return read_line(connection, most=MOST_BYTES_BACK)
        except TimeoutError as error:
            raise CannotScore(f"The model has not answered for {ANSWER_S:.0f} seconds; try again later.") from error
        except ConnectionError:
            return b""


def _connected(project: Path) -> socket.socket:
    """Return a connection to the project's process, which is started if there is none."""
    if not hasattr(socket, "AF_UNIX"):
        raise CannotScore("Trying sentences needs Unix domain sockets, which this system lacks; use Linux or macOS.")
    folder = private_folder(rounds_folder(project))
    with _starting:
        return _connect(folder) or _start(project, folder)


def _start(project: Path, folder: Path) -> socket.socket:
    ours = os.getpid()
    with open_log(folder / LOG) as log:
        process = start_process(
            "annotator.rounds.asking.scorer_process", str(project), str(ours), process_start(ours) or "", log=log
        )
    collect_status(process)
    return _wait_for(folder, process)


def _wait_for(folder: Path, process: "subprocess.Popen[bytes]") -> socket.socket:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if (connection := _connect(folder)) is not None:
            return connection
        if process.returncode is not None:
            break
        time.sleep(0.05)
    raise CannotScore(f"The process that loads the model did not start; {folder / LOG} says why.")


def _connect(folder: Path) -> socket.socket | None:
    """Return a connection to the process that listens in this folder, or None."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_S)
    handle = None
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        connection.connect(_address(folder, handle))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    finally:
        if handle is not None:
            os.close(handle)
    return connection


def _address(folder: Path, handle: int) -> str:
    """Return a name of the folder's socket that is short enough for the system."""
    address = str(folder / SOCKET)
    if len(os.fsencode(address)) <= _LONGEST_ADDRESS:
        return address
    if not Path("/proc/self/fd").is_dir():
        raise CannotScore(f"The path {folder} is too long for a socket; move the project to a folder nearer the root.")
    return f"/proc/self/fd/{handle}/{SOCKET}"
