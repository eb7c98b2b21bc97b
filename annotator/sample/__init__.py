"""The sample: 600 short reviews of shops and cafés, shipped in the package under the project's licence.

All of them were written one by one for Whylight; places and people are invented. 300 are answered with
marks, 60 wait in the pool (`written_as` holds the label that their writer meant), 80 are dev and 160 test.

The sample holds a shortcut, as real data often does. Every review names one branch: in pool and dev
that name gives the label away nine times of ten, in test it says nothing. The marks never rest on it.

The first 160 were committed before any training, the other 440 before any training on them. Since then
only errors of language may be mended: a review reworded because a model got it wrong would make every
figure measured on it worthless.
"""

from importlib.resources import files
from pathlib import Path

LABELS = ("negative", "positive")
BRANCHES = ("Brambley", "Tillbrook", "Eastmere", "Haldover")


def sample_guidelines() -> str:
    """Return what the demo's annotators are asked to do, as Markdown."""
    return (files(__name__) / "guidelines.md").read_text(encoding="utf-8")


def sample_path() -> Path:
    """Return the file of reviews shipped in the package, in Whylight's own format."""
    return Path(str(files(__name__) / "reviews.jsonl"))
