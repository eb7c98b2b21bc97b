"""Choose the acquisitions of experiment B by their curves on dev, as the protocol says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import fmean

from evidence.protocol import ACQUISITION_SETS, CHOOSING_SEEDS, CHOOSING_SIZES, DIVERSE, OURS, Chosen, Trial
from evidence.trials import Runs, area_of


def choose(runs: Runs) -> Chosen:
    """Return the best diverse acquisition and the best of ours; raise ValueError if a trial is missing."""
    return Chosen(diverse=_best(DIVERSE, runs), ours=_best(OURS, runs))


def areas(runs: Runs) -> dict[str, dict[str, float]]:
    """Return acquisition → set → the mean over seeds of the area under the accuracy on dev, in percent."""
    return {acquisition: _areas(acquisition, runs) for acquisition in (*DIVERSE, *OURS)}


def write_chosen(path: Path, chosen: Chosen, runs: Runs) -> None:
    """Write what was chosen, with the areas of all candidates: the same bytes from the same trials."""
    rounded = {name: {data: round(area, 4) for data, area in of.items()} for name, of in areas(runs).items()}
    record = {"chosen": asdict(chosen), "areas": rounded}
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def read_chosen(path: Path) -> Chosen:
    """Return what `write_chosen` wrote."""
    return Chosen(**json.loads(path.read_text(encoding="utf-8"))["chosen"])


def _best(names: Sequence[str], runs: Runs) -> str:
    """Return the acquisition with the largest mean area over the sets; the one that is listed first at a tie."""
    return max(names, key=lambda name: fmean(_areas(name, runs).values()))


def _areas(acquisition: str, runs: Runs) -> dict[str, float]:
    return {data: _area(acquisition, data, runs) for data in ACQUISITION_SETS}


def _area(acquisition: str, data: str, runs: Runs) -> float:
    found: Mapping[Trial, float] = {
        trial: area_of(run, "dev accuracy", CHOOSING_SIZES)
        for trial, run in runs.items()
        if (trial.acquisition, trial.data, trial.judged_on) == (acquisition, data, "dev")
        and trial.seed in CHOOSING_SEEDS
    }
    if len(found) < len(CHOOSING_SEEDS):
        raise ValueError(f"{acquisition} on {data}: the trials are not all done; run `choose` to its end")
    return fmean(found.values())
