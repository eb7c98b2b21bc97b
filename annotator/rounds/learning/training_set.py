"""Everything that a round learns from and is measured on, as of a moment: the examples of all answered sentences."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotator.errors import CannotTrain
from annotator.rounds.learning.deciding import ExampleRule, PolicyName, example_rule
from db.answers import annotations
from db.corpus import sentences
from db.learning import rounds
from db.learning.round_records import Round
from db.records import Annotation, Sentence, Split
from db.store import Store
from db.team import project
from learner.data.example import Example


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
    policy: PolicyName = "majority",
) -> TrainingSet:
    """Return the examples made from the answers up to annotation `up_to`, by split.

    No text is in two splits: what dev or test has is left out of the pool, and what test has is left out of dev.
    The rules for words that applied at `rules_up_to_ms`, by default now, mark words in the pool alone. Decisions that
    were withdrawn by `decided_by_ms`, by default now, do not hold.
    """
    making = _Making(example_rule(store, policy=policy, rules_up_to_ms=rules_up_to_ms, decided_by_ms=decided_by_ms))
    for page in sentences.pages(store, answered=True):
        log = annotations.of_sentences(store, [sentence.id for sentence in page])
        for sentence in page:
            making.add(sentence, [answer for answer in log[sentence.id] if answer.id <= up_to])
    return making.training_set()


class _Making:
    """A training set on its way, sentence by sentence."""

    def __init__(self, rule: ExampleRule) -> None:
        self._rule = rule
        self._examples: dict[Split, list[Example]] = {"pool": [], "dev": [], "test": []}
        self._ids: dict[Split, list[int]] = {"pool": [], "dev": [], "test": []}
        self._straddling_left_out = Counter[Split]()
        self._ties = self._left_out = self._adjudicated = 0
        self._digest = hashlib.blake2b(digest_size=16)

    def add(self, sentence: Sentence, log: Sequence[Annotation]) -> None:
        """Add a sentence with the answers to it, or count why it is left out."""
        outcome = self._rule.apply(sentence, log)
        self._straddling_left_out[sentence.split] += outcome.why == "held out elsewhere"
        self._ties += outcome.why == "tie"
        self._left_out += outcome.retired
        if outcome.example is not None:
            self._adjudicated += outcome.is_decided
            self._keep(sentence, outcome.example)

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
            straddling_texts=self._rule.straddling_texts,
            straddling_left_out=self._straddling_left_out,
            rules=len(self._rule.ruled_out),
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
        answers = "The only answer so far is" if len(pool) == 1 else f"All {len(pool):,} answers so far are"
        raise CannotTrain(f"{answers} {names[seen.pop()]!r}; a round needs answers of at least two labels.")
