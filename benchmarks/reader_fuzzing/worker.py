"""One reader's inputs, tried in a process of its own, which may die of any of them."""

import faulthandler
import random
import time
from pathlib import Path

from annotator.importing.upload_process import limit_memory
from reader_fuzzing.mutation import mutate
from reader_fuzzing.seeds import Files, seeds_of
from reader_fuzzing.tally import Found, Tally
from reader_fuzzing.trial import TAKEN, Broken, Trials, Way, draw_way

MOST_GROWTH_MB = 256
"""What the memory of the process may grow by, over all its inputs."""

_MOST_KEPT = 300
_FOR_A_MESSAGE_MB = 512
"""What it may grow by beyond that before it is refused more, so that the growth is measured and not a crash."""
_WRITTEN_EVERY = 20


def work(reader: str, *, seed: int, first: int, seconds: float, folder: Path) -> None:
    """Try inputs until the time is over or the memory has grown too much, and keep a tally in the folder."""
    faulthandler.enable()
    ends = time.monotonic() + seconds
    trials, inputs, tally = Trials(folder), _Inputs(reader, seed), Tally()
    _warm_up(trials, reader)
    before = status_mb("VmHWM")
    limit_memory((status_mb("VmData") + MOST_GROWTH_MB + _FOR_A_MESSAGE_MB) * 2**20)
    while time.monotonic() < ends and tally.growth_mb <= MOST_GROWTH_MB:
        number = first + tally.inputs
        files = inputs.draw(number)
        (folder / "number").write_text(str(number))
        try:
            fate = trials.try_input(reader, files, way_of(reader, seed, number))
            inputs.keep(fate, files)
            tally.taken += fate == TAKEN
        except Broken as broken:
            tally.note(Found(reader, number, broken.kind, broken.what, broken.where), folder)
        tally.inputs, tally.fates = tally.inputs + 1, len(inputs.fates)
        tally.growth_mb = status_mb("VmHWM") - before
        if tally.growth_mb > MOST_GROWTH_MB:
            tally.note(Found(reader, number, "memory", f"{tally.growth_mb} MB more than before"), folder)
        if tally.inputs % _WRITTEN_EVERY == 0:
            tally.write(folder / "tally.json")
    tally.write(folder / "tally.json")


def way_of(reader: str, seed: int, number: int) -> Way:
    """Return how the input with this number is read."""
    return draw_way(reader, random.Random(f"{seed} {reader} {number} way"))


def status_mb(name: str) -> int:
    """Return one of the kernel's figures of this process, such as the most memory that it has held."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines[name].split()[0]) // 1024


class _Inputs:
    """Draws inputs: changes of the seeds, and of earlier inputs of which something became that was new."""

    def __init__(self, reader: str, seed: int) -> None:
        self._reader, self._seed = reader, seed
        self._seeds = seeds_of(reader)
        self._kept: list[Files] = []
        self.fates: set[str] = set()

    def draw(self, number: int) -> Files:
        """Return the input with this number."""
        draw = random.Random(f"{self._seed} {self._reader} {number}")
        begun = draw.choice(self._kept if self._kept and draw.random() < 0.5 else self._seeds)
        return mutate(begun, self._seeds, draw)

    def keep(self, fate: str, files: Files) -> None:
        """Keep an input if its fate is new."""
        if fate not in self.fates and len(self._kept) < _MOST_KEPT:
            self._kept.append(files)
        self.fates.add(fate)


def _warm_up(trials: Trials, reader: str) -> None:
    """Try the seeds, so that what is loaded with the first use is no growth."""
    for number, files in enumerate(seeds_of(reader)):
        trials.try_input(reader, files, draw_way(reader, random.Random(number)))
