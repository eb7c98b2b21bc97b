"""What is known of a word that a model relies on, in words that a newcomer reads."""

from collections.abc import Sequence

from annotator.rounds.asking.scorer_messages import WithoutWord
from annotator.wording import counted, in_percent, verb_for
from learner.judging.words import Word


def about_answers(word: Word, *, labels: Sequence[str], shares: Sequence[float]) -> list[str]:
    """Return which label the answers with the word have, and how common that label is."""
    label = word.label
    return [
        f"{labels[label]} in {in_percent(word.shares[label], 0)} of {counted(word.sentences, 'answer')}",
        f"of all answers {in_percent(shares[label], 0)}",
    ]


def about_model(word: Word, *, labels: Sequence[str], scored: int) -> list[str]:
    """Return in how many scored sentences it is the top word, and for which label."""
    if word.tops_for is None:
        return ["never the top word"]
    label = max(range(len(word.tops_for)), key=word.tops_for.__getitem__)
    return [
        f"top word in {word.tops:,} of {counted(scored, 'sentence')}",
        f"for {labels[label]} in {in_percent(word.tops_for[label], 0)} of these",
    ]


def about_marks(word: Word) -> list[str]:
    """Return how often people marked it as a reason, and as a word that must not matter."""
    if not word.shown:
        return ["no marks were asked for"]
    reason = f"a reason {word.plus:,} of {counted(word.shown, 'time')}"
    return [reason, f"must not matter {counted(word.minus, 'time')}"] if word.minus else [reason]


def figures_of(word: Word, *, labels: Sequence[str]) -> str:
    """Return the figures that it comes from, for those who know them."""
    q = "q < 0.001" if word.q < 0.001 else f"q = {word.q:.3f}"
    # Adding 0 makes a rounded -0 a 0.
    saliency = "" if word.saliency is None else f" · mean signed saliency {round(word.saliency, 2) + 0:+.2f}"
    return f"z = {word.z[word.label]:.1f} for {labels[word.label]} · {q} (Benjamini and Hochberg){saliency}"


def about_removal(removal: WithoutWord) -> str:
    """Return how many predictions change when the word is deleted."""
    if not removal.sentences:
        return f"No scored pool sentence has \u201c{removal.word}\u201d."
    which, change = "all" if removal.is_all else "the first", verb_for(removal.changed, "changes", "change")
    return (
        f"Without \u201c{removal.word}\u201d, {removal.changed:,} of {counted(removal.sentences, 'prediction')} "
        f"{change} ({which} scored pool sentences with it)."
    )
