"""Whylight for people who write Python: open a project, and do what the commands and the pages do.

    import whylight

    with whylight.open_project("events.db") as project:
        for example in project.examples(split="pool"):
            print(example.label, example.words)

`docs/in-python.md` is the guide. Everything here calls the use cases of `annotator`, which check who may do what; no
rule lives here. A name loads its module at its first use, so that `import whylight` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from whylight.errors import Error

if TYPE_CHECKING:
    from annotator.exporting.example import ExampleRow as Example
    from annotator.exporting.example import GivenAnswer as GivenAnswer
    from annotator.exporting.run import Written as Written
    from annotator.formats.fields import Fields as Fields
    from annotator.formats.files.layout import Layout as Layout
    from annotator.importing.label_reading import LabelRules as LabelRules
    from annotator.importing.report import ImportReport as ImportReport
    from annotator.importing.settings import ImportSettings as ImportSettings
    from annotator.project.labels import CountedLabel as Label
    from annotator.rounds.learning.checkpoints import PredictedText as PredictedText
    from annotator.rounds.measuring.measured import Measured as Measured
    from annotator.rounds.settings import RoundSettings as RoundSettings
    from db.learning.round_records import Round as Round
    from db.records import Person as Person
    from whylight.filters import Filters as Filters
    from whylight.opening import create_project as create_project
    from whylight.opening import open_project as open_project
    from whylight.project import Project as Project
    from whylight.records import QueuedSentence as QueuedSentence
    from whylight.records import Sentence as Sentence

_HOMES = {
    "Example": ("annotator.exporting.example", "ExampleRow"),
    "Fields": ("annotator.formats.fields", "Fields"),
    "Filters": ("whylight.filters", "Filters"),
    "GivenAnswer": ("annotator.exporting.example", "GivenAnswer"),
    "ImportReport": ("annotator.importing.report", "ImportReport"),
    "ImportSettings": ("annotator.importing.settings", "ImportSettings"),
    "LabelRules": ("annotator.importing.label_reading", "LabelRules"),
    "Layout": ("annotator.formats.files.layout", "Layout"),
    "Label": ("annotator.project.labels", "CountedLabel"),
    "Measured": ("annotator.rounds.measuring.measured", "Measured"),
    "Person": ("db.records", "Person"),
    "PredictedText": ("annotator.rounds.learning.checkpoints", "PredictedText"),
    "Project": ("whylight.project", "Project"),
    "QueuedSentence": ("whylight.records", "QueuedSentence"),
    "Round": ("db.learning.round_records", "Round"),
    "RoundSettings": ("annotator.rounds.settings", "RoundSettings"),
    "Sentence": ("whylight.records", "Sentence"),
    "Written": ("annotator.exporting.run", "Written"),
    "create_project": ("whylight.opening", "create_project"),
    "open_project": ("whylight.opening", "open_project"),
}

__all__ = [
    "Error",
    "Example",
    "Fields",
    "Filters",
    "GivenAnswer",
    "ImportReport",
    "ImportSettings",
    "Label",
    "LabelRules",
    "Layout",
    "Measured",
    "Person",
    "PredictedText",
    "Project",
    "QueuedSentence",
    "Round",
    "RoundSettings",
    "Sentence",
    "Written",
    "create_project",
    "open_project",
]


def __dir__() -> list[str]:
    """Return the public names, also those that are not imported yet, so that a notebook completes them."""
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = _HOMES[name]
    return getattr(import_module(module), there)
