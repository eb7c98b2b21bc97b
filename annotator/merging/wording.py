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
        return [f"{merged.source} brings nothing that the project lacks.", *_kept(merged, dry_run=dry_run)]
    facts = asdict(merged.report) | {"dry_run": dry_run, "skipped": 0, "act": "Merging", "source": merged.source}
    first, *others = sentences_about(facts)
    return [
        f"{merged.source}: {first}",
        *others,
        *remarks_on_answers(facts),
        *remarks_on_old_texts(facts),
        *_around(merged),
        *_kept(merged, dry_run=dry_run),
    ]


def _around(merged: Merged) -> Iterator[str]:
    around = merged.around
    for names, what in ((around.labels, "New labels"), (around.sets, "Sets"), (around.word_rules, "Rules for words")):
        if names:
            yield f"{what}: {listed(_quoted(names), 'and')}."
    if around.guidelines == "taken":
        yield f"The guidelines are those of {merged.source}: the project had none."


def _kept(merged: Merged, *, dry_run: bool) -> Iterator[str]:
    """Yield what the projects say differently, where the project that others are merged into keeps what it has."""
    for name, change in merged.report.changed.items():
        if change.count:
            has, kept = "has" if change.count == 1 else "have", "is kept" if dry_run else "was kept"
            yield (
                f"{counted(change.count, 'sentence')} {has} {_DIFFERS[name]} in {merged.source}; the project's {kept}, "
                f"and --update {name} takes the other."
            )
    if merged.around.guidelines == "different":
        yield f"{merged.source} has other guidelines; the project's {'are' if dry_run else 'were'} kept."


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"“{name}”" for name in names]
