"""What undoing an import will do, and did, in sentences: the same for the terminal and the page."""

from collections.abc import Mapping

from annotator.importing.undoing import Undone, find_import
from annotator.project.permissions import Actor
from annotator.wording import clock, counted, listed, verb_for
from db.corpus.imports import ListedImport
from db.store import Store


def question(chosen: ListedImport) -> str:
    """Return the question that a person is asked before an import is undone."""
    brought = f"{counted(chosen.sentences, 'sentence')} and {counted(chosen.answers, 'answer')}"
    return f"Undo the import of {chosen.source} ({clock(chosen.at_ms)}), which brought {brought}?"


def when_undone(store: Store, number: int, *, actor: Actor) -> str | None:
    """Return a sentence about who undid the import with this number, and when; None if it was not undone."""
    return undone_by(find_import(store, number, actor=actor)) or None


def undone_by(chosen: ListedImport) -> str:
    """Return a sentence about who undid this import, and when; empty if it was not undone."""
    if chosen.undone_ms is None:
        return ""
    return f"Undone by {chosen.undone_by or 'the owner of the file'}, {clock(chosen.undone_ms)}."


def undone_in_words(done: Undone) -> list[str]:
    """Return sentences about what undoing an import did."""
    left = done.left
    sentences, answers = counted(left.sentences, "sentence"), counted(left.answers, "answer")
    lines = [f"{sentences} and {answers} left the project."]
    if left.restored:
        counts = verb_for(left.restored, "counts", "count")
        lines.append(f"{counted(left.restored, 'answer')} that they superseded {counts} again.")
    if done.changed_back:
        were = verb_for(done.changed_back, "was", "were")
        lines.append(f"{counted(done.changed_back, 'change')} of other sentences {were} taken back.")
    if done.changed_since:
        what = counted(done.changed_since, "change")
        stay = verb_for(done.changed_since, "stays", "stay")
        lines.append(f"{what} of other sentences {stay}: they were changed again since.")
    if done.sets:
        named = listed([f"“{name}”" for name in done.sets], "and")
        which = "set that it brought, which is" if len(done.sets) == 1 else "sets that it brought, which are"
        lines.append(f"The {which} empty without these sentences, left too: {named}.")
    if done.came_along:
        lines.append(_about_the_rest(done.came_along))
    return lines


def _about_the_rest(brought: Mapping[str, int]) -> str:
    parts = [counted(brought[f"{what}s"], what) for what in ("label", "set") if f"{what}s" in brought]
    if "rules" in brought:
        parts.append(counted(brought["rules"], "rule for words", "rules for words"))
    if "guidelines" in brought:
        parts.append("the guidelines")
    return f"The merge also brought {listed(parts, 'and')}: what of these is still in the project stays."
