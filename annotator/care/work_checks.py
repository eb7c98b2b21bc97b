"""The doctor's questions about rounds, imports, the queue and the configuration."""

from collections.abc import Iterator

from annotator.care.findings import MOST_NAMED, Observation, some
from annotator.importing.cut_off import TODO, cut_off_imports
from annotator.rounds.files import faults_of, large_files, orphans
from annotator.rounds.start import is_silent, rounds_folder
from annotator.rounds.watch import lives
from db import health, project, rounds, slots, texts
from db.records import WORKING_STATES
from db.store import Store, now_ms


def ready_rounds(store: Store) -> Iterator[Observation]:
    """Has every ready round the checkpoint and the saliency that were saved?"""
    ready = [each for each in rounds.all_of(store) if each.state == "ready"]
    faulty = [(each.id, faults) for each in ready if (faults := faults_of(store, each))]
    for number, faults in faulty:
        todo = f"Bring the file back from a copy of the rounds' folder, or `whylight round free` with {number}."
        yield Observation("error", f"Round {number}: {some(faults)}.", todo)
    if not faulty:
        freed = sum(each.freed_ms is not None for each in ready)
        said = f"{len(ready) - freed} ready with the checkpoints and saliency that were saved, {freed} freed"
        yield Observation("ok", said)


def round_leftovers(store: Store) -> Iterator[Observation]:
    """Have ended rounds left large files?"""
    ended = [each for each in rounds.all_of(store) if each.state not in WORKING_STATES]
    idle = [each for each in ended if each.state != "ready" or each.freed_ms is not None]
    left = [str(each.id) for each in idle if large_files(store, each)]
    if left:
        said = f"Files are left of rounds that failed, were cancelled, or were freed: {some(left)}."
        yield Observation("warning", said, f"`whylight round free` with {' '.join(left)} removes them.")


def round_folders(store: Store) -> Iterator[Observation]:
    """Does every folder belong to a round?"""
    if rounds_folder(store.path).is_symlink():
        said = f"{rounds_folder(store.path).name} is a link to elsewhere, and no round can start."
        yield Observation("error", said, "Put a folder with the rounds' files in its place.")
    found = [each.name for each in orphans(store)]
    if found:
        said = f"These belong to no round of this project: {some(found)}."
        yield Observation("warning", said, "Delete them, unless a file kept by a restore needs them.")


def round_at_work(store: Store) -> Iterator[Observation]:
    """Is the round at work alive?"""
    working = rounds.in_progress(store)
    if working is None:
        return
    minutes = (now_ms() - working.heartbeat_ms) // 60_000
    if not is_silent(working):
        yield Observation("ok", f"round {working.id} is {working.state}")
    elif lives(store, working):
        said = f"Round {working.id} is {working.state}; its process {working.pid} lives, silent for {minutes} min."
        todo = f"It may be stopped: `kill -CONT {working.pid}` lets it go on, `whylight round cancel` ends it."
        yield Observation("warning", said, todo)
    else:
        said = f"Round {working.id} is {working.state}, and its process has been silent for {minutes} min."
        todo = "`whylight round list` marks it as failed; then start a new one."
        yield Observation("warning", said, todo)


def imports(store: Store) -> Iterator[Observation]:
    """Has every import come to its end?"""
    for said in cut_off_imports(store):
        yield Observation("warning", said, TODO)


def queue_and_search(store: Store) -> Iterator[Observation]:
    """Is every visible sentence in the queue, and found?"""
    missing = {
        "in nobody's queue": health.without_slots(store),
        "not found by a search": health.not_indexed(store),
    }
    for lack, number in missing.items():
        if number:
            todo = "If no import is running, import the last file again: that brings what is missing and adds nothing."
            yield Observation("warning", f"{number} sentences are {lack}.", todo)
    if not any(missing.values()):
        yield Observation("ok", "every visible sentence has its slots and is found")


def straddling_texts(store: Store) -> Iterator[Observation]:
    """Is each text in one split alone?"""
    number = texts.count_straddling(store)
    if not number:
        yield Observation("ok", "no text is in two splits")
        return
    examples = [
        " = ".join(f"{sentence} ({split})" for split, sentence in text.sentences.items())
        for text in texts.straddling(store, limit=MOST_NAMED)
    ]
    said = f"{number} texts are in more than one split, such as {'; '.join(examples)}."
    todo = (
        "Rounds leave their sentences out of training, and out of dev where test has the text. A sentence never "
        "changes its split: to have each text in one, import the files into a new project."
    )
    yield Observation("warning", said, todo)


def leases(store: Store) -> Iterator[Observation]:
    """Who holds sentences, and are they still there?"""
    held = slots.leases(store)
    abandoned = sum(lease.until_ms < now_ms() for lease in held)
    todo = "They are handed out again by themselves; `whylight leases --release` tidies them away." if abandoned else ""
    yield Observation("ok", f"{len(held) - abandoned} live, {abandoned} abandoned", todo)


def configuration(store: Store) -> Iterator[Observation]:
    """Can people answer, and does a round serve that is there?"""
    settings, labels = project.read(store), project.labels(store)
    in_use = [label for label in labels if not label.retired]
    said = (
        f"{len(in_use)} labels in use, {len(labels) - len(in_use)} retired; overlap {settings.overlap}; "
        f"saliency {settings.saliency_mode}; leases of {settings.lease_minutes} min"
    )
    if len(in_use) < 2 or not any(label.takes_rationale for label in in_use):
        yield Observation("error", said, "Add a label, or reinstate one: `whylight label`.")
    else:
        yield Observation("ok", said)
    if settings.serving_round is not None and rounds.read(store, settings.serving_round).freed_ms is not None:
        todo = "Start a new round: `whylight round start`."
        yield Observation("warning", f"Round {settings.serving_round} serves and was freed.", todo)
