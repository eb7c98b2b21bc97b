"""What correcting a text does to its sentence, and doing it: for one sentence, or for those of a whole import.

The corrected text is a new sentence with the old one's id in the source, because a sentence's tokens never change
under the answers and the models that refer to them. Each person's answer that counts is carried over: with its marks
if every marked word is still there, otherwise with its label alone, and then its place is open, so that the person is
asked again. An answer that has no place in the queue, such as a decision, reopens the sentence under *Review* instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from annotator.formats.rows import SentenceRow
from annotator.project.permissions import Actor
from annotator.putting_right.carrying import Carrying, carried_key, carrying, to_carry
from db.answers import admissions, annotations
from db.corpus import corrections, removals, sentences
from db.finding import texts
from db.finding.texts import Text
from db.queue import asked_again, slots
from db.records import Annotation, NewAnnotation, NewSentence, Sentence, Split, id_of
from db.store import Store
from db.team import audit


@dataclass(frozen=True)
class Correction:
    """What correcting a text does to the answers of its sentence."""

    sentence: Sentence
    """As it was."""
    corrected: NewSentence
    carried: Carrying
    """Where its words are now."""
    kept: int
    """Answers, decisions and skips that stay as they are."""
    asked_again: int
    """Answers that keep their label and lose their marks, because a marked word is no longer there."""
    notes_dropped: int
    """Notes that have a word which was taken out."""
    metadata_dropped: tuple[str, ...]
    """Fields of metadata that have one."""


def plan_correction(store: Store, old: Sentence, corrected: NewSentence) -> Correction:
    """Return what the corrected text does; the corrected sentence gets the old one's metadata that fits."""
    carried = carrying_to(old, corrected)
    answers = _answers_to(store, old)
    lost = sum(carried.loses_marks_of(answer) for answer in answers)
    kept = carried.metadata(old.metadata)
    return Correction(
        sentence=old,
        corrected=replace(corrected, metadata=kept),
        carried=carried,
        kept=len(answers) - lost,
        asked_again=lost,
        notes_dropped=sum(carried.quotes(answer.observed.note) for answer in answers),
        metadata_dropped=tuple(name for name in old.metadata if name not in kept),
    )


def carrying_to(old: Sentence, corrected: NewSentence | SentenceRow) -> Carrying:
    """Return where the words of a sentence are after the correction."""
    kept = {token.casefold() for token in corrected.query_tokens or ()}
    taken_out = [token for token in old.query_tokens or () if token.casefold() not in kept]
    return carrying(old.tokens, corrected.tokens, taken_out=taken_out)


def other_split(store: Store, old: Sentence, corrected: NewSentence) -> Split | None:
    """Return the split, other than the old sentence's own, in which another one has the corrected text; or None."""
    row = sentences.encode(corrected)
    text = Text(row.token_hash, row.query_tokens)
    split = texts.splits_of(store, [text]).get(text)
    return None if split == old.split else split


def put_in_place(
    store: Store, correction: Correction, *, reason: str | None, actor: Actor, import_id: int | None = None
) -> None:
    """Replace the sentence by the corrected one and carry its answers over, in the caller's transaction."""
    old, carried = correction.sentence, correction.carried
    answers = _answers_to(store, old)
    reopens = _is_reopened(store, old.id, answers) or any(
        carried.loses_marks_of(answer) and slots.held_by(store, answer.id) is None for answer in answers
    )
    new_id = corrections.add(store, old.id, correction.corrected)
    filling: dict[int, int | None] = {}
    for answer in answers:
        lost = carried.loses_marks_of(answer)
        filling[answer.id] = None
        stored = _carry(store, answer, new_id, correction)
        if not lost:
            filling[answer.id] = stored.id
    corrections.take_places(store, old.id, new_id, filling)
    if reopens:
        asked_again.add(store, new_id, asked=True, person_id=id_of(actor))
    removals.add(store, old.id, replaced_by=new_id, reason=reason, person_id=id_of(actor))
    why = {"reason": reason, "import": import_id}
    detail = {"sentence": old.external_id, "kept": correction.kept, "asked again": correction.asked_again}
    audit.record(
        store, actor, "sentence corrected", detail | {name: part for name, part in why.items() if part is not None}
    )


def _answers_to(store: Store, sentence: Sentence) -> list[Annotation]:
    return to_carry(annotations.of_sentences(store, [sentence.id])[sentence.id])


def _carry(store: Store, answer: Annotation, new_id: int, correction: Correction) -> Annotation:
    carried = correction.carried
    new = NewAnnotation(
        sentence_id=new_id,
        person_id=answer.person_id,
        kind=answer.kind,
        submission_key=carried_key(answer.submission_key, sentences.encode(correction.corrected).token_hash),
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
