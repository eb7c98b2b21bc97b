"""The sentences that two compared rounds treat differently, each with what both models predict and look at."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import NoScores
from annotator.project.permissions import Actor, check_may_act
from annotator.rounds.learning.deciding import answers_that_count, majority
from annotator.rounds.learning.kept_scores import KeptScores, open_scores, stamps_of_scores
from annotator.rounds.learning.training_set import queued_ms_of
from annotator.rounds.measuring.comparing import RoundComparison
from db.answers import annotations, withdrawals
from db.corpus import sentences
from db.learning.round_records import Round
from db.records import Annotation, Sentence
from db.store import Store
from db.team import project
from learner.judging.changes import KINDS, Kind, list_changes, rows_of_kind
from learner.judging.judged import Judged

AT_ONCE = 500


@dataclass(frozen=True)
class Seen:
    """What a round's model did with one sentence."""

    label: str
    """The one that it predicts."""
    probability: float
    """Of that label, 0 to 1."""
    probability_of_gold: float
    is_right: bool
    looks: bool | None
    """Whether a marked word is among the six most salient; None without marked words."""
    precision: float | None
    """The average precision, 0 to 1, with which its saliency ranks the marked words; None where there is no ranking."""
    saliency: tuple[float, ...] | None
    """The view that people are shown of the model, for `explained`: a score per word."""
    explained: str | None
    """The label that these scores are for: `label`, unless the model answers that with a constant."""


@dataclass(frozen=True)
class ChangedSentence:
    """One sentence under two models."""

    id: str
    """The one that its file gave it."""
    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    query: str | None
    gold: str
    marks: str | None
    """The marks that the second round was judged by."""
    kinds: tuple[Kind, ...]
    before: Seen
    after: Seen


def list_changed(
    store: Store, compared: RoundComparison, kind: Kind, *, limit: int, actor: Actor
) -> list[ChangedSentence]:
    """Return the first sentences of a kind; those whose gold label's probability changed most come first."""
    check_may_act(store, actor, least="researcher")
    return list(_read(store, compared, _kept(store, compared), _ids(compared, kind, limit)))


def key_of_changed(store: Store, compared: RoundComparison, kinds: Sequence[Kind], *, limit: int, actor: Actor) -> str:
    """Return a key of all that `list_changed` reads for these kinds; of files, it has their sizes and times."""
    check_may_act(store, actor, least="researcher")
    both = (compared.before, compared.after)
    of_rounds = [(each.id, each.created_ms, each.freed_ms, stamps_of_scores(store, each)) for each in both]
    stored = [_stored(store, compared, _ids(compared, kind, limit)) for kind in kinds]
    key = (project.read(store).uid, of_rounds, compared.split, compared.labels, [each.facts() for each in stored])
    return sha256(repr(key).encode()).hexdigest()


def all_compared(store: Store, compared: RoundComparison, *, actor: Actor) -> Iterator[ChangedSentence]:
    """Yield every sentence that both rounds were judged on, by id."""
    check_may_act(store, actor, least="researcher")
    ids: list[int] = compared.pair.before.ids.tolist()
    kept = _kept(store, compared)
    chunks = (ids[at : at + AT_ONCE] for at in range(0, len(ids), AT_ONCE))
    return (each for chunk in chunks for each in _read(store, compared, kept, chunk))


def as_row(changed: ChangedSentence, compared: RoundComparison) -> dict[str, Any]:
    """Return a sentence as a line of a file has it."""
    row = asdict(changed)
    for side, round_ in (("before", compared.before), ("after", compared.after)):
        row[side] = {"round": round_.name, **row[side]}
    return row


def _kept(store: Store, compared: RoundComparison) -> list[KeptScores | None]:
    """Return both rounds' predictions, None where the comparison's remarks say why there are none."""
    kept: list[KeptScores | None] = []
    for each in (compared.before, compared.after):
        try:
            kept.append(open_scores(store, each))
        except NoScores:
            kept.append(None)
    return kept


@dataclass(frozen=True)
class _Stored:
    """What the project has now of sentences that two rounds are compared on."""

    sentences: Mapping[int, Sentence]
    """By number; those that were removed since are not among them."""
    log: Mapping[int, Sequence[Annotation]]
    """The answers from which the second round could learn, by sentence."""
    retired: AbstractSet[int]
    withdrawn: AbstractSet[int]
    """The decisions that did not hold when the second round was queued."""

    def facts(self) -> tuple[object, ...]:
        """Return all of it, in the same order for the same content."""
        return (*self.sentences.values(), *self.log.items(), sorted(self.retired), sorted(self.withdrawn))


def _ids(compared: RoundComparison, kind: Kind, limit: int) -> list[int]:
    return [change.id for change in list_changes(compared.pair, kind, limit=limit)]


def _stored(store: Store, compared: RoundComparison, ids: Sequence[int]) -> _Stored:
    log = annotations.of_sentences(store, ids)
    return _Stored(
        sentences={sentence.id: sentence for sentence in sentences.of_ids(store, ids)},
        log={sentence_id: _learned(answers, compared.after) for sentence_id, answers in log.items()},
        retired={label.index for label in project.labels(store) if label.retired},
        withdrawn=withdrawals.withdrawn(store, up_to_ms=queued_ms_of(store, compared.after)),
    )


def _read(
    store: Store, compared: RoundComparison, kept: Sequence[KeptScores | None], ids: Sequence[int]
) -> Iterator[ChangedSentence]:
    """Yield these sentences in this order, but for those that were removed since; the ids are among the pair's."""
    stored = _stored(store, compared, ids)
    kinds = rows_of_kind(compared.pair)
    rows = np.searchsorted(compared.pair.before.ids, np.asarray(ids, dtype=np.int64)).tolist()
    for sentence_id, row in zip(ids, rows, strict=True):
        sentence = stored.sentences.get(sentence_id)
        if sentence is None:
            continue
        both = zip((compared.pair.before, compared.pair.after), kept, strict=True)
        before, after = (_seen(judged, row, compared.labels, scores, sentence) for judged, scores in both)
        yield ChangedSentence(
            id=sentence.external_id,
            text=sentence.text,
            tokens=sentence.tokens,
            starts=sentence.starts,
            query=sentence.query,
            gold=compared.labels[int(compared.pair.after.gold[row])],
            marks=_marks(stored.log[sentence_id], stored.retired, stored.withdrawn),
            kinds=tuple(kind for kind in KINDS if kinds[kind][row]),
            before=before,
            after=after,
        )


def _seen(judged: Judged, row: int, labels: Sequence[str], scores: KeptScores | None, sentence: Sentence) -> Seen:
    probabilities: NDArray[np.float32] = judged.probabilities[row]
    predicted, gold = int(probabilities.argmax()), int(judged.gold[row])
    precision = float(judged.precision[row])
    shading = None if scores is None else scores.shading(sentence.id, words=len(sentence.tokens))
    return Seen(
        label=labels[predicted],
        probability=float(probabilities[predicted]),
        probability_of_gold=float(probabilities[gold]),
        is_right=predicted == gold,
        looks=bool(judged.looks[row]) if judged.marked[row] else None,
        precision=None if np.isnan(precision) else precision,
        saliency=None if shading is None else shading.scores,
        explained=None if shading is None else labels[shading.label],
    )


def _learned(log: Sequence[Annotation], learner: Round) -> list[Annotation]:
    """Return the answers from which a round could learn."""
    return [answer for answer in log if answer.id <= (learner.last_annotation or 0)]


def _marks(log: Sequence[Annotation], retired: AbstractSet[int], withdrawn: AbstractSet[int]) -> str | None:
    """Return the marks that these answers decide on, as a round's training set has them."""
    counting = answers_that_count(log, withdrawn)
    answers = [answer for answer in counting if answer.label not in retired]
    decision = majority(answers) if answers else None
    return None if decision is None else decision[1]
