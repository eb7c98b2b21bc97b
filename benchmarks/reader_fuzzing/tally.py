"""What became of a reader's inputs, as its process writes it down while it works."""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Found:
    """A broken promise, and the first input that broke it."""

    reader: str
    number: int
    kind: str
    """A traceback, a hang, memory, a crash, a changed or damaged project, or something wrong that was taken."""
    what: str
    where: str = ""
    """The place in the code."""
    times: int = 1
    saved: str = ""
    """The file or folder with the input."""


@dataclass
class Tally:
    """The counts of a reader's inputs, and what was found."""

    inputs: int = 0
    taken: int = 0
    fates: int = 0
    """How many different things became of them."""
    growth_mb: int = 0
    found: list[Found] = field(default_factory=list)

    def note(self, found: Found, folder: Path) -> None:
        """Count a finding; the input of the first at its place in the code is saved."""
        for known in self.found:
            if (known.kind, known.where) == (found.kind, found.where):
                known.times += 1
                return
        target = folder / "found" / f"{found.reader}-{found.kind}-{found.number}"
        if (folder / "now" / "in").exists():  # not if the process ended before its first input
            shutil.copytree(folder / "now" / "in", target, dirs_exist_ok=True)
        self.found.append(found)
        found.saved = str(target)

    def add(self, other: "Tally") -> None:
        """Add what another process of the same reader noted."""
        self.inputs, self.taken = self.inputs + other.inputs, self.taken + other.taken
        self.fates, self.growth_mb = max(self.fates, other.fates), max(self.growth_mb, other.growth_mb)
        known = {(found.kind, found.where) for found in self.found}
        self.found += [found for found in other.found if (found.kind, found.where) not in known]

    def write(self, path: Path) -> None:
        """Write it where another process reads it, all at once."""
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(asdict(self)))
        aside.replace(path)

    @classmethod
    def read(cls, path: Path) -> "Tally":
        """Return what `write` wrote; nothing if it wrote nothing."""
        if not path.exists():
            return cls()
        kept = json.loads(path.read_text())
        return cls(**kept | {"found": [Found(**each) for each in kept["found"]]})
