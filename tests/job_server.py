"""Forks our processes from one that has loaded what they load; all workers of a run share it.

`python job_server.py ADDRESS PID MODULE… ROOM` listens at that address, loads the modules, and ends when the process
PID does; ROOM is for longer command lines. A request is a line of JSON, {"module", "arguments", "environment",
"folder", "umask"}, with the descriptor of a log; or {"call", "arguments", "path", …}, a program as text and the places
of its modules, or {"command", …}, what follows `python`, -m MODULE or a script, with its arguments; both with the
descriptors of their three streams. It is answered with the number of the new process, and with
its exit code once it has ended: a line each.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import socket
import sys
import threading
import traceback
from contextlib import suppress

MOST_BYTES = 2**18
FORKED_JOBS = os.path.join(os.path.dirname(__file__), "builders", "forked_jobs.py")


def main():
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # a web server's socket, if that needed us first
    address, pid, *modules, _ = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(f"\0{address}")
        except OSError:
            return  # another worker needed one at the same time
        listener.listen()
        for module in modules:
            importlib.import_module(module)
        runpy.run_path(FORKED_JOBS)["start_jobs_as_forks"]()  # a round starts the next one
        gc.collect()
        gc.freeze()  # or each collection in a fork would copy all that is loaded
        serve(listener, os.pidfd_open(int(pid)))


def serve(listener, end):
    at_work = {}
    while True:
        ready, _, _ = select.select([listener, end, *at_work], [], [])
        if end in ready:
            return
        for ended in at_work.keys() & set(ready):
            pid, connection = at_work.pop(ended)
            os.close(ended)
            answer(connection, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            connection.close()
        if listener in ready:
            connection, _ = listener.accept()
            line, streams, _, _ = socket.recv_fds(connection, MOST_BYTES, 3)
            if streams:  # none if the one that asks was killed
                if not (pid := os.fork()):
                    order = json.loads(line)
                    be_listed_as(*command_line(order))
                    answer(connection, os.getpid())  # not before it is listed, by which it is known to be at work
                    os._exit(exit_code_of(order, streams))
                for stream in streams:
                    os.close(stream)
                at_work[os.pidfd_open(pid)] = pid, connection


def answer(connection, number):
    with suppress(OSError):  # the one that asked may have been killed since
        connection.sendall(b"%d\n" % number)


def command_line(order):
    """Return what follows `python` in the command line that the process would have."""
    if "call" in order:
        return "-c", order["call"], *order["arguments"]
    return order["command"] if "command" in order else ("-P", "-m", order["module"], *order["arguments"])


def exit_code_of(order, streams):
    try:
        become(order, streams)
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def become(order, streams):
    """Be what would have been started: a session of its own; one with a log alone as its output has no input."""
    os.setsid()
    if len(streams) == 1:
        streams = [os.open(os.devnull, os.O_RDONLY), *streams, *streams]
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    os.umask(order["umask"])
    if "call" in order:
        call(order)
    elif "command" in order:
        run(order["command"])
    else:
        sys.argv = [order["module"], *order["arguments"]]
        sys.modules.pop(order["module"], None)
        runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


def run(command):
    """Run what `python COMMAND` runs: -m MODULE or a script, with its arguments."""
    sys.argv = list(command)
    if sys.argv[0] == "-m":
        sys.argv.pop(0)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def call(order):
    """Run a program as `python -c` does: it ends with the last of its threads."""
    sys.path[:] = order["path"]
    sys.argv = ["-c", *order["arguments"]]
    exec(order["call"], {"__name__": "__main__"})
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()


def be_listed_as(*arguments):
    """Write Python with these arguments over this process's command line, which tells ours apart.

    The slashes before Python's name fill what would be left of the older, longer line.
    """
    with open("/proc/self/stat", "rb") as file:
        first, end = map(int, file.read().rpartition(b")")[2].split()[45:47])
    line = b"".join(os.fsencode(each) + b"\0" for each in (sys.executable, *arguments))
    assert len(line) <= end - first, "the server's own line is too short"
    ctypes.memmove(first, line.rjust(end - first, b"/"), end - first)


if __name__ == "__main__":
    main()
