"""Which sentences are meant: the filters of the page *Data* and of `whylight export`."""

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from annotator.project.permissions import Actor
    from db.finding.filters import SentenceFilter
    from db.store import Store


class Filters(TypedDict, total=False):
    """What `sentences`, `examples`, `frame` and `export` take; a sentence has to match all that are given."""

    split: Literal["pool", "train", "dev", "test"]
    """`train` is the pool, as in exports."""
    label: str
    """With an answer that counts under this label."""
    person: str
    """Answered by this person."""
    answered: bool
    disagreement: bool
    flagged: bool
    search: str
    """Words in a row, whatever their case and accents; the last may be incomplete."""
    set_name: str
    tag: str
    model: Literal["wrong", "right for the wrong words", "unsure"]
    """What the round that serves makes of it."""
    changed_since: int
    """That round labels it unlike this earlier one."""


def chosen_by(store: "Store", filters: Filters, actor: "Actor") -> "SentenceFilter":
    """Return the store's filter; raises BadFilter for one that cannot be."""
    from annotator.errors import BadFilter
    from annotator.reviewing.browsing import choose

    if unknown := [name for name in filters if name not in Filters.__annotations__]:
        known = ", ".join(Filters.__annotations__)
        raise BadFilter(f"There is no filter {unknown[0]!r}; choose among {known}.")
    named: dict[str, Any] = {name: value for name, value in filters.items() if name not in ("model", "changed_since")}
    return choose(store, **named, among=_among(store, filters, actor))


def _among(store: "Store", filters: Filters, actor: "Actor") -> tuple[int, ...] | None:
    """Return the sentences that a model was asked for, or None if it was not."""
    from annotator.errors import BadFilter
    from annotator.rounds.asking.model_filters import FINDINGS, sentences_changed_since, sentences_found

    if "model" in filters and "changed_since" in filters:
        raise BadFilter("Give either model or changed_since.")
    if "changed_since" in filters:
        return sentences_changed_since(store, filters["changed_since"], actor=actor).ids
    if "model" not in filters:
        return None
    if filters["model"] not in FINDINGS:
        raise BadFilter(f"There is no model filter {filters['model']!r}; choose one of {', '.join(FINDINGS)}.")
    return sentences_found(store, filters["model"], actor=actor).ids
