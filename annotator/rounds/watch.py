"""Whether the process of a round is alive, and how to end it when it does not react to being cancelled."""

from pathlib import Path

from annotator import processes
from annotator.processes import end_process, is_alive, is_stopped
from db.learning.round_records import WORKING_STATES, Round
from db.store import Store


def lives(store: Store, working: Round) -> bool:
    """Return whether the process that works on this round is alive; a stopped process is.

    False where that is not known: for a round of an older Whylight, or on a machine without /proc.
    """
    if working.pid is None or working.process is None or not is_alive(working.pid, working.process):
        return False
    return _works_on(working.pid, store.path, working.id)


def has_ended(working: Round) -> bool:
    """Return whether the process of this round is known to have ended, as after a `kill -9`, however short ago.

    False for one of another machine, boot or container: whether it lives, only its silence says.
    """
    if working.pid is None or working.process is None:
        return False
    return processes.has_ended(working.pid, working.process)


def is_unresponsive(store: Store, working: Round, *, silent: bool) -> bool:
    """Return whether the round's process is alive but would not notice that it was cancelled."""
    if working.state not in WORKING_STATES or not lives(store, working):
        return False
    return silent or is_stopped(working.pid or 0)


def end(store: Store, working: Round) -> bool:
    """End the round's process, gently at first, and return whether it is gone."""
    return not lives(store, working) or end_process(working.pid or 0, working.process)


def _works_on(pid: int, project_file: Path, round_id: int) -> bool:
    """Return whether the process was started for this file: a copy of the project has the round's row too."""
    try:
        *_, path, number, _ = Path(f"/proc/{pid}/cmdline").read_text(errors="surrogateescape").split("\0")
    except PermissionError:
        return True  # it is alive, and we may not see what it is
    except (OSError, ValueError):
        return False
    return number == str(round_id) and Path(path).resolve() == project_file.resolve()
