"""What the environment says about this installation, read once."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT_VARIABLE = "WHYLIGHT_PROJECT"
WELCOME_VARIABLE = "WHYLIGHT_WELCOME"
PROVIDER_VARIABLE = "WHYLIGHT_PROVIDER"
METRICS_VARIABLE = "WHYLIGHT_METRICS"
STOP_VARIABLE = "WHYLIGHT_STOP_WITHIN"

STOP_WITHIN_S = 20.0
"""How long a server that is stopping finishes what it has begun, unless it is given another time."""


@dataclass(frozen=True)
class Settings:
    """The settings that every part of the application may need."""

    project: Path | None
    """The project file that the web page opens; None if none was named."""
    welcomes: bool = False
    """Whether anyone whom the identity provider authenticates may annotate, or only people who were linked."""
    needs_provider: bool = False
    """Whether signing in by name is forbidden, whatever happens to Streamlit's secrets while the server runs."""
    gives_metrics: bool = False
    """Whether programs of this machine may read the server's figures."""
    stop_within_s: float = STOP_WITHIN_S


def read_settings() -> Settings:
    """Return the settings of this process, from the variables above."""
    project = os.environ.get(PROJECT_VARIABLE)
    welcomes = os.environ.get(WELCOME_VARIABLE) == "1"
    needs_provider = os.environ.get(PROVIDER_VARIABLE) == "1"
    gives_metrics = os.environ.get(METRICS_VARIABLE) == "1"
    stop_within_s = float(os.environ.get(STOP_VARIABLE, STOP_WITHIN_S))
    return Settings(Path(project) if project else None, welcomes, needs_provider, gives_metrics, stop_within_s)
