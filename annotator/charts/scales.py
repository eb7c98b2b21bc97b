"""Where things go in a chart: round numbers for an axis, and labels that do not cover each other."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FEW_TICKS = 3


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high`, drawn from `start` to `end` in pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is drawn."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, most: int) -> list[float]:
        """Return round numbers inside the scale, about `most` of them."""
        step = _round_step((self.high - self.low) / max(1, most))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


class LogScale(Scale):
    """The same with doublings that are all equally wide; both ends are above 0."""

    def at(self, value: float) -> float:
        """Return where a value above 0 is drawn."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, most: int) -> list[float]:
        """Return 1, 2 and 5 times the powers of ten inside the scale, or round numbers as elsewhere if it has few."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for factors in ((1, 2, 5), (1,)):
            found = [factor * 10.0**power for power in powers for factor in factors]
            inside = [tick for tick in found if self.low * (1 - 1e-9) <= tick <= self.high * (1 + 1e-9)]
            if 1 < len(inside) <= most:
                return inside
        return super().ticks(min(most, _FEW_TICKS))


def domain_around(values: Iterable[float], *, room: float = 0.08, least: float = 1.0) -> tuple[float, float]:
    """Return a domain with some room around the values; at least `least` wide, so that one value has an axis too."""
    found = list(values)
    low, high = min(found), max(found)
    width = max(high - low, least)
    middle = (low + high) / 2
    half = width * (0.5 + room)
    return middle - half, middle + half


def domain_up_to(highest: float) -> tuple[float, float]:
    """Return a domain from 0 to a round number: it changes only when a value passes that number."""
    step = _round_step(max(highest, 1e-9) / 2)
    return 0.0, math.ceil(highest / step - 1e-9) * step or 1.0


def spread(wanted: Sequence[float], *, apart: float, low: float, high: float) -> list[float]:
    """Return places as near as possible to those wanted, in the same order, at least `apart`, between the ends."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places = [0.0] * len(wanted)
    at = low - apart
    for index in order:
        at = places[index] = max(wanted[index], at + apart)
    at = high + apart
    for index in reversed(order):
        at = places[index] = min(places[index], at - apart)
    return places


def _round_step(step: float) -> float:
    """Return the nearest of 1, 2, 5 times a power of ten that is not smaller."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= step * (1 - 1e-9))
