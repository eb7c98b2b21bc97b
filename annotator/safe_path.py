"""Where Python looks for modules: where ours are installed, never in the folder in which a command happens to run.

A project that was received from elsewhere may be next to a `numpy.py`. Only `os` and `sys` are imported here, which
every Python has loaded before it looks in the current folder.
"""

import os
import sys

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
"""The folder that holds our packages: the checkout's, or the environment's site-packages."""


def leave_out_current_folder() -> None:
    """Let this process import nothing more from the current folder, unless our own packages are in it."""
    sys.path[:] = trusted_places()


def trusted_places() -> list[str]:
    """Return the absolute places of this process's modules, without the current folder unless it is ours."""
    try:
        here = os.path.realpath(os.getcwd())
    except FileNotFoundError:
        here = ""  # a deleted folder holds no modules
    absolute = dict.fromkeys(os.path.abspath(place) for place in sys.path if place)
    return [place for place in absolute if os.path.realpath(place) != here or here == os.path.realpath(HOME)]


def python(module: str, *arguments: str) -> list[str]:
    """Return the command line that runs one of our modules in a Python of its own; it needs `environment()`."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment() -> dict[str, str]:
    """Return the variables for such a process: this one's, with the places of our modules and no others."""
    places = dict.fromkeys([*trusted_places(), HOME])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONSAFEPATH": "1"}
