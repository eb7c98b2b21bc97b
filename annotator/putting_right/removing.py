"""Remove sentences for good: their text is blanked wherever the project keeps it, and that it was removed stays.

The order matters. What can be found only while the text is known comes first, then one transaction removes the
sentences, and last the file is rewritten. A process that is killed before the transaction has removed nothing, and
can do it again; after it, the doctor says that the file is still to be rewritten, and `erase_removed` does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.errors import CannotRemove
from annotator.project.permissions import Actor, check_may_act
from annotator.putting_right.at_work import nothing_else_at_work
from annotator.putting_right.still_holding import StillHolding
from annotator.putting_right.traces import clean_files
from db.answers import annotations
from db.corpus import quotes, removals, sentences
from db.corpus.removals import Removal
from db.errors import StoreUnavailable, UnknownSentence
from db.finding import sets, tags
from db.records import Sentence, id_of
from db.store import Store
from db.team import audit

LONGEST_REASON = 500


@dataclass(frozen=True)
class Affected:
    """What a sentence has that its removal takes away."""

    external_id: str
    text: str
    answers: int
    """All that were given to it, with decisions and skips."""
    sets: int
    tags: int
    same_text: tuple[str, ...]
    """Other sentences with the same words, which stay."""


@dataclass(frozen=True)
class Removed:
    """What removing sentences did."""

    sentence_ids: tuple[int, ...]
    traces: int
    """Rows and files that quoted them and no longer do."""
    holding: StillHolding
    not_erased: str | None
    """Why the file could not be rewritten yet; None if it was."""


def affected_by(store: Store, external_ids: Sequence[str], *, actor: Actor) -> list[Affected]:
    """Return what removing these sentences would take away; raises UnknownSentence for an id without a sentence."""
    check_may_act(store, actor, least="researcher")
    return [_affected(store, sentence) for sentence in find_all(store, external_ids)]


def remove_sentences(store: Store, external_ids: Sequence[str], *, reason: str | None = None, actor: Actor) -> Removed:
    """Remove these sentences, all of them or none: no one is asked about them, and nothing counts or exports them.

    Raises UnknownSentence for an id without a sentence, CannotRemove while a round or an import is at work.
    """
    check_may_act(store, actor, least="researcher")
    reason = read_reason(reason)
    with nothing_else_at_work(store):
        removed = find_all(store, external_ids)
        traces = clean_files(store, removed)
        with store.writing():
            check_may_act(store, actor, least="researcher")
            for sentence in removed:
                removals.add(store, sentence.id, reason=reason, person_id=id_of(actor))
                detail = {"sentence": sentence.external_id} | ({} if reason is None else {"reason": reason})
                audit.record(store, actor, "sentence removed", detail)
            rows = traces.clean_rows(store)
        not_erased = erase(store)
    ids = tuple(sentence.id for sentence in removed)
    return Removed(ids, traces.files + rows, traces.holding, not_erased)


def erase_removed(store: Store, *, actor: Actor) -> int:
    """Rewrite the file without what was removed, and return how many removals that concerns; none are left then.

    Raises StoreUnavailable while another program reads the project.
    """
    check_may_act(store, actor, least="researcher")
    pending = removals.count_unerased(store)
    if pending:
        removals.erase(store)
    return pending


def list_removals(store: Store, *, actor: Actor) -> list[Removal]:
    """Return the sentences that were removed or replaced, the newest first."""
    check_may_act(store, actor, least="researcher")
    return removals.all_of(store)


def find_all(store: Store, external_ids: Sequence[str]) -> list[Sentence]:
    """Return these sentences, each once; raises UnknownSentence for an id without one."""
    wanted = list(dict.fromkeys(external_ids))
    found = sentences.find(store, wanted)
    for name in wanted:
        if name in found:
            continue
        if name in removals.removed_among(store, [name]):
            raise UnknownSentence(
                f"The sentence {name!r} has already been removed; `whylight sentence list` says when."
            )
        raise UnknownSentence(f"The project has no sentence {name!r}; give the id that its file gave it.")
    return [found[name] for name in wanted]


def read_reason(reason: str | None) -> str | None:
    """Return a reason without white space around it, or None for an empty one; raises CannotRemove for a long one."""
    reason = (reason or "").strip()
    if len(reason) > LONGEST_REASON:
        raise CannotRemove(f"The reason has {len(reason)} characters; shorten it to {LONGEST_REASON}.")
    return reason or None


def erase(store: Store) -> str | None:
    """Rewrite the file without what was removed, and return why that was not possible, or None."""
    try:
        removals.erase(store)
    except StoreUnavailable as error:
        return str(error)
    return None


def _affected(store: Store, sentence: Sentence) -> Affected:
    return Affected(
        external_id=sentence.external_id,
        text=sentence.text,
        answers=len(annotations.of_sentences(store, [sentence.id])[sentence.id]),
        sets=len(sets.names_of(store, sentence.id)),
        tags=len(tags.of_sentences(store, [sentence.id]).get(sentence.id, ())),
        same_text=tuple(quotes.others_with_text(store, sentence.id)),
    )
