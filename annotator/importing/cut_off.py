"""Imports that did not come to their end: what that means for the people at work, as sentences."""

from db import health
from db.store import Store

TODO = "If it is not running any more, import the file again, with the same options: it goes on where it was."


def cut_off_imports(store: Store) -> list[str]:
    """Say of each import that is not complete what is missing."""
    unseen = [
        f"The import of {source} is not finished; nobody sees its {number} sentences."
        for source, number in health.unfinished_imports(store)
    ]
    seen = [
        f"The import of {source} was cut off behind its sentences; "
        "some may lack their answers, be missing in the queue, or not be found by the search."
        for source in health.incomplete_imports(store)
    ]
    return unseen + seen
