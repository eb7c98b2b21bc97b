"""What the environment says about this installation, read once."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_VARIABLE = "WHYLIGHT_PROJECT"


@dataclass(frozen=True)
class Settings:
    """The settings that every part of the application may need."""

    project: Path | None
    """The project file that the web page opens; None when nobody has said which."""


def read_settings() -> Settings:
    """Give the settings of this process, from `WHYLIGHT_PROJECT`."""
    project = os.environ.get(PROJECT_VARIABLE)
    return Settings(project=Path(project) if project else None)
