"""What the page of one round says, as sections of lines, pairs and small tables."""

from typing import Any

from annotator.rounds.listing import when
from annotator.rounds.loss_wording import loss_in_words
from annotator.rounds.measuring.comparison_tables import FIGURES
from annotator.rounds.measuring.measured import Against, Measured, count_confusion
from annotator.rounds.seeds import OverSeeds
from annotator.wording import clock, figure, from_to, model_of, signed, what_intervals_cover
from db.learning.round_records import Round
from db.store import Store
from db.team import people, project

Section = dict[str, Any]


def about_training(store: Store, shown: Round) -> str:
    """Return one line about what the round is: what it learned from, when, and who started it."""
    starter = None if shown.started_by is None else people.read(store, shown.started_by)
    by = f", started by {starter.name}" if starter is not None else ""
    return f"{loss_in_words(shown)} · {model_of(shown)} · seed {shown.seed} · {when(shown)}{by}"


def figures_table(measured: Measured | None, against: Against | None) -> list[Section]:
    """Return the figures with their intervals, next to those of the twin; nothing for a round that has none."""
    if measured is None:
        return []
    head = ["", "this round", "interval", *(["its twin", "difference"] if against else [])]
    rows = [row for name in FIGURES if (row := _figure(name, measured, against))]
    title = f"Figures on {measured.sentences:,} {measured.split} sentences, in percent"
    old = "An older Whylight kept no more of this round, so there are no intervals."
    notes = [what_intervals_cover(measured.split) if measured.is_whole else old]
    return [{"title": title, "table": {"head": head, "rows": rows}, "lines": notes}]


def seeds_table(found: OverSeeds | None) -> list[Section]:
    """Return the figures over the seeds of a round, its twins and their differences; nothing for one seed."""
    if found is None:
        return []
    head = ["", f"{found.seeds} seeds", *(["twins", "difference"] if found.differences else [])]
    rows = [_over_seeds(name, found) for name in FIGURES if name in found.figures]
    note = "Mean ± standard deviation. Each seed is one training on the same answers."
    title = f"Over seeds, on the same {found.split} sentences, in percent"
    return [{"title": title, "table": {"head": head, "rows": rows}, "lines": [note]}]


def _over_seeds(name: str, found: OverSeeds) -> list[str]:
    row = [FIGURES[name], found.figures[name].in_words()]
    if not found.differences:
        return row
    twin, difference = found.twins.get(name), found.differences.get(name)
    return [*row, twin.in_words() if twin else "–", difference.in_words(as_difference=True) if difference else "–"]


def _figure(name: str, measured: Measured, against: Against | None) -> list[str]:
    estimate = measured.estimates[name]
    if estimate is None:
        return []
    interval = "–" if estimate.interval is None else from_to(estimate.interval.low, estimate.interval.high)
    row = [FIGURES[name], figure(estimate.value), interval]
    if against is None:
        return row
    found = against.comparison.differences[name]
    if found is None:
        return [*row, "–", "–"]
    change = signed(found.points)
    if found.interval is not None:
        change += f" ({from_to(found.interval.low, found.interval.high)})"
    return [*row, figure(found.before), change]


def confusion_table(store: Store, shown: Round) -> list[Section]:
    """Return how often each label was predicted for sentences of each label; nothing if that was not kept."""
    found = count_confusion(store, shown.id)
    if found is None:
        return []
    split, counts = found
    names = [label.name for label in project.labels(store)][: len(counts)]
    rows = [[name, *(f"{count:,}" for count in row)] for name, row in zip(names, counts.tolist(), strict=False)]
    wrong = int(counts.sum() - counts.trace())
    title = f"Confusion on {split}: {wrong:,} of {int(counts.sum()):,} wrong"
    return [{"title": title, "table": {"head": ["people say", *(f"predicted {name}" for name in names)], "rows": rows}}]


def settings_pairs(shown: Round) -> list[tuple[str, str]]:
    """Return the settings of a round as they are on record, and where its files are."""
    settings = {name: value for name, value in shown.config.items() if value is not None}
    record = {
        "device": shown.device,
        "answers up to": shown.last_annotation,
        "training set": shown.training_set_hash,
        "checkpoint": shown.checkpoint,
        "checkpoint SHA-256": shown.checkpoint_hash,
        "files": None if shown.freed_ms is None else f"freed on {clock(shown.freed_ms)}",
    }
    known = {name: value for name, value in record.items() if value is not None}
    return [(name.replace("_", " "), _as_text(value)) for name, value in (settings | known).items()]


def _as_text(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
