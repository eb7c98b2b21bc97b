"""What people were told that they hold, and whether one slot was ever two people's at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from annotator.answering.queue import Assignment


@dataclass(frozen=True)
class Stretch:
    """The milliseconds in which one person surely held a slot.

    It begins when the lease was told and ends with it, or when its answer was sent, whichever is
    first: never longer than the truth, so that two stretches that overlap are a double assignment.
    """

    slot: int
    person: int
    since_ms: int
    until_ms: int


@dataclass
class LeaseLog:
    """One person's leases, as `lease_ahead` told them."""

    person: int
    ended: list[Stretch] = field(default_factory=list)
    _held: dict[int, Stretch] = field(default_factory=dict)

    def told(self, ahead: Sequence[Assignment], *, asked_ms: int, now_ms: int) -> None:
        """Note what a call of `lease_ahead`, made at `asked_ms`, has given."""
        held = {}
        for slot in (assignment.slot for assignment in ahead):
            begun = self._held.pop(slot.id, Stretch(slot.id, self.person, now_ms, 0))
            held[slot.id] = replace(begun, until_ms=slot.lease_until_ms)
        for slot_id in list(self._held):  # no longer among them: a new round has exchanged it
            self.sent(slot_id, asked_ms)
        self._held = held

    def sent(self, slot_id: int, now_ms: int) -> None:
        """Note that the answer to this slot is on its way."""
        stretch = self._held.pop(slot_id, None)
        if stretch is not None:
            self.ended.append(replace(stretch, until_ms=min(stretch.until_ms, now_ms)))

    def stretches(self) -> list[Stretch]:
        """Give all of them; what is held still is held to the end of its lease."""
        return [*self.ended, *self._held.values()]


def double_assigned(stretches: Iterable[Stretch]) -> list[tuple[Stretch, Stretch]]:
    """Give the pairs of stretches in which two people held one slot at the same time."""
    doubles, longest = [], dict[int, Stretch]()
    told_in_time = (each for each in stretches if each.since_ms < each.until_ms)
    for stretch in sorted(told_in_time, key=lambda each: (each.slot, each.since_ms)):
        before = longest.get(stretch.slot)
        if before is not None and before.person != stretch.person and stretch.since_ms < before.until_ms:
            doubles.append((before, stretch))
        if before is None or stretch.until_ms > before.until_ms:
            longest[stretch.slot] = stretch
    return doubles
