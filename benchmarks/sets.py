"""How fast are sets, tags and counts on a large project?

A set of every second sentence is saved, asked for, answered from and compared, and the same sentences are tagged.

    python benchmarks/sets.py [--sentences 100000] [--answered 20000] [--folder FOLDER] [--json]
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from size import Figures, answer_to, megabytes, spread, timed, write_sentences

from annotator.answering.asking_next import ask_next, take_back
from annotator.answering.queue import keep_slots, lease_slots, submit
from annotator.importing.run import import_file
from annotator.project.people import sign_in
from annotator.project.sets import list_sets, save_set
from annotator.project.tags import tag_found, take_back_tag
from annotator.reviewing.browsing import choose, count_sentences, list_sentences
from annotator.reviewing.tallies import tally
from db.answers import annotations
from db.corpus import sentences
from db.finding.filters import EVERYTHING, SentenceFilter
from db.queue import slots
from db.records import OWNER, Label, Person
from db.store import Store


def main() -> None:
    """Measure, and print the figures."""
    options = _parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file, project = Path(folder, "sentences.jsonl"), Path(folder, "sets.db")
        write_sentences(file, options.sentences)
        with Store.create(project, labels=[Label(0, "none"), Label(1, "event")]) as store:
            import_file(store, file, actor=OWNER)
            before = megabytes(project)
            person = sign_in(store, "Anna")
            _answer(store, person, options.answered)
            figures: Figures = {"sentences": options.sentences, "answered": options.answered}
            figures |= measure_saving(store)
            figures |= measure_asking(store, person)
            figures |= measure_tags(store)
            figures |= measure_counts(store)
            figures["project file grew by MB"] = megabytes(project) - before
    for name, value in figures.items():
        print(f"{name:44} {value:12,.2f}")
    if options.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def measure_saving(store: Store) -> Figures:
    """Save half of the sentences as a set, list it, and turn its pages."""
    half = SentenceFilter(among=tuple(range(1, sentences.count(store) + 1, 2)))
    figures = {"save a set s": timed(partial(save_set, store, "half", half, {}, actor=OWNER))}
    save_set(store, "every sentence", EVERYTHING, {}, actor=OWNER)
    figures |= spread("list two sets", [timed(partial(list_sets, store, actor=OWNER)) for _ in range(20)])
    in_set = choose(store, set_name="half")
    pages = [
        timed(partial(list_sentences, store, in_set, after_id=after, actor=OWNER)) for after in range(0, 5000, 100)
    ]
    figures |= spread("a page of a set", pages)
    answered = choose(store, set_name="half", answered=False)
    return figures | {"count a set with a filter s": timed(partial(count_sentences, store, answered, actor=OWNER))}


def measure_asking(store: Store, person: Person) -> Figures:
    """Ask for the set, and work on it as the annotation screen does, without and with a set."""
    figures = spread("save without a set", list(_work(store, person, 300)))
    figures["ask for a set s"] = timed(partial(ask_next, store, "half", actor=OWNER))
    figures |= spread("save with a set", list(_work(store, person, 300)))
    _answer_set(store, person)
    figures |= spread("save with a set that is done", list(_work(store, person, 300)))
    return figures | {"take a set back s": timed(partial(take_back, store, "half", actor=OWNER))}


def measure_tags(store: Store) -> Figures:
    """Tag half of the sentences, find them, and take that back."""
    half = choose(store, set_name="half")
    figures = {"tag half of the sentences s": timed(lambda: tag_found(store, "half", half, actor=OWNER))}
    tagged = choose(store, tag="half")
    turns = [timed(partial(list_sentences, store, tagged, actor=OWNER)) for _ in range(50)]
    figures |= spread("a page of a tag", turns)
    again = tag_found(store, "all", EVERYTHING, actor=OWNER)
    back = partial(take_back_tag, store, "all", at_ms=again.at_ms, actor=OWNER)
    return figures | {"take all tags back s": timed(back)}


def measure_counts(store: Store) -> Figures:
    """Count a set and the whole project, as the page compares them."""
    half = choose(store, set_name="half")
    return {
        "counts of a set s": timed(partial(tally, store, half, actor=OWNER)),
        "counts of the project s": timed(partial(tally, store, EVERYTHING, actor=OWNER)),
    }


def _work(store: Store, person: Person, answers: int) -> Iterator[float]:
    """Answer as a page does, and yield the seconds of each save with the lookup of what comes next."""
    held = [slot.sentence_id for slot in lease_slots(store, person, holding=(), rng=random.Random(0))]
    for _ in range(answers):
        started = time.perf_counter()
        submit(store, person, answer_to(held[0], person))
        held = [slot.sentence_id for slot in keep_slots(store, person, holding=held[1:])]
        yield time.perf_counter() - started


def _answer(store: Store, person: Person, number: int) -> None:
    with store.writing():
        for slot in slots.upcoming(store, number):
            slots.fill(store, slot.id, person.id, annotations.add(store, answer_to(slot.sentence_id, person)).id)


def _answer_set(store: Store, person: Person) -> None:
    """Answer all that is left of the set, in one transaction."""
    rows = store.db.execute("SELECT sentence_id FROM requested_sentences").fetchall()
    with store.writing():
        for (sentence_id,) in rows:
            slot = slots.place_for(store, person.id, sentence_id)
            if slot is not None:
                slots.fill(store, slot, person.id, annotations.add(store, answer_to(sentence_id, person)).id)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=100_000)
    parser.add_argument("--answered", type=int, default=20_000, help="sentences that are answered before")
    parser.add_argument("--folder", type=Path, help="where to work; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    return parser


if __name__ == "__main__":
    main()
