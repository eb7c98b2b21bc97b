"""A process with modules loaded that forks one for each command, so that what a test starts is ready at once.

`python warm_server.py PREPARATION`: that script loads what the commands will need. An order is a line of JSON:
{"argv", "environment", "folder", "stdout", "stderr"} is answered with the number of the new process, {"wait": number}
with its exit code once it has ended.
"""

import json
import os
import runpy
import sys
import traceback


def obey(order):
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, descriptor in (("stdout", 1), ("stderr", 2)):
        os.dup2(os.open(order[stream], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.argv = order["argv"]
    if sys.argv[0] == "-m":
        sys.argv.pop(0)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(sys.argv[0], run_name="__main__")


def exit_code_of(order):
    try:
        obey(order)
    except SystemExit as end:
        return int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


prepared = runpy.run_path(sys.argv[1])
while line := sys.stdin.readline():
    order = json.loads(line)
    if "wait" in order:
        print(os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1]), flush=True)
    elif pid := os.fork():
        print(pid, flush=True)
    else:
        code = exit_code_of(order)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
