"""Correct the text of one sentence: the old text is removed for good, and people's answers are kept where they fit."""

from dataclasses import dataclass

from annotator.errors import CannotRemove
from annotator.formats.faults import Unfit
from annotator.formats.words import cut
from annotator.project.permissions import Actor, check_may_act
from annotator.putting_right.at_work import nothing_else_at_work
from annotator.putting_right.correcting import Correction, other_split, plan_correction, put_in_place
from annotator.putting_right.removing import erase, find_all, read_reason
from annotator.putting_right.still_holding import StillHolding
from annotator.putting_right.traces import clean_files
from db.care import health
from db.records import NewSentence, Sentence
from db.store import Store


@dataclass(frozen=True)
class Replaced:
    """What correcting a text did."""

    correction: Correction
    sentence_ids: tuple[int, ...]
    """The sentence with the old text."""
    traces: int
    """Rows and files that quoted the old text and no longer do."""
    holding: StillHolding
    not_erased: str | None
    """Why the file could not be rewritten yet; None if it was."""


def preview_replacement(
    store: Store, external_id: str, text: str, *, query: str | None = None, actor: Actor
) -> Correction:
    """Return what `replace_sentence` would do; raises what it raises."""
    check_may_act(store, actor, least="researcher")
    return _planned(store, external_id, text, query)


def replace_sentence(
    store: Store, external_id: str, text: str, *, query: str | None = None, reason: str | None = None, actor: Actor
) -> Replaced:
    """Give a sentence another text, and another query if one is given; the old text is removed for good.

    Raises UnknownSentence for an id without a sentence, CannotRemove for a text that no sentence can have, that it has
    already, or that is in another split, and while a round or an import is at work.
    """
    check_may_act(store, actor, least="researcher")
    reason = read_reason(reason)
    with nothing_else_at_work(store):
        _refuse_unfinished_imports(store)
        correction = _planned(store, external_id, text, query)
        old = correction.sentence
        traces = clean_files(store, [old])
        with store.writing():
            check_may_act(store, actor, least="researcher")
            correction = _planned(store, external_id, text, query)  # someone may have answered meanwhile
            rows = traces.clean_rows(store)
            put_in_place(store, correction, reason=reason, actor=actor)
        not_erased = erase(store)
    return Replaced(correction, (old.id,), traces.files + rows, traces.holding, not_erased)


def _planned(store: Store, external_id: str, text: str, query: str | None) -> Correction:
    (old,) = find_all(store, [external_id])
    corrected = _corrected(old, text, query)
    split = other_split(store, old, corrected)
    if split is not None:
        raise CannotRemove(
            f"Another sentence has this text in {split}, and {old.external_id!r} is in {old.split}: no text may be in "
            "two splits. Remove the sentence instead."
        )
    return plan_correction(store, old, corrected)


def _corrected(old: Sentence, text: str, query: str | None) -> NewSentence:
    try:
        words = cut(text)
        of_query = cut(query, "query") if query is not None else None
    except Unfit as unfit:
        found = f"found {unfit.found}, expected {unfit.expected}"
        raise CannotRemove(f"The new {unfit.field} cannot be used: {found}.") from None
    if words.text == old.text and (of_query is None or of_query.text == old.query):
        raise CannotRemove(f"The sentence {old.external_id!r} already has this text, so nothing was changed.")
    return NewSentence(
        external_id=old.external_id,
        text=words.text,
        tokens=words.tokens,
        starts=words.starts,
        split=old.split,
        query=old.query if of_query is None else of_query.text,
        query_tokens=old.query_tokens if of_query is None else of_query.tokens,
    )


def _refuse_unfinished_imports(store: Store) -> None:
    unfinished = health.unfinished_imports(store)
    if unfinished:
        raise CannotRemove(f"The import of {unfinished[0][0]!r} is unfinished; import it again, then correct the text.")
