"""Run our functions in separate processes, to be killed, starved or locked in."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_DROP_FROM_BOUNDING_SET = 24  # prctl's PR_CAPBSET_DROP
_OVERRIDES = (1, 2)  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: what lets root ignore a file's permissions


def start(function: Callable[..., None], *arguments: object, mortal: bool = False) -> subprocess.Popen[str]:
    """Call `function` with its arguments as strings in a new process; its output is a pipe.

    A `mortal` process obeys the permissions of files even if root started it.
    """
    call = f"import sys; from {function.__module__} import {function.__name__} as f; f(*sys.argv[1:])"
    return run_python(["-c", call, *map(str, arguments)], mortal=mortal)


def run_python(arguments: list[str], *, mortal: bool) -> subprocess.Popen[str]:
    """Start Python with these arguments, which find what this process finds."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(),
        preexec_fn=_give_up_overrides if mortal else None,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process to end and return its exit code, output and error output."""
    output, errors = process.communicate()
    return process.returncode, output, errors


def run(function: Callable[..., None], *arguments: object, mortal: bool = False) -> tuple[int, str, str]:
    """Call `function` in a new process, and wait for it to end."""
    return finish(start(function, *arguments, mortal=mortal))


def whylight(*arguments: object, mortal: bool = False) -> subprocess.Popen[str]:
    """Start the command `whylight` with these arguments."""
    return start(_command_line, *arguments, mortal=mortal)


def die(*arguments: Any, **names: Any) -> None:
    """End this process at once, as `kill -9` does, in place of a step that is never reached."""
    os.kill(os.getpid(), 9)


def die_instead_of(owner: str, name: str) -> None:
    """Let this process die where it would call `name` from the module `owner`."""
    setattr(sys.modules[owner], name, die)


def says_so_plainly(code: int, output: str, errors: str) -> bool:
    """Return whether a command ended with a sentence: without a traceback, and not by a signal."""
    return code in (0, 1) and "Traceback" not in output + errors


def folder_of(path: Path) -> dict[str, bytes]:
    """Return the content of every file in a folder, by name.

    Files without people's data are left out: empty files, the shared index of a log, locks.
    """
    files = [each for each in path.iterdir() if each.is_file() and not each.name.endswith(("-shm", "lock"))]
    return {each.name: content for each in files if (content := each.read_bytes())}


def _command_line(*arguments: str) -> None:
    from annotator.cli import main

    main(list(arguments))


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "OMP_NUM_THREADS": "1"}


def _give_up_overrides() -> None:
    libc = ctypes.CDLL(None)
    for override in _OVERRIDES:
        libc.prctl(_DROP_FROM_BOUNDING_SET, override, 0, 0, 0)
