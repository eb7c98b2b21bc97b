"""What an import did, or would do, in sentences: the same for the terminal and the page."""

from collections.abc import Iterator, Mapping
from typing import Any

from annotator.wording import counted, listed, verb_for

_SHOWN = 60
"""Characters of a text that is replaced."""
_PLACES = {"pool": "the pool", "dev": "dev", "test": "test"}


IMPORT = {"act": "An import", "source": "the file"}
"""What is done, and what it is done with, as the sentences name them; a merge has words of its own."""


def sentences_about(report: Mapping[str, Any], *, to_keep: str = "") -> list[str]:
    """Return sentences about an import's report, as read from JSON; `to_keep` says how to keep left-out answers."""
    facts = {**IMPORT, **report, "were": "are" if report.get("dry_run") else "were"}
    return [*_about_added(facts), *_about_answers(facts, to_keep), *_about_known(facts), *_about_texts(facts)]


def _about_added(facts: Mapping[str, Any]) -> Iterator[str]:
    splits = [f"{number:,} to {_PLACES[split]}" for split, number in facts["by_split"].items() if number]
    what = f"{counted(facts['added'], 'sentence')}: {listed(splits, 'and')}" if facts["added"] else ""
    if facts.get("dry_run"):
        # A merge that gets this far brings labels, sets or rules.
        changes = brings_anything(facts) or facts["act"] != IMPORT["act"]
        would = f"add {what or 'no sentence'}" if changes else "change nothing"
        yield f"Nothing is written yet. {facts['act']} would {would}."
    elif what:
        yield f"Added {what}."
    elif not brings_anything(facts):
        yield "Nothing was added."
    if facts.get("went_on"):
        yield f"{facts['act']} of {facts['source']} had been cut off, and this one resumed it."
    if aside := sum(facts["set_aside"].values()):
        yield f"{aside:,} of them {_be(facts, aside)} set aside for dev and test, because no line has a split."


def _about_answers(facts: Mapping[str, Any], to_keep: str) -> Iterator[str]:
    if kept := facts["answers_kept"]:
        bare = facts["answers_without_marks"]
        without = f"; {bare:,} of them without marked words, although their label takes them" if bare else ""
        yield f"{counted(kept, 'answer')} {_be(facts, kept)} added{without}."
    if left_out := facts["answers_left_out"]:
        what = counted(left_out, "label")
        yield f"{what} of the pool {_be(facts, left_out)} left out, because people answer the pool.{to_keep}"
    if tags := facts.get("tags"):
        yield f"{counted(tags, 'tag')} {_be(facts, tags)} given to sentences."
    if asked := facts.get("asked_again"):
        yield f"{counted(asked, 'question')} about a sentence {_be(facts, asked)} asked again, or taken back."


def _about_known(facts: Mapping[str, Any]) -> Iterator[str]:
    if known := facts["skipped"]:
        yield f"{counted(known, 'sentence')} {_be(facts, known)} already in the project."
    if removed := facts.get("removed"):
        yield f"{counted(removed, 'sentence')} {_be(facts, removed)} left out: removed from the project for good."
    if outdated := facts.get("outdated"):
        what = counted(outdated, "sentence")
        yield f"{what} {_be(facts, outdated)} left out with the answers: the text was corrected in the project."
    if known := facts.get("known_texts"):
        skipped = facts.get("skipped_texts", 0)
        verb = verb_for(known, "has", "have")
        without = f"; {skipped:,} {_be(facts, skipped)} skipped" if skipped else ""
        yield f"{counted(known, 'new sentence')} {verb} a text that the project has{without}."

    updated, source = facts.get("updated", {}), facts["source"]
    if moved := updated.get("split"):
        yield f"{counted(moved, 'sentence')} of the project {_be(facts, moved)} put into the split that {source} gives."
    if other := updated.get("metadata"):
        yield f"{counted(other, 'sentence')} of the project {_be(facts, other)} given {source}'s metadata."
    yield from _about_new_texts(facts, facts.get("texts", {}))


def _about_new_texts(facts: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[str]:
    if not (number := texts.get("sentences")):
        return
    more = ", …" if number > len(texts["examples"]) else ""
    ids = ", ".join(one["id"] for one in texts["examples"])
    goes = "goes" if facts.get("dry_run") else "is gone"
    yield (
        f"{counted(number, 'sentence')} of the project {_be(facts, number)} given {facts['source']}'s text "
        f"({ids}{more}); the old text {goes} for good."
    )
    for one in texts["examples"]:
        if one["before"] is not None:
            before, after = _where_they_differ(one["before"], one["after"])
            yield f"{one['id']}: “{before}” becomes “{after}”."
    if facts.get("dry_run"):
        yield "Then the project's file is rewritten without the old text; answers wait in people's browsers meanwhile."
    if kept := texts["kept"]:
        yield f"{counted(kept, 'answer')} to {_it(number)} {_be(facts, kept)} kept as given."
    if lost := texts["asked_again"]:
        what = f"{counted(lost, 'answer')} {_be(facts, lost)} kept without marks"
        yield f"{what}, because a marked word is no longer there; people are asked again."
    if notes := texts["notes_dropped"]:
        yield f"{counted(notes, 'note')} with a word that was taken out {_be(facts, notes)} dropped."
    if fields := texts["metadata_dropped"]:
        yield f"Metadata with a word that was taken out {facts['were']} dropped from {counted(fields, 'sentence')}."


def _where_they_differ(before: str, after: str) -> tuple[str, str]:
    """Return both texts from shortly before their first difference, and not much longer."""
    start = max(0, _alike(before, after) - _SHOWN // 3)
    return _cut(before, start), _cut(after, start)


def _alike(before: str, after: str) -> int:
    """Return how many characters both texts begin with."""
    pairs = zip(before, after, strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(before), len(after)))


def _cut(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _it(number: int) -> str:
    return "it" if number == 1 else "them"


def brings_anything(facts: Mapping[str, Any]) -> bool:
    """Return whether an import added something or changed the project, or would."""
    return any(facts.get(name) for name in ("added", "answers_kept", "asked_again", "tags")) or changed_any(facts)


def changed_any(facts: Mapping[str, Any]) -> bool:
    """Return whether sentences of the project got something else from the file."""
    return any(facts.get("updated", {}).values()) or bool(facts.get("texts", {}).get("sentences"))


def _about_texts(facts: Mapping[str, Any]) -> Iterator[str]:
    if double := facts["duplicate_texts"]:
        yield f"{counted(double, 'sentence')} {verb_for(double, 'has', 'have')} the text of an earlier one."
    for way, number in facts.get("moved", {}).items():
        given, _, got = way.partition(" to ")
        yield (
            f"{counted(number, 'sentence')} {_be(facts, number)} put into {_PLACES[got]} instead of {_PLACES[given]}, "
            "because the same text is already there."
        )
    if turned := facts["turned_texts"]:
        verb = verb_for(turned, "has", "have")
        yield f"{counted(turned, 'sentence')} {verb} invisible characters that turn the direction of writing."


def _be(facts: Mapping[str, Any], number: int) -> str:
    one = {"are": "is", "were": "was"}
    return one[facts["were"]] if number == 1 else str(facts["were"])
