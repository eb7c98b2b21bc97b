"""What the warm server of the browser tests loads: all that `whylight serve` does before it draws the first page.

The modules of the pages are left to each server: their components belong to the server that loads them. The
processes that the server starts for backups are forks too, as those for uploads and rounds are.
"""

import inspect
import os
import sys

import anyio._backends._asyncio  # noqa: F401
import pandas  # noqa: F401
import streamlit.web.bootstrap  # noqa: F401
import uvicorn.lifespan.on
import uvicorn.protocols.http.auto
import uvicorn.protocols.websockets.auto  # noqa: F401

import annotator.cli
import annotator.commands.serving
import annotator.serving  # noqa: F401
from annotator.care import backup_timer
from annotator.pages import web_process


def become(executable, command, variables):
    """Turn this process into the web server as `os.execve` would, but with what is loaded already."""
    assert command[1:4] == ["-P", "-m", web_process.__name__], command
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = command[3:]
    web_process.main()
    sys.exit()


def fork_timer(module, *arguments, log):
    """Start the process that makes backups as `start_process` would, but with what is loaded already."""
    assert module == backup_timer.__name__, module
    if os.fork():
        return
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream in (1, 2):
        os.dup2(log.fileno(), stream)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    sys.argv = [module, *arguments]
    try:
        backup_timer.main()
    finally:
        os._exit(0)


web_process.import_for_the_first_visitor()
inspect.getmodule(sys._getframe())  # looks the files of all modules up, as Streamlit will for the fonts
backup_timer.start_process = fork_timer
os.execve = become
