"""A pulse: as long as it is on the page, the browser asks for the fragment with it to be drawn again.

It is our own components-v2 component: Streamlit's `run_every` draws a fragment that cannot end it, nor draw the one
around it. This one ends by itself as soon as its fragment is drawn without it. It shows nothing and carries no data.
"""

from streamlit.components.v2 import component

from annotator.pages import browser_files


def script() -> str:
    """Return the module that the browser runs."""
    return browser_files.script("pulse/pulse.js")


_mount = component("whylight_pulse", js=script())


def pulse(every_s: float, *, key: str) -> None:
    """Have the fragment drawn again after that time, and again until it is drawn without this."""
    _mount(key=key, data={"every_ms": round(1000 * every_s)}, on_beat_change=_nothing)


def _nothing() -> None:
    """Do nothing: the fragment is drawn again anyway."""
