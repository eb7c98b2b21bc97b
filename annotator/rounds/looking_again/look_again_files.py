"""The files of a look at the answers, in the folder of the round whose settings it uses: its state, then its result."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from annotator.rounds.start import round_folder
from db.aside import aside, put_in_place
from db.files import is_database
from db.round_records import Round
from db.store import Store, now_ms

RESULT = "look-again.npz"
_STATE = "look-again.json"


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


def set_process(store: Store, round_id: int, /, *, pid: int, process: str | None) -> None:
    """Write that this process looks again, once the process that started it has written so as well."""
    with store.writing():
        write_state(store, round_id, Looking(0.0, 0.0, now_ms(), None, None, pid, process))


def write_state(store: Store, round_id: int, looking: Looking) -> None:
    """Write how far it is."""
    file = round_folder(store, round_id) / _STATE
    with aside(file) as half:
        half.write_text(json.dumps(asdict(looking)))
        put_in_place(half, file)


def remove_state(store: Store, round_id: int) -> None:
    """Remove the state, because there is a result, or because it was cancelled."""
    (round_folder(store, round_id) / _STATE).unlink(missing_ok=True)


def result_file(store: Store, round_id: int) -> Path:
    """Return where the result of a look by this round's settings is, if there is one."""
    return round_folder(store, round_id) / RESULT


def has_result(store: Store, round_id: int) -> bool:
    """Return whether there is a result of a look by this round's settings."""
    return _is_ours(result_file(store, round_id))


def read_state(store: Store, of: Round) -> Looking | None:
    """Return how far the look by this round's settings is, or None if there is none that can be read."""
    file = round_folder(store, of.id) / _STATE
    if not _is_ours(file):
        return None
    try:
        return Looking(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _is_ours(file: Path) -> bool:
    """Return whether it is a regular file of ours: a folder that was received may hold links and databases."""
    return file.is_file() and not file.is_symlink() and not is_database(file)
