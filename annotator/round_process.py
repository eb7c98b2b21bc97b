"""The process that works on one round, also on what it brings of a pool outside the project.

`python -m annotator.round_process PROJECT ROUND`, started by `annotator/rounds/start.py`.
"""

import os

from annotator.jobs import job_to_do
from annotator.outside.choosing import choose_outside, remove_scores
from annotator.rounds.learning.process import work_on_round
from annotator.rounds.learning.rest import start_reading_the_rest
from annotator.rounds.start import start_next
from db.learning import rounds


def main() -> None:
    """Work on the round that the command line names."""
    os.umask(0o077)  # what a round writes is for the project's owner alone
    with job_to_do(rounds.set_process, niceness=10) as (store, round_id):
        try:
            work_on_round(store, round_id, outside=choose_outside)
            remove_scores(store, rounds.read(store, round_id))
            start_reading_the_rest(store, round_id)
        finally:
            start_next(store)


if __name__ == "__main__":
    main()
