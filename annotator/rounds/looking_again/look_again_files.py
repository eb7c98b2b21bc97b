"""The files of a look at the answers, in the folder of the round whose settings it uses: its state, then its result."""

from dataclasses import dataclass
from pathlib import Path

from annotator.rounds.files import is_plain_file, round_folder
from annotator.rounds.state_files import WorkState
from db.store import Store, now_ms

RESULT = "look-again.npz"


@dataclass(frozen=True)
class Looking:
    """How far the trainings are, and which process does them."""

    done: float
    """The share that is done, 0 to 1."""
    seconds: float
    """The time that was spent on it, without waiting."""
    begun_ms: int
    waits_for: str | None
    """The round at work, while it waits for that one to end."""
    error: str | None
    """Why it failed; None while it works."""
    pid: int
    process: str | None


STATE = WorkState("look-again.json", Looking)


def set_process(store: Store, round_id: int, /, *, pid: int, process: str | None) -> None:
    """Write that this process looks again, once the process that started it has written so as well."""
    with store.writing():
        STATE.write(store, round_id, Looking(0.0, 0.0, now_ms(), None, None, pid, process))


def result_file(store: Store, round_id: int) -> Path:
    """Return where the result of a look by this round's settings is, if there is one."""
    return round_folder(store, round_id) / RESULT


def has_result(store: Store, round_id: int) -> bool:
    """Return whether there is a result of a look by this round's settings."""
    return is_plain_file(result_file(store, round_id))
