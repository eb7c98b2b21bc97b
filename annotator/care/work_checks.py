"""The doctor's questions about rounds, imports, the queue and the configuration."""

from collections.abc import Iterator

from annotator.care.findings import MOST_NAMED, Observation, first_few
from annotator.care.kept_backups import backups_holding
from annotator.importing.cut_off import IMPORT_AGAIN, cut_off_imports
from annotator.project.attached import find_difference, in_words, way_back
from annotator.project.folders import pool_scores_of
from annotator.rounds.files import faults_of, large_files, orphans, rounds_folder
from annotator.rounds.start import is_silent
from annotator.rounds.watch import has_ended, lives
from annotator.wording import counted, verb_for
from db.care import health
from db.corpus import pools, removals
from db.finding import texts
from db.learning import rounds
from db.learning.round_records import WORKING_STATES
from db.queue import claims
from db.records import OWNER
from db.store import Store, now_ms
from db.team import project


def ready_rounds(store: Store) -> Iterator[Observation]:
    """Does every ready round have the checkpoint and the saliency that were saved?"""
    ready = [round_ for round_ in rounds.all_of(store) if round_.state == "ready"]
    faulty = [(round_.name, faults) for round_ in ready if (faults := faults_of(store, round_))]
    for number, faults in faulty:
        todo = f"Restore the file from a copy of the rounds' folder, or run `whylight round free` with {number}."
        yield Observation("error", f"Round {number}: {first_few(faults)}.", todo)
    if not faulty:
        freed = sum(round_.freed_ms is not None for round_ in ready)
        text = f"{len(ready) - freed} ready with the checkpoints and saliency that were saved, {freed} freed"
        yield Observation("ok", text)


def round_leftovers(store: Store) -> Iterator[Observation]:
    """Did ended rounds leave large files?"""
    ended = [round_ for round_ in rounds.all_of(store) if round_.state not in WORKING_STATES]
    idle = [round_ for round_ in ended if round_.state != "ready" or round_.freed_ms is not None]
    left = [round_.name for round_ in idle if large_files(store, round_)]
    if left:
        text = f"Files are left from rounds that failed, were cancelled, or were freed: {first_few(left)}."
        yield Observation("warning", text, f"`whylight round free` with {' '.join(left)} removes them.")


def round_folders(store: Store) -> Iterator[Observation]:
    """Does every folder belong to a round?"""
    if rounds_folder(store.path).is_symlink():
        text = f"{rounds_folder(store.path).name} is a link to elsewhere, so no round can start."
        yield Observation("error", text, "Replace it with a folder that has the rounds' files.")
    names = [folder.name for folder in orphans(store)]
    if names:
        text = f"These belong to no round of this project: {first_few(names)}."
        yield Observation("warning", text, "Delete them, unless a file kept by a restore needs them.")


def round_at_work(store: Store) -> Iterator[Observation]:
    """Is the round at work alive?"""
    working = rounds.in_progress(store)
    if working is None:
        return
    minutes = (now_ms() - working.heartbeat_ms) // 60_000
    todo = "`whylight round list` marks it as failed; then start a new one."
    if has_ended(working):
        yield Observation("warning", f"Round {working.name} is {working.state}, and its process has ended.", todo)
    elif not is_silent(working):
        yield Observation("ok", f"round {working.name} is {working.state}")
    elif lives(store, working):
        text = f"Round {working.name} is {working.state}; its process {working.pid} is alive, silent for {minutes} min."
        todo = f"It may be stopped: `kill -CONT {working.pid}` resumes it, `whylight round cancel` ends it."
        yield Observation("warning", text, todo)
    else:
        text = f"Round {working.name} is {working.state}, and its process has been silent for {minutes} min."
        yield Observation("warning", text, todo)


def pool_outside(store: Store) -> Iterator[Observation]:
    """Is the pool outside the project what was attached, and did a round leave scores of one?"""
    pool = pools.attached(store)
    if pool is not None:
        if difference := find_difference(pool):
            yield Observation("error", f"{difference} No round can start.", way_back(store))
        else:
            yield Observation("ok", f"{in_words(pool)}, as attached")
    if pool_scores_of(store.path).exists() and rounds.in_progress(store) is None:
        text = f"{pool_scores_of(store.path).name} has scores of a round that did not end."
        yield Observation("warning", text, "The next round uses or removes them; you can delete them too.")


def imports(store: Store) -> Iterator[Observation]:
    """Has every import finished?"""
    for text in cut_off_imports(store):
        yield Observation("warning", text, IMPORT_AGAIN)


def queue_and_search(store: Store) -> Iterator[Observation]:
    """Is every visible sentence in the queue, and found by a search?"""
    missing = {
        "not in the queue": health.without_slots(store),
        "not found by a search": health.not_indexed(store),
    }
    for lack, number in missing.items():
        if number:
            todo = "If no import is running, import the last file again: it restores what is missing and adds nothing."
            yield Observation("warning", f"{counted(number, 'sentence is', 'sentences are')} {lack}.", todo)
    if not any(missing.values()):
        yield Observation("ok", "every visible sentence has its slots and is found by a search")


def removed_sentences(store: Store) -> Iterator[Observation]:
    """Is the text of removed sentences gone from the file, and from the backups?"""
    if pending := removals.count_unerased(store):
        text = f"{counted(pending, 'removed sentence')} may still be in free pages of the file."
        todo = f"End other programs that read it, then run `whylight sentence erase {store.path}`."
        yield Observation("error", text, todo)
    elif removals.count(store):
        yield Observation("ok", "the file was rewritten after the last removal")
    if kept := backups_holding(store, actor=OWNER):
        still = f"{counted(len(kept), 'backup')} still {verb_for(len(kept), 'has', 'have')}"
        text = f"{still} the text of removed sentences, such as {kept[0].file}."
        yield Observation("warning", text, f"`whylight sentence list {store.path}` names them.")


def straddling_texts(store: Store) -> Iterator[Observation]:
    """Is each text in only one split?"""
    number = texts.count_straddling(store)
    if not number:
        yield Observation("ok", "no text is in two splits")
        return
    examples = [
        " = ".join(f"{sentence} ({split})" for split, sentence in straddling.sentences.items())
        for straddling in texts.straddling(store, limit=MOST_NAMED)
    ]
    text = f"{counted(number, 'text is', 'texts are')} in more than one split, such as {'; '.join(examples)}."
    todo = (
        "Rounds leave their sentences out of training, and out of dev where test has the text. A sentence never "
        "changes its split: to have each text in one, import the files into a new project."
    )
    yield Observation("warning", text, todo)


def leases(store: Store) -> Iterator[Observation]:
    """Who holds sentences, and are they still there?"""
    held = claims.leases(store)
    abandoned = sum(lease.until_ms < now_ms() for lease in held)
    todo = (
        "They are handed out again automatically; `whylight leases --release` releases them now." if abandoned else ""
    )
    yield Observation("ok", f"{len(held) - abandoned} live, {abandoned} abandoned", todo)


def configuration(store: Store) -> Iterator[Observation]:
    """Can people answer, and does the round that serves still have its files?"""
    settings, labels = project.read(store), project.labels(store)
    in_use = [label for label in labels if not label.retired]
    text = (
        f"{counted(len(in_use), 'label')} in use, {len(labels) - len(in_use)} retired; overlap {settings.overlap}; "
        f"saliency {settings.saliency_mode}; leases of {settings.lease_minutes} min"
    )
    if len(in_use) < 2 or not any(label.takes_rationale for label in in_use):
        yield Observation("error", text, "Add a label, or reinstate one: `whylight label`.")
    else:
        yield Observation("ok", text)
    if settings.serving_round is not None and rounds.read(store, settings.serving_round).freed_ms is not None:
        todo = "Start a new round: `whylight round start`."
        yield Observation("warning", f"Round {settings.serving_round} serves and was freed.", todo)
