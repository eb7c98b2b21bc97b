"""What `/health` and `/metrics` say, read from the project, this process and the disk."""

import logging
import shutil
from collections import Counter
from pathlib import Path
from typing import get_args

from annotator.pages.operating.exposition import Metric, Sample, gauge, histogram
from annotator.pages.operating.present import count_people
from annotator.pages.operating.saves import BOUNDS_S, OUTCOMES, SAVES
from db.learning import rounds
from db.learning.round_records import RoundState
from db.queue import slots
from db.store import Store
from db.team import project
from whylight.errors import Error

logger = logging.getLogger(__name__)

UNREADABLE = "The project cannot be read now; the server's log says why."


def why_not_ready(path: Path) -> str:
    """Return why no page can be served from this project, in a sentence without names, or nothing if one can."""
    try:
        with Store.open(path) as store:
            project.read(store)
    except (Error, OSError) as error:
        logger.warning("not ready: %s", error)
        return UNREADABLE
    return ""


def read_metrics(path: Path) -> list[Metric]:
    """Return all figures; without those from the project if it cannot be read."""
    try:
        from_project = _of_the_project(path)
    except (Error, OSError) as error:
        logger.warning("figures without the project's: %s", error)
        from_project = []
    readable = gauge("whylight_project_readable", "Whether the project can be opened and read.", bool(from_project))
    return [readable, *from_project, *_of_this_process()]


def _of_the_project(path: Path) -> list[Metric]:
    with Store.open(path) as store:
        states = Counter(each.state for each in rounds.all_of(store))
        asked = slots.counts(store)
    by_state = [Sample(states[state], {"state": state}) for state in get_args(RoundState)]
    free = shutil.disk_usage(path.parent).free
    return [
        Metric("whylight_rounds", "gauge", "Rounds of the project, by state.", by_state),
        gauge("whylight_queue_length", "Answers that the queue still asks for.", asked["open"]),
        gauge("whylight_queue_leased", "Those of them that are in front of people now.", asked["leased"]),
        gauge("whylight_project_bytes", "Size of the project's file.", path.stat().st_size),
        gauge("whylight_disk_free_bytes", "Bytes free for the project's folder.", free),
    ]


def _of_this_process() -> list[Metric]:
    outcomes = [Sample(SAVES.outcomes[outcome], {"outcome": outcome}) for outcome in OUTCOMES]
    return [
        gauge("whylight_people_signed_in", "People who are signed in on a page that is open.", count_people()),
        Metric("whylight_answers_total", "counter", "Answers acknowledged by this process, by outcome.", outcomes),
        Metric("whylight_saves_failed_total", "counter", "Saves that failed.", [Sample(SAVES.failed)]),
        gauge("whylight_saves_under_way", "Saves that have begun and not ended.", SAVES.under_way),
        histogram(
            "whylight_save_seconds",
            "Seconds that a save took, of all answers in one message.",
            bounds=BOUNDS_S,
            counts=SAVES.durations(),
            total=SAVES.seconds,
        ),
    ]
