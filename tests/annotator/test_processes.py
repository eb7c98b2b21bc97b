"""Which process is alive: by its number and its start, because a later one may have the same number."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotator import processes
from annotator.processes import end_process, is_alive, is_stopped, process_start

on_linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this machine has no /proc")


@pytest.fixture
def sleeper():
    """A process that waits for its standard input to end."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def test_a_running_process_is_alive_with_and_without_its_start(sleeper):
    assert is_alive(sleeper.pid, process_start(sleeper.pid))
    assert is_alive(sleeper.pid, None)


def test_no_process_has_a_number_that_is_too_large_for_one() -> None:
    assert not is_alive(2**31, None)
    assert not is_alive(10**30, "boot 7")


def test_a_stopped_process_is_alive(sleeper):
    started = process_start(sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)
    os.waitpid(sleeper.pid, os.WUNTRACED)
    assert is_alive(sleeper.pid, started)


def test_a_stopped_process_is_told_from_a_running_one(sleeper):
    assert not is_stopped(sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)
    os.waitpid(sleeper.pid, os.WUNTRACED)
    assert is_stopped(sleeper.pid)
    sleeper.send_signal(signal.SIGCONT)
    os.waitpid(sleeper.pid, os.WCONTINUED)
    assert not is_stopped(sleeper.pid)


def test_a_process_that_has_ended_is_not_alive(sleeper):
    started = process_start(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert not is_alive(sleeper.pid, started)
    assert not is_alive(sleeper.pid, None)


@on_linux
def test_a_process_that_has_ended_is_not_alive_before_its_exit_status_is_read(sleeper):
    started = process_start(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert process_start(sleeper.pid) == started
    assert not is_alive(sleeper.pid, started)


@on_linux
def test_another_process_with_the_same_number_is_not_mistaken_for_it(sleeper):
    assert process_start(sleeper.pid) == process_start(sleeper.pid) != process_start(os.getpid())
    assert not is_alive(sleeper.pid, process_start(os.getpid()))


@on_linux
def test_a_start_is_read_past_a_name_with_brackets_and_spaces(tmp_path):
    program = tmp_path / "a) R 1 (b"
    program.write_text("#!/bin/sh\nread line\n")
    program.chmod(0o700)
    with subprocess.Popen([program], stdin=subprocess.PIPE) as process:
        assert is_alive(process.pid, process_start(process.pid))


def test_the_start_of_no_process_is_none():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert process_start(gone.pid) is None


@on_linux
@pytest.mark.parametrize("stopped", [False, True])
def test_a_process_is_ended_even_if_it_is_stopped(sleeper, stopped, monkeypatch):
    monkeypatch.setattr(processes, "GRACE_S", 0.2)
    if stopped:
        sleeper.send_signal(signal.SIGSTOP)
        os.waitpid(sleeper.pid, os.WUNTRACED)
    assert end_process(sleeper.pid, process_start(sleeper.pid))
    assert sleeper.wait() == (-signal.SIGKILL if stopped else -signal.SIGTERM)


@on_linux
def test_a_process_that_may_be_another_is_left_alone(sleeper):
    assert end_process(sleeper.pid, process_start(os.getpid()))  # the process that was meant is gone
    assert not end_process(sleeper.pid, None)
    assert sleeper.poll() is None
