"""The paper's tables, with our figures below the paper's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from learner.judging.word_removal import REMOVALS
from learner.reproduction import paper
from learner.reproduction.categories import CATEGORIES

_LEVELS = {"word": "W", "intermediate": "I", "decision": "D"}
_OWN = ("set", "answers", "model")


@dataclass(frozen=True)
class Table:
    """A table of texts; a row has one text per column."""

    title: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables_of(summary: Mapping[str, Any]) -> list[Table]:
    """Return the tables 1, 2, 4 and 5, and the counts that replace tables 3, 6 and 7."""
    return [_table_1(summary), _table_2(summary), _table_4(summary), _table_5(summary), _table_of_categories(summary)]


def markdown(summary: Mapping[str, Any]) -> str:
    """Return the tables as Markdown."""
    lines = ["# The paper's tables, repeated", *(line for paragraph in about(summary) for line in ("", paragraph))]
    for table in tables_of(summary):
        lines += ["", f"## {table.title}", "", table.note, "", f"| {' | '.join(table.columns)} |"]
        lines += ["|" + "---|" * len(table.columns), *(f"| {' | '.join(row)} |" for row in table.rows)]
    return "\n".join(lines) + "\n"


def about(summary: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a reader of the tables must know: the settings, the machine, and each trial that failed."""
    settings = "; ".join(f"{name} {_plain(value)}" for name, value in summary["settings"].items() if value)
    yield f"Mean ± standard deviation over seeds (ddof 0), per cent. {settings}. {summary['machine']}."
    for model in summary["models"]:
        yield from (f"{model['data']}, {model['title']}: a trial failed: {why}" for why in model["failed"])


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _table_1(summary: Mapping[str, Any]) -> Table:
    names = ("precision", "recall", "f1", "accuracy")
    theirs = [
        [*_theirs(model), *(f"{getattr(model, name):.1f}" for name in names), _paper_p(model)] for model in paper.MODELS
    ]
    ours = [
        [*_own(model), *(_figure(model["figures"], name) for name in names), _p(summary, model)]
        for model in summary["models"]
    ]
    note = (
        "Precision, recall and F1 of the positive class (macro averages of three classes). p: McNemar's exact "
        "one-sided test that the taught model is better on the same test sentences; the median over seeds, and "
        "how many seeds are below 0.05."
    )
    return Table("Table 1", note, (*_OWN, "P", "R", "F1", "accuracy", "p"), [*theirs, *ours])


def _table_2(summary: Mapping[str, Any]) -> Table:
    theirs = [
        [*_theirs(model), *(text for value in model.saliency_accuracy for text in (f"{value:.2f}", "–"))]
        for model in paper.MODELS
    ]
    names = [f"saliency_accuracy_{level}{of}" for level in _LEVELS for of in ("", "_unmarked")]
    ours = [[*_own(model), *(_figure(model["figures"], name) for name in names)] for model in summary["models"]]
    note = (
        "Share of marked words whose saliency is positive at the words, the intermediate layer and the decision "
        "layer; next to each the same share of the unmarked words, which the paper does not give."
    )
    columns = [text for short in _LEVELS.values() for text in (short, f"{short} unmarked")]
    return Table("Table 2", note, (*_OWN, *columns), [*theirs, *ours])


def _table_4(summary: Mapping[str, Any]) -> Table:
    theirs = [
        [*_theirs(model), "–", f"{model.tpr0:.1f}", f"{model.tpr1:.1f}", f"{model.delta_tpr:.1f}", "–"]
        for model in paper.MODELS
    ]
    names = ("tpr0", "tpr1", "delta_tpr", "delta_tpr_control")
    ours = [
        [*_own(model), how, *(_figure(model["reliance"][how], name) for name in names)]
        for model in summary["models"]
        for how in REMOVALS
    ]
    note = (
        "True positive rate before (TPR0) and after (TPR1) the marked words are removed, and the drop in per cent of "
        "TPR0: by deleting them, by zero vectors, by the unknown word. Control: as many random unmarked words instead. "
        "The paper does not say how it removes words."
    )
    return Table("Table 4", note, (*_OWN, "removal", "TPR0", "TPR1", "ΔTPR", "control"), [*theirs, *ours])


def _table_5(summary: Mapping[str, Any]) -> Table:
    theirs = [
        [f"{data} (paper)", f"positive {tp}, negative {tn}", "–", f"positive {ep}, negative {en}", "–"]
        for data, (tp, tn, ep, en) in paper.COUNTS.items()
    ]
    ours = [
        [counts["data"], *(text for part in ("training", "test") for text in _counted(counts[part]))]
        for counts in summary["counts"]
    ]
    columns = ("set", "training", "of them marked", "test", "of them marked")
    return Table("Table 5", "Sentences of each set by label.", columns, [*theirs, *ours])


def _table_of_categories(summary: Mapping[str, Any]) -> Table:
    columns = [f"{name} ({samples})" if samples else name for name, samples in CATEGORIES.items()]
    rows = [
        [pair["data"], str(pair["size"]), pair["title"], *(_figure(pair["categories"], name) for name in CATEGORIES)]
        for pair in summary["pairs"]
    ]
    note = (
        "Sentences of the whole test set with a mark, by the categories of appendix D, compared with the untaught "
        "model of the same seed. A model looks if a marked word is among its six most salient. "
        "In brackets: the paper's examples."
    )
    return Table("Tables 3, 6 and 7", note, ("set", "answers", "taught with", *columns), rows)


def _theirs(model: paper.PaperModel) -> list[str]:
    return [f"{model.data} (paper)", "all", "taught" if model.taught else "untaught"]


def _own(model: Mapping[str, Any]) -> list[str]:
    return [model["data"], str(model["size"]), model["title"]]


def _paper_p(model: paper.PaperModel) -> str:
    return f"{paper.MCNEMAR_P[model.data]:g}" if model.taught else "–"


def _p(summary: Mapping[str, Any], model: Mapping[str, Any]) -> str:
    for pair in summary["pairs"]:
        if all(pair[name] == model[name] for name in ("data", "size", "title")) and "median_p" in pair:
            return f"{pair['median_p']:.2g} ({pair['seeds_below_0.05']} of {len(pair['mcnemar'])})"
    return "–"


def _figure(figures: Mapping[str, Mapping[str, float]], name: str) -> str:
    return "{mean:.1f} ± {sd:.1f}".format(**figures[name]) if name in figures else "–"


def _counted(part: Mapping[str, Any]) -> list[str]:
    return [", ".join(f"{name} {count}" for name, count in part["labels"].items()), str(part["marked"])]
