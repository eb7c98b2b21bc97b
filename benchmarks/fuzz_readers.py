"""Does any file end in anything but sentences? Make files of every format worse at random, and read them.

    python benchmarks/fuzz_readers.py --seconds 60 --at-once 4 [--reader NAME] [--seed 0] [--json]
    python benchmarks/fuzz_readers.py --reader NAME --input NUMBER --again SAVED

Each reader works in a process of its own. A finding is a traceback, a crash, a hang, more memory than an honest file
needs, marks that don't fit their tokens, or a project that a refused file has changed. It is printed on a line of its
own, with the seed; its input is saved in --findings, and `--again` tries it once more and shows the traceback. The
exit code is 1 after a finding.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reader_fuzzing.tally import Found, Tally
from reader_fuzzing.trial import Broken, Trials
from reader_fuzzing.worker import way_of, work
from rich.console import Console
from rich.table import Table

from annotator.formats.registry import READERS
from annotator.formats.tools.folders import FOLDERS

MOST_WALL_S = 60.0
"""After this long on one input a process is ended; it stops by itself after a few seconds of its own CPU time."""
_PAUSE_S = 0.5
_STARTS_IN_S = 60.0


def main() -> None:
    """Fuzz the readers, print what was found, and exit with 1 if anything was."""
    options = _parser().parse_args()
    if options.inside:
        work(options.reader[0], seed=options.seed, first=options.input, seconds=options.seconds, folder=options.inside)
    elif options.again:
        _try_again(options.reader[0], options.again, options.seed, options.input)
    else:
        raise SystemExit(_fuzz_all(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for each reader")
    parser.add_argument("--at-once", type=int, default=4, help="readers that work at the same time")
    parser.add_argument("--reader", action="append", choices=[*READERS, *FOLDERS], help="only this one; repeatable")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--input", type=int, default=0, help="the number of the first input, or of the saved one")
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="where inputs are saved")
    parser.add_argument("--again", type=Path, help="a saved input")
    parser.add_argument("--json", action="store_true", help="print one flat object as the last line")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    return parser


def _fuzz_all(options: argparse.Namespace) -> int:
    readers = options.reader or [*READERS, *FOLDERS]
    with ThreadPoolExecutor(options.at_once) as pool:
        tallies = list(pool.map(lambda reader: _fuzz(reader, options), readers))
    table = Table("reader", "inputs", "taken", "fates", "memory grew by", "found")
    figures: dict[str, int | float] = {"seed": options.seed, "seconds": options.seconds}
    for reader, tally in zip(readers, tallies, strict=True):
        counts = (tally.inputs, tally.taken, tally.fates)
        table.add_row(reader, *(f"{count:,}" for count in counts), f"{tally.growth_mb} MB", str(len(tally.found)))
        figures |= {f"{reader} inputs": tally.inputs, f"{reader} found": len(tally.found)}
    Console(stderr=options.json).print(table)
    if options.json:
        print(json.dumps(figures))
    return int(any(tally.found for tally in tallies))


def _fuzz(reader: str, options: argparse.Namespace) -> Tally:
    """Fuzz one reader for its time, in one process after another if they die, and print what was found."""
    tally, ends = Tally(), time.monotonic() + options.seconds
    while (left := ends - time.monotonic()) > 1:
        with tempfile.TemporaryDirectory(prefix="whylight-fuzz-", ignore_cleanup_errors=True) as folder:
            part = _run(reader, options, options.input + tally.inputs, left, Path(folder))
            known = len(tally.found)
            tally.add(part)
            for found in tally.found[known:]:
                found.saved = _saved(found, options.findings)
                print(_line(found, options.seed), flush=True)
    return tally


def _run(reader: str, options: argparse.Namespace, first: int, seconds: float, folder: Path) -> Tally:
    """Return the tally of a process, with a finding of its own if it died or hung."""
    command = [sys.executable, __file__, "--inside", str(folder), "--reader", reader, "--seed", str(options.seed)]
    command += ["--input", str(first), "--seconds", str(seconds)]
    with (folder / "output.txt").open("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        hangs = _wait(process, folder)
        output.seek(0)
        said = output.read().strip()
    tally = Tally.read(folder / "tally.json")
    if process.returncode:
        number = int(_text(folder / "number") or first)
        kind = "hang" if hangs else "crash"
        what = f"more than {MOST_WALL_S:.0f} s" if hangs else f"exit code {process.returncode} {said[:300]}"
        tally.note(Found(reader, number, kind, " ".join(what.split())), folder)
        tally.inputs = number + 1 - first
    return tally


def _wait(process: subprocess.Popen[bytes], folder: Path) -> bool:
    """Wait for the process; end it and return True if it spends too long on one input."""
    began, number = time.monotonic(), ""
    while process.poll() is None:
        time.sleep(_PAUSE_S)
        if (now := _text(folder / "number")) != number:
            began, number = time.monotonic(), now
        if time.monotonic() > began + (MOST_WALL_S if number else MOST_WALL_S + _STARTS_IN_S):
            process.kill()
            process.wait()
            return True
    return False


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _saved(found: Found, findings: Path) -> str:
    target = findings / Path(found.saved).name
    if Path(found.saved).exists():
        shutil.copytree(found.saved, target, dirs_exist_ok=True)
    return str(target)


def _line(found: Found, seed: int) -> str:
    place = f" at {found.where}" if found.where else ""
    what = " ".join(found.what.split())[:300]
    return f"{found.reader}: {found.kind}{place}: {what}; --seed {seed} --input {found.number} --again {found.saved}"


def _try_again(reader: str, saved: Path, seed: int, number: int) -> None:
    """Try a saved input, and print what becomes of it, with the traceback if there is one."""
    files = {path.relative_to(saved).as_posix(): path.read_bytes() for path in saved.rglob("*") if path.is_file()}
    with tempfile.TemporaryDirectory(prefix="whylight-fuzz-") as folder:
        try:
            print(Trials(Path(folder)).try_input(reader, files, way_of(reader, seed, number)))
        except Broken as broken:
            print(broken.details)
            raise SystemExit(f"{broken.kind}: {broken.what}") from None


if __name__ == "__main__":
    main()
