"""Explain one sentence: which label a model predicts, and which words make it do so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

import torch

from learner.data.batches import encode_sentences
from learner.data.token_places import join
from learner.errors import ExampleError
from learner.explained import explained_labels
from learner.saliency.attributions import attribute
from learner.saliency.reading import logits_of
from learner.shading import INK, background, on_background
from learner.training.trained import TrainedModel

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{label}</title>
<style>
:root {{ color-scheme: light dark; font: 20px/1.9 Georgia, serif }}
body {{ max-width: 38rem; margin: 4rem auto; padding: 0 1rem }}
p, h1 {{ margin: 0 0 1rem }}
h1, .by {{ font: 600 15px/1.5 system-ui, sans-serif }}
.by {{ font-weight: 400; opacity: .7 }}
mark {{ color: {ink}; border-radius: 3px; padding: .1em .15em }}
</style>
<h1>{heading}</h1>
<p dir="auto">{words}</p>
<p class="by">{by}: amber speaks for “{label}”, blue against it; the strongest word is darkest.</p>
</html>
"""


@dataclass(frozen=True)
class SentenceSaliency:
    """The saliency of one sentence: a score per word, for one label."""

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    scores: tuple[float, ...]
    """One per token, 0 for tokens past those that the model sees."""
    label: str
    """The label that is explained."""
    probability: float
    """The probability of that label."""
    by: str
    predicted: str
    """The likeliest label."""
    predicted_probability: float

    @property
    def heading(self) -> str:
        """Return which label is explained, how likely it is, and which one the model predicts if that is another."""
        percent = f"{100 * self.probability:.1f} %"
        if self.label == self.predicted:
            return f"{self.label}, {percent}"
        return f"Words for “{self.label}” ({percent}), although the model says “{self.predicted}”"

    @property
    def strengths(self) -> tuple[float, ...]:
        """Return the scores divided by the largest size, -1 to 1."""
        largest = max(map(abs, self.scores), default=0.0)
        return tuple(score / largest if largest else 0.0 for score in self.scores)


def explain(
    trained: TrainedModel,
    sentence: str | Sequence[str],
    *,
    query: str | None = None,
    label: str | None = None,
    by: str | None = None,
) -> SentenceSaliency:
    """Return the saliency for a label, the likeliest that words can speak for unless another is named.

    `by` names an attribution; without it, it is by the view that people are shown of this model.

    The sentence is a text, or a list of its words.
    """
    text, tokens, starts = _words(sentence)
    if not tokens:
        raise ExampleError("text: found no word, expected a sentence")
    if label is not None and label not in trained.labels:
        raise ExampleError(f"label: found {label!r}, expected one of {', '.join(trained.labels)}")
    queries = [_words(query)[1]] if query else None
    if trained.model.reads_queries and not (queries and queries[0]):
        raise ExampleError("query: found none, but this model reads one with the sentence")
    encoded = encode_sentences([tokens], trained.encoder, max_words=trained.max_words, queries=queries, keep=False)
    batch = encoded.to(trained.device).batch(torch.zeros(1, dtype=torch.int64, device=trained.device))
    with torch.no_grad():
        probabilities = logits_of(trained.model, batch).double().softmax(dim=1).cpu().numpy()
    by = by or trained.model.shown_view
    explained = int(explained_labels(probabilities, trained.constant_labels)[0])
    chosen = trained.labels.index(label) if label is not None else explained
    scores = attribute(trained.model, batch, torch.tensor([chosen], device=trained.device), by=by)[0].tolist()
    return SentenceSaliency(
        text=text,
        tokens=tokens,
        starts=starts,
        scores=(*scores, *[0.0] * (len(tokens) - len(scores))),
        label=trained.labels[chosen],
        probability=float(probabilities[0, chosen]),
        by=by,
        predicted=trained.labels[int(probabilities[0].argmax())],
        predicted_probability=float(probabilities[0].max()),
    )


def shade(explained: SentenceSaliency) -> str:
    """Return the sentence with coloured backgrounds for its words, for a terminal."""
    return "".join(
        on_background(_printable(piece), strength) if strength else _printable(piece)
        for piece, strength, _ in _pieces(explained)
    )


def to_html(explained: SentenceSaliency) -> str:
    """Return a complete HTML page that loads nothing from a server."""
    return _PAGE.format(
        label=escape(explained.label),
        heading=escape(explained.heading),
        words="".join(_marked_up(*piece) for piece in _pieces(explained)),
        by=escape(explained.by.replace("_", " ")),
        ink=INK,
    )


def _words(sentence: str | Sequence[str]) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
    """Return the text, its words and where they start."""
    if not isinstance(sentence, str):
        text, starts = join(sentence)
        return text, tuple(sentence), tuple(starts)
    try:
        from learner.data.tokenizer import cut
    except ModuleNotFoundError as error:
        raise ExampleError(
            f"text: cutting it into words needs the package {error.name}, which is not installed: "
            f"pip install {error.name}, or give the words one by one (--tokens)"
        ) from error
    tokens, starts = cut(sentence)
    return sentence, tuple(tokens), tuple(starts)


def _pieces(explained: SentenceSaliency) -> Iterator[tuple[str, float, float]]:
    """Yield the words and the text between them in order, each with its strength and its score."""
    end = 0
    words = zip(explained.starts, explained.tokens, explained.strengths, explained.scores, strict=True)
    for start, token, strength, score in words:
        yield explained.text[end:start], 0.0, 0.0
        end = start + len(token)
        yield explained.text[start:end], strength, score
    yield explained.text[end:], 0.0, 0.0


def _marked_up(piece: str, strength: float, score: float) -> str:
    if not strength:
        return escape(piece)
    return f'<mark style="background:{background(strength)}" title="{score:+.3f}">{escape(piece)}</mark>'


def _printable(piece: str) -> str:
    """Return the piece without characters that control a terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in piece)
