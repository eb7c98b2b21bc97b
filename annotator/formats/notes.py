"""What a reader did on its own: how it understood a file, and what it repaired, so that nothing happens silently."""

from dataclasses import dataclass, field


@dataclass
class Repair:
    """One kind of repair."""

    what: str
    """What was done, such as "carriage returns became newlines"."""
    count: int
    """Lines, or rows, where it was done."""
    line: int
    """The first of them."""


@dataclass
class Notes:
    """What the report of an import says about its reader."""

    read_as: list[str] = field(default_factory=list)
    """What only the content said, such as "semicolons" and "Windows-1252"."""
    remarks: list[str] = field(default_factory=list)
    """Sentences about the file as a whole."""
    _repairs: dict[str, Repair] = field(default_factory=dict)

    def repaired(self, what: str, line: int) -> None:
        """Count a repair on this line."""
        found = self._repairs.setdefault(what, Repair(what, 0, line))
        found.count += 1

    def repairs(self) -> list[Repair]:
        """Return the repairs, the most frequent kind first."""
        return sorted(self._repairs.values(), key=lambda repair: -repair.count)
