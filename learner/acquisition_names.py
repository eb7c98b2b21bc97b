"""The acquisitions by name: what each looks for, what people read of it, and how a mix is written. Torch-free.

margin                      one acquisition
0.7*margin+0.3*typical      a mix: the parts' shares, which are divided by their sum
"""

from typing import NamedTuple

from learner.errors import ConfigError

DEFAULT_ACQUISITION = "margin"
RANDOM = "random"
OLD_NAMES = {"uncertainty": "margin"}
"""Names that rounds on record and scripts use → what they are called now."""
ONE_ORDER_OF_TWO_LABELS = ("entropy", "least-confident")
"""With two labels these give the same order as `margin`, so there they are not offered."""
TYPICAL = "typical"
BEFORE_THE_FIRST_ROUND = (TYPICAL, RANDOM)
"""The orders that need no model."""


class KnownAcquisition(NamedTuple):
    """What people read about an acquisition."""

    described: str
    """What it looks for, for researchers."""
    line: str
    """Why a sentence was chosen, for annotators: it names no label and no probability."""
    is_experimental: bool = False


_UNSURE = "Chosen because the model was unsure."

KNOWN = {
    "margin": KnownAcquisition("the two likeliest labels are close", _UNSURE),
    "entropy": KnownAcquisition("the probability is spread over many labels", _UNSURE),
    "least-confident": KnownAcquisition("the likeliest label is not likely", _UNSURE),
    "margin-gumbel": KnownAcquisition("margin as a lottery, with known chances", _UNSURE),
    "bald": KnownAcquisition(
        "readings with dropout disagree; reads each candidate ten times more", "Chosen because the model wavered."
    ),
    "badge": KnownAcquisition(
        "unsure, and different from each other", "Chosen because the model was unsure, and it is unlike the others."
    ),
    "core-set": KnownAcquisition(
        "far from all that is answered or chosen", "Chosen because no answered sentence is like it."
    ),
    TYPICAL: KnownAcquisition(
        "the middle of large groups; for the first answers", "Chosen because many sentences are like it."
    ),
    "gradient-length": KnownAcquisition(
        "its answer would move a word the most", "Chosen because the model could learn much about one of its words."
    ),
    "diffuse": KnownAcquisition(
        "the model looks everywhere", "Chosen because the model found no words to look at.", is_experimental=True
    ),
    "lexicon-conflict": KnownAcquisition(
        "the model is sure, because of words that no one has marked",
        "Chosen because the model looks at words that no one has marked.",
        is_experimental=True,
    ),
    "disagreement": KnownAcquisition(
        "the model looks at other words than people would mark",
        "Chosen because the model looks at other words than people would.",
        is_experimental=True,
    ),
    RANDOM: KnownAcquisition("any sentence, whatever the model predicts", "Next in random order."),
}


class Share(NamedTuple):
    """One part of a mix; the weights of a mix sum to 1."""

    name: str
    weight: float


def parse_mix(text: str) -> tuple[Share, ...]:
    """Return the parts of an acquisition as it is written, without a check that they are registered."""
    parts = [_parse_part(part.strip(), of=text) for part in text.split("+")]
    names = [part.name for part in parts]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"acquisition {text!r}: found {name!r} twice, expected it once; give it a weight instead")
    total = sum(part.weight for part in parts)
    return tuple(Share(part.name, part.weight / total) for part in parts)


def current_name(text: str) -> str:
    """Return the acquisition as it is written now: an old name becomes the new one."""
    return OLD_NAMES.get(text, text)


def offered(labels: int) -> list[str]:
    """Return the acquisitions that people can choose from in a project with this many labels, the default first."""
    return [name for name in KNOWN if labels > 2 or name not in ONE_ORDER_OF_TWO_LABELS]


def about(name: str) -> str:
    """Return one line on an acquisition; a mix, or one of another package, has no other."""
    known = KNOWN.get(current_name(name))
    if known is None:
        return "Of another package, or a mix."
    first = f"{known.described[:1].upper()}{known.described[1:]}."
    return f"Experimental. {first}" if known.is_experimental else first


def line_of(name: str) -> str:
    """Return why a sentence was chosen, for annotators; of a mix, what its largest part says."""
    largest = max(parse_mix(name), key=lambda part: part.weight)
    known = KNOWN.get(current_name(largest.name))
    return "Chosen by the last round." if known is None else known.line


def _parse_part(text: str, *, of: str) -> Share:
    weight, star, name = text.rpartition("*")
    return Share(name.strip(), _weight(weight, part=text, of=of) if star else 1.0)


def _weight(text: str, *, part: str, of: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not 0 < number <= 1000:
        raise ConfigError(
            f"acquisition {of!r}, weight of {part!r}: found {text!r}, expected a number above 0 and at most 1000"
        )
    return number
