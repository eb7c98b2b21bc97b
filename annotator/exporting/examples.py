"""The examples of a project, one row per sentence, made by the rounds' own rule: what a round started now would learn.

The rows stream: a page of sentences at a time is in memory. What does not become an example is counted by its reason.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from annotator.exporting.chosen import pages_of
from annotator.exporting.example import ExampleRow, GivenAnswer, Prediction
from annotator.formats.examples import CHOSEN
from annotator.rounds.learning.deciding import ExampleRule, Outcome, PolicyName, Why, example_rule, peoples_answers
from annotator.rounds.learning.kept_scores import KeptScores, newest_kept
from db.answers import annotations, votes
from db.answers.votes import ChosenBy
from db.corpus import sentences
from db.finding import tags
from db.finding.filters import EVERYTHING, SentenceFilter
from db.records import Annotation, Person, Sentence, Split
from db.store import Store
from db.team import people, project
from db.team.people import GOLD
from learner.data.example import Example

SPLIT_NAMES: Mapping[Split, str] = {"pool": "train", "dev": "dev", "test": "test"}


@dataclass
class Examples:
    """The examples of the `chosen` sentences. Iterating reads them from the project, once."""

    store: Store
    chosen: SentenceFilter = EVERYTHING
    policy: PolicyName = "majority"
    with_names: bool = True
    """If not, people are called person 1, person 2, …"""
    with_predictions: bool = True
    """What the newest round's model says of the sentences, if it is kept."""
    progress: Callable[[int], None] | None = None
    """Called with the number of sentences that were looked at so far."""
    most: int | None = None
    """About how many sentences are looked at; all of them by default."""
    left_out: Counter[Why] = field(default_factory=Counter)
    """Sentences that did not become an example, so far."""
    is_all: bool = True
    """Whether no sentence was left because of `most`."""

    def __iter__(self) -> Iterator[ExampleRow]:
        """Yield the rows in the order of the sentences; answers that come meanwhile are left out."""
        up_to = annotations.last_id(self.store)
        making = _Making.of(self)
        looked_at = 0
        for page in pages_of(self.store, self.chosen, answered=True):
            log = annotations.of_sentences(self.store, [sentence.id for sentence in page])
            known = {id_: [each for each in answers if each.id <= up_to] for id_, answers in log.items()}
            if self.most is not None and looked_at >= self.most:
                self.is_all = False
                return
            yield from making.rows(page, known, self.left_out)
            looked_at += len(page)
            if self.progress is not None:
                self.progress(looked_at)
        if self.chosen == EVERYTHING and (others := sentences.count(self.store) - looked_at) > 0:
            self.left_out["no answer"] += others  # which were not read


@dataclass(frozen=True)
class _Making:
    """What it takes to make rows, read once."""

    store: Store
    rule: ExampleRule
    labels: Sequence[str]
    people: "_Names"
    round: int = 0
    scores: KeptScores | None = None
    """What the model of that round says."""

    @classmethod
    def of(cls, asked: Examples) -> "_Making":
        """Return what the examples that were asked for take."""
        store = asked.store
        known = newest_kept(store) if asked.with_predictions else None
        return cls(
            store,
            example_rule(store, policy=asked.policy),
            [label.name for label in project.labels(store)],
            _Names(people.all_of(store), with_names=asked.with_names),
            *((known[0].id, known[1]) if known is not None else ()),
        )

    def rows(
        self, page: Sequence[Sentence], log: Mapping[int, Sequence[Annotation]], left_out: Counter[Why]
    ) -> Iterator[ExampleRow]:
        """Yield a row for each sentence that is an example, and count the others."""
        ids = [sentence.id for sentence in page]
        chosen, tagged = votes.chosen_by(self.store, ids), tags.of_sentences(self.store, ids)
        for sentence in page:
            outcome = self.rule.apply(sentence, log[sentence.id])
            if outcome.example is None:
                left_out[outcome.why or "no answer"] += 1
                continue
            own = self.rule.in_use(peoples_answers(log[sentence.id]))
            facts = _Facts(outcome.example, outcome, sorted(own, key=lambda answer: answer.id))
            yield self._row(sentence, facts, chosen.get(sentence.id), tuple(tagged.get(sentence.id, ())))

    def _row(self, sentence: Sentence, facts: "_Facts", chosen: ChosenBy | None, tagged: tuple[str, ...]) -> ExampleRow:
        metadata, brought = _without_chosen(sentence)
        own, is_decided = facts.own, facts.outcome.is_decided
        return ExampleRow(
            id=sentence.external_id,
            text=sentence.text,
            tokens=sentence.tokens,
            starts=sentence.starts,
            split=SPLIT_NAMES[sentence.split],
            label=self.labels[facts.example.label],
            marks=facts.example.marks,
            query=sentence.query,
            query_tokens=sentence.query_tokens,
            answers=tuple(map(self._given, facts.outcome.answers if is_decided else own)),
            overruled=tuple(map(self._given, own)) if is_decided else (),
            votes=self._votes(own),
            soft_marks=facts.soft_marks(),
            decided=is_decided,
            chosen=chosen or brought,
            seconds=facts.seconds(),
            metadata=metadata,
            tags=tagged,
            prediction=self._prediction(sentence),
        )

    def _given(self, answer: Annotation) -> GivenAnswer:
        return GivenAnswer(
            person=self.people.of(answer.person_id),
            label="" if answer.label is None else self.labels[answer.label],
            marks=answer.marks,
            seconds=answer.observed.seconds,
            saw_model=answer.observed.saliency_round is not None,
            saw_suggestion=answer.observed.suggestion is not None,
        )

    def _votes(self, own: Sequence[Annotation]) -> dict[str, int]:
        counted = Counter(answer.label for answer in own)
        return {name: counted[index] for index, name in enumerate(self.labels) if counted[index]}

    def _prediction(self, sentence: Sentence) -> Prediction | None:
        if self.scores is None or (place := int(self.scores.places([sentence.id])[0])) < 0:
            return None
        shading = self.scores.shading(sentence.id, words=len(sentence.tokens))
        probabilities = self.scores.scores.probabilities[place].tolist()
        return Prediction(
            round=self.round,
            probabilities={name: round(share, 6) for name, share in zip(self.labels, probabilities, strict=False)},
            saliency=None if shading is None else tuple(float(f"{score:.4g}") for score in shading.scores),
            explained=None if shading is None else self.labels[shading.label],
        )


@dataclass(frozen=True)
class _Facts:
    """An example, and the answers that it comes from."""

    example: Example
    outcome: Outcome
    own: Sequence[Annotation]
    """People's own answers that count, oldest first, whatever was decided."""

    def soft_marks(self) -> tuple[float, ...] | None:
        """Return the share of people with the example's label and marks who marked each word `+`.

        If no one has them, the decision's own marks.
        """
        rows = self._marks(self.own) or self._marks(self.outcome.answers)
        return tuple(column.count("+") / len(rows) for column in zip(*rows, strict=True)) if rows else None

    def _marks(self, answers: Sequence[Annotation]) -> list[str]:
        label = self.example.label
        return [answer.marks for answer in answers if answer.label == label and answer.marks is not None]

    def seconds(self) -> float | None:
        """Return everybody's time, as far as it is known."""
        decision = self.outcome.answers if self.outcome.is_decided else ()
        known = [answer.observed.seconds for answer in (*self.own, *decision)]
        times = [seconds for seconds in known if seconds is not None]
        return math.fsum(times) if times else None


class _Names:
    """What people are called in an export: by their names, or person 1, person 2, … in the order of their answers."""

    def __init__(self, every: Iterable[Person], *, with_names: bool) -> None:
        gold_or_all = [person for person in every if with_names or person.name == GOLD]
        self._known = {person.id: person.name for person in gold_or_all}
        self._numbered = 0

    def of(self, person_id: int) -> str:
        """Return the name of a person, the same whenever it is asked."""
        if person_id not in self._known:
            self._numbered += 1
            self._known[person_id] = f"person {self._numbered}"
        return self._known[person_id]


def _without_chosen(sentence: Sentence) -> tuple[dict[str, object], str | None]:
    """Return the metadata, and how a sentence was chosen that came with an export of examples, which says so there."""
    metadata = dict(sentence.metadata)
    brought = metadata.pop(CHOSEN, None)
    return metadata, brought if isinstance(brought, str) else None
