"""A sentence without one of its words, or with another in its place."""

from annotator.errors import CannotScore
from learner.data.tokenizer import cut

LONGEST_TEXT = 10_000


def words_of(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the words of a text that a person typed, and where they start; raise CannotScore if it has none."""
    if len(text) > LONGEST_TEXT:
        raise CannotScore(f"A sentence to try has at most {LONGEST_TEXT:,} characters, and this has {len(text):,}.")
    tokens, starts = cut(text)
    if not tokens:
        raise CannotScore("There is no word to try; type a sentence.")
    return tuple(tokens), tuple(starts)


def readable(text: str) -> str:
    """Return a typed text as the store can hold it, without white space around it."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode().strip()


def replace_word(text: str, place: int, instead: str) -> str:
    """Return the text with this in place of a word; an empty one deletes the word and the space before it.

    Raises CannotScore if there is no word at that place, or it is the last one left.
    """
    tokens, starts = words_of(text)
    if not 0 <= place < len(tokens):
        raise CannotScore("This word is no longer there; try the sentence again.")
    before, after = text[: starts[place]], text[starts[place] + len(tokens[place]) :]
    if instead:
        return before + instead + after
    return _joined(before, after)


def _joined(before: str, after: str) -> str:
    """Return what is left when a word goes: one of the spaces on its sides goes with it."""
    if before[-1:].isspace() or not before:
        before = before.rstrip()
        after = after if before else after.lstrip()
    return before + after
