"""Ask a language model about the sentences of the open pool, one after the other, before people come to them.

Each suggestion is on the disk before the next sentence is sent, so a run can end at any moment and be resumed: what is
settled is not asked about again. Half of the sentences, drawn by their ids, are left without, and recorded as such.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.errors import CannotSuggest
from annotator.language_model.address import read_address
from annotator.language_model.client import LanguageModel, Reply, read_key
from annotator.language_model.prompt import characters_of, messages_about
from annotator.language_model.reading import Unusable, read_answer
from annotator.progress import Progress
from annotator.project.permissions import Actor, check_may_act
from db.answers import suggestions
from db.answers.suggestions import Unsettled
from db.corpus import sentences
from db.finding import texts
from db.opening.locks import file_lock
from db.records import Guidelines, Label, Sentence, Suggestion
from db.store import Store
from db.team import audit, guidelines, project

MOST_UNANSWERED = 3
"""After this many sentences in a row without an answer the run ends: the server has a problem, not the sentence."""
_AT_A_TIME = 200
_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class SuggestSettings:
    """What a person chose for a run."""

    base_url: str
    model: str
    send_text_to: str | None = None
    """The one host other than this machine that sentences may go to."""
    share: float = 0.5
    """The share of the sentences, 0 to 1, that are asked about; the others are left without."""
    limit: int | None = None
    """How many sentences are asked about at most."""
    max_tokens_total: int | None = None
    """Once this many tokens are used, no further sentence is sent."""
    with_guidelines: bool = False
    answer_tokens: int = 512
    """How long an answer may be."""
    timeout_s: float = 60.0


@dataclass
class SuggestReport:
    """What a run did so far."""

    host: str
    leaves_machine: bool
    given: int = 0
    """Sentences with a new suggestion."""
    unusable: Counter[str] = field(default_factory=Counter)
    left_without: int = 0
    sends: int = 0
    """How often a sentence was sent, every try counted."""
    characters: int = 0
    tokens: int = 0
    tokens_are_estimated: bool = False
    """Whether the server did not count them."""
    ended_by: str = "all done"
    """`all done`, `limit`, `tokens`, `interrupted`, or the sentence of an error."""

    @property
    def asked(self) -> int:
        """Return how many sentences were asked about."""
        return self.given + self.unusable.total()

    def facts(self) -> dict[str, Any]:
        """Return all of it as the last line of the command has it."""
        return asdict(self) | {"asked": self.asked, "unusable": dict(self.unusable)}


def suggest(
    store: Store,
    settings: SuggestSettings,
    *,
    key: str | None,
    actor: Actor,
    progress: Progress,
    sleep: Callable[[float], None] = time.sleep,
) -> SuggestReport:
    """Ask about the sentences that need a suggestion, and return what came of it.

    Raises CannotSuggest if nothing can be asked at all. A server that fails later, or Ctrl-C, ends the run, and the
    report says so: what came before is kept.
    """
    check_may_act(store, actor, least="researcher")
    _check(settings)
    address = read_address(settings.base_url, send_text_to=settings.send_text_to)
    model = LanguageModel(address, settings.model, read_key(key), settings.answer_tokens, settings.timeout_s, sleep)
    with file_lock(store.path, purpose="suggest", wait=False):
        run = _Run(
            store,
            settings,
            model,
            labels=[label for label in project.labels(store) if not label.retired],
            guidelines=guidelines.newest(store) if settings.with_guidelines else None,
            report=SuggestReport(address.host, address.leaves_machine),
        )
        return run.carry_out(actor, progress)


def is_drawn(uid: str, external_id: str, share: float) -> bool:
    """Return whether a sentence is asked about: a draw by the project's seed and the sentence's id alone."""
    digest = hashlib.blake2b(f"{uid} suggestion {external_id}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48 < share


def _check(settings: SuggestSettings) -> None:
    if not 0 < settings.share <= 1:
        raise CannotSuggest(f"--share is {settings.share:g}; expected more than 0, and at most 1, for all of them.")
    if not settings.model.strip() or len(settings.model) > 200 or not settings.model.isprintable():
        raise CannotSuggest(f"--model is {settings.model!r}; expected the name of a model, such as qwen3:8b.")


@dataclass
class _Run:
    """One run, and the sentences that it is at."""

    store: Store
    settings: SuggestSettings
    model: LanguageModel
    labels: Sequence[Label]
    guidelines: Guidelines | None
    report: SuggestReport
    unanswered: int = 0
    """Sentences in a row to which nothing came."""

    def carry_out(self, actor: Actor, progress: Progress) -> SuggestReport:
        waiting = suggestions.unsettled(self.store)
        if not waiting:
            return self.report
        uid = project.read(self.store).uid
        # What was asked about stays on its side of the draw, whatever share a later run has.
        asked = {
            row.sentence_id: row.was_asked or is_drawn(uid, row.external_id, self.settings.share) for row in waiting
        }
        total = min(sum(asked.values()), self.settings.limit or len(waiting))
        audit.record(self.store, actor, "suggestions started", self._audited() | {"at most": total})
        try:
            progress(0, total)
            for sentence in self._to_ask(waiting, asked):
                self._ask(sentence)
                progress(self.report.asked, total)
        except KeyboardInterrupt:
            self.report.ended_by = "interrupted"
        except CannotSuggest as error:
            self.report.ended_by = str(error)
        finally:
            counted = {"sentences sent": self.report.sends, "characters": self.report.characters}
            audit.record(self.store, actor, "suggestions ended", self._audited() | counted)
        return self.report

    def _audited(self) -> dict[str, Any]:
        return {
            "model": self.settings.model,
            "host": self.report.host,
            "leaves this machine": self.report.leaves_machine,
            "guidelines": None if self.guidelines is None else self.guidelines.version,
        }

    def _to_ask(self, waiting: Sequence[Unsettled], asked: dict[int, bool]) -> Iterator[Sentence]:
        """Yield the sentences to ask about, until the run is over; record those before each that are left without."""
        without: list[int] = []
        for sentence_id in self._may_be_asked(waiting):
            if not asked[sentence_id]:
                without.append(sentence_id)
                continue
            self._leave_without(without)
            if self._is_over():
                return
            yield sentences.read(self.store, sentence_id)
        self._leave_without(without)

    def _may_be_asked(self, waiting: Sequence[Unsettled]) -> Iterator[int]:
        """Yield those that still need a suggestion: people answer meanwhile, rounds draw, texts are held out."""
        for start in range(0, len(waiting), _AT_A_TIME):
            page = [row.sentence_id for row in waiting[start : start + _AT_A_TIME]]
            held_out = texts.held_out_among(self.store, page)
            for sentence_id in page:
                if sentence_id not in held_out and suggestions.may_be_asked(self.store, sentence_id):
                    yield sentence_id

    def _leave_without(self, without: list[int]) -> None:
        if without:
            suggestions.leave_without(self.store, without)
            self.report.left_without += len(without)
            without.clear()

    def _is_over(self) -> bool:
        if self.settings.limit is not None and self.report.asked >= self.settings.limit:
            self.report.ended_by = "limit"
            return True
        if self.settings.max_tokens_total is not None and self.report.tokens >= self.settings.max_tokens_total:
            self.report.ended_by = "tokens"
            return True
        return False

    def _ask(self, sentence: Sentence) -> None:
        text = None if self.guidelines is None else self.guidelines.text
        messages = messages_about(sentence, self.labels, guidelines=text)
        characters, before = characters_of(messages), self.model.sends
        try:
            reply = self.model.ask(messages)
        finally:
            sends = self.model.sends - before
            self.report.sends += sends
            self.report.characters += sends * characters
        self._count_tokens(reply, characters)
        self._keep(sentence, reply, sends * characters)

    def _count_tokens(self, reply: Reply, characters: int) -> None:
        if reply.tokens is not None:
            self.report.tokens += reply.tokens
            return
        self.report.tokens_are_estimated = True
        self.report.tokens += (characters + len(reply.content or "")) // _CHARACTERS_A_TOKEN

    def _keep(self, sentence: Sentence, reply: Reply, characters: int) -> None:
        """Store the suggestion, or why there is none."""
        try:
            if reply.content is None:
                raise Unusable("no answer")
            if reply.is_cut_off:
                raise Unusable("cut off")
            label, words = read_answer(reply.content, self.labels, tokens=len(sentence.tokens))
        except Unusable as unusable:
            why = unusable.why
            suggestions.add_unusable(self.store, sentence.id, self.settings.model, why, characters=characters)
            self.report.unusable[why] += 1
        else:
            given = Suggestion(sentence.id, self.settings.model, label, words)
            suggestions.add(self.store, given, characters=characters)
            self.report.given += 1
        self.unanswered = 0 if reply.content is not None else self.unanswered + 1
        if self.unanswered >= MOST_UNANSWERED:
            raise CannotSuggest(f"{MOST_UNANSWERED} sentences in a row got no answer; the last time: {reply.why}")
