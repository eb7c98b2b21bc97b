"""What the warm server of the browser tests loads: all that `whylight serve` does before it draws the first page.

The modules of the pages are left to each server: their components belong to the server that loads them.
"""

import os
import sys

import pandas  # noqa: F401
import uvicorn  # noqa: F401

import annotator.cli
import annotator.commands.serving
import annotator.serving  # noqa: F401
from annotator.pages import web_process


def become(executable, command, variables):
    """Turn this process into the web server as `os.execve` would, but with what is loaded already."""
    assert command[1:4] == ["-P", "-m", web_process.__name__], command
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = command[3:]
    web_process.main()
    sys.exit()


os.execve = become
