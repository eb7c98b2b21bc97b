"""What the environment says about this installation, read once."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_VARIABLE = "WHYLIGHT_PROJECT"
WELCOME_VARIABLE = "WHYLIGHT_WELCOME"
PROVIDER_VARIABLE = "WHYLIGHT_PROVIDER"


@dataclass(frozen=True)
class Settings:
    """The settings that every part of the application may need."""

    project: Path | None
    """The project file that the web page opens; None if none was named."""
    welcomes: bool = False
    """Whether anyone whom the identity provider authenticates may annotate, or only people who were linked."""
    needs_provider: bool = False
    """Whether signing in by name is forbidden, whatever happens to Streamlit's secrets while the server runs."""


def read_settings() -> Settings:
    """Return the settings of this process, from `WHYLIGHT_PROJECT`, `WHYLIGHT_WELCOME` and `WHYLIGHT_PROVIDER`."""
    project = os.environ.get(PROJECT_VARIABLE)
    welcomes = os.environ.get(WELCOME_VARIABLE) == "1"
    needs_provider = os.environ.get(PROVIDER_VARIABLE) == "1"
    return Settings(Path(project) if project else None, welcomes, needs_provider)
