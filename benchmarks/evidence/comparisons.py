"""Families of comparisons: pairs of arms, each with its difference, and p-values corrected within the family."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotator.simulation.comparing import Difference, holm
from evidence.protocol import SIGNIFICANT


@dataclass(frozen=True)
class Compared:
    """A comparison of a family."""

    name: str
    difference: Difference
    p: float
    """The paired t-test's, corrected by Holm's method over the family; 1 where there is no test."""

    @property
    def is_higher(self) -> bool:
        """Return whether the first arm is higher, with p below 0.05."""
        return self.p < SIGNIFICANT and self.difference.mean > 0

    @property
    def is_lower(self) -> bool:
        """Return whether the first arm is lower, with p below 0.05."""
        return self.p < SIGNIFICANT and self.difference.mean < 0


Wanted = tuple[str, Difference | None]


def family(wanted: Sequence[Wanted]) -> list[Compared]:
    """Return the comparisons that have trials, corrected for how many they are."""
    known = [(name, difference) for name, difference in wanted if difference is not None]
    corrected = holm([1.0 if difference.t_p is None else difference.t_p for _, difference in known])
    return [Compared(name, difference, p) for (name, difference), p in zip(known, corrected, strict=True)]


def in_lines(compared: Sequence[Compared]) -> Iterator[str]:
    """Yield a table of the comparisons as lines of Markdown."""
    yield "| | seeds | difference | 95 % interval | p (t) | p (Wilcoxon) | p (t, Holm) | smallest shown |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in compared:
        of = each.difference
        cells = (each.name, of.seeds, signed(of.mean), interval(of), _p(of.t_p), _p(of.wilcoxon_p), _p(each.p))
        yield f"| {' | '.join(map(str, cells))} | {'–' if of.detectable is None else f'{of.detectable:.1f}'} |"


def interval(of: Difference) -> str:
    """Return the interval of a difference in words, a dash if there is none."""
    return "–" if of.interval is None else f"{signed(of.interval.low)} to {signed(of.interval.high)}"


def in_words(of: Difference) -> str:
    """Return a difference as a sentence has it: "+1.2 points (+0.4 to +2.0)"."""
    return f"{signed(of.mean)} points" + ("" if of.interval is None else f" ({interval(of)})")


def shown(of: Difference | None, *, is_certain: bool = False) -> str:
    """Return a difference with its interval as a cell has it, bold if it is certain; a dash if there is none."""
    if of is None:
        return "–"
    mean = f"**{signed(of.mean)}**" if is_certain else signed(of.mean)
    return mean if of.interval is None else f"{mean} ({interval(of)})"


def signed(points: float, digits: int = 1) -> str:
    """Return points with their sign, "+1.2" or "−0.4"; what is rounded to nothing has none."""
    written = f"{points:+.{digits}f}"
    return (written if float(written) else written[1:]).replace("-", "−")


def _p(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def is_within(found: Difference, points: float) -> bool:
    """Return whether the lower end of the 95 % interval is above minus so many points."""
    return found.interval is not None and found.interval.low > -points
