"""Say where the CPU seconds of a simulated learning curve go.

    python benchmarks/simulation_parts.py DATA --encoder minilm --loss default --sizes 50,100,200,300,500,1000,2000

One trial is played in this process, with one thread; its sentences are read before. A part inside another one counts
for itself alone. Training and judging are what a study is for; everything else is the price of playing it through the
application.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

import annotator.simulation.oracle as oracle
import annotator.simulation.playing as playing
from annotator.rounds.learning import process
from annotator.simulation.plan import ALL_SIZES, Plan, trials_of
from annotator.simulation.template import make_template
from annotator.simulation.warming import read_ahead

PARTS: tuple[tuple[Any, str, str], ...] = (
    (playing, "queue_round", "reading the answers"),
    (process, "training_set_of", "reading the answers"),
    (oracle.Oracle, "draw_first", "answering"),
    (oracle.Oracle, "answer", "answering"),
    (process, "read_for_round", "looking for unread sentences"),
    (process, "teach", "training"),
    (process, "judge_model", "judging"),
    (playing, "judge_round", "judging"),
    (process, "_score", "scoring the pool"),
    (process, "choose_head", "choosing the queue"),
    (process, "land", "landing"),
)
WORK = ("training", "judging")


class Clock:
    """CPU seconds by part; while one part runs inside another, only the inner one's clock runs."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    def timed(self, part: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function, whose seconds count for the part."""

        @wraps(run)
        def run_timed(*given: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            began = time.process_time()
            try:
                return run(*given, **named)
            finally:
                took = time.process_time() - began
                self.seconds[part] += took - self._inner.pop()
                self._inner[-1] += took

        return run_timed


def main() -> None:
    """Play the trial that the command line describes, and print its seconds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--encoder", default="auto")
    parser.add_argument("--loss", default="default")
    parser.add_argument("--acquisition", default="margin")
    parser.add_argument("--sizes", default="50,100,200,300,500,1000,2000")
    parser.add_argument("--all-figures", action="store_true")
    parser.add_argument("--keep", type=Path, help="where the vectors are kept for the next call")
    given = parser.parse_args()
    plan = Plan(
        given.data,
        tuple(map(int, given.sizes.split(","))),
        seeds=(0,),
        encoders=(given.encoder,),
        losses=(given.loss,),
        acquisitions=(given.acquisition,),
        all_figures_at=ALL_SIZES if given.all_figures else (),
    )
    with TemporaryDirectory() as folder:
        print(json.dumps(seconds_of(plan, given.keep or Path(folder)), indent=2))


def seconds_of(plan: Plan, folder: Path) -> dict[str, Any]:
    """Return the CPU seconds of the plan's first trial by part, and the share that is neither training nor judging."""
    gold = playing.read_once(plan.data, plan.with_test)
    trials = trials_of(plan, gold)
    template = make_template(folder, gold)
    read_ahead(trials, plan, gold, template)
    torch.set_num_threads(1)
    import sklearn.metrics  # noqa: F401 (a process imports it once, not in every trial)

    clock = Clock()
    for home, name, part in PARTS:
        setattr(home, name, clock.timed(part, getattr(home, name)))
    play = clock.timed("the rest", playing.run_trial)
    play(trials[0], plan=plan, template=template)
    total, work = sum(clock.seconds.values()), sum(clock.seconds[part] for part in WORK)
    seconds = {part: round(value, 2) for part, value in clock.seconds.items()}
    return {
        "seconds": seconds,
        "total": round(total, 2),
        "above": round(total / work - 1, 3),
    }


if __name__ == "__main__":
    main()
