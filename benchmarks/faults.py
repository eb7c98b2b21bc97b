"""What happens when things break? Play every fault on projects made for it, and report whether the promise held.

    python benchmarks/faults.py --kills 300 --cut-points 200 --json

docs/faults.md explains the table. The exit code is 1 if a promise was broken.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from fault_cases.catalogue import Broken, Fault, Happened, NotHere, Trial
from fault_cases.everything import FAULTS
from rich.console import Console
from rich.table import Table


def main() -> None:
    """Play the faults, print what happened, and exit with 1 if a promise was broken."""
    options = _parser().parse_args()
    chosen = [fault for fault in FAULTS if options.only in (None, fault.name, str(fault.number))]
    if not chosen:
        raise SystemExit(f"There is no fault {options.only!r}; there are {', '.join(fault.name for fault in FAULTS)}.")
    table = Table("no.", "fault", "what was done", "expected", "times", "what happened", "s", show_lines=True)
    figures: dict[str, int | float | str] = {"seed": options.seed, "kills": options.kills, "cuts": options.cut_points}
    states = Counter[str]()
    for fault in chosen:
        began = time.monotonic()
        state, happened = _play(fault, options)
        states[state] += 1
        took = time.monotonic() - began
        name = fault.name.replace(" ", "_")
        figures |= {f"{name}_state": state, f"{name}_times": happened.times, f"{name}_s": round(took, 1)}
        figures |= {f"{name}_{key}": value for key, value in happened.figures.items()}
        shown = happened.words if state == "held" else f"{state.upper()}: {happened.words}"
        description = (str(fault.number), fault.name, fault.done, fault.expected)
        table.add_row(*description, str(happened.times), shown, f"{took:.1f}")
        print(f"{fault.number:2} {fault.name}: {state}", file=sys.stderr, flush=True)
    Console(stderr=options.json, width=180).print(table)
    figures |= {state: states[state] for state in ("held", "broken", "skipped")}
    if options.json:
        print(json.dumps(figures))
    raise SystemExit(1 if states["broken"] else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kills", type=int, default=300, help="number of times the server is killed")
    parser.add_argument("--cut-points", type=int, default=200, help="number of moments at which the power fails")
    parser.add_argument("--only", metavar="NAME", help="play only one fault, by its name or number")
    parser.add_argument("--seed", type=int, default=0, help="random seed for the moments at which things break")
    parser.add_argument("--json", action="store_true", help="print the figures as one object on the last line")
    return parser


def _play(fault: Fault, options: argparse.Namespace) -> tuple[str, Happened]:
    with tempfile.TemporaryDirectory(prefix="whylight-fault-") as folder:
        trial = Trial(
            Path(folder), random.Random(f"{options.seed} {fault.name}"), options.kills, options.cut_points, patient=True
        )
        try:
            return "held", fault.play(trial)
        except Broken as error:
            return "broken", Happened(0, str(error))
        except NotHere as reason:
            return "skipped", Happened(0, str(reason))
        except Exception as error:
            return "broken", Happened(0, f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
