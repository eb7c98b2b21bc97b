"""The command that compares two rounds."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from annotator.commands.arguments import AS_JSON, AS_PERSON, MOST, PROJECT, opened, read_round_name
from annotator.commands.contradictions import Command
from annotator.commands.terminal import emit, say, show

if TYPE_CHECKING:
    from annotator.rounds.measuring.changed import ChangedSentence, Seen
    from annotator.rounds.measuring.comparing import RoundComparison

KINDS = ("now-right", "now-wrong", "right-for-the-wrong-words", "right-for-other-words", "both-wrong")
"""`learner.judging.changes.KINDS` as options."""


@click.command("compare", cls=Command)
@PROJECT
@click.argument("before", metavar="A", callback=read_round_name)
@click.argument("after", metavar="B", callback=read_round_name)
@click.option("--split", type=click.Choice(["test", "dev"]), help="The sentences to compare on: test, if there is one.")
@click.option("--changed", type=click.Choice(KINDS), help="Also list the sentences of this kind.")
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="How many of them.")
@AS_PERSON
@AS_JSON
def compare(
    project: Path, before: int, after: int, split: Any, changed: str | None, limit: int, who: str | None
) -> None:
    """Compare the rounds A and B of PROJECT, such as 6-twin and 6, on the same sentences."""
    from annotator.rounds.measuring.changed import as_row, list_changed
    from annotator.rounds.measuring.comparing import compare_rounds

    with opened(project, who) as (store, actor):
        compared = compare_rounds(store, before, after, split=split, actor=actor)
        kind: Any = None if changed is None else changed.replace("-", " ")
        listed = [] if kind is None else list_changed(store, compared, kind, limit=limit, actor=actor)
    _show(compared)
    for each in listed:
        _show_sentence(each)
    emit(_facts(compared) | {"changed": [as_row(each, compared) for each in listed]})


def _show(compared: "RoundComparison") -> None:
    from annotator.commands.tables import listing
    from annotator.rounds.measuring.comparing import heading
    from annotator.rounds.measuring.comparison_tables import (
        categories_table,
        confusion_table,
        figures_table,
        p_value,
        parts_table,
    )
    from annotator.wording import counted, what_intervals_cover

    figures = compared.figures
    say(f"{heading(compared)}, on {counted(figures.sentences, f'{compared.split} sentence')}. {compared.verdict}")
    say(f"{figures.gained:,} now right, {figures.lost:,} now wrong (McNemar {p_value(figures.p)}).")
    for remark in compared.remarks:
        say(remark)
    parts = parts_table(compared, (*compared.parts, *compared.pool))
    for table in (figures_table(compared), confusion_table(compared), parts, categories_table(compared)):
        show(listing(table.head, table.rows))
    say(what_intervals_cover(compared.split))
    say(", ".join(f"{kind}: {count:,}" for kind, count in compared.counts.items()) + ".")


def _show_sentence(changed: "ChangedSentence") -> None:
    """Print a sentence with its marked words, and what both models predict and look at most."""
    marks = changed.marks or ""
    marked = [token for token, mark in zip(changed.tokens, marks, strict=False) if mark == "+"]
    say(f"\n{changed.id} ({changed.gold}): {' '.join(changed.text.split())}")
    say(f"  marked: {', '.join(marked) or 'no word'}")
    for name, seen in (("before", changed.before), ("after", changed.after)):
        looks = _looks(changed.tokens, seen)
        say(f"  {name}: {seen.label} {seen.probability:.2f}, {'right' if seen.is_right else 'wrong'}{looks}")


def _looks(tokens: tuple[str, ...], seen: "Seen") -> str:
    """Return the words that speak most for the label, or for another one, which is named then."""
    if seen.saliency is None:
        return ""
    words = ", ".join(_strongest(tokens, seen.saliency))
    return f", for {words}" if seen.explained == seen.label else f"; words for {seen.explained}: {words}"


def _strongest(tokens: tuple[str, ...], saliency: tuple[float, ...]) -> list[str]:
    order = sorted(range(len(tokens)), key=lambda place: -saliency[place])
    return [tokens[place] for place in order[:6] if saliency[place] > 0] or ["no word"]


def _facts(compared: "RoundComparison") -> dict[str, Any]:
    return {
        "before": compared.before.name,
        "after": compared.after.name,
        "split": compared.split,
        "labels": compared.labels,
        **asdict(compared.figures),
        "verdict": compared.verdict,
        "confusion": {
            "before": compared.confusion.before.tolist(),
            "after": compared.confusion.after.tolist(),
        },
        "counts": dict(compared.counts),
        "categories": dict(compared.categories),
        "parts": [asdict(part) for part in (*compared.parts, *compared.pool)],
        "remarks": compared.remarks,
    }
