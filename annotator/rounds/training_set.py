"""Many people's answers become one example per sentence, by a named policy.

This is the only place where people's annotations turn into the paper's (X, y, Z).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotator.errors import CannotTrain
from db import annotations, project, rounds, sentences, texts, withdrawals, word_rules
from db.records import Annotation, Round, Sentence, Split
from db.store import Store
from learner.data.example import Example

Policy = Callable[[Sequence[Annotation]], tuple[int, str | None] | None]


@dataclass(frozen=True)
class TrainingSet:
    """Everything that a round learns from and is measured on."""

    examples: dict[Split, list[Example]]
    ids: dict[Split, list[int]]
    """The sentences that the examples were made from, in the same order."""
    ties: int
    """Answered sentences left out because no label has more than half of the answers."""
    retired: int
    """Answers left out because their label is retired."""
    adjudicated: int
    """Sentences whose answer was adjudicated."""
    straddling_texts: int
    """Texts of the project that are in more than one split."""
    straddling_left_out: Counter[Split]
    """Answered sentences left out because their text is held out: in the pool those with a text of dev or test, in
    dev those with a text of test."""
    rules: int
    """Words that must not matter anywhere: each is a `-` in the pool where no person marked it `+`."""
    hash: str = field(repr=False)
    """Changes when any sentence, label or mark in it changes."""

    @property
    def has_queries(self) -> bool:
        """Return whether any sentence that the round learns from or stops by has a query."""
        return any(example.query for split in ("pool", "dev") for example in self.examples[split])

    def counts(self, label_names: Sequence[str]) -> dict[str, Any]:
        """Return the counts that a researcher wants to see next to a round's figures."""
        pool = self.examples["pool"]
        by_label = Counter(example.label for example in pool)
        return {
            "answers": len(pool),
            "marked": sum(example.marks is not None and "+" in example.marks for example in pool),
            "must_not_matter": sum(example.marks is not None and "-" in example.marks for example in pool),
            "by_label": {name: by_label[index] for index, name in enumerate(label_names)},
            "ties": self.ties,
            "retired": self.retired,
            "adjudicated": self.adjudicated,
            "dev": len(self.examples["dev"]),
            "test": len(self.examples["test"]),
            "texts_in_two_splits": self.straddling_texts,
            "left_out_of_pool": self.straddling_left_out["pool"],
            "left_out_of_dev": self.straddling_left_out["dev"],
            "word_rules": self.rules,
        }


def training_set_of(store: Store, learner: Round) -> TrainingSet:
    """Return what a round learns from: the answers, decisions and rules for words of when it was queued.

    A twin, and another seed of a round, learn what the round learned that they are compared with.
    """
    queued_ms = queued_ms_of(store, learner)
    up_to = learner.last_annotation or 0
    return build_training_set(store, up_to=up_to, rules_up_to_ms=queued_ms, decided_by_ms=queued_ms)


def queued_ms_of(store: Store, learner: Round) -> int:
    """Return when a round was queued; for a twin or another seed, when the round was that it is compared with."""
    original = learner.seed_of or learner.twin_of
    return learner.created_ms if original is None else rounds.read(store, original).created_ms


def build_training_set(
    store: Store,
    *,
    up_to: int,
    rules_up_to_ms: int | None = None,
    decided_by_ms: int | None = None,
    policy: str = "majority",
) -> TrainingSet:
    """Return the examples made from the answers up to annotation `up_to`, by split.

    No text is in two splits: what dev or test has is left out of the pool, and what test has is left out of dev.
    The rules for words that applied at `rules_up_to_ms`, by default now, mark words in the pool alone. Decisions that
    were withdrawn by `decided_by_ms`, by default now, do not hold.
    """
    making = _Making(store, rules_up_to_ms=rules_up_to_ms, decide=POLICIES[policy])
    for sentence, given in _answered(store, up_to, withdrawals.withdrawn(store, up_to_ms=decided_by_ms)):
        making.add(sentence, given)
    return making.training_set()


class _Making:
    """A training set on its way, sentence by sentence."""

    def __init__(self, store: Store, *, rules_up_to_ms: int | None, decide: Policy) -> None:
        self._decide = decide
        self._ruled_out = {rule.word for rule in word_rules.applying(store, up_to_ms=rules_up_to_ms)}
        self._retired = {label.index for label in project.labels(store) if label.retired}
        self._held_out_elsewhere, self._straddling_texts = texts.answered_elsewhere_held_out(store)
        self._examples: dict[Split, list[Example]] = {"pool": [], "dev": [], "test": []}
        self._ids: dict[Split, list[int]] = {"pool": [], "dev": [], "test": []}
        self._straddling_left_out = Counter[Split]()
        self._ties = self._left_out = self._adjudicated = 0
        self._digest = hashlib.blake2b(digest_size=16)

    def add(self, sentence: Sentence, given: Sequence[Annotation]) -> None:
        """Add an answered sentence, or count why it is left out."""
        if sentence.id in self._held_out_elsewhere:
            self._straddling_left_out[sentence.split] += 1
            return
        answers = [answer for answer in given if answer.label not in self._retired]
        self._left_out += len(given) - len(answers)
        if not answers:
            return
        decision = self._decide(answers)
        if decision is None:
            self._ties += 1
            return
        self._adjudicated += answers[0].kind == "adjudicated"
        example = _example(sentence, *decision)
        self._keep(sentence, _under_rules(example, self._ruled_out) if sentence.split == "pool" else example)

    def _keep(self, sentence: Sentence, example: Example) -> None:
        self._examples[sentence.split].append(example)
        self._ids[sentence.split].append(sentence.id)
        facts = [example.id, example.split, example.tokens, example.label, example.marks, *(example.query or ())]
        self._digest.update(json.dumps(facts).encode())

    def training_set(self) -> TrainingSet:
        """Return what was added."""
        return TrainingSet(
            self._examples,
            self._ids,
            ties=self._ties,
            retired=self._left_out,
            adjudicated=self._adjudicated,
            straddling_texts=self._straddling_texts,
            straddling_left_out=self._straddling_left_out,
            rules=len(self._ruled_out),
            hash=self._digest.hexdigest(),
        )


def check_trainable(store: Store, training_set: TrainingSet) -> None:
    """Raise CannotTrain, with what is missing, if a model could not learn anything from this."""
    pool = training_set.examples["pool"]
    if not pool and (left_out := training_set.straddling_left_out["pool"]):
        raise CannotTrain(
            f"Each of the {left_out} answered pool sentences has a text that is in dev or test too, so nothing is "
            "left to learn from; `whylight doctor` shows some. Annotate other pool sentences, then start a round."
        )
    if not pool:
        raise CannotTrain("No pool sentence has been answered yet; annotate some, then start a round.")
    seen = {example.label for example in pool}
    if len(seen) == 1:
        names = [label.name for label in project.labels(store)]
        raise CannotTrain(
            f"All {len(pool)} answers so far are {names[seen.pop()]!r}; a round needs answers of at least two labels."
        )


def majority(answers: Sequence[Annotation]) -> tuple[int, str | None] | None:
    """Return the label of more than half of the answers, with its marks, or None for a tie.

    A word is `+` (or `-`) if more than half of the people who gave that label, with marks, marked it so.
    """
    [(label, votes)] = Counter(answer.label for answer in answers).most_common(1)
    if label is None or 2 * votes <= len(answers):
        return None
    rows = [answer.marks for answer in answers if answer.label == label and answer.marks is not None]
    return label, majority_marks(rows) if rows else None


POLICIES: dict[str, Policy] = {"majority": majority}


def _answered(store: Store, up_to: int, withdrawn: Collection[int]) -> Iterator[tuple[Sentence, list[Annotation]]]:
    for page in sentences.pages(store, answered=True):
        log = annotations.of_sentences(store, [sentence.id for sentence in page])
        for sentence in page:
            answers = answers_that_count([answer for answer in log[sentence.id] if answer.id <= up_to], withdrawn)
            if answers:
                yield sentence, answers


def answers_that_count(log: Sequence[Annotation], withdrawn: Collection[int]) -> list[Annotation]:
    """Return only the decision about a sentence if one holds, else each person's newest answer if it counts.

    `withdrawn` has the ids of the decisions that do not hold.
    """
    decisions = [answer for answer in log if answer.kind == "adjudicated" and answer.id not in withdrawn]
    if decisions:
        return decisions[-1:]
    newest = {answer.person_id: answer for answer in log if answer.kind != "adjudicated"}
    return [answer for answer in newest.values() if answer.kind == "answer" and answer.has_a_vote]


def majority_marks(rows: Sequence[str]) -> str:
    """Return the marks that more than half of these give to each word."""
    columns = (Counter(column) for column in zip(*rows, strict=True))
    return "".join(next((mark for mark in "+-" if 2 * votes[mark] > len(rows)), ".") for votes in columns)


def _example(sentence: Sentence, label: int, marks: str | None) -> Example:
    return Example(
        tokens=sentence.tokens,
        label=label,
        marks=marks,
        query=sentence.query_tokens,
        id=sentence.external_id,
        split=sentence.split,
    )


def _under_rules(example: Example, ruled_out: Collection[str]) -> Example:
    """Return the example with a `-` on every word that must not matter, unless people marked it `+`."""
    if not any(token.lower() in ruled_out for token in example.tokens):
        return example
    given = example.marks or "." * len(example.tokens)
    pairs = zip(example.tokens, given, strict=True)
    marks = "".join("-" if mark == "." and token.lower() in ruled_out else mark for token, mark in pairs)
    return replace(example, marks=marks)
