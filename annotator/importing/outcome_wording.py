"""What an import did, or would do, in sentences: the same for the terminal and the page."""

from collections.abc import Iterator, Mapping
from typing import Any

from annotator.wording import counted, listed

_PLACES = {"pool": "the pool", "dev": "dev", "test": "test"}


def sentences_about(report: Mapping[str, Any], *, to_keep: str = "") -> list[str]:
    """Return sentences about an import's report, as read from JSON; `to_keep` says how to keep left-out answers."""
    facts = {**report, "were": "are" if report.get("dry_run") else "were"}
    return [*_about_added(facts), *_about_answers(facts, to_keep), *_about_known(facts), *_about_texts(facts)]


def _about_added(facts: Mapping[str, Any]) -> Iterator[str]:
    splits = [f"{number:,} to {_PLACES[split]}" for split, number in facts["by_split"].items() if number]
    what = f"{counted(facts['added'], 'sentence')}: {listed(splits, 'and')}" if facts["added"] else ""
    if facts.get("dry_run"):
        yield f"Nothing is written yet. An import would add {what or 'no sentence'}."
    elif what:
        yield f"Added {what}."
    elif not any(facts.get(name) for name in ("answers_kept", "asked_again", "tags")) and not _changed(facts):
        yield "Nothing was added."
    if facts.get("went_on"):
        yield "An import of this file had been cut off, and this one resumed it."
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
        verb = "has" if known == 1 else "have"
        without = f"; {skipped:,} {_be(facts, skipped)} skipped" if skipped else ""
        yield f"{counted(known, 'new sentence')} {verb} a text that the project has{without}."

    updated = facts.get("updated", {})
    if moved := updated.get("split"):
        yield f"{counted(moved, 'sentence')} of the project {_be(facts, moved)} put into the split that the file gives."
    if other := updated.get("metadata"):
        yield f"{counted(other, 'sentence')} of the project {_be(facts, other)} given the file's metadata."


def _changed(facts: Mapping[str, Any]) -> bool:
    return any(facts.get("updated", {}).values())


def _about_texts(facts: Mapping[str, Any]) -> Iterator[str]:
    if double := facts["duplicate_texts"]:
        yield f"{counted(double, 'sentence')} {'has' if double == 1 else 'have'} the text of an earlier one."
    for way, number in facts.get("moved", {}).items():
        given, _, got = way.partition(" to ")
        yield (
            f"{counted(number, 'sentence')} {_be(facts, number)} put into {_PLACES[got]} instead of {_PLACES[given]}, "
            "because the same text is there."
        )
    if turned := facts["turned_texts"]:
        verb = "has" if turned == 1 else "have"
        yield f"{counted(turned, 'sentence')} {verb} invisible characters that turn the direction of writing."


def _be(facts: Mapping[str, Any], number: int) -> str:
    one = {"are": "is", "were": "was"}
    return one[facts["were"]] if number == 1 else str(facts["were"])
