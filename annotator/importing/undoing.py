"""Undo an import: what it brought leaves the project, what it changed is as before; all of it, or nothing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from annotator.errors import CannotUndo
from annotator.importing.updating import put_into
from annotator.project.permissions import Actor, check_may_act
from annotator.project.sets import delete_set
from annotator.wording import counted, listed, verb_for
from db.corpus import import_changes, imports, sentences, undoing
from db.corpus.import_changes import Change
from db.corpus.imports import ListedImport
from db.corpus.undoing import Left, Since
from db.finding import sets, tags, texts
from db.queue import asked_again
from db.records import Sentence, id_of
from db.store import Store
from db.team import audit


@dataclass(frozen=True)
class Undone:
    """What undoing an import did."""

    number: int
    source: str
    left: Left
    """What left the project."""
    changed_back: int
    """Splits, metadata and tags of other sentences that are as before."""
    changed_since: int
    """Those that were changed again since, and stay."""
    came_along: Mapping[str, int]
    """What else a merge brought with these sentences, by its kind; it stays."""
    sets: tuple[str, ...] = ()
    """The names of sets that a merge brought and that have no other sentence; they are deleted."""


def list_imports(store: Store, *, most: int | None = None, actor: Actor) -> list[ListedImport]:
    """Return the project's imports, or the newest ones, the newest first, undone ones too."""
    check_may_act(store, actor, least="researcher")
    return imports.listed(store, most=most)


def find_import(store: Store, number: int | None, *, actor: Actor) -> ListedImport:
    """Return the import with this number, or the last one that was not undone; raises CannotUndo if there is none."""
    check_may_act(store, actor, least="researcher")
    wanted = imports.last_not_undone(store) if number is None else number
    found = [] if wanted is None else imports.listed(store, number=wanted)
    if not found:
        which = "no import that could be undone" if number is None else f"no import {number}"
        raise CannotUndo(f"The project has {which}; `whylight imports list` shows its imports.")
    return found[0]


def undo_import(store: Store, number: int | None = None, *, actor: Actor) -> Undone:
    """Undo the import with this number, or the last one that was not undone, and report what that did.

    Its sentences and answers leave the project, what the answers superseded counts again, and sentences that it
    changed have their split, metadata and tags of before. Raises CannotUndo, and changes nothing, if it was undone
    already, or if people, rounds or other imports have built on it since.
    """
    chosen = find_import(store, number, actor=actor)
    with store.importing():
        undoing.take_out(store)
        with store.writing():
            check_may_act(store, actor, least="researcher")
            _refuse(chosen, undoing.since(store, chosen.number), is_undone=undoing.is_undone(store, chosen.number))
            back = [_change_back(store, one, actor) for one in import_changes.of_import(store, chosen.number)]
            sets_left = _delete_emptied_sets(store, chosen.number, actor)
            left = undoing.undo(store, chosen.number, actor=actor)
            along = _came_along(store, chosen.number, apart_from=sets_left)
            done = Undone(chosen.number, chosen.source, left, back.count(True), back.count(False), along, sets_left)
            audit.record(store, actor, "import undone", _for_the_audit(done))
        undoing.take_out(store)
    return done


def _delete_emptied_sets(store: Store, number: int, actor: Actor) -> tuple[str, ...]:
    """Delete the sets that came with the import in a merge and are empty without it, and return their names."""
    brought = audit.about_import(store, "merge", number).get("set names", [])
    emptied = [one.name for one in sets.emptied_by(store, number) if one.name in brought]
    return tuple(delete_set(store, name, actor=actor) for name in emptied)


def _came_along(store: Store, number: int, *, apart_from: Collection[str]) -> dict[str, int]:
    """Return how many labels, other sets and rules, and whether the guidelines, came with the import in a merge."""
    merged = audit.about_import(store, "merge", number)
    merged["sets"] = merged.get("sets", 0) - len(apart_from)
    return {what: merged[what] for what in ("labels", "sets", "rules", "guidelines") if merged.get(what)}


def _for_the_audit(done: Undone) -> dict[str, object]:
    counts = {"sentences": done.left.sentences, "answers": done.left.answers, "changed back": done.changed_back}
    return {"import": done.number, "source": done.source, **counts}


def _refuse(chosen: ListedImport, since: Since, *, is_undone: bool) -> None:
    """Raise CannotUndo if the import was undone, or if something has built on it since."""
    name = f"The import of {chosen.source} (number {chosen.number})"
    if is_undone:
        raise CannotUndo(f"{name} was already undone.")
    reasons = []
    if since.texts:
        reasons.append(f"it gave {counted(since.texts, 'sentence')} another text, and the old one is gone for good")
    if since.answered:
        by = counted(since.people, "person", "people")
        of = f"{since.answered:,} of its {counted(chosen.sentences, 'sentence')}"
        reasons.append(f"{of} {verb_for(since.answered, 'has', 'have')} been answered or skipped since, by {by}")
    if since.changed:
        have = verb_for(since.changed, "has", "have")
        reasons.append(f"{since.changed:,} of its sentences {have} been changed by a later import")
    if since.removed:
        have = verb_for(since.removed, "has", "have")
        reasons.append(f"{since.removed:,} of its sentences {have} been removed or corrected since")
    if since.rounds:
        reasons.append(f"{counted(since.rounds, 'round has', 'rounds have')} been at work since")
    if reasons:
        raise CannotUndo(f"{name} cannot be undone, and nothing was changed: {listed(reasons, 'and')}.")


def _change_back(store: Store, change: Change, actor: Actor) -> bool:
    """Make one thing of a sentence what it was before, and return whether that was possible."""
    found = sentences.of_ids(store, [change.sentence_id])
    return bool(found) and _ways[change.what](store, found[0], change, actor)


def _move_back(store: Store, sentence: Sentence, change: Change, _: Actor) -> bool:
    if sentence.split not in (change.before, change.after):
        return False
    for alike in texts.with_the_text_of(store, sentence.id):
        put_into(store, alike, change.before)
    return True


def _restore_metadata(store: Store, sentence: Sentence, change: Change, _: Actor) -> bool:
    if sentence.metadata != change.after:
        return False
    sentences.set_metadata(store, sentence.id, change.before)
    return True


def _remove_tag(store: Store, sentence: Sentence, change: Change, _: Actor) -> bool:
    return tags.remove(store, change.after, [sentence.id]) > 0


def _ask_otherwise(store: Store, sentence: Sentence, change: Change, actor: Actor) -> bool:
    log = asked_again.of_sentences(store, [sentence.id])[sentence.id]
    if log[-1].asked != change.after:
        return False
    asked_again.add(store, sentence.id, asked=change.before, person_id=id_of(actor))
    return True


_ways = {
    "split": _move_back,
    "metadata": _restore_metadata,
    "tag": _remove_tag,
    "asked again": _ask_otherwise,
}
