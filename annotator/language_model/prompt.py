"""What a language model is sent about a sentence: its words, one to a line with its number, and what it may answer."""

import json
from collections.abc import Sequence

from db.records import Label, Sentence

_TASK = """\
You help people to label sentences. Choose the one label that fits the sentence best, and the words that justify it: \
as few as a reader needs to see to agree.
Answer with one JSON object and nothing else: {"label": one of the labels, "words": the numbers of those words}."""

Messages = list[dict[str, str]]
"""As OpenAI's chat completions take them: `role` and `content`."""


def messages_about(sentence: Sentence, labels: Sequence[Label], *, guidelines: str | None) -> Messages:
    """Return the messages that ask for a suggestion; `labels` are those that are offered."""
    return [
        {"role": "system", "content": _task(labels, guidelines)},
        {"role": "user", "content": _numbered(sentence)},
    ]


def characters_of(messages: Messages) -> int:
    """Return how much text these messages send."""
    return sum(len(message["content"]) for message in messages)


def _task(labels: Sequence[Label], guidelines: str | None) -> str:
    lines = [_TASK, f"The labels: {_names(labels)}"]
    if without := [label for label in labels if not label.takes_rationale]:
        lines.append(f"With these labels give no words, an empty list: {_names(without)}")
    if guidelines:
        lines.append(f"The guidelines of the people who label:\n{guidelines}")
    return "\n".join(lines)


def _names(labels: Sequence[Label]) -> str:
    return json.dumps([label.name for label in labels], ensure_ascii=False)


def _numbered(sentence: Sentence) -> str:
    words = "\n".join(f"{number} {token}" for number, token in enumerate(sentence.tokens))
    about = "" if sentence.query is None else f"The sentence is to be read with this: {sentence.query}\n"
    return f"{about}The words of the sentence:\n{words}"
