"""Projects whose sentences people answered in the way that they do it: given by the queue, submitted, settled."""

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from annotator.answering.queue import lease_ahead, submit
from annotator.importing.run import import_file
from annotator.importing.settings import ImportSettings
from annotator.reviewing.review import settle
from db.records import OWNER, NewAnnotation, Observed, Person
from db.store import Store
from db.team import people

EMOJI = "Sehr 👍🏽 schön, 👨\u200d👩\u200d👧 in 🇩🇪 – cafe\u0301 =1+1"
"""A sentence whose letters take one, two and more code points, and that ends as a formula begins."""


class Said(NamedTuple):
    """What a person says of each sentence that the queue gives them; the pattern of marks is repeated."""

    label: int
    pattern: str | None = None
    seconds: float | None = None


def bring(store: Store, home: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Import these lines as a file of JSON lines."""
    file = home / "in.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    import_file(store, file, ImportSettings(hold_out=0.0), actor=OWNER)


def person_called(store: Store, name: str) -> Person:
    """Return the person of that name, added if needed."""
    return people.find(store, name) or people.add(store, name, role="researcher")


def answer_all(store: Store, name: str, said: Sequence[Said]) -> None:
    """Let a person answer what the queue gives them, one sentence after the other, until they have said it all."""
    person, rng = person_called(store, name), random.Random(0)
    for number, one in enumerate(said):
        leased = lease_ahead(store, person, holding=(), count=1, rng=rng)
        if not leased:
            return
        sentence = leased[0].sentence
        answer = _annotation(sentence.id, len(sentence.tokens), person, one, f"answer-{name}-{number}")
        assert submit(store, person, answer).state == "saved"


def decide(store: Store, name: str, sentence_id: int, words: int, said: Said) -> None:
    """Let a person settle a sentence."""
    decision = _annotation(sentence_id, words, person_called(store, name), said, "")
    key = f"decision-{sentence_id:04}"
    settle(store, person_called(store, name), sentence_id, label=said.label, marks=decision.marks, key=key)


def _annotation(sentence_id: int, words: int, person: Person, said: Said, key: str) -> NewAnnotation:
    marks = None if said.pattern is None or said.label == 0 else (said.pattern * words)[:words]
    return NewAnnotation(
        sentence_id,
        person.id,
        "answer",
        key,
        label=said.label,
        marks=marks,
        observed=Observed(seconds=said.seconds),
    )
