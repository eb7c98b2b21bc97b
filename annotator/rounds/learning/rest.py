"""The rest of a large pool, which is read in the background once the first round serves: its start and its state.

The state is a file in the round's folder, for as long as there is something left to read.
"""

from dataclasses import dataclass

from annotator import jobs
from annotator.processes import is_alive
from annotator.project.private_files import open_log
from annotator.rounds.files import LOG, round_folder
from annotator.rounds.state_files import WorkState
from annotator.wording import counted, time_left
from db.learning import rounds
from db.learning.round_records import Round
from db.store import Store


@dataclass(frozen=True)
class RestOfPool:
    """How much of the rest of the pool has been read, and by which process."""

    done: int
    total: int
    seconds: float
    pid: int
    process: str | None

    @property
    def is_being_read(self) -> bool:
        """Return whether the process that reads is alive."""
        return is_alive(self.pid, self.process)


STATE = WorkState("reading.json", RestOfPool)


def start_reading_the_rest(store: Store, round_id: int) -> None:
    """Start the process that reads the rest of the pool, if the round is ready and left some of it unread."""
    ended = rounds.read(store, round_id)
    if ended.state != "ready" or not _left_by(ended):
        return
    with open_log(round_folder(store, round_id) / LOG, append=True) as log:
        jobs.start_job("annotator.rounds.learning.rest_process", store.path, round_id, log=log)


def set_process(store: Store, round_id: int, /, *, pid: int, process: str | None) -> None:
    """Write that this process reads the rest, and has read nothing yet."""
    STATE.write(store, round_id, RestOfPool(0, _left_by(rounds.read(store, round_id)), 0.0, pid, process))


def rest_of_pool(store: Store, serving: Round | None) -> RestOfPool | None:
    """Return how far the reading of the rest is, or None if the round that serves left nothing unread."""
    if serving is None or not _left_by(serving):
        return None
    return STATE.read(store, serving.id)


def describe(rest: RestOfPool) -> str:
    """Return a sentence about the rest of the pool."""
    if not rest.is_being_read:
        unread = counted(rest.total - rest.done, "sentence of the pool has", "sentences of the pool have")
        return f"{unread} not been read; the next round continues with what is left."
    left = f", {time_left(rest.seconds, done=rest.done, total=rest.total)}" if rest.done else ""
    return (
        f"Reading the rest of the pool in the background: {rest.done:,} of {rest.total:,}{left}. "
        "The next round scores it too."
    )


def _left_by(ended: Round) -> int:
    return int(ended.metrics.get("reading", {}).get("left", 0))
