"""Try a sentence on the models of one or two rounds, change a word of it, and keep what was tried as a list."""

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotator.errors import CannotScore
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.asking import scorer
from annotator.rounds.asking.editing import readable, replace_word, words_of
from annotator.rounds.asking.scorer_messages import Scored, Sentence
from db.learning import rounds, tried
from db.learning.round_records import Round
from db.records import id_of
from db.store import Store

MOST_LISTED = 50

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Version:
    """A sentence as it was tried, and what each round made of it."""

    text: str
    scored: tuple[Scored, ...]


@dataclass(frozen=True)
class Change:
    """A changed word, and the sentence with the change."""

    word: str
    instead: str
    """Empty if the word was deleted."""
    after: Version


@dataclass(frozen=True)
class Trial:
    """A sentence that was tried on the models of some rounds."""

    id: int
    query: str
    rounds: tuple[int, ...]
    before: Version
    change: Change | None = None

    @property
    def flips(self) -> tuple[bool, ...]:
        """Return for each round whether the change gives the sentence another label."""
        if self.change is None:
            return tuple(False for _ in self.rounds)
        pairs = zip(self.before.scored, self.change.after.scored, strict=True)
        return tuple(before.label != after.label for before, after in pairs)


def rounds_to_try(store: Store, *, actor: Actor) -> list[Round]:
    """Return the rounds and twins whose models can be asked, newest first."""
    check_may_act(store, actor, least="researcher")
    return [one for one in rounds.all_of(store) if one.checkpoint and one.freed_ms is None and one.deleted_ms is None]


def try_sentence(store: Store, text: str, round_ids: Sequence[int], *, query: str = "", actor: Actor) -> Trial:
    """Ask one or two rounds about a sentence, keep it in the person's list, and return what they made of it."""
    check_may_act(store, actor, least="researcher")
    text, query = readable(text), readable(query)
    (before,) = _ask(store, [text], query, round_ids, actor)
    return _keep(store, Trial(0, query, tuple(round_ids), before), actor)


def change_word(store: Store, text: str, place: int, instead: str, asked: Trial, *, actor: Actor) -> Trial:
    """Ask the rounds of a trial about one of its texts with this in place of a word; an empty one deletes the word."""
    check_may_act(store, actor, least="researcher")
    changed = replace_word(text, place, readable(instead))
    before, after = _ask(store, [text, changed], asked.query, asked.rounds, actor)
    change = Change(words_of(text)[0][place], readable(instead), after)
    return _keep(store, Trial(0, asked.query, asked.rounds, before, change), actor)


def list_tried(store: Store, *, actor: Actor) -> list[Trial]:
    """Return what this person tried last, newest first."""
    check_may_act(store, actor, least="researcher")
    rows = tried.of_person(store, id_of(actor), most=MOST_LISTED)
    return [trial for row in rows if (trial := _read(row)) is not None]


def remove_tried(store: Store, tried_id: int, *, actor: Actor) -> None:
    """Remove a sentence from this person's list."""
    check_may_act(store, actor, least="researcher")
    tried.remove(store, tried_id, person_id=id_of(actor))


def _ask(store: Store, texts: Sequence[str], query: str, round_ids: Sequence[int], actor: Actor) -> tuple[Version, ...]:
    of_query = words_of(query)[0] if query else None
    sentences = [Sentence(words_of(text)[0], of_query) for text in texts]
    by_round = scorer.score(store, round_ids, sentences, actor=actor)
    return tuple(Version(text, scored) for text, scored in zip(texts, zip(*by_round, strict=True), strict=True))


def _keep(store: Store, trial: Trial, actor: Actor) -> Trial:
    results = asdict(trial)
    del results["id"]
    text = trial.before.text if trial.change is None else trial.change.after.text
    tried_id = tried.add(store, text, json.dumps(results, ensure_ascii=False), person_id=id_of(actor))
    return Trial(tried_id, trial.query, trial.rounds, trial.before, trial.change)


def _read(row: tried.TriedRow) -> Trial | None:
    """Return a row as a trial; None for one that is not as we write it, which someone else's project may have."""
    try:
        given = json.loads(row.results)
        change, before = given["change"], _version(given["before"])
        changed = change and Change(str(change["word"]), str(change["instead"]), _version(change["after"]))
        trial = Trial(row.id, str(given["query"]), tuple(map(int, given["rounds"])), before, changed)
        _check(trial)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, CannotScore) as error:
        logger.warning("the tried sentence %d cannot be read: %s", row.id, error)
        return None
    return trial


def _version(given: dict[str, Any]) -> Version:
    return Version(
        str(given["text"]),
        tuple(
            Scored(
                str(one["label"]),
                float(one["probability"]),
                tuple(map(float, one["saliency"])),
                str(one.get("explained", one["label"])),  # rows of an older Whylight do not say
            )
            for one in given["scored"]
        ),
    )


def _check(trial: Trial) -> None:
    for version in (trial.before, *([trial.change.after] if trial.change else [])):
        if len(version.scored) != len(trial.rounds):
            raise ValueError("a result for each round is expected")
        if any(len(one.saliency) != len(words_of(version.text)[0]) for one in version.scored):
            raise ValueError("a number for each word is expected")
