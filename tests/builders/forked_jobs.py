"""Processes as forks of one that has loaded their modules: torch alone takes seconds of each cold one."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

from annotator.safe_path import environment

RUN = "WHYLIGHT_TEST_RUN"
"""The variable with the number of the process that a run of the tests ends with."""

SERVER = Path(__file__).resolve().parents[1] / "job_server.py"
LIGHT = ("annotator.importing.upload_process", "annotator.importing.run")
HEAVY = (
    *("torch", "torch._dynamo", "sklearn.metrics", "scipy.stats"),
    *("learner.training.run", "learner.training.checkpoint", "learner.judging.evaluation"),
    *("annotator.round_process", "annotator.rounds.learning.rest_process"),
    *("annotator.rounds.looking_again.look_again_process", "annotator.rounds.asking.scorer_process"),
    "warm_commands",
)
LONGEST_LINE = 8192
STARTED_WITHIN_S = 60.0
CAN_FORK = hasattr(os, "pidfd_open")
"""Whether this system has what the servers need; where it hasn't, all processes start cold."""


class Forked:
    """As much of a `Popen` as those who start background processes use."""

    returncode: int | None = None

    def __init__(self, connection: socket.socket) -> None:
        with connection:
            self._answers = connection.makefile("r")
        self.pid = int(self._answers.readline())

    def wait(self) -> int:
        if self.returncode is None:
            with self._answers:
                self.returncode = int(self._answers.readline())
        return self.returncode

    def poll(self) -> int | None:
        if self.returncode is None and select.select([self._answers], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start_jobs_as_forks() -> None:
    """Let all background processes that this process and the servers of jobs start be forks from now on."""
    from annotator import jobs
    from annotator.rounds.asking import scorer

    jobs.start_process = scorer.start_process = start_forked


def start_forked(module: str, *arguments: str, log: BinaryIO) -> Forked:
    """Start it as `annotator.processes.start_process` does."""
    order = {"module": module, "arguments": arguments, "environment": environment()}
    return Forked(_ask(LIGHT if module in LIGHT else HEAVY, order, [log.fileno()]))


class ForkedProgram(Forked):
    """As much of a `Popen` as the faults use of a program with pipes."""

    def __init__(self, connection: socket.socket, pipes: Sequence[int]) -> None:
        super().__init__(connection)
        self.stdin, self.stdout, self.stderr = (os.fdopen(pipe, way) for pipe, way in zip(pipes, "wrr", strict=True))

    def communicate(self) -> tuple[str, str]:
        with self.stdin, self.stdout, self.stderr, ThreadPoolExecutor() as readers:
            self.stdin.close()
            output, errors = readers.map(lambda stream: stream.read(), (self.stdout, self.stderr))
        self.wait()
        return output, errors


def start_command(
    modules: tuple[str, ...],
    *command: str,
    environment: Mapping[str, str],
    output: Path,
    errors: Path,
    folder: Path | None = None,
) -> "Forked | subprocess.Popen[bytes]":
    """Start what `python COMMAND` runs, without input and in a folder, as a fork of what has these modules."""
    variables = {**os.environ, **environment, "OMP_NUM_THREADS": "1"}
    order = {"command": command, "environment": variables, "folder": str(folder or Path.cwd())}
    with open(os.devnull) as nothing, output.open("wb") as out, errors.open("wb") as err:
        if not CAN_FORK:
            where = {"env": variables, "cwd": folder, "stdin": nothing, "stdout": out, "stderr": err}
            return subprocess.Popen([sys.executable, *command], **where)
        return Forked(_ask(modules, order, (nothing.fileno(), out.fileno(), err.fileno())))


def start_program(call: str, *arguments: str) -> "ForkedProgram | subprocess.Popen[str]":
    """Start `python -c CALL ARGUMENTS` as a fork of what has loaded torch, with pipes for its streams."""
    if not CAN_FORK:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", call, *arguments]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    order = {"call": call, "arguments": arguments, "path": sys.path, "environment": dict(os.environ)}
    (input, feed), (output, out), (errors, err) = os.pipe(), os.pipe(), os.pipe()
    try:
        return ForkedProgram(_ask(HEAVY, order, (input, out, err)), (feed, output, errors))
    finally:
        for pipe in (input, out, err):
            os.close(pipe)


def _ask(modules: tuple[str, ...], order: Mapping[str, object], streams: Sequence[int]) -> socket.socket:
    """Ask the server that has these modules for a process, and return the connection on which it answers."""
    connection = _connect(modules)
    whole = {"folder": os.getcwd(), "umask": _umask(), **order}
    socket.send_fds(connection, [json.dumps(whole).encode()], streams)
    return connection


def _connect(modules: tuple[str, ...]) -> socket.socket:
    """Return a connection to the server that has these modules; it is started if none listens."""
    address, started = f"whylight tests {os.environ[RUN]} {modules[0]}", False
    deadline = time.monotonic() + STARTED_WITHIN_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(f"\0{address}")
            return connection
        except ConnectionRefusedError:
            connection.close()
            assert time.monotonic() < deadline, "the server of jobs did not start"
        if not started:
            started = bool(_start_server(address, modules))
        time.sleep(0.01)


def _start_server(address: str, modules: tuple[str, ...]) -> int:
    command = [sys.executable, "-P", str(SERVER), address, os.environ[RUN], *modules, "x" * LONGEST_LINE]
    nothing = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in range(3)]
    variables = environment() | {"OMP_NUM_THREADS": "1"}
    return os.posix_spawn(sys.executable, command, variables, file_actions=nothing, setsid=True)


def _umask() -> int:
    (umask,) = re.findall(r"^Umask:\s*(\d+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(umask, 8)
