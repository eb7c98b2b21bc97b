"""What a merge did, or would do, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from annotator.importing.outcome_wording import sentences_about
from annotator.importing.report_wording import remarks_on_answers, remarks_on_old_texts
from annotator.merging.run import Merged
from annotator.wording import counted, listed

_DIFFERS = {"split": "another split", "metadata": "other metadata"}


def merged_in_words(merged: Merged, *, dry_run: bool) -> list[str]:
    """Return sentences about what one project brought."""
    if merged.is_nothing:
        return [f"{merged.source}: nothing that is not in the project.", *_kept(merged)]
    facts = asdict(merged.report) | {"dry_run": dry_run, "skipped": 0}
    first, *others = sentences_about(facts)
    return [
        f"{merged.source}: {first}",
        *others,
        *remarks_on_answers(facts),
        *remarks_on_old_texts(facts),
        *_around(merged),
        *_kept(merged),
    ]


def _around(merged: Merged) -> Iterator[str]:
    around = merged.around
    for names, what in ((around.labels, "New labels"), (around.sets, "Sets"), (around.word_rules, "Rules for words")):
        if names:
            yield f"{what}: {listed(_quoted(names), 'and')}."
    if around.guidelines == "taken":
        yield "The guidelines are its guidelines: the project had none."


def _kept(merged: Merged) -> Iterator[str]:
    """Yield what the projects say differently, where the project that others are merged into keeps what it has."""
    for name, change in merged.report.changed.items():
        if change.count:
            has = "has" if change.count == 1 else "have"
            yield f"{counted(change.count, 'sentence')} {has} {_DIFFERS[name]} there; the project's was kept."
    if merged.around.guidelines == "different":
        yield "Its guidelines are different; the project's were kept."


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"“{name}”" for name in names]
