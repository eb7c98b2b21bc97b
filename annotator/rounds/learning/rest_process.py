"""The process that reads the rest of a large pool while a round serves.

`python -m annotator.rounds.learning.rest_process PROJECT ROUND`, started by `annotator/rounds/learning/rest.py`. It
ends as soon as another round is at work, which reads what it needs itself; what has been read is kept.
"""

import os
import time

from annotator.jobs import job_to_do
from annotator.processes import process_start
from annotator.rounds.learning.reading import open_encoder, read_rest
from annotator.rounds.learning.rest import STATE, RestOfPool, set_process
from annotator.rounds.settings import settings_of
from db.learning import rounds
from db.store import Store
from db.team import project


def read_the_rest(store: Store, round_id: int) -> None:
    """Read what the round has left unread, and report how far it is in the round's folder."""
    ended = rounds.read(store, round_id)
    encoder = open_encoder(store, settings_of(ended))
    if encoder is None:
        return
    began = time.monotonic()

    def report(done: int, total: int) -> None:
        seconds = round(time.monotonic() - began, 1)
        STATE.write(store, round_id, RestOfPool(done, total, seconds, os.getpid(), process_start(os.getpid())))

    read_rest(
        store,
        encoder,
        words=ended.metrics["reading"]["words"],
        seed=ended.seed,
        report=report,
        should_stop=lambda: _is_superseded(store, round_id),
    )
    if not _is_superseded(store, round_id):
        STATE.remove(store, round_id)


def _is_superseded(store: Store, round_id: int) -> bool:
    working = rounds.in_progress(store)
    another_is_at_work = working is not None and not working.is_companion
    return another_is_at_work or project.read(store).serving_round != round_id


def main() -> None:
    """Read the rest for the round that the command line names."""
    os.umask(0o077)  # what is read is for the project's owner alone
    with job_to_do(set_process, niceness=15) as (store, round_id):
        read_the_rest(store, round_id)


if __name__ == "__main__":
    main()
