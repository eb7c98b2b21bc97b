"""Imports that did not finish, and what is missing because of that, as sentences."""

from annotator.wording import counted
from db.care import health
from db.store import Store

IMPORT_AGAIN = "If it is no longer running, import the file again with the same options: it resumes where it stopped."


def cut_off_imports(store: Store) -> list[str]:
    """Return a sentence about what is missing for each import that is not complete."""
    unseen = [
        f"The import of {source} is not finished; its {counted(number, 'sentence is', 'sentences are')} not visible "
        "yet."
        for source, number in health.unfinished_imports(store)
    ]
    seen = [
        f"The import of {source} was cut off after its sentences; "
        "some may lack their answers, be missing from the queue, or not be found by the search."
        for source in health.incomplete_imports(store)
    ]
    return unseen + seen
