"""Tags: short words on sentences, in lower case, for whatever a project needs to find again."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.errors import BadTag
from annotator.names import broken_tag_rule, label_key
from annotator.project.permissions import Actor, check_may_act
from db.corpus import sentences
from db.errors import UnknownSentence
from db.finding import browse, tags
from db.finding.filters import SentenceFilter
from db.records import id_of
from db.store import Store
from db.team import audit


@dataclass(frozen=True)
class Tagged:
    """What tagging sentences did; `take_back_tag` takes the tag and the time."""

    tag: str
    sentences: int
    """Those that got the tag."""
    had_it: int
    """Those that already had it."""
    at_ms: int


def count_tags(store: Store, *, actor: Actor) -> dict[str, int]:
    """Return how many sentences have each tag, by tag."""
    check_may_act(store, actor, least="researcher")
    return tags.counts(store)


def tag_found(store: Store, tag: str, chosen: SentenceFilter, *, actor: Actor) -> Tagged:
    """Give a tag to all sentences that a filter finds now, in one step."""
    check_may_act(store, actor, least="researcher")
    return _add(store, read_tag(tag), browse.all_ids(store, chosen), actor)


def tag_sentence(store: Store, tag: str, external_id: str, *, actor: Actor) -> Tagged:
    """Give a tag to one sentence."""
    check_may_act(store, actor, least="researcher")
    return _add(store, read_tag(tag), [_id_of(store, external_id)], actor)


def take_back_tag(store: Store, tag: str, *, at_ms: int, actor: Actor) -> int:
    """Remove a tag from the sentences that got it at that time, and return how many."""
    with store.writing():
        check_may_act(store, actor, least="researcher")
        removed = tags.take_back(store, tag, at_ms=at_ms)
        audit.record(store, actor, "tag taken back", {"tag": tag, "sentences": removed})
    return removed


def untag_found(store: Store, tag: str, chosen: SentenceFilter, *, actor: Actor) -> int:
    """Remove a tag from all sentences that a filter finds now, and return from how many."""
    check_may_act(store, actor, least="researcher")
    return _remove(store, read_tag(tag), browse.all_ids(store, chosen), actor)


def untag_sentence(store: Store, tag: str, external_id: str, *, actor: Actor) -> int:
    """Remove a tag from one sentence, and return 1, or 0 if it did not have it."""
    check_may_act(store, actor, least="researcher")
    return _remove(store, read_tag(tag), [_id_of(store, external_id)], actor)


def read_tag(tag: str) -> str:
    """Return a tag in lower case; raise BadTag for a word that cannot be one."""
    folded = label_key(tag)
    if refusal := broken_tag_rule(folded):
        raise BadTag(f"{tag.strip()[:50]!r} cannot be a tag: {refusal}.")
    return folded


def _add(store: Store, tag: str, sentence_ids: Sequence[int], actor: Actor) -> Tagged:
    if not sentence_ids:
        raise BadTag("This search finds no sentence, so there is nothing to tag; change it, and tag then.")
    with store.writing():
        check_may_act(store, actor, least="researcher")
        added, at_ms = tags.add(store, tag, sentence_ids, person_id=id_of(actor))
        if added:
            audit.record(store, actor, "sentences tagged", {"tag": tag, "sentences": added})
    return Tagged(tag, added, len(sentence_ids) - added, at_ms)


def _remove(store: Store, tag: str, sentence_ids: Sequence[int], actor: Actor) -> int:
    with store.writing():
        check_may_act(store, actor, least="researcher")
        removed = tags.remove(store, tag, sentence_ids)
        if removed:
            audit.record(store, actor, "tag removed", {"tag": tag, "sentences": removed})
    return removed


def _id_of(store: Store, external_id: str) -> int:
    sentence = sentences.find(store, [external_id]).get(external_id)
    if sentence is None:
        raise UnknownSentence(f"The project has no sentence {external_id!r}; give the id that its file gave it.")
    return sentence.id
