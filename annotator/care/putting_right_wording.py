"""What removing or correcting a sentence does, in sentences, the same for the terminal and the page."""

from collections.abc import Iterator, Sequence

from annotator.care.kept_backups import KeptBackup
from annotator.putting_right.correcting import Correction
from annotator.putting_right.removing import Affected
from annotator.putting_right.still_holding import StillHolding
from annotator.putting_right.wording import still_holding_lines
from annotator.wording import counted, first_names, verb_for

_MOST_NAMED = 10


def affected_lines(one: Affected) -> Iterator[str]:
    """Yield what a sentence has that its removal takes away, and which others have its text."""
    parts = [
        counted(number, noun)
        for number, noun in ((one.answers, "answer"), (one.sets, "set"), (one.tags, "tag"))
        if number
    ]
    yield f"It has {', '.join(parts)}." if parts else "It has no answers."
    if one.same_text:
        yield f"The same text stays in {first_names(one.same_text, _MOST_NAMED)}, unless you remove these too."


def correction_lines(correction: Correction) -> Iterator[str]:
    """Yield what correcting a text does to the answers of its sentence."""
    if correction.kept:
        yield f"{counted(correction.kept, 'answer')} {verb_for(correction.kept, 'is', 'are')} kept as given."
    if lost := correction.asked_again:
        what = f"{counted(lost, 'answer')} {verb_for(lost, 'is', 'are')} kept without the marks"
        yield f"{what}, because a marked word is no longer there; the sentence is asked again."
    if notes := correction.notes_dropped:
        yield f"{counted(notes, 'note')} with a word that was taken out {verb_for(notes, 'is', 'are')} dropped."
    if fields := correction.metadata_dropped:
        yield f"Metadata with a word that was taken out is dropped: {', '.join(fields)}."


def holding_lines(holding: StillHolding, kept: Sequence[KeptBackup], *, what_to_do: str) -> Iterator[str]:
    """Yield what still has the text, or words that only it had; `what_to_do` says how backups are removed."""
    if kept:
        yield "These backups still have the text, and restoring one brings it back:"
        yield from (f"  {each.file} · {each.origin}, {each.made:%Y-%m-%d %H:%M} UTC" for each in kept)
        yield what_to_do
    yield from still_holding_lines(holding.rounds, holding.guidelines, holding.files, holding.exports, holding.shards)
