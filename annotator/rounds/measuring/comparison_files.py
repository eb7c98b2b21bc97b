"""The sentences of a comparison as a file: JSON lines with everything, or CSV with a row per sentence."""

import csv
import io
import json
from collections.abc import Iterable

from annotator.rounds.measuring.changed import ChangedSentence, Seen, as_row
from annotator.rounds.measuring.comparing import RoundComparison

_SIDE = ("label", "right", "probability", "probability of gold", "looks", "average precision")


def as_json_lines(compared: RoundComparison, changed: Iterable[ChangedSentence]) -> bytes:
    """Return a line per sentence, with the words, the marks and both models' saliency."""
    lines = (json.dumps(as_row(each, compared), ensure_ascii=False) for each in changed)
    return "".join(f"{line}\n" for line in lines).encode()


def as_csv(compared: RoundComparison, changed: Iterable[ChangedSentence]) -> bytes:
    """Return a row per sentence, without saliency; marked words are joined by spaces."""
    rounds = (compared.before.name, compared.after.name)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["id", "kinds", "gold", "text", "marked", *(f"{name} {about}" for name in rounds for about in _SIDE)])
    for each in changed:
        marked = [token for token, mark in zip(each.tokens, each.marks or "", strict=False) if mark == "+"]
        cells = (each.id, "; ".join(each.kinds), each.gold, each.text, " ".join(marked))
        rows.writerow([*map(_as_text, cells), *_columns(each.before), *_columns(each.after)])
    return text.getvalue().encode()


def _columns(seen: Seen) -> tuple[object, ...]:
    return (
        _as_text(seen.label),
        seen.is_right,
        round(seen.probability, 6),
        round(seen.probability_of_gold, 6),
        seen.looks,
        None if seen.precision is None else round(seen.precision, 6),
    )


def _as_text(cell: str) -> str:
    """Return a text from people so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
