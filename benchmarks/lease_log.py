"""Records the leases that people got, and finds slots that two people held at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from annotator.answering.queue import Assignment


@dataclass(frozen=True)
class Stretch:
    """The milliseconds in which one person certainly held a slot.

    It begins when the person got the lease and ends with the lease, or when the answer was sent, whichever
    is first. It is never longer than the truth, so two stretches that overlap are a double assignment.
    """

    slot: int
    person: int
    since_ms: int
    until_ms: int


@dataclass
class LeaseLog:
    """One person's leases, as `lease_ahead` returned them."""

    person: int
    ended: list[Stretch] = field(default_factory=list)
    _held: dict[int, Stretch] = field(default_factory=dict)

    def received(self, ahead: Sequence[Assignment], *, asked_ms: int, now_ms: int) -> None:
        """Record the result of a call of `lease_ahead` that was made at `asked_ms`."""
        held = {}
        for slot in (assignment.slot for assignment in ahead):
            stretch = self._held.pop(slot.id, Stretch(slot.id, self.person, now_ms, 0))
            held[slot.id] = replace(stretch, until_ms=slot.lease_until_ms)
        for slot_id in list(self._held):  # no longer among them: a new round has replaced it
            self.sent(slot_id, asked_ms)
        self._held = held

    def sent(self, slot_id: int, now_ms: int) -> None:
        """Record that the answer to this slot is on its way."""
        stretch = self._held.pop(slot_id, None)
        if stretch is not None:
            self.ended.append(replace(stretch, until_ms=min(stretch.until_ms, now_ms)))

    def stretches(self) -> list[Stretch]:
        """Return all stretches; one that is still held lasts to the end of its lease."""
        return [*self.ended, *self._held.values()]


def double_assigned(stretches: Iterable[Stretch]) -> list[tuple[Stretch, Stretch]]:
    """Return the pairs of stretches in which two people held one slot at the same time."""
    doubles, longest = [], dict[int, Stretch]()
    not_empty = (stretch for stretch in stretches if stretch.since_ms < stretch.until_ms)
    for stretch in sorted(not_empty, key=lambda stretch: (stretch.slot, stretch.since_ms)):
        before = longest.get(stretch.slot)
        if before is not None and before.person != stretch.person and stretch.since_ms < before.until_ms:
            doubles.append((before, stretch))
        if before is None or stretch.until_ms > before.until_ms:
            longest[stretch.slot] = stretch
    return doubles
