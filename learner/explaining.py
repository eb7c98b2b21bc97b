"""One sentence explained: what a model says of it, and which words make it say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import torch
from rich.text import Text

from learner.attributions import attribute
from learner.batches import encode_sentences
from learner.errors import ExampleError
from learner.shading import INK, ground
from learner.tokenizer import tokenize
from learner.trained import TrainedModel

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
<h1>{label}, {percent} %</h1>
<p dir="auto">{words}</p>
<p class="by">{by}: amber speaks for the label, blue against it; the strongest word is darkest.</p>
</html>
"""


@dataclass(frozen=True)
class Explanation:
    """A sentence's words with a score each, for one label."""

    text: str
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    scores: tuple[float, ...]
    """One a token, 0 for those past the words that the model sees."""
    label: str
    probability: float
    by: str

    @property
    def strengths(self) -> tuple[float, ...]:
        """The scores over the largest one, -1 to 1."""
        largest = max(map(abs, self.scores), default=0.0)
        return tuple(score / largest if largest else 0.0 for score in self.scores)


def explain(
    trained: TrainedModel,
    text: str,
    *,
    query: str | None = None,
    label: str | None = None,
    by: str = "input_x_gradient",
) -> Explanation:
    """Explain a label, the likeliest unless another is named; `by` names an attribution."""
    cut = tokenize(text)
    if not cut:
        raise ExampleError("text: found no word, expected a sentence")
    if label is not None and label not in trained.labels:
        raise ExampleError(f"label: found {label!r}, expected one of {', '.join(trained.labels)}")
    tokens = tuple(token.text for token in cut)
    asked = [[token.text for token in tokenize(query)]] if query else None
    if trained.model.reads_queries and not (asked and asked[0]):
        raise ExampleError("query: found none, and this model reads one beside the sentence")
    encoded = encode_sentences([tokens], trained.vocabulary, max_words=trained.max_words, queries=asked)
    batch = encoded.to(trained.device).batch(torch.zeros(1, dtype=torch.int64, device=trained.device))
    with torch.no_grad():
        probabilities = trained.model.route(batch).logits.double().softmax(dim=1)[0]
    chosen = trained.labels.index(label) if label is not None else int(probabilities.argmax())
    scores = attribute(trained.model, batch, torch.tensor([chosen], device=trained.device), by=by)[0].tolist()
    return Explanation(
        text=text,
        tokens=tokens,
        starts=tuple(token.start for token in cut),
        scores=(*scores, *[0.0] * (len(tokens) - len(scores))),
        label=trained.labels[chosen],
        probability=float(probabilities[chosen]),
        by=by,
    )


def shade(explained: Explanation) -> Text:
    """Return the sentence with its words on coloured grounds, for a terminal."""
    shaded = Text(explained.text)
    for start, token, strength in zip(explained.starts, explained.tokens, explained.strengths, strict=True):
        if strength:
            shaded.stylize(f"{INK} on {ground(strength)}", start, start + len(token))
    return shaded


def to_html(explained: Explanation) -> str:
    """Return a page of its own that asks no server for anything."""
    return _PAGE.format(
        label=escape(explained.label),
        percent=f"{100 * explained.probability:.1f}",
        words="".join(_pieces(explained)),
        by=escape(explained.by.replace("_", " ")),
        ink=INK,
    )


def _pieces(explained: Explanation) -> Sequence[str]:
    pieces, end = [], 0
    for start, token, strength, score in zip(
        explained.starts, explained.tokens, explained.strengths, explained.scores, strict=True
    ):
        word = escape(explained.text[start : start + len(token)])
        if strength:
            word = f'<mark style="background:{ground(strength)}" title="{score:+.3f}">{word}</mark>'
        pieces += [escape(explained.text[end:start]), word]
        end = start + len(token)
    return [*pieces, escape(explained.text[end:])]
