"""Correct the text of a sentence: the old text is removed for good, and people's answers are kept where they fit.

The corrected text is a new sentence with the old one's id in the source, because a sentence's tokens never change
under the answers and the models that refer to them. Each person's answer that counts is carried over: with its marks
if every marked word is still there, otherwise with its label alone, and then its place is open, so that the person is
asked again. An answer that has no place in the queue, such as a decision, reopens the sentence under *Review* instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.care.carrying import Carrying, carrying
from annotator.care.removing import erase, find_all, nothing_else_at_work, read_reason
from annotator.care.still_holding import StillHolding, still_holding
from annotator.care.traces import clean_files, clean_rows, quotation_of
from annotator.errors import CannotRemove
from annotator.formats.faults import Unfit
from annotator.formats.words import cut
from annotator.project.permissions import Actor, check_may_act
from db import admissions, annotations, asked_again, audit, corrections, health, removals, sentences, slots, texts
from db.records import Annotation, NewAnnotation, NewSentence, Sentence, id_of
from db.store import Store
from db.texts import Text


@dataclass(frozen=True)
class Correction:
    """What correcting a text does to the answers of its sentence."""

    sentence: Sentence
    """As it was."""
    corrected: NewSentence
    kept: int
    """Answers, decisions and skips that stay as they are."""
    asked_again: int
    """Answers that keep their label and lose their marks, because a marked word is no longer there."""
    notes_dropped: int
    """Notes that have a word which was taken out."""
    metadata_dropped: tuple[str, ...]
    """Fields of metadata that have one."""


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
    return _planned(store, external_id, text, query)[0]


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
        correction, carried = _planned(store, external_id, text, query)
        old = correction.sentence
        quotation = quotation_of(store, [old])
        holding = still_holding(store, [old], quotation)
        traces = clean_files(store, [old], quotation)
        with store.writing():
            check_may_act(store, actor, least="researcher")
            correction, carried = _planned(store, external_id, text, query)  # someone may have answered meanwhile
            traces += clean_rows(store, quotation)
            _replace(store, correction, carried, reason, actor)
        not_erased = erase(store)
    return Replaced(correction, (old.id,), traces, holding, not_erased)


def _planned(store: Store, external_id: str, text: str, query: str | None) -> tuple[Correction, Carrying]:
    (old,) = find_all(store, [external_id])
    corrected = _corrected(old, text, query)
    _refuse_other_split(store, old, corrected)
    carried = carrying(old.tokens, corrected.tokens, taken_out=_taken_out(old, corrected))
    answers = _to_carry(store, old.id)
    lost = sum(carried.loses_marks_of(answer) for answer in answers)
    dropped = tuple(name for name, value in old.metadata.items() if carried.quotes(str(value)))
    corrected.metadata.update({name: value for name, value in old.metadata.items() if name not in dropped})
    notes = sum(carried.quotes(answer.observed.note) for answer in answers)
    return Correction(old, corrected, len(answers) - lost, lost, notes, dropped), carried


def _corrected(old: Sentence, text: str, query: str | None) -> NewSentence:
    try:
        words = cut(text)
        of_query = cut(query, "query") if query is not None else None
    except Unfit as unfit:
        raise CannotRemove(f"The {unfit.field} cannot be {unfit.found}; expected {unfit.expected}.") from None
    if words.text == old.text and (of_query is None or of_query.text == old.query):
        raise CannotRemove(f"The sentence {old.external_id!r} has this text already, so nothing was changed.")
    return NewSentence(
        external_id=old.external_id,
        text=words.text,
        tokens=words.tokens,
        starts=words.starts,
        split=old.split,
        query=old.query if of_query is None else of_query.text,
        query_tokens=old.query_tokens if of_query is None else of_query.tokens,
    )


def _taken_out(old: Sentence, corrected: NewSentence) -> Sequence[str]:
    kept = {token.casefold() for token in corrected.query_tokens or ()}
    return [token for token in old.query_tokens or () if token.casefold() not in kept]


def _refuse_other_split(store: Store, old: Sentence, corrected: NewSentence) -> None:
    row = sentences.encode(corrected)
    split = texts.splits_of(store, [Text(row.token_hash, row.query_tokens)]).get(Text(row.token_hash, row.query_tokens))
    if split is not None and split != old.split:
        raise CannotRemove(
            f"Another sentence has this text in {split}, and {old.external_id!r} is in {old.split}: no text may be in "
            "two splits. Remove the sentence instead."
        )


def _refuse_unfinished_imports(store: Store) -> None:
    unfinished = health.unfinished_imports(store)
    if unfinished:
        raise CannotRemove(f"The import of {unfinished[0][0]!r} is unfinished; import it again, then correct the text.")


def _to_carry(store: Store, sentence_id: int) -> list[Annotation]:
    """Return each person's newest answer, decision or skip, without decisions that do not hold, oldest first."""
    log = annotations.of_sentences(store, [sentence_id])[sentence_id]
    return [one for one in log if not one.superseded and not one.withdrawn and one.kind != "withdrawn"]


def _replace(store: Store, correction: Correction, carried: Carrying, reason: str | None, actor: Actor) -> None:
    old, answers = correction.sentence, _to_carry(store, correction.sentence.id)
    reopens = _is_reopened(store, old.id, answers) or any(
        carried.loses_marks_of(answer) and slots.held_by(store, answer.id) is None for answer in answers
    )
    new_id = corrections.add(store, old.id, correction.corrected)
    filling: dict[int, int | None] = {}
    for answer in answers:
        lost = carried.loses_marks_of(answer)
        filling[answer.id] = None
        stored = _carry(store, answer, new_id, carried)
        if not lost:
            filling[answer.id] = stored.id
    corrections.take_places(store, old.id, new_id, filling)
    if reopens:
        asked_again.add(store, new_id, asked=True, person_id=id_of(actor))
    removals.add(store, old.id, replaced_by=new_id, reason=reason, person_id=id_of(actor))
    detail = {"sentence": old.external_id, "kept": correction.kept, "asked again": correction.asked_again}
    audit.record(store, actor, "sentence corrected", detail | ({} if reason is None else {"reason": reason}))


def _carry(store: Store, answer: Annotation, new_id: int, carried: Carrying) -> Annotation:
    new = NewAnnotation(
        sentence_id=new_id,
        person_id=answer.person_id,
        kind=answer.kind,
        submission_key=f"carried-{answer.id}-{new_id}",
        label=answer.label,
        marks=carried.marks(answer.marks),
        observed=carried.observed(answer.observed),
        import_id=answer.import_id,
    )
    stored = annotations.add(store, new, surplus=answer.surplus, created_ms=answer.created_ms)
    corrections.record_carried(store, stored.id, answer.id, marks_lost=carried.loses_marks_of(answer))
    if answer.admitted:
        admissions.pass_on(store, answer.id, stored.id)
    return stored


def _is_reopened(store: Store, sentence_id: int, answers: Sequence[Annotation]) -> bool:
    """Return whether the sentence was reopened for a decision that has not been made yet."""
    after = asked_again.find(store, sentence_id)
    return after is not None and not any(one.kind == "adjudicated" and one.id > after for one in answers)
